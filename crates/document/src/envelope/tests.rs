use serde_json::{Value, json};

use super::*;
use crate::endorsement::Curator;
use crate::observation::Observer;
use crate::{Draft, KeyState, Localized, Quorum, ServerName, SigningKey, sign};

/// The moment at which everything in these tests is issued.
pub(crate) const ISSUED_AT: &str = "2026-11-22T10:00:00Z";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

pub(crate) fn keys(seeds: &[u8]) -> Vec<SigningKey> {
    seeds.iter().map(|seed| key(*seed)).collect()
}

/// The history of an issuer of whose keys `threshold` sign.
pub(crate) fn history(seeds: &[u8], threshold: u32) -> KeyHistory {
    KeyHistory::genesis(time(ISSUED_AT), &keys(seeds), threshold).unwrap()
}

/// `history` after a rotation to the one key `seed`, by the signers given.
pub(crate) fn rotated(history: &KeyHistory, seed: u8, signers: &[u8]) -> KeyHistory {
    let signing = Quorum { keys: [key(seed).public()].into(), threshold: 1 };
    let state = KeyState { issued_at: time(ISSUED_AT), signing, recovery: None };
    history.extend(&state, &keys(signers)).unwrap()
}

pub(crate) fn profile_body() -> Profile {
    let name = Localized::english("Garden").unwrap();
    Profile::new(ServerName::parse("garden.example").unwrap(), name)
}

pub(crate) fn list_body() -> EndorsementList {
    EndorsementList::new(Curator::new(Localized::english("Curators").unwrap()))
}

pub(crate) fn report_body() -> ObservationReport {
    ObservationReport::new(Observer::new(Localized::english("Observer").unwrap()))
}

pub(crate) fn draft<'a, T>(history: &'a KeyHistory, body: &'a T) -> Draft<'a, T> {
    let issued_at = time(ISSUED_AT);
    Draft { history, sequence: 1, issued_at, expires_at: issued_at.plus_days(8), body }
}

fn profile() -> RawDocument {
    sign(&draft(&history(&[1], 1), &profile_body()), &keys(&[1])).unwrap()
}

fn value(raw: &RawDocument) -> Value {
    json::read(raw.bytes(), raw.bytes().len()).unwrap()
}

fn raw(document: &Value) -> RawDocument {
    RawDocument::new(document.to_string())
}

/// A document with proofs of these keys, whatever it says.
pub(crate) fn signed(mut document: Value, keys: &[SigningKey]) -> RawDocument {
    proof::attach(document.as_object_mut().unwrap(), keys, time(ISSUED_AT));
    raw(&document)
}

/// The profile after an alteration that its signer made, so that the proof holds.
fn resigned(alter: impl FnOnce(&mut Value)) -> RawDocument {
    let mut document = value(&profile());
    alter(&mut document);
    signed(document, &keys(&[1]))
}

fn remove(document: &mut Value, member: &str) {
    document.as_object_mut().unwrap().remove(member).unwrap();
}

fn refusal(raw: RawDocument) -> VerifyError {
    raw.verify::<Profile>().unwrap_err()
}

fn code(raw: RawDocument) -> &'static str {
    raw.verify::<Profile>().map_or_else(|error| error.code(), |_| "holds")
}

