//! Addresses on the web and of mailboxes.

use url::Url;

use crate::ServerName;
use crate::server_name::is_server_name;
use crate::text::text_type;

/// Why a text is not a [`Link`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum LinkError {
    #[error("must begin with https://")]
    NotHttps,
    #[error("must have at most {max} bytes, not {length}")]
    TooLong { length: usize, max: usize },
    #[error("must not have spaces, control characters or backslashes")]
    ForbiddenCharacter,
    #[error("must not have a user name or password before the host")]
    UserInfo,
    #[error("must be a web address with a valid host, like https://example.org/page")]
    Malformed,
    #[error("must be written {written}, so that all programs read it alike")]
    NotPlain { written: String },
}

text_type! {
    /// A web address: `https`, a host that is a server name, no user name or password, at
    /// most [`Link::MAX_BYTES`] bytes of the characters that RFC 3986 allows.
    ///
    /// It is kept with its host in lower case, without the port 443, and with a path. That
    /// is what browsers make of it, but said without the tables of URL and Unicode
    /// standards, whose versions differ: what is taken and what it means can never change.
    /// A link says nothing about where its host leads: whoever fetches one applies its own
    /// address policy.
    Link, LinkError, check_link
}

impl Link {
    /// The longest link, in bytes: what browsers and servers are sure to take.
    pub const MAX_BYTES: usize = 2_048;

    /// An address as people and programs pass it on, in whatever characters: what a browser
    /// would go to.
    ///
    /// # Errors
    /// Where even that is no link.
    pub fn from_address(text: impl Into<String>) -> Result<Self, LinkError> {
        match Self::new(text) {
            Err(LinkError::NotPlain { written }) => Self::new(written),
            result => result,
        }
    }

    /// The host that the link names.
    pub fn host(&self) -> String {
        let authority = authority(self.as_str());
        let name = ServerName::parse(authority).map(|name| name.host().to_owned());
        name.unwrap_or_else(|_| authority.to_owned())
    }
}

const SCHEME: &str = "https://";

/// What stands between the scheme and the path.
fn authority(link: &str) -> &str {
    let rest = link.strip_prefix(SCHEME).unwrap_or(link);
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    end.map_or(rest, |end| &rest[..end])
}

/// Refuses by the text alone: parsers differ in what they repair.
fn check_link(text: String) -> Result<String, LinkError> {
    let too_long = |length| LinkError::TooLong { length, max: Link::MAX_BYTES };
    if text.len() > Link::MAX_BYTES {
        return Err(too_long(text.len()));
    }
    if !text.starts_with(SCHEME) {
        return Err(LinkError::NotHttps);
    }
    let is_plain = text.bytes().all(is_allowed);
    if !is_plain && text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(LinkError::ForbiddenCharacter);
    }
    let authority = authority(&text);
    if authority.bytes().any(|byte| byte == b'@') {
        return Err(LinkError::UserInfo);
    }
    let rest = &text[SCHEME.len() + authority.len()..];
    if !is_plain || !has_whole_escapes(rest) || has_dots(rest) {
        return Err(as_browsers_write(&text));
    }
    // As nearly always: already as it is kept.
    if rest.starts_with('/') && !authority.ends_with(":443") && is_server_name(authority) {
        return Ok(text);
    }
    let server = authority.to_ascii_lowercase();
    if !is_server_name(&server) {
        return Err(as_browsers_write(&text));
    }
    let server = server.strip_suffix(":443").unwrap_or(&server);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    let link = [SCHEME, server, slash, rest].concat();
    if link.len() > Link::MAX_BYTES { Err(too_long(link.len())) } else { Ok(link) }
}

/// Whether RFC 3986 has this character.
const fn is_allowed(character: u8) -> bool {
    matches!(
        character,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?'
            | b'#' | b'[' | b']' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
            | b',' | b';' | b'=' | b'%'
    )
}

