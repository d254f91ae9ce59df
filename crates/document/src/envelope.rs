use std::collections::BTreeSet;
use std::error::Error;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::body::{self, Body, Excerpt, InvalidMember};
use crate::digest::{BytesHash, Identity};
use crate::endorsement::EndorsementList;
use crate::history::{HistoryError, IssuerId, KeyHistory, NamedIssuer};
use crate::index::{Index, IndexEntry};
use crate::json::{self, Arena, MAX_INTEGER, ReadError, ReadText, Tree};
use crate::key::PublicKey;
use crate::observation::ObservationReport;
use crate::profile::Profile;
use crate::proof::{self, ProofError, Signed};
use crate::time::Timestamp;
use crate::view_manifest::ViewManifest;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Kind {
    /// What an operator says of their own server.
    Profile,
    /// What a curator says of many servers.
    EndorsementList,
    /// What an observer measured.
    ObservationReport,
    /// What a node publishes.
    Index,
    /// What came of ranking for one community.
    View,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Profile, Self::EndorsementList, Self::ObservationReport, Self::Index, Self::View];

    /// The largest document of any kind, in bytes.
    pub const LARGEST_BYTES: usize = {
        let (mut largest, mut kind) = (0, 0);
        while kind < Self::ALL.len() {
            let bytes = Self::ALL[kind].max_bytes();
            if bytes > largest {
                largest = bytes;
            }
            kind += 1;
        }
        largest
    };

    /// The value of `type` in documents of this kind.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Profile => "wellspring.profile.v1",
            Self::EndorsementList => "wellspring.endorsement-list.v1",
            Self::ObservationReport => "wellspring.observation-report.v1",
            Self::Index => "wellspring.index.v1",
            Self::View => "wellspring.view.v1",
        }
    }

    /// The kind whose `type` has this value.
    pub fn from_type_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }

    /// The largest document of this kind in bytes, before anything of it is read.
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Profile => 256 * 1_000,
            Self::EndorsementList => 8 * 1_000_000,
            Self::ObservationReport | Self::Index | Self::View => 16 * 1_000_000,
        }
    }

    /// The longest time in days from `issued_at` to `expires_at`. Operators should not have
    /// to come back every month; what others say about them must not go stale.
    pub const fn max_lifetime_days(self) -> i64 {
        match self {
            Self::Profile => 400,
            Self::EndorsementList => 100,
            Self::ObservationReport | Self::Index | Self::View => 8,
        }
    }
}

impl std::fmt::Display for Kind {
    /// The words for people: "profile", "endorsement list", "observation report", "index",
    /// "view".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Profile => "profile",
            Self::EndorsementList => "endorsement list",
            Self::ObservationReport => "observation report",
            Self::Index => "index",
            Self::View => "view",
        })
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        kind.type_name()
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_type_name(&name).ok_or_else(|| {
            format!("\"{}\" is no kind of document that this version knows", Excerpt::short(&name))
        })
    }
}

/// Why bytes are not a document that holds. Each message is the whole reason: what lies
/// behind it, in a history, a proof or a key, is part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum VerifyError {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error("a document is a JSON object")]
    NotAnObject,
    #[error("type: {}", match .found {
        Some(found) => format!("{found} is no kind of document that this version knows"),
        None => "is required; without it this is no document of Wellspring".to_owned(),
    })]
    UnknownType { found: Option<String> },
    #[error("type: this is a document of the kind {found}, where {expected} was asked for")]
    WrongKind { expected: Kind, found: Kind },
    #[error("@context: a document carries none, or exactly \"{}\"", proof::CONTEXT)]
    WrongContext,
    #[error("{0}")]
    BadEnvelope(InvalidMember),
    #[error("{0}")]
    BadMember(InvalidMember),
    #[error("expires_at: a document expires after it was issued")]
    ExpiresBeforeIssued,
    #[error("expires_at: this {kind} is valid for longer than the {} days allowed", kind.max_lifetime_days())]
    LifetimeTooLong { kind: Kind },
    #[error("key_history: {}", with_causes(.0))]
    BadHistory(HistoryError),
    #[error("issuer: the document names {named}, but its key history is that of {actual}")]
    WrongIssuer { named: IssuerId, actual: IssuerId },
    #[error("proof: {}", with_causes(.problem))]
    NoProofHolds { problem: ProofError },
    #[error(
        "proof: signed by {valid} of the issuer's current keys, where {needed} are needed{}",
        .problem.as_ref().map(|problem| format!("; one proof does not count: {}", with_causes(problem))).unwrap_or_default()
    )]
    BelowThreshold { valid: usize, needed: u32, problem: Option<ProofError> },
}

