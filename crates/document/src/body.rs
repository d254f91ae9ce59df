//! What the bodies of all kinds of documents have in common: how they are read, and how
//! a refusal names the member at fault.

mod check;
mod reader;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Kind, Timestamp};

pub use check::{MAX_ENTRIES, MAX_LIST_ITEMS, MAX_NAME_CHARACTERS};
#[cfg(test)]
pub(crate) use reader::read_value;
pub(crate) use reader::{UnknownMember, read, read_noting_unknown};

/// What one kind of document says: its own members, without those of the envelope.
///
/// A body comes into being in one of two ways. Out of a verified document it has been
/// through [`validate`](Body::validate) already. Built in code it has not, and signing
/// it does that.
pub trait Body: Serialize + DeserializeOwned {
    /// The kind of document that carries this body.
    const KIND: Kind;

    /// What the document is about, among all that its issuer publishes of this kind. One
    /// feed has one subject.
    fn subject(&self) -> String;

    /// Checks the rules that no single member can check: lengths of lists, members that
    /// ask for others, dates in order.
    ///
    /// # Errors
    /// The first member that breaks a rule, with that rule.
    fn validate(&self) -> Result<(), InvalidMember>;

    /// Checks the rules between the members and the time of signing: nobody can have
    /// looked at something later than that.
    ///
    /// # Errors
    /// The first member that breaks a rule, with that rule.
    fn validate_at(&self, issued_at: Timestamp) -> Result<(), InvalidMember> {
        let _ = issued_at;
        Ok(())
    }
}

/// A member of a document that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidMember {
    /// The path of the member, like `entries[3].reason`. Empty for the document itself.
    pub place: String,
    /// The rule, as a sentence about that member: "must not be empty".
    pub rule: String,
}

impl fmt::Display for InvalidMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => write!(f, "the document {}", self.rule),
            place => write!(f, "{place}: {}", self.rule),
        }
    }
}

/// Where in a body a value stands: a list of steps, each held on the stack of the
/// function that made it, so that following a document costs nothing until it is refused.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) fn member(&'a self, name: &'a str) -> Place<'a> {
        Place::Member(self, name)
    }

    pub(crate) fn item(&'a self, index: usize) -> Place<'a> {
        Place::Item(self, index)
    }

    /// The refusal of the value that stands here.
    pub(crate) fn refuse(&self, rule: impl Into<String>) -> InvalidMember {
        InvalidMember { place: self.to_string(), rule: rule.into() }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Member(Place::Root, name) => write!(f, "{}", Excerpt::short(name)),
            Place::Member(parent, name) => write!(f, "{parent}.{}", Excerpt::short(name)),
            Place::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The beginning of a text that somebody else wrote, with everything escaped that a
/// terminal or a log could act upon.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    text: &'a str,
    max_characters: usize,
}

impl<'a> Excerpt<'a> {
    /// An excerpt of at most 60 characters, short enough to stand inside a sentence.
    pub const fn short(text: &'a str) -> Self {
        Self { text, max_characters: 60 }
    }

    /// An excerpt of at most `max_characters`.
    pub const fn of(text: &'a str, max_characters: usize) -> Self {
        Self { text, max_characters }
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text.chars();
        for character in rest.by_ref().take(self.max_characters) {
            match character {
                '\'' | '"' => write!(f, "{character}")?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        if rest.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}