/// Whether each percent sign begins an escape.
fn has_whole_escapes(text: &str) -> bool {
    text.as_bytes()
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|after| after.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

/// Whether the path has a segment that stands for itself or for the one above.
fn has_dots(rest: &str) -> bool {
    const DOTS: [&[u8]; 6] = [b".", b"..", b"%2e", b".%2e", b"%2e.", b"%2e%2e"];
    let rest = rest.as_bytes();
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    rest[..end]
        .split(|byte| *byte == b'/')
        .any(|segment| DOTS.iter().any(|dots| segment.eq_ignore_ascii_case(dots)))
}

/// The refusal of a text that is no link: with the one that browsers go to, if there is one.
fn as_browsers_write(text: &str) -> LinkError {
    let Ok(url) = Url::parse(text) else { return LinkError::Malformed };
    let mut written = String::new();
    for character in String::from(url).chars() {
        // A few characters that they leave as they are.
        match character {
            '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' => {
                written += &format!("%{:02X}", u32::from(character));
            }
            _ => written.push(character),
        }
    }
    let length = written.len();
    let max = Link::MAX_BYTES;
    if length > max {
        return LinkError::TooLong { length, max };
    }
    let is_better = written != text && check_link(written.clone()).is_ok();
    if is_better { LinkError::NotPlain { written } } else { LinkError::Malformed }
}

/// Why a text is not an [`EmailAddress`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an e-mail address like admin@example.org, of at most {} characters",
    EmailAddress::MAX_LENGTH
)]
pub struct EmailAddressError;

text_type! {
    /// An e-mail address that needs no quoting: at most [`EmailAddress::MAX_LENGTH`]
    /// characters, a part before the `@` of at most 64, a domain name after it. `%`, `&`
    /// and `?` are refused as well: they would change the meaning of a `mailto:` link.
    EmailAddress, EmailAddressError,
    |text| if is_email_address(&text) { Ok(text) } else { Err(EmailAddressError) }
}

impl EmailAddress {
    /// The longest e-mail address, in characters (RFC 5321, section 4.5.3.1.3, without the
    /// angle brackets).
    pub const MAX_LENGTH: usize = 254;
}

