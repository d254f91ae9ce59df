//! Documents that somebody signed properly, whatever they say: so that more is reached than
//! the refusal of a signature.
//!
//! A seed is JSON: `document` has members in place of those of a short document of its
//! `type`; `keys`, `threshold` and `signed_by` say who signs, by the numbers of their keys;
//! `after` has members that somebody else sets after that.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wellspring_document::json::canonical;

use super::document::verify;
use super::signer::{ISSUED_AT, multikey, sign, state_hash};

#[derive(Deserialize)]
struct Scenario {
    #[serde(default)]
    document: Map<String, Value>,
    #[serde(default = "one")]
    keys: Vec<u8>,
    #[serde(default = "first")]
    threshold: u32,
    #[serde(default = "one")]
    signed_by: Vec<u8>,
    #[serde(default)]
    after: Map<String, Value>,
}

fn one() -> Vec<u8> {
    vec![1]
}

fn first() -> u32 {
    1
}

/// Signs and verifies what the scenario says.
pub fn run(data: &[u8]) {
    let Ok(scenario) = serde_json::from_slice::<Scenario>(data) else { return };
    if scenario.keys.len() + scenario.signed_by.len() > 80 {
        return;
    }
    let mut document = scenario.unsigned();
    document.remove("proof");
    sign(&mut document, &scenario.signed_by);
    let bytes = Value::Object(document.clone()).to_string();
    let outcome = verify(bytes.as_bytes());
    if scenario.document.is_empty() {
        let found = outcome.as_ref().map(drop).map_err(|error| error.code());
        assert_eq!(found.is_ok(), scenario.is_authorised(), "{found:?}");
    }
    if outcome.is_err() {
        return;
    }
    assert!(scenario.is_authorised(), "too few of the issuer's keys signed");

    let mut altered = document.clone();
    altered.extend(scenario.after);
    let unproved = |document: &Map<String, Value>| {
        let mut document = document.clone();
        document.remove("proof");
        canonical(&document.into())
    };
    if unproved(&altered) != unproved(&document) {
        let bytes = Value::Object(altered).to_string();
        assert!(verify(bytes.as_bytes()).is_err(), "an altered document holds: {bytes}");
    }
}

impl Scenario {
    /// The document before it is signed.
    fn unsigned(&self) -> Map<String, Value> {
        let history = self.history();
        let mut members = json!({
            "type": "wellspring.profile.v1",
            "issuer": state_hash(&history),
            "key_history": [history],
            "sequence": 1,
            "issued_at": ISSUED_AT,
            "expires_at": "2026-11-30T10:00:00Z",
        });
        let own = match self.document.get("type").and_then(Value::as_str) {
            Some("wellspring.endorsement-list.v1") => {
                json!({ "curator": { "name": { "en": "C" } } })
            }
            Some("wellspring.observation-report.v1") => {
                json!({ "observer": { "name": { "en": "O" } } })
            }
            Some("wellspring.index.v1") => json!({}),
            Some("wellspring.view.v1") => {
                json!({ "community": "a", "now": ISSUED_AT, "policy": {} })
            }
            _ => json!({ "server_name": "a.example", "about": { "name": { "en": "A" } } }),
        };
        let mut document = Map::new();
        for part in [members.take(), own, self.document.clone().into()] {
            document.extend(part.as_object().cloned().unwrap_or_default());
        }
        document
    }

    /// The one key state of the issuer, signed by all of its keys.
    fn history(&self) -> Map<String, Value> {
        let mut state = Map::new();
        let keys: Vec<Value> = self.keys.iter().map(|seed| multikey(*seed).into()).collect();
        for (member, value) in [
            ("version", json!(1)),
            ("issued_at", json!(ISSUED_AT)),
            ("signing_keys", json!(keys)),
            ("threshold", json!(self.threshold)),
        ] {
            state.insert(member.to_owned(), value);
        }
        sign(&mut state, &self.keys);
        state
    }

    /// Whether enough distinct keys signed, and all bounds are kept.
    fn is_authorised(&self) -> bool {
        let distinct: std::collections::BTreeSet<_> = self.keys.iter().collect();
        let signers: std::collections::BTreeSet<_> = self.signed_by.iter().collect();
        let counting = distinct.intersection(&signers).count();
        let needed = usize::try_from(self.threshold).unwrap_or(usize::MAX);
        self.keys.len() <= 16 && self.signed_by.len() <= 32 && needed >= 1 && counting >= needed
    }
}
