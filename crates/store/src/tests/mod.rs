//! What a node can rely on, tried on whole stores.

mod acceptance;
mod backup;
mod bounds;
mod clock;
mod concurrency;
mod contests;
mod damage;
mod doctor;
mod history;
mod issuer;
mod kill;
mod mirrors;
mod opening;
mod order;
mod sightings;
mod submissions;
mod sync;
mod told;
mod withdrawal;

use std::collections::BTreeMap;

use rusqlite::Row;
use wellspring_document::{Acceptance, AnyVerified, BytesHash, Mark, Timestamp};

use crate::changes::read_change;
use crate::columns;
use crate::documents::read_record;
use crate::error::Found;
use crate::feeds::{read_feed, read_mark};
use crate::{Arrival, Change, DocumentRecord, Feed, NotAccepted, SourceKey, SourceKind, Store};

/// The time of all tests.
fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn source(location: &str) -> SourceKey {
    SourceKey { kind: SourceKind::ListUrl, location: location.to_owned() }
}

/// Offers documents one by one in one batch, without a source.
fn offer(store: &mut Store, documents: &[&AnyVerified]) -> Vec<Result<Acceptance, NotAccepted>> {
    let arrivals: Vec<_> =
        documents.iter().map(|document| Arrival { document, source: None }).collect();
    store.accept(&arrivals, now()).unwrap()
}

fn refusal_code(outcome: &Result<Acceptance, NotAccepted>) -> &'static str {
    outcome.as_ref().unwrap_err().code()
}

fn rows<T>(
    store: &Store,
    sql: &str,
    table: &'static str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Found<T> {
    columns::collect(store.connection.prepare_cached(sql).unwrap(), [], table, read).unwrap()
}

/// Every feed whose keys count, with its mark.
fn marks(store: &Store) -> BTreeMap<Feed, Mark> {
    let sql = "SELECT feeds.id, kind, issuer, subject, key_state, mark_sequence, mark_identity
               FROM feeds JOIN issuers ON issuers.id = issuer_id
               WHERE key_state = accepted_state";
    let found = rows(store, sql, "feeds", |row| Ok((read_feed(row)?, read_mark(row)?)));
    assert_eq!(found.corrupt, []);
    found.rows.into_iter().collect()
}

/// What is known of every document, by feed, the newest first.
fn records(store: &Store) -> Found<DocumentRecord> {
    let statement = store.records("", "true").unwrap();
    columns::collect(statement, [i64::MAX], "documents", read_record).unwrap()
}

/// Every change, newest first.
fn changes(store: &Store) -> Found<Change> {
    let sql = "SELECT changes.id, at, kind, issuer, subject, identity, server_name, event
               FROM changes
               JOIN feeds ON feeds.id = feed_id JOIN issuers ON issuers.id = changes.issuer_id
               ORDER BY changes.id DESC";
    rows(store, sql, "changes", read_change)
}

/// Every value of issuers, feeds and documents, as text: what a refusal must not move.
fn state(store: &Store) -> Vec<String> {
    ["issuers", "feeds", "documents"]
        .iter()
        .flat_map(|table| {
            let sql = format!("SELECT * FROM {table} ORDER BY id");
            let mut statement = store.connection.prepare(&sql).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                let values = (0..columns).map(|column| format!("{:?}", row.get_ref(column)));
                Ok(values.collect::<Vec<_>>().join(", "))
            });
            rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
        })
        .collect()
}

/// Fails where the tables contradict each other.
fn assert_consistent(store: &Store) {
    let examined = store.examine(&mut |_, _| {}).unwrap();
    assert_eq!(examined.complaints, [], "the doctor complains about a healthy store");
    let contradictions = [
        (
            "a mark without its document, under keys that count",
            "SELECT feeds.id FROM feeds JOIN issuers ON issuers.id = issuer_id
             WHERE key_state = accepted_state AND NOT EXISTS (
                 SELECT 1 FROM documents WHERE feed_id = feeds.id AND identity = mark_identity
                     AND sequence = mark_sequence)",
        ),
        (
            "a document past the mark of its feed",
            "SELECT documents.id FROM documents JOIN feeds ON feeds.id = feed_id
             WHERE sequence > mark_sequence",
        ),
        (
            "a current document that is not at the mark",
            "SELECT documents.id FROM documents JOIN feeds ON feeds.id = feed_id
             WHERE status = 'current' AND identity != mark_identity",
        ),
        (
            "a feed under the keys that count without a current document",
            "SELECT feeds.id FROM feeds JOIN issuers ON issuers.id = issuer_id
             WHERE key_state = accepted_state AND NOT EXISTS (
                 SELECT 1 FROM documents WHERE feed_id = feeds.id AND status = 'current')",
        ),
        (
            "a document without end under keys that do not count",
            "SELECT documents.id FROM documents
             JOIN feeds ON feeds.id = feed_id JOIN issuers ON issuers.id = issuer_id
             WHERE superseded_at IS NULL AND key_state != accepted_state",
        ),
        (
            "a current document without bytes",
            "SELECT id FROM documents WHERE status = 'current'
             AND superseded_at IS NULL
             AND id NOT IN (SELECT document_id FROM document_bytes)",
        ),
        (
            "a document with a wrong end",
            "SELECT id FROM documents WHERE status != 'current' AND (superseded_at IS NULL)
             != (status = 'equivocating' AND (
                 SELECT mark_sequence = sequence AND key_state = accepted_state
                 FROM feeds JOIN issuers ON issuers.id = issuer_id WHERE feeds.id = feed_id))",
        ),
        ("a broken reference", "SELECT rowid FROM pragma_foreign_key_check"),
    ];
    for (name, sql) in contradictions {
        let mut statement = store.connection.prepare(sql).unwrap();
        let found: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, Vec::<i64>::new(), "{name}");
    }
    let mut statement = store
        .connection
        .prepare(
            "SELECT bytes, bytes_hash FROM documents
             JOIN document_bytes ON document_id = documents.id",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (bytes, hash): (Vec<u8>, [u8; 32]) = (row.get(0).unwrap(), row.get(1).unwrap());
        assert_eq!(BytesHash::of(&bytes), BytesHash::from_bytes(hash));
    }
}