/// The committed form: other programs can check theirs against it.
#[test]
fn the_shortest_profile_is_these_bytes() {
    let raw = profile();
    insta::assert_snapshot!(String::from_utf8_lossy(raw.bytes()), @r#"{"about":{"name":{"en":"Garden"}},"expires_at":"2026-11-30T10:00:00Z","issued_at":"2026-11-22T10:00:00Z","issuer":"zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt","key_history":[{"issued_at":"2026-11-22T10:00:00Z","proof":{"created":"2026-11-22T10:00:00Z","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","proofValue":"z557iYRdK14wJqTqmqGJ7m8KcMXtxN1xuj2Lik8U3Bh5DwYhi3MGM1NsuqhvcGSnvxBKVgsiGunSR3igGh4t2jX3a","type":"DataIntegrityProof","verificationMethod":"did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX#z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"},"signing_keys":["z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"],"threshold":1,"version":1}],"proof":{"created":"2026-11-22T10:00:00Z","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","proofValue":"z5hiHaNkzHReRdRgST42AZCpzwxmf4zNpADhqMHgFoRfEgyZ62GGuN8udkhB1VoHKjhY7EpXVKXQiPYssopoFLwAB","type":"DataIntegrityProof","verificationMethod":"did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX#z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"},"sequence":1,"server_name":"garden.example","type":"wellspring.profile.v1"}"#);
    let verified = raw.verify::<Profile>().unwrap();
    insta::assert_snapshot!(verified.identity(), @"1be23cb2d78780d6b8afdbffcd153a6a9c536448da70794db8ededb342b6897f");
    insta::assert_snapshot!(verified.bytes_hash(), @"73f3dbb25a6fabcebb3f791db5446765860c574b1892357d09a2a185c46e3fac");
    insta::assert_snapshot!(key(1).public(), @"z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX");
}

#[test]
fn a_verified_document_gives_what_was_signed() {
    let history = history(&[1, 2, 3], 2);
    let body = profile_body();
    let draft = Draft { sequence: 41, ..draft(&history, &body) };
    let raw = sign(&draft, &keys(&[3, 1])).unwrap();
    let verified = raw.clone().verify::<Profile>().unwrap();
    assert_eq!(verified.issuer(), history.issuer());
    assert_eq!(verified.history(), &history);
    assert_eq!(verified.signers(), &[key(1).public(), key(3).public()].into());
    assert_eq!((verified.key_version(), verified.sequence()), (1, 41));
    assert_eq!(verified.issued_at(), draft.issued_at);
    assert_eq!(verified.expires_at(), draft.expires_at);
    assert_eq!(verified.body(), &body);
    assert_eq!(verified.subject(), "garden.example");
    assert_eq!(verified.bytes(), raw.bytes());
    assert_eq!(verified.bytes_hash(), BytesHash::of(raw.bytes()));
    let last_second = verified.expires_at().plus_seconds(-1);
    assert!(!verified.is_expired(last_second) && verified.is_expired(verified.expires_at()));
}

#[test]
fn a_document_of_any_kind_says_which_it_is() {
    let history = history(&[1], 1);
    let all = [
        sign(&draft(&history, &profile_body()), &keys(&[1])),
        sign(&draft(&history, &list_body()), &keys(&[1])),
        sign(&draft(&history, &report_body()), &keys(&[1])),
    ];
    for (raw, kind) in all.into_iter().zip(Kind::ALL) {
        let raw = raw.unwrap();
        let any = raw.clone().verify_any().unwrap();
        assert_eq!(any.kind(), kind);
        assert_eq!(Kind::from_type_name(kind.type_name()), Some(kind));
        assert_eq!((any.issuer(), any.history()), (history.issuer(), &history));
        assert_eq!((any.key_version(), any.sequence()), (1, 1));
        assert_eq!(any.signers(), &[key(1).public()].into());
        assert_eq!(any.issued_at(), time(ISSUED_AT));
        assert!(any.is_expired(any.expires_at()));
        assert_eq!((any.bytes(), any.bytes_hash()), (raw.bytes(), BytesHash::of(raw.bytes())));
        let AnyVerified::Profile(profile) = any else { continue };
        assert_eq!(profile.identity(), raw.verify::<Profile>().unwrap().identity());
    }
}

/// Each document is signed by its issuer and breaks one rule.
#[test]
fn a_document_that_breaks_one_rule_is_refused_for_it() {
    type Alteration = fn(&mut Value);
    let alterations: [(&str, Alteration); 36] = [
        ("holds", |_| {}),
        ("envelope.unknown-type", |d| remove(d, "type")),
        ("envelope.unknown-type", |d| d["type"] = json!(1)),
        ("envelope.unknown-type", |d| d["type"] = json!("wellspring.profile.v2")),
        ("envelope.unknown-type", |d| d["type"] = json!(["wellspring.profile.v1"])),
        ("envelope.wrong-kind", |d| d["type"] = json!("wellspring.endorsement-list.v1")),
        ("holds", |d| d["@context"] = json!(proof::CONTEXT)),
        ("envelope.wrong-context", |d| d["@context"] = json!("https://context.example/")),
        ("envelope.wrong-context", |d| d["@context"] = json!([proof::CONTEXT])),
        ("envelope.wrong-context", |d| d["@context"] = json!([proof::CONTEXT, "urn:more"])),
        ("envelope.wrong-context", |d| d["@context"] = json!(null)),
        ("envelope.bad-member", |d| remove(d, "issuer")),
        ("envelope.bad-member", |d| d["issuer"] = json!("garden.example")),
        ("envelope.bad-member", |d| remove(d, "key_history")),
        ("envelope.bad-member", |d| d["key_history"] = d["key_history"][0].clone()),
        ("envelope.bad-member", |d| remove(d, "sequence")),
        ("envelope.bad-member", |d| d["sequence"] = json!("1")),
        ("envelope.bad-member", |d| d["sequence"] = json!(0)),
        ("envelope.bad-member", |d| d["sequence"] = json!(-1)),
        ("envelope.bad-member", |d| d["sequence"] = json!(1.5)),
        ("envelope.bad-member", |d| d["sequence"] = json!(9_007_199_254_740_992.0)),
        ("json.integer-too-large", |d| d["sequence"] = json!(9_007_199_254_740_992_u64)),
        ("holds", |d| d["sequence"] = json!(9_007_199_254_740_991_u64)),
        ("envelope.bad-member", |d| remove(d, "issued_at")),
        ("envelope.bad-member", |d| d["issued_at"] = json!("2026-11-22T10:00:00+00:00")),
        ("envelope.bad-member", |d| remove(d, "expires_at")),
        ("envelope.bad-member", |d| d["expires_at"] = json!(null)),
        ("envelope.expires-before-issued", |d| d["expires_at"] = json!(ISSUED_AT)),
        ("envelope.expires-before-issued", |d| d["expires_at"] = json!("2026-11-22T09:59:59Z")),
        ("schema.bad-member", |d| remove(d, "server_name")),
        ("schema.bad-member", |d| remove(&mut d["about"], "name")),
        ("schema.bad-member", |d| d["registration"] = json!({ "mode": "maybe" })),
        ("history.empty", |d| d["key_history"] = json!([])),
        ("history.malformed", |d| remove(&mut d["key_history"][0], "threshold")),
        ("history.below-threshold", |d| remove(&mut d["key_history"][0], "proof")),
        ("envelope.wrong-issuer", |d| d["issuer"] = json!(history(&[2], 1).issuer())),
    ];
    for (index, (expected, alter)) in alterations.into_iter().enumerate() {
        let raw = resigned(alter);
        assert_eq!(code(raw.clone()), expected, "{index}");
        // A profile made into a list has none of a list's own members.
        let of_any = if expected == "envelope.wrong-kind" { "schema.bad-member" } else { expected };
        let found = raw.verify_any().map_or_else(|error| error.code(), |_| "holds");
        assert_eq!(found, of_any, "{index}, of any kind");
    }
    for text in ["[]", "\"wellspring.profile.v1\"", "null"] {
        assert_eq!(code(RawDocument::new(text)), "envelope.not-an-object");
    }
}

/// Each document was altered after it was signed.
#[test]
fn an_alteration_after_signing_is_refused() {
    type Alteration = fn(&mut Value);
    let alterations: [(&str, Alteration); 15] = [
        ("proof.missing", |d| remove(d, "proof")),
        ("proof.missing", |d| d["proof"] = json!([])),
        ("proof.malformed", |d| d["proof"] = json!(null)),
        ("proof.too-many", |d| d["proof"] = json!(vec![d["proof"].clone(); 33])),
        ("proof.wrong-cryptosuite", |d| d["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022")),
        ("proof.context-mismatch", |d| d["@context"] = json!(proof::CONTEXT)),
        ("proof.context-mismatch", |d| d["proof"]["@context"] = json!(proof::CONTEXT)),
        ("proof.expired", |d| d["proof"]["expires"] = json!("2999-01-01T00:00:00Z")),
        ("proof.bad-proof-value", |d| d["proof"]["proofValue"] = json!("z")),
        ("proof.invalid-signature", |d| d["sequence"] = json!(2)),
        ("proof.invalid-signature", |d| d["expires_at"] = json!("2027-01-01T00:00:00Z")),
        ("proof.invalid-signature", |d| d["server_name"] = json!("barden.example")),
        ("proof.invalid-signature", |d| d["about"]["unknown"] = json!(1)),
        ("proof.invalid-signature", |d| d["unknown"] = json!(1)),
        ("proof.invalid-signature", |d| d["proof"]["unknown"] = json!(1)),
    ];
    for (index, (expected, alter)) in alterations.into_iter().enumerate() {
        let mut document = value(&profile());
        alter(&mut document);
        assert_eq!(code(raw(&document)), expected, "{index}");
    }
    // The proof of a key state is not under that state's hash, but under the document's.
    let mut document = value(&profile());
    let extra =
        proof::create(document["key_history"][0].as_object().unwrap(), &key(9), time(ISSUED_AT));
    document["key_history"][0]["proof"] = json!([document["key_history"][0]["proof"], extra]);
    assert_eq!(code(raw(&document)), "proof.invalid-signature");
}

#[test]
fn bytes_that_are_not_strict_json_are_refused_before_anything_else() {
    let text = String::from_utf8(profile().bytes().to_vec()).unwrap();
    let with = |from: &str, to: &str| code(RawDocument::new(text.replacen(from, to, 1)));
    assert_eq!(with("{", "\u{feff}{"), "json.byte-order-mark");
    assert_eq!(with("\"sequence\":1", "\"sequence\":1,\"sequence\":1"), "json.duplicate-member");
    assert_eq!(
        with("\"sequence\":1", "\"sequence\":1,\"\\u0073equence\":2"),
        "json.duplicate-member"
    );
    assert_eq!(
        with("\"sequence\":1", "\"sequence\":1,\"later\":[{\"a\":0,\"a\":0}]"),
        "json.duplicate-member"
    );
    assert_eq!(
        with("\"sequence\":1", "\"sequence\":1,\"later\":\"\\ud800\""),
        "json.lone-surrogate"
    );
    assert_eq!(with("Garden", "Gar\u{ffff}den"), "json.noncharacter");
    assert_eq!(code(RawDocument::new(text.clone() + "{}")), "json.trailing-data");
    assert_eq!(code(RawDocument::new(text[..text.len() - 1].to_owned())), "json.truncated");
    let deep = format!("\"sequence\":1,\"later\":{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(with("\"sequence\":1", &deep), "json.too-deep");
}

