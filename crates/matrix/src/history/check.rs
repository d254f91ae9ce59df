//! Reading one check of a history.

use std::collections::BTreeSet;

use wellspring_document::json::{self, ReadError, Value};
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{
    MAX_ENTRIES, ServerName, ServerNameError, Software, Text, TextError, Timestamp,
};

/// The longest line of a history that is read, in bytes: some 100 for each of as many servers
/// as a report can have.
pub const MAX_CHECK_BYTES: usize = 16 * 1_000_000;

/// One check of a list: the servers that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// When it was made.
    pub at: Timestamp,
    /// Who answered, each once.
    pub servers: Vec<CheckedServer>,
}

/// A server that answered at a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedServer {
    /// The server.
    pub server_name: ServerName,
    /// What it runs.
    pub software: Option<Software>,
    /// Open, or by approval: the two that the list told apart.
    pub registration: Option<RegistrationMode>,
}

/// Why a line is not a check that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum CheckError {
    #[error("it is not JSON that can be read")]
    NotJson { source: ReadError },
    #[error(
        "{member} must be {expected}; a check is {{\"t\": seconds since 1970, \"servers\": [[name, software, version, open, email, recaptcha], …]}}"
    )]
    WrongType { member: &'static str, expected: &'static str },
    #[error("a check names at most {MAX_ENTRIES} servers, not {count}")]
    TooManyServers { count: usize },
}

impl CheckError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { source } => source.code(),
            Self::WrongType { .. } => "history.wrong-type",
            Self::TooManyServers { .. } => "history.too-many-servers",
        }
    }
}

/// A server of a check, or something about it, that could not be read. The rest of the check
/// stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// Its place among the servers of the check, from 0 on.
    pub index: usize,
    /// Why.
    pub reason: NotReadReason,
}

/// Why something about a server was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum NotReadReason {
    #[error("left out, because it is no array that begins with a server name")]
    NotAServer,
    #[error("left out, because its name {error}")]
    InvalidName { error: ServerNameError },
    #[error("left out, because it is there before in the same check")]
    Twice,
    #[error("its {member} is left out, because it must be {expected}")]
    WrongType { member: &'static str, expected: &'static str },
    #[error("its {member} is left out, because it {error}")]
    InvalidText { member: &'static str, error: TextError },
}

impl Check {
    /// Reads one line of a history: `{"t": seconds since 1970, "servers": [[name, software,
    /// version, open, email, recaptcha], …]}`. What is `null` or missing is unknown; `email`
    /// and `recaptcha` say how one registers and are not looked at. What cannot be read of a
    /// server is left out and told.
    ///
    /// # Errors
    /// Where the line is larger than [`MAX_CHECK_BYTES`], breaks a rule of strict reading
    /// ([`json::read`]) or is no check.
    pub fn read(line: &[u8]) -> Result<(Self, Vec<NotRead>), CheckError> {
        let value =
            json::read(line, MAX_CHECK_BYTES).map_err(|source| CheckError::NotJson { source })?;
        let wrong = |member, expected| CheckError::WrongType { member, expected };
        let at = value
            .get("t")
            .and_then(Value::as_i64)
            .and_then(Timestamp::from_unix)
            .ok_or_else(|| wrong("t", "whole seconds since 1970, up to the year 9999"))?;
        let entries = value
            .get("servers")
            .and_then(Value::as_array)
            .ok_or_else(|| wrong("servers", "an array of servers"))?;
        if entries.len() > MAX_ENTRIES {
            return Err(CheckError::TooManyServers { count: entries.len() });
        }
        let mut problems = Vec::new();
        let mut names = BTreeSet::new();
        let mut servers = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let mut tell = |reason| problems.push(NotRead { index, reason });
            match read_server(entry, &mut tell) {
                Ok(server) if names.insert(server.server_name.clone()) => servers.push(server),
                Ok(_) => tell(NotReadReason::Twice),
                Err(reason) => tell(reason),
            }
        }
        Ok((Self { at, servers }, problems))
    }
}

fn read_server(
    entry: &Value,
    tell: &mut impl FnMut(NotReadReason),
) -> Result<CheckedServer, NotReadReason> {
    let members = entry.as_array().ok_or(NotReadReason::NotAServer)?;
    let name = members.first().and_then(Value::as_str).ok_or(NotReadReason::NotAServer)?;
    let server_name =
        ServerName::parse(name).map_err(|error| NotReadReason::InvalidName { error })?;
    let mut text = |place: usize, member| match members.get(place) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => match Text::new(text.as_str()) {
            Ok(text) => Some(text),
            Err(error) => {
                tell(NotReadReason::InvalidText { member, error });
                None
            }
        },
        Some(_) => {
            tell(NotReadReason::WrongType { member, expected: "a text" });
            None
        }
    };
    let (name, version) = (text(1, "software"), text(2, "version"));
    let registration = match members.get(3) {
        None | Some(Value::Null) => None,
        // The legend of the list: "Open registration" and "Conditional registration".
        Some(Value::Bool(true)) => Some(RegistrationMode::Open),
        Some(Value::Bool(false)) => Some(RegistrationMode::Approval),
        Some(_) => {
            tell(NotReadReason::WrongType { member: "open", expected: "true, false or null" });
            None
        }
    };
    // A version of nobody knows what says nothing.
    let software = name.map(|name| Software { name, version });
    Ok(CheckedServer { server_name, software, registration })
}
