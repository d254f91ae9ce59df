use wellspring_document::{Index, Localized, SigningKey};

use super::*;
use crate::issuer::Issuer;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

#[test]
fn a_profile_counts_for_the_very_name_that_was_asked() {
    let issuer = Issuer::start(SigningKey::from_seed([1; 32]), now()).unwrap();
    let name = Localized::english("A server").unwrap();
    let body = Profile::new("a.example:8448".parse().unwrap(), name);
    let signed = issuer.sign(&body, 1, now(), 30).unwrap();
    let read = |name: &str| read_profile(&name.parse().unwrap(), signed.bytes());
    assert!(matches!(read("a.example:8448"), Ok(Finding::Document(_))));
    for other in ["a.example", "a.example:443", "b.example"] {
        let Err(failure) = read(other) else { panic!("{other} is another name") };
        assert_eq!(failure.code, "source.name-mismatch");
        assert!(failure.message.contains("a.example:8448") && failure.message.contains(other));
    }
}

#[test]
fn a_list_address_gives_lists_and_reports_and_no_profiles() {
    let issuer = Issuer::start(SigningKey::from_seed([1; 32]), now()).unwrap();
    let name = Localized::english("A server").unwrap();
    let body = Profile::new("a.example".parse().unwrap(), name);
    let signed = issuer.sign(&body, 1, now(), 30).unwrap();
    let index = issuer.sign(&Index::default(), 1, now(), 8).unwrap();
    for signed in [signed, index] {
        let Err(failure) = read_fresh(&Purpose::Feed, signed.bytes()) else { panic!("taken") };
        assert_eq!(failure.code, "source.unexpected-kind");
    }
}

#[test]
fn who_was_not_asked_has_not_failed() {
    let work = |code: &str| {
        let name: ServerName = "a.example".parse().unwrap();
        let url = url::Url::parse(&crate::sync::profile_url(&name)).unwrap();
        let kind = wellspring_store::SourceKind::WellKnown;
        let key = SourceKey { kind, location: name.to_string() };
        Work {
            task: Task { key, url, purpose: Purpose::Profile(name) },
            finding: Err(refused(code, "too many others".to_owned())),
            validators: Validators::default(),
            fresh_for: Duration::ZERO,
            retry_after: None,
        }
    };
    assert!(work("fetch.postponed").is_postponed());
    assert!(!work("fetch.busy").is_postponed());
}

#[test]
fn of_what_a_host_sent_only_so_much_is_kept() {
    let kept = refused("schema.bad-member", "ä".repeat(5_000)).message;
    assert_eq!(kept.chars().count(), MAX_MESSAGE_CHARACTERS + 1);
}

#[test]
fn what_is_unchanged_was_seen_again_only_where_something_was_there() {
    let identity = Identity::from_bytes([7; 32]);
    let issuer = Issuer::start(SigningKey::from_seed([1; 32]), now()).unwrap();
    let issuer = issuer.history().issuer().clone();
    let after = |answer: &WellKnownAnswer| {
        let answers = [("a.example".parse().unwrap(), answer.clone())];
        let mut store = wellspring_store::Store::open_in_memory().unwrap();
        store.record_sights(&answers, now()).unwrap().remove(0).unwrap()
    };
    for answer in [WellKnownAnswer::Served { identity, issuer }, WellKnownAnswer::Unlisted] {
        assert_eq!(same_again(after(&answer)), Some(answer));
    }
    assert_eq!(same_again(after(&WellKnownAnswer::Gone)), None);
}
