use std::collections::BTreeSet;

use wellspring_document::SigningKey;
use wellspring_store::{SourceKind, Validators};

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

fn key(location: &str) -> SourceKey {
    SourceKey { kind: SourceKind::WellKnown, location: location.to_owned() }
}

fn own(seed: u8) -> IssuerId {
    let issuer = Issuer::start(SigningKey::from_seed([seed; 32]), now()).unwrap();
    issuer.history().issuer().clone()
}

const ANSWERED: Attempted = Attempted::Answered { fresh_for: Duration::ZERO };

#[test]
fn no_two_sources_and_no_two_nodes_ask_at_the_same_moment() {
    let asked = |own: &IssuerId, name: &str| {
        next_question(&config(60), own, (&key(name), ANSWERED), now()).seconds_since(now())
    };
    let (a, b) = (own(1), own(2));
    let waits: Vec<i64> = (0..50).map(|number| asked(&a, &format!("{number}.test"))).collect();
    assert!(waits.iter().all(|wait| (3_600..=3_960).contains(wait)), "{waits:?}");
    assert!(waits.iter().collect::<BTreeSet<_>>().len() > 30, "{waits:?}");
    let other: Vec<i64> = (0..50).map(|number| asked(&b, &format!("{number}.test"))).collect();
    assert_ne!(waits, other);
    assert_eq!(asked(&a, "0.test"), waits[0], "it is the same for the same question");
}

#[test]
fn what_a_host_asks_for_is_kept() {
    let fresh = Attempted::Answered { fresh_for: Duration::from_secs(6 * 3_600) };
    let busy = Attempted::Failed { times: 1, retry_after: Some(Duration::from_secs(5 * 3_600)) };
    for (attempted, hours) in [(fresh, 6), (busy, 5)] {
        let next = next_question(&config(60), &own(1), (&key("a.test"), attempted), now());
        assert!(next >= now().plus_seconds(hours * 3_600), "{attempted:?} {next}");
    }
}

#[test]
fn a_source_is_due_when_its_time_has_come_by_the_configuration_of_today() {
    let asked = |next_days: i64| Source {
        key: key("a.test"),
        validators: Validators::default(),
        last_attempt: Some(now()),
        last_good: Some(now()),
        absent: None,
        failure: None,
        consecutive_failures: 0,
        failing_since: None,
        next_attempt: Some(now().plus_days(next_days)),
    };
    assert!(!is_due(&asked(1), &config(60), now().plus_seconds(86_399)));
    assert!(is_due(&asked(1), &config(60), now().plus_days(1)));
    // The configuration of then asked once a week.
    assert!(!is_due(&asked(7), &config(60), now().plus_days(1)));
    assert!(is_due(&asked(7), &config(60), now().plus_days(2)));
    assert!(!is_due(&asked(7), &config(10_080), now().plus_days(2)));
    assert!(is_due(&Source { next_attempt: None, ..asked(7) }, &config(60), now()));
}

#[test]
fn a_round_begins_when_a_source_is_due_but_not_at_every_second() {
    let in_seconds = |seconds| Some(now().plus_seconds(seconds));
    for (due, expected) in
        [(None, 3_600), (in_seconds(90), 90), (in_seconds(5), 60), (in_seconds(-9), 60)]
    {
        assert_eq!(pause(due, 3_600, now()), expected, "{due:?}");
    }
    assert_eq!(pause(in_seconds(9_000), 3_600, now()), 3_600);
}

#[test]
fn who_gives_no_profile_is_left_alone_for_an_hour_however_often_the_node_asks_others() {
    let at = |minutes: i64| now().plus_seconds(minutes * 60);
    for (submitted, expected) in [(0, 60), (-30, 60), (-90, 90), (-9_999, 1_440)] {
        assert_eq!(next_in_vain(at(submitted), at(0), at(15)), at(expected), "{submitted}");
    }
    assert_eq!(next_in_vain(at(0), at(0), at(300)), at(300), "it asked for that");
}