impl VerifyError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => error.code(),
            Self::NotAnObject => "envelope.not-an-object",
            Self::UnknownType { .. } => "envelope.unknown-type",
            Self::WrongKind { .. } => "envelope.wrong-kind",
            Self::WrongContext => "envelope.wrong-context",
            Self::BadEnvelope(_) => "envelope.bad-member",
            Self::BadMember(_) => "schema.bad-member",
            Self::ExpiresBeforeIssued => "envelope.expires-before-issued",
            Self::LifetimeTooLong { .. } => "envelope.lifetime-too-long",
            Self::BadHistory(error) => error.code(),
            Self::WrongIssuer { .. } => "envelope.wrong-issuer",
            Self::NoProofHolds { problem } => problem.code(),
            Self::BelowThreshold { .. } => "proof.below-threshold",
        }
    }
}

/// An error and its causes as one sentence.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |cause| (*cause).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Bytes that claim to be a document. Nothing is known of them yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawDocument {
    bytes: Bytes,
}

impl RawDocument {
    /// Takes bytes as they came.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The bytes as they came.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Checks that the bytes are a document of the kind `T`, and hold: strictly readable,
    /// every member valid, signed by the threshold of the last keys of their own history.
    ///
    /// Freshness is not judged here but by [`accept`](crate::accept): that needs a clock
    /// and what is already known.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn verify<T: Body>(self) -> Result<Verified<T>, VerifyError> {
        let arena = Arena::for_text(&self.bytes);
        Verified::check(&self.bytes, &read_as::<T>(&self.bytes, &arena)?)
    }

    /// As [`RawDocument::verify`], for whichever kind the bytes say they are.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn verify_any(self) -> Result<AnyVerified, VerifyError> {
        let arena = Arena::for_text(&self.bytes);
        let document = json::read_text(&self.bytes, Kind::LARGEST_BYTES, &arena)?;
        let kind = kind_of(&document.tree)?;
        if self.bytes.len() > kind.max_bytes() {
            // Says so in the reader's words.
            json::read_tree(&self.bytes, kind.max_bytes(), &arena)?;
        }
        match kind {
            Kind::Profile => Verified::check(&self.bytes, &document).map(AnyVerified::Profile),
            Kind::EndorsementList => {
                Verified::check(&self.bytes, &document).map(AnyVerified::EndorsementList)
            }
            Kind::ObservationReport => {
                Verified::check(&self.bytes, &document).map(AnyVerified::ObservationReport)
            }
            Kind::Index => Verified::check(&self.bytes, &document).map(AnyVerified::Index),
            Kind::View => Verified::check(&self.bytes, &document).map(AnyVerified::View),
        }
    }
}

/// Reads a document of the kind `T`; that it is one is all that is known of it then.
pub(crate) fn read_as<'a, T: Body>(
    bytes: &'a [u8],
    arena: &'a Arena,
) -> Result<ReadText<'a>, VerifyError> {
    let document = json::read_text(bytes, T::KIND.max_bytes(), arena)?;
    let found = kind_of(&document.tree)?;
    if found != T::KIND {
        return Err(VerifyError::WrongKind { expected: T::KIND, found });
    }
    Ok(document)
}

fn kind_of(document: &Tree<'_>) -> Result<Kind, VerifyError> {
    let written = document.as_object().ok_or(VerifyError::NotAnObject)?.get("type");
    written.and_then(Tree::as_str).and_then(Kind::from_type_name).ok_or_else(|| {
        VerifyError::UnknownType {
            found: written.map(|value| Excerpt::short(&value.to_string()).to_string()),
        }
    })
}

/// A document whose proofs hold and whose members are valid. Only
/// [`RawDocument::verify`] makes one.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    bytes: Bytes,
    bytes_hash: OnceLock<BytesHash>,
    identity: Identity,
    history: KeyHistory,
    /// Who signed, if not every key of the last state did.
    signers: Option<BTreeSet<PublicKey>>,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    body: Box<T>,
}

