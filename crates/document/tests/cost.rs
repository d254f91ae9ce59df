//! What a document can cost whoever verifies it: memory and work in proportion to its size,
//! whatever it says.
//!
//! Allocations are counted, not timed, so these tests come to the same on every machine. What
//! costs more than in proportion without allocating would show by never ending: at these
//! sizes, anything quadratic takes hours.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod signer;

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use wellspring_document::json::{MAX_VALUES, canonical, read};
use wellspring_document::proof::MAX_PROOFS;
use wellspring_document::{
    Draft, Endorsement, EndorsementList, KeyHistory, KeyState, Kind, MAX_PARTS, MAX_POLICY_VALUES,
    Profile, RawDocument, ViewManifest, sign,
};

use signer::{key, multikey, proof, sha256, to_base58btc, unproved};

const ISSUED_AT: &str = "2026-11-22T10:00:00Z";

/// The code of the refusal, or "holds", and what it took. What the bytes themselves take is
/// not counted: they are there before.
fn verify(bytes: impl Into<Bytes>) -> (&'static str, AllocationInfo) {
    let raw = RawDocument::new(bytes);
    let mut outcome = None;
    let cost = measure(|| outcome = Some(raw.verify_any()));
    (outcome.unwrap().map_or_else(|error| error.code(), |_| "holds"), cost)
}

fn signed<T: wellspring_document::Body>(body: &T) -> Bytes {
    let key = wellspring_document::SigningKey::from_seed([1; 32]);
    let keys = std::slice::from_ref(&key);
    let issued_at = ISSUED_AT.parse().unwrap();
    let history = KeyHistory::genesis(issued_at, keys, 1).unwrap();
    let expires_at = issued_at.plus_days(8);
    let draft = Draft { history: &history, sequence: 1, issued_at, expires_at, body };
    sign(&draft, keys).unwrap().bytes().clone()
}

// --- Honest documents -----------------------------------------------------------------

/// What a node needs at most to verify a document of this many bytes.
fn assert_moderate(what: &str, bytes: Bytes) {
    let length = bytes.len() as u64;
    let (outcome, cost) = verify(bytes);
    println!(
        "{what}: {length} bytes, peak {} ({:.1}x), {} allocations",
        cost.bytes_max,
        cost.bytes_max as f64 / length as f64,
        cost.count_total
    );
    assert_eq!(outcome, "holds", "{what}");
    assert!(cost.bytes_max < 20 * length, "{what}: {} for {length}", cost.bytes_max);
}

#[test]
fn a_small_profile_takes_less_than_twenty_times_its_size() {
    let bytes = include_bytes!("../../../feeds/snapshot/profiles/kolibri.example-former.json");
    assert!((3_000..4_000).contains(&bytes.len()));
    assert_moderate("small profile", Bytes::from_static(bytes));
}

#[test]
fn a_profile_of_the_largest_size_takes_less_than_twenty_times_its_size() {
    let replies: Vec<Value> = (0..100)
        .map(|number| {
            let text =
                |language: &str| format!("{language}: reply {number}. {}", "word ".repeat(150));
            json!({
                "criterion": format!("criterion-{number}"),
                "text": { "de": text("de"), "en": text("en"), "fr": text("fr") },
                "written_at": "2026-10-01",
            })
        })
        .collect();
    let body: Profile = serde_json::from_value(json!({
        "server_name": "garden.example",
        "about": { "name": { "en": "Garden" }, "languages": ["de", "en", "fr"] },
        "replies": replies,
    }))
    .unwrap();
    let mut bytes = signed(&body).to_vec();
    assert!((230_000..256_000).contains(&bytes.len()), "{}", bytes.len());
    bytes.resize(256_000, b' ');
    assert_moderate("profile of long texts", bytes.into());
}

fn entry(number: usize) -> Endorsement {
    serde_json::from_value(json!({
        "server_name": format!("server-{number}.example"),
        "issuer": "zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt",
        "verdict": "endorse",
        "labels": ["beginners", "bridges"],
        "reason": { "en": "Well run for years, quick answers, clear rules." },
        "reviewed_at": "2026-10-01",
        "expires_at": "2027-10-01",
        "criteria": { "finance-report": { "met": true, "note": { "en": "Complete." } } },
        "active_accounts": 400,
        "source": "https://curators.example/reviews/good",
    }))
    .unwrap()
}

