//! The members that every document has (specification, sections 4 to 6). Their checks read
//! them one by one, in an order that determines the code of a refusal; so there is no type
//! to make a schema from.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::json::MAX_INTEGER;
use crate::proof::{self, MAX_PROOFS};
use crate::{IssuerId, KeyHistory, KeyState, Kind, PublicKey, Timestamp};

pub(super) const REQUIRED: [&str; 7] =
    ["type", "issuer", "key_history", "sequence", "issued_at", "expires_at", "proof"];

pub(super) fn members(kind: Kind, generator: &mut SchemaGenerator) -> Value {
    // Key states have keys in them.
    generator.subschema_for::<PublicKey>();
    let mut time = |about: &str| {
        let mut time = Value::from(generator.subschema_for::<Timestamp>());
        time["description"] = json!(about);
        time
    };
    let issued_at = time("When the document says it was signed (6.1).");
    let expires_at = time(&format!(
        "From when on it no longer counts; later than issued_at, by at most {} days (6.2).",
        kind.max_lifetime_days()
    ));
    let mut issuer = Value::from(generator.subschema_for::<IssuerId>());
    issuer["description"] = json!("Who signs: the hash of the first state of key_history (6.1).");
    json!({
        "type": { "description": "The kind of document (6.2).", "const": kind.type_name() },
        "@context": { "description": "Absent, or this (6.1).", "const": proof::CONTEXT },
        "issuer": issuer,
        "key_history": { "$ref": "#/$defs/KeyHistory" },
        "sequence": {
            "description": "Rises with each document of a feed (8.3).",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_INTEGER,
        },
        "issued_at": issued_at,
        "expires_at": expires_at,
        "proof": { "$ref": "#/$defs/Proofs" },
    })
}

pub(super) fn definitions() -> Map<String, Value> {
    let keys = || {
        json!({
            "description": "Public keys; those that are listed twice count once (4.7).",
            "type": "array",
            "minItems": 1,
            "maxItems": KeyState::MAX_KEYS,
            "items": { "$ref": "#/$defs/PublicKey" },
        })
    };
    let threshold = || {
        json!({
            "description": "How many of the keys must sign (5.1).",
            "type": "integer",
            "minimum": 1,
            "maximum": KeyState::MAX_KEYS,
        })
    };
    let state = json!({
        "description": "The keys of an issuer from some day on (5.1).",
        "type": "object",
        "properties": {
            "version": {
                "description": "The place of the state in the history, from 1 (5.1).",
                "type": "integer",
                "minimum": 1,
                "maximum": KeyHistory::MAX_STATES,
            },
            "issued_at": { "$ref": "#/$defs/Timestamp" },
            "signing_keys": keys(),
            "threshold": threshold(),
            "recovery_keys": keys(),
            "recovery_threshold": threshold(),
            "previous": {
                "description": "The hash of the state before (5.1).",
                "$ref": "#/$defs/IssuerId",
            },
            "proof": { "$ref": "#/$defs/Proofs" },
            "type": false,
            "@context": false,
        },
        "required": ["version", "issued_at", "signing_keys", "threshold", "proof"],
        "dependentRequired": {
            "recovery_keys": ["recovery_threshold"],
            "recovery_threshold": ["recovery_keys"],
        },
    });
    let history = json!({
        "description": "The key states of the issuer, oldest first (5).",
        "type": "array",
        "minItems": 1,
        "maxItems": KeyHistory::MAX_STATES,
        "prefixItems": [{
            "$ref": "#/$defs/KeyState",
            "properties": { "version": { "const": 1 }, "previous": false },
        }],
        "items": { "$ref": "#/$defs/KeyState", "required": ["previous"] },
    });
    let proofs = json!({
        "description": "One proof, or a set of them of which at least one can hold: what is \
            wrong with others takes nothing away (4.1, 4.7).",
        "anyOf": [
            { "$ref": "#/$defs/DataIntegrityProof" },
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_PROOFS,
                "contains": { "$ref": "#/$defs/DataIntegrityProof" },
            },
        ],
    });
    let named = |(name, definition): (&str, Value)| (name.to_owned(), definition);
    [
        ("KeyHistory", history),
        ("KeyState", state),
        ("Proofs", proofs),
        ("DataIntegrityProof", one()),
    ]
    .map(named)
    .into_iter()
    .collect()
}

/// A proof that can hold.
fn one() -> Value {
    json!({
        "description": "A W3C Data Integrity proof of the cryptosuite eddsa-jcs-2022 (4.2).",
        "type": "object",
        "properties": {
            "@context": {
                "description": "The same as that of the document (4.2).",
                "const": proof::CONTEXT,
            },
            "type": { "const": "DataIntegrityProof" },
            "cryptosuite": { "const": "eddsa-jcs-2022" },
            "proofPurpose": { "const": "assertionMethod" },
            "created": {
                "description": "When the signer says they signed (4.3).",
                "type": "string",
                "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-5]):[0-5][0-9])$",
            },
            "expires": false,
            "previousProof": false,
            "verificationMethod": {
                "description": "did:key:K#K, with the key K (4.2).",
                "type": "string",
                "pattern": "^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}#z6Mk[1-9A-HJ-NP-Za-km-z]{44}$",
            },
            "proofValue": {
                "description": "The signature: 64 bytes in base58btc after a z (4.2).",
                "type": "string",
                "pattern": "^z[1-9A-HJ-NP-Za-km-z]{64,88}$",
            },
        },
        "required": ["type", "cryptosuite", "proofPurpose", "verificationMethod", "proofValue"],
    })
}
