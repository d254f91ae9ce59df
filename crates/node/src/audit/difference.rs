//! Where a view and what comes out differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wellspring_document::json::{self, Map, Value};
use wellspring_document::{
    BytesHash, PartError, PartRef, TooManyRecords, ViewManifest, into_parts,
};
use wellspring_ranking::View;

/// How many characters of a value are quoted.
const EXCERPT_CHARACTERS: usize = 120;

/// What records are about, in the order in which a difference in them explains the others.
const KINDS: [&str; 7] =
    ["curator", "distrusted", "observer", "contested", "server", "unlisted", "documents"];

/// A record of a view that is not what comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDifference {
    /// What the record is about: `server`, `unlisted`, `curator`, `observer`, `distrusted`,
    /// `contested` or `documents`.
    pub kind: String,
    /// Which one: a server name or an issuer id, and where the node adopted a list its source
    /// behind that; empty for `documents`.
    pub name: String,
    /// How it differs.
    pub change: RecordChange,
}

/// How a record of a view differs from what comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordChange {
    /// It is in the tree and does not come out.
    Added,
    /// It comes out and is not in the tree.
    LeftOut,
    /// A member of it is another one.
    Member {
        /// Which, as `reasons[0].points`.
        member: String,
        /// What the tree says, as JSON; the beginning where it is long, nothing where the tree
        /// has no such member.
        tree: Option<String>,
        /// What comes out, likewise.
        recomputed: Option<String>,
    },
}

impl fmt::Display for RecordDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        match &self.change {
            RecordChange::Added => f.write_str(" is in the tree and does not come out"),
            RecordChange::LeftOut => f.write_str(" comes out and is not in the tree"),
            RecordChange::Member { member, tree, recomputed } => {
                let told = |value: &Option<String>| match value {
                    Some(value) => value.clone(),
                    None => "nothing".to_owned(),
                };
                write!(
                    f,
                    ": {member} is {} in the tree, and {} comes out",
                    told(tree),
                    told(recomputed)
                )
            }
        }
    }
}

/// What a record is about, in the order in which differences are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RecordName {
    /// The place in [`KINDS`]; behind them what no view has.
    place: usize,
    kind: String,
    name: String,
}

impl RecordName {
    fn of(record: &Value) -> Self {
        let (kind, value) = match record.as_object().and_then(|record| record.iter().next()) {
            Some((kind, value)) => (kind.as_str(), value),
            None => ("", record),
        };
        let text = |member: &str| value.get(member).and_then(Value::as_str);
        let about = text("server_name").or_else(|| text("issuer")).or_else(|| text("key"));
        // The second is there where a node adopted lists, which all have its own issuer; the
        // third tells apart what is too long to be written out.
        let parts = [about, text("adopted_from"), text("sha256")];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let place = KINDS.iter().position(|it| *it == kind).unwrap_or(KINDS.len());
        Self { place, kind: kind.to_owned(), name }
    }
}

/// What comes out for one community: the records, canonical, by what they are about.
pub(super) struct Recomputed {
    parts: Vec<PartRef>,
    records: BTreeMap<RecordName, Vec<u8>>,
}

