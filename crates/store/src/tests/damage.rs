//! A file that was altered from outside.

use wellspring_document::Acceptance;

use super::issuer::{Issuer, name};
use super::{assert_consistent, now, offer, records, source};
use crate::{Arrival, Attempt, AttemptResult, Store, Validators, WellKnownAnswer};

fn three_profiles(store: &mut Store) -> Vec<wellspring_document::AnyVerified> {
    let documents: Vec<_> = ["a.example", "b.example", "c.example"]
        .iter()
        .map(|server| Issuer::new(1).profile(1, server, "Title"))
        .collect();
    offer(store, &documents.iter().collect::<Vec<_>>());
    documents
}

fn alter(store: &Store, sql: &str) {
    assert_eq!(store.connection.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn altered_bytes_are_reported_and_the_rest_is_loaded() {
    let alterations = [
        "UPDATE document_bytes SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Title', 'Tutle')
             AS BLOB) WHERE document_id = 2",
        "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 2",
        "UPDATE document_bytes SET bytes = (SELECT bytes FROM document_bytes
             WHERE document_id = 1) WHERE document_id = 2",
        "UPDATE documents SET bytes_hash = zeroblob(32) WHERE id = 2",
        "UPDATE documents SET bytes_hash = x'00' WHERE id = 2",
        "UPDATE feeds SET subject = 'd.example' WHERE id = 2",
        "UPDATE feeds SET kind = 'poem' WHERE id = 2",
        "DELETE FROM document_bytes WHERE document_id = 2",
    ];
    let mut problems = Vec::new();
    for sql in alterations {
        let mut store = Store::open_in_memory().unwrap();
        let documents = three_profiles(&mut store);
        alter(&store, sql);
        let loaded = store.load(now()).unwrap();
        let identities: Vec<_> = loaded.rows.iter().map(|document| document.identity()).collect();
        assert_eq!(identities, [documents[0].identity(), documents[2].identity()], "{sql}");
        assert_eq!(loaded.corrupt.len(), 1, "{sql}");
        problems.push(loaded.corrupt[0].to_string());
    }
    insta::assert_snapshot!(problems.join("\n"), @r#"
        table document_bytes, row 2, column bytes of the database is damaged: proof: the signature does not fit the document: one of them was altered, or another key signed
        table document_bytes, row 2, column bytes of the database is damaged: type: is required; without it this is no document of Wellspring
        table document_bytes, row 2, column bytes of the database is damaged: its hash is not the one that was recorded
        table document_bytes, row 2, column bytes of the database is damaged: its hash is not the one that was recorded
        table documents, row 2, column bytes_hash of the database is damaged: Cannot read 32 byte value out of 1 byte blob
        table document_bytes, row 2, column bytes of the database is damaged: it is a document of another feed
        table documents, row 2, column kind of the database is damaged: it holds the unknown word "poem"
        table document_bytes, row 2, column bytes of the database is damaged: they are not there
    "#);
}

#[test]
fn a_damaged_document_is_put_right_when_it_comes_again() {
    let other = Issuer::new(1).profile(2, "b.example", "Title");
    let alterations = [
        "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 2",
        "UPDATE document_bytes SET bytes = (SELECT bytes FROM document_bytes
             WHERE document_id = 1) WHERE document_id = 2",
        "UPDATE documents SET bytes_hash = zeroblob(32) WHERE id = 2",
        "UPDATE documents SET bytes_hash = x'00' WHERE id = 2",
        "DELETE FROM document_bytes WHERE document_id = 2",
    ];
    for sql in alterations {
        let mut store = Store::open_in_memory().unwrap();
        let documents = three_profiles(&mut store);
        alter(&store, sql);
        assert_eq!(store.load(now()).unwrap().corrupt.len(), 1, "{sql}");
        let outcomes = offer(&mut store, &documents.iter().collect::<Vec<_>>());
        assert!(outcomes.iter().all(|outcome| *outcome == Ok(Acceptance::Known)), "{sql}");
        let loaded = store.load(now()).unwrap();
        assert_eq!(loaded.corrupt, [], "{sql}");
        assert_eq!(loaded.rows.len(), 3, "{sql}");
        assert_consistent(&store);
        assert_eq!(offer(&mut store, &[&other]), [Ok(Acceptance::New)], "{sql}");
    }
}