#[test]
fn other_spellings_of_a_document_are_the_same_document() {
    let canonical = profile().verify::<Profile>().unwrap();
    let pretty = serde_json::to_vec_pretty(&value(&profile())).unwrap();
    let pretty = RawDocument::new(pretty).verify::<Profile>().unwrap();
    assert_eq!(pretty.identity(), canonical.identity());
    assert_ne!(pretty.bytes_hash(), canonical.bytes_hash());

    let text = String::from_utf8(profile().bytes().to_vec()).unwrap();
    let respelt = text.replace("\"sequence\":1,", "\r\n\t\"\\u0073equence\" : 10.0e-1 ,");
    assert_ne!(respelt, text);
    let respelt = RawDocument::new(respelt).verify::<Profile>().unwrap();
    assert_eq!(respelt.identity(), canonical.identity());
    assert_eq!(respelt.sequence(), 1);
}

#[test]
fn unknown_members_stay_and_stay_under_the_signature() {
    let newer = |note: &str| {
        resigned(|d| {
            d["later"] = json!({ "note": note, "count": 0.5 });
            d["about"]["mascot"] = json!("hedgehog");
        })
    };
    let verified = newer("a").verify::<Profile>().unwrap();
    assert_eq!(verified.body(), &profile_body());
    assert!(value(&RawDocument::new(verified.bytes().clone()))["later"]["note"] == "a");
    assert_ne!(verified.identity(), profile().verify::<Profile>().unwrap().identity());
    assert_ne!(verified.identity(), newer("b").verify::<Profile>().unwrap().identity());
    let altered =
        String::from_utf8(newer("a").bytes().to_vec()).unwrap().replace("hedgehog", "hedgedog");
    assert_eq!(code(RawDocument::new(altered)), "proof.invalid-signature");
}

