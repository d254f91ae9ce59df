//! Authoring files: what is taken can be signed, written and read again.

use std::fmt::Debug;

use wellspring_document::authoring::{AuthoringError, check, read};
use wellspring_document::{
    Body, Draft, EndorsementList, KeyHistory, Profile, SigningKey, Timestamp, sign,
};

use super::assert_fit_to_be_shown;
use super::signer::ISSUED_AT;

/// Reads a text as both kinds of authoring files.
pub fn run(data: &[u8]) {
    let Ok(toml) = std::str::from_utf8(data) else { return };
    both::<Profile>(toml);
    both::<EndorsementList>(toml);
}

fn both<T: Body + PartialEq + Debug>(toml: &str) {
    let (read, checked) = (read::<T>(toml), check::<T>(toml));
    match (read, checked) {
        (Ok(body), Ok(same)) => {
            assert_eq!(body, same);
            assert_useful(&body);
        }
        (Err(error), Err(all)) => {
            assert!((1..1_000).contains(&all.len()), "{} faults", all.len());
            assert!(all.is_sorted_by_key(|error| error.line));
            all.iter().chain([&error]).for_each(|error| assert_names_a_place(error, toml));
        }
        (read, check) => panic!("one says {read:?}, the other {check:?}"),
    }
}

fn assert_names_a_place(error: &AuthoringError, toml: &str) {
    let lines = toml.split('\n').count();
    assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error:?}");
    assert!(!error.rule.is_empty());
    assert_fit_to_be_shown(&error.to_string());
}

fn assert_useful<T: Body + PartialEq + Debug>(body: &T) {
    assert_eq!(body.validate(), Ok(()));
    // What says nothing is not written, so the second time all is as it was.
    let written = toml::to_string(body).expect("a body can be written as TOML");
    let again = read::<T>(&written).expect("what was written can be read");
    assert_eq!(toml::to_string(&again).as_ref(), Ok(&written));
    let body = &again;

    let key = SigningKey::from_seed([1; 32]);
    let issued_at: Timestamp = ISSUED_AT.parse().expect("a valid time");
    let keys = std::slice::from_ref(&key);
    let history = KeyHistory::genesis(issued_at, keys, 1).expect("one key");
    let expires_at = issued_at.plus_days(8);
    let draft = Draft { history: &history, sequence: 1, issued_at, expires_at, body };
    match sign(&draft, keys) {
        Ok(raw) => {
            let verified = raw.verify::<T>().expect("what is signed holds");
            assert_eq!(verified.body(), body);
        }
        // Only the dates of reviews depend on the time of signing.
        Err(error) => {
            assert_eq!(error.code(), "schema.bad-member", "{error}");
            assert!(error.to_string().contains("must not be later than issued_at"), "{error}");
        }
    }
}
