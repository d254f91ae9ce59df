//! A JSON value as documents need it: strings still in the text they were read from, the
//! members of objects in the order in which they are signed.

use std::cmp::Ordering;
use std::fmt;

use bumpalo::Bump;

use super::{MAX_INTEGER, Map, Value, canonical};

/// Where the parts of values are kept until all of them are dropped at once: a document has
/// many, and none of them is needed longer than the others.
#[derive(Debug, Default)]
pub(crate) struct Arena(Bump);

impl Arena {
    /// An empty one. It takes memory when something is kept.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An empty one for the values in a document: with room for those of a usual one, so that
    /// reading it asks for memory once.
    pub(crate) fn for_text(text: &[u8]) -> Self {
        const USUAL_BYTES: usize = 16_000;
        Self(Bump::with_capacity(USUAL_BYTES.min(2 * text.len())))
    }

    pub(super) fn keep_text(&self, text: &str) -> &str {
        self.0.alloc_str(text)
    }

    pub(super) fn keep<T: Copy>(&self, parts: &[T]) -> &mut [T] {
        self.0.alloc_slice_copy(parts)
    }
}

/// A JSON value. Values that share their canonical bytes are equal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tree<'a> {
    Null,
    Bool(bool),
    /// A whole number within ±[`MAX_INTEGER`].
    Integer(i64),
    /// Any other number; finite.
    Double(f64),
    String(&'a str),
    Array(&'a [Tree<'a>]),
    /// See [`Members`], whose fields these are: so a value takes 24 bytes and not 32.
    Object {
        members: &'a [Member<'a>],
        end: u32,
    },
}

/// The members of an object: each name once, in the order of [`canonical_order`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Members<'a> {
    members: &'a [Member<'a>],
    /// Where in the text the object ends, if it was read from one.
    end: u32,
}

/// A name and its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Tree<'a>,
    /// Where in the text the member begins, if it was read from one.
    pub(super) at: u32,
}

impl<'a> Tree<'a> {
    /// The number that is closest to `double`, which is finite. `1.0` and `1` share their
    /// canonical bytes, so they are one value.
    pub(super) fn number(double: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is exact in a double")]
        const LARGEST: f64 = MAX_INTEGER as f64;
        if double.fract() == 0.0 && double.abs() <= LARGEST {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within ±(2^53 - 1)")]
            Self::Integer(double as i64)
        } else {
            Self::Double(double)
        }
    }

    /// A value that was not read from a text.
    pub(crate) fn of(value: &'a Value, arena: &'a Arena) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) if (-MAX_INTEGER..=MAX_INTEGER).contains(&integer) => {
                    Self::Integer(integer)
                }
                // Always finite.
                _ => Self::number(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Self::String(text),
            Value::Array(items) => {
                let items = items.iter().map(|item| Self::of(item, arena));
                Self::Array(arena.0.alloc_slice_fill_iter(items))
            }
            Value::Object(members) => Members::of(members, arena).into(),
        }
    }

    /// The same value for those who do not read documents, or change them.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => value.into(),
            Self::Integer(integer) => integer.into(),
            Self::Double(double) => double.into(),
            Self::String(text) => text.into(),
            Self::Array(items) => items.iter().map(|item| item.to_value()).collect(),
            Self::Object { members, end } => Value::Object(Members { members, end }.to_map()),
        }
    }

    pub(crate) const fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) const fn as_array(&self) -> Option<&'a [Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) const fn as_object(&self) -> Option<Members<'a>> {
        match *self {
            Self::Object { members, end } => Some(Members { members, end }),
            _ => None,
        }
    }
}

/// The canonical form.
impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&canonical::written(self)))
    }
}

impl PartialEq for Tree<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Double(one), Self::Double(other)) => one == other,
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Array(one), Self::Array(other)) => one == other,
            (Self::Object { members: one, .. }, Self::Object { members: other, .. }) => {
                one == other
            }
            _ => false,
        }
    }
}

/// Wherever it stands.
impl PartialEq for Member<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl<'a> From<Members<'a>> for Tree<'a> {
    fn from(Members { members, end }: Members<'a>) -> Self {
        Self::Object { members, end }
    }
}

