//! Authoring files: the bodies of documents as people write them.
//!
//! An authoring file is TOML with the same members as the JSON of the document, without
//! those of the envelope: the program adds these when it signs. Days and times may be
//! written as TOML dates or as text. A member that does not exist is an error here, though
//! not in a document: it is a slip of the pen, not a newer version.
//!
//! ```
//! use wellspring_document::{Profile, authoring};
//!
//! let profile: Profile = authoring::read(
//!     r#"
//!     server_name = "example.org"
//!     about.name.en = "Example"
//!     registration.mode = "open"
//!     "#,
//! )?;
//! assert_eq!(profile.server_name.as_str(), "example.org");
//!
//! let error = authoring::read::<Profile>("server_nam = \"example.org\"").unwrap_err();
//! assert_eq!(
//!     format!("profile.toml {error}"),
//!     "profile.toml line 1, server_nam: is not a known member; did you mean server_name?",
//! );
//! # Ok::<(), authoring::AuthoringError>(())
//! ```

mod faults;
mod suggestion;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::body::{Body, InvalidMember, Place, UnknownMember, read_noting_unknown};
use crate::json::{Arena, Tree};
use crate::{LanguageTag, ServerName, Text};
pub use suggestion::{Suggestion, suggesting_template};

/// The profile that `wellspring operator init` writes: every member in one line with an
/// example, `{server_name}` where the server name goes and `{host}` where its host does. A
/// line that begins with `#` and no space is an example: without the `#` it is valid.
pub const PROFILE_TEMPLATE: &str = include_str!("authoring/profile.toml");

/// The list that `wellspring curator init` writes, in the manner of [`PROFILE_TEMPLATE`],
/// with `{language}` and `{name}` where the curator's name goes.
pub const ENDORSEMENTS_TEMPLATE: &str = include_str!("authoring/endorsements.toml");

/// A commented profile of this server, ready to be filled in.
pub fn profile_template(server_name: &ServerName) -> String {
    PROFILE_TEMPLATE
        .replace("{server_name}", server_name.as_str())
        .replace("{host}", server_name.host())
}

/// A commented list of the curator with this name, ready to be filled in.
pub fn endorsements_template(language: &LanguageTag, name: &Text) -> String {
    let name = toml::Value::from(name.as_str()).to_string();
    ENDORSEMENTS_TEMPLATE.replace("{language}", language.as_str()).replace("{name}", &name)
}

/// What is wrong with an authoring file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct AuthoringError {
    /// The line, counted from 1, of the member or of what it is missing from. Absent
    /// where that is the file itself.
    pub line: Option<usize>,
    /// The path of the member, like `registration.methods[0]`. Empty where the file is no
    /// TOML.
    pub place: String,
    /// The rule, as a sentence about that member.
    pub rule: String,
}

/// Reads on after the name of the file and a space: `line 12, registration.methods[0]:
/// must be …`.
impl fmt::Display for AuthoringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.place.as_str()) {
            (Some(line), "") => write!(f, "line {line}: {}", self.rule),
            (Some(line), place) => write!(f, "line {line}, {place}: {}", self.rule),
            (None, "") => f.write_str(&self.rule),
            (None, place) => write!(f, "member {place}: {}", self.rule),
        }
    }
}

/// Reads the body of a document from an authoring file and validates it.
///
/// # Errors
/// The first thing that is wrong. Members that do not exist come first: where one is
/// misspelt, that is also why another is missing. [`check`] finds more than the first.
pub fn read<T: Body>(toml: &str) -> Result<T, AuthoringError> {
    let source = Source::new(toml);
    let (table, faults) = source.parse();
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let mut faults = Vec::new();
    let value = object(table.get_ref(), &Place::Root, &mut faults);
    let find = |fault| source.find(&Offsets::of(&table), fault);
    if let Some(fault) = faults.into_iter().next() {
        return Err(find(fault));
    }
    let mut unknown = Vec::new();
    let body = read_noting_unknown::<T>(&Tree::of(&value, &Arena::new()), &mut unknown);
    if let Some(member) = unknown.into_iter().next() {
        return Err(find(refuse_unknown(member)));
    }
    body.and_then(|body| body.validate().map(|()| body)).map_err(find)
}

/// As [`read`], for a person who wants to mend everything at once.
///
/// # Errors
/// What is wrong, in the order of the lines, at least one fault and at most some hundreds.
/// Of a file that is no TOML, only where it is none. A fault that another one brings about is
/// left out, and a rule about a member that is missing or wrong is not tried.
pub fn check<T: Body>(toml: &str) -> Result<T, Vec<AuthoringError>> {
    let source = Source::new(toml);
    let (table, mut errors) = source.parse();
    if errors.is_empty() {
        let mut found = Vec::new();
        let value = object(table.get_ref(), &Place::Root, &mut found);
        match faults::read(value, found) {
            Ok(body) => return Ok(body),
            Err(faults) => {
                let offsets = Offsets::of(&table);
                errors.extend(faults.into_iter().map(|fault| source.find(&offsets, fault)));
            }
        }
    }
    errors.sort_by_key(|error| error.line);
    Err(errors)
}

