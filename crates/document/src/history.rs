use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;

use crate::base58;
use crate::body::{self, Excerpt};
use crate::json::{Arena, CanonicalText, Map, Tree, Value};
use crate::key::{PublicKey, SigningKey};
use crate::proof::{self, ProofError, Signed, meets_threshold};
use crate::text_form::text_form;
use crate::time::Timestamp;

/// The two bytes before a SHA-256 digest in a multihash: its code and its length.
const SHA2_256: [u8; 2] = [0x12, 0x20];

/// The text is not an issuer id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an issuer id; one begins with zQm and has 47 characters")]
pub struct IssuerIdError {
    text: String,
}

/// Who signs: the hash of the first state of a key history. It stays the same however
/// often the keys change.
///
/// Its text form is the multihash of that state (SHA-256 of its canonical form without
/// `proof`) in multibase base58btc: `zQm…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerId(Arc<str>);

impl IssuerId {
    /// Reads an issuer id.
    ///
    /// # Errors
    /// Where the text is not the canonical multibase base58btc of a SHA-256 multihash.
    pub fn parse(text: &str) -> Result<Self, IssuerIdError> {
        text.parse().map(|NamedIssuer { id, .. }| id)
    }

    /// The issuer id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IssuerId {
    type Err = IssuerIdError;

    fn from_str(text: &str) -> Result<Self, IssuerIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_form!(IssuerId);

/// An issuer as a document names it, with the digest that stands in its id: to read that is
/// work that need not be done again to compare it with a history.
pub(crate) struct NamedIssuer {
    pub(crate) id: IssuerId,
    digest: [u8; 32],
}

impl FromStr for NamedIssuer {
    type Err = IssuerIdError;

    fn from_str(text: &str) -> Result<Self, IssuerIdError> {
        match digest_in(text) {
            Some(digest) => Ok(Self { id: IssuerId(text.into()), digest }),
            None => Err(IssuerIdError { text: Excerpt::short(text).to_string() }),
        }
    }
}

impl fmt::Display for NamedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

text_form!(NamedIssuer);

/// Why a key history does not hold. Versions count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum HistoryError {
    #[error("the key history is empty")]
    Empty,
    #[error("the key history has {count} states; at most {} are allowed", KeyHistory::MAX_STATES)]
    TooLong { count: usize },
    #[error("key state {version}: {rule}")]
    Malformed { version: usize, rule: String },
    #[error("key state {version} calls itself version {found}; versions rise by one from 1")]
    WrongVersion { version: usize, found: u32 },
    #[error(
        "key state {version}: {what} is {threshold}, but must be at least 1 and at most {keys}, the number of distinct keys"
    )]
    BadThreshold { version: usize, what: &'static str, threshold: u32, keys: usize },
    #[error("key state {version}: \"previous\" is not the hash of the state before")]
    WrongPrevious { version: usize },
    #[error("key state {version} is not signed by the threshold of its own signing keys")]
    BelowOwnThreshold {
        version: usize,
        #[source]
        problem: Option<ProofError>,
    },
    #[error(
        "key state {version} is signed neither by the threshold of signing keys nor by that of recovery keys of the state before"
    )]
    BelowPreviousThreshold {
        version: usize,
        #[source]
        problem: Option<ProofError>,
    },
    #[error(
        "key state {version} changes the recovery keys without the threshold of the recovery keys before"
    )]
    RecoveryChanged { version: usize },
}

impl HistoryError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "history.empty",
            Self::TooLong { .. } => "history.too-long",
            Self::Malformed { .. } => "history.malformed",
            Self::WrongVersion { .. } => "history.wrong-version",
            Self::BadThreshold { .. } => "history.bad-threshold",
            Self::WrongPrevious { .. } => "history.wrong-previous",
            Self::BelowOwnThreshold { .. } | Self::BelowPreviousThreshold { .. } => {
                "history.below-threshold"
            }
            Self::RecoveryChanged { .. } => "history.recovery-changed",
        }
    }
}

/// A number of distinct keys out of a set that must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The keys that may sign.
    pub keys: BTreeSet<PublicKey>,
    /// How many of them must.
    pub threshold: u32,
}

impl Quorum {
    /// Whether enough of the keys are among the signers.
    pub fn is_met_by(&self, signers: &BTreeSet<PublicKey>) -> bool {
        meets_threshold(&self.keys, self.threshold, |key| signers.contains(key))
    }
}

