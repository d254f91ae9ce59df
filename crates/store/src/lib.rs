//! What a node knows, in one SQLite file: documents, issuers, sources, sights and changes.
//!
//! The store applies decisions and makes none of its own about trust. It takes documents
//! that were verified, asks [`wellspring_document::accept`] about each, and carries out the
//! answer in one transaction: what [`Store::accept`] has accepted survives a kill at any
//! moment. What comes out of the file is verified again ([`Store::load`]), because a file
//! can be edited.
//!
//! Of a document it keeps the exact bytes; everything else about it is read from them, and
//! the network can give them again. Three things only this file knows, so it is worth a
//! backup: how far each feed had come (without that, an older document would be taken
//! again), which operators withdrew a profile or asked not to be listed, and since when
//! names and issuers are known. It makes no connections, reads no clock and signs nothing. No
//! other crate speaks SQL.
//!
//! All calls block; from asynchronous code they belong on a thread for blocking work. One
//! [`Store`] is one connection. Several programs may have the same file open.
//!
//! ```
//! use wellspring_document::{
//!     Acceptance, Draft, KeyHistory, Localized, Profile, ServerName, SigningKey, Timestamp, sign,
//! };
//! use wellspring_store::{Arrival, Store};
//!
//! let now: Timestamp = "2026-11-22T10:00:00Z".parse()?;
//! let key = SigningKey::from_seed([7; 32]);
//! let history = KeyHistory::genesis(now, std::slice::from_ref(&key), 1)?;
//! let body = Profile::new(ServerName::parse("example.org")?, Localized::english("Example")?);
//! let draft = Draft {
//!     history: &history,
//!     sequence: 1,
//!     issued_at: now,
//!     expires_at: now.plus_days(90),
//!     body: &body,
//! };
//! let document = sign(&draft, std::slice::from_ref(&key))?.verify_any()?;
//!
//! let mut store = Store::open_in_memory()?;
//! let arrival = Arrival { document: &document, source: None };
//! assert_eq!(store.accept(&[arrival], now)?, [Ok(Acceptance::New)]);
//! assert_eq!(store.accept(&[arrival], now)?, [Ok(Acceptance::Known)]);
//!
//! let loaded = store.load(now)?;
//! assert_eq!(loaded.rows[0].identity(), document.identity());
//! assert!(loaded.corrupt.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod adopted;
mod backup;
mod changes;
mod clock;
mod columns;
mod contests;
mod difference;
mod documents;
mod error;
mod examine;
mod feeds;
mod given;
mod load;
mod mend;
mod mirrors;
mod open;
mod replay;
mod rounds;
mod schema;
mod sights;
mod sources;
mod submissions;
#[cfg(test)]
mod tests;
mod told;

pub use accept::{Arrival, MAX_EVIDENCE, MAX_STATES_ASIDE, NotAccepted};
pub use adopted::{AdoptedName, DAYS_KNOWN_BEFORE};
pub use backup::{Copied, CopyError};
pub use changes::{Change, Event, MAX_CHANGES_PER_ISSUER};
pub use contests::{Contest, Followed, Way};
pub use difference::{EntryChange, difference};
pub use documents::{DAYS_KEPT, DocumentRecord, DocumentStatus, StoredDocument};
pub use error::{CorruptRow, Found, SqliteError, StoreError};
pub use examine::{Complaint, ComplaintKind, Examination, Progress};
pub use feeds::{Feed, PublishError};
pub use given::Given;
pub use mend::Mended;
pub use mirrors::{LastIndex, Listing};
pub use open::OpenError;
pub use rounds::Round;
pub use sights::{ABSENT_ANSWERS, ABSENT_SECONDS, Absence, NameSight, WellKnownAnswer};
pub use sources::{
    Attempt, AttemptResult, Failure, NoDocument, Source, SourceKey, SourceKind, Validators,
};
pub use submissions::{
    MAX_SUBMISSIONS, MAX_SUBMISSIONS_OF_DOMAIN, MAX_SUBMISSIONS_SERVED, MAX_SUBMISSIONS_WAITING,
    NotSubmitted, SUBMISSION_DAYS, Submission,
};
pub use told::{
    CHANGES_KEPT_DAYS, MAX_CHANGES_PER_COMMUNITY, Telling, ToldChange, ToldList, ToldQuery,
    ToldServer,
};

/// An open database. It can be sent to another thread, but not shared between threads:
/// whoever needs that puts it behind a lock, or opens the file twice.
#[derive(Debug)]
pub struct Store {
    connection: rusqlite::Connection,
    /// What the communities of this node decided: see [`Store::follow`].
    followed: std::sync::Arc<Followed>,
}
