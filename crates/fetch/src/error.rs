//! Why a fetch gave nothing.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use thiserror::Error;
use url::Url;

use crate::address::AddressRefusal;
use crate::client::MAX_REDIRECTS;
use crate::connection::{HeadTooLarge, MAX_HEAD_BYTES, MAX_HEADERS};
use crate::resolver::LookupError;
use crate::url_rule::UrlRefusal;

/// The longest wait that a busy host can ask for. A longer one is shortened to this, so that no
/// host can put itself to sleep for years by one mistake.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A fetch that gave nothing: where it ended and why.
#[derive(Debug)]
pub struct FetchError {
    url: Box<Url>,
    failure: Failure,
}

impl FetchError {
    pub(crate) fn at(url: &Url, failure: Failure) -> Self {
        Self { url: Box::new(url.clone()), failure }
    }

    /// The URL at which it failed: the one asked for, or one that a redirect led to.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What happened there.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The stable code of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.failure.code()
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.url, self.failure)
    }
}

impl StdError for FetchError {
    /// The failure is part of this message already, so the chain goes on with its cause.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.failure.source()
    }
}

/// What can go wrong with one URL. Messages follow a URL and a colon.
#[derive(Debug, Error)]
pub enum Failure {
    /// The URL itself may not be fetched.
    #[error("this URL is not fetched")]
    Url {
        /// The rule that it breaks.
        source: UrlRefusal,
    },
    /// A redirect leads to a URL that may not be fetched.
    #[error("redirects to {target:?}, which is not fetched")]
    Redirect {
        /// The target as the host wrote it.
        target: String,
        /// The rule that it breaks.
        source: UrlRefusal,
    },
    /// A redirect without a readable target.
    #[error("redirects (status {status}) without a Location that can be read")]
    RedirectTarget {
        /// The status.
        status: u16,
    },
    /// More redirects than [`MAX_REDIRECTS`].
    #[error("redirects once more after {MAX_REDIRECTS} redirects, which is the limit")]
    TooManyRedirects,
    /// The name leads to an address that may not be connected to.
    #[error("the name {host} leads to an address that is not allowed")]
    Address {
        /// The name.
        host: String,
        /// The first such address.
        source: AddressRefusal,
    },
    /// The name cannot be looked up: it does not exist, or the resolver does not answer.
    #[error("the name {host} cannot be looked up")]
    Lookup {
        /// The name.
        host: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The name was not looked up within the connect time of [`Timeouts`](crate::Timeouts).
    #[error("the name {host} was not looked up within {limit:?}")]
    LookupTimeout {
        /// The name.
        host: String,
        /// The connect time.
        limit: Duration,
    },
    /// The name exists and has no address.
    #[error("the name {host} has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// The URL cannot be put into a request.
    #[error("no HTTP request can carry this URL")]
    NotExpressible {
        /// What the writer said.
        source: hyper::http::Error,
    },
    /// Nothing listens at the address.
    #[error("the host refuses the connection")]
    ConnectionRefused {
        /// What the system said.
        source: io::Error,
    },
    /// No connection, or no TLS, within the connect time of [`Timeouts`](crate::Timeouts).
    #[error("no connection to the host came about within {limit:?}")]
    ConnectTimeout {
        /// The time that this address got.
        limit: Duration,
    },
    /// No connection came about for another reason.
    #[error("the host cannot be reached")]
    Unreachable {
        /// What the connection said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The host's certificate is not one for this name by an authority that is trusted, or TLS
    /// failed otherwise.
    #[error("no trusted TLS connection to the host came about")]
    Tls {
        /// What is wrong, as far as programs care.
        fault: TlsFault,
        /// What TLS said.
        source: rustls::Error,
    },
    /// No complete head, or nothing more of the body, for the idle time of
    /// [`Timeouts`](crate::Timeouts).
    #[error("the host sent nothing, or not enough, for {limit:?}")]
    Silent {
        /// The idle time.
        limit: Duration,
    },
    /// The answer was not complete at the deadline of [`GetLimits`](crate::GetLimits).
    #[error("the answer was not complete after {limit:?}, which is the limit")]
    Deadline {
        /// The deadline.
        limit: Duration,
    },
    /// The connection broke off before the answer was complete.
    #[error("the answer broke off")]
    Broken {
        /// What the connection said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// What the host sent is not HTTP/1.1, or breaks its rules.
    #[error("the answer is not valid HTTP")]
    Malformed {
        /// What the reader said.
        source: hyper::Error,
    },
    /// More than [`MAX_HEAD_BYTES`] or [`MAX_HEADERS`] before the body.
    #[error(
        "the head of the answer is longer than {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} lines, \
         which is the limit"
    )]
    HeadTooLarge,
    /// Not sent: too many requests to one domain or address wait already. It says nothing about
    /// the host, and the next round will get to it.
    #[error("not asked yet: too many other requests to {of} come first")]
    Postponed {
        /// The domain or address.
        of: String,
    },
    /// The host asks to be left alone for a while (429, 503).
    #[error("the host is busy (status {status}); try again later")]
    Busy {
        /// The status.
        status: u16,
        /// How long it asks to wait, at most [`MAX_RETRY_AFTER`].
        retry_after: Option<Duration>,
    },
    /// Any other status than those that mean something here.
    #[error("the host answers with status {status}; 200 is needed")]
    Status {
        /// The status.
        status: u16,
    },
    /// "Not modified" (304), though nothing was asked that it could answer.
    #[error("the host answers \"not modified\" (status 304) though it was not asked for changes")]
    UnaskedNotModified,
    /// The body is compressed, though that was not asked for. Decompression is where a small body
    /// becomes an endless one, so it is not attempted.
    #[error("the body is encoded as {encoding:?}; it must be sent as it is")]
    Encoded {
        /// The `Content-Encoding`.
        encoding: String,
    },
    /// The body is longer than allowed.
    #[error("the body is longer than {limit} bytes, which is the limit")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl Failure {
    /// The stable code: `fetch.…`, or the code of the URL or address rule that was broken.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { source } | Self::Redirect { source, .. } => source.code(),
            Self::Address { source, .. } => source.code(),
            Self::RedirectTarget { .. } => "fetch.redirect-target",
            Self::TooManyRedirects => "fetch.too-many-redirects",
            Self::Lookup { .. } => "fetch.lookup",
            Self::LookupTimeout { .. } => "fetch.lookup-timeout",
            Self::NoAddress { .. } => "fetch.no-address",
            Self::NotExpressible { .. } => "fetch.not-expressible",
            Self::ConnectionRefused { .. } => "fetch.connection-refused",
            Self::ConnectTimeout { .. } => "fetch.connect-timeout",
            Self::Unreachable { .. } => "fetch.unreachable",
            Self::Tls { fault, .. } => fault.code(),
            Self::Silent { .. } => "fetch.silent",
            Self::Deadline { .. } => "fetch.deadline",
            Self::Broken { .. } => "fetch.broken",
            Self::Malformed { .. } => "fetch.malformed",
            Self::HeadTooLarge => "fetch.head-too-large",
            Self::Postponed { .. } => "fetch.postponed",
            Self::Busy { .. } => "fetch.busy",
            Self::Status { .. } => "fetch.status",
            Self::UnaskedNotModified => "fetch.unasked-not-modified",
            Self::Encoded { .. } => "fetch.encoded",
            Self::TooLarge { .. } => "fetch.too-large",
        }
    }

    /// Whether nothing was reached, so that another address of the name may do better.
    pub(crate) fn is_no_connection(&self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused { .. } | Self::ConnectTimeout { .. } | Self::Unreachable { .. }
        )
    }

    pub(crate) fn of_connection(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::ConnectionRefused { source: error },
            _ => Self::Unreachable { source: error.into() },
        }
    }

    pub(crate) fn of_handshake(error: io::Error) -> Self {
        match find::<rustls::Error>(&error) {
            Some(tls) => Self::Tls { fault: TlsFault::of(tls), source: tls.clone() },
            None => Self::Broken { source: error.into() },
        }
    }

    /// Tells apart what the HTTP library folds into one error type.
    pub(crate) fn of_http(error: hyper::Error) -> Self {
        if find::<HeadTooLarge>(&error).is_some() || error.is_parse_too_large() {
            return Self::HeadTooLarge;
        }
        if let Some(tls) = find::<rustls::Error>(&error) {
            return Self::Tls { fault: TlsFault::of(tls), source: tls.clone() };
        }
        // So the reader of chunks says that they are none.
        let is_nonsense = find::<io::Error>(&error).is_some_and(|error| {
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        });
        if error.is_parse() || is_nonsense {
            return Self::Malformed { source: error };
        }
        Self::Broken { source: error.into() }
    }
}

