//! W3C Data Integrity proofs with the cryptosuite `eddsa-jcs-2022`.
//!
//! [`check`] judges the proofs of *any* JSON document, ours or not. Documents of
//! Wellspring are judged by [`RawDocument::verify`](crate::RawDocument::verify), which
//! uses the same check and then counts the signers against the issuer's threshold.
//!
//! Sources: W3C *Verifiable Credential Data Integrity 1.0* (sections 2.1 and 4) and
//! *Data Integrity EdDSA Cryptosuites 1.0* (section 3.3). Where the latter's
//! Transformation step reads "type is not … *and* cryptosuite is not …", both are
//! demanded here.

use std::collections::BTreeSet;

use crate::base58;
use crate::body::Excerpt;
use crate::digest::{sha256, sha256_of};
use crate::json::{
    Arena, CanonicalText, Map, Members, ReadError, ReadText, Tree, Value, canonical,
    canonical_without, read_text, written,
};
use crate::key::{PublicKey, PublicKeyError, SigningKey};
use crate::time::{Timestamp, digits, seconds_to_midnight};

/// The name of the only cryptosuite.
pub const CRYPTOSUITE: &str = "eddsa-jcs-2022";
/// The type of every proof.
pub const PROOF_TYPE: &str = "DataIntegrityProof";
/// The purpose of every proof: the signer asserts what the document says.
pub const PROOF_PURPOSE: &str = "assertionMethod";
/// The only `@context` that a document of Wellspring may carry, in document and proof
/// alike. It is never fetched.
pub const CONTEXT: &str = "https://w3id.org/security/data-integrity/v2";
/// The most proofs that are looked at, so that a document cannot demand any number of
/// signature checks.
pub const MAX_PROOFS: usize = 32;

/// Why one proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ProofError {
    #[error("the document is not a JSON object, so it can have no proof")]
    NotAnObject,
    #[error("the document has no proof")]
    Missing,
    #[error("the document has {count} proofs; at most {MAX_PROOFS} are allowed")]
    TooMany { count: usize },
    #[error("the proof is not an object")]
    Malformed,
    #[error("the proof's type is {found}, not \"{PROOF_TYPE}\"")]
    WrongType { found: String },
    #[error("the proof's cryptosuite is {found}, not \"{CRYPTOSUITE}\"")]
    WrongCryptosuite { found: String },
    #[error("the proof's proofPurpose is {found}, not \"{PROOF_PURPOSE}\"")]
    WrongPurpose { found: String },
    #[error("the proof's @context is not the document's")]
    ContextMismatch,
    #[error("the proof's verificationMethod is {found}, not \"did:key:K#K\"")]
    WrongVerificationMethod { found: String },
    #[error("the proof's key is refused")]
    RefusedKey { source: PublicKeyError },
    #[error("the proof's {member} is not a date and time with a time zone")]
    BadDate { member: &'static str },
    #[error("the proof expired at {expired_at}")]
    Expired { expired_at: String },
    #[error("the proof depends on another one (previousProof); chains are not supported")]
    Chained,
    #[error("the proof's proofValue is not \"z\" and the base58btc of 64 bytes")]
    BadProofValue,
    #[error(
        "the signature does not fit the document: one of them was altered, or another key signed"
    )]
    InvalidSignature,
}

impl ProofError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "proof.not-an-object",
            Self::Missing => "proof.missing",
            Self::TooMany { .. } => "proof.too-many",
            Self::Malformed => "proof.malformed",
            Self::WrongType { .. } => "proof.wrong-type",
            Self::WrongCryptosuite { .. } => "proof.wrong-cryptosuite",
            Self::WrongPurpose { .. } => "proof.wrong-purpose",
            Self::ContextMismatch => "proof.context-mismatch",
            Self::WrongVerificationMethod { .. } => "proof.wrong-verification-method",
            Self::RefusedKey { .. } => "proof.refused-key",
            Self::BadDate { .. } => "proof.bad-date",
            Self::Expired { .. } => "proof.expired",
            Self::Chained => "proof.chained",
            Self::BadProofValue => "proof.bad-proof-value",
            Self::InvalidSignature => "proof.invalid-signature",
        }
    }
}

