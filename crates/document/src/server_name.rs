use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use crate::body::Excerpt;
use crate::text_form::text_form;

/// Why a text is not a server name that documents may carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ServerNameError {
    #[error("a server name must not be empty")]
    Empty,
    #[error("a server name has at most 230 characters; this one has {length}")]
    TooLong { length: usize },
    #[error("\"{name}\" is more than a server name; write only the name, like chat.example.org")]
    MoreThanAName { name: String },
    #[error("\"{name}\" has an upper-case letter; server names in documents are lower case")]
    UpperCase { name: String },
    #[error("\"{name}\" ends its host with a dot; server names have no trailing dot")]
    TrailingDot { name: String },
    #[error("\"{name}\" has a character that is not a letter a-z, a digit, \"-\" or \".\"")]
    ForbiddenCharacter { name: String },
    #[error(
        "\"{name}\" is not a host name: each part between dots has 1 to 63 characters and neither starts nor ends with \"-\""
    )]
    BadLabel { name: String },
    #[error("\"{name}\" has no valid IP address as its host")]
    BadAddress { name: String },
    #[error("\"{name}\" has no valid port: 1 to 65535, without leading zeros")]
    BadPort { name: String },
}

impl ServerNameError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "server-name.empty",
            Self::TooLong { .. } => "server-name.too-long",
            Self::MoreThanAName { .. } => "server-name.more-than-a-name",
            Self::UpperCase { .. } => "server-name.upper-case",
            Self::TrailingDot { .. } => "server-name.trailing-dot",
            Self::ForbiddenCharacter { .. } => "server-name.forbidden-character",
            Self::BadLabel { .. } => "server-name.bad-label",
            Self::BadAddress { .. } => "server-name.bad-address",
            Self::BadPort { .. } => "server-name.bad-port",
        }
    }
}

/// The name of a Matrix homeserver: a host and, where it is not the default, a port.
///
/// The grammar is that of the Matrix specification (Appendices, "Server Name"), made
/// narrower in four ways so that one server has one spelling: lower case only, no
/// trailing dot, labels as DNS knows them (RFC 1123: 1 to 63 characters, no hyphen at
/// the ends), ports from 1 to 65535 without leading zeros. At most 230 characters.
/// International names are written in their ASCII form (`xn--…`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerName(Arc<str>);

impl ServerName {
    /// The longest server name in characters. The Matrix specification asks for at most
    /// 230, so that user ids with reasonable local parts stay under 255.
    pub const MAX_LENGTH: usize = 230;

    /// Reads a server name.
    ///
    /// # Errors
    /// Where the text breaks a rule of the grammar above; the first broken rule is named.
    pub fn parse(name: &str) -> Result<Self, ServerNameError> {
        check(name)?;
        Ok(Self(name.into()))
    }

    /// The same name in memory of its own. Names that are written one after the other lie side
    /// by side, where those of documents lie scattered: who walks over many does not wait for
    /// memory at each.
    #[must_use]
    pub fn written_anew(&self) -> Self {
        Self(Arc::from(&*self.0))
    }

    /// The server name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host without the port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        split(&self.0).0
    }

    /// The port, where the name carries one.
    pub fn port(&self) -> Option<u16> {
        split(&self.0).1?.parse().ok()
    }

    /// Whether the host is an IP address rather than a domain name.
    pub fn is_ip_address(&self) -> bool {
        self.host().starts_with('[') || self.host().parse::<Ipv4Addr>().is_ok()
    }
}

/// Splits host and port; the colons inside the brackets of an IPv6 address are part of
/// the host.
fn split(name: &str) -> (&str, Option<&str>) {
    let after_host =
        if name.starts_with('[') { name.find(']').map_or(0, |end| end + 1) } else { 0 };
    match name[after_host..].bytes().position(|byte| byte == b':') {
        Some(colon) => (&name[..after_host + colon], Some(&name[after_host + colon + 1..])),
        None => (name, None),
    }
}

/// Whether [`ServerName::parse`] takes the text.
pub(crate) fn is_server_name(text: &str) -> bool {
    check(text).is_ok()
}

fn check(name: &str) -> Result<(), ServerNameError> {
    if name.is_empty() {
        return Err(ServerNameError::Empty);
    }
    if name.len() > ServerName::MAX_LENGTH {
        return Err(ServerNameError::TooLong { length: name.chars().count() });
    }
    // Nearly every name is a host and nothing else.
    let host = if name.bytes().all(is_of_host_name) { Some(name) } else { host_name(name)? };
    host.map_or(Ok(()), |host| check_host_name(name, host))
}

/// What domain names and IPv4 addresses are made of.
const fn is_of_host_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')
}

