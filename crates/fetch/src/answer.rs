//! What a host answered, and what is kept to ask it again.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use url::Url;

use crate::schedule::CacheControl;

/// The longest `ETag` or `Last-Modified` that is kept, in bytes. It is stored for each source and
/// sent back as it came, so a host must not be able to make it large.
pub const MAX_VALIDATOR_BYTES: usize = 256;

/// What came back for a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The file, whole.
    Fresh {
        /// The exact bytes of the body, at most as many as the limit allowed.
        bytes: Bytes,
        /// Where they came from after all redirects.
        final_url: Url,
        /// What to ask with next time, where the host gave something usable.
        validators: Option<Validators>,
        /// For how long the host says that asking again is no use, at most
        /// [`MAX_FRESH_FOR`](crate::MAX_FRESH_FOR). Zero where it says nothing.
        fresh_for: Duration,
    },
    /// The file is still the one for which the validators were given.
    NotModified {
        /// As of a fresh one.
        fresh_for: Duration,
    },
    /// The host says that there is no such file.
    Absent {
        /// With which words.
        absence: Absence,
    },
}

/// How a host said that a file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Status 404: not there now.
    NotFound,
    /// Status 410: removed on purpose.
    Gone,
}

/// What a host gave to recognise a file by (RFC 9110, section 8.8), for asking whether it changed.
///
/// They are sent only to the URL that gave them: behind a redirect that has moved, the same
/// characters may stand for another file, which would then never be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    given_by: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Validators {
    /// Puts together what was kept from an earlier answer; `given_by` is its `final_url`.
    ///
    /// A text that is empty, longer than [`MAX_VALIDATOR_BYTES`] or not of visible ASCII characters
    /// and spaces is left out. `None` when nothing is left to ask with.
    #[must_use]
    pub fn new(given_by: &Url, etag: Option<&str>, last_modified: Option<&str>) -> Option<Self> {
        let keep = |text: Option<&str>| text.filter(|text| is_plain(text)).map(str::to_owned);
        let (etag, last_modified) = (keep(etag), keep(last_modified));
        (etag.is_some() || last_modified.is_some()).then_some(Self {
            given_by: given_by.as_str().to_owned(),
            etag,
            last_modified,
        })
    }

    /// The URL that gave them.
    #[must_use]
    pub fn given_by(&self) -> &str {
        &self.given_by
    }

    /// The `ETag`, as the host wrote it.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// The `Last-Modified` date, as the host wrote it.
    #[must_use]
    pub fn last_modified(&self) -> Option<&str> {
        self.last_modified.as_deref()
    }

    pub(crate) fn from_headers(given_by: &Url, headers: &HeaderMap) -> Option<Self> {
        if CacheControl::of(headers).no_store {
            return None;
        }
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        Self::new(given_by, text(ETAG), text(LAST_MODIFIED))
    }
}

/// Whether a header value can be stored and sent back without harm.
fn is_plain(text: &str) -> bool {
    (1..=MAX_VALIDATOR_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_plain_validators_are_kept() {
        let url = || Url::parse("https://a.test/").unwrap();
        let etag = |text: &str| {
            Validators::new(&url(), Some(text), None)
                .and_then(|kept| kept.etag().map(str::to_owned))
        };
        assert_eq!(etag("W/\"a b\""), Some("W/\"a b\"".to_owned()));
        assert_eq!(etag(&"a".repeat(256)), Some("a".repeat(256)));
        for refused in ["", "a\r\nX: b", "a\tb", "ä", "a\u{7f}", &"a".repeat(257)] {
            assert_eq!(etag(refused), None, "{refused:?}");
        }
        assert_eq!(Validators::new(&url(), None, None), None);
    }

    #[test]
    fn a_bad_validator_does_not_take_a_good_one_with_it() {
        let date = "Sun, 22 Nov 2026 10:00:00 GMT";
        let url = Url::parse("https://a.test/").unwrap();
        let kept = Validators::new(&url, Some("a\nb"), Some(date)).unwrap();
        assert_eq!(kept.etag(), None);
        assert_eq!(kept.last_modified(), Some(date));
    }
}