/// What the proofs of a document came to. No proof covers the others: anybody can add or
/// remove one, so this never means "signed by everyone listed".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofReport {
    /// The keys that have a proof which holds.
    pub signers: BTreeSet<PublicKey>,
    /// What does not hold, in the order of the proofs.
    pub problems: Vec<ProofError>,
}

impl ProofReport {
    /// Whether there is at least one proof and all of them hold.
    pub fn holds(&self) -> bool {
        !self.signers.is_empty() && self.problems.is_empty()
    }
}

/// Checks every proof of any JSON document of at most `max_bytes` at the time `now`, which
/// only the `expires` of a proof is compared with.
///
/// # Errors
/// Where the text breaks a rule of strict reading ([`json::read`](crate::json::read)).
pub fn check(bytes: &[u8], max_bytes: usize, now: Timestamp) -> Result<ProofReport, ReadError> {
    let arena = Arena::new();
    let ReadText { tree, canonical } = read_text(bytes, max_bytes, &arena)?;
    Ok(match tree.as_object() {
        Some(document) => {
            check_object(&Signed::read(document, canonical), &BTreeSet::new(), Some(now)).report()
        }
        None => ProofReport { signers: BTreeSet::new(), problems: vec![ProofError::NotAnObject] },
    })
}

/// An object and what its proofs sign.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) object: Members<'a>,
    /// The text that the object was read from, where that is canonical.
    text: Option<CanonicalText<'a>>,
    /// SHA-256 of its canonical form without `proof`.
    pub(crate) hash: [u8; 32],
}

impl<'a> Signed<'a> {
    /// An object that was not read from a text.
    pub(crate) fn new(object: Members<'a>) -> Self {
        Self::read(object, None)
    }

    /// As [`Signed::new`], of an object that was read from a text; the text is given where it
    /// is canonical.
    pub(crate) fn read(object: Members<'a>, text: Option<CanonicalText<'a>>) -> Self {
        Self { object, text, hash: hash_without(object, "proof", text) }
    }

    /// The canonical form of the whole object.
    pub(crate) fn written(&self) -> Box<[u8]> {
        match self.text.and_then(|text| text.of(self.object)) {
            Some(text) => text.as_bytes().into(),
            None => written(&self.object.into()).into(),
        }
    }
}

/// SHA-256 of the canonical form of an object as if it did not have this member. What is in a
/// canonical text is not written again.
fn hash_without(object: Members<'_>, omitted: &str, text: Option<CanonicalText<'_>>) -> [u8; 32] {
    match text.and_then(|text| text.without(object, omitted)) {
        Some(pieces) => sha256_of(&pieces),
        None => sha256(&canonical_without(object, omitted)),
    }
}

/// What the proofs of an object came to, as it is counted: a set of keys takes ten times the
/// memory of the one key that most documents are signed with.
pub(crate) struct Checked {
    /// The keys that have a proof which holds, each as often as it has one.
    signers: Vec<PublicKey>,
    /// As [`ProofReport::problems`].
    pub(crate) problems: Vec<ProofError>,
}

impl Checked {
    /// Whether nobody signed.
    pub(crate) const fn is_unsigned(&self) -> bool {
        self.signers.is_empty()
    }

    /// Whether this key signed.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.signers.contains(key)
    }

    /// Those of the keys that signed.
    pub(crate) fn signers_among(&self, keys: &BTreeSet<PublicKey>) -> BTreeSet<PublicKey> {
        keys.iter().filter(|key| self.is_signed_by(key)).copied().collect()
    }

    /// The same for everybody.
    pub(crate) fn report(self) -> ProofReport {
        ProofReport { signers: self.signers.into_iter().collect(), problems: self.problems }
    }
}

/// As [`check`]; without a time, a proof that expires at all does not hold, because then
/// the verdict on the document would change with the clock. Keys among those `known` are
/// not read again.
pub(crate) fn check_object(
    signed: &Signed<'_>,
    known: &BTreeSet<PublicKey>,
    now: Option<Timestamp>,
) -> Checked {
    let mut report = Checked { signers: Vec::new(), problems: Vec::new() };
    let proofs = match signed.object.get("proof") {
        None => &[][..],
        Some(Tree::Array(proofs)) => proofs,
        Some(proof) => std::slice::from_ref(proof),
    };
    if proofs.is_empty() {
        report.problems.push(ProofError::Missing);
    } else if proofs.len() > MAX_PROOFS {
        report.problems.push(ProofError::TooMany { count: proofs.len() });
    } else {
        report.signers.reserve_exact(proofs.len());
        for proof in proofs {
            match check_one(proof, signed, known, now) {
                Ok(signer) => report.signers.push(signer),
                Err(problem) => report.problems.push(problem),
            }
        }
    }
    report
}

