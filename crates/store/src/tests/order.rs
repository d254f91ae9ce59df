//! The same documents in any order, in any batches, some of them twice, come to the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use wellspring_document::{AnyVerified, Identity, Mark, Verdict};

use super::issuer::{Issuer, profile};
use super::{assert_consistent, marks, now, offer, records};
use crate::{Arrival, DocumentStatus, Feed, NotAccepted, Store};

/// Three issuers with feeds of several kinds, among them expired documents, equivocation
/// at the mark and below it, new keys and contested ones.
static DOCUMENTS: LazyLock<Vec<AnyVerified>> = LazyLock::new(|| {
    let mut documents = Vec::new();
    // The keys of the third were stolen: two ways lead on from its first state.
    let (one, three) = (Issuer::new(1), Issuer::new(3));
    let rotated = [one.rotated(11), three.rotated(31), three.rotated(32)];
    for issuer in [one, Issuer::new(2), three].into_iter().chain(rotated) {
        for sequence in 1..=3 {
            for version in ["one", "two", "three"] {
                documents.push(issuer.profile(sequence, "a.example", version));
            }
            documents.push(issuer.list(sequence, &[("a.example", Verdict::List)]));
        }
        let expired = now().plus_days(-20);
        documents.push(issuer.sign_at(4, expired, &profile("a.example", "expired")));
        documents.push(issuer.list(3, &[("b.example", Verdict::Endorse)]));
    }
    documents
});

/// Of every feed: its mark, the document that counts, and the evidence at the mark.
type Outcome = BTreeMap<Feed, (Mark, Option<Identity>, Vec<Identity>)>;

fn outcome(store: &Store) -> Outcome {
    let counting: BTreeMap<_, _> =
        store.load(now()).unwrap().rows.iter().map(|it| (Feed::of(it), it.identity())).collect();
    let records = records(store).rows;
    marks(store)
        .into_iter()
        .map(|(feed, mark)| {
            let evidence = records
                .iter()
                .filter(|record| {
                    record.feed == feed
                        && record.sequence == mark.sequence
                        && record.superseded_at.is_none()
                        && record.status == DocumentStatus::Equivocating
                })
                .map(|record| record.identity)
                .collect();
            let current = counting.get(&feed).copied();
            (feed, (mark, current, evidence))
        })
        .collect()
}

fn fill(documents: &[AnyVerified], batch: usize) -> Store {
    let mut store = Store::open_in_memory().unwrap();
    for batch in documents.chunks(batch) {
        offer(&mut store, &batch.iter().collect::<Vec<_>>());
    }
    assert_consistent(&store);
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_in_any_order_come_to_the_same(
        (documents, repeated, batch) in prop::sample::subsequence(DOCUMENTS.clone(), 1..=DOCUMENTS.len())
            .prop_flat_map(|documents| {
                let repeated: Vec<_> = documents.iter().chain(documents.iter().step_by(3)).cloned().collect();
                (Just(documents), Just(repeated).prop_shuffle(), 1_usize..20)
            })
    ) {
        prop_assert_eq!(outcome(&fill(&documents, 7)), outcome(&fill(&repeated, batch)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// At whatever time and after whatever came before: what is refused leaves every row as
    /// it was, and nothing ever takes a mark back.
    #[test]
    fn a_refused_document_never_moves_anything(
        documents in prop::sample::subsequence(DOCUMENTS.clone(), 1..=DOCUMENTS.len()).prop_shuffle(),
        days in prop::collection::vec(-25_i64..2, 12),
    ) {
        let mut store = Store::open_in_memory().unwrap();
        for (document, day) in documents.iter().zip(days.iter().cycle()) {
            let (before, marks_before) = (super::state(&store), every_mark(&store));
            let arrival = Arrival { document, source: None };
            let outcome = store.accept(&[arrival], now().plus_days(*day)).unwrap().remove(0);
            if matches!(outcome, Err(NotAccepted::Refused(_))) {
                prop_assert_eq!(super::state(&store), before);
            }
            let marks = every_mark(&store);
            for (feed, sequence) in marks_before {
                prop_assert!(marks[&feed] >= sequence);
            }
        }
        assert_consistent(&store);
    }
}

/// The mark of every feed under every key state.
fn every_mark(store: &Store) -> BTreeMap<i64, i64> {
    let mut statement = store.connection.prepare("SELECT id, mark_sequence FROM feeds").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn new_keys_in_any_order_leave_the_same_documents_counting() {
    let before = Issuer::new(1);
    let after = before.rotated(2);
    let documents = [
        before.profile(4, "a.example", "before"),
        before.list(9, &[]),
        after.list(1, &[]),
        after.profile(2, "b.example", "after"),
    ];
    let mut outcomes = Vec::new();
    // Every rotation of the list and of its reverse: each comes first and last.
    for start in 0..documents.len() {
        let mut order = documents.to_vec();
        order.rotate_left(start);
        for _ in 0..2 {
            let store = fill(&order, 2);
            let counting: Vec<_> =
                store.load(now()).unwrap().rows.iter().map(AnyVerified::identity).collect();
            outcomes.push(counting);
            order.reverse();
        }
    }
    assert_eq!(outcomes[0].len(), 2);
    assert!(outcomes.iter().all(|it| *it == outcomes[0]));
}
