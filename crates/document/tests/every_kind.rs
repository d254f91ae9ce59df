//! What must hold for documents of every kind, with any of their members: signing and reading
//! are inverse; another spelling is the same document; another value is none.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::fmt::Debug;

use proptest::prelude::*;
use serde_json::{Value, json};
use wellspring_document::{
    Body, Draft, EndorsementList, Index, KeyHistory, ObservationReport, Profile, RawDocument,
    SigningKey, Timestamp, Verified, ViewManifest, authoring, json, sign,
};

// Every member has a value in these.
const PROFILE: &str = include_str!("../../../fuzz/seeds/authoring/full-profile.toml");
const LIST: &str = include_str!("../../../fuzz/seeds/authoring/full-list.toml");

fn full_profile() -> Value {
    serde_json::to_value(authoring::read::<Profile>(PROFILE).unwrap()).unwrap()
}

fn full_list() -> Value {
    serde_json::to_value(authoring::read::<EndorsementList>(LIST).unwrap()).unwrap()
}

fn full_report() -> Value {
    let checks = |answered: u32, made: u32| json!({ "answered": answered, "made": made });
    json!({
        "observer": {
            "name": { "en": "Observer", "de": "Beobachterin" },
            "website": "https://observer.example/",
            "contact": { "email_address": "watch@observer.example" },
        },
        "entries": [
            {
                "server_name": "a.example:8448",
                "observed_at": "2026-11-22T09:00:00Z",
                "client_reachable": true,
                "federation_reachable": false,
                "latency_ms": 80,
                "tls_expires_at": "2027-01-01T00:00:00Z",
                "software": { "name": "Synapse", "version": "1.98.0" },
                "registration_flows": [
                    { "stages": ["m.login.recaptcha", "m.login.dummy"] }, { "stages": [] },
                ],
                "registration": "open",
                "room_directory": true,
                "ipv6": false,
                "uptime": {
                    "24h": checks(23, 24), "7d": checks(160, 168), "30d": checks(0, 700),
                    "90d": checks(2_000, 2_000),
                },
                "profile": {
                    "status": "served",
                    "identity": "ab".repeat(32),
                    "issuer": "zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt",
                    "seen_at": "2026-11-22T09:00:00Z",
                    "first_seen_at": "2026-11-20T09:00:00Z",
                    "profile_first_seen_at": "2026-10-20T09:00:00Z",
                    "issuer_first_seen_at": "2026-11-20T09:00:00Z",
                },
                "first_seen_at": "2026-10-01T00:00:00Z",
            },
            { "server_name": "b.example", "observed_at": "2026-11-22T08:00:00Z" },
        ],
    })
}

fn parts() -> Value {
    json!([
        { "prefix": "0", "hash": "ab".repeat(32), "size": 900_000, "records": 700 },
        { "prefix": "10", "hash": "cd".repeat(32), "size": 1_000_000, "records": 1 },
    ])
}

fn full_index() -> Value {
    let view =
        |community: &str| json!({ "community": community, "hash": "ef".repeat(32), "size": 4_000 });
    json!({ "views": [view("default"), view("nord")], "parts": parts() })
}

fn full_view() -> Value {
    json!({
        "community": "nord",
        "now": "2026-11-22T09:00:00Z",
        "policy": {
            "name": "Nord",
            "own": "zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt",
            "distrusted": [],
            "trust": { "depth": 2 },
            "waiting_days": 30,
        },
        "parts": parts(),
    })
}

/// A stream of decisions, the same again when a failure is tried again.
#[derive(Debug, Clone)]
struct Decisions {
    bytes: Vec<u8>,
    at: usize,
}

impl Decisions {
    fn next(&mut self) -> usize {
        self.at += 1;
        // Not of the period of the list, so that long documents see more than repetition.
        usize::from(self.bytes[self.at % self.bytes.len()]) + self.at / self.bytes.len() * 7
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.next().is_multiple_of(limit)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() * 256 + self.next()) % limit
    }
}

fn decisions() -> impl Strategy<Value = Decisions> {
    prop::collection::vec(any::<u8>(), 101).prop_map(|bytes| Decisions { bytes, at: 0 })
}

// --- Bodies ---------------------------------------------------------------------------