/// One state of an issuer's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// When the state says that it was made.
    pub issued_at: Timestamp,
    /// The keys that sign documents and the next state.
    pub signing: Quorum,
    /// The keys that can replace stolen or lost signing keys, where there are any.
    pub recovery: Option<Quorum>,
}

impl KeyState {
    /// The most keys of one kind in a state. A state that replaces every key is signed by
    /// up to this many new keys and up to this many old ones, and all of their proofs must
    /// fit: 16 + 16 = 32.
    pub const MAX_KEYS: usize = proof::MAX_PROOFS / 2;

    fn to_unsigned_json(&self, version: u32, previous: Option<&str>) -> Map<String, Value> {
        let keys = |quorum: &Quorum| -> Value {
            quorum.keys.iter().map(|key| Value::String(key.to_string())).collect()
        };
        let mut state = Map::new();
        state.insert("version".to_owned(), version.into());
        state.insert("issued_at".to_owned(), self.issued_at.to_string().into());
        state.insert("signing_keys".to_owned(), keys(&self.signing));
        state.insert("threshold".to_owned(), self.signing.threshold.into());
        if let Some(recovery) = &self.recovery {
            state.insert("recovery_keys".to_owned(), keys(recovery));
            state.insert("recovery_threshold".to_owned(), recovery.threshold.into());
        }
        if let Some(previous) = previous {
            state.insert("previous".to_owned(), previous.into());
        }
        state
    }
}

/// The members of a key state as they are written.
#[derive(Deserialize)]
struct WrittenState {
    version: u32,
    issued_at: Timestamp,
    signing_keys: Vec<PublicKey>,
    threshold: u32,
    recovery_keys: Option<Vec<PublicKey>>,
    recovery_threshold: Option<u32>,
    previous: Option<String>,
}

/// The keys of an issuer over time, oldest state first. A value of this type holds: every
/// state is well formed and authorised by the one before.
#[derive(Clone)]
pub struct KeyHistory {
    issuer: IssuerId,
    states: Arc<[KeyState]>,
    /// The states with their proofs, each in canonical form, for documents that carry this
    /// history.
    json: Arc<[Box<[u8]>]>,
    /// The hash of each state.
    hashes: Arc<[String]>,
    /// Which states are recovery states: see [`KeyHistory::is_recovery`].
    recoveries: Arc<[bool]>,
}

impl KeyHistory {
    /// The longest history. Each state costs signature checks in every document; with a
    /// rotation each month this is enough for ten years.
    pub const MAX_STATES: usize = 128;

    /// A history of one state without recovery keys, in which `threshold` of `keys` sign.
    ///
    /// # Errors
    /// Where the threshold is not between 1 and the number of distinct keys.
    pub fn genesis(
        issued_at: Timestamp,
        keys: &[SigningKey],
        threshold: u32,
    ) -> Result<Self, HistoryError> {
        let signing = Quorum { keys: keys.iter().map(SigningKey::public).collect(), threshold };
        Self::start(&KeyState { issued_at, signing, recovery: None }, keys)
    }

    /// A history that begins with `state`, signed by `signers`.
    ///
    /// # Errors
    /// Where the result would not hold.
    pub fn start(state: &KeyState, signers: &[SigningKey]) -> Result<Self, HistoryError> {
        let mut json = unsigned_after(state, None);
        proof::attach(&mut json, signers, state.issued_at);
        Self::verify(&[Value::Object(json)])
    }

    /// This history with a further state, signed by `signers`.
    ///
    /// # Errors
    /// Where the result would not hold.
    pub fn extend(&self, state: &KeyState, signers: &[SigningKey]) -> Result<Self, HistoryError> {
        let mut json = unsigned_after(state, Some(self));
        proof::attach(&mut json, signers, state.issued_at);
        let mut states = self.to_json();
        states.push(Value::Object(json));
        Self::verify(&states)
    }

    /// Checks a list of key states, oldest first.
    ///
    /// Every state must be signed by the threshold of its own signing keys, and from the
    /// second on by the threshold of the signing keys *or* of the recovery keys of the
    /// state before; recovery keys change only by the latter.
    ///
    /// # Errors
    /// The first broken rule, with the version of the state.
    pub fn verify(states: &[Value]) -> Result<Self, HistoryError> {
        let arena = Arena::new();
        let states: Vec<_> = states.iter().map(|state| Tree::of(state, &arena)).collect();
        Self::check(&states, None, None)
    }

