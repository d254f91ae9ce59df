use serde_json::json;

use super::*;
use crate::envelope::tests::{draft, history, keys, profile_body, time};
use crate::{KeyBranches, Mark, Profile, sign};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

fn quorum(seeds: &[u8], threshold: u32) -> Quorum {
    Quorum { keys: seeds.iter().map(|seed| key(*seed).public()).collect(), threshold }
}

fn now() -> Timestamp {
    time("2026-11-22T10:00:00Z")
}

fn gathering() -> Gathering<Profile> {
    let (history, body) = (history(&[1, 2, 3], 2), profile_body());
    Gathering::start(&draft(&history, &body)).unwrap()
}

/// Whoever signs one after the other gets what they would get at one table.
#[test]
fn a_document_is_complete_with_as_many_as_it_takes() {
    let (history, body) = (history(&[1, 2, 3], 2), profile_body());
    let draft = draft(&history, &body);
    let mut document = gathering();
    let identity = document.identity();
    assert_eq!(document.finish().unwrap_err().code(), "proof.missing");
    document.sign(&key(1), draft.issued_at).unwrap();
    assert_eq!(document.finish().unwrap_err().code(), "proof.below-threshold");
    let passed = RawDocument::new(document.bytes());
    let mut document = Gathering::<Profile>::read(&passed).unwrap();
    assert!(!document.tally().is_met());
    document.sign(&key(2), draft.issued_at).unwrap();
    let complete = document.finish().unwrap();
    assert_eq!(complete.identity(), identity);
    assert_eq!(*complete.bytes(), sign(&draft, &keys(&[1, 2])).unwrap().bytes());
}

#[test]
fn a_key_that_does_not_count_adds_nothing_and_one_that_signed_adds_nothing_more() {
    let mut document = gathering();
    document.sign(&key(1), now()).unwrap();
    let before = document.bytes();
    for (seed, code) in [(1, "cosign.already-signed"), (4, "cosign.not-a-signer")] {
        assert_eq!(document.sign(&key(seed), now()).unwrap_err().code(), code);
    }
    assert_eq!(document.bytes(), before);
}

#[test]
fn a_proof_set_that_is_full_takes_no_more() {
    let mut document = gathering();
    document.sign(&key(1), now()).unwrap();
    let proof = document.members["proof"].clone();
    document.members.insert("proof".to_owned(), json!(vec![proof; MAX_PROOFS]));
    assert_eq!(document.sign(&key(2), now()).unwrap_err().code(), "cosign.full");
}

#[test]
fn what_was_altered_on_the_way_is_not_read() {
    let mut document = gathering();
    document.sign(&key(1), now()).unwrap();
    let read = |alter: fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&document.bytes()).unwrap();
        alter(&mut value);
        let raw = RawDocument::new(value.to_string());
        Gathering::<Profile>::read(&raw).map(drop).map_err(|error| error.code())
    };
    assert_eq!(read(|_| {}), Ok(()));
    assert_eq!(read(|d| drop(d.as_object_mut().unwrap().remove("proof"))), Ok(()));
    assert_eq!(read(|d| d["sequence"] = json!(99)), Err("proof.invalid-signature"));
    assert_eq!(read(|d| d["later"] = json!(1)), Err("proof.invalid-signature"));
    assert_eq!(read(|d| d["proof"]["nonce"] = json!("x")), Err("proof.invalid-signature"));
    assert_eq!(read(|d| d["server_name"] = json!("")), Err("schema.bad-member"));
    assert_eq!(
        read(|d| d["proof"] = json!([d["proof"].clone(), 1])),
        Err("proof.malformed"),
        "one that holds beside one that does not"
    );
}

#[test]
fn copies_that_were_signed_apart_come_together() {
    let (mut one, mut other) = (gathering(), gathering());
    one.sign(&key(1), now()).unwrap();
    other.sign(&key(3), now()).unwrap();
    one.gather(&other);
    one.gather(&other);
    assert_eq!(one.finish().unwrap().signers().len(), 2);
    assert_eq!(one.members["proof"].as_array().unwrap().len(), 2);
    // Of another document nothing is taken.
    let (history, body) = (history(&[1, 2, 3], 2), profile_body());
    let mut later = draft(&history, &body);
    later.sequence += 1;
    let mut later = Gathering::start(&later).unwrap();
    later.gather(&one);
    assert!(later.tally().signed.is_empty());
}

#[test]
fn it_is_judged_as_it_would_be_when_complete() {
    let document = gathering();
    let state = |sequence| FeedState {
        branches: Some(KeyBranches::of(document.history().clone())),
        mark: Some(Mark {
            key_state: document.history().current_hash().to_owned(),
            sequence,
            identity: document.identity(),
        }),
    };
    let now = document.issued_at();
    assert!(document.judge(&state(document.sequence()), now).is_ok());
    let refusal = document.judge(&state(document.sequence() + 1), now).unwrap_err();
    assert_eq!(refusal.code(), "accept.rolled-back");
    let refusal = document.judge(&FeedState::default(), now.plus_days(-1)).unwrap_err();
    assert_eq!(refusal.code(), "accept.from-the-future");
}