/// The member that was probably meant.
fn suggestion(member: &UnknownMember) -> Option<&'static str> {
    let similar =
        member.known.iter().map(|known| (strsim::jaro_winkler(&member.name, known), *known));
    let nearest = similar.filter(|(similarity, _)| *similarity > 0.8);
    nearest.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

fn refuse_unknown(member: UnknownMember) -> InvalidMember {
    let rule = match suggestion(&member) {
        Some(known) => format!("is not a known member; did you mean {known}?"),
        None => format!("is not a known member; known here are {}", member.known.join(", ")),
    };
    InvalidMember { place: member.place, rule }
}

/// The text of an authoring file.
struct Source<'a> {
    text: Cow<'a, str>,
    /// Where the lines end.
    line_ends: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Editors on Windows end lines with CR LF, which text in documents must not hold.
    fn new(text: &'a str) -> Self {
        let text = match text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n")),
            false => Cow::Borrowed(text),
        };
        let line_ends = text.match_indices('\n').map(|(offset, _)| offset).collect();
        Self { text, line_ends }
    }

    /// The file as TOML, or where it is none.
    fn parse(&self) -> (Spanned<DeTable<'_>>, Vec<AuthoringError>) {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        let errors = errors.into_iter().take(faults::MAX_NOTED).map(|error| AuthoringError {
            line: error.span().map(|span| self.line(span.start)),
            place: String::new(),
            rule: format!("is not valid TOML: {}", error.message().replace('\n', ", ")),
        });
        let mut errors: Vec<_> = errors.collect();
        // What follows on the same line is mostly about the first.
        errors.dedup_by_key(|error| error.line);
        (table, errors)
    }

    fn line(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset) + 1
    }

    /// Adds the line to a refusal: that of the member, or of the nearest that holds it.
    fn find(&self, offsets: &Offsets, error: InvalidMember) -> AuthoringError {
        let line = offsets.nearest(&error.place).map(|offset| self.line(offset));
        AuthoringError { line, place: error.place, rule: error.rule }
    }
}

/// Where every member and item begins, by its path.
struct Offsets(BTreeMap<String, usize>);

impl Offsets {
    fn of(table: &Spanned<DeTable<'_>>) -> Self {
        let mut offsets = Self(BTreeMap::new());
        offsets.add_table(table.get_ref(), &Place::Root);
        offsets
    }

    fn add_table(&mut self, table: &DeTable<'_>, at: &Place<'_>) {
        for (name, value) in table {
            self.add(&at.member(name.get_ref()), name.span().start, value.get_ref());
        }
    }

    fn add(&mut self, place: &Place<'_>, offset: usize, value: &DeValue<'_>) {
        self.0.insert(place.to_string(), offset);
        match value {
            DeValue::Table(table) => self.add_table(table, place),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(&place.item(index), item.span().start, item.get_ref());
                }
            }
            _ => {}
        }
    }

    /// Where the value at this path begins, or the nearest that holds it.
    fn nearest(&self, place: &str) -> Option<usize> {
        let holders = place.rmatch_indices(['.', '[']).map(|(end, _)| &place[..end]);
        std::iter::once(place).chain(holders).find_map(|path| self.0.get(path).copied())
    }
}

/// TOML as the JSON that a document would hold. What no JSON can hold becomes `null`, which no
/// document may hold, and a fault.
fn json(value: &DeValue<'_>, at: &Place<'_>, faults: &mut Vec<InvalidMember>) -> Value {
    let mut refuse = |rule: &str| {
        faults.push(at.refuse(rule));
        Value::Null
    };
    match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => integer.into(),
            Err(_) => refuse("must be a number of at most 18 digits"),
        },
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => number.into(),
            None => refuse("must be a whole number"),
        },
        DeValue::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| json(item.get_ref(), &at.item(index), faults)).collect()
        }
        DeValue::Table(table) => object(table, at, faults),
    }
}

fn object(table: &DeTable<'_>, at: &Place<'_>, faults: &mut Vec<InvalidMember>) -> Value {
    let mut members = Map::new();
    for (name, value) in table {
        let name = name.get_ref();
        let value = json(value.get_ref(), &at.member(name), faults);
        members.insert(name.clone().into_owned(), value);
    }
    Value::Object(members)
}

#[cfg(test)]
pub(crate) mod tests;
