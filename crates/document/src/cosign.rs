//! Documents and key states that several people sign one after another.
//!
//! Nobody needs anybody else's private key: what is to be signed goes from one to the next as
//! a *draft*, a plain document or key history that lacks proofs, and each adds one proof. What
//! is signed never changes on the way, so neither does its identity. A draft is nothing to a
//! node; [`Gathering::finish`] and [`KeyProposal::finish`] give what is, by the same checks
//! that everybody else makes.

use std::collections::BTreeSet;

use crate::accept::{AcceptRefusal, Accepted, FeedState, Offer, decide};
use crate::body::Body;
use crate::digest::Identity;
use crate::envelope::{RawDocument, Unproved, Verified, VerifyError, read_as};
use crate::history::{HistoryError, KeyHistory, KeyState, Quorum, unproved_state, unsigned_after};
use crate::json::{Arena, Map, Tree, Value, canonical};
use crate::key::{PublicKey, SigningKey};
use crate::proof::{self, Checked, MAX_PROOFS, ProofError, Signed, hash_of};
use crate::sign::{Draft, SignError, unsigned, unsigned_again};
use crate::time::Timestamp;

/// How far a set of keys has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The keys that may sign and how many of them must.
    pub quorum: Quorum,
    /// Those of them that did.
    pub signed: BTreeSet<PublicKey>,
}

impl Tally {
    fn of(quorum: &Quorum, signers: &BTreeSet<PublicKey>) -> Self {
        let signed = quorum.keys.intersection(signers).copied().collect();
        Self { quorum: quorum.clone(), signed }
    }

    /// Whether enough have signed.
    pub fn is_met(&self) -> bool {
        self.quorum.is_met_by(&self.signed)
    }

    /// The keys that may still sign.
    pub fn missing(&self) -> impl Iterator<Item = &PublicKey> {
        self.quorum.keys.difference(&self.signed)
    }
}

/// Why a signature was not added. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum CosignError {
    #[error("the key {key} is none of those whose signature counts here")]
    NotASigner { key: Box<PublicKey> },
    #[error("the key {key} has signed this already")]
    AlreadySigned { key: Box<PublicKey> },
    #[error("it has {MAX_PROOFS} signatures already, and no reader looks at more")]
    Full,
}

impl CosignError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotASigner { .. } => "cosign.not-a-signer",
            Self::AlreadySigned { .. } => "cosign.already-signed",
            Self::Full => "cosign.full",
        }
    }
}

/// A document that gathers signatures. All that a verified document keeps to, it keeps to as
/// well, but for the number of those who signed it.
#[derive(Debug, Clone)]
pub struct Gathering<T> {
    members: Map<String, Value>,
    identity: Identity,
    history: KeyHistory,
    signers: BTreeSet<PublicKey>,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    body: T,
}

impl<T: Body> Gathering<T> {
    /// Reads a document that may lack signatures.
    ///
    /// # Errors
    /// Where it would not hold with all of them, and where one that it has does not hold:
    /// then it was altered since somebody signed it.
    pub fn read(raw: &RawDocument) -> Result<Self, VerifyError> {
        let arena = Arena::new();
        let document = read_as::<T>(raw.bytes(), &arena)?;
        let Unproved { signed, history, sequence, issued_at, expires_at, body } =
            Unproved::check(&document)?;
        let keys = &history.current().signing.keys;
        let report = intact_proofs(&signed, keys)
            .map_err(|problem| VerifyError::NoProofHolds { problem })?;
        Ok(Self {
            identity: Identity::from_bytes(signed.hash),
            signers: report.signers_among(keys),
            members: signed.object.to_map(),
            history,
            sequence,
            issued_at,
            expires_at,
            body,
        })
    }

    /// A document that nobody has signed yet.
    ///
    /// # Errors
    /// Where no node would take it, however many sign.
    pub fn start(draft: &Draft<'_, T>) -> Result<Self, SignError> {
        Self::begin(unsigned(draft)?)
    }