#[test]
fn the_threshold_counts_distinct_keys_of_the_issuer() {
    let unsigned = |history: &KeyHistory| {
        let mut document = value(&profile());
        document["issuer"] = json!(history.issuer());
        document["key_history"] = json!(history.to_json());
        document
    };
    let two_of_three = unsigned(&history(&[1, 2, 3], 2));
    let signers = |seeds: &[u8]| {
        let verified = signed(two_of_three.clone(), &keys(seeds)).verify::<Profile>();
        verified.map(|verified| verified.signers().len()).map_err(|error| error.code())
    };
    assert_eq!(signers(&[1, 2]), Ok(2));
    assert_eq!(signers(&[3, 2, 1]), Ok(3));
    assert_eq!(signers(&[1]), Err("proof.below-threshold"));
    assert_eq!(signers(&[1, 1, 1]), Err("proof.below-threshold"));
    assert_eq!(signers(&[1, 8, 9]), Err("proof.below-threshold"));
    assert_eq!(signers(&[8, 9]), Err("proof.below-threshold"));
    // Outsiders and repetitions add nothing and take nothing away, up to the limit.
    assert_eq!(signers(&[8, 1, 1, 9, 2]), Ok(2));
    let most: Vec<u8> = (1..=32).collect();
    assert_eq!(signers(&most), Ok(3));
    let too_many: Vec<u8> = (1..=33).collect();
    assert_eq!(signers(&too_many), Err("proof.too-many"));

    // Of an issuer with one key, a stranger's good signature is not the issuer's.
    let stranger = signed(value(&profile()), &keys(&[2]));
    assert_eq!(code(stranger), "proof.below-threshold");
}