/// The row of a feed says that its documents are of another one, or a document stands in the
/// row of another feed: its identity tells where it belongs.
#[test]
fn a_document_in_the_wrong_feed_is_put_right_and_holds_up_nobody() {
    let other = Issuer::new(2).list(1, &[]);
    for sql in [
        "UPDATE feeds SET subject = 'd.example' WHERE id = 2",
        "UPDATE feeds SET kind = 'poem' WHERE id = 2",
        "UPDATE feeds SET key_state = 'zQm' WHERE id = 2",
        "UPDATE documents SET feed_id = 3, status = 'superseded' WHERE id = 2",
    ] {
        let mut store = Store::open_in_memory().unwrap();
        let mut documents = three_profiles(&mut store);
        alter(&store, sql);
        documents.push(other.clone());
        let outcomes = offer(&mut store, &documents.iter().collect::<Vec<_>>());
        assert!(outcomes.iter().all(Result::is_ok), "{sql}: {outcomes:?}");
        let loaded = store.load(now()).unwrap();
        assert_eq!(loaded.corrupt, [], "{sql}");
        assert_eq!(loaded.rows.len(), 4, "{sql}");
        assert_consistent(&store);
        let older = Issuer::new(1).profile(1, "b.example", "Other title");
        let newer = Issuer::new(1).profile(2, "b.example", "Title");
        assert_eq!(offer(&mut store, &[&newer]), [Ok(Acceptance::New)], "{sql}");
        let code = super::refusal_code(&offer(&mut store, &[&older])[0]);
        assert_eq!(code, "accept.rolled-back", "{sql}");
    }
}

/// The row of an issuer says that its documents are somebody else's: the issuer is unknown
/// then, but its documents are there.
#[test]
fn documents_of_an_issuer_whose_name_is_altered_are_put_right_and_hold_up_nobody() {
    let mut store = Store::open_in_memory().unwrap();
    let mut documents = three_profiles(&mut store);
    let name = Issuer::new(3).list(1, &[]).issuer().clone();
    alter(&store, &format!("UPDATE issuers SET issuer = '{name}'"));
    documents.insert(0, Issuer::new(2).list(1, &[]));
    let outcomes = offer(&mut store, &documents.iter().collect::<Vec<_>>());
    // With the first of them the issuer is known again, and so whose the others are.
    let [new, known] = [Ok(Acceptance::New), Ok(Acceptance::Known)];
    assert_eq!(outcomes, [new.clone(), new, known.clone(), known]);
    let loaded = store.load(now()).unwrap();
    assert_eq!(loaded.corrupt, []);
    assert_eq!(loaded.rows.len(), 4);
    let newer = Issuer::new(1).profile(2, "b.example", "Title");
    assert_eq!(offer(&mut store, &[&newer]), [Ok(Acceptance::New)]);
    assert_eq!(super::refusal_code(&offer(&mut store, &[&documents[2]])[0]), "accept.rolled-back");
}

#[test]
fn rows_that_contradict_each_other_refuse_one_document_and_no_other() {
    let mut store = Store::open_in_memory().unwrap();
    three_profiles(&mut store);
    let next = Issuer::new(1).profile(2, "b.example", "Title");
    let taken: String =
        next.bytes_hash().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    alter(&store, &format!("UPDATE documents SET bytes_hash = x'{taken}' WHERE id = 1"));
    let state = super::state(&store);
    let outcomes = offer(&mut store, &[&next]);
    assert_eq!(super::refusal_code(&outcomes[0]), "store.corrupt-row");
    assert_eq!(super::state(&store), state, "what was refused moved nothing");
    let other = Issuer::new(2).list(1, &[]);
    let outcomes = offer(&mut store, &[&next, &other]);
    assert_eq!(super::refusal_code(&outcomes[0]), "store.corrupt-row");
    assert_eq!(outcomes[1], Ok(Acceptance::New));
}

#[test]
fn the_sources_of_a_damaged_document_are_asked_for_all_of_it() {
    let mut store = Store::open_in_memory().unwrap();
    let [damaged, good] = ["https://a.example/l", "https://b.example/l"].map(source);
    for (seed, place) in [(1, &damaged), (2, &good)] {
        let document = Issuer::new(seed).list(1, &[]);
        store.accept(&[Arrival { document: &document, source: Some(place) }], now()).unwrap();
        let validators =
            Validators { etag: Some("\"1\"".to_owned()), last_modified: Some("then".to_owned()) };
        let result = AttemptResult::Read(validators);
        let (source, at) = (place.clone(), now());
        store.record_attempts(&[Attempt { source, at, result, next_attempt: at }]).unwrap();
    }
    alter(&store, "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 1");
    let found = store.load(now()).unwrap().corrupt;
    store.ask_again(&found).unwrap();
    let validators = |place| store.source(place).unwrap().unwrap().validators;
    assert_eq!(validators(&damaged), Validators::default());
    assert_eq!(validators(&good).etag.as_deref(), Some("\"1\""));
}