/// The host in a name that has more than that, where it is to be a domain name or an IPv4
/// address; nothing where it is an IPv6 address, which is checked.
fn host_name(name: &str) -> Result<Option<&str>, ServerNameError> {
    let owned = || Excerpt::short(name).to_string();
    // An address, or the id of a user or a room.
    if name.bytes().any(|byte| byte == b'/') || name.starts_with(['@', '#', '!']) {
        return Err(ServerNameError::MoreThanAName { name: owned() });
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ServerNameError::UpperCase { name: owned() });
    }
    if name.starts_with('[') && !name.contains(']') {
        return Err(ServerNameError::BadAddress { name: owned() });
    }
    let (host, port) = split(name);
    if let Some(port) = port {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || port.starts_with('0') || port.parse::<u16>().is_err() {
            return Err(ServerNameError::BadPort { name: owned() });
        }
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|text| text.parse::<Ipv6Addr>().ok());
        return match address {
            // One spelling per address (RFC 5952).
            Some(address) if format!("[{address}]") == host => Ok(None),
            _ => Err(ServerNameError::BadAddress { name: owned() }),
        };
    }
    if !host.bytes().all(is_of_host_name) {
        return Err(ServerNameError::ForbiddenCharacter { name: owned() });
    }
    Ok(Some(host))
}

/// Checks the host of `name`, made of the right characters.
fn check_host_name(name: &str, host: &str) -> Result<(), ServerNameError> {
    let owned = || Excerpt::short(name).to_string();
    if host.ends_with('.') && host.len() > 1 {
        return Err(ServerNameError::TrailingDot { name: owned() });
    }
    let labels_fit = host.as_bytes().split(|byte| *byte == b'.').all(|label| {
        (1..=63).contains(&label.len()) && !label.starts_with(b"-") && !label.ends_with(b"-")
    });
    if !labels_fit {
        return Err(ServerNameError::BadLabel { name: owned() });
    }
    // A host whose last label is a number is an IPv4 address to every URL parser
    // (WHATWG URL, "ends in a number"), so it must be one in full.
    let last = host.rsplit('.').next().unwrap_or(host);
    let ends_in_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    if ends_in_number && host.parse::<Ipv4Addr>().is_err() {
        return Err(ServerNameError::BadAddress { name: owned() });
    }
    Ok(())
}

impl FromStr for ServerName {
    type Err = ServerNameError;

    fn from_str(text: &str) -> Result<Self, ServerNameError> {
        Self::parse(text)
    }
}

impl std::borrow::Borrow<str> for ServerName {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_form!(ServerName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken() {
        for (name, host, port) in [
            ("example.org", "example.org", None),
            ("localhost", "localhost", None),
            ("matrix.example.org:8448", "matrix.example.org", Some(8448)),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
            ("192.0.2.1:443", "192.0.2.1", Some(443)),
            ("[2001:db8::1]", "[2001:db8::1]", None),
            ("[2001:db8::1]:8448", "[2001:db8::1]", Some(8448)),
            ("1.example", "1.example", None),
        ] {
            let parsed = ServerName::parse(name).unwrap();
            assert_eq!((parsed.host(), parsed.port()), (host, port), "{name}");
        }
    }

    #[test]
    fn names_that_are_refused() {
        let long = format!("{}.example", "a.".repeat(115));
        for (name, code) in [
            ("", "server-name.empty"),
            (long.as_str(), "server-name.too-long"),
            ("Example.org", "server-name.upper-case"),
            ("example.org.", "server-name.trailing-dot"),
            ("example .org", "server-name.forbidden-character"),
            ("exämple.org", "server-name.forbidden-character"),
            ("exa_mple.org", "server-name.forbidden-character"),
            ("../etc/passwd", "server-name.more-than-a-name"),
            ("https://example.org", "server-name.more-than-a-name"),
            ("example..org", "server-name.bad-label"),
            (".example.org", "server-name.bad-label"),
            (".", "server-name.bad-label"),
            ("-example.org", "server-name.bad-label"),
            ("example-.org", "server-name.bad-label"),
            ("256.0.0.1", "server-name.bad-address"),
            ("127.1", "server-name.bad-address"),
            ("0x7f.0x1", "server-name.bad-address"),
            ("[2001:db8::1", "server-name.bad-address"),
            ("[2001:db8:0::1]", "server-name.bad-address"),
            ("[fe80::1%25eth0]", "server-name.bad-address"),
            ("[]", "server-name.bad-address"),
            ("example.org:", "server-name.bad-port"),
            ("example.org:0", "server-name.bad-port"),
            ("example.org:08448", "server-name.bad-port"),
            ("example.org:65536", "server-name.bad-port"),
            ("example.org:+1", "server-name.bad-port"),
        ] {
            assert_eq!(ServerName::parse(name).unwrap_err().code(), code, "{name}");
        }
    }
}