/// The most repeated fault of implementations of TUF: counting entries, not keys.
#[test]
fn a_key_that_is_listed_twice_counts_once() {
    let with_state = |signing_keys: Value, threshold: u32| {
        let mut state = json!({
            "version": 1,
            "issued_at": ISSUED_AT,
            "signing_keys": signing_keys,
            "threshold": threshold,
        });
        proof::attach(state.as_object_mut().unwrap(), &keys(&[1, 1]), time(ISSUED_AT));
        let issuer = KeyHistory::verify(std::slice::from_ref(&state)).map(|h| h.issuer().clone());
        let mut document = value(&profile());
        document["issuer"] = json!(issuer.unwrap_or_else(|_| history(&[1], 1).issuer().clone()));
        document["key_history"] = json!([state]);
        code(signed(document, &keys(&[1, 1])))
    };
    let (one, two) = (key(1).public(), key(2).public());
    assert_eq!(with_state(json!([one, one]), 1), "holds");
    assert_eq!(with_state(json!([one, one]), 2), "history.bad-threshold");
    assert_eq!(with_state(json!([one, two]), 2), "history.below-threshold");
    assert_eq!(with_state(json!([one]), 0), "history.bad-threshold");
    // A key for key agreement (X25519), which signs nothing.
    let x25519 = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc";
    assert_eq!(with_state(json!([one, x25519]), 1), "history.malformed");
}

#[test]
fn a_broken_proof_does_not_spoil_a_threshold_that_is_met() {
    let history = history(&[1, 2, 3], 2);
    let signed_by_all = sign(&draft(&history, &profile_body()), &keys(&[1, 2, 3])).unwrap();
    let with_broken = |proofs: &[usize]| {
        let mut document = value(&signed_by_all);
        for index in proofs {
            document["proof"][*index]["created"] = json!("2026-11-22T10:00:01Z");
        }
        raw(&document).verify::<Profile>()
    };
    let verified = with_broken(&[1]).unwrap();
    assert_eq!(verified.signers(), &[key(1).public(), key(3).public()].into());
    assert_eq!(with_broken(&[0, 1]).unwrap_err().code(), "proof.below-threshold");
    assert_eq!(with_broken(&[0, 1, 2]).unwrap_err().code(), "proof.invalid-signature");
}

