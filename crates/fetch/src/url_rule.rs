//! The URL rule: what can be said of a URL before anything touches the network.

use std::net::IpAddr;

use rustls::pki_types::DnsName;
use thiserror::Error;
use url::{Host, Url};

use crate::address::AddressRefusal;
use crate::policy::{AddressPolicy, Loopback};

/// The longest URL that is fetched, in bytes: what every server and client is asked to take at
/// least (RFC 9110, section 4.1). Links in documents are shorter; redirects to signed addresses of
/// object stores are not.
pub const MAX_URL_BYTES: usize = 8000;

/// Judges whether a URL may be fetched, from its text alone: no name is looked up.
///
/// The `url` crate is the only parser, and what it returns is what is connected to. Because it
/// forgives like a browser, text that it had to repair is refused: a host that reads differently
/// from what is connected to is somebody's attempt to pass another check. One thing is repaired
/// here: a dot at the end of the host, which says that a name is complete, is left out of the URL
/// that is returned, since every name is taken as complete.
///
/// A name that passes may still resolve to an address that is refused; see
/// [`Client::resolve`](crate::Client::resolve).
///
/// # Errors
///
/// The first rule that the URL breaks.
///
/// ```
/// use wellspring_fetch::{AddressPolicy, judge};
///
/// let public = AddressPolicy::public_only();
/// assert!(judge("https://example.org:8448/list.json", &public).is_ok());
/// assert_eq!(judge("http://example.org/", &public).unwrap_err().code(), "url.not-https");
/// assert_eq!(judge("https://[::1]/", &public).unwrap_err().code(), "address.loopback");
/// assert_eq!(judge("https://nas.local/", &public).unwrap_err().code(), "url.reserved-name");
/// ```
pub fn judge(text: &str, policy: &AddressPolicy) -> Result<Url, UrlRefusal> {
    require_plain_text(text)?;
    let mut url = Url::parse(text).map_err(|source| UrlRefusal::Malformed { source })?;
    if url.scheme() != "https" {
        return Err(UrlRefusal::NotHttps { scheme: url.scheme().to_owned() });
    }
    let written = written_authority(text)?;
    if written.contains('@') {
        return Err(UrlRefusal::UserInfo);
    }
    if url.port() == Some(0) {
        return Err(UrlRefusal::PortZero);
    }
    match url.host() {
        None => return Err(UrlRefusal::Malformed { source: url::ParseError::EmptyHost }),
        Some(Host::Domain(name)) => {
            require_written_name(without_port(written), name)?;
            let complete = name.strip_suffix('.').unwrap_or(name);
            judge_name(complete, policy)?;
            if complete != name {
                let complete = complete.to_owned();
                url.set_host(Some(&complete)).map_err(|source| UrlRefusal::Malformed { source })?;
            }
        }
        Some(Host::Ipv4(address)) => {
            require_written_address(without_port(written), address.into(), policy)?;
            policy.judge_address(address.into())?;
        }
        // Every spelling between brackets is plainly an IPv6 address, so none is a disguise.
        Some(Host::Ipv6(address)) => policy.judge_address(address.into())?,
    }
    Ok(url)
}

/// Refuses text that a parser would have to repair before it is a URL.
///
/// The parser drops tabs, line ends and outer spaces and reads a backslash as a slash.
pub(crate) fn require_plain_text(text: &str) -> Result<(), UrlRefusal> {
    if text.len() > MAX_URL_BYTES {
        return Err(UrlRefusal::TooLong { length: text.len() });
    }
    let repaired = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    match text.chars().find(|&c| repaired(c)) {
        Some(character) => Err(UrlRefusal::ForbiddenCharacter { character }),
        None => Ok(()),
    }
}

/// The authority as it is written, which must stand after exactly two slashes.
fn written_authority(text: &str) -> Result<&str, UrlRefusal> {
    const START: &str = "https://";
    let malformed = |source| UrlRefusal::Malformed { source };
    let (start, rest) = text
        .split_at_checked(START.len())
        .ok_or(malformed(url::ParseError::RelativeUrlWithoutBase))?;
    if !start.eq_ignore_ascii_case(START) {
        return Err(malformed(url::ParseError::RelativeUrlWithoutBase));
    }
    match rest.split(['/', '?', '#']).next() {
        Some(authority) if !authority.is_empty() => Ok(authority),
        _ => Err(malformed(url::ParseError::EmptyHost)),
    }
}