    /// A document once more, as [`sign_again`](crate::sign_again) makes it, that nobody has
    /// signed yet.
    ///
    /// # Errors
    /// Where no node would take it, however many sign.
    pub fn again(
        document: &Verified<T>,
        history: &KeyHistory,
        sequence: u64,
        issued_at: Timestamp,
    ) -> Result<Self, SignError> {
        Self::begin(unsigned_again(document, history, sequence, issued_at)?)
    }

    fn begin(members: Map<String, Value>) -> Result<Self, SignError> {
        let raw = RawDocument::new(canonical(&Value::Object(members)));
        Self::read(&raw).map_err(SignError::WouldBeRefused)
    }

    /// Whether a signature of this key would be added.
    ///
    /// # Errors
    /// Where it would not count or is there.
    pub fn may_sign(&self, key: &PublicKey) -> Result<(), CosignError> {
        may_sign(&self.members, &self.signers, &self.history.current().signing.keys, key)
    }

    /// Adds the signature of a key. `created` is when it says to have signed; nothing trusts
    /// it.
    ///
    /// # Errors
    /// Where the signature would not count or is there.
    pub fn sign(&mut self, key: &SigningKey, created: Timestamp) -> Result<(), CosignError> {
        self.may_sign(&key.public())?;
        add_proof(&mut self.members, &mut self.signers, key, created);
        Ok(())
    }

    /// Adds the signatures that another copy of the same document has gathered; of another
    /// document none.
    pub fn gather(&mut self, other: &Self) {
        if self.identity == other.identity {
            add_proofs_of(&mut self.members, &mut self.signers, &other.members, &other.signers);
        }
    }

    /// How far it is signed.
    pub fn tally(&self) -> Tally {
        Tally::of(&self.history.current().signing, &self.signers)
    }

    /// The bytes to pass on.
    pub fn bytes(&self) -> Vec<u8> {
        canonical(&Value::Object(self.members.clone()))
    }

    /// The document, where enough have signed it.
    ///
    /// # Errors
    /// [`VerifyError::BelowThreshold`] and [`VerifyError::NoProofHolds`] where not.
    pub fn finish(&self) -> Result<Verified<T>, VerifyError> {
        RawDocument::new(self.bytes()).verify()
    }

    /// What [`accept`](crate::accept) would decide about it, signed by enough.
    ///
    /// # Errors
    /// Where it would be refused.
    pub fn judge(&self, state: &FeedState, now: Timestamp) -> Result<Accepted, AcceptRefusal> {
        let offer = Offer {
            history: &self.history,
            issued_at: self.issued_at,
            sequence: self.sequence,
            identity: self.identity,
        };
        decide(state, offer, now)
    }

    /// The keys of its issuer as it carries them.
    pub const fn history(&self) -> &KeyHistory {
        &self.history
    }

    /// The kind's own members.
    pub const fn body(&self) -> &T {
        &self.body
    }

    /// Its identity, which does not depend on who has signed.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The number of the document in its feed.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When the one who began it says to have done so.
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// When it stops to count.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// A key state that gathers signatures, with the history that it follows. All that a key state
/// keeps to, it keeps to as well, but for the number of those who signed it.
#[derive(Debug, Clone)]
pub struct KeyProposal {
    before: Option<KeyHistory>,
    state: KeyState,
    members: Map<String, Value>,
    signers: BTreeSet<PublicKey>,
}

/// How far a key state is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTally {
    /// By the keys that it names itself.
    pub own: Tally,
    /// By the signing keys of the state before, where there is one.
    pub before: Option<Tally>,
    /// By the recovery keys of the state before, which can take the place of those.
    pub recovery: Option<Tally>,
}

impl KeyProposal {
    /// A first key state, or where there is a history the next one, that nobody has signed
    /// yet.
    ///
    /// # Errors
    /// Where it would not hold, however many sign.
    pub fn new(before: Option<&KeyHistory>, state: &KeyState) -> Result<Self, HistoryError> {
        let members = unsigned_after(state, before);
        let mut states = before.map(KeyHistory::to_json).unwrap_or_default();
        states.push(Value::Object(members));
        Self::read(&states)
    }