#[test]
fn proofs_are_no_part_of_the_identity() {
    let history = history(&[1, 2, 3], 2);
    let body = profile_body();
    let identity = |seeds: &[u8]| {
        let raw = sign(&draft(&history, &body), &keys(seeds)).unwrap();
        raw.verify::<Profile>().unwrap().identity()
    };
    assert_eq!(identity(&[1, 2]), identity(&[2, 3]));
    assert_eq!(identity(&[1, 2]), identity(&[3, 2, 1]));
}

#[test]
fn only_the_last_key_state_signs() {
    let retired = rotated(&history(&[1], 1), 2, &[1, 2]);
    let raw = sign(&draft(&retired, &profile_body()), &keys(&[2])).unwrap();
    let verified = raw.verify::<Profile>().unwrap();
    assert_eq!(verified.issuer(), history(&[1], 1).issuer());
    assert_eq!(verified.key_version(), 2);

    let mut document = value(&RawDocument::new(verified.bytes().clone()));
    let by_retired_key = signed(document.clone(), &keys(&[1]));
    assert_eq!(code(by_retired_key), "proof.below-threshold");
    // Without the rotation it holds again: whether the keys are outdated is for whoever
    // knows of the rotation to say.
    document["key_history"] = json!(history(&[1], 1).to_json());
    assert_eq!(code(signed(document, &keys(&[1]))), "holds");
}

#[test]
fn lifetimes_end_where_the_kind_says() {
    fn lifetime<T: Body>(body: &T, seconds: i64) -> Result<(), &'static str> {
        let history = history(&[1], 1);
        let issued_at = time(ISSUED_AT);
        let draft = Draft { expires_at: issued_at.plus_seconds(seconds), ..draft(&history, body) };
        sign(&draft, &keys(&[1])).map(drop).map_err(|error| match error {
            crate::SignError::WouldBeRefused(error) => error.code(),
            _ => "not refused by verification",
        })
    }
    let day = 86_400;
    assert_eq!(lifetime(&profile_body(), 1), Ok(()));
    assert_eq!(lifetime(&profile_body(), 0), Err("envelope.expires-before-issued"));
    assert_eq!(lifetime(&profile_body(), 400 * day), Ok(()));
    assert_eq!(lifetime(&profile_body(), 400 * day + 1), Err("envelope.lifetime-too-long"));
    assert_eq!(lifetime(&list_body(), 100 * day), Ok(()));
    assert_eq!(lifetime(&list_body(), 100 * day + 1), Err("envelope.lifetime-too-long"));
    assert_eq!(lifetime(&report_body(), 8 * day), Ok(()));
    assert_eq!(lifetime(&report_body(), 8 * day + 1), Err("envelope.lifetime-too-long"));
}

#[test]
fn sizes_end_where_the_kind_says() {
    /// The document with white space behind it, which changes nothing but the size.
    fn padded(raw: &RawDocument, length: usize) -> RawDocument {
        let mut bytes = raw.bytes().to_vec();
        bytes.resize(length, b' ');
        RawDocument::new(bytes)
    }
    fn check<T: Body>(body: &T, limit: usize) {
        let raw = sign(&draft(&history(&[1], 1), body), &keys(&[1])).unwrap();
        let largest = padded(&raw, limit);
        assert!(largest.clone().verify::<T>().is_ok(), "{}", T::KIND);
        assert!(largest.verify_any().is_ok(), "{}", T::KIND);
        let too_large = padded(&raw, limit + 1);
        let refusals = [
            too_large.clone().verify::<T>().map(drop).unwrap_err(),
            too_large.verify_any().map(drop).unwrap_err(),
        ];
        for error in refusals {
            assert_eq!(error.code(), "json.too-large");
            assert!(error.to_string().contains(&limit.to_string()), "{error}");
        }
    }
    check(&profile_body(), 256_000);
    check(&list_body(), 8_000_000);
    check(&report_body(), 16_000_000);
}