/// Why what comes out cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRecomputed {
    #[error(transparent)]
    TooManyRecords(#[from] TooManyRecords),
    #[error(transparent)]
    Part(#[from] PartError),
}

impl Recomputed {
    pub(super) fn of(view: &View) -> Result<Self, NotRecomputed> {
        let mut recomputed = Self { parts: Vec::new(), records: BTreeMap::new() };
        for part in into_parts(view.records())? {
            for record in ViewManifest::read_part(&part.reference, &part.bytes)? {
                recomputed.records.insert(RecordName::of(&record), json::canonical(&record));
            }
            recomputed.parts.push(part.reference);
        }
        Ok(recomputed)
    }

    pub(super) fn has_parts(&self, parts: &[PartRef]) -> bool {
        self.parts == parts
    }
}

/// The comparison of a view in a tree with what comes out, record by record as the parts of
/// the tree come.
#[derive(Default)]
pub(super) struct Comparison {
    /// What comes out and has not been seen in the tree; nothing where that is not known.
    left: Option<BTreeMap<RecordName, Vec<u8>>>,
    differing: usize,
    /// The first difference: one in ranks alone comes behind the others, which are its cause.
    first: Option<((bool, RecordName), RecordChange)>,
    /// The documents on which the view of the tree says to rest.
    pub(super) rests_on: BTreeSet<BytesHash>,
}

impl Comparison {
    pub(super) fn with(recomputed: Option<Recomputed>) -> Self {
        Self { left: recomputed.map(|it| it.records), ..Self::default() }
    }

    /// Compares the records of one part of the tree.
    pub(super) fn take(&mut self, records: &[Value]) {
        for record in records {
            collect_references(record, &mut self.rests_on);
            let Some(left) = &mut self.left else { continue };
            let name = RecordName::of(record);
            let Some(expected) = left.remove(&name) else {
                self.differs((false, name), RecordChange::Added);
                continue;
            };
            if expected == json::canonical(record) {
                continue;
            }
            let expected = json::read(&expected, expected.len()).unwrap_or_default();
            let (is_rank_alone, change) = first_member(&name.kind, record, &expected);
            self.differs((is_rank_alone, name), change);
        }
    }

    fn differs(&mut self, place: (bool, RecordName), change: RecordChange) {
        self.differing += 1;
        if self.first.as_ref().is_none_or(|(first, _)| place < *first) {
            self.first = Some((place, change));
        }
    }

    /// How many records differ, and the first one. Those that are left out are known only
    /// where all parts of the tree were read.
    pub(super) fn finish(mut self, all_parts_were_read: bool) -> Option<(usize, RecordDifference)> {
        if all_parts_were_read {
            for name in self.left.take().into_iter().flatten().map(|(name, _)| name) {
                self.differs((false, name), RecordChange::LeftOut);
            }
        }
        let ((_, RecordName { kind, name, .. }), change) = self.first?;
        let (kind, name) = (excerpt(&kind), excerpt(&name));
        Some((self.differing, RecordDifference { kind, name, change }))
    }
}

/// The members of a record that are looked at before the others: what a reader sees first.
const FIRST_MEMBERS: [&str; 4] = ["score", "category", "trust", "reasons"];

/// The first member that differs, and whether it is the rank of a server and nothing else.
fn first_member(kind: &str, tree: &Value, recomputed: &Value) -> (bool, RecordChange) {
    let of = |value: &Value| match value.get(kind) {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    };
    let (tree, recomputed) = (of(tree), of(recomputed));
    let others = tree.keys().chain(recomputed.keys()).map(String::as_str);
    let others = others.filter(|it| *it != "rank").collect::<BTreeSet<&str>>();
    let found = FIRST_MEMBERS.into_iter().chain(others).chain(["rank"]).find_map(|name| {
        let found = difference(tree.get(name), recomputed.get(name), &mut name.to_owned())?;
        Some((name == "rank", found))
    });
    // Two records that differ differ in a member, unless one of them is no object.
    let (is_rank_alone, found) = found.unwrap_or_default();
    let Found { member, tree, recomputed } = found;
    (is_rank_alone, RecordChange::Member { member, tree, recomputed })
}

/// A member that two values have differently.
#[derive(Default)]
pub(super) struct Found {
    pub(super) member: String,
    pub(super) tree: Option<String>,
    pub(super) recomputed: Option<String>,
}

/// The first place in which two values differ. Numbers are compared as they are written in
/// canonical form.
pub(super) fn first_difference(tree: &Value, recomputed: &Value) -> Option<Found> {
    difference(Some(tree), Some(recomputed), &mut String::new())
}

fn difference(
    tree: Option<&Value>,
    recomputed: Option<&Value>,
    place: &mut String,
) -> Option<Found> {
    let length = place.len();
    match (tree, recomputed) {
        (Some(Value::Object(tree)), Some(Value::Object(recomputed))) => {
            let names: BTreeSet<&String> = tree.keys().chain(recomputed.keys()).collect();
            for name in names {
                if length > 0 {
                    place.push('.');
                }
                place.push_str(name);
                let found = difference(tree.get(name), recomputed.get(name), place);
                if found.is_some() {
                    return found;
                }
                place.truncate(length);
            }
            None
        }
        (Some(Value::Array(tree)), Some(Value::Array(recomputed))) => {
            for index in 0..tree.len().max(recomputed.len()) {
                place.push_str(&format!("[{index}]"));
                let found = difference(tree.get(index), recomputed.get(index), place);
                if found.is_some() {
                    return found;
                }
                place.truncate(length);
            }
            None
        }
        (tree, recomputed) => {
            let canonical = |value: Option<&Value>| value.map(json::canonical);
            (canonical(tree) != canonical(recomputed)).then(|| Found {
                member: excerpt(place),
                tree: tree.map(told),
                recomputed: recomputed.map(told),
            })
        }
    }
}

fn told(value: &Value) -> String {
    excerpt(&String::from_utf8_lossy(&json::canonical(value)))
}

/// The beginning of a text of others, on one line and harmless for a terminal.
pub(super) fn excerpt(text: &str) -> String {
    let mut told = String::new();
    for character in text.chars().take(EXCERPT_CHARACTERS) {
        match character {
            '"' | '\'' | '\\' => told.push(character),
            _ => told.extend(character.escape_debug()),
        }
    }
    if text.chars().nth(EXCERPT_CHARACTERS).is_some() {
        told.push('…');
    }
    told
}

/// The hashes of the documents to which a record refers.
fn collect_references(value: &Value, found: &mut BTreeSet<BytesHash>) {
    match value {
        Value::Object(members) => {
            let hash = members.get("bytes_hash").and_then(Value::as_str);
            found.extend(hash.and_then(|hash| hash.parse::<BytesHash>().ok()));
            members.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}