fn body_of<T: Body>(value: &Value) -> Option<T> {
    let body: T = serde_json::from_value(value.clone()).ok()?;
    body.validate().ok().map(|()| body)
}

/// The places of all values, each as its JSON pointer, outer ones first.
fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace('~', "~0").replace('/', "~1"), member))
            .collect(),
        _ => Vec::new(),
    };
    for (step, inside) in inner {
        found.extend(places(inside).into_iter().map(|place| format!("/{step}{place}")));
    }
    found
}

fn remove(value: &mut Value, place: &str) {
    let (parent, step) = place.rsplit_once('/').unwrap();
    match value.pointer_mut(parent) {
        Some(Value::Array(items)) => {
            let index: usize = step.parse().unwrap();
            if index < items.len() {
                items.remove(index);
            }
        }
        Some(Value::Object(members)) => {
            members.remove(&step.replace("~1", "/").replace("~0", "~"));
        }
        _ => {}
    }
}

/// The body with some members and items left out that may be left out, and other words.
fn thinned<T: Body>(full: &Value, decisions: &mut Decisions, words: &str) -> T {
    let mut value = full.clone();
    for place in places(full).iter().skip(1) {
        let mut tried = value.clone();
        if decisions.one_in(4) {
            remove(&mut tried, place);
        } else if place.ends_with("/en") && decisions.one_in(2) {
            if let Some(text) = tried.pointer_mut(place) {
                *text = words.into();
            }
        } else {
            continue;
        }
        if body_of::<T>(&tried).is_some() {
            value = tried;
        }
    }
    let body: T = body_of(&value).unwrap();
    // Sections that say nothing are not written.
    body_of(&serde_json::to_value(&body).unwrap()).unwrap()
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{1,30}", "[a-z \"\\\\/\u{e000}\u{1f600}]{1,30}"]
}

// --- Documents ------------------------------------------------------------------------

fn signed<T: Body>(body: &T, signers: u8) -> RawDocument {
    let keys: Vec<_> = (1..=signers).map(|seed| SigningKey::from_seed([seed; 32])).collect();
    let issued_at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    // All must sign: so no proof is there that could be altered without being missed.
    let history = KeyHistory::genesis(issued_at, &keys, signers.into()).unwrap();
    let expires_at = issued_at.plus_days(8);
    sign(&Draft { history: &history, sequence: 7, issued_at, expires_at, body }, &keys).unwrap()
}

fn read(bytes: &[u8]) -> Option<Value> {
    json::read(bytes, 256_000).ok()
}

fn verify<T: Body>(bytes: impl Into<bytes::Bytes>) -> Option<Verified<T>> {
    RawDocument::new(bytes).verify().ok()
}

/// The same value in other words.
fn respell(value: &Value, decisions: &mut Decisions, out: &mut String) {
    space(decisions, out);
    match value {
        Value::String(text) => respell_string(text, decisions, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                respell(item, decisions, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for index in (1..members.len()).rev() {
                members.swap(index, decisions.below(index + 1));
            }
            out.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                space(decisions, out);
                respell_string(name, decisions, out);
                space(decisions, out);
                out.push(':');
                respell(member, decisions, out);
            }
            out.push('}');
        }
        Value::Number(number) => match decisions.next() % 4 {
            0 => out.push_str(&format!("{number}.0")),
            1 => out.push_str(&format!("{number}e0")),
            2 if number.as_i64() != Some(0) => out.push_str(&format!("{number}0E-1")),
            _ => out.push_str(&number.to_string()),
        },
        other => out.push_str(&other.to_string()),
    }
    space(decisions, out);
}

fn space(decisions: &mut Decisions, out: &mut String) {
    if decisions.one_in(4) {
        out.push([' ', '\t', '\r', '\n'][decisions.next() % 4]);
    }
}

fn respell_string(text: &str, decisions: &mut Decisions, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match (decisions.next() % 8, character) {
            (0, _) | (_, '"' | '\\' | '\0'..='\x1F') => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            (_, '/') => out.push_str("\\/"),
            (_, other) => out.push(other),
        }
    }
    out.push('"');
}