/// Names and key are compared before any cryptography: a signature over the right bytes
/// under another suite, purpose or method must not count (threat: confused suite).
fn check_one(
    proof: &Tree<'_>,
    signed: &Signed<'_>,
    known: &BTreeSet<PublicKey>,
    now: Option<Timestamp>,
) -> Result<PublicKey, ProofError> {
    let proof = proof.as_object().ok_or(ProofError::Malformed)?;
    let differs = |member: &str, expected: &str| {
        let found = proof.get(member);
        (found.and_then(Tree::as_str) != Some(expected)).then(|| shown(found))
    };
    if let Some(found) = differs("type", PROOF_TYPE) {
        return Err(ProofError::WrongType { found });
    }
    if let Some(found) = differs("cryptosuite", CRYPTOSUITE) {
        return Err(ProofError::WrongCryptosuite { found });
    }
    if let Some(found) = differs("proofPurpose", PROOF_PURPOSE) {
        return Err(ProofError::WrongPurpose { found });
    }
    // The standard lets the document's contexts go on after the proof's, so that anybody
    // could append to them. Equality leaves no room for that.
    if proof.get("@context") != signed.object.get("@context") {
        return Err(ProofError::ContextMismatch);
    }
    if proof.contains("previousProof") {
        return Err(ProofError::Chained);
    }
    check_dates(proof, now)?;
    let key = named_key(proof, known)?;
    let signature = proof
        .get("proofValue")
        .and_then(Tree::as_str)
        .and_then(base58::decode)
        .ok_or(ProofError::BadProofValue)?;
    let proof_hash = hash_without(proof, "proofValue", signed.text);
    if !key.verifies(&signed_message(&proof_hash, &signed.hash), &signature) {
        return Err(ProofError::InvalidSignature);
    }
    Ok(key)
}

fn named_key(proof: Members<'_>, known: &BTreeSet<PublicKey>) -> Result<PublicKey, ProofError> {
    let method = proof.get("verificationMethod");
    let named = method.and_then(Tree::as_str);
    match named.and_then(|method| PublicKey::from_verification_method(method, known)) {
        Some(Ok(key)) => Ok(key),
        Some(Err(source)) => Err(ProofError::RefusedKey { source }),
        None => Err(ProofError::WrongVerificationMethod { found: shown(method) }),
    }
}

fn check_dates(proof: Members<'_>, now: Option<Timestamp>) -> Result<(), ProofError> {
    for member in ["created", "expires"] {
        let Some(written) = proof.get(member) else { continue };
        let text = written.as_str().unwrap_or_default();
        let moment = date_time_stamp(text).ok_or(ProofError::BadDate { member })?;
        let past = now.is_none_or(|now| moment < now.unix());
        if member == "expires" && past {
            return Err(ProofError::Expired { expired_at: text.to_owned() });
        }
    }
    Ok(())
}