    /// Reads a key history whose last state may lack signatures.
    ///
    /// # Errors
    /// Where it would not hold with all of them, and where a signature of the last state does
    /// not hold: then it was altered since somebody signed it.
    pub fn read(states: &[Value]) -> Result<Self, HistoryError> {
        let version = states.len();
        // Of a state, the signatures are judged last (specification, section 5.2), and by
        // them whether recovery keys may change, which is asked again at the end.
        match KeyHistory::verify(states) {
            Ok(_) => {}
            Err(
                HistoryError::BelowOwnThreshold { version: at, .. }
                | HistoryError::BelowPreviousThreshold { version: at, .. }
                | HistoryError::RecoveryChanged { version: at },
            ) if at == version => {}
            Err(other) => return Err(other),
        }
        let (last, before) = states.split_last().ok_or(HistoryError::Empty)?;
        let before = if before.is_empty() { None } else { Some(KeyHistory::verify(before)?) };
        let arena = Arena::new();
        let last = Tree::of(last, &arena);
        let before_hash = before.as_ref().map(KeyHistory::current_hash);
        let (state, signed) = unproved_state(version, &last, None, before_hash)?;
        let members = signed.object.to_map();
        let mut proposal = Self { before, state, members, signers: BTreeSet::new() };
        let counting = proposal.counting();
        let report = intact_proofs(&signed, &counting).map_err(|problem| {
            HistoryError::BelowOwnThreshold { version, problem: Some(problem) }
        })?;
        proposal.signers = report.signers_among(&counting);
        proposal.refuse_hopeless(version)?;
        Ok(proposal)
    }

    /// Recovery keys that are others than before need those before, so there must be some.
    fn refuse_hopeless(&self, version: usize) -> Result<(), HistoryError> {
        match self.before.as_ref().map(|before| &before.current().recovery) {
            Some(None) if self.state.recovery.is_some() => {
                Err(HistoryError::RecoveryChanged { version })
            }
            _ => Ok(()),
        }
    }

    /// The keys whose signature counts for something.
    fn counting(&self) -> BTreeSet<PublicKey> {
        let before = self.before.as_ref().map(KeyHistory::current);
        let quorums = before.into_iter().flat_map(|it| [Some(&it.signing), it.recovery.as_ref()]);
        let quorums = quorums.flatten().chain([&self.state.signing]);
        quorums.flat_map(|quorum| &quorum.keys).copied().collect()
    }

    /// Whether a signature of this key would be added.
    ///
    /// # Errors
    /// Where it would not count or is there.
    pub fn may_sign(&self, key: &PublicKey) -> Result<(), CosignError> {
        may_sign(&self.members, &self.signers, &self.counting(), key)
    }

    /// Adds the signature of a key: one that the state names, one of the state before, or a
    /// recovery key of the state before.
    ///
    /// # Errors
    /// Where the signature would not count or is there.
    pub fn sign(&mut self, key: &SigningKey, created: Timestamp) -> Result<(), CosignError> {
        self.may_sign(&key.public())?;
        add_proof(&mut self.members, &mut self.signers, key, created);
        Ok(())
    }

    /// Adds the signatures that another copy of the same state has gathered; of another state
    /// none.
    pub fn gather(&mut self, other: &Self) {
        if self.is_same_as(other) {
            add_proofs_of(&mut self.members, &mut self.signers, &other.members, &other.signers);
        }
    }

    /// Whether both are one state: they say the same of the same issuer, whoever signed.
    pub fn is_same_as(&self, other: &Self) -> bool {
        hash_of(&self.members) == hash_of(&other.members)
    }

    /// How far it is signed.
    pub fn tally(&self) -> KeyTally {
        let before = self.before.as_ref().map(KeyHistory::current);
        let recovery = before.and_then(|before| before.recovery.as_ref());
        KeyTally {
            own: Tally::of(&self.state.signing, &self.signers),
            before: before.map(|before| Tally::of(&before.signing, &self.signers)),
            recovery: recovery.map(|recovery| Tally::of(recovery, &self.signers)),
        }
    }

    /// Whether the state changes recovery keys, which the recovery keys before alone can do.
    pub fn changes_recovery(&self) -> bool {
        let before = self.before.as_ref().map(KeyHistory::current);
        before.is_some_and(|before| before.recovery != self.state.recovery)
    }

