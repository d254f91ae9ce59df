//! Names that somebody proposed: how many are kept, and for how long.

use wellspring_document::{Identity, ServerName, Timestamp};

use super::issuer::Issuer;
use super::{assert_consistent, now};
use crate::{
    Attempt, AttemptResult, Failure, MAX_SUBMISSIONS, MAX_SUBMISSIONS_OF_DOMAIN,
    MAX_SUBMISSIONS_SERVED, MAX_SUBMISSIONS_WAITING, NotSubmitted, SUBMISSION_DAYS, SourceKey,
    SourceKind, Store, Submission, WellKnownAnswer,
};

fn name(text: &str) -> ServerName {
    text.parse().unwrap()
}

/// Submits a name of a domain of its own.
fn submit(store: &mut Store, text: &str, at: Timestamp) -> Result<(), NotSubmitted> {
    store.submit(&name(text), text, at).unwrap()
}

/// Asks names in vain.
fn ask(store: &mut Store, names: &[&str], at: Timestamp) {
    let attempt = |location: &&str| Attempt {
        source: SourceKey { kind: SourceKind::WellKnown, location: (*location).to_owned() },
        at,
        result: AttemptResult::Failed(Failure { code: "x".into(), message: "x".into() }),
        next_attempt: at,
    };
    let attempts: Vec<_> = names.iter().map(attempt).collect();
    store.record_attempts(&attempts).unwrap();
}

fn serve(store: &mut Store, text: &str, at: Timestamp) {
    let issuer = Issuer::new(1).history.issuer().clone();
    let identity = Identity::from_bytes([1; 32]);
    let answers = [(name(text), WellKnownAnswer::Served { identity, issuer })];
    store.record_sights(&answers, at).unwrap();
}

fn kept(store: &Store) -> Vec<String> {
    let found = store.submissions().unwrap();
    assert_eq!(found.corrupt, []);
    found.rows.iter().map(|it| it.server_name.to_string()).collect()
}

fn sources(store: &Store) -> Vec<String> {
    store.sources().unwrap().rows.into_iter().map(|it| it.key.location).collect()
}

#[test]
fn a_name_is_kept_over_a_restart_and_a_second_time_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let mut store = Store::open(&path).unwrap();
    submit(&mut store, "a.example", now()).unwrap();
    drop(store);
    let mut store = Store::open(&path).unwrap();
    submit(&mut store, "a.example", now().plus_days(1)).unwrap();
    let again = Submission { server_name: name("a.example"), submitted_at: now().plus_days(1) };
    assert_eq!(store.submission(&name("a.example")).unwrap().as_ref(), Some(&again));
    assert_eq!(store.submissions().unwrap().rows, [again]);
    assert_eq!(store.submission(&name("b.example")).unwrap(), None);
    assert_consistent(&store);
}

#[test]
fn who_serves_no_profile_in_time_is_forgotten_with_what_came_of_asking() {
    let mut store = Store::open_in_memory().unwrap();
    for text in ["serves.example", "fails.example", "known.example", "new.example"] {
        submit(&mut store, text, now()).unwrap();
    }
    submit(&mut store, "new.example", now().plus_days(1)).unwrap();
    ask(&mut store, &["serves.example", "fails.example", "known.example"], now());
    serve(&mut store, "serves.example", now());
    // Something else than the submission led the node to this one.
    store.record_sights(&[(name("known.example"), WellKnownAnswer::NotFound)], now()).unwrap();

    let end = now().plus_days(SUBMISSION_DAYS);
    assert_eq!(store.drop_submissions(end.plus_seconds(-1)).unwrap(), 0);
    assert_eq!(store.drop_submissions(end).unwrap(), 2);
    assert_eq!(kept(&store), ["new.example", "serves.example"]);
    assert_eq!(sources(&store), ["known.example", "serves.example"]);

    // Whoever withdraws the profile later is no longer asked for the submission's sake.
    store.record_sights(&[(name("serves.example"), WellKnownAnswer::Gone)], end).unwrap();
    assert_eq!(store.drop_submissions(end).unwrap(), 1);
    assert_eq!(kept(&store), ["new.example"]);
    assert_consistent(&store);
}