impl<'a> Members<'a> {
    /// Takes members of which no two have the same name.
    pub(super) fn unsorted(members: &'a mut [Member<'a>], end: u32) -> Self {
        members.sort_unstable_by(|one, other| canonical_order(one.name, other.name));
        Self { members, end }
    }

    /// Takes members that are in their order already.
    pub(super) const fn sorted(members: &'a [Member<'a>], end: u32) -> Self {
        Self { members, end }
    }

    /// The members of an object that was not read from a text.
    pub(crate) fn of(object: &'a Map<String, Value>, arena: &'a Arena) -> Self {
        let members = object.iter();
        let members =
            members.map(|(name, value)| Member { name, value: Tree::of(value, arena), at: 0 });
        Self::unsorted(arena.0.alloc_slice_fill_iter(members), 0)
    }

    /// The same members for those who do not read documents, or change them.
    pub(crate) fn to_map(self) -> Map<String, Value> {
        let members = self.members.iter();
        members.map(|member| (member.name.to_owned(), member.value.to_value())).collect()
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Tree<'a>> {
        self.place(name).map(|place| &self.members[place].value)
    }

    /// How many members come before the one of this name.
    fn place(self, name: &str) -> Option<usize> {
        /// Among so few, looking at the lengths of all is faster.
        const FEW: usize = 32;
        if self.members.len() <= FEW {
            return self.members.iter().position(|member| member.name == name);
        }
        self.members.binary_search_by(|member| canonical_order(member.name, name)).ok()
    }

    pub(crate) fn contains(self, name: &str) -> bool {
        self.place(name).is_some()
    }

    pub(crate) fn iter(self) -> std::slice::Iter<'a, Member<'a>> {
        self.members.iter()
    }
}

/// A text that is the canonical form of its value: it need not be written again to be signed
/// or checked. What a program like ours signed is always one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CanonicalText<'a>(&'a str);

impl<'a> CanonicalText<'a> {
    /// Takes a text that is one, and short enough for the places of its members.
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    fn piece(self, from: u32, to: u32) -> Option<&'a str> {
        self.0.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
    }

    /// The canonical form of an object that was read from this text. Nothing where it is empty.
    pub(crate) fn of(self, object: Members<'_>) -> Option<&'a str> {
        self.piece(object.members.first()?.at.checked_sub(1)?, object.end)
    }

    /// The same, in pieces, as if the object did not have the member of this name. Nothing
    /// where it has none.
    pub(crate) fn without(self, object: Members<'_>, omitted: &str) -> Option<[&'a str; 2]> {
        let place = object.place(omitted)?;
        let start = object.members.first()?.at.checked_sub(1)?;
        let at = object.members[place].at;
        let pieces = match object.members.get(place + 1) {
            Some(next) => [self.piece(start, at)?, self.piece(next.at, object.end)?],
            // The last one has a comma in front, unless it is the first as well.
            None => [self.piece(start, at - u32::from(place > 0))?, "}"],
        };
        Some(pieces)
    }
}

/// The order of names by UTF-16 code units (RFC 8785, section 3.2.3).
pub(super) fn canonical_order(a: &str, b: &str) -> Ordering {
    let differing = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    differing.map_or_else(|| a.len().cmp(&b.len()), |(a, b)| rank(a).cmp(&rank(b)))
}

/// The order of UTF-8 bytes is that of UTF-16 code units but for one thing: characters past
/// U+FFFF (first byte 0xF0 or above) are pairs of surrogates in UTF-16, which come before
/// U+E000 to U+FFFF (first byte 0xEE or 0xEF).
const fn rank(byte: u8) -> u8 {
    match byte {
        0xEE | 0xEF => byte | 0x10,
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::canonical_order;

    proptest! {
        #[test]
        fn names_are_ordered_by_utf16_code_units(
            a in "[a-c\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}",
            b in "[a-c\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}",
        ) {
            prop_assert_eq!(canonical_order(&a, &b), a.encode_utf16().cmp(b.encode_utf16()));
        }
    }
}
