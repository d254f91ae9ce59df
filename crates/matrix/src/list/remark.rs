//! What could not be carried over, and why.

use std::fmt;

use wellspring_document::json::{Value, canonical};
use wellspring_document::{Excerpt, LinkError, ServerName, ServerNameError, TextError};

use super::ListError;

/// The most remarks that a reading holds. Real lists make some two per server; a list that
/// makes this many is of another kind, and is refused rather than cut off.
pub const MAX_REMARKS: usize = 50_000;

/// Something in a list that is not, or not only, a fact of the reading.
///
/// Written out it is one line: the place, the server, the member with its value, what
/// became of it and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where the entry stands, like `public_servers[3]`, or `[3]` in a list that is an
    /// array. `None` for a member of the list itself.
    pub entry: Option<String>,
    /// The server that the entry names, where it names one.
    pub server_name: Option<ServerName>,
    /// The member, shortened; `None` where the whole entry is meant.
    pub member: Option<String>,
    /// The value, or the part of it that is meant: as JSON, shortened, with everything
    /// escaped that a terminal or a log could act upon.
    pub value: String,
    /// Why.
    pub reason: RemarkReason,
}

impl Remark {
    pub(super) fn of_list(member: &str, value: &Value) -> Self {
        Self {
            entry: None,
            server_name: None,
            member: Some(Excerpt::short(member).to_string()),
            value: shown(value),
            reason: RemarkReason::UnknownMember,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.entry, &self.server_name) {
            (Some(entry), Some(server_name)) => write!(f, "{entry} {server_name}")?,
            (Some(entry), None) => f.write_str(entry)?,
            (None, _) => f.write_str("the list")?,
        }
        if let Some(member) = &self.member {
            write!(f, ", {member}")?;
        }
        write!(f, " {}: {}, because {}", self.value, self.reason.effect(), self.reason)
    }
}

/// What became of the thing that a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The whole entry was skipped; its server is not in the reading.
    Skipped,
    /// The value was left out; the rest of the entry stands.
    LeftOut,
    /// The value is no fact of its own but stands word for word in the note on
    /// registration.
    Noted,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Skipped => "skipped",
            Self::LeftOut => "left out",
            Self::Noted => "kept as a note",
        })
    }
}

/// Why something was not carried over. As text it ends a sentence that begins "left out,
/// because".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemarkReason {
    /// The entry is not an object.
    NotAnObject,
    /// The entry has no member `name`.
    NameMissing,
    /// The entry's `name` is not a text.
    NameNotText,
    /// The entry's `name` is not a server name.
    InvalidName {
        /// The rule that it breaks.
        error: ServerNameError,
    },
    /// An earlier entry has the same name.
    Duplicate {
        /// Where that entry stands.
        earlier: String,
    },
    /// The format has no such member.
    UnknownMember,
    /// The value is of another type than the format says.
    WrongType {
        /// The type, as in "it must be a text".
        expected: &'static str,
    },
    /// The value is not a link that documents carry.
    InvalidLink {
        /// The rule that it breaks.
        error: LinkError,
    },
    /// The value is not text that documents carry.
    InvalidText {
        /// The rule that it breaks.
        error: TextError,
    },
    /// There are more values than a document takes.
    TooMany {
        /// How many it takes.
        max: usize,
    },
    /// The list marks the value with a question mark.
    Unsure,
    /// Not the English name of a country.
    UnknownCountry,
    /// Not the name of a language.
    UnknownLanguage,
    /// `All` stands among the languages.
    AllLanguages,
    /// Not an age that anybody can reach.
    InvalidAge,
    /// Not words that could be a label.
    NotALabel,
    /// Not a way to register that profiles know.
    UnknownMethod,
    /// The value tells something of the homeserver's own sign-up, and accounts are made in
    /// another way.
    OtherSignUp,
    /// A `false` where documents can only say that something is so.
    OnlyTrueIsSaid,
    /// A version without the software that it is of.
    VersionAlone,
    /// A host of the server, not its name.
    Host,
    /// Something that the list measured.
    Measurement,
}