/// The members that every document has, but for `key_history`: its states are checked as
/// they are written.
#[derive(Deserialize)]
struct WrittenEnvelope {
    issuer: NamedIssuer,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

/// A document that keeps to every rule but those about its own proofs, which are judged last
/// (specification, section 6.3).
pub(crate) struct Unproved<'a, T> {
    pub(crate) signed: Signed<'a>,
    pub(crate) history: KeyHistory,
    pub(crate) sequence: u64,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) body: T,
}

impl<'a, T: Body> Unproved<'a, T> {
    /// The checks that need the value, cheapest first.
    pub(crate) fn check(text: &'a ReadText<'a>) -> Result<Self, VerifyError> {
        let document = &text.tree;
        let members = document.as_object().ok_or(VerifyError::NotAnObject)?;
        let context = members.get("@context");
        if context.is_some_and(|context| context.as_str() != Some(proof::CONTEXT)) {
            return Err(VerifyError::WrongContext);
        }
        let envelope: WrittenEnvelope = body::read(document).map_err(VerifyError::BadEnvelope)?;
        check_envelope(T::KIND, &envelope)?;
        let body: T = body::read(document).map_err(VerifyError::BadMember)?;
        body.validate().map_err(VerifyError::BadMember)?;
        body.validate_at(envelope.issued_at).map_err(VerifyError::BadMember)?;

        let states = members.get("key_history").and_then(Tree::as_array).ok_or_else(|| {
            bad_envelope("key_history", "must be the list of the issuer's key states")
        })?;
        let history = KeyHistory::check(states, text.canonical, Some(&envelope.issuer));
        let history = history.map_err(VerifyError::BadHistory)?;
        if *history.issuer() != envelope.issuer.id {
            let actual = history.issuer().clone();
            return Err(VerifyError::WrongIssuer { named: envelope.issuer.id, actual });
        }
        Ok(Self {
            signed: Signed::read(members, text.canonical),
            history,
            sequence: envelope.sequence,
            issued_at: envelope.issued_at,
            expires_at: envelope.expires_at,
            body,
        })
    }
}

impl<T: Body> Verified<T> {
    fn check(bytes: &Bytes, document: &ReadText<'_>) -> Result<Self, VerifyError> {
        let Unproved { signed, history, sequence, issued_at, expires_at, body } =
            Unproved::check(document)?;
        let signers = authorised_signers(&signed, &history)?;
        Ok(Self {
            bytes: bytes.clone(),
            bytes_hash: OnceLock::new(),
            identity: Identity::from_bytes(signed.hash),
            history,
            signers,
            sequence,
            issued_at,
            expires_at,
            body: Box::new(body),
        })
    }

    /// What the document is about, within what its issuer publishes of this kind.
    pub fn subject(&self) -> String {
        self.body.subject()
    }
}

fn bad_envelope(member: &str, rule: &str) -> VerifyError {
    VerifyError::BadEnvelope(InvalidMember { place: member.to_owned(), rule: rule.to_owned() })
}

fn check_envelope(kind: Kind, envelope: &WrittenEnvelope) -> Result<(), VerifyError> {
    if envelope.sequence == 0 || envelope.sequence > MAX_INTEGER.unsigned_abs() {
        return Err(bad_envelope("sequence", "must be between 1 and 2^53 - 1"));
    }
    if envelope.expires_at <= envelope.issued_at {
        return Err(VerifyError::ExpiresBeforeIssued);
    }
    if envelope.expires_at > envelope.issued_at.plus_days(kind.max_lifetime_days()) {
        return Err(VerifyError::LifetimeTooLong { kind });
    }
    Ok(())
}