/// Another value for this place: of the same type where it has one, or of another.
fn other_value(value: &Value, decisions: &mut Decisions) -> Value {
    match (decisions.next() % 3, value) {
        (0, Value::String(text)) => json!(format!("{text} ")),
        (1, Value::String(text)) if !text.is_empty() => {
            json!(text.chars().rev().skip(1).collect::<String>())
        }
        (0 | 1, Value::Number(number)) => json!(number.as_i64().unwrap() + 1),
        (0 | 1, Value::Bool(value)) => json!(!value),
        (0, Value::Array(items)) if items.len() > 1 && items[0] != items[1] => {
            let mut items = items.clone();
            items.swap(0, 1);
            items.into()
        }
        (1, Value::Array(items)) => {
            let mut items = items.clone();
            items.push(json!({}));
            items.into()
        }
        (0 | 1, Value::Object(members)) => {
            let mut members = members.clone();
            members.insert("later".to_owned(), json!(null));
            members.into()
        }
        _ => Value::Null,
    }
}

fn every_promise<T: Body + PartialEq + Debug>(
    full: &Value,
    mut decisions: Decisions,
    words: &str,
) -> Result<(), TestCaseError> {
    let body: T = thinned(full, &mut decisions, words);
    let signers = u8::try_from(1 + decisions.next() % 3).unwrap();
    let raw = signed(&body, signers);
    let verified = raw.clone().verify::<T>().unwrap();
    prop_assert_eq!(verified.body(), &body);
    prop_assert_eq!(verified.signers().len(), usize::from(signers));
    prop_assert_eq!(raw.clone().verify_any().unwrap().kind(), T::KIND);
    let value = read(raw.bytes()).unwrap();
    prop_assert_eq!(&json::canonical(&value), raw.bytes());

    for _ in 0..4 {
        let mut spelling = String::new();
        respell(&value, &mut decisions, &mut spelling);
        let again = verify::<T>(spelling.clone());
        prop_assert!(again.is_some(), "{}", spelling);
        let again = again.unwrap();
        prop_assert_eq!(again.identity(), verified.identity());
        prop_assert_eq!(again.signers(), verified.signers());
        prop_assert_eq!(again.body(), &body);
    }

    // But the set of proofs: no proof covers the others.
    let mut places = places(&value);
    places.retain(|place| {
        !(place.ends_with("/proof") && value.pointer(place).is_some_and(Value::is_array))
    });
    for _ in 0..8 {
        let place = &places[decisions.below(places.len())];
        let mut altered = value.clone();
        let at = altered.pointer_mut(place).unwrap();
        *at = other_value(at, &mut decisions);
        prop_assert!(verify::<T>(altered.to_string()).is_none(), "{}: {}", place, altered);
        if place.rsplit_once('/').is_some() {
            let mut less = value.clone();
            remove(&mut less, place);
            prop_assert!(verify::<T>(less.to_string()).is_none(), "without {}", place);
        }
    }

    for _ in 0..16 {
        let mut bytes = raw.bytes().to_vec();
        let at = decisions.below(bytes.len());
        let byte = u8::try_from(decisions.next() % 256).unwrap();
        match decisions.next() % 3 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_same_value = read(&bytes).as_ref() == Some(&value);
        prop_assert_eq!(verify::<T>(bytes).is_some(), is_same_value, "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_profile_is_what_was_signed_and_nothing_else(decisions in decisions(), words in words()) {
        every_promise::<Profile>(&full_profile(), decisions, &words)?;
    }

    #[test]
    fn a_list_is_what_was_signed_and_nothing_else(decisions in decisions(), words in words()) {
        every_promise::<EndorsementList>(&full_list(), decisions, &words)?;
    }

    #[test]
    fn a_report_is_what_was_signed_and_nothing_else(decisions in decisions(), words in words()) {
        every_promise::<ObservationReport>(&full_report(), decisions, &words)?;
    }

    #[test]
    fn an_index_is_what_was_signed_and_nothing_else(decisions in decisions(), words in words()) {
        every_promise::<Index>(&full_index(), decisions, &words)?;
    }

    #[test]
    fn a_view_is_what_was_signed_and_nothing_else(decisions in decisions(), words in words()) {
        every_promise::<ViewManifest>(&full_view(), decisions, &words)?;
    }
}