fn state(signing: Quorum, recovery: Option<Quorum>) -> KeyState {
    KeyState { issued_at: now(), signing, recovery }
}

#[test]
fn a_first_state_begins_with_its_threshold() {
    let first = state(quorum(&[1, 2, 3], 2), Some(quorum(&[9], 1)));
    let mut proposal = KeyProposal::new(None, &first).unwrap();
    proposal.sign(&key(1), now()).unwrap();
    assert_eq!(proposal.finish().unwrap_err().code(), "history.below-threshold");
    assert_eq!(proposal.sign(&key(9), now()).unwrap_err().code(), "cosign.not-a-signer");
    let states: Vec<Value> = serde_json::from_slice(&proposal.bytes()).unwrap();
    let mut passed = KeyProposal::read(&states).unwrap();
    assert_eq!((passed.version(), passed.state()), (1, &first));
    passed.sign(&key(3), now()).unwrap();
    let history = passed.finish().unwrap();
    assert_eq!(*history.issuer(), proposal.issuer());
    assert_eq!(history, KeyHistory::start(&first, &[key(1), key(3)]).unwrap());
}

fn started() -> KeyHistory {
    let first = state(quorum(&[1, 2, 3], 2), Some(quorum(&[8, 9], 2)));
    KeyHistory::start(&first, &[key(1), key(2)]).unwrap()
}

#[test]
fn a_further_state_counts_on_the_word_of_either_set_of_keys() {
    let next = state(quorum(&[1, 4], 2), Some(quorum(&[8, 9], 2)));
    let signed_by = |seeds: &[u8]| {
        let mut proposal = KeyProposal::new(Some(&started()), &next).unwrap();
        seeds.iter().for_each(|seed| proposal.sign(&key(*seed), now()).unwrap());
        let history = proposal.finish();
        let tally = proposal.tally();
        let before = tally.before.is_some_and(|it| it.is_met());
        let recovery = tally.recovery.is_some_and(|it| it.is_met());
        assert_eq!(tally.own.is_met() && (before || recovery), history.is_ok(), "{seeds:?}");
        history.map(|history| history.is_recovery(1)).map_err(|error| error.code())
    };
    assert_eq!(signed_by(&[1, 4]), Err("history.below-threshold"));
    assert_eq!(signed_by(&[1, 2]), Err("history.below-threshold"));
    assert_eq!(signed_by(&[1, 4, 3]), Ok(false));
    assert_eq!(signed_by(&[8, 9, 1, 4]), Ok(true));
    assert_eq!(signed_by(&[8, 1, 4]), Err("history.below-threshold"));
}

#[test]
fn states_that_can_never_hold_are_not_begun() {
    let code = |before: Option<KeyHistory>, next: &KeyState| {
        KeyProposal::new(before.as_ref(), next).map(drop).map_err(|error| error.code())
    };
    let bare = KeyHistory::genesis(now(), &[key(1)], 1).unwrap();
    let with_recovery = state(quorum(&[1], 1), Some(quorum(&[9], 1)));
    assert_eq!(code(Some(bare), &with_recovery), Err("history.recovery-changed"));
    assert_eq!(code(Some(started()), &with_recovery), Ok(()), "recovery keys may");
    assert_eq!(code(None, &state(quorum(&[1], 2), None)), Err("history.bad-threshold"));
    let mut proposal = KeyProposal::new(Some(&started()), &with_recovery).unwrap();
    proposal.sign(&key(1), now()).unwrap();
    proposal.sign(&key(2), now()).unwrap();
    assert_eq!(proposal.finish().unwrap_err().code(), "history.recovery-changed");
    assert!(proposal.changes_recovery());
    let mut states: Vec<Value> = serde_json::from_slice(&proposal.bytes()).unwrap();
    states[1]["threshold"] = json!(1);
    assert!(KeyProposal::read(&states).is_ok());
    states[1]["issued_at"] = json!("2027-01-01T00:00:00Z");
    let altered = KeyProposal::read(&states).unwrap_err();
    assert_eq!(altered.code(), "history.below-threshold");
    assert_eq!(KeyProposal::read(&[]).unwrap_err().code(), "history.empty");
}

#[test]
fn states_that_were_signed_apart_come_together() {
    let next = state(quorum(&[1, 2], 2), Some(quorum(&[8, 9], 2)));
    let of = |seed: u8| {
        let mut proposal = KeyProposal::new(Some(&started()), &next).unwrap();
        proposal.sign(&key(seed), now()).unwrap();
        proposal
    };
    let mut one = of(1);
    one.gather(&of(2));
    assert!(one.finish().is_ok());
    let other = KeyProposal::new(Some(&started()), &state(quorum(&[1], 1), None)).unwrap();
    assert!(!one.is_same_as(&other));
}