/// What is wrong with a host's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate is for other names.
    WrongName,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun; the clock of one of the two may be wrong.
    NotYetValid,
    /// No authority that is trusted here vouches for the certificate.
    Untrusted,
    /// Anything else.
    Other,
}

impl TlsFault {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongName => "fetch.tls-wrong-name",
            Self::Expired => "fetch.tls-expired",
            Self::NotYetValid => "fetch.tls-not-yet-valid",
            Self::Untrusted => "fetch.tls-untrusted",
            Self::Other => "fetch.tls",
        }
    }

    fn of(error: &rustls::Error) -> Self {
        use rustls::CertificateError as Fault;
        let rustls::Error::InvalidCertificate(fault) = error else { return Self::Other };
        match fault {
            Fault::NotValidForName | Fault::NotValidForNameContext { .. } => Self::WrongName,
            Fault::Expired | Fault::ExpiredContext { .. } => Self::Expired,
            Fault::NotValidYet | Fault::NotValidYetContext { .. } => Self::NotYetValid,
            // A bad signature is one by an authority that only has a trusted one's name.
            Fault::UnknownIssuer | Fault::BadSignature => Self::Untrusted,
            _ => Self::Other,
        }
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Failed { host, source } => Self::Lookup { host, source },
            LookupError::NoAddress { host } => Self::NoAddress { host },
            LookupError::Refused { host, source } => Self::Address { host, source },
        }
    }
}