/// Reads an XML Schema `dateTimeStamp`, within the years 0000 to 9999: seconds since 1970,
/// rounded down. No leap second, and no hour 24, which that standard writes in two ways.
fn date_time_stamp(text: &str) -> Option<i64> {
    let (moment, fraction_and_zone) = text.split_at_checked(19)?;
    let [year, month, day, hour, minute, second] = digits(moment, [4, 2, 2, 2, 2, 2], b"--T::")?;
    let zone = match fraction_and_zone.strip_prefix('.') {
        None => fraction_and_zone,
        Some(rest) => {
            let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            (1..=9).contains(&(rest.len() - zone.len())).then_some(zone)?
        }
    };
    let (sign, [hours, minutes]) = match zone.split_at_checked(1)? {
        ("Z", "") => (1, [0, 0]),
        ("+", offset) => (1, digits(offset, [2, 2], b":")?),
        ("-", offset) => (-1, digits(offset, [2, 2], b":")?),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 || hours > 23 || minutes > 59 {
        return None;
    }
    let offset = sign * i64::from(hours * 3600 + minutes * 60);
    let of_day = i64::from(hour * 3600 + minute * 60 + second);
    Some(seconds_to_midnight(year, month, day)? + of_day - offset)
}

/// What the proofs of an object that was not read from a text sign of it.
pub(crate) fn hash_of(object: &Map<String, Value>) -> [u8; 32] {
    Signed::new(Members::of(object, &Arena::new())).hash
}

/// The bytes under the signature: the hash of the proof without its value, then the hash
/// of the document without its proofs.
fn signed_message(proof_hash: &[u8; 32], document_hash: &[u8; 32]) -> [u8; 64] {
    let mut message = [0; 64];
    message[..32].copy_from_slice(proof_hash);
    message[32..].copy_from_slice(document_hash);
    message
}

/// A value as an error message may show it: short, escaped, and with its quotes.
fn shown(value: Option<&Tree<'_>>) -> String {
    value.map_or_else(
        || "missing".to_owned(),
        |value| Excerpt::short(&value.to_string()).to_string(),
    )
}

/// The proof of `key` over `document`, which carries the `@context` of the document where
/// it has one. `created` is when the signer says to have signed; nothing trusts it.
pub(crate) fn create(document: &Map<String, Value>, key: &SigningKey, created: Timestamp) -> Value {
    let mut proof = Map::new();
    if let Some(context) = document.get("@context") {
        proof.insert("@context".to_owned(), context.clone());
    }
    for (member, value) in [
        ("type", PROOF_TYPE.to_owned()),
        ("cryptosuite", CRYPTOSUITE.to_owned()),
        ("created", created.to_string()),
        ("verificationMethod", key.public().verification_method()),
        ("proofPurpose", PROOF_PURPOSE.to_owned()),
    ] {
        proof.insert(member.to_owned(), Value::String(value));
    }
    let mut proof = Value::Object(proof);
    let message = signed_message(&sha256(&canonical(&proof)), &hash_of(document));
    proof["proofValue"] = Value::String(base58::encode(&key.sign(&message)));
    proof
}

/// Adds the proofs of `keys` to `document`: one proof as an object, several as a set.
pub(crate) fn attach(document: &mut Map<String, Value>, keys: &[SigningKey], created: Timestamp) {
    let mut proofs: Vec<Value> = keys.iter().map(|key| create(document, key, created)).collect();
    let proof = if proofs.len() == 1 { proofs.remove(0) } else { Value::Array(proofs) };
    document.insert("proof".to_owned(), proof);
}

/// Whether at least `threshold` of the `authorised` keys signed. They are a set of 32-byte
/// keys, so a key counts once however often it signs or is listed.
///
/// This is the only place where signatures are counted.
pub(crate) fn meets_threshold(
    authorised: &BTreeSet<PublicKey>,
    threshold: u32,
    has_signed: impl Fn(&PublicKey) -> bool,
) -> bool {
    usize::try_from(threshold)
        .is_ok_and(|threshold| authorised.iter().filter(|key| has_signed(key)).count() >= threshold)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed([seed; 32])
    }

    fn signed(mut document: Value, keys: &[SigningKey]) -> Value {
        attach(document.as_object_mut().unwrap(), keys, now());
        document
    }

    fn checked(document: &Value) -> ProofReport {
        check(&canonical(document), 100_000, now()).unwrap()
    }

    fn codes(document: &Value) -> Vec<&'static str> {
        checked(document).problems.iter().map(ProofError::code).collect()
    }

    #[test]
    fn what_is_signed_holds_and_names_its_signers() {
        let document = signed(json!({ "a": 1, "later": ["unknown"] }), &[key(1), key(2)]);
        let report = checked(&document);
        assert!(report.holds());
        assert_eq!(report.signers, [key(1).public(), key(2).public()].into());
        let document = signed(json!({ "@context": [CONTEXT, "https://x.example/"] }), &[key(1)]);
        assert!(checked(&document).holds());
    }

    /// Each alteration of a document that holds, and the one reason for which it is refused.
    #[test]
    fn every_alteration_is_refused_for_its_reason() {
        type Alteration = fn(&mut Value);
        let alterations: [(&str, Alteration); 17] = [
            ("proof.missing", |d| drop(d.as_object_mut().unwrap().remove("proof"))),
            ("proof.missing", |d| d["proof"] = json!([])),
            ("proof.too-many", |d| d["proof"] = json!(vec![d["proof"].clone(); 33])),
            ("proof.malformed", |d| d["proof"] = json!("z")),
            ("proof.wrong-type", |d| d["proof"]["type"] = json!("Ed25519Signature2020")),
            ("proof.wrong-cryptosuite", |d| d["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022")),
            ("proof.wrong-purpose", |d| d["proof"]["proofPurpose"] = json!("authentication")),
            ("proof.context-mismatch", |d| d["@context"] = json!(CONTEXT)),
            ("proof.context-mismatch", |d| d["proof"]["@context"] = json!(CONTEXT)),
            ("proof.wrong-verification-method", |d| {
                d["proof"]["verificationMethod"] = json!("did:web:example.org#key");
            }),
            ("proof.refused-key", |d| {
                d["proof"]["verificationMethod"] = json!("did:key:z6Mk#z6Mk");
            }),
            ("proof.bad-date", |d| d["proof"]["created"] = json!("2026-11-22")),
            ("proof.expired", |d| d["proof"]["expires"] = json!("2026-11-22T09:59:59Z")),
            ("proof.chained", |d| d["proof"]["previousProof"] = json!("urn:x")),
            ("proof.bad-proof-value", |d| d["proof"]["proofValue"] = json!("u5vpj")),
            ("proof.invalid-signature", |d| d["a"] = json!(2)),
            ("proof.invalid-signature", |d| d["proof"]["nonce"] = json!("x")),
        ];
        for (code, alter) in alterations {
            let mut document = signed(json!({ "a": 1 }), &[key(1)]);
            alter(&mut document);
            assert_eq!(codes(&document), [code]);
            assert!(checked(&document).signers.is_empty(), "{code}");
        }
        assert_eq!(codes(&json!([1])), ["proof.not-an-object"]);
    }

    #[test]
    fn a_proof_of_another_key_does_not_fit() {
        let mut document = signed(json!({ "a": 1 }), &[key(1)]);
        document["proof"]["verificationMethod"] = json!(key(2).public().verification_method());
        assert_eq!(codes(&document), ["proof.invalid-signature"]);
    }

    #[test]
    fn one_broken_proof_leaves_the_others_standing() {
        let mut document = signed(json!({ "a": 1 }), &[key(1), key(2)]);
        document["proof"][0]["proofValue"] = document["proof"][1]["proofValue"].clone();
        let report = checked(&document);
        assert!(!report.holds());
        assert_eq!(report.signers, [key(2).public()].into());
    }

    #[test]
    fn a_key_counts_once() {
        let document = signed(json!({ "a": 1 }), &[key(1), key(1)]);
        assert_eq!(checked(&document).signers.len(), 1);
        let (arena, document) = (Arena::new(), document.as_object().unwrap());
        let signed = Signed::new(Members::of(document, &arena));
        let checked = check_object(&signed, &BTreeSet::new(), None);
        let has_signed = |key: &PublicKey| checked.is_signed_by(key);
        let authorised = [key(1).public(), key(2).public()].into();
        assert!(meets_threshold(&authorised, 1, has_signed));
        assert!(!meets_threshold(&authorised, 2, has_signed));
        assert!(!meets_threshold(&[key(2).public()].into(), 1, has_signed));
    }

    #[test]
    fn dates_of_proofs_are_date_time_stamps() {
        for text in
            ["2023-02-24T23:36:38Z", "2023-02-24T23:36:38.125Z", "2023-02-24T23:36:38+01:00"]
        {
            assert!(date_time_stamp(text).is_some(), "{text}");
        }
        for text in [
            "2023-02-24T23:36:38",
            "2023-02-24 23:36:38Z",
            "2023-02-24T23:36:38.Z",
            "2023-02-24T23:36:38z",
            "2023-02-30T23:36:38Z",
            "2023-02-24T23:36:38Z[UTC]",
            "2023-02-24",
            "é023-02-24T23:36:38Z",
        ] {
            assert!(date_time_stamp(text).is_none(), "{text}");
        }
    }
}