    /// As [`KeyHistory::verify`]. `text` is what the states were read from, where that is
    /// canonical. `named` is whose history it is said to be; that decides nothing and saves
    /// time where it is true.
    pub(crate) fn check(
        states: &[Tree<'_>],
        text: Option<CanonicalText<'_>>,
        named: Option<&NamedIssuer>,
    ) -> Result<Self, HistoryError> {
        if states.len() > Self::MAX_STATES {
            return Err(HistoryError::TooLong { count: states.len() });
        }
        let mut checked: Vec<KeyState> = Vec::with_capacity(states.len());
        let mut written: Vec<Box<[u8]>> = Vec::with_capacity(states.len());
        let mut hashes: Vec<String> = Vec::with_capacity(states.len());
        let mut recoveries: Vec<bool> = Vec::with_capacity(states.len());
        for (index, json) in states.iter().enumerate() {
            let version = index + 1;
            let before = checked.last().zip(hashes.last());
            let (state, signed, authority) = check_state(version, json, text, before)?;
            let named = named.filter(|named| index == 0 && named.digest == signed.hash);
            let hash = match named {
                Some(named) => named.id.as_str().to_owned(),
                None => multihash_said_to_be(states.get(version).and_then(previous), &signed.hash),
            };
            checked.push(state);
            written.push(signed.written());
            hashes.push(hash);
            recoveries.push(authority == Authority::Recovery);
        }
        let issuer = hashes.first().ok_or(HistoryError::Empty)?;
        let named = named.map(|named| &named.id).filter(|named| named.as_str() == issuer);
        Ok(Self {
            issuer: named.map_or_else(|| IssuerId(issuer.as_str().into()), IssuerId::clone),
            states: checked.into(),
            json: written.into(),
            hashes: hashes.into(),
            recoveries: recoveries.into(),
        })
    }

    /// The issuer whose history this is.
    pub const fn issuer(&self) -> &IssuerId {
        &self.issuer
    }

    /// The version of the last state, which is the number of states.
    pub fn version(&self) -> u32 {
        // At most `MAX_STATES`, so it always fits.
        u32::try_from(self.states.len()).unwrap_or(u32::MAX)
    }

    /// The states, oldest first; never empty.
    pub fn states(&self) -> &[KeyState] {
        &self.states
    }

    /// The last state, whose keys sign documents.
    pub fn current(&self) -> &KeyState {
        &self.states[self.states.len() - 1]
    }

    /// The states as documents carry them.
    pub fn to_json(&self) -> Vec<Value> {
        self.json.iter().map(|state| state_value(state)).collect()
    }

    /// What [`KeyHistory::to_json`] gives, as text in canonical form: an array. It is much
    /// quicker, because each state is kept as text.
    pub fn to_text(&self) -> String {
        let states: Vec<_> = self.json.iter().map(|state| String::from_utf8_lossy(state)).collect();
        format!("[{}]", states.join(","))
    }

    /// The hash of each state, oldest first: the multihash of its canonical form without
    /// `proof`, as the next state names it in `previous`.
    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }

    /// The hash of the last state.
    pub fn current_hash(&self) -> &str {
        &self.hashes[self.hashes.len() - 1]
    }

    /// Whether the state at this place, counted from 0, is a recovery state: signed by the
    /// recovery threshold of the state before, whoever else signed it. No proof covers the
    /// others, so one state may be seen with and without the proofs that make it one.
    pub fn is_recovery(&self, place: usize) -> bool {
        self.recoveries.get(place).copied().unwrap_or(false)
    }

    /// The keys that signed the state at this place, counted from 0: those of the state itself,
    /// and keys of the state before.
    pub fn signers(&self, place: usize) -> BTreeSet<PublicKey> {
        let state = self.json.get(place).map(|state| state_value(state)).unwrap_or_default();
        let arena = Arena::new();
        let state = Tree::of(&state, &arena);
        let Some(state) = state.as_object() else { return BTreeSet::new() };
        proof::check_object(&Signed::new(state), &BTreeSet::new(), None).report().signers
    }

    /// Whether all recoveries that `other` shows are shown here.
    pub(crate) fn shows_recoveries_of(&self, other: &Self) -> bool {
        (0..other.recoveries.len())
            .all(|place| self.is_recovery(place) || !other.is_recovery(place))
    }

    /// The first `count` states: at least one, and all of them where there are fewer.
    #[must_use]
    pub fn prefix(&self, count: usize) -> Self {
        let count = count.clamp(1, self.states.len());
        Self {
            issuer: self.issuer.clone(),
            states: self.states[..count].into(),
            json: self.json[..count].into(),
            hashes: self.hashes[..count].into(),
            recoveries: self.recoveries[..count].into(),
        }
    }

