use wellspring_document::{Identity, IssuerId, SightStatus};

use super::issuer::{Issuer, name};
use super::now;
use crate::sights::sight_after;
use crate::{Absence, NameSight, Store, WellKnownAnswer};

use SightStatus::{Absent, Served, Unlisted, Withdrawn};
use WellKnownAnswer::{Gone, NotFound};

const HOUR: i64 = 3_600;

fn issuer(seed: u8) -> IssuerId {
    Issuer::new(seed).history.issuer().clone()
}

fn served(seed: u8) -> WellKnownAnswer {
    WellKnownAnswer::Served { identity: Identity::from_bytes([seed; 32]), issuer: issuer(seed) }
}

/// What is held of a name after answers, given with their hours.
fn after(answers: &[(i64, WellKnownAnswer)]) -> NameSight {
    let mut sight = None;
    for (hour, answer) in answers {
        sight = Some(sight_after(sight.as_ref(), answer, now().plus_seconds(hour * HOUR)));
    }
    sight.unwrap()
}

#[test]
fn nothing_where_nothing_was_is_absence_and_no_withdrawal() {
    assert_eq!(after(&[(0, NotFound)]).status, Absent);
    assert_eq!(after(&[(0, Gone)]).status, Absent);
    let sight = after(&[(0, NotFound), (50, NotFound), (100, NotFound), (150, Gone)]);
    assert_eq!(sight.status, Absent);
    assert_eq!(sight.first_seen_at, now());
    assert_eq!(sight.seen_at, now().plus_seconds(150 * HOUR));
}

#[test]
fn gone_withdraws_a_profile_at_once() {
    let sight = after(&[(0, served(1)), (1, Gone)]);
    assert_eq!(sight.status, Withdrawn);
    // What was withdrawn can still be named.
    assert_eq!(sight.issuer, Some(issuer(1)));
}

#[test]
fn not_found_withdraws_after_three_answers_over_72_hours() {
    let pending = after(&[(0, served(1)), (1, NotFound), (2, NotFound), (72, NotFound)]);
    assert_eq!(pending.status, Served);
    assert_eq!(pending.seen_at, now());
    let since = now().plus_seconds(HOUR);
    assert_eq!(pending.absence, Some(Absence { since, answers: 3 }));
    // Long enough, but too few answers.
    assert_eq!(after(&[(0, served(1)), (1, NotFound), (90, NotFound)]).status, Served);

    let sight = after(&[(0, served(1)), (1, NotFound), (2, NotFound), (73, NotFound)]);
    assert_eq!(sight.status, Withdrawn);
    assert_eq!(sight.absence, None);
    assert_eq!(sight.first_seen_at, now().plus_seconds(73 * HOUR));
}

#[test]
fn a_profile_in_between_starts_the_count_again() {
    let sight = after(&[
        (0, served(1)),
        (1, NotFound),
        (40, NotFound),
        (50, served(1)),
        (80, NotFound),
        (90, NotFound),
    ]);
    assert_eq!(sight.status, Served);
    // The pause was no break.
    assert_eq!(sight.first_seen_at, now());
    assert_eq!(sight.absence.map(|it| it.answers), Some(2));
}

#[test]
fn a_withdrawn_profile_stays_withdrawn_until_it_is_served_again() {
    let sight = after(&[(0, served(1)), (1, Gone), (2, NotFound)]);
    assert_eq!(sight.status, Withdrawn);
    assert_eq!(sight.first_seen_at, now().plus_seconds(HOUR));
    let back = after(&[(0, served(1)), (1, Gone), (9, served(1))]);
    assert_eq!(back.status, Served);
    assert_eq!(back.first_seen_at, now().plus_seconds(9 * HOUR));
    assert_eq!(back.issuer_first_seen_at, Some(now()));
}

