use wellspring_document::{Localized, SigningKey};

use super::*;
use crate::issuer::Issuer;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn config(every_minutes: u32) -> Config {
    let text = format!(
        "[sync]\nevery_minutes = {every_minutes}\n\
         [[community]]\nid = \"town\"\nname = {{ en = \"The town\" }}\n[community.policy]\n"
    );
    Config::parse(&text).unwrap()
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
    let Err(failure) = read_fresh(&Purpose::Feed, signed.bytes()) else { panic!("a profile") };
    assert_eq!(failure.code, "source.unexpected-kind");
}

#[test]
fn a_source_that_fails_is_asked_more_and_more_rarely_up_to_a_day() {
    let hours = |every_minutes, failures| {
        next_attempt(&config(every_minutes), failures, now()).seconds_since(now()) as f64 / 3_600.0
    };
    let waits: Vec<f64> = (0..8).map(|failures| hours(60, failures)).collect();
    assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0, 24.0]);
    assert_eq!(hours(60, u32::MAX), 24.0);
    // Who asks once a week does not ask more often because of a failure.
    assert_eq!(hours(10_080, 0), 168.0);
    assert_eq!(hours(10_080, 3), 168.0);
}

#[test]
fn a_source_that_asks_for_time_gets_it() {
    let wait = |retry_after| {
        let key = crate::sync::plan::directory_key(&crate::config::DirectoryConfig {
            path: "documents".into(),
        });
        let url = url::Url::parse("https://a.example/").unwrap();
        let work = Work {
            task: Task { key, url, purpose: Purpose::Feed },
            finding: Err(refused("fetch.busy", "busy".to_owned())),
            validators: Validators::default(),
            retry_after,
        };
        attempt(&config(60), work, 0, now()).next_attempt.seconds_since(now())
    };
    assert_eq!(wait(None), 7_200);
    assert_eq!(wait(Some(60)), 7_200, "less than the node waits anyway");
    assert_eq!(wait(Some(90_000)), 90_000);
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
