use std::fs;
use std::path::Path;

use wellspring_document::{Curator, EndorsementList, Localized, SigningKey};

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
    let text = "
        [node]
        data_dir = \"data\"
        [[directory]]
        path = \"documents\"
        [[community]]
        id = \"town\"
        name = { en = \"The town\" }
        [community.policy]";
    let config = Config::parse_in(text, folder).unwrap();
    Node::open(Opening::configured(config, Clock::Fixed(now), [9; 32])).unwrap()
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
        let list = serving.documents().list(curator().history().issuer(), "");
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