    /// The same states, where `other` has one with the proofs of a recovery in the copy of
    /// `other`.
    pub(crate) fn with_recoveries_of(&self, other: &Self) -> Self {
        let shared = self.hashes.iter().zip(&*other.hashes).take_while(|(a, b)| a == b).count();
        let better = |place: &usize| other.recoveries[*place] && !self.recoveries[*place];
        let better: Vec<usize> = (0..shared).filter(better).collect();
        if better.is_empty() {
            return self.clone();
        }
        let (mut json, mut recoveries) = (self.json.to_vec(), self.recoveries.to_vec());
        for place in better {
            json[place] = other.json[place].clone();
            recoveries[place] = true;
        }
        Self { json: json.into(), recoveries: recoveries.into(), ..self.clone() }
    }

    /// Whether `self` is `other` or begins with all of its states.
    pub fn extends(&self, other: &Self) -> bool {
        self.hashes.starts_with(&other.hashes)
    }
}

impl PartialEq for KeyHistory {
    fn eq(&self, other: &Self) -> bool {
        self.hashes == other.hashes
    }
}

impl Eq for KeyHistory {}

impl fmt::Debug for KeyHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHistory of {} in version {}", self.issuer, self.version())
    }
}

/// A state that was read and written before. The strict reader would refuse what its canonical
/// form may make of a large number (1e20).
fn state_value(written: &[u8]) -> Value {
    serde_json::from_slice(written).unwrap_or_default()
}

/// The hash of a key state: the multihash of its canonical form without `proof`.
fn multihash(hash: &[u8; 32]) -> String {
    base58::encode(&[&SHA2_256[..], hash].concat())
}

/// The digest in the text form of a SHA-256 multihash.
fn digest_in(text: &str) -> Option<[u8; 32]> {
    base58::decode::<34>(text)?.strip_prefix(&SHA2_256)?.try_into().ok()
}

/// The hash of a key state, of which others say that it is `said`. To read a hash and compare
/// is several times as fast as to write one, and no two texts are read as the same bytes.
fn multihash_said_to_be(said: Option<&str>, hash: &[u8; 32]) -> String {
    said.filter(|said| digest_in(said).as_ref() == Some(hash))
        .map_or_else(|| multihash(hash), str::to_owned)
}

/// What a state says the hash of the one before is.
fn previous<'a>(state: &Tree<'a>) -> Option<&'a str> {
    state.as_object()?.get("previous")?.as_str()
}

/// On whose word a state follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authority {
    /// The signing keys of the state before; of the first state its own.
    Signing,
    /// The recovery keys of the state before.
    Recovery,
}

/// Checks one state, given the one before and its hash; gives the state, what is signed of it
/// and on whose word it stands.
fn check_state<'a>(
    version: usize,
    json: &'a Tree<'a>,
    text: Option<CanonicalText<'a>>,
    before: Option<(&KeyState, &String)>,
) -> Result<(KeyState, Signed<'a>, Authority), HistoryError> {
    let (state, signed) =
        unproved_state(version, json, text, before.map(|(_, hash)| hash.as_str()))?;
    let authority = check_authority(version, &signed, &state, before.map(|(state, _)| state))?;
    Ok((state, signed, authority))
}

/// A state that keeps to every rule but those about its proofs, which are judged last
/// (specification, section 5.2), given the hash of the one before.
pub(crate) fn unproved_state<'a>(
    version: usize,
    json: &'a Tree<'a>,
    text: Option<CanonicalText<'a>>,
    before: Option<&str>,
) -> Result<(KeyState, Signed<'a>), HistoryError> {
    let malformed = |rule: String| HistoryError::Malformed { version, rule };
    let written: WrittenState =
        body::read(json).map_err(|invalid| malformed(invalid.to_string()))?;
    let json = json.as_object().ok_or_else(|| malformed("not an object".to_owned()))?;
    // What is under the signature of a document and what is under that of a state must not
    // be taken for one another.
    if json.contains("type") || json.contains("@context") {
        return Err(malformed("a key state has neither \"type\" nor \"@context\"".to_owned()));
    }
    if usize::try_from(written.version) != Ok(version) {
        return Err(HistoryError::WrongVersion { version, found: written.version });
    }
    if written.previous.as_deref() != before {
        return Err(HistoryError::WrongPrevious { version });
    }
    let signing = quorum(version, "threshold", &written.signing_keys, written.threshold)?;
    let recovery = match (&written.recovery_keys, written.recovery_threshold) {
        (None, None) => None,
        (Some(keys), Some(threshold)) => {
            Some(quorum(version, "recovery_threshold", keys, threshold)?)
        }
        _ => {
            return Err(malformed(
                "recovery_keys and recovery_threshold come together or not at all".to_owned(),
            ));
        }
    };
    let state = KeyState { issued_at: written.issued_at, signing, recovery };
    Ok((state, Signed::read(json, text)))
}

