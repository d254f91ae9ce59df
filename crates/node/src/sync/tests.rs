use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use wellspring_document::{Curator, EndorsementList, Localized, SigningKey};
use wellspring_fetch::Absence;
use wellspring_store::SourceKind;

use super::apply::read_answer;
use super::*;
use crate::Clock;
use crate::config::Config;
use crate::issuer::Issuer;
use crate::node::Opening;

fn minutes_later(minutes: i64) -> Timestamp {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    now.plus_seconds(60 * minutes)
}

/// A node that reads a folder once an hour.
fn node(folder: &Path, now: Timestamp) -> Arc<Node> {
    node_with(folder, 60, Clock::Fixed(now))
}

fn node_with(folder: &Path, every_minutes: u32, clock: Clock) -> Arc<Node> {
    let text = format!(
        "
        [sync]
        every_minutes = {every_minutes}
        [node]
        data_dir = \"data\"
        [[directory]]
        path = \"documents\"
        [[community]]
        id = \"town\"
        name = {{ en = \"The town\" }}
        [community.policy]"
    );
    let config = Config::parse_in(&text, folder).unwrap();
    Node::open(Opening::configured(config, clock, [9; 32])).unwrap()
}

fn curator() -> Issuer {
    Issuer::start(SigningKey::from_seed([1; 32]), minutes_later(-60)).unwrap()
}

/// Puts a list with this sequence number into the folder.
fn put(folder: &Path, sequence: u64) {
    let body = EndorsementList::new(Curator::new(Localized::english("A curator").unwrap()));
    let signed = curator().sign(&body, sequence, minutes_later(-60), 30).unwrap();
    fs::create_dir_all(folder.join("documents")).unwrap();
    fs::write(folder.join("documents/list.json"), signed.bytes()).unwrap();
}

async fn accepted(node: &Arc<Node>, scope: SyncScope) -> usize {
    node.sync(scope, &|_| {}).await.unwrap().accepted
}

#[tokio::test]
async fn a_folder_is_read_when_the_program_starts_and_when_its_time_has_come() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let first = node(folder.path(), minutes_later(0));
    assert_eq!(accepted(&first, SyncScope::Due).await, 1);
    put(folder.path(), 2);
    assert_eq!(accepted(&first, SyncScope::Due).await, 0, "its time has not come");
    assert_eq!(accepted(&first, SyncScope::All).await, 1, "it was asked for");
    put(folder.path(), 3);
    drop(first);

    let second = node(folder.path(), minutes_later(1));
    assert_eq!(accepted(&second, SyncScope::Due).await, 1, "the program has just started");
    put(folder.path(), 4);
    assert_eq!(accepted(&second, SyncScope::Due).await, 0);
}

#[tokio::test]
async fn what_another_program_accepted_is_shown_after_the_next_round() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let (serving, other) =
        (node(folder.path(), minutes_later(0)), node(folder.path(), minutes_later(0)));
    assert_eq!(accepted(&serving, SyncScope::Due).await, 1);
    put(folder.path(), 2);
    assert_eq!(accepted(&other, SyncScope::All).await, 1);

    let sequence = || {
        let list = serving.memory().documents.list(curator().history().issuer(), "");
        list.map(|list| list.sequence())
    };
    assert_eq!(sequence(), Some(1));
    assert_eq!(accepted(&serving, SyncScope::Due).await, 0, "it was accepted already");
    assert_eq!(sequence(), Some(2));
}

#[tokio::test]
async fn progress_adds_up_to_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let node = node(folder.path(), minutes_later(0));
    let seen = std::sync::Mutex::new(Vec::new());
    let outcome = node.sync(SyncScope::All, &|progress| seen.lock().unwrap().push(progress)).await;
    assert_eq!(outcome.unwrap().asked, 1);
    assert_eq!(*seen.lock().unwrap(), [SyncProgress::Planned(1), SyncProgress::Asked(1)]);
}

/// A clock that can be set, and what sets it.
fn clock(now: Timestamp) -> (Clock, &'static AtomicI64) {
    let hand = Box::leak(Box::new(AtomicI64::new(now.unix())));
    (Clock::Hand(hand), hand)
}

#[tokio::test(start_paused = true)]
async fn the_view_is_renewed_every_hour_also_where_sources_are_asked_once_a_week() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let (clock, hand) = clock(minutes_later(0));
    let node = node_with(folder.path(), 10_080, clock);
    assert_eq!(accepted(&node, SyncScope::Due).await, 1);
    put(folder.path(), 2);

    let running = tokio::spawn(Arc::clone(&node).run());
    let later = minutes_later(61);
    hand.store(later.unix(), Ordering::Relaxed);
    // Time passes only as far as everybody sleeps.
    for _minute in 0..=60 {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    }
    while node.syncing.try_lock().is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(node.snapshot().made_at, later);
    let list = node.memory().documents.list(curator().history().issuer(), "").unwrap();
    assert_eq!(list.sequence(), 1, "the time of the source has not come");
    running.abort();
}

#[tokio::test]
async fn documents_that_could_not_be_read_are_read_by_the_next_round() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let (serving, other) =
        (node(folder.path(), minutes_later(0)), node(folder.path(), minutes_later(0)));
    assert_eq!(accepted(&serving, SyncScope::Due).await, 1);
    put(folder.path(), 2);
    assert_eq!(accepted(&other, SyncScope::All).await, 1);

    let database = folder.path().join("data").join(crate::DATABASE_FILE);
    let database = rusqlite::Connection::open(database).unwrap();
    database.execute_batch("ALTER TABLE documents RENAME TO hidden").unwrap();
    assert!(serving.sync(SyncScope::Due, &|_| {}).await.is_err());
    database.execute_batch("ALTER TABLE hidden RENAME TO documents").unwrap();
    drop(database);
    // The node itself has to look; the folder is not due.
    accepted(&serving, SyncScope::Due).await;
    let list = serving.memory().documents.list(curator().history().issuer(), "").unwrap();
    assert_eq!(list.sequence(), 2);
}

