use std::sync::LazyLock;

use wellspring_document::{AnyVerified, Identity, SigningKey};

use super::*;
use crate::issuer::Issuer;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn issuer() -> &'static Issuer {
    static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
        Issuer::start(SigningKey::from_seed([1; 32]), now().plus_days(-300)).unwrap()
    });
    &ISSUER
}

fn sight(name: &str, status: SightStatus, seen_at: Timestamp) -> (ServerName, NameSight) {
    let is_served = status == SightStatus::Served;
    let first_seen_at = now().plus_days(-100);
    let sight = NameSight {
        status,
        identity: is_served.then_some(Identity::from_bytes([7; 32])),
        issuer: is_served.then(|| issuer().history().issuer().clone()),
        seen_at,
        first_seen_at,
        name_first_seen_at: first_seen_at,
        profile_first_seen_at: is_served.then_some(first_seen_at),
        issuer_first_seen_at: is_served.then_some(first_seen_at),
        absence: None,
    };
    (name.parse().unwrap(), sight)
}

fn report(sights: &[(ServerName, NameSight)]) -> ObservationReport {
    observation_report(&NodeConfig::default(), sights).unwrap()
}

fn signed(report: &ObservationReport, at: Timestamp) -> Verified<ObservationReport> {
    match issuer().sign(report, 1, at, VALID_DAYS).unwrap().verify_any().unwrap() {
        AnyVerified::ObservationReport(report) => report,
        other => panic!("a {}", other.kind()),
    }
}

#[test]
fn a_report_says_what_names_served_and_when_they_were_first_seen() {
    let sights = [
        sight("a.example", SightStatus::Served, now()),
        sight("b.example", SightStatus::Unlisted, now()),
    ];
    let report = report(&sights);
    assert_eq!(report.observer.name.pick(&[]).1.as_str(), "This node");
    let [served, unlisted] = &report.entries[..] else { panic!("two entries") };
    assert_eq!(served.server_name.as_str(), "a.example");
    assert_eq!(served.observed_at, now());
    assert_eq!(served.first_seen_at, Some(now().plus_days(-100)));
    assert_eq!(served.profile, Some(sights[0].1.sight()));
    assert_eq!(unlisted.profile.as_ref().map(|sight| sight.status), Some(SightStatus::Unlisted));
    // Every rule for reports holds.
    signed(&report, now());

    let url = Some("https://servers.example.org/".parse().unwrap());
    let config = NodeConfig { public_url: url, ..NodeConfig::default() };
    let named = observation_report(&config, &sights).unwrap().observer.name;
    assert_eq!(named.pick(&[]).1.as_str(), "The node at servers.example.org");
}

#[test]
fn a_report_is_signed_again_for_news_or_after_a_day() {
    let before = report(&[sight("a.example", SightStatus::Served, now())]);
    assert!(is_due(None, &before, now()), "there is none yet");
    let current = signed(&before, now());

    let later = now().plus_seconds(86_399);
    let seen_again = report(&[sight("a.example", SightStatus::Served, later)]);
    assert!(!is_due(Some(&current), &seen_again, later), "that it was seen again is no news");
    assert!(is_due(Some(&current), &seen_again, now().plus_seconds(86_400)), "a day is over");
    assert!(is_due(Some(&current), &before, now().plus_seconds(-1)), "it is from the future");

    for news in [
        report(&[sight("a.example", SightStatus::Withdrawn, now())]),
        report(&[
            sight("a.example", SightStatus::Served, now()),
            sight("b.example", SightStatus::Absent, now()),
        ]),
        report(&[]),
    ] {
        assert!(is_due(Some(&current), &news, now()), "{news:?}");
    }
}

#[test]
fn where_not_all_fit_those_that_served_nothing_are_left_out_first() {
    // Long names, so that fewer of them are too many.
    let label = "x".repeat(60);
    let name = |number: usize| format!("{number}.{label}.{label}.{label}.example");
    let count = 20_000;
    let mut sights: Vec<_> =
        (0..count).map(|number| sight(&name(number), SightStatus::Absent, now())).collect();
    sights
        .extend((count..2 * count).map(|number| sight(&name(number), SightStatus::Served, now())));
    let report = report(&sights);
    let served = |entry: &&Observation| {
        entry.profile.as_ref().is_some_and(|sight| sight.status == SightStatus::Served)
    };
    assert_eq!(report.entries.iter().filter(served).count(), count);
    assert!(report.entries.len() < sights.len());
    assert!(serde_json::to_vec(&report).unwrap().len() < Kind::ObservationReport.max_bytes());
}
