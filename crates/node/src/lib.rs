//! The aggregator: it syncs sources, keeps the ranked view of each community in memory and
//! serves it over HTTP.
//!
//! - [`Config`] says what a node reads, whom its communities trust and where it listens.
//! - [`Node`] holds the store, the corpus of current documents and one [`Snapshot`] with a
//!   view per community. [`Node::sync`] asks the sources and makes the next snapshot; the
//!   last good one is served meanwhile.
//! - [`web::router`] is the HTTP server: JSON for programs, pages for people.
//! - [`example`] is a small fictional world, signed afresh at every start.
//!
//! What only this node saw (adopted lists, what names served it) becomes documents signed by
//! its own [`Issuer`], so that a view depends on policy, documents and time alone.
//!
//! This crate decides nothing about trust: verification and acceptance are those of
//! `wellspring-document`, the order that of `wellspring-ranking`. It reads the clock in one
//! place ([`Clock`]) and fetches only through `wellspring-fetch`.

mod adopt;
pub mod audit;
mod backup;
mod changes;
mod clock;
pub mod config;
mod contests;
mod directory;
pub mod example;
mod issuer;
mod node;
mod own;
pub mod replay;
mod report;
mod sentence;
mod serving;
mod snapshot;
pub mod status;
mod submissions;
mod sync;
pub mod tree;
mod wake;
mod watch;
pub mod web;

pub use backup::{Backup, BackupError, BackupPlan, Existing, PrivateKey, back_up};
pub use clock::{Clock, ClockBehind};
pub use config::{Config, ConfigError};
pub use issuer::{
    Issuer, IssuerError, IssuerFiles, KEY_HISTORY_SUFFIX, Kept, KeyChangeLock, KeyFile,
    read_history, read_key, write_key,
};
pub use node::{
    DATABASE_FILE, Node, NodeError, Opening, OwnIssuer, Setting, guarded_client,
    mirror_client_config,
};
pub use sentence::sentence;
pub use serving::{ServingLock, ServingLockError};
pub use snapshot::{CommunityView, ConfirmingDomains, Snapshot};
pub use submissions::{NotTaken, SubmitError, Submitted};
pub use sync::{
    LIST_PATH, MAX_MIRROR_BYTES_PER_ROUND, MAX_MIRROR_DOCUMENTS_PER_FEED,
    MAX_MIRROR_DOCUMENTS_PER_ROUND, MAX_MIRROR_INDEX_BYTES, MAX_MIRROR_TIME, PROFILE_PATH,
    SyncOutcome, SyncProgress, SyncScope, profile_url,
};
