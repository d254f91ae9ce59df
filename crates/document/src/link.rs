//! Addresses on the web and of mailboxes.

use url::Url;

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
}

text_type! {
    /// A web address: `https`, a host, no user name or password, at most
    /// [`Link::MAX_BYTES`] bytes.
    ///
    /// It is kept as the WHATWG URL standard writes it: host in lower case and its ASCII
    /// form, everything else percent-encoded. So a page shows the very address that a
    /// browser goes to. A link says nothing about where its host leads: whoever fetches
    /// one applies its own address policy.
    Link, LinkError, |text| check_link(&text)
}

impl Link {
    /// The longest link, in bytes: what browsers and servers are sure to take.
    pub const MAX_BYTES: usize = 2_048;

    /// The host that the link names.
    #[expect(clippy::expect_used, reason = "`check_link` has parsed this very text")]
    pub fn host(&self) -> String {
        let url = Url::parse(self.as_str()).expect("a link is a URL");
        url.host_str().expect("an https URL has a host").to_owned()
    }
}

/// Refuses by the text before parsing: parsers differ in what they repair.
fn check_link(text: &str) -> Result<String, LinkError> {
    let too_long = |length| LinkError::TooLong { length, max: Link::MAX_BYTES };
    if text.len() > Link::MAX_BYTES {
        return Err(too_long(text.len()));
    }
    let rest = text.strip_prefix("https://").ok_or(LinkError::NotHttps)?;
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(LinkError::ForbiddenCharacter);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(LinkError::Malformed);
    }
    if authority.contains('@') {
        return Err(LinkError::UserInfo);
    }
    let url = String::from(Url::parse(text).map_err(|_| LinkError::Malformed)?);
    if url.len() > Link::MAX_BYTES { Err(too_long(url.len())) } else { Ok(url) }
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
    let local_parts_are_words = local.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$'*+-/=^_{|}~".contains(&b))
    });
    let domain_labels_are_names = domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
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
            if let Ok(link) = Link::new(text) {
                prop_assert!(!link.host().is_empty());
                prop_assert_eq!(Link::new(link.as_str()), Ok(link));
            }
        }
    }

    #[test]
    fn a_link_is_kept_as_browsers_read_it() {
        for (text, kept) in [
            ("https://example.org", "https://example.org/"),
            ("https://Example.ORG:443/a?b#c", "https://example.org/a?b#c"),
            ("https://bücher.example/Über", "https://xn--bcher-kva.example/%C3%9Cber"),
            ("https://example.org:8448/x", "https://example.org:8448/x"),
        ] {
            assert_eq!(Link::new(text).unwrap().as_str(), kept);
        }
        assert_eq!(Link::new("https://[::1]:8080/").unwrap().host(), "[::1]");
        assert_eq!(Link::new("https://example.org/a@b").unwrap().host(), "example.org");
    }

    #[test]
    fn a_link_that_could_mislead_is_refused() {
        let refusal = |text: &str| Link::new(text).unwrap_err();
        insta::assert_snapshot!(refusal("http://example.org/"), @"must begin with https://");
        insta::assert_snapshot!(refusal("javascript:alert(1)"), @"must begin with https://");
        insta::assert_snapshot!(refusal("https://bank.example@evil.example/"), @"must not have a user name or password before the host");
        insta::assert_snapshot!(refusal("https://example.org\\@evil.example/"), @"must not have spaces, control characters or backslashes");
        insta::assert_snapshot!(refusal("https:///path"), @"must be a web address with a valid host, like https://example.org/page");
        insta::assert_snapshot!(refusal("https://exa mple.org/"), @"must not have spaces, control characters or backslashes");
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
        ] {
            assert!(Link::new(text).is_err(), "{text:?}");
        }
        // Percent-encoding makes it longer than the limit.
        assert!(Link::new(format!("https://e.example/{}", "ü".repeat(700))).is_err());
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