#[test]
fn only_so_many_of_one_domain_are_kept() {
    let mut store = Store::open_in_memory().unwrap();
    let of_domain = |store: &mut Store, number: u32| {
        store.submit(&name(&format!("s{number}.example.org")), "example.org", now()).unwrap()
    };
    for number in 0..MAX_SUBMISSIONS_OF_DOMAIN {
        of_domain(&mut store, number).unwrap();
    }
    assert_eq!(of_domain(&mut store, 999), Err(NotSubmitted::TooManyOfDomain));
    assert_eq!(of_domain(&mut store, 0), Ok(()), "it is kept already");
    assert_eq!(submit(&mut store, "example.net", now()), Ok(()));

    // One that was asked and serves nothing makes room, so that nobody is locked out.
    ask(&mut store, &["s3.example.org", "example.net"], now());
    assert_eq!(of_domain(&mut store, 999), Ok(()));
    assert_eq!(kept(&store).len(), 1 + MAX_SUBMISSIONS_OF_DOMAIN as usize);
    assert!(!kept(&store).iter().any(|it| it == "s3.example.org"));
    assert!(kept(&store).iter().any(|it| it == "example.net"), "it is of another domain");
    assert_eq!(of_domain(&mut store, 998), Err(NotSubmitted::TooManyOfDomain));
    for text in kept(&store).iter().filter(|it| it.ends_with(".example.org")) {
        serve(&mut store, text, now());
    }
    assert_eq!(of_domain(&mut store, 998), Err(NotSubmitted::DomainIsFull));
}

#[test]
fn a_host_that_fails_and_is_left_alone_takes_no_place_among_those_that_wait() {
    let mut store = Store::open_in_memory().unwrap();
    fill(&store, MAX_SUBMISSIONS_WAITING);
    ask(&mut store, &["s00000.example"], now());
    submit(&mut store, "s00000.example", now().plus_days(1)).unwrap();
    assert_eq!(submit(&mut store, "x.example", now().plus_days(1)), Ok(()));
    let refused = submit(&mut store, "y.example", now().plus_days(1));
    assert_eq!(refused, Err(NotSubmitted::TooManyWait));
}

/// Fills the table with names that were submitted one a second.
fn fill(store: &Store, names: u32) {
    let sql = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers
                   WHERE n + 1 < ?1)
               INSERT INTO submissions (server_name, domain, submitted_at)
               SELECT format('s%05d.example', n), n, ?2 + n FROM numbers";
    store.connection.execute(sql, rusqlite::params![names, now().unix()]).unwrap();
}

#[test]
fn only_so_many_wait() {
    let mut store = Store::open_in_memory().unwrap();
    fill(&store, MAX_SUBMISSIONS_WAITING);
    assert_eq!(submit(&mut store, "x.example", now()), Err(NotSubmitted::TooManyWait));
    ask(&mut store, &["s00000.example"], now());
    assert_eq!(submit(&mut store, "x.example", now()), Ok(()));
}

#[test]
fn where_no_more_are_kept_the_oldest_that_serves_nothing_makes_room() {
    let mut store = Store::open_in_memory().unwrap();
    fill(&store, MAX_SUBMISSIONS + 1);
    ask_all(&store);
    serve(&mut store, "s00000.example", now());
    assert_eq!(submit(&mut store, "x.example", now()), Ok(()));
    let left = kept(&store);
    assert_eq!(left.len(), MAX_SUBMISSIONS as usize + 1);
    assert!(left.iter().any(|it| it == "s00000.example"));
    assert!(!left.iter().chain(&sources(&store)).any(|it| it == "s00001.example"));
    assert!(left.iter().any(|it| it == "s00002.example"));

    // Those that serve a profile are counted apart, and so leave the others as they are.
    serve_all(&store);
    assert_eq!(submit(&mut store, "y.example", now()), Ok(()));
    assert_eq!(kept(&store).len(), MAX_SUBMISSIONS as usize + 2);
}

/// Asks every name in vain.
fn ask_all(store: &Store) {
    let sql = "INSERT INTO sources (kind, location, last_attempt)
               SELECT 'well-known', server_name, submitted_at FROM submissions";
    store.connection.execute(sql, []).unwrap();
}

/// Has every name serve a profile.
fn serve_all(store: &Store) {
    let sql = "INSERT INTO sights (server_name, status, seen_at, first_seen_at, name_first_seen_at)
               SELECT server_name, 'served', 0, 0, 0 FROM submissions WHERE true
               ON CONFLICT DO NOTHING";
    store.connection.execute(sql, []).unwrap();
}

#[test]
fn of_those_that_serve_a_profile_the_oldest_of_the_domain_with_the_most_goes_first() {
    let mut store = Store::open_in_memory().unwrap();
    fill(&store, MAX_SUBMISSIONS_SERVED - 1);
    ask_all(&store);
    serve_all(&store);
    for (number, text) in ["a.many.org", "b.many.org", "c.many.org"].into_iter().enumerate() {
        let at = now().plus_days(1).plus_seconds(i64::try_from(number).unwrap());
        store.submit(&name(text), "many.org", at).unwrap().unwrap();
    }
    serve_all(&store);
    assert_eq!(store.drop_submissions(now()).unwrap(), 2);
    let left = kept(&store);
    assert_eq!(left.len(), MAX_SUBMISSIONS_SERVED as usize);
    assert_eq!(left.iter().filter(|it| it.ends_with(".many.org")).count(), 1);
    assert!(left.iter().any(|it| it == "c.many.org"), "{:?}", left.first());
    assert_eq!(store.drop_submissions(now()).unwrap(), 0);
    assert_consistent(&store);
}