#[test]
fn altered_bytes_are_not_given_out() {
    let mut store = Store::open_in_memory().unwrap();
    let documents = three_profiles(&mut store);
    alter(&store, "UPDATE document_bytes SET bytes = x'7b7d' WHERE document_id = 1");
    let error = store.document(documents[0].bytes_hash()).unwrap_err();
    assert_eq!(error.code(), "store.corrupt-row");
    assert!(store.document(documents[1].bytes_hash()).unwrap().is_some());
}

#[test]
fn a_damaged_key_history_refuses_its_issuer_and_nobody_else() {
    for sql in [
        "UPDATE issuers SET key_histories = '[]'",
        "UPDATE issuers SET key_histories = '{'",
        "UPDATE issuers SET key_histories = replace(key_histories, 'signing_keys', 'other')",
    ] {
        let mut store = Store::open_in_memory().unwrap();
        let issuer = Issuer::new(1);
        offer(&mut store, &[&issuer.list(1, &[])]);
        alter(&store, sql);
        let next = issuer.list(2, &[]);
        let other = Issuer::new(2).list(1, &[]);
        let outcomes = offer(&mut store, &[&next, &other]);
        assert_eq!(outcomes[0].as_ref().unwrap_err().code(), "store.corrupt-row");
        assert!(outcomes[1].is_ok());
    }
}

#[test]
fn a_history_of_another_issuer_is_no_history() {
    let mut store = Store::open_in_memory().unwrap();
    let (one, other) = (Issuer::new(1), Issuer::new(2));
    offer(&mut store, &[&one.list(1, &[]), &other.list(1, &[])]);
    alter(
        &store,
        "UPDATE issuers SET key_histories = (SELECT key_histories FROM issuers WHERE id = 2)
         WHERE id = 1",
    );
    let outcomes = offer(&mut store, &[&one.list(2, &[])]);
    assert_eq!(outcomes[0].as_ref().unwrap_err().code(), "store.corrupt-row");
}

#[test]
fn every_listing_leaves_out_what_is_damaged() {
    let mut store = Store::open_in_memory().unwrap();
    three_profiles(&mut store);
    let place = source("https://a.example/list.json");
    store.record_adopted_names(&place, &[name("a.example")].into(), now()).unwrap();
    let answers = ["a.example", "b.example"].map(|it| (name(it), WellKnownAnswer::NotFound));
    assert!(store.record_sights(&answers, now()).unwrap().iter().all(Result::is_ok));

    alter(&store, "UPDATE documents SET issued_at = -1 WHERE id = 1");
    alter(&store, "UPDATE changes SET event = '{\"event\":\"feast\"}' WHERE id = 1");
    alter(&store, "UPDATE sights SET status = 'hidden' WHERE id = 1");
    alter(&store, "UPDATE sources SET kind = 'rumour' WHERE id = 1");
    let documents = records(&store);
    let changes = super::changes(&store);
    let sights = store.sights().unwrap();
    let sources = store.sources().unwrap();
    assert_eq!(documents.rows.len(), 2);
    assert_eq!(changes.rows.len(), 2);
    assert_eq!(sights.rows.len(), 1);
    assert_eq!(sources.rows.len(), 0);
    let problems: Vec<_> = [documents.corrupt, changes.corrupt, sights.corrupt, sources.corrupt]
        .concat()
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
        table documents, row 1, column issued_at of the database is damaged: -1 is out of range
        table changes, row 1, column event of the database is damaged: unknown variant `feast`, expected one of `document-accepted`, `document-replaced`, `equivocation`, `keys-changed`, `keys-contested`, `entry-changed` at line 1 column 16
        table sights, row 1, column status of the database is damaged: it holds the unknown word "hidden"
        table sources, row 1, column kind of the database is damaged: it holds the unknown word "rumour"
    "#);

    let again = store.record_sights(&answers, now()).unwrap();
    assert_eq!(again[0].as_ref().unwrap_err().column, "status");
    assert!(again[1].is_ok());
}