#[tokio::test]
async fn an_older_document_beside_the_newer_one_is_no_problem_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 2);
    let documents = folder.path().join("documents");
    fs::rename(documents.join("list.json"), documents.join("a.json")).unwrap();
    put(folder.path(), 1);
    let node = node(folder.path(), minutes_later(0));
    for _ in 0..2 {
        let outcome = node.sync(SyncScope::All, &|_| {}).await.unwrap();
        assert_eq!(outcome.problems, []);
    }
    // Alone, it is what the folder has, and too old.
    fs::remove_file(documents.join("a.json")).unwrap();
    let outcome = node.sync(SyncScope::All, &|_| {}).await.unwrap();
    let codes: Vec<_> = outcome.problems.iter().map(|(_, it)| it.code.as_str()).collect();
    assert_eq!(codes, ["accept.rolled-back"]);
}

/// A round over thousands of names takes hours: each answer has the time at which it came.
#[tokio::test]
async fn what_is_written_down_has_the_time_of_its_answers_and_not_that_of_the_round() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, hand) = clock(minutes_later(0));
    let node = node_with(folder.path(), 60, clock);
    let answer = |name: &str| {
        let server_name: wellspring_document::ServerName = name.parse().unwrap();
        let url = url::Url::parse(&profile_url(&server_name)).unwrap();
        let key = SourceKey { kind: SourceKind::WellKnown, location: name.to_owned() };
        let task = Task { key, url, purpose: Purpose::Profile(server_name) };
        read_answer(Fetched { task, answer: Ok(Answer::Absent { absence: Absence::Gone }) })
    };
    for (name, minutes) in [("a.example", 0), ("b.example", 90)] {
        hand.store(minutes_later(minutes).unix(), Ordering::Relaxed);
        node.take_answers(vec![answer(name)], &BTreeMap::new()).unwrap();
        let key = SourceKey { kind: SourceKind::WellKnown, location: name.to_owned() };
        let source = node.store().source(&key).unwrap().unwrap();
        assert_eq!(source.last_attempt, Some(minutes_later(minutes)));
        let next = source.next_attempt.unwrap();
        assert!((minutes_later(minutes + 60)..=minutes_later(minutes + 66)).contains(&next));
        let sight = node.store().sight(&name.parse().unwrap()).unwrap().unwrap();
        assert_eq!(sight.seen_at, minutes_later(minutes));
    }
}

/// What a node comes to that asked a submitted name for the first time so long after it was
/// submitted: when it asks again, in minutes after this time, and what it holds of the name.
fn after_asking(
    minutes: i64,
    answer: Result<Answer, FetchError>,
) -> (i64, Option<wellspring_store::NameSight>) {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), minutes_later(minutes));
    let server_name: wellspring_document::ServerName = "a.example".parse().unwrap();
    let url = url::Url::parse(&profile_url(&server_name)).unwrap();
    let key = SourceKey { kind: SourceKind::WellKnown, location: server_name.to_string() };
    let submission = Submission { server_name, submitted_at: minutes_later(0) };
    let task = Task { key: key.clone(), url, purpose: Purpose::Submitted(submission) };
    node.take_answers(vec![read_answer(Fetched { task, answer })], &BTreeMap::new()).unwrap();
    let next = node.store().source(&key).unwrap().unwrap().next_attempt.unwrap();
    let sight = node.store().sight(&"a.example".parse().unwrap()).unwrap();
    (next.seconds_since(minutes_later(minutes)) / 60, sight)
}

#[tokio::test]
async fn a_submitted_name_that_shows_nothing_is_asked_less_and_less_and_leaves_no_trace() {
    for (minutes, expected) in [(0, 60), (60, 60), (180, 180), (1_440, 1_440), (9_999, 1_440)] {
        for absence in [Absence::NotFound, Absence::Gone] {
            let (next, sight) = after_asking(minutes, Ok(Answer::Absent { absence }));
            // With the jitter that every wait has.
            assert!((expected..=expected.max(66)).contains(&next), "{minutes}: {next}");
            assert_eq!(sight, None);
        }
    }
}

#[tokio::test]
async fn a_round_that_was_completed_moves_the_latest_time_and_looking_at_a_day_does_not() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), 1);
    let latest = |node: &Arc<Node>| node.store().latest_time().unwrap();
    let first = node(folder.path(), minutes_later(10));
    assert_eq!(latest(&first), None);
    accepted(&first, SyncScope::All).await;
    assert_eq!(latest(&first), Some(minutes_later(10)));
    let earlier = node(folder.path(), minutes_later(0));
    assert_eq!(earlier.now(), minutes_later(10));
    assert!(earlier.clock_behind().is_some());
    // Another program says that the clock is right; the one that runs takes it up.
    first.store().turn_back_clock(minutes_later(1)).unwrap();
    accepted(&earlier, SyncScope::Due).await;
    assert_eq!((earlier.now(), earlier.clock_behind()), (minutes_later(1), None));
    let looking = node_with(folder.path(), 60, Clock::Moment(minutes_later(-30)));
    assert_eq!(looking.now(), minutes_later(-30));
    assert_eq!(latest(&looking), Some(minutes_later(1)));
}
