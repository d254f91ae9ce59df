//! Finding more than the first fault of an authoring file: each that is found is noted and
//! what carries it left out, and the rest is read again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::suggestion;
use crate::body::{Body, InvalidMember, Place, UnknownMember, read_noting_unknown};
use crate::json::{Arena, Tree};

/// How often the file is read at most. Each reading finds one fault, and all members that do
/// not exist; whoever made more of them mends some first.
const MAX_FAULTS: usize = 50;

/// How many faults are noted at most, and how many members that do not exist are looked at in
/// one reading: each is held against those before. Nobody reads on after that many.
pub(super) const MAX_NOTED: usize = 500;

/// Reads and validates a body. `found` are faults that are known already; what carries them
/// is left out of `value`. Where there is no body, at least one fault is.
pub(super) fn read<T: Body>(
    value: Value,
    found: Vec<InvalidMember>,
) -> Result<T, Vec<InvalidMember>> {
    let mut search = Search { value, faults: Faults::default(), left_out: LeftOut::default() };
    for fault in found.into_iter().take(MAX_NOTED) {
        search.note(fault, Rule::OfOne);
    }
    for _ in 0..MAX_FAULTS {
        if search.faults.noted.len() >= MAX_NOTED {
            break;
        }
        let mut unknown = Vec::new();
        let body = read_noting_unknown::<T>(&Tree::of(&search.value, &Arena::new()), &mut unknown);
        search.note_unknown(unknown);
        let (fault, rule) = match body {
            Err(fault) => (fault, Rule::OfOne),
            Ok(body) => match body.validate() {
                Err(fault) => (fault, Rule::OfSeveral),
                Ok(()) if search.faults.noted.is_empty() => return Ok(body),
                Ok(()) => break,
            },
        };
        if !search.note(fault, rule) {
            break;
        }
    }
    Err(search.faults.noted)
}

/// Whether a rule is about one member or also about those around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    OfOne,
    OfSeveral,
}

struct Search {
    value: Value,
    faults: Faults,
    left_out: LeftOut,
}

impl Search {
    /// Notes a fault and leaves out what carries it. Whether there was anything that could be
    /// left out: without it, the same fault would be found for ever.
    fn note(&mut self, fault: InvalidMember, rule: Rule) -> bool {
        let wanted = fault.place.clone();
        let Some(found) = self.left_out.leave_out(&mut self.value, &wanted) else {
            self.faults.note(fault);
            return false;
        };
        // It could quote the number of another item, which is no longer the one in the file.
        let quotes_numbers = fault.rule.contains(|c: char| c.is_ascii_digit());
        if rule == Rule::OfOne || !found.in_shortened_list || !quotes_numbers {
            self.faults.note(InvalidMember { place: found.place, rule: fault.rule });
        } else {
            self.faults.explained.insert(found.place);
        }
        true
    }

    fn note_unknown(&mut self, members: Vec<UnknownMember>) {
        for member in members.into_iter().take(MAX_NOTED) {
            if let Some(name) = suggestion(&member) {
                let parent = member.place.strip_suffix(&member.name).unwrap_or_default();
                // Why it is missing is known then.
                self.faults.explained.insert(format!("{parent}{name}"));
            }
            let fault = super::refuse_unknown(member);
            self.note(fault, Rule::OfOne);
        }
    }
}

#[derive(Default)]
struct Faults {
    noted: Vec<InvalidMember>,
    /// Places of which a fault is known, and those that lead there.
    explained: BTreeSet<String>,
}

impl Faults {
    /// Notes a fault, unless it is what another one brings about.
    fn note(&mut self, fault: InvalidMember) {
        let is_explained = self.explained.iter().any(|known| leads_to(&fault.place, known));
        self.explained.insert(fault.place.clone());
        if !is_explained {
            self.noted.push(fault);
        }
    }
}

/// Whether `place` is `other` or holds it.
fn leads_to(place: &str, other: &str) -> bool {
    other
        .strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
}

/// What was left out of lists: there, every later item moves up.
#[derive(Default)]
struct LeftOut {
    /// By the place of a list, the numbers that its items had.
    numbers: BTreeMap<String, Vec<usize>>,
}

/// Where a fault stands in the file.
struct Found {
    place: String,
    in_shortened_list: bool,
}

impl LeftOut {
    /// Takes the value at a place, or the nearest that holds it, out of an object or a list.
    fn leave_out(&mut self, value: &mut Value, wanted: &str) -> Option<Found> {
        let mut found = Found { place: String::new(), in_shortened_list: false };
        self.search(value, wanted, &Places { now: &Place::Root, file: &Place::Root }, &mut found)
            .then_some(found)
    }

    fn search(
        &mut self,
        value: &mut Value,
        wanted: &str,
        at: &Places<'_>,
        found: &mut Found,
    ) -> bool {
        let (now, file) = (at.now.to_string(), at.file.to_string());
        // What is missing has a place, too, but no value.
        found.place = format!("{file}{}", wanted.strip_prefix(&now).unwrap_or_default());
        match value {
            Value::Object(members) => {
                let Some(name) = members
                    .keys()
                    .find(|name| leads_to(&at.now.member(name).to_string(), wanted))
                    .cloned()
                else {
                    return false;
                };
                let inner = Places { now: &at.now.member(&name), file: &at.file.member(&name) };
                let is_there = inner.now.to_string() == wanted;
                let searched = !is_there
                    && members
                        .get_mut(&name)
                        .is_some_and(|value| self.search(value, wanted, &inner, found));
                searched || members.remove(&name).is_some()
            }
            Value::Array(items) => {
                let Some(index) = (0..items.len())
                    .find(|index| leads_to(&at.now.item(*index).to_string(), wanted))
                else {
                    return false;
                };
                let numbers = self.numbers.get(&file);
                found.in_shortened_list |= numbers.is_some();
                let number = numbers.and_then(|it| it.get(index)).copied().unwrap_or(index);
                let inner = Places { now: &at.now.item(index), file: &at.file.item(number) };
                let is_there = inner.now.to_string() == wanted;
                if !is_there && self.search(&mut items[index], wanted, &inner, found) {
                    return true;
                }
                let all = items.len();
                items.remove(index);
                self.numbers.entry(file).or_insert_with(|| (0..all).collect()).remove(index);
                if is_there {
                    found.place = inner.file.to_string();
                }
                true
            }
            _ => false,
        }
    }
}

/// The same place as it is now, and as it is in the file.
struct Places<'a> {
    now: &'a Place<'a>,
    file: &'a Place<'a>,
}