fn list(entries: Vec<Endorsement>) -> EndorsementList {
    let curator = serde_json::from_value(json!({ "name": { "en": "Curators" } })).unwrap();
    EndorsementList { entries, ..EndorsementList::new(curator) }
}

#[test]
fn a_list_of_the_largest_size_takes_less_than_twenty_times_its_size() {
    let length = serde_json::to_vec(&entry(10_000)).unwrap().len() + 1;
    let count = (Kind::EndorsementList.max_bytes() - 3_000) / length;
    let bytes = signed(&list((10_000..10_000 + count).map(entry).collect()));
    assert!((7_900_000..=8_000_000).contains(&bytes.len()), "{}", bytes.len());
    assert_moderate("list that says much", bytes);
}

/// The most entries that there can be, each with the least that it can say.
#[test]
fn a_list_of_the_most_entries_takes_less_than_twenty_times_its_size() {
    let entries = (0..100_000).map(|number| {
        serde_json::from_value(json!({ "server_name": format!("s{number}.a"), "verdict": "list" }))
    });
    let bytes = signed(&list(entries.collect::<Result<_, _>>().unwrap()));
    assert_moderate("list of many", bytes);
}

/// The most parts that a manifest can name, and a policy of the most values.
#[test]
fn the_largest_view_takes_less_than_twenty_times_its_size() {
    let parts: Vec<Value> = (0..MAX_PARTS)
        .map(|number| {
            let prefix = format!("{number:012b}");
            json!({ "prefix": prefix, "hash": "ab".repeat(32), "size": 990_000, "records": 700 })
        })
        .collect();
    let issuers = vec!["zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt"; MAX_POLICY_VALUES - 1];
    let body: ViewManifest = serde_json::from_value(json!({
        "community": "a", "now": ISSUED_AT, "policy": { "distrusted": issuers }, "parts": parts,
    }))
    .unwrap();
    assert_moderate("largest view", signed(&body));
}

// --- Hostile texts --------------------------------------------------------------------

/// A text of about that many bytes.
type Text = fn(usize) -> String;

const NO_OBJECT: &str = "envelope.not-an-object";

