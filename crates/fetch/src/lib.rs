//! The guarded HTTP client: what may be fetched, how much, how often.
//!
//! A node reads files from hosts that strangers named. This crate is the only one that opens such
//! a connection, so that what one hostile URL can make a node do is decided in one place:
//!
//! - [`judge`] says of a URL, from its text alone, whether it may be fetched.
//! - [`AddressPolicy::judge_address`] says it of an address, by the registries of special-purpose
//!   addresses that IANA keeps.
//! - [`Client::get`] applies both to a URL, to every address its name resolves to and to every
//!   redirect, and bounds time, size and number of everything.
//!
//! # What it refuses to do
//!
//! - **Speak anything but https**, or trust a certificate that the platform's roots do not vouch
//!   for. There is no switch for that and no fallback; a test adds its own certificate authority
//!   through [`Development`].
//! - **Connect to an address that is not public.** A name is looked up once per connection, every
//!   address in the answer is judged, one bad address refuses them all, and the connection goes to
//!   exactly those that were judged: a second answer for the same name (DNS rebinding) cannot slip
//!   in between. An address written in a URL is judged before anything is sent.
//! - **Follow a redirect blindly.** At most [`MAX_REDIRECTS`], each target judged like the first URL.
//! - **Let one host delay another**, or be made a burden to a victim. There are few places for one
//!   host and for one address, whatever the names that lead there, few beginnings in a second
//!   towards one domain, and those who are slow wait among themselves ([`Concurrency`], [`Pace`]).
//! - **Guess.** A body counts with status 200 only; "not modified" only where it was asked for;
//!   a file that is absent is told apart from a host that is.
//! - **Decompress**, send cookies, credentials or a client certificate, or use a proxy from the
//!   environment.
//! - **Retry.** It reports how long a busy host asks to be left alone and how long a file stays
//!   fresh; its caller keeps the schedule, for which [`wait_before_next`] does the sums.
//!
//! It cannot know networks that look public and are not: an organisation that numbers its inner
//! machines from public addresses, or translates IPv4 behind an IPv6 prefix of its own, has to keep
//! the node from them with its own firewall.
//!
//! # Example
//!
//! ```
//! use wellspring_fetch::{AddressPolicy, judge};
//!
//! let policy = AddressPolicy::public_only();
//! let url = judge("https://example.org/.well-known/wellspring/profile.json", &policy)?;
//! assert_eq!(url.host_str(), Some("example.org"));
//!
//! let refusal = judge("https://169.254.169.254/latest/meta-data/", &policy).unwrap_err();
//! assert_eq!(refusal.code(), "address.metadata");
//! let refusal = judge("https://0x7f.1/", &policy).unwrap_err();
//! assert_eq!(refusal.code(), "url.disguised-address");
//! # Ok::<(), wellspring_fetch::UrlRefusal>(())
//! ```

mod address;
mod answer;
mod client;
mod connection;
mod development;
mod error;
mod limits;
mod pace;
mod places;
mod policy;
mod resolver;
mod schedule;
mod url_rule;
mod user_agent;

#[cfg(test)]
mod test_host;

pub use address::{AddressKind, AddressRefusal};
pub use answer::{Absence, Answer, MAX_VALIDATOR_BYTES, Validators};
pub use client::{Client, ClientConfig, ClientError, JudgedAddress, MAX_REDIRECTS};
pub use connection::{MAX_HEAD_BYTES, MAX_HEADERS};
pub use development::{Development, ExtraRoots, RootsError};
pub use error::{Failure, FetchError, MAX_RETRY_AFTER, TlsFault};
pub use limits::{Concurrency, GetLimits, Pace, Timeouts};
pub use pace::domain_of;
pub use policy::{AddressPolicy, Loopback, PolicyError};
pub use resolver::MAX_ADDRESSES;
pub use schedule::{Attempted, JITTER_PARTS, MAX_BACK_OFF, MAX_FRESH_FOR, wait_before_next};
pub use url::Url;
pub use url_rule::{MAX_URL_BYTES, UrlRefusal, judge};
pub use user_agent::{UserAgent, UserAgentError};
