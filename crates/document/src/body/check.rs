//! Rules about lists and names that all bodies share.

use std::collections::BTreeMap;

use super::{InvalidMember, Place};
use crate::{Localized, ServerName, Text, Timestamp};

/// The most items in a list inside a profile or an endorsement: languages, topics, team
/// members, plans. Enough to be honest, too few to bury a reader.
pub const MAX_LIST_ITEMS: usize = 100;

/// The most servers in an endorsement list or an observation report. A document's size
/// is limited as well and binds first where entries say much.
pub const MAX_ENTRIES: usize = 100_000;

/// The longest name of a server, curator, observer, operator or plan, in characters: what
/// still fits a heading.
pub const MAX_NAME_CHARACTERS: usize = 100;

impl Place<'_> {
    /// Checks a member that may be absent.
    pub(crate) fn optional<T>(
        &self,
        member: &Option<T>,
        check: impl Fn(&T, &Place<'_>) -> Result<(), InvalidMember>,
    ) -> Result<(), InvalidMember> {
        member.iter().try_for_each(|value| check(value, self))
    }

    /// Checks a list's length and each of its items.
    pub(crate) fn each<T>(
        &self,
        items: &[T],
        check: impl Fn(&T, &Place<'_>) -> Result<(), InvalidMember>,
    ) -> Result<(), InvalidMember> {
        self.length(items.len(), MAX_LIST_ITEMS)?;
        items.iter().enumerate().try_for_each(|(index, item)| check(item, &self.item(index)))
    }

    /// Checks the length of a list whose items must differ.
    pub(crate) fn distinct<T: PartialEq>(&self, items: &[T]) -> Result<(), InvalidMember> {
        self.each(items, |_, _| Ok(()))?;
        for (index, item) in items.iter().enumerate() {
            if let Some(earlier) = items[..index].iter().position(|other| other == item) {
                let rule = format!("must not repeat item {earlier}");
                return Err(self.item(index).refuse(rule));
            }
        }
        Ok(())
    }

    pub(crate) fn length(&self, length: usize, max: usize) -> Result<(), InvalidMember> {
        if length > max {
            return Err(self.refuse(format!("must have at most {max} items, not {length}")));
        }
        Ok(())
    }

    /// Checks a number against an upper limit.
    pub(crate) fn number(
        &self,
        value: Option<impl Into<u64>>,
        max: u64,
    ) -> Result<(), InvalidMember> {
        match value.map(Into::into) {
            Some(value) if value > max => {
                Err(self.refuse(format!("must be at most {max}, not {value}")))
            }
            _ => Ok(()),
        }
    }

    /// Checks that a name fits a heading, in every language.
    pub(crate) fn name(&self, name: &Localized<Text>) -> Result<(), InvalidMember> {
        for (language, text) in name {
            // No text has more characters than bytes.
            if text.as_str().len() <= MAX_NAME_CHARACTERS {
                continue;
            }
            let length = text.as_str().chars().count();
            if length > MAX_NAME_CHARACTERS {
                let rule = format!(
                    "must have at most {MAX_NAME_CHARACTERS} characters, as a name, not {length}"
                );
                return Err(self.member(language.as_str()).refuse(rule));
            }
        }
        Ok(())
    }

    /// Checks that what was seen was seen before it was signed: something from the future
    /// would stay fresh for ever. A day is tolerated, because days begin at another time
    /// elsewhere.
    pub(crate) fn not_after(
        &self,
        issued_at: Timestamp,
        seen: Option<Timestamp>,
    ) -> Result<(), InvalidMember> {
        if seen.is_some_and(|seen| seen > issued_at.plus_days(1)) {
            let rule = format!("must not be later than issued_at ({})", issued_at.date());
            return Err(self.refuse(rule));
        }
        Ok(())
    }

    /// Checks entries about servers: how many, and that no server has two.
    pub(crate) fn one_per_server<'s>(
        &self,
        servers: impl ExactSizeIterator<Item = &'s ServerName>,
    ) -> Result<(), InvalidMember> {
        self.length(servers.len(), MAX_ENTRIES)?;
        let mut seen = BTreeMap::new();
        for (index, server_name) in servers.enumerate() {
            if let Some(earlier) = seen.insert(server_name, index) {
                let entry = self.item(index);
                let rule = format!("must not appear twice; entry {earlier} is about {server_name}");
                return Err(entry.member("server_name").refuse(rule));
            }
        }
        Ok(())
    }
}
