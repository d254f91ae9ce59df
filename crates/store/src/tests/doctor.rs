//! Finding what is wrong with a database, and mending it from the documents.

use std::io::{Seek as _, SeekFrom, Write as _};

use wellspring_document::{Acceptance, AnyVerified};

use super::issuer::{Issuer, name};
use super::{assert_consistent, now, offer, source};
use crate::{
    Arrival, Attempt, AttemptResult, Complaint, Examination, Mended, Store, Validators,
    WellKnownAnswer,
};

fn examine(store: &Store) -> Examination {
    store.examine(&mut |_, _| {}).unwrap()
}

fn mend(store: &mut Store) -> Mended {
    store.mend(now(), &mut |_, _| {}).unwrap()
}

fn codes(examination: &Examination) -> Vec<&'static str> {
    examination.complaints.iter().map(|it| it.kind.code()).collect()
}

fn alter(store: &Store, sql: &str) {
    store.connection.pragma_update(None, "foreign_keys", false).unwrap();
    store.connection.pragma_update(None, "ignore_check_constraints", true).unwrap();
    assert!(store.connection.execute(sql, []).unwrap() > 0, "{sql}");
    store.connection.pragma_update(None, "ignore_check_constraints", false).unwrap();
    store.connection.pragma_update(None, "foreign_keys", true).unwrap();
}

/// A store with something of everything: feeds that moved on, evidence, an erased document,
/// keys that changed, and rows of every table.
fn lived_in() -> (Store, Vec<AnyVerified>) {
    let mut store = Store::open_in_memory().unwrap();
    let (one, two, three) = (Issuer::new(1), Issuer::new(2), Issuer::new(3));
    let documents = vec![
        one.profile(1, "a.example", "Title"),
        one.profile(2, "a.example", "Title"),
        one.profile(1, "b.example", "Title"),
        two.list(4, &[]),
        three.profile(7, "c.example", "This"),
        three.profile(7, "c.example", "That"),
    ];
    let place = source("https://a.example/list.json");
    let arrivals: Vec<_> =
        documents.iter().map(|document| Arrival { document, source: Some(&place) }).collect();
    for outcome in store.accept(&arrivals, now()).unwrap() {
        outcome.unwrap();
    }
    let validators = Validators { etag: Some("\"1\"".to_owned()), last_modified: None };
    store
        .record_attempts(&[Attempt {
            source: place.clone(),
            at: now(),
            result: AttemptResult::Read(validators),
            next_attempt: now(),
        }])
        .unwrap();
    store.record_adopted_names(&place, &[name("a.example")].into(), now()).unwrap();
    let seen = [(name("a.example"), WellKnownAnswer::NotFound)];
    assert!(store.record_sights(&seen, now()).unwrap()[0].is_ok());
    (store, documents)
}

#[test]
fn a_store_that_was_lived_in_is_well() {
    let (mut store, _) = lived_in();
    let found = examine(&store);
    assert_eq!(found.complaints, []);
    assert_eq!((found.documents, found.issuers, found.feeds), (6, 3, 4));
    let before = super::state(&store);
    let mended = mend(&mut store);
    assert_eq!(mended.before, mended.after);
    assert_eq!(super::state(&store), before, "there is nothing to mend");
    store.erase_superseded(now().plus_days(31)).unwrap();
    assert_eq!(examine(&store).complaints, [], "what was erased in time is not missed");
}