fn quorum(
    version: usize,
    what: &'static str,
    keys: &[PublicKey],
    threshold: u32,
) -> Result<Quorum, HistoryError> {
    if keys.len() > KeyState::MAX_KEYS {
        return Err(HistoryError::Malformed {
            version,
            rule: format!("{} keys; at most {} are allowed", keys.len(), KeyState::MAX_KEYS),
        });
    }
    let keys: BTreeSet<PublicKey> = keys.iter().copied().collect();
    let fits = usize::try_from(threshold).is_ok_and(|needed| (1..=keys.len()).contains(&needed));
    if !fits {
        return Err(HistoryError::BadThreshold { version, what, threshold, keys: keys.len() });
    }
    Ok(Quorum { keys, threshold })
}

fn check_authority(
    version: usize,
    signed: &Signed<'_>,
    state: &KeyState,
    before: Option<&KeyState>,
) -> Result<Authority, HistoryError> {
    let report = proof::check_object(signed, &state.signing.keys, None);
    let is_met =
        |it: &Quorum| meets_threshold(&it.keys, it.threshold, |key| report.is_signed_by(key));
    let problem = || report.problems.first().cloned();
    if !is_met(&state.signing) {
        return Err(HistoryError::BelowOwnThreshold { version, problem: problem() });
    }
    let Some(before) = before else { return Ok(Authority::Signing) };
    let recovered = before.recovery.as_ref().is_some_and(is_met);
    if !recovered && !is_met(&before.signing) {
        return Err(HistoryError::BelowPreviousThreshold { version, problem: problem() });
    }
    if !recovered && before.recovery != state.recovery {
        return Err(HistoryError::RecoveryChanged { version });
    }
    Ok(if recovered { Authority::Recovery } else { Authority::Signing })
}

/// A key state as it is to be signed: the first one, or the one after a history.
pub(crate) fn unsigned_after(state: &KeyState, before: Option<&KeyHistory>) -> Map<String, Value> {
    match before {
        None => state.to_unsigned_json(1, None),
        Some(before) => state.to_unsigned_json(before.version() + 1, Some(before.current_hash())),
    }
}

