//! Sources and adopted lists.

use super::issuer::name;
use super::{now, source};
use crate::{
    Attempt, AttemptResult, Failure, NoDocument, Round, Source, SourceKey, SourceKind, Store,
    Validators,
};

fn attempt(source: &SourceKey, day: i64, result: AttemptResult) -> Attempt {
    let at = now().plus_days(day);
    Attempt { source: source.clone(), at, result, next_attempt: at.plus_days(1) }
}

fn failed(code: &str) -> AttemptResult {
    AttemptResult::Failed(Failure { code: code.to_owned(), message: format!("it was {code}") })
}

#[test]
fn the_state_of_a_source_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let list = source("https://a.example/list.json");
    let validators = Validators { etag: Some("\"v1\"".to_owned()), last_modified: None };
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.source(&list).unwrap(), None);
    store
        .record_attempts(&[
            attempt(&list, 0, failed("fetch.timeout")),
            attempt(&list, 1, AttemptResult::Read(validators.clone())),
            attempt(&list, 2, AttemptResult::Unchanged),
            attempt(&list, 3, failed("fetch.timeout")),
            attempt(&list, 4, failed("proof.invalid-signature")),
        ])
        .unwrap();
    drop(store);

    let store = Store::open(&path).unwrap();
    let expected = Source {
        key: list.clone(),
        validators,
        last_attempt: Some(now().plus_days(4)),
        last_good: Some(now().plus_days(2)),
        failure: Some(Failure {
            code: "proof.invalid-signature".to_owned(),
            message: "it was proof.invalid-signature".to_owned(),
        }),
        absent: None,
        consecutive_failures: 2,
        failing_since: Some(now().plus_days(3)),
        next_attempt: Some(now().plus_days(5)),
    };
    assert_eq!(store.source(&list).unwrap(), Some(expected.clone()));
    assert_eq!(store.sources().unwrap().rows, [expected]);
}

#[test]
fn a_good_answer_ends_a_row_of_failures() {
    let mut store = Store::open_in_memory().unwrap();
    let list = source("https://a.example/list.json");
    for (day, result) in [(0, failed("fetch.timeout")), (1, AttemptResult::Unchanged)] {
        store.record_attempts(&[attempt(&list, day, result)]).unwrap();
    }
    let found = store.source(&list).unwrap().unwrap();
    assert_eq!((found.failure, found.consecutive_failures), (None, 0));
    assert_eq!(found.failing_since, None);
    assert_eq!(found.last_good, Some(now().plus_days(1)));
}

#[test]
fn that_there_is_no_document_is_kept_apart_from_what_failed_and_what_was_good() {
    let mut store = Store::open_in_memory().unwrap();
    let list = source("https://a.example/list.json");
    let absent = |how| AttemptResult::Absent { how, validators: Validators::default() };
    let read = || AttemptResult::Read(Validators::default());
    for (day, result, kept, last_good) in [
        (0, read(), None, Some(0)),
        (1, absent(NoDocument::NotFound), Some(NoDocument::NotFound), Some(0)),
        (2, failed("fetch.timeout"), Some(NoDocument::NotFound), Some(0)),
        (3, absent(NoDocument::Gone), Some(NoDocument::Gone), Some(0)),
        (4, absent(NoDocument::Unlisted), Some(NoDocument::Unlisted), Some(4)),
        (5, AttemptResult::Unchanged, Some(NoDocument::Unlisted), Some(5)),
        (6, read(), None, Some(6)),
    ] {
        let is_failure = matches!(result, AttemptResult::Failed(_));
        store.record_attempts(&[attempt(&list, day, result)]).unwrap();
        let found = store.source(&list).unwrap().unwrap();
        assert_eq!(found.absent, kept, "day {day}");
        assert_eq!(found.failure.is_some(), is_failure, "day {day}");
        assert_eq!(found.last_good, last_good.map(|day| now().plus_days(day)), "day {day}");
    }
}

#[test]
fn the_last_round_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.last_round().unwrap(), None);
    let mut round = Round {
        began_at: now(),
        ended_at: now().plus_seconds(30),
        asked: 12,
        unchanged: 7,
        accepted: 4,
        failed: 1,
    };
    for _ in 0..2 {
        round.asked += 1;
        store.record_round(&round).unwrap();
    }
    drop(store);
    assert_eq!(Store::open(&path).unwrap().last_round().unwrap(), Some(round));
}

#[test]
fn sources_of_several_kinds_may_share_a_location() {
    let mut store = Store::open_in_memory().unwrap();
    let list = source("https://a.example/list.json");
    let adopted = SourceKey { kind: SourceKind::AdoptedList, ..list.clone() };
    let attempts = [&list, &adopted].map(|key| attempt(key, 0, AttemptResult::Unchanged));
    store.record_attempts(&attempts).unwrap();
    let keys: Vec<_> = store.sources().unwrap().rows.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, [adopted, list]);
}

#[test]
fn names_in_the_first_copy_count_as_known_for_thirty_days_and_later_ones_from_their_day() {
    let mut store = Store::open_in_memory().unwrap();
    let list = source("file:servers.json");
    let days = [
        (0, vec!["first.example", "gone.example"]),
        (10, vec!["first.example", "later.example"]),
        (20, vec!["gone.example", "later.example"]),
    ];
    for (day, names) in days {
        let names = names.into_iter().map(name).collect();
        store.record_adopted_names(&list, &names, now().plus_days(day)).unwrap();
    }
    let found = store.adopted_names(&list).unwrap().rows;
    let known: Vec<_> =
        found.iter().map(|it| (it.server_name.as_str(), it.known_since())).collect();
    assert_eq!(
        known,
        [
            ("first.example", now().plus_days(-30)),
            ("gone.example", now().plus_days(-30)),
            ("later.example", now().plus_days(10)),
        ]
    );
    assert_eq!(store.adopted_names(&source("file:other.json")).unwrap().rows, []);
}

#[test]
fn an_empty_first_copy_is_the_first_copy() {
    let mut store = Store::open_in_memory().unwrap();
    let list = source("file:servers.json");
    store.record_adopted_names(&list, &[].into(), now()).unwrap();
    let later = now().plus_days(1);
    store.record_adopted_names(&list, &[name("a.example")].into(), later).unwrap();
    assert_eq!(store.adopted_names(&list).unwrap().rows[0].known_since(), later);
}
