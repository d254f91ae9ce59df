//! Copies of a database, and a disk that is full.

use std::fs;

use super::issuer::Issuer;
use super::{assert_consistent, now, offer};
use crate::{OpenError, Store};

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path().join("wellspring.db")).unwrap()
}

fn holds(file: &std::path::Path, text: &str) -> bool {
    fs::read(file).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_copy_holds_what_the_database_holds_and_nothing_that_was_erased() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder);
    let secret = "A title that was taken back";
    let issuer = Issuer::new(1);
    offer(&mut store, &[&issuer.profile(1, "a.example", secret)]);
    offer(&mut store, &[&issuer.profile(2, "a.example", "Title"), &Issuer::new(2).list(1, &[])]);
    assert_eq!(store.erase_superseded(now().plus_days(31)).unwrap().len(), 1);
    // Not by the page: what was erased is still on one that is free.
    let whole = folder.path().join("whole.db");
    fs::write(&whole, by_page_copy(&folder)).unwrap();
    assert!(holds(&whole, secret));

    let path = folder.path().join("copy.db");
    let mut told = Vec::new();
    let copied = store.copy_to(&path, &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!((copied.documents, copied.damaged), (2, 0));
    assert_eq!(copied.bytes, fs::metadata(&path).unwrap().len());
    assert_eq!(told, [(1, 2), (2, 2)]);
    assert!(!holds(&path, secret));
    let copy = Store::open(&path).unwrap();
    assert_eq!(super::state(&copy), super::state(&store));
    assert_consistent(&copy);
}

/// The file as it is, with the write-ahead log worked in.
fn by_page_copy(folder: &tempfile::TempDir) -> Vec<u8> {
    let file = folder.path().join("wellspring.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    fs::read(&file).unwrap()
}

#[test]
fn a_copy_is_of_one_moment_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(&folder);
    offer(&mut writer, &[&Issuer::new(1).list(1, &[])]);
    let reader = Store::open_to_read(folder.path().join("wellspring.db")).unwrap();
    let writing = std::thread::spawn(move || {
        for sequence in 2..60 {
            let documents =
                [Issuer::new(1).list(sequence, &[]), Issuer::new(2).list(sequence, &[])];
            offer(&mut writer, &documents.iter().collect::<Vec<_>>());
        }
    });
    for number in 0..8 {
        let path = folder.path().join(format!("{number}.db"));
        reader.copy_to(&path, &mut |_, _| {}).unwrap();
        let copy = Store::open(&path).unwrap();
        assert_consistent(&copy);
        assert_eq!(copy.examine(&mut |_, _| {}).unwrap().complaints, []);
    }
    writing.join().unwrap();
}

#[test]
fn a_copy_of_altered_documents_is_faithful_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder);
    offer(&mut store, &[&Issuer::new(1).list(1, &[])]);
    store.connection.execute("UPDATE document_bytes SET bytes = x'7b7d'", []).unwrap();
    let copied = store.copy_to(&folder.path().join("copy.db"), &mut |_, _| {}).unwrap();
    assert_eq!((copied.documents, copied.damaged), (1, 1));
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let path = folder.path().join("notes.txt");
    fs::write(&path, "notes").unwrap();
    assert!(store.copy_to(&path, &mut |_, _| {}).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"notes");
    let nowhere = folder.path().join("nowhere/copy.db");
    assert_eq!(store.copy_to(&nowhere, &mut |_, _| {}).unwrap_err().code(), "backup.not-written");
}

#[test]
fn to_read_a_database_changes_nothing_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let error = Store::open_to_read(&path).unwrap_err();
    assert_eq!(error.code(), "store.not-there");
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    let error = Store::open_to_read(&path).unwrap_err();
    assert!(matches!(error, OpenError::Older { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"");
    drop(open(&folder));
    let mut store = Store::open_to_read(&path).unwrap();
    let error = store.record_time(now()).unwrap_err();
    assert_eq!(error.code(), "store.not-writable");
}

/// As on a disk that is full: everything is as before, what is there is given out, and when
/// there is room again, all of it is accepted.
#[test]
fn on_a_full_disk_nothing_is_lost_and_nothing_is_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder);
    let first = Issuer::new(1).profile(1, "first.example", "Title");
    offer(&mut store, &[&first]);
    let pages: i64 =
        store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 1).unwrap();
    let documents: Vec<_> =
        (0..30).map(|n| Issuer::new(2).profile(1, &format!("s{n}.example"), "Title")).collect();
    let before = super::state(&store);
    let arrivals: Vec<_> =
        documents.iter().map(|document| crate::Arrival { document, source: None }).collect();
    let error = store.accept(&arrivals, now()).unwrap_err();
    assert_eq!(error.code(), "store.disk-full");
    assert_eq!(super::state(&store), before);
    assert_eq!(store.load(now()).unwrap().rows.len(), 1);
    assert!(store.document(first.bytes_hash()).unwrap().is_some());
    assert_eq!(store.examine(&mut |_, _| {}).unwrap().complaints, []);

    store.connection.pragma_update(None, "max_page_count", pages + 1_000).unwrap();
    assert!(store.accept(&arrivals, now()).unwrap().iter().all(Result::is_ok));
    assert_consistent(&store);
}
