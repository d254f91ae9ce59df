//! Nobody fills the disk.

use wellspring_document::AnyVerified;

use super::issuer::{Issuer, list};
use super::{assert_consistent, now, offer, records};
use crate::changes::{self, Entry, Place};
use crate::{DAYS_KEPT, DocumentStatus, Event, MAX_CHANGES_PER_ISSUER, MAX_EVIDENCE, Store};

#[test]
fn of_many_documents_with_one_number_the_same_few_stay_in_any_order() {
    let issuer = Issuer::new(1);
    let mut documents: Vec<_> =
        (0..10).map(|n| issuer.profile(1, "a.example", &format!("version {n}"))).collect();
    let mut evidence = Vec::new();
    for _ in 0..2 {
        let mut store = Store::open_in_memory().unwrap();
        offer(&mut store, &documents.iter().collect::<Vec<_>>());
        offer(&mut store, &documents.iter().collect::<Vec<_>>());
        assert_consistent(&store);
        evidence
            .push(records(&store).rows.iter().map(|record| record.identity).collect::<Vec<_>>());
        documents.reverse();
    }
    documents.sort_by_key(AnyVerified::identity);
    let smallest: Vec<_> =
        documents.iter().take(1 + MAX_EVIDENCE).map(AnyVerified::identity).collect();
    assert_eq!(evidence, [smallest.clone(), smallest]);
}

#[test]
fn the_log_forgets_the_oldest_changes_of_whoever_makes_too_many() {
    let mut store = Store::open_in_memory().unwrap();
    let (quiet, loud) = (Issuer::new(1).list(1, &[]), Issuer::new(2).list(1, &[]));
    offer(&mut store, &[&quiet, &loud]);
    let place = Place { issuer_id: 2, feed_id: 2 };
    let transaction = store.begin().unwrap();
    for _ in 0..MAX_CHANGES_PER_ISSUER {
        let event = Event::DocumentAccepted;
        let entry = Entry { place, identity: loud.identity(), server_name: None, event };
        changes::append(&transaction, &entry, now()).unwrap();
    }
    changes::prune(&transaction, place.issuer_id).unwrap();
    transaction.commit().unwrap();
    let changes = super::changes(&store).rows;
    let count = |of: &AnyVerified| {
        changes.iter().filter(|change| change.feed.issuer == *of.issuer()).count()
    };
    assert_eq!(count(&loud), MAX_CHANGES_PER_ISSUER);
    assert_eq!(count(&quiet), 1);
}

#[test]
fn superseded_bytes_are_erased_after_thirty_days_and_their_record_stays() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let mut pair = [issuer.profile(1, "a.example", "one"), issuer.profile(1, "a.example", "two")];
    pair.sort_by_key(AnyVerified::identity);
    let current = issuer.profile(2, "a.example", "current");
    let conflict = Issuer::new(2);
    let open = [conflict.list(1, &[("a.example", wellspring_document::Verdict::List)])]
        .into_iter()
        .chain([conflict.sign(1, &list(&[]))])
        .collect::<Vec<_>>();
    offer(&mut store, &[&pair[0], &pair[1], &current, &open[0], &open[1]]);

    let end = now().plus_days(DAYS_KEPT);
    assert_eq!(store.erase_superseded(end.plus_seconds(-1)).unwrap(), []);
    let mut erased = store.erase_superseded(end).unwrap();
    erased.sort();
    assert_eq!(erased, pair.each_ref().map(|document| document.identity()));
    assert_eq!(store.erase_superseded(end).unwrap(), []);

    for (document, status) in
        pair.iter().zip([DocumentStatus::Superseded, DocumentStatus::Equivocating])
    {
        let stored = store.document(document.bytes_hash()).unwrap().unwrap();
        assert_eq!(stored.bytes, None);
        assert_eq!((stored.record.status, stored.record.size), (status, None));
    }
    // What counts stays, and evidence as long as the conflict is open.
    for document in open.iter().chain([&current]) {
        let stored = store.document(document.bytes_hash()).unwrap().unwrap();
        assert_eq!(stored.bytes.as_ref(), Some(document.bytes()));
    }
    assert_eq!(store.load(now()).unwrap().rows.len(), 2);
    // The mark outlives the bytes.
    let replayed = offer(&mut store, &[&pair[0]]);
    assert_eq!(super::refusal_code(&replayed[0]), "accept.rolled-back");
    assert_consistent(&store);
}