/// What is altered, what is complained about, and whether all documents are still there after
/// mending.
const ALTERATIONS: &[(&str, &[&str], bool)] = &[
    (
        "UPDATE document_bytes SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Title', 'Tutle')
             AS BLOB) WHERE document_id = 3",
        &["doctor.document"],
        false,
    ),
    (
        "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 2",
        &["doctor.document"],
        false,
    ),
    (
        "UPDATE document_bytes SET bytes = (SELECT bytes FROM document_bytes
             WHERE document_id = 1) WHERE document_id = 3",
        &["doctor.document"],
        false,
    ),
    ("DELETE FROM document_bytes WHERE document_id = 3", &["doctor.bytes-missing"], false),
    ("UPDATE documents SET bytes_hash = zeroblob(32) WHERE id = 3", &["doctor.column"], true),
    ("UPDATE documents SET bytes_hash = x'00' WHERE id = 3", &["doctor.column"], true),
    ("UPDATE documents SET identity = zeroblob(32) WHERE id = 3", &["doctor.column"], true),
    ("UPDATE documents SET sequence = 99 WHERE id = 3", &["doctor.column"], true),
    ("UPDATE documents SET issued_at = 5 WHERE id = 3", &["doctor.column"], true),
    ("UPDATE documents SET expires_at = -5 WHERE id = 3", &["doctor.column"], true),
    ("UPDATE feeds SET subject = 'd.example' WHERE id = 2", &["doctor.column"], true),
    ("UPDATE feeds SET kind = 'poem' WHERE id = 2", &["doctor.column"], true),
    ("UPDATE feeds SET key_state = 'zQm' WHERE id = 2", &["doctor.column"], true),
    ("UPDATE feeds SET key_version = 9 WHERE id = 2", &["doctor.column"], true),
    ("UPDATE feeds SET issuer_id = 3 WHERE id = 2", &["doctor.column"], true),
    ("UPDATE feeds SET issuer_id = 77 WHERE id = 2", &["doctor.column"], true),
    (
        "UPDATE documents SET feed_id = 3, status = 'superseded' WHERE id = 3",
        &["doctor.column", "doctor.status"],
        true,
    ),
    ("DELETE FROM feeds WHERE id = 2", &["doctor.orphan", "doctor.column"], true),
    ("UPDATE feeds SET mark_sequence = 1 WHERE id = 1", &["doctor.mark"], true),
    ("UPDATE feeds SET mark_sequence = 99 WHERE id = 1", &["doctor.mark"], true),
    ("UPDATE feeds SET mark_identity = zeroblob(32) WHERE id = 1", &["doctor.mark"], true),
    ("UPDATE feeds SET mark_identity = x'00' WHERE id = 1", &["doctor.mark"], true),
    ("UPDATE documents SET status = 'superseded' WHERE id = 3", &["doctor.status"], true),
    ("UPDATE documents SET superseded_at = NULL WHERE id = 1", &["doctor.end"], true),
    ("UPDATE documents SET superseded_at = 5 WHERE id = 4", &["doctor.end"], true),
    ("UPDATE issuers SET accepted_state = 'zQm' WHERE id = 1", &["doctor.keys"], true),
    ("UPDATE issuers SET is_contested = 1 WHERE id = 1", &["doctor.keys"], true),
    ("UPDATE issuers SET key_histories = '{' WHERE id = 1", &["doctor.keys"], true),
    ("UPDATE issuers SET key_histories = '[]' WHERE id = 1", &["doctor.keys"], true),
    (
        "UPDATE issuers SET key_histories = (SELECT key_histories FROM issuers WHERE id = 2)
         WHERE id = 1",
        &["doctor.keys"],
        true,
    ),
    ("UPDATE sights SET status = 'hidden'", &["doctor.unreadable-row"], true),
    ("UPDATE sights SET seen_at = -1", &["doctor.unreadable-row"], true),
    ("UPDATE sources SET kind = 'rumour'", &["doctor.unreadable-row"], true),
    ("UPDATE adopted_names SET server_name = 'A B'", &["doctor.unreadable-row"], true),
    (
        "UPDATE document_sources SET last_seen_at = -1 WHERE id = 1",
        &["doctor.unreadable-row"],
        true,
    ),
    ("UPDATE changes SET event = '{}' WHERE id = 1", &["doctor.unreadable-row"], true),
    ("UPDATE clock SET latest_at = -1", &["doctor.unreadable-row"], true),
    ("UPDATE document_sources SET source_id = 77 WHERE id = 1", &["doctor.orphan"], true),
    (
        "UPDATE document_bytes SET document_id = 77 WHERE document_id = 3",
        &["doctor.orphan", "doctor.bytes-missing"],
        false,
    ),
];

#[test]
fn every_alteration_is_found_and_mended() {
    for (sql, expected, keeps_all) in ALTERATIONS {
        let (mut store, documents) = lived_in();
        alter(&store, sql);
        let found = examine(&store);
        assert_eq!(codes(&found), *expected, "{sql}: {found:#?}");
        let altered = super::state(&store);
        assert_eq!(examine(&store), found, "to look changes nothing");
        assert_eq!(super::state(&store), altered, "{sql}");

        let mended = mend(&mut store);
        assert_eq!(mended.before, found);
        assert_eq!(mended.after.complaints, [], "{sql}");
        assert_eq!(examine(&store).complaints, [], "{sql}");
        assert_eq!(store.load(now()).unwrap().corrupt, [], "{sql}");
        let left = store.load(now()).unwrap().rows.len();
        assert_eq!(left == 4, *keeps_all, "{sql}: {left}");
        if *keeps_all {
            assert_consistent(&store);
        }

        // What was taken out is asked for, and comes again; what is older does not.
        let outcomes = offer(&mut store, &documents.iter().collect::<Vec<_>>());
        let older = super::refusal_code(&outcomes[0]);
        assert_eq!(older, "accept.rolled-back", "{sql}");
        assert!(outcomes[1..].iter().all(Result::is_ok), "{sql}: {outcomes:?}");
        assert_eq!(store.load(now()).unwrap().rows.len(), 4, "{sql}");
        assert_eq!(examine(&store).complaints, [], "{sql}");
        assert_consistent(&store);
    }
}

