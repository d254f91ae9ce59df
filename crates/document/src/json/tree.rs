//! A JSON value as documents need it: strings still in the text they were read from, the
//! members of objects in the order in which they are signed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::{MAX_INTEGER, Map, Value, canonical};

/// A JSON value. Values that share their canonical bytes are equal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree<'a> {
    Null,
    Bool(bool),
    /// A whole number within ±[`MAX_INTEGER`].
    Integer(i64),
    /// Any other number; finite.
    Double(f64),
    String(Cow<'a, str>),
    Array(Box<[Tree<'a>]>),
    Object(Members<'a>),
}

/// The members of an object: each name once, in the order of [`canonical_order`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Members<'a>(Box<[Member<'a>]>);

/// A name and its value.
pub(crate) type Member<'a> = (Cow<'a, str>, Tree<'a>);

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
    pub(crate) fn of(value: &'a Value) -> Self {
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
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Object(Members::of(members)),
        }
    }

    /// The same value for those who do not read documents, or change them.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Double(double) => (*double).into(),
            Self::String(text) => text.as_ref().into(),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => Value::Object(members.to_map()),
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) const fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) const fn as_object(&self) -> Option<&Members<'a>> {
        match self {
            Self::Object(members) => Some(members),
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

impl<'a> Members<'a> {
    /// Takes members of which no two have the same name.
    pub(super) fn unsorted(members: impl Iterator<Item = Member<'a>>) -> Self {
        let mut members: Box<[_]> = members.collect();
        members.sort_unstable_by(|(a, _), (b, _)| canonical_order(a, b));
        Self(members)
    }

    /// Takes members that are in their order already.
    pub(super) fn sorted(members: impl Iterator<Item = Member<'a>>) -> Self {
        Self(members.collect())
    }

    /// The members of an object that was not read from a text.
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        let members = object.iter();
        Self::unsorted(members.map(|(name, value)| (Cow::Borrowed(name.as_str()), Tree::of(value))))
    }

    /// The same members for those who do not read documents, or change them.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, value)| (name.to_string(), value.to_value())).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Tree<'a>> {
        self.place(name).map(|place| &self.0[place].1)
    }

    /// How many members come before the one of this name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by(|(other, _)| canonical_order(other, name)).ok()
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Member<'a>> {
        self.0.iter()
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
