//! What is specific to Matrix: readers of the homeserver lists that exist, a writer
//! ([`joinmatrix`]), and a reader of the history of such a list ([`History`]).
//!
//! [`read_list`] takes the bytes of such a list and gives one
//! [`Endorsement`](wellspring_document::Endorsement) with the verdict `list` per server,
//! ready for an endorsement list, and a [`Remark`] for everything that could not be
//! carried over.
//!
//! - **Nothing is lost.** Each member of each entry ends as a fact or in a remark.
//! - **Nothing is invented.** Each fact stands in the list. What the list is unsure of,
//!   what it measured itself and what our terms cannot say is left out, with a remark.
//! - **Nothing spreads.** A bad member costs that member, a bad entry that entry; only
//!   bytes that are not such a list at all are refused.
//!
//! It neither fetches lists nor judges servers, and asks nobody whether a list is right.
//!
//! ```
//! use wellspring_document::profile::RegistrationMode;
//! use wellspring_matrix::{ListFormat, read_list};
//!
//! let list = br#"[{
//!     "name": "example.org",
//!     "domain": "matrix.example.org",
//!     "info": "https://example.org",
//!     "jurisdiction": "Germany?",
//!     "open": true
//! }]"#;
//! let reading = read_list(list)?;
//!
//! assert_eq!(reading.format, ListFormat::JoinmatrixArray);
//! let facts = reading.servers[0].facts.clone().unwrap_or_default();
//! assert_eq!(facts.registration.unwrap_or_default().mode, Some(RegistrationMode::Open));
//!
//! let remarks: Vec<String> = reading.remarks.iter().map(ToString::to_string).collect();
//! assert_eq!(
//!     remarks,
//!     [
//!         "[0] example.org, domain \"matrix.example.org\": left out, because it says where \
//!          clients connect, which is found out anew from the server name",
//!         "[0] example.org, jurisdiction \"Germany?\": left out, because the list itself is \
//!          unsure",
//!     ]
//! );
//! # Ok::<(), wellspring_matrix::ListError>(())
//! ```

mod export;
mod history;
mod list;

pub use export::joinmatrix;
pub use history::{
    Check, CheckError, CheckedServer, HISTORY_DAYS, History, HistoryDay, MAX_CHECK_BYTES,
    MAX_HISTORY_CHECKS, NotRead, NotReadReason, NotTaken, Taken,
};
pub use list::{
    Effect, ListError, ListFormat, ListReading, MAX_LIST_BYTES, MAX_REMARKS, Remark, RemarkReason,
    read_list,
};
