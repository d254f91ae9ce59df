//! Signing anything, apart from the library, which signs only what any node would take.

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wellspring_document::json::canonical;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn to_base58btc(bytes: &[u8]) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}

pub(crate) fn multikey(key: &SigningKey) -> String {
    to_base58btc(&[&[0xED, 0x01][..], key.verifying_key().as_bytes()].concat())
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// The canonical form of a document without its proofs.
pub(crate) fn unproved(document: &Value) -> Vec<u8> {
    let mut document = document.clone();
    document.as_object_mut().map(|members| members.remove("proof"));
    canonical(&document)
}

/// The shortest proof there is. `message` makes what is signed of the canonical forms of the
/// proof without its value and of the document without its proofs.
pub(crate) fn proof_over(
    document: &Value,
    key: &SigningKey,
    message: impl Fn(&[u8], &[u8]) -> Vec<u8>,
) -> Value {
    let name = multikey(key);
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": format!("did:key:{name}#{name}"),
        "proofPurpose": "assertionMethod",
    });
    let message = message(&canonical(&proof), &unproved(document));
    proof["proofValue"] = to_base58btc(&key.sign(&message).to_bytes()).into();
    proof
}

/// The proof as the standard has it: over the hash of the proof, then that of the document.
pub(crate) fn proof(document: &Value, key: &SigningKey) -> Value {
    proof_over(document, key, |proof, document| [sha256(proof), sha256(document)].concat())
}