fn is_email_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_parts_are_words = local.as_bytes().split(|byte| *byte == b'.').all(|part| {
        !part.is_empty()
            && part.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$'*+-/=^_{|}~".contains(b))
    });
    let domain_labels_are_names = domain.as_bytes().split(|byte| *byte == b'.').all(|label| {
        (1..=63).contains(&label.len())
            && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    });
    text.len() <= EmailAddress::MAX_LENGTH
        && local.len() <= 64
        && local_parts_are_words
        && domain_labels_are_names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Else a document would say something else each time it is read and written.
        #[test]
        fn a_link_that_was_taken_is_taken_again_as_it_is(
            text in "https://[a-zA-Z0-9.:@ü\\[\\]%_-]{1,12}[/?#]?\\PC{0,20}"
        ) {
            if let Ok(link) = Link::from_address(text) {
                prop_assert!(!link.host().is_empty());
                prop_assert_eq!(Link::new(link.as_str()), Ok(link));
            }
        }

        /// Our few rules against the standard's many. Left out are international names, which
        /// browsers check against tables, and the apostrophe, which they escape in queries.
        #[test]
        fn a_link_is_what_browsers_go_to(
            host in "([a-zA-Z0-9]{1,3}\\.){0,2}[a-zA-Z]{1,3}|192\\.0\\.2\\.7|\\[2001:db8::1\\]",
            port in "(:(443|[1-9][0-9]{0,3}))?",
            rest in "([/?#]([a-zA-Z0-9._~:/?#@!$&()*+,;=\\[\\]-]|%[0-9a-fA-F]{2}){0,20})?",
        ) {
            let text = format!("https://{host}{port}{rest}");
            match Link::new(text.clone()) {
                Ok(link) => {
                    let url = Url::parse(&text).unwrap();
                    prop_assert_eq!(link.as_str(), url.as_str());
                    prop_assert_eq!(link.host(), url.host_str().unwrap());
                }
                Err(LinkError::NotPlain { .. }) => prop_assert!(has_dots(&rest), "{}", text),
                Err(error) => prop_assert!(false, "{}: {}", text, error),
            }
        }
    }

    #[test]
    fn a_link_is_kept_as_browsers_read_it() {
        for (text, kept) in [
            ("https://example.org", "https://example.org/"),
            ("https://example.org?q", "https://example.org/?q"),
            ("https://Example.ORG:443/a?b#c", "https://example.org/a?b#c"),
            ("https://example.org:8448/x", "https://example.org:8448/x"),
            ("https://matrix.to/#/#room:example.org", "https://matrix.to/#/#room:example.org"),
        ] {
            assert_eq!(Link::new(text).unwrap().as_str(), kept);
        }
        assert_eq!(Link::new("https://[::1]:8080/").unwrap().host(), "[::1]");
        assert_eq!(Link::new("https://example.org/a@b").unwrap().host(), "example.org");
    }

    #[test]
    fn an_address_of_people_is_written_as_browsers_write_it() {
        for (text, kept) in [
            ("https://bücher.example/Über", "https://xn--bcher-kva.example/%C3%9Cber"),
            ("https://example.org/a/../b|c", "https://example.org/b%7Cc"),
            ("https://0x7f.1/", "https://127.0.0.1/"),
        ] {
            assert_eq!(Link::from_address(text).unwrap().as_str(), kept);
            assert_eq!(Link::new(text), Err(LinkError::NotPlain { written: kept.to_owned() }));
        }
        insta::assert_snapshot!(Link::new("https://example.org/ü").unwrap_err(), @"must be written https://example.org/%C3%BC, so that all programs read it alike");
    }

    #[test]
    fn a_link_that_could_mislead_is_refused() {
        let refusal = |text: &str| Link::new(text).unwrap_err();
        insta::assert_snapshot!(refusal("http://example.org/"), @"must begin with https://");
        insta::assert_snapshot!(refusal("javascript:alert(1)"), @"must begin with https://");
        insta::assert_snapshot!(refusal("https://bank.example@evil.example/"), @"must not have a user name or password before the host");
        insta::assert_snapshot!(refusal("https://example.org\\@evil.example/"), @"must not have spaces, control characters or backslashes");
        insta::assert_snapshot!(refusal("https:///path"), @"must be written https://path/, so that all programs read it alike");
        insta::assert_snapshot!(refusal("https://exa mple.org/"), @"must not have spaces, control characters or backslashes");
        insta::assert_snapshot!(refusal("https://a_b.example/"), @"must be a web address with a valid host, like https://example.org/page");
        insta::assert_snapshot!(refusal(&format!("https://e.example/{}", "a".repeat(2048))), @"must have at most 2048 bytes, not 2066");
        for text in [
            "",
            "HTTPS://example.org",
            " https://example.org",
            "https://a\tb.example/",
            "https://@example.org/",
            "https://a..b\u{202E}/",
            "https://256.1.1.1/",
            "https://?q",
            "https://example.org./",
            "https://example.org:0/",
            "https://example.org/%",
        ] {
            assert!(Link::from_address(text).is_err(), "{text:?}");
        }
        // Percent-encoding makes it longer than the limit.
        assert!(Link::from_address(format!("https://e.example/{}", "ü".repeat(700))).is_err());
    }

    #[test]
    fn email_addresses_need_no_quoting() {
        for text in ["admin@example.org", "a.b+c@xn--bcher-kva.example", "root@localhost"] {
            assert_eq!(EmailAddress::new(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "admin",
            "@example.org",
            "admin@",
            "a b@example.org",
            "a@b@example.org",
            "a@example..org",
            "a@-b.example",
            ".a@example.org",
            "a%40b@example.org",
            "a@example.org?cc=b@example.org",
            "\"a\"@example.org",
            "ü@example.org",
            &format!("{}@example.org", "a".repeat(65)),
        ] {
            assert_eq!(EmailAddress::new(text), Err(EmailAddressError), "{text:?}");
        }
        insta::assert_snapshot!(EmailAddressError, @"must be an e-mail address like admin@example.org, of at most 254 characters");
    }
}