/// The issuer that a first state makes.
pub(crate) fn issuer_of_first(state: &Map<String, Value>) -> IssuerId {
    IssuerId(multihash(&proof::hash_of(state)).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed([seed; 32])
    }

    fn quorum_of(seeds: &[u8], threshold: u32) -> Quorum {
        Quorum { keys: seeds.iter().map(|seed| key(*seed).public()).collect(), threshold }
    }

    fn state(signing: Quorum, recovery: Option<Quorum>) -> KeyState {
        KeyState { issued_at: "2026-01-01T00:00:00Z".parse().unwrap(), signing, recovery }
    }

    fn started() -> KeyHistory {
        let first = state(quorum_of(&[1, 2, 3], 2), Some(quorum_of(&[8, 9], 1)));
        KeyHistory::start(&first, &[key(1), key(2)]).unwrap()
    }

    #[test]
    fn the_issuer_id_is_the_hash_of_the_first_state_and_never_changes() {
        let history = started();
        let id = history.issuer().as_str();
        assert!(id.starts_with("zQm") && id.len() == 47, "{id}");
        assert_eq!(IssuerId::parse(id).unwrap(), *history.issuer());
        assert!(IssuerId::parse(&key(1).public().to_string()).is_err());
        let next = state(quorum_of(&[4], 1), Some(quorum_of(&[8, 9], 1)));
        let rotated = history.extend(&next, &[key(1), key(3), key(4)]).unwrap();
        assert_eq!(rotated.issuer(), history.issuer());
        assert_eq!(rotated.version(), 2);
        assert!(rotated.extends(&history) && !history.extends(&rotated));
    }

    #[test]
    fn a_first_state_needs_its_own_threshold() {
        let code = |signing, signers: &[SigningKey]| {
            KeyHistory::start(&state(signing, None), signers).map_err(|error| error.code())
        };
        assert!(code(quorum_of(&[1, 2], 2), &[key(1), key(2)]).is_ok());
        assert_eq!(code(quorum_of(&[1, 2], 2), &[key(1)]), Err("history.below-threshold"));
        assert_eq!(code(quorum_of(&[1, 2], 2), &[key(1), key(1)]), Err("history.below-threshold"));
        assert_eq!(code(quorum_of(&[1], 1), &[key(2)]), Err("history.below-threshold"));
        assert_eq!(code(quorum_of(&[1], 0), &[key(1)]), Err("history.bad-threshold"));
        assert_eq!(code(quorum_of(&[1], 2), &[key(1)]), Err("history.bad-threshold"));
    }

    #[test]
    fn a_rotation_needs_the_old_threshold_and_the_new() {
        let history = started();
        let next = state(quorum_of(&[4, 5], 2), Some(quorum_of(&[8, 9], 1)));
        let code = |signers: &[u8]| {
            let signers: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
            history.extend(&next, &signers).map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(code(&[1, 2, 4, 5]), Ok(()));
        assert_eq!(code(&[9, 4, 5]), Ok(()));
        assert_eq!(code(&[4, 5]), Err("history.below-threshold"));
        assert_eq!(code(&[1, 4, 5]), Err("history.below-threshold"));
        assert_eq!(code(&[1, 2, 4]), Err("history.below-threshold"));
    }

    #[test]
    fn only_recovery_keys_change_recovery_keys() {
        let history = started();
        let next = state(quorum_of(&[1, 2, 3], 2), Some(quorum_of(&[7], 1)));
        let by_signing = history.extend(&next, &[key(1), key(2)]).unwrap_err();
        assert_eq!(by_signing.code(), "history.recovery-changed");
        assert!(history.extend(&next, &[key(1), key(2), key(8)]).is_ok());
        // Without recovery keys there is no recovery, and none can be added later.
        let bare = KeyHistory::genesis("2026-01-01T00:00:00Z".parse().unwrap(), &[key(1)], 1);
        let added = bare.unwrap().extend(&next, &[key(1), key(2), key(7)]).unwrap_err();
        assert_eq!(added.code(), "history.recovery-changed");
    }

    #[test]
    fn the_text_of_a_history_is_that_of_its_states() {
        let next = state(quorum_of(&[4], 1), Some(quorum_of(&[8, 9], 1)));
        let history = started().extend(&next, &[key(1), key(2), key(4)]).unwrap();
        let read: Vec<Value> = serde_json::from_str(&history.to_text()).unwrap();
        assert_eq!(read, history.to_json());
        assert_eq!(history.to_text().as_bytes(), crate::json::canonical(&read.into()));
    }

    #[test]
    fn altered_states_are_refused_each_for_its_reason() {
        let next = state(quorum_of(&[1, 2, 3], 2), Some(quorum_of(&[8, 9], 1)));
        let good = started().extend(&next, &[key(1), key(2)]).unwrap().to_json();
        assert!(KeyHistory::verify(&good).is_ok());
        type Alteration = fn(&mut Vec<Value>);
        let alterations: [(&str, Alteration); 12] = [
            ("history.empty", Vec::clear),
            ("history.too-long", |s| s.resize(129, json!({}))),
            ("history.malformed", |s| s[0] = json!(1)),
            ("history.malformed", |s| s[1]["threshold"] = json!("2")),
            ("history.malformed", |s| s[0]["signing_keys"] = json!(["z6Mk"])),
            ("history.malformed", |s| s[0]["type"] = json!("wellspring.profile.v1")),
            ("history.malformed", |s| drop(s[0].as_object_mut().unwrap().remove("recovery_keys"))),
            ("history.wrong-version", |s| s[1]["version"] = json!(3)),
            ("history.wrong-version", |s| drop(s.remove(0))),
            ("history.wrong-previous", |s| s[1]["previous"] = json!("zQm")),
            ("history.bad-threshold", |s| s[0]["recovery_threshold"] = json!(3)),
            ("history.below-threshold", |s| s[0]["note"] = json!("added later")),
        ];
        for (index, (code, alter)) in alterations.into_iter().enumerate() {
            let mut states = good.clone();
            alter(&mut states);
            let found = KeyHistory::verify(&states).unwrap_err().code();
            assert_eq!(found, code, "{index}");
        }
    }
}
