//! Signing as the standard says (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3),
//! written apart from the library, so that both are held against each other; and, unlike
//! the library, of anything that anybody could sign.

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use wellspring_document::json::canonical;

/// The moment at which everything is issued unless it says otherwise.
pub const ISSUED_AT: &str = "2026-11-22T10:00:00Z";

/// The Multikey of the key with this seed.
pub fn multikey(seed: u8) -> String {
    let public = SigningKey::from_bytes(&[seed; 32]).verifying_key();
    to_base58btc(&[&[0xED, 0x01][..], public.as_bytes()].concat())
}

fn to_base58btc(bytes: &[u8]) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}

/// SHA-256 of the canonical form of an object without one of its members.
pub fn hash_without(object: &Map<String, Value>, member: &str) -> [u8; 32] {
    let mut rest = object.clone();
    rest.remove(member);
    Sha256::digest(canonical(&rest.into())).into()
}

/// The multihash by which the next key state names this one.
pub fn state_hash(state: &Map<String, Value>) -> String {
    to_base58btc(&[&[0x12, 0x20][..], &hash_without(state, "proof")].concat())
}

/// Sets the proofs of the keys with these seeds: one as an object, others as an array.
pub fn sign(document: &mut Map<String, Value>, seeds: &[u8]) {
    let mut proofs: Vec<Value> = seeds.iter().map(|seed| proof(document, *seed)).collect();
    let proof = if proofs.len() == 1 { proofs.remove(0) } else { proofs.into() };
    document.insert("proof".to_owned(), proof);
}

fn proof(document: &Map<String, Value>, seed: u8) -> Value {
    let key = multikey(seed);
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": format!("did:key:{key}#{key}"),
        "proofPurpose": "assertionMethod",
    });
    if let Some(context) = document.get("@context") {
        proof["@context"] = context.clone();
    }
    let proof_hash: [u8; 32] = Sha256::digest(canonical(&proof)).into();
    let message = [proof_hash, hash_without(document, "proof")].concat();
    let signature = SigningKey::from_bytes(&[seed; 32]).sign(&message);
    proof["proofValue"] = to_base58btc(&signature.to_bytes()).into();
    proof
}