/// The keys of the issuer's last state that signed, if they meet its threshold; nothing if
/// they are all of them. Proofs of other keys, and proofs that do not hold, add nothing and
/// take nothing away.
fn authorised_signers(
    signed: &Signed<'_>,
    history: &KeyHistory,
) -> Result<Option<BTreeSet<PublicKey>>, VerifyError> {
    let quorum = &history.current().signing;
    let report = proof::check_object(signed, &quorum.keys, None);
    let has_signed = |key: &PublicKey| report.is_signed_by(key);
    if proof::meets_threshold(&quorum.keys, quorum.threshold, has_signed) {
        let is_whole = quorum.keys.iter().all(has_signed);
        return Ok((!is_whole).then(|| report.signers_among(&quorum.keys)));
    }
    match report.problems.first().cloned() {
        Some(problem) if report.is_unsigned() => Err(VerifyError::NoProofHolds { problem }),
        problem => Err(VerifyError::BelowThreshold {
            valid: quorum.keys.iter().filter(|key| has_signed(key)).count(),
            needed: quorum.threshold,
            problem,
        }),
    }
}

impl<T> Verified<T> {
    /// Who signed.
    pub const fn issuer(&self) -> &IssuerId {
        self.history.issuer()
    }

    /// The issuer's keys as the document carries them.
    pub const fn history(&self) -> &KeyHistory {
        &self.history
    }

    /// The keys of the last key state that signed; at least its threshold.
    pub fn signers(&self) -> &BTreeSet<PublicKey> {
        self.signers.as_ref().unwrap_or(&self.history.current().signing.keys)
    }

    /// The version of the last key state. It comes before the sequence number in every
    /// comparison, so that new keys also undo a sequence number run too high.
    pub fn key_version(&self) -> u32 {
        self.history.version()
    }

    /// The number of the document in its feed, from 1 to 2^53 − 1.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When the issuer says to have signed it.
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// When it stops to count.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether it has stopped to count at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// The kind's own members.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The identity of the document.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The exact bytes that were verified.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// SHA-256 of the exact bytes. The first call takes it.
    pub fn bytes_hash(&self) -> BytesHash {
        *self.bytes_hash.get_or_init(|| BytesHash::of(&self.bytes))
    }
}

/// A verified document of any kind.
#[derive(Debug, Clone)]
pub enum AnyVerified {
    /// What an operator says of their own server.
    Profile(Verified<Profile>),
    /// What a curator says of many servers.
    EndorsementList(Verified<EndorsementList>),
    /// What an observer measured.
    ObservationReport(Verified<ObservationReport>),
    /// What a node publishes.
    Index(Verified<Index>),
    /// What came of ranking for one community.
    View(Verified<ViewManifest>),
}

macro_rules! of_any {
    ($($(#[$doc:meta])* $method:ident($($argument:ident: $type:ty)?) -> $result:ty;)*) => {
        impl AnyVerified {
            $($(#[$doc])*
            pub fn $method(&self $(, $argument: $type)?) -> $result {
                match self {
                    Self::Profile(document) => document.$method($($argument)?),
                    Self::EndorsementList(document) => document.$method($($argument)?),
                    Self::ObservationReport(document) => document.$method($($argument)?),
                    Self::Index(document) => document.$method($($argument)?),
                    Self::View(document) => document.$method($($argument)?),
                }
            })*
        }
    };
}

of_any! {
    /// See [`Verified::subject`].
    subject() -> String;
    /// See [`Verified::index_entry`].
    index_entry() -> IndexEntry;
    /// See [`Verified::issuer`].
    issuer() -> &IssuerId;
    /// See [`Verified::history`].
    history() -> &KeyHistory;
    /// See [`Verified::signers`].
    signers() -> &BTreeSet<PublicKey>;
    /// See [`Verified::key_version`].
    key_version() -> u32;
    /// See [`Verified::sequence`].
    sequence() -> u64;
    /// See [`Verified::issued_at`].
    issued_at() -> Timestamp;
    /// See [`Verified::expires_at`].
    expires_at() -> Timestamp;
    /// See [`Verified::is_expired`].
    is_expired(now: Timestamp) -> bool;
    /// See [`Verified::identity`].
    identity() -> Identity;
    /// See [`Verified::bytes`].
    bytes() -> &Bytes;
    /// See [`Verified::bytes_hash`].
    bytes_hash() -> BytesHash;
}

impl AnyVerified {
    /// What the document is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Profile(_) => Kind::Profile,
            Self::EndorsementList(_) => Kind::EndorsementList,
            Self::ObservationReport(_) => Kind::ObservationReport,
            Self::Index(_) => Kind::Index,
            Self::View(_) => Kind::View,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
