//! Reading a list: which shape it has, and what it says of each server.

mod array;
mod countries;
mod entry;
mod findings;
mod languages;
mod present;
mod registration;
mod remark;

use std::fmt;

use wellspring_document::json::{self, Map, ReadError, Value};
use wellspring_document::{Endorsement, MAX_ENTRIES};

pub(crate) use countries::country_name;
use entry::{Entry, Names};
use findings::Findings;
pub(crate) use languages::language_name;
pub use remark::{Effect, MAX_REMARKS, Remark, RemarkReason};
use remark::{Place, Remarks};

/// The largest list that is read, in bytes. The joinmatrix list of 2023 takes 540 per
/// server, so there is room for some 7,500 like those, which make an endorsement list of
/// less than half the size that one may have.
pub const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;

/// The shapes of the lists that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListFormat {
    /// The list of joinmatrix.org until the end of 2023: an array of entries.
    ///
    /// `name` is the server name; `domain` is where clients connect, and is left out. The
    /// rest is read by the legend that the list was published with:
    /// - `open` is `true` in its section "Open registration" and `false` in "Conditional
    ///   registration", for servers that grant accounts on approval.
    /// - `jurisdiction` is the operator's country and, in brackets, that of the server
    ///   where it is another one.
    /// - `recaptcha` and `email` are what the homeserver itself asked for at its own
    ///   sign-up. Where accounts are made in another way, they say nothing.
    /// - `remarks` and `antifeature` are notes divided by semicolons. Those with a clear
    ///   meaning become facts (`In German`, `18+`, `operated by …`, `requires …`), the
    ///   others become labels.
    JoinmatrixArray,
    /// The list of joinmatrix.org today: an object with `public_servers` and
    /// `private_servers`.
    ///
    /// The shape says of its private servers only that they are not for the public. Of
    /// our audiences `invited` claims least, so they get that one. A server is in one of
    /// both; where a name stands in both, the public entry is read. `online_status`,
    /// `ver_status`, `room_directory` and `ipv6` are what the list measured, and are left
    /// out: observers measure that anew.
    Joinmatrix,
    /// The list in the FluffyChat client: as [`Joinmatrix`](Self::Joinmatrix) without
    /// `private_servers`, and with `website` in place of `homepage`.
    Fluffychat,
}

impl ListFormat {
    /// The name of the format in documents: a valid
    /// [`Label`](wellspring_document::Label).
    pub const fn name(self) -> &'static str {
        match self {
            Self::JoinmatrixArray => "joinmatrix-array",
            Self::Joinmatrix => "joinmatrix",
            Self::Fluffychat => "fluffychat",
        }
    }
}

impl fmt::Display for ListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReading {
    /// The shape of the list.
    pub format: ListFormat,
    /// The servers, each with the verdict `list` and what the list knows of it, ordered by
    /// server name, at least one and at most
    /// [`MAX_ENTRIES`](wellspring_document::MAX_ENTRIES). They obey the rules of an
    /// endorsement list.
    pub servers: Vec<Endorsement>,
    /// What could not be carried over, in the order of the list; at most [`MAX_REMARKS`].
    pub remarks: Vec<Remark>,
}

/// Why bytes are not a list that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ListError {
    #[error("the list is not JSON that can be read")]
    NotJson { source: ReadError },
    #[error(
        "this is no list of homeservers that can be read: it must be an array of servers (joinmatrix until 2023) or an object with an array \"public_servers\" (joinmatrix, FluffyChat), but it is {found}"
    )]
    UnknownShape { found: &'static str },
    #[error("the member \"{member}\" of a list must be an array of servers, but it is {found}")]
    NotAnArray { member: &'static str, found: &'static str },
    #[error("a list names at most {max} servers; this one has {count} entries")]
    TooManyEntries { count: usize, max: usize },
    #[error(
        "the list names no server: none of its {entries} entries is an object whose \"name\" is a server name"
    )]
    NoServers { entries: usize },
    #[error(
        "more than {max} values of the list cannot be carried over; it must be of another kind than it seems"
    )]
    TooManyRemarks { max: usize },
}

