use serde::{Deserialize, Serialize};

use super::*;
use crate::envelope::tests::{
    ISSUED_AT, draft, history, keys, list_body, profile_body, report_body, time,
};
use crate::{Kind, Profile};

fn refusal<T: Body>(draft: &Draft<'_, T>, signers: &[u8]) -> SignError {
    sign(draft, &keys(signers)).unwrap_err()
}

#[test]
fn every_kind_of_body_survives_signing() {
    fn check<T: Body + PartialEq + std::fmt::Debug>(body: &T) {
        let history = history(&[1], 1);
        let raw = sign(&draft(&history, body), &keys(&[1])).unwrap();
        let verified = raw.verify::<T>().unwrap();
        assert_eq!(verified.body(), body);
        assert_eq!(verified.history(), &history);
    }
    check(&profile_body());
    check(&crate::authoring::tests::full_profile());
    check(&list_body());
    check(&crate::authoring::tests::full_list());
    check(&report_body());
}

/// Whoever signs the same twice must not be taken for an equivocator.
#[test]
fn signing_twice_gives_the_same_bytes() {
    let history = history(&[1, 2], 2);
    let body = profile_body();
    let once = sign(&draft(&history, &body), &keys(&[1, 2])).unwrap();
    assert_eq!(sign(&draft(&history, &body), &keys(&[1, 2])).unwrap(), once);
}

#[test]
fn one_signer_makes_a_proof_and_several_a_set() {
    let history = history(&[1, 2], 1);
    let body = profile_body();
    let proof = |signers: &[u8]| {
        let raw = sign(&draft(&history, &body), &keys(signers)).unwrap();
        let mut document: Value = serde_json::from_slice(raw.bytes()).unwrap();
        document["proof"].take()
    };
    let single = proof(&[2]);
    assert_eq!(single["created"], ISSUED_AT);
    assert_eq!(single["cryptosuite"], "eddsa-jcs-2022");
    let set = proof(&[2, 1]);
    assert_eq!(set.as_array().map(Vec::len), Some(2));
    assert_eq!(set[0], single);
}

#[test]
fn what_nodes_would_refuse_is_not_signed() {
    let history = history(&[1, 2, 3], 2);
    let body = profile_body();
    let good = draft(&history, &body);
    assert!(sign(&good, &keys(&[1, 2])).is_ok());

    insta::assert_snapshot!(refusal(&good, &[]), @"no key was given to sign with");
    insta::assert_snapshot!(refusal(&good, &[1]), @"no node would take the document: proof: signed by 1 of the issuer's current keys, where 2 are needed");
    insta::assert_snapshot!(refusal(&good, &[8, 9]), @"no node would take the document: proof: signed by 0 of the issuer's current keys, where 2 are needed");
    insta::assert_snapshot!(refusal(&Draft { sequence: 0, ..good }, &[1, 2]), @"no node would take the document: sequence: must be between 1 and 2^53 - 1");
    let too_high = Draft { sequence: 1 << 53, ..good };
    insta::assert_snapshot!(refusal(&too_high, &[1, 2]), @"no node would take the document: sequence: an integer beyond ±(2^53 − 1), which readers would round differently (RFC 7493, section 2.2) (at byte 2249)");
    let backwards = Draft { expires_at: time("2026-11-22T09:00:00Z"), ..good };
    insta::assert_snapshot!(refusal(&backwards, &[1, 2]), @"no node would take the document: expires_at: a document expires after it was issued");
    let endless = Draft { expires_at: Timestamp::MAX, ..good };
    insta::assert_snapshot!(refusal(&endless, &[1, 2]), @"no node would take the document: expires_at: this profile is valid for longer than the 400 days allowed");
    let mut nameless = profile_body();
    nameless.about.name = None;
    insta::assert_snapshot!(refusal(&Draft { body: &nameless, ..good }, &[1, 2]), @"no node would take the document: about.name: is required");
    let crowd: Vec<u8> = (1..=33).collect();
    insta::assert_snapshot!(refusal(&good, &crowd), @"no node would take the document: proof: the document has 33 proofs; at most 32 are allowed");
}

/// A body made by somebody else's code.
#[derive(Debug, Serialize, Deserialize)]
struct Number(u64);

impl Body for Number {
    const KIND: Kind = Kind::Profile;

    fn subject(&self) -> String {
        String::new()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        Ok(())
    }
}

#[test]
fn a_body_is_an_object() {
    let history = history(&[1], 1);
    insta::assert_snapshot!(refusal(&draft(&history, &Number(1)), &[1]), @"the document must be an object");
}

#[test]
fn the_codes_of_refusals_are_those_of_verification() {
    let history = history(&[1], 1);
    let body = profile_body();
    assert_eq!(refusal(&draft(&history, &body), &[]).code(), "sign.no-key");
    assert_eq!(refusal(&draft(&history, &Number(1)), &[1]).code(), "sign.not-json");
    let endless = Draft::<Profile> { expires_at: Timestamp::MAX, ..draft(&history, &body) };
    assert_eq!(refusal(&endless, &[1]).code(), "envelope.lifetime-too-long");
}

#[test]
fn what_is_signed_again_stays_as_it_is_but_for_its_envelope() {
    let (before, keys_before) = (history(&[1], 1), keys(&[1]));
    // With a member of a later version.
    let raw = sign(&draft(&before, &profile_body()), &keys_before).unwrap();
    let Value::Object(mut members) = serde_json::from_slice(raw.bytes()).unwrap() else {
        panic!("a document is an object")
    };
    members.insert("later".to_owned(), serde_json::json!({"a": [null, 1.5]}));
    members.remove("proof");
    proof::attach(&mut members, &keys_before, time(ISSUED_AT));
    let bytes = canonical(&Value::Object(members.clone()));
    let document = RawDocument::new(bytes).verify::<Profile>().unwrap();

    let both = keys(&[1, 2]);
    let state = crate::KeyState {
        signing: crate::Quorum { keys: [both[1].public()].into(), threshold: 1 },
        ..before.current().clone()
    };
    let after = before.extend(&state, &both).unwrap();
    let now = time(ISSUED_AT).plus_days(10);
    let again = sign_again(&document, &after, 7, now, &keys(&[2])).unwrap();
    let verified = again.clone().verify::<Profile>().unwrap();
    assert_eq!((verified.key_version(), verified.sequence()), (2, 7));
    assert_eq!(verified.issued_at(), now);
    assert_eq!(verified.expires_at(), document.expires_at().plus_days(10));
    let mut found: Map<String, Value> = serde_json::from_slice(again.bytes()).unwrap();
    for member in ["key_history", "sequence", "issued_at", "expires_at", "proof"] {
        assert_ne!(found.remove(member), None, "{member}");
        members.remove(member);
    }
    assert_eq!(found, members);

    // The key of before signs nothing any longer.
    let refused = sign_again(&document, &after, 7, now, &keys_before).unwrap_err();
    assert_eq!(refused.code(), "proof.below-threshold");
    assert_eq!(sign_again(&document, &after, 7, now, &[]).unwrap_err().code(), "sign.no-key");
}