#[test]
fn a_refusal_is_one_sentence_with_its_reason() {
    let with = |alter: fn(&mut Value)| refusal(resigned(alter));
    insta::assert_snapshot!(refusal(RawDocument::new("[]")), @"a document is a JSON object");
    insta::assert_snapshot!(refusal(RawDocument::new("{\"a\":1,\"a\":2}")), @r#"the member "a" appears twice (at byte 7)"#);
    insta::assert_snapshot!(with(|d| remove(d, "type")), @"type: is required; without it this is no document of Wellspring");
    insta::assert_snapshot!(with(|d| d["type"] = json!("wellspring.profile.v2")), @r#"type: "wellspring.profile.v2" is no kind of document that this version knows"#);
    insta::assert_snapshot!(with(|d| d["type"] = json!({ "\u{1b}[2J": "a".repeat(100) })), @r#"type: {"\\u001b[2J":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… is no kind of document that this version knows"#);
    insta::assert_snapshot!(with(|d| d["type"] = json!("wellspring.observation-report.v1")), @"type: this is a document of the kind observation report, where profile was asked for");
    insta::assert_snapshot!(with(|d| d["@context"] = json!([])), @r#"@context: a document carries none, or exactly "https://w3id.org/security/data-integrity/v2""#);
    insta::assert_snapshot!(with(|d| d["sequence"] = json!(0)), @"sequence: must be between 1 and 2^53 - 1");
    insta::assert_snapshot!(with(|d| d["issued_at"] = json!("today")), @r#"issued_at: "today" is not a time of the form 2026-11-22T10:00:00Z (UTC, whole seconds, years 1970 to 9999)"#);
    insta::assert_snapshot!(with(|d| d["issuer"] = json!(history(&[2], 1).issuer())), @"issuer: the document names zQmT9mqbEQBT9nZQkD6ua4o3mWzN95STcjtRa71pp5W6SNh, but its key history is that of zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt");
    insta::assert_snapshot!(with(|d| d["expires_at"] = json!(ISSUED_AT)), @"expires_at: a document expires after it was issued");
    insta::assert_snapshot!(with(|d| d["expires_at"] = json!("2028-01-01T00:00:00Z")), @"expires_at: this profile is valid for longer than the 400 days allowed");
    insta::assert_snapshot!(with(|d| d["server_name"] = json!("Garden.example")), @r#"server_name: "Garden.example" has an upper-case letter; server names in documents are lower case"#);
    insta::assert_snapshot!(with(|d| remove(d, "key_history")), @"key_history: must be the list of the issuer's key states");
    insta::assert_snapshot!(with(|d| d["key_history"] = json!([])), @"key_history: the key history is empty");
    insta::assert_snapshot!(with(|d| d["key_history"][0]["threshold"] = json!(2)), @"key_history: key state 1: threshold is 2, but must be at least 1 and at most 1, the number of distinct keys");
    insta::assert_snapshot!(with(|d| d["key_history"][0]["issued_at"] = json!("2026-11-22T10:00:01Z")), @"key_history: key state 1 is not signed by the threshold of its own signing keys: the signature does not fit the document: one of them was altered, or another key signed");

    let altered = |alter: fn(&mut Value)| {
        let mut document = value(&profile());
        alter(&mut document);
        refusal(raw(&document))
    };
    insta::assert_snapshot!(altered(|d| remove(d, "proof")), @"proof: the document has no proof");
    insta::assert_snapshot!(altered(|d| d["sequence"] = json!(2)), @"proof: the signature does not fit the document: one of them was altered, or another key signed");
    insta::assert_snapshot!(altered(|d| d["proof"]["verificationMethod"] = json!("did:key:z6Mk#z6Mk")), @r#"proof: the proof's key is refused: "z6Mk" is not a Multikey: "z" and the base58btc of 34 bytes, in its one canonical spelling"#);
    insta::assert_snapshot!(refusal(signed(value(&profile()), &keys(&[2]))), @"proof: signed by 0 of the issuer's current keys, where 1 are needed");
    insta::assert_snapshot!(altered(|d| {
        let stranger = proof::create(d.as_object().unwrap(), &key(2), time(ISSUED_AT));
        d["proof"] = json!([stranger, { "type": "Ed25519Signature2020" }]);
    }), @r#"proof: signed by 0 of the issuer's current keys, where 1 are needed; one proof does not count: the proof's type is "Ed25519Signature2020", not "DataIntegrityProof""#);
}