impl RemarkReason {
    /// What became of the thing.
    pub const fn effect(&self) -> Effect {
        match self {
            Self::NotAnObject
            | Self::NameMissing
            | Self::NameNotText
            | Self::InvalidName { .. }
            | Self::Duplicate { .. } => Effect::Skipped,
            Self::UnknownMethod => Effect::Noted,
            _ => Effect::LeftOut,
        }
    }

    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "list-entry.not-an-object",
            Self::NameMissing => "list-entry.name-missing",
            Self::NameNotText => "list-entry.name-not-text",
            Self::InvalidName { error } => error.code(),
            Self::Duplicate { .. } => "list-entry.duplicate",
            Self::UnknownMember => "list-member.unknown",
            Self::WrongType { .. } => "list-member.wrong-type",
            Self::InvalidLink { .. } => "list-member.invalid-link",
            Self::InvalidText { .. } => "list-member.invalid-text",
            Self::TooMany { .. } => "list-member.too-many",
            Self::Unsure => "list-member.unsure",
            Self::UnknownCountry => "list-member.unknown-country",
            Self::UnknownLanguage => "list-member.unknown-language",
            Self::AllLanguages => "list-member.all-languages",
            Self::InvalidAge => "list-member.invalid-age",
            Self::NotALabel => "list-member.not-a-label",
            Self::UnknownMethod => "list-member.unknown-method",
            Self::OtherSignUp => "list-member.other-sign-up",
            Self::OnlyTrueIsSaid => "list-member.only-true-is-said",
            Self::VersionAlone => "list-member.version-alone",
            Self::Host => "list-member.host",
            Self::Measurement => "list-member.measurement",
        }
    }
}

impl fmt::Display for RemarkReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => f.write_str("an entry must be an object"),
            Self::NameMissing => f.write_str("it has no \"name\""),
            Self::NameNotText => f.write_str("the name of a server must be a text"),
            Self::InvalidName { error } => error.fmt(f),
            Self::Duplicate { earlier } => write!(f, "{earlier} has the same name"),
            Self::UnknownMember => f.write_str("this format has no such member"),
            Self::WrongType { expected } => write!(f, "it must be {expected}"),
            Self::InvalidLink { error } => write!(f, "a link {error}"),
            Self::InvalidText { error } => write!(f, "a text {error}"),
            Self::TooMany { max } => write!(f, "a document takes {max} of these at most"),
            Self::Unsure => f.write_str("the list itself is unsure"),
            Self::UnknownCountry => f.write_str("it is not the English name of one country"),
            Self::UnknownLanguage => f.write_str("it is not the name of a known language"),
            Self::AllLanguages => f.write_str("it names no language"),
            Self::InvalidAge => f.write_str("it is not an age in years"),
            Self::NotALabel => {
                f.write_str("it cannot be written as a label of plain words, digits and hyphens")
            }
            Self::UnknownMethod => f.write_str("profiles know no such way to register"),
            Self::OtherSignUp => f.write_str(
                "it tells of the homeserver's own sign-up, but accounts are made in another way",
            ),
            Self::OnlyTrueIsSaid => f.write_str("only the opposite can be said in a document"),
            Self::VersionAlone => f.write_str("the software is not named"),
            Self::Host => f.write_str(
                "it says where clients connect, which is found out anew from the server name",
            ),
            Self::Measurement => {
                f.write_str("it is this list's own measurement, and observers measure anew")
            }
        }
    }
}

/// Where in a list an entry stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The member that holds the array; empty for an array at the top.
    pub(super) array: &'static str,
    pub(super) index: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.array, self.index)
    }
}

/// The remarks made so far, bounded in number.
#[derive(Default)]
pub(super) struct Remarks {
    made: Vec<Remark>,
    overflow: bool,
}

impl Remarks {
    pub(super) fn add(&mut self, remark: Remark) {
        if self.made.len() < MAX_REMARKS {
            self.made.push(remark);
        } else {
            self.overflow = true;
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Remark>, ListError> {
        if self.overflow {
            return Err(ListError::TooManyRemarks { max: MAX_REMARKS });
        }
        Ok(self.made)
    }
}

/// What kind of JSON value this is, with its article.
pub(super) const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A value as a remark shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => shown_text(text),
        Value::Array(_) | Value::Object(_) => {
            Excerpt::short(&String::from_utf8_lossy(&canonical(value))).to_string()
        }
        _ => value.to_string(),
    }
}

/// A text as a remark shows it.
pub(super) fn shown_text(text: &str) -> String {
    format!("\"{}\"", Excerpt::short(text))
}
