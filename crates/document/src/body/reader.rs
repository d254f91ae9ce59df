//! Reads a typed value out of a JSON value that has been read strictly.
//!
//! `serde_json` could do this too, but is more lenient than documents may be, and two
//! implementations that are lenient in different ways disagree about what was signed. It
//! takes a list for an object with its members in order, a number of alternatives for a
//! word, and `null` for an absent member. This reader refuses all three. It also knows
//! where it stands, so that an error names the member, says what was expected in plain
//! words, and unknown members can be reported to an author.

use std::cell::RefCell;
use std::fmt;

use super::{Excerpt, InvalidMember, Place};
use crate::json::{Member, Tree};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads a `T`; members that `T` does not know are passed over.
pub(crate) fn read<T: DeserializeOwned>(value: &Tree<'_>) -> Result<T, InvalidMember> {
    T::deserialize(Reader { value, place: &Place::Root, known: &[], unknown: None })
        .map_err(|error| error.at(&Place::Root).into())
}

/// As [`read`], of a value that was not read from a text.
#[cfg(test)]
pub(crate) fn read_value<T: DeserializeOwned>(
    value: &serde_json::Value,
) -> Result<T, InvalidMember> {
    read(&Tree::of(value, &crate::json::Arena::new()))
}

/// Reads a `T` and adds every member that `T` does not know to `unknown`, also where
/// reading fails.
pub(crate) fn read_noting_unknown<T: DeserializeOwned>(
    value: &Tree<'_>,
    unknown: &mut Vec<UnknownMember>,
) -> Result<T, InvalidMember> {
    let noted = RefCell::new(Vec::new());
    let result =
        T::deserialize(Reader { value, place: &Place::Root, known: &[], unknown: Some(&noted) });
    unknown.append(&mut noted.into_inner());
    result.map_err(|error| error.at(&Place::Root).into())
}

/// A member that the type being read does not have.
#[derive(Debug)]
pub(crate) struct UnknownMember {
    /// The path of the member.
    pub(crate) place: String,
    /// The last step of that path.
    pub(crate) name: String,
    /// The members that the object could have.
    pub(crate) known: &'static [&'static str],
}

/// A value together with where it stands.
#[derive(Clone, Copy)]
struct Reader<'v, 'p> {
    value: &'v Tree<'v>,
    place: &'p Place<'p>,
    /// The members that the object around this value could have.
    known: &'static [&'static str],
    unknown: Option<&'p RefCell<Vec<UnknownMember>>>,
}

impl<'v> Reader<'v, '_> {
    fn unexpected(&self) -> Unexpected<'v> {
        match self.value {
            Tree::Null => Unexpected::Unit,
            Tree::Bool(value) => Unexpected::Bool(*value),
            Tree::Integer(value) => {
                u64::try_from(*value).map_or(Unexpected::Signed(*value), Unexpected::Unsigned)
            }
            Tree::Double(value) => Unexpected::Float(*value),
            Tree::String(text) => Unexpected::Str(text),
            Tree::Array(_) => Unexpected::Seq,
            Tree::Object { .. } => Unexpected::Map,
        }
    }

    fn object<V: Visitor<'v>>(
        self,
        members: &'v [Member<'v>],
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_map(Entries { object: self, known, rest: members.iter(), value: None })
    }
}

impl<'v> Deserializer<'v> for Reader<'v, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Tree::String(text) => visitor.visit_borrowed_str(text),
            Tree::Object { members, .. } => self.object(members, &[], visitor),
            Tree::Array(items) => {
                visitor.visit_seq(Items { list: self, rest: items.iter().enumerate() })
            }
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Null => visitor.visit_unit(),
            Tree::Integer(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Tree::Double(value) => visitor.visit_f64(*value),
        }
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Tree::Null => Err(ReadError::custom("must not be null; leave out what is not known")),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.value {
            Tree::Object { members, .. } => self.object(members, fields, visitor),
            _ => Err(ReadError::invalid_type(self.unexpected(), &"an object { … }")),
        }
    }

    fn deserialize_enum<V: Visitor<'v>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.value {
            Tree::String(text) => visitor.visit_enum((*text).into_deserializer()),
            _ => Err(ReadError::invalid_type(self.unexpected(), &"text")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if let (Some(unknown), Place::Member(_, name)) = (self.unknown, self.place) {
            unknown.borrow_mut().push(UnknownMember {
                place: self.place.to_string(),
                name: (*name).to_owned(),
                known: self.known,
            });
        }
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier
    }
}