    /// The history with the state, where enough have signed it.
    ///
    /// # Errors
    /// [`HistoryError::BelowOwnThreshold`], [`HistoryError::BelowPreviousThreshold`] and
    /// [`HistoryError::RecoveryChanged`] where not.
    pub fn finish(&self) -> Result<KeyHistory, HistoryError> {
        KeyHistory::verify(&self.states())
    }

    /// The bytes to pass on: the states as JSON, oldest first.
    pub fn bytes(&self) -> Vec<u8> {
        canonical(&Value::Array(self.states()))
    }

    fn states(&self) -> Vec<Value> {
        let mut states = self.before.as_ref().map(KeyHistory::to_json).unwrap_or_default();
        states.push(Value::Object(self.members.clone()));
        states
    }

    /// The history that the state follows; none of a first state.
    pub const fn before(&self) -> Option<&KeyHistory> {
        self.before.as_ref()
    }

    /// What the state says.
    pub const fn state(&self) -> &KeyState {
        &self.state
    }

    /// The keys that signed so far, as far as they count.
    pub const fn signers(&self) -> &BTreeSet<PublicKey> {
        &self.signers
    }

    /// The version of the state.
    pub fn version(&self) -> u32 {
        self.before.as_ref().map_or(1, |before| before.version() + 1)
    }

    /// The issuer: of a first state that which it makes.
    pub fn issuer(&self) -> crate::history::IssuerId {
        match &self.before {
            Some(before) => before.issuer().clone(),
            None => crate::history::issuer_of_first(&self.members),
        }
    }
}

/// The proofs of an object that may have none, as long as every one holds.
fn intact_proofs(signed: &Signed<'_>, known: &BTreeSet<PublicKey>) -> Result<Checked, ProofError> {
    let report = proof::check_object(signed, known, None);
    match report.problems.first() {
        None | Some(ProofError::Missing) => Ok(report),
        Some(problem) => Err(problem.clone()),
    }
}

fn may_sign(
    members: &Map<String, Value>,
    signers: &BTreeSet<PublicKey>,
    counting: &BTreeSet<PublicKey>,
    key: &PublicKey,
) -> Result<(), CosignError> {
    if !counting.contains(key) {
        return Err(CosignError::NotASigner { key: Box::new(*key) });
    }
    if signers.contains(key) {
        return Err(CosignError::AlreadySigned { key: Box::new(*key) });
    }
    if proofs_of(members).len() >= MAX_PROOFS {
        return Err(CosignError::Full);
    }
    Ok(())
}

fn add_proof(
    members: &mut Map<String, Value>,
    signers: &mut BTreeSet<PublicKey>,
    key: &SigningKey,
    created: Timestamp,
) {
    let mut proofs = proofs_of(members);
    proofs.push(proof::create(members, key, created));
    write_proofs(members, proofs);
    signers.insert(key.public());
}

/// Both are copies of one object, so a proof that holds in one holds in the other.
fn add_proofs_of(
    members: &mut Map<String, Value>,
    signers: &mut BTreeSet<PublicKey>,
    from: &Map<String, Value>,
    by: &BTreeSet<PublicKey>,
) {
    let methods: Vec<String> = by.difference(signers).map(PublicKey::verification_method).collect();
    let is_new = |proof: &Value| {
        let method = proof.get("verificationMethod").and_then(Value::as_str);
        method.is_some_and(|method| methods.iter().any(|new| new == method))
    };
    let mut proofs = proofs_of(members);
    proofs.extend(proofs_of(from).into_iter().filter(is_new));
    if proofs.len() <= MAX_PROOFS {
        write_proofs(members, proofs);
        signers.extend(by);
    }
}

fn proofs_of(members: &Map<String, Value>) -> Vec<Value> {
    match members.get("proof") {
        None => Vec::new(),
        Some(Value::Array(proofs)) => proofs.clone(),
        Some(proof) => vec![proof.clone()],
    }
}

/// One proof as an object, several as a set, as they are written everywhere.
fn write_proofs(members: &mut Map<String, Value>, mut proofs: Vec<Value>) {
    let proof = match proofs.len() {
        0 => return,
        1 => proofs.remove(0),
        _ => Value::Array(proofs),
    };
    members.insert("proof".to_owned(), proof);
}

#[cfg(test)]
mod tests;