#[test]
fn what_does_not_hold_is_kept_aside_and_asked_for_again() {
    let (mut store, documents) = lived_in();
    alter(&store, "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 3");
    let remedies: Vec<_> = examine(&store).complaints.iter().map(Complaint::remedy).collect();
    insta::assert_debug_snapshot!(remedies, @r#"
    [
        Some(
            "take it out, keep it aside for 30 days, and ask its sources for it again",
        ),
    ]
    "#);
    let place = source("https://a.example/list.json");
    assert!(store.source(&place).unwrap().unwrap().validators.etag.is_some());
    assert_eq!(mend(&mut store).after.taken_out, 1);
    assert_eq!(store.source(&place).unwrap().unwrap().validators, Validators::default());
    let sql = "SELECT from_table || ' ' || from_row || ' ' || hex(bytes) FROM taken_out";
    let aside: String = store.connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(aside, "documents 3 7B7D");
    assert_eq!(offer(&mut store, &[&documents[2]]), [Ok(Acceptance::Known)]);
    store.erase_superseded(now().plus_days(31)).unwrap();
    assert_eq!(examine(&store).taken_out, 0, "it goes like what was replaced");
}

#[test]
fn marks_do_not_go_down_for_a_document_that_was_taken_out() {
    let (mut store, documents) = lived_in();
    alter(&store, "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 2");
    mend(&mut store);
    assert_eq!(examine(&store).complaints, []);
    assert!(store.load(now()).unwrap().rows.iter().all(|it| it.subject() != "a.example"));
    let outcomes = offer(&mut store, &[&documents[0], &documents[1]]);
    assert_eq!(super::refusal_code(&outcomes[0]), "accept.rolled-back");
    assert_eq!(outcomes[1], Ok(Acceptance::Known));
}

#[test]
fn an_index_that_misses_a_row_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path().join("wellspring.db")).unwrap();
    offer(&mut store, &[&Issuer::new(1).list(1, &[])]);
    let connection = &store.connection;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    connection
        .execute_batch(
            "PRAGMA writable_schema = on;
             CREATE TABLE kept (root INTEGER);
             INSERT INTO kept SELECT rootpage FROM sqlite_schema WHERE name = 'changes_by_issuer';
             DELETE FROM sqlite_schema WHERE name = 'changes_by_issuer';",
        )
        .unwrap();
    drop(store);
    let other = rusqlite::Connection::open(folder.path().join("wellspring.db")).unwrap();
    // A row that the index, which is out of sight, does not learn of.
    other
        .execute_batch(
            "INSERT INTO changes (at, issuer_id, feed_id, identity, event)
                 SELECT at, issuer_id, feed_id, identity, event FROM changes;
             PRAGMA writable_schema = on;
             INSERT INTO sqlite_schema SELECT 'index', 'changes_by_issuer', 'changes', root,
                 'CREATE INDEX changes_by_issuer ON changes (issuer_id, id)' FROM kept;
             DROP TABLE kept;",
        )
        .unwrap();
    drop(other);
    let mut store = Store::open(folder.path().join("wellspring.db")).unwrap();
    let found = examine(&store);
    assert!(codes(&found).contains(&"doctor.index"), "{found:?}");
    assert_eq!(mend(&mut store).after.complaints, []);
}

#[test]
fn tables_of_somebody_else_are_left_alone() {
    let (mut store, _) = lived_in();
    store.connection.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let found = examine(&store);
    assert_eq!(codes(&found), ["doctor.schema"]);
    assert_eq!(found.complaints[0].remedy(), None);
    assert_eq!(mend(&mut store).after, found);
}

/// A page in the middle of the file is overwritten: whichever it is, nothing panics, it is
/// told, nothing is written, and what lies on other pages is still given out.
#[test]
fn a_damaged_page_is_told_and_takes_as_little_along_as_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let mut store = Store::open(&path).unwrap();
    let documents: Vec<_> =
        (0..40).map(|n| Issuer::new(n % 4).profile(1, &format!("s{n}.example"), "Title")).collect();
    offer(&mut store, &documents.iter().collect::<Vec<_>>());
    let pages: i64 =
        store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let of_bytes: Vec<i64> = {
        let sql = "SELECT pageno FROM dbstat WHERE name = 'document_bytes' AND pagetype = 'leaf'";
        match store.connection.prepare(sql) {
            Ok(mut statement) => {
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Err(_) => Vec::new(),
        }
    };
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let mut served = 0;
    for page in 2..=pages {
        std::fs::write(&path, &whole).unwrap();
        let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(u64::try_from(page - 1).unwrap() * 4096)).unwrap();
        file.write_all(&[0xa5; 4096]).unwrap();
        drop(file);
        let Ok(mut store) = Store::open(&path) else { continue };
        match store.examine(&mut |_, _| {}) {
            Ok(found) => assert!(!found.complaints.is_empty(), "page {page}"),
            Err(error) => panic!("page {page}: {error}"),
        }
        let loaded = store.load(now());
        if let Ok(loaded) = &loaded {
            assert!(loaded.rows.len() + loaded.corrupt.len() <= 40);
            served += usize::from(!loaded.rows.is_empty() && !loaded.corrupt.is_empty());
        }
        if of_bytes.contains(&page) {
            assert!(loaded.unwrap().rows.len() >= 30, "page {page}");
        }
        let mended = store.mend(now(), &mut |_, _| {});
        drop(mended);
    }
    assert!(served > 10, "{served} of {pages}");
}