#[test]
fn the_wish_not_to_be_listed_counts_at_once_and_outlasts_a_slip() {
    assert_eq!(after(&[(0, WellKnownAnswer::Unlisted)]).status, Unlisted);
    let sight = after(&[(0, served(1)), (1, WellKnownAnswer::Unlisted)]);
    assert_eq!(sight.status, Unlisted);
    assert_eq!((sight.identity, sight.issuer), (None, None));
    assert_eq!(after(&[(0, WellKnownAnswer::Unlisted), (1, NotFound)]).status, Unlisted);
    assert_eq!(after(&[(0, WellKnownAnswer::Unlisted), (1, Gone)]).status, Absent);
    let ended =
        after(&[(0, WellKnownAnswer::Unlisted), (1, NotFound), (40, NotFound), (80, NotFound)]);
    assert_eq!(ended.status, Absent);
}

#[test]
fn another_issuer_is_a_new_sight_of_an_old_name() {
    let sight = after(&[(0, NotFound), (1, served(1)), (2, served(1)), (3, served(2))]);
    assert_eq!(sight.issuer, Some(issuer(2)));
    assert_eq!(sight.first_seen_at, now().plus_seconds(3 * HOUR));
    assert_eq!(sight.issuer_first_seen_at, Some(now().plus_seconds(3 * HOUR)));
    assert_eq!(sight.profile_first_seen_at, Some(now().plus_seconds(HOUR)));
    assert_eq!(sight.name_first_seen_at, now());
}

#[test]
fn a_clock_that_was_set_back_breaks_nothing() {
    let sight = after(&[(10, served(1)), (0, served(1)), (-5, served(2))]);
    assert_eq!(sight.seen_at, now().plus_seconds(10 * HOUR));
    assert!(sight.first_seen_at <= sight.seen_at);
}

#[test]
fn stored_sights_follow_the_same_rules_and_remember_earlier_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let server = name("a.example");
    let answers = [
        (0, served(1)),
        (1, NotFound),
        (2, served(2)),
        (3, WellKnownAnswer::Unlisted),
        (4, served(1)),
        (5, NotFound),
    ];
    let mut last = None;
    for (hour, answer) in answers.clone() {
        let mut store = Store::open(&path).unwrap();
        let at = now().plus_seconds(hour * HOUR);
        let recorded = store.record_sights(&[(server.clone(), answer)], at).unwrap();
        last = Some(recorded[0].clone().unwrap());
    }
    let store = Store::open(&path).unwrap();
    let stored = store.sight(&server).unwrap().unwrap();
    assert_eq!(Some(&stored), last.as_ref());
    // Back at the first issuer, its first day is remembered; the pure rule alone sees a
    // new one.
    assert_eq!(stored.issuer_first_seen_at, Some(now()));
    let pure = NameSight { issuer_first_seen_at: Some(now()), ..after(&answers) };
    assert_eq!(stored, pure);
    assert_eq!(store.sights().unwrap().rows, [(server, stored)]);
    assert_eq!(store.sight(&name("b.example")).unwrap(), None);
}

#[test]
fn a_sight_fits_into_an_observation_report() {
    let sight = after(&[(0, served(1)), (5, served(1))]).sight();
    assert_eq!(sight.status, Served);
    assert_eq!(sight.identity, Some(Identity::from_bytes([1; 32])));
    assert_eq!((sight.first_seen_at, sight.seen_at), (now(), now().plus_seconds(5 * HOUR)));
}

#[test]
fn a_sight_says_where_somebody_else_was_before() {
    let successor = after(&[(0, served(1)), (1, served(2))]).sight();
    assert_eq!(successor.profile_first_seen_at, Some(now()));
    assert_eq!(successor.issuer_first_seen_at, Some(now().plus_seconds(HOUR)));
    assert!(successor.follows_another_issuer());
    let returned = after(&[(0, served(1)), (1, Gone), (2, served(1))]).sight();
    assert!(!returned.follows_another_issuer(), "a break is no change");
}