impl ListError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { source } => source.code(),
            Self::UnknownShape { .. } => "list.unknown-shape",
            Self::NotAnArray { .. } => "list.not-an-array",
            Self::TooManyEntries { .. } => "list.too-many-entries",
            Self::NoServers { .. } => "list.no-servers",
            Self::TooManyRemarks { .. } => "list.too-many-remarks",
        }
    }
}

/// Reads a list of homeservers in any of the known shapes.
///
/// # Errors
/// Where the bytes are larger than [`MAX_LIST_BYTES`], break a rule of strict reading
/// ([`json::read`]), have none of the shapes or name no server at all. An entry or a
/// member that cannot be read is no error but a [`Remark`].
pub fn read_list(bytes: &[u8]) -> Result<ListReading, ListError> {
    let value =
        json::read(bytes, MAX_LIST_BYTES).map_err(|source| ListError::NotJson { source })?;
    let mut remarks = Remarks::default();
    let (format, sections) = sections(&value, &mut remarks)?;

    let entries = sections.iter().map(|section| section.entries.len()).sum();
    if entries > MAX_ENTRIES {
        return Err(ListError::TooManyEntries { count: entries, max: MAX_ENTRIES });
    }
    let mut names = Names::new();
    let mut servers = Vec::new();
    for section in &sections {
        for (index, value) in section.entries.iter().enumerate() {
            let place = Place { array: section.array, index };
            if let Some(mut entry) = Entry::open(value, place, &mut names, &mut remarks) {
                let findings = (section.read)(&mut entry);
                servers.push(findings.into_endorsement(entry.close()));
            }
        }
    }
    let remarks = remarks.finish()?;
    if servers.is_empty() {
        return Err(ListError::NoServers { entries });
    }
    servers.sort_by(|a, b| a.server_name.cmp(&b.server_name));
    Ok(ListReading { format, servers, remarks })
}

/// One array of entries, and how they are read.
struct Section<'a> {
    /// The member that holds the array; empty for an array at the top.
    array: &'static str,
    entries: &'a [Value],
    read: fn(&mut Entry<'_>) -> Findings,
}

/// Tells the format, by what only that format has.
fn sections<'a>(
    value: &'a Value,
    remarks: &mut Remarks,
) -> Result<(ListFormat, Vec<Section<'a>>), ListError> {
    match value {
        Value::Array(entries) => {
            let section = Section { array: "", entries, read: array::read };
            Ok((ListFormat::JoinmatrixArray, vec![section]))
        }
        Value::Object(members) => object_sections(members, remarks),
        _ => Err(ListError::UnknownShape { found: remark::kind_of(value) }),
    }
}

const PUBLIC: &str = "public_servers";
const PRIVATE: &str = "private_servers";

fn object_sections<'a>(
    members: &'a Map<String, Value>,
    remarks: &mut Remarks,
) -> Result<(ListFormat, Vec<Section<'a>>), ListError> {
    if !members.contains_key(PUBLIC) && !members.contains_key(PRIVATE) {
        return Err(ListError::UnknownShape { found: "an object without it" });
    }
    let array = |member: &'static str| match members.get(member) {
        None | Some(Value::Null) => Ok(&[] as &[Value]),
        Some(Value::Array(entries)) => Ok(entries.as_slice()),
        Some(other) => Err(ListError::NotAnArray { member, found: remark::kind_of(other) }),
    };
    let (public, private) = (array(PUBLIC)?, array(PRIVATE)?);

    // FluffyChat copied the shape but for one member, and has public servers only.
    let has_homepage = |entry: &Value| entry.get(present::HOMEPAGE).is_some();
    let is_joinmatrix = members.contains_key(PRIVATE) || public.iter().any(has_homepage);
    let (format, read_public): (_, fn(&mut Entry<'_>) -> Findings) = if is_joinmatrix {
        (ListFormat::Joinmatrix, present::read_public)
    } else {
        (ListFormat::Fluffychat, present::read_fluffychat)
    };
    for (name, value) in members.iter().filter(|(name, _)| *name != PUBLIC && *name != PRIVATE) {
        remarks.add(Remark::of_list(name, value));
    }
    let sections = vec![
        Section { array: PUBLIC, entries: public, read: read_public },
        Section { array: PRIVATE, entries: private, read: present::read_private },
    ];
    Ok((format, sections))
}