/// The host of an authority that is not an IPv6 address.
fn without_port(authority: &str) -> &str {
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// An IPv4 address must be written as one: four decimal numbers, nothing that only turns into it.
fn require_written_address(
    written: &str,
    address: IpAddr,
    policy: &AddressPolicy,
) -> Result<(), UrlRefusal> {
    if written == address.to_string() {
        return Ok(());
    }
    let verdict = policy.judge_address(address).map_err(Box::new);
    Err(UrlRefusal::DisguisedAddress { written: written.to_owned(), address, verdict })
}

/// A name must be written as it is looked up, but for letter case and for names that need the
/// ASCII form of other scripts (RFC 5890). Percent signs, full-width letters and invisible
/// characters also turn into plain names, and only ever in an attempt.
fn require_written_name(written: &str, name: &str) -> Result<(), UrlRefusal> {
    let other_script =
        !written.is_ascii() && name.split('.').any(|label| label.starts_with("xn--"));
    if written.eq_ignore_ascii_case(name) || other_script {
        return Ok(());
    }
    Err(UrlRefusal::DisguisedName { written: written.to_owned(), name: name.to_owned() })
}

/// Refuses names that cannot belong to a host on the public internet.
fn judge_name(name: &str, policy: &AddressPolicy) -> Result<(), UrlRefusal> {
    // A certificate can only be for such a name, so this is also what TLS could connect to.
    if name.ends_with('.') || DnsName::try_from(name).is_err() {
        return Err(UrlRefusal::BadName { name: name.to_owned() });
    }
    if policy.fixed(name).is_some() {
        return Ok(());
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    if last == "localhost" && policy.loopback() == Loopback::Allowed {
        return Ok(());
    }
    if let Some(&(reserved, meaning, rule)) = RESERVED.iter().find(|(label, ..)| *label == last) {
        return Err(UrlRefusal::ReservedName { name: name.to_owned(), reserved, meaning, rule });
    }
    if last == name {
        return Err(UrlRefusal::SingleLabel { name: name.to_owned() });
    }
    Ok(())
}

/// Top-level names under which no host on the public internet can be, with what they are for and
/// who says so: the registry of special-use names that IANA keeps
/// (<https://www.iana.org/assignments/special-use-domain-names>), names that ICANN keeps from being
/// given to anybody, and what private networks and machines call themselves. Their addresses would
/// be judged all the same; refusing the name keeps the question itself from networks that answer it
/// in their own way. Any other name that does not exist is simply not found.
///
/// RFC 6761 asks programs not to treat `test` and `example` specially. They are refused here since
/// the example world lives under them and contacts nobody; a fixed pair opens a single name.
/// `example.org` and its like exist, and are not refused.
const RESERVED: [(&str, &str, &str); 19] = [
    ("alt", "for names outside the DNS", "RFC 9476"),
    ("arpa", "for the infrastructure of the internet", "RFC 3172, RFC 8375"),
    ("corp", "used inside private networks", "RFC 6762, appendix G"),
    ("example", "for documentation", "RFC 6761"),
    ("home", "used inside private networks", "RFC 6762, appendix G"),
    ("i2p", "for I2P, which this client does not speak", "custom of I2P"),
    ("internal", "for private networks", "ICANN resolution 2024.07.29.06; RFC 6762, appendix G"),
    ("intranet", "used inside private networks", "RFC 6762, appendix G"),
    ("invalid", "for names that must not exist", "RFC 6761"),
    ("lan", "used inside private networks", "RFC 6762, appendix G"),
    ("local", "for the local link", "RFC 6762"),
    ("localdomain", "this machine itself in many hosts files", "custom of Unix systems"),
    ("localdomain4", "this machine itself in many hosts files", "custom of Unix systems"),
    ("localdomain6", "this machine itself in many hosts files", "custom of Unix systems"),
    ("localhost", "this machine itself", "RFC 6761"),
    ("mail", "used inside private networks", "ICANN resolution 2018.02.04.12"),
    ("onion", "for Tor, which this client does not speak", "RFC 7686"),
    ("private", "used inside private networks", "RFC 6762, appendix G"),
    ("test", "for tests", "RFC 6761"),
];

/// Why a URL may not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlRefusal {
    /// The text is longer than [`MAX_URL_BYTES`].
    #[error("the URL has {length} bytes; at most {MAX_URL_BYTES} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The text holds a backslash, a space or a control character.
    #[error(
        "the URL holds the character {character:?}; backslashes, spaces and control characters \
         are not allowed"
    )]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// The text is not an absolute URL with a host.
    #[error("the URL cannot be read; write it as https://HOST/PATH")]
    Malformed {
        /// What the parser found.
        source: url::ParseError,
    },
    /// The scheme is not https.
    #[error("the URL's scheme is {scheme:?}; only https is fetched")]
    NotHttps {
        /// The scheme.
        scheme: String,
    },
    /// The URL carries a user name or password.
    #[error("the URL carries a user name or password before an @; remove it")]
    UserInfo,
    /// The port is 0, which no connection can have.
    #[error("the URL's port is 0; ports are 1 to 65535")]
    PortZero,
    /// The host is an IPv4 address in disguise.
    #[error("{}", disguised(written, *address, verdict))]
    DisguisedAddress {
        /// The host as written.
        written: String,
        /// The address that it would be read as.
        address: IpAddr,
        /// What would be said of that address, were it written plainly.
        verdict: Result<(), Box<AddressRefusal>>,
    },
    /// The host is written differently from the name that would be looked up.
    #[error("the host {written:?} stands for {name:?}; write the name itself")]
    DisguisedName {
        /// The host as written.
        written: String,
        /// The name that it would be read as.
        name: String,
    },
    /// The host is not a name that a certificate could be for (RFC 5280, section 4.2.1.6).
    #[error(
        "the host {name:?} is not a domain name: parts of 1 to 63 letters, digits, hyphens and \
         underscores, without a hyphen at either end, with a dot between them, at most 253 \
         characters in all"
    )]
    BadName {
        /// The host.
        name: String,
    },
    /// The host is one word, which only a private network can resolve (RFC 7085).
    #[error("the host {name:?} has no dot; only a full domain name can be public")]
    SingleLabel {
        /// The host.
        name: String,
    },
    /// The host's last label is set aside.
    #[error("the host {name:?} cannot be public: .{reserved} is {meaning} ({rule})")]
    ReservedName {
        /// The host.
        name: String,
        /// The label that is set aside.
        reserved: &'static str,
        /// What it is for, in words that follow "is".
        meaning: &'static str,
        /// Where that is laid down.
        rule: &'static str,
    },
    /// The host is an address that may not be connected to.
    #[error(transparent)]
    Address(#[from] AddressRefusal),
}

/// To write it plainly helps only where that address could be fetched from.
fn disguised(written: &str, address: IpAddr, verdict: &Result<(), Box<AddressRefusal>>) -> String {
    let what = format!("the host {written:?} stands for the address {address}");
    match verdict {
        Ok(()) => format!("{what}; write the address itself"),
        Err(refusal) => format!("{what}, and {refusal}"),
    }
}

impl UrlRefusal {
    /// The stable code of the rule: `url.…`, or `address.…` for an address written in the URL.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "url.too-long",
            Self::ForbiddenCharacter { .. } => "url.forbidden-character",
            Self::Malformed { .. } => "url.malformed",
            Self::NotHttps { .. } => "url.not-https",
            Self::UserInfo => "url.user-info",
            Self::PortZero => "url.port-zero",
            Self::DisguisedAddress { .. } => "url.disguised-address",
            Self::DisguisedName { .. } => "url.disguised-name",
            Self::BadName { .. } => "url.bad-name",
            Self::SingleLabel { .. } => "url.single-label",
            Self::ReservedName { .. } => "url.reserved-name",
            Self::Address(refusal) => refusal.code(),
        }
    }
}

#[cfg(test)]
mod tests;