/// Finds a cause of one type in a chain, also where it is wrapped in an I/O error, which shows its
/// content only when asked for.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3). A date counts from the `Date` of the same
/// answer, so that neither clock has to be right.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let wanted = text(RETRY_AFTER)?;
    let wait = match wanted.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a very long time, cut below; no digits at all are none.
        true if wanted.is_empty() => return None,
        true => Duration::from_secs(wanted.parse().unwrap_or(u64::MAX)),
        false => {
            let (then, now): (SystemTime, SystemTime) = (date(wanted)?, date(text(DATE)?)?);
            then.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([
            (RETRY_AFTER, retry_after.parse().unwrap()),
            (DATE, "Sun, 22 Nov 2026 10:00:00 GMT".parse().unwrap()),
        ])
    }

    #[test]
    fn the_wait_that_a_host_asks_for_is_bounded() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("86401", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 22 Nov 2026 10:01:30 GMT", Some(90)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", Some(0)),
            ("Sun, 22 Nov 2099 10:00:00 GMT", Some(86_400)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(super::retry_after(&headers(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn a_date_without_the_hosts_own_date_says_nothing() {
        let mut headers = headers("Sun, 22 Nov 2026 10:01:30 GMT");
        headers.remove(DATE);
        assert_eq!(retry_after(&headers), None);
    }

    #[test]
    fn a_cause_is_found_inside_an_io_error() {
        let inner = io::Error::other(rustls::Error::DecryptError);
        let outer = io::Error::other(inner);
        assert_eq!(find::<rustls::Error>(&outer), Some(&rustls::Error::DecryptError));
        assert_eq!(find::<LookupError>(&outer).map(ToString::to_string), None);
    }
}