/// Texts that were made to cost, and what comes of verifying them.
const HOSTILE: [(&str, &str, Text); 25] = [
    ("tiny values", NO_OBJECT, |size| list_of("0", size)),
    ("empty arrays", NO_OBJECT, |size| list_of("[]", size)),
    ("arrays of one", NO_OBJECT, |size| list_of("[0]", size)),
    ("objects of one", NO_OBJECT, |size| list_of("{\"\":0}", size)),
    ("empty strings", NO_OBJECT, |size| list_of("\"\"", size)),
    ("fractions", NO_OBJECT, |size| list_of("0.1", size)),
    ("escapes", NO_OBJECT, |size| format!("\"{}\"", "\\u0061".repeat(size / 6))),
    ("short escapes", NO_OBJECT, |size| format!("\"{}\"", "\\n".repeat(size / 2))),
    ("surrogate pairs", NO_OBJECT, |size| format!("\"{}\"", "\\ud83d\\ude00".repeat(size / 12))),
    ("long text", NO_OBJECT, |size| format!("\"{}\"", "é".repeat(size / 2))),
    ("digits", "json.integer-too-large", |size| "1".repeat(size)),
    ("digits of a fraction", NO_OBJECT, |size| format!("0.{}", "1".repeat(size))),
    ("digits of an exponent", "json.number-too-large", |size| format!("1e{}", "1".repeat(size))),
    ("digits of a small exponent", NO_OBJECT, |size| format!("1e-{}", "9".repeat(size))),
    ("white space", "json.truncated", |size| " ".repeat(size)),
    ("open arrays", "json.too-deep", |size| "[".repeat(size)),
    ("open objects", "json.too-deep", |size| "{\"a\":".repeat(size / 5)),
    ("an open string", "json.truncated", |size| format!("\"{}", "a".repeat(size))),
    ("a fault at the end", "json.syntax", |size| format!("{}x", " ".repeat(size))),
    ("names with one beginning", "envelope.unknown-type", |size| {
        let prefix = "common-beginning-of-all-names-".repeat(4);
        members((0..size / 135).map(|number| format!("{prefix}{number:08}")))
    }),
    ("names from the last to the first", "envelope.unknown-type", |size| {
        members((0..size / 17).rev().map(|number| format!("{number:012}")))
    }),
    ("names that sort otherwise in UTF-16", "envelope.unknown-type", |size| {
        let first = |number| if number % 2 == 0 { '\u{e000}' } else { '\u{10000}' };
        members((0..size / 17).map(|number| format!("{}{number:08}", first(number))))
    }),
    // Maps take more memory than all else, and the policy is read before a signature is. The
    // spaces keep the largest of them within the bound on values.
    ("a policy of tiny objects", "schema.bad-member", |size| {
        let width = if size > 1_000_000 { 33 } else { 0 };
        let tiny = format!("{:<width$}", r#"{"":0}"#);
        manifest("view", &format!(r#""policy":{{"a":{}}}"#, list_of(&tiny, size - 300)))
    }),
    ("more parts than there may be", "schema.bad-member", |size| {
        let part = r#"{"prefix":"","hash":"0000000000000000000000000000000000000000000000000000000000000000","size":1,"records":1}"#;
        manifest("index", &format!(r#""parts":{}"#, list_of(part, size - 300)))
    }),
    ("a name that comes again at the end", "json.duplicate-member", |size| {
        let names = (0..size / 13).map(|number| format!("{number:08}"));
        members(names.chain(["00000000".to_owned()]))
    }),
];

/// An index or view with this member, as far as anything is looked at before its history.
fn manifest(kind: &str, member: &str) -> String {
    let issuer = "zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt";
    format!(
        r#"{{"type":"wellspring.{kind}.v1","issuer":"{issuer}","sequence":1,"issued_at":"{ISSUED_AT}","expires_at":"2026-11-30T10:00:00Z","community":"a","now":"{ISSUED_AT}",{member}}}"#
    )
}

fn list_of(value: &str, size: usize) -> String {
    let mut list = format!("[{value}");
    let further = format!(",{value}");
    while list.len() + further.len() < size {
        list.push_str(&further);
    }
    list + "]"
}

fn members(names: impl Iterator<Item = String>) -> String {
    let members: Vec<String> = names.map(|name| format!("\"{name}\":0")).collect();
    format!("{{{}}}", members.join(","))
}

/// Twice the text takes at most twice the memory and the work, and a little more: what grows
/// by doubling may have just grown.
#[test]
fn hostile_texts_cost_in_proportion_to_their_size() {
    const SIZE: usize = 100_000;
    for (what, code, text) in HOSTILE {
        let (text, twice) = (text(SIZE), text(2 * SIZE));
        let ((found, once), (_, double)) = (verify(text.clone()), verify(twice));
        assert_eq!(found, code, "{what}");
        for (measure, once, double) in [
            ("bytes", once.bytes_total, double.bytes_total),
            ("peak", once.bytes_max, double.bytes_max),
            ("allocations", once.count_total, double.count_total),
        ] {
            let limit = once * 22 / 10 + 10_000;
            assert!(double <= limit, "{what}: {measure}: {once}, then {double}");
        }
        let Ok(value) = read(text.as_bytes(), text.len()) else { continue };
        let cost = measure(|| drop(canonical(&value)));
        let limit = 20 * text.len() as u64 + 10_000;
        assert!(cost.bytes_max < limit, "{what}: {} for {}", cost.bytes_max, text.len());
    }
}

/// The largest texts of each sort. What can take the most is bounded by the number of values
/// ([`MAX_VALUES`]).
#[test]
fn the_largest_hostile_texts_stay_within_the_bound() {
    const BOUND: u64 = MAX_VALUES as u64 * 200;
    for (what, _, text) in HOSTILE {
        let text = text(Kind::LARGEST_BYTES - 100);
        let (length, (code, cost)) = (text.len(), verify(text));
        println!("{what}: {length} bytes, peak {}, {code}", cost.bytes_max);
        assert_ne!(code, "holds");
        assert!(cost.bytes_max < BOUND, "{what}: {} bytes", cost.bytes_max);
    }
}

// --- Signatures -----------------------------------------------------------------------

/// A history of `count` states, each with `keys` signing keys and `proofs` proofs.
fn long_history(count: usize, keys: &[SigningKey], proofs: usize) -> Vec<Value> {
    let names: Vec<String> = keys.iter().map(multikey).collect();
    let mut states: Vec<Value> = Vec::new();
    for version in 1..=count {
        let mut state = json!({
            "version": version, "issued_at": ISSUED_AT, "signing_keys": names, "threshold": keys.len(),
        });
        if let Some(before) = states.last() {
            state["previous"] = multihash(before).into();
        }
        let once: Vec<Value> = keys.iter().map(|key| proof(&state, key)).collect();
        state["proof"] = once.iter().cycle().take(proofs).cloned().collect();
        states.push(state);
    }
    states
}

fn multihash(state: &Value) -> String {
    to_base58btc(&[&[0x12, 0x20][..], &sha256(&unproved(state))].concat())
}

fn document_with(history: &[Value], key: &SigningKey, mut body: Value) -> Vec<u8> {
    for (member, value) in [
        ("issuer", json!(multihash(&history[0]))),
        ("key_history", json!(history)),
        ("sequence", json!(1)),
        ("issued_at", json!(ISSUED_AT)),
        ("expires_at", json!("2026-11-30T10:00:00Z")),
    ] {
        body[member] = value;
    }
    body["proof"] = proof(&body, key);
    canonical(&body)
}

/// The longest history there can be, every state with the most keys and the most proofs: some
/// 4,100 signatures, which no kind of document can exceed.
#[test]
fn the_longest_history_is_verified() {
    let keys: Vec<_> = (1..=16).map(key).collect();
    assert_eq!(keys.len(), KeyState::MAX_KEYS);
    let states = long_history(KeyHistory::MAX_STATES, &keys, MAX_PROOFS);
    let history = KeyHistory::verify(&states).unwrap();
    assert_eq!(history.version(), 128);
    let mut longer = states.clone();
    longer.push(states[127].clone());
    assert_eq!(KeyHistory::verify(&longer).unwrap_err().code(), "history.too-long");

    let list = json!({
        "type": "wellspring.endorsement-list.v1", "curator": { "name": { "en": "C" } },
    });
    // Sixteen must sign the document, and one does.
    let bytes = document_with(&states, &keys[0], list);
    assert!((1_400_000..1_500_000).contains(&bytes.len()), "{}", bytes.len());
    let length = bytes.len() as u64;
    let (outcome, cost) = verify(bytes);
    println!("longest history: {length} bytes, peak {}", cost.bytes_max);
    assert_eq!(outcome, "proof.below-threshold");
    assert!(cost.bytes_max < 20 * length, "{} for {length}", cost.bytes_max);
}

/// How many signatures a profile can demand: as many of the shortest proofs as fit. One takes
/// over 300 bytes, so 256,000 bytes hold fewer than 800.
#[test]
fn a_profile_cannot_demand_more_signatures_than_fit_into_it() {
    let key = key(1);
    let body = json!({
        "type": "wellspring.profile.v1", "server_name": "a.example",
        "about": { "name": { "en": "A" } },
    });
    let states = long_history(32, std::slice::from_ref(&key), MAX_PROOFS);
    let (count, bytes) = (1..=states.len())
        .map(|count| (count, document_with(&states[..count], &key, body.clone())))
        .take_while(|(_, bytes)| bytes.len() <= Kind::Profile.max_bytes())
        .last()
        .unwrap();
    assert!(count < states.len());
    assert_eq!(verify(bytes).0, "holds");
    let signatures = count * MAX_PROOFS + 1;
    println!("{signatures} signatures in a profile");
    assert!((500..800).contains(&signatures), "{signatures}");
}