struct Entries<'v, 'p> {
    object: Reader<'v, 'p>,
    known: &'static [&'static str],
    rest: std::slice::Iter<'v, Member<'v>>,
    value: Option<(&'v str, &'v Tree<'v>)>,
}

impl<'v> MapAccess<'v> for Entries<'v, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some(Member { name, value, .. }) = self.rest.next() else { return Ok(None) };
        self.value = Some((name, value));
        let key: StrDeserializer<'_, ReadError> = (*name).into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.at(&self.object.place.member(name)))
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Some((name, value)) = self.value.take() else {
            return Err(ReadError::custom("was asked for a value before its name"));
        };
        let place = self.object.place.member(name);
        let unknown = self.object.unknown;
        seed.deserialize(Reader { value, place: &place, known: self.known, unknown })
            .map_err(|error| error.at(&place))
    }
}

struct Items<'v, 'p> {
    list: Reader<'v, 'p>,
    rest: std::iter::Enumerate<std::slice::Iter<'v, Tree<'v>>>,
}

impl<'v> SeqAccess<'v> for Items<'v, '_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((index, value)) = self.rest.next() else { return Ok(None) };
        let place = self.list.place.item(index);
        let unknown = self.list.unknown;
        seed.deserialize(Reader { value, place: &place, known: &[], unknown })
            .map(Some)
            .map_err(|error| error.at(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A refusal on its way out: made by a type that does not know where it stands, placed by
/// the object or list around it.
#[derive(Debug)]
struct ReadError {
    place: Option<String>,
    /// The member that is missing from the value at fault.
    missing: Option<&'static str>,
    rule: String,
}

impl ReadError {
    fn at(mut self, place: &Place<'_>) -> Self {
        if self.place.is_none() {
            self.place = Some(match self.missing {
                Some(name) => place.member(name).to_string(),
                None => place.to_string(),
            });
        }
        self
    }
}

impl From<ReadError> for InvalidMember {
    fn from(error: ReadError) -> Self {
        Self { place: error.place.unwrap_or_default(), rule: error.rule }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    /// Types often quote the text they refuse, which may be long and hostile.
    fn custom<T: fmt::Display>(rule: T) -> Self {
        let rule = Excerpt::of(&rule.to_string(), 400).to_string();
        Self { place: None, missing: None, rule }
    }

    fn missing_field(name: &'static str) -> Self {
        Self { place: None, missing: Some(name), rule: "is required".to_owned() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("must be {}, not {}", Wanted(expected), Found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let found = Excerpt::short(found);
        Self::custom(format_args!("must be one of {}, not \"{found}\"", known.join(", ")))
    }
}

/// What a type wants, in words for people who do not write Rust.
struct Wanted<'a>(&'a dyn Expected);

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.to_string();
        match words.as_str() {
            "u8" => write!(f, "a whole number from 0 to {}", u8::MAX),
            "u16" => write!(f, "a whole number from 0 to {}", u16::MAX),
            "u32" => write!(f, "a whole number from 0 to {}", u32::MAX),
            "u64" => f.write_str("a whole number from 0 to 2^53 - 1"),
            "a boolean" => f.write_str("true or false"),
            "a sequence" => f.write_str("a list"),
            "a map" => f.write_str("an object { … }"),
            "a string" => f.write_str("text"),
            _ => f.write_str(&words),
        }
    }
}

/// What was found instead.
struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "{value}"),
            Unexpected::Unsigned(value) => write!(f, "{value}"),
            Unexpected::Signed(value) => write!(f, "{value}"),
            Unexpected::Float(value) if value.fract() == 0.0 => write!(f, "{value}"),
            Unexpected::Float(_) => f.write_str("a number with a fraction"),
            Unexpected::Unit => f.write_str("null"),
            Unexpected::Seq => f.write_str("a list"),
            Unexpected::Map => f.write_str("an object"),
            Unexpected::Str(_) => f.write_str("text"),
            other => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Garden {
        name: String,
        #[serde(default)]
        beds: Vec<Bed>,
        soil: Option<Soil>,
        #[serde(default)]
        notes: BTreeMap<crate::Label, u8>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Bed {
        length: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Soil {
        Sand,
        Clay,
    }

    fn refusal(value: &Value) -> String {
        read_value::<Garden>(value).unwrap_err().to_string()
    }

    #[test]
    fn a_value_is_read_and_unknown_members_are_passed_over() {
        let value = json!({"name": "a", "beds": [{"length": 2, "x": [null, 1.5]}], "soil": "clay"});
        let beds = vec![Bed { length: 2 }];
        let garden =
            Garden { name: "a".to_owned(), beds, soil: Some(Soil::Clay), notes: BTreeMap::new() };
        assert_eq!(read_value::<Garden>(&value), Ok(garden));

        let (mut unknown, arena) = (Vec::new(), crate::json::Arena::new());
        assert!(read_noting_unknown::<Garden>(&Tree::of(&value, &arena), &mut unknown).is_ok());
        let [member] = unknown.try_into().unwrap();
        assert_eq!((member.place.as_str(), member.name.as_str()), ("beds[0].x", "x"));
        assert_eq!(member.known, ["length"]);
    }

    #[test]
    fn a_refusal_names_the_member_and_says_what_was_expected() {
        insta::assert_snapshot!(refusal(&json!("a")), @"the document must be an object { … }, not text");
        insta::assert_snapshot!(refusal(&json!({})), @"name: is required");
        insta::assert_snapshot!(refusal(&json!({"name": 5})), @"name: must be text, not 5");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": {}})), @"beds: must be a list, not an object");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": [{}, {}]})), @"beds[0].length: is required");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": [{"length": 1}, {"length": -1}]})), @"beds[1].length: must be a whole number from 0 to 4294967295, not -1");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": [{"length": 1.5}]})), @"beds[0].length: must be a whole number from 0 to 4294967295, not a number with a fraction");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": [{"length": true}]})), @"beds[0].length: must be a whole number from 0 to 4294967295, not true");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "soil": "rock"})), @r#"soil: must be one of sand, clay, not "rock""#);
        insta::assert_snapshot!(refusal(&json!({"name": "a", "notes": {"a": 256}})), @"notes.a: must be a whole number from 0 to 255, not 256");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "notes": {"A\u{1b}": 1}})), @r#"notes.A\u{1b}: must be a short word of at most 64 characters: a-z, 0-9 and "-" between them, like "free-software""#);
    }

    /// What `serde_json` would read as well, and other implementations would not.
    #[test]
    fn each_value_has_one_form() {
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": [[2]]})), @"beds[0]: must be an object { … }, not a list");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "soil": {"clay": null}})), @"soil: must be text, not an object");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "soil": null})), @"soil: must not be null; leave out what is not known");
        insta::assert_snapshot!(refusal(&json!({"name": "a", "beds": null})), @"beds: must be a list, not null");
    }

    #[test]
    fn text_of_strangers_is_cut_and_escaped_in_messages() {
        let soil = format!("\u{1b}[2J{}", "x".repeat(100));
        let message = refusal(&json!({"name": "a", "soil": soil}));
        assert!(message.contains("\\u{1b}[2Jxxx") && message.ends_with("x…\""), "{message}");

        let quoted = InvalidMember::from(ReadError::custom("\u{9b}2J".repeat(200)));
        assert!(quoted.rule.starts_with("\\u{9b}2J\\u{9b}2J") && quoted.rule.ends_with('…'));
    }
}
