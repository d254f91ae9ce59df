//! Wellspring's signed documents: reading, checking, signing and accepting them.
//!
//! A *document* is a JSON file signed by an *issuer*. This crate says what a
//! document is, and decides the two questions on which everything else rests:
//!
//! - **Does it hold?** [`RawDocument::verify`] reads bytes strictly, checks the
//!   members of the document's kind and its proofs against the document's own key
//!   history. It needs nothing but the bytes, and only it makes a [`Verified`].
//! - **Does it count?** [`accept`] compares a verified document with what is already
//!   known of the same feed: rollback, equivocation, documents from the future.
//!
//! It does no input or output, reads no clock and draws no random numbers (but for the
//! salt of an encrypted private key): bytes,
//! time and keys are arguments.
//!
//! ```
//! use wellspring_document::{
//!     Draft, KeyHistory, Localized, Profile, RawDocument, ServerName, SigningKey, Timestamp, sign,
//! };
//!
//! let key = SigningKey::from_seed([7; 32]);
//! let issued_at: Timestamp = "2026-11-22T10:00:00Z".parse()?;
//! let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1)?;
//!
//! let body = Profile::new(ServerName::parse("example.org")?, Localized::english("Example")?);
//! let draft = Draft {
//!     history: &history,
//!     sequence: 1,
//!     issued_at,
//!     expires_at: "2027-11-22T10:00:00Z".parse()?,
//!     body: &body,
//! };
//! let raw = sign(&draft, std::slice::from_ref(&key))?;
//!
//! let verified = RawDocument::new(raw.bytes().clone()).verify::<Profile>()?;
//! assert_eq!(verified.issuer(), history.issuer());
//! assert_eq!(verified.body().server_name.as_str(), "example.org");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
pub mod authoring;
mod base58;
mod body;
mod branches;
mod code;
mod contact;
mod cosign;
mod digest;
mod endorsement;
mod envelope;
mod history;
mod index;
pub mod json;
mod key;
mod link;
mod manifest;
mod matrix_id;
mod observation;
mod paper;
pub mod profile;
pub mod proof;
#[cfg(test)]
mod schemas;
mod server_name;
mod shared;
mod sign;
mod state_hash;
mod text;
mod text_form;
mod time;
#[cfg(test)]
mod vectors;
mod view_manifest;

pub use accept::{
    AcceptRefusal, Acceptance, Accepted, Aside, CLOCK_SKEW_SECONDS, FeedState, Mark, accept,
};
pub use body::{Body, Excerpt, InvalidMember, MAX_ENTRIES, MAX_LIST_ITEMS, MAX_NAME_CHARACTERS};
pub use branches::KeyBranches;
pub use code::*;
pub use contact::*;
pub use cosign::{CosignError, Gathering, KeyProposal, KeyTally, Tally};
pub use digest::{BytesHash, DigestError, Identity};
pub use endorsement::*;
pub use envelope::{AnyVerified, Kind, RawDocument, Verified, VerifyError};
pub use history::{HistoryError, IssuerId, IssuerIdError, KeyHistory, KeyState, Quorum};
pub use index::{Index, IndexEntry, MAX_VIEWS, ViewRef};
pub use key::{PrivateKeyError, PublicKey, PublicKeyError, SigningKey};
pub use link::*;
pub use manifest::{
    KeyPrefix, KeyPrefixError, MAX_PART_BYTES, MAX_PARTS, MAX_RECORD_BYTES, Part, PartError,
    PartRef, Record, TooManyRecords, into_parts,
};
pub use matrix_id::*;
pub use observation::*;
pub use paper::{PaperError, on_paper};
pub use profile::Profile;
pub use server_name::{ServerName, ServerNameError};
pub use shared::SharedSections;
pub use sign::{Draft, SignError, sign, sign_again};
pub use state_hash::{StateHash, StateHashError};
pub use text::*;
pub use time::{Date, DateError, Timestamp, TimestampError};
pub use view_manifest::{CommunityName, CommunityNameError, MAX_POLICY_VALUES, ViewManifest};
