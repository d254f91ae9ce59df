use wellspring_document::{Acceptance, AnyVerified, Identity, Mark};

use super::issuer::{Issuer, name};
use super::{assert_consistent, changes, marks, now, offer, records, refusal_code, source, state};
use crate::{Arrival, DocumentStatus, Event, Feed, Store};

fn statuses(store: &Store, document: &AnyVerified) -> Vec<(u64, DocumentStatus)> {
    let found = records(store);
    assert_eq!(found.corrupt, []);
    let of_issuer = found.rows.iter().filter(|record| record.feed.issuer == *document.issuer());
    of_issuer.map(|record| (record.sequence, record.status)).collect()
}

#[test]
fn a_newer_document_replaces_the_one_before_which_stays_readable() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let first = issuer.profile(1, "a.example", "first");
    let second = issuer.profile(2, "a.example", "second");
    assert_eq!(offer(&mut store, &[&first]), [Ok(Acceptance::New)]);
    assert_eq!(
        offer(&mut store, &[&second, &second]),
        [Ok(Acceptance::New), Ok(Acceptance::Known)]
    );

    let loaded = store.load(now()).unwrap();
    assert_eq!(loaded.corrupt, []);
    assert_eq!(loaded.rows.len(), 1);
    assert_eq!(loaded.rows[0].bytes(), second.bytes());
    let old = store.document(first.bytes_hash()).unwrap().unwrap();
    assert_eq!(old.bytes.as_ref(), Some(first.bytes()));
    assert_eq!(old.record.status, DocumentStatus::Superseded);
    assert_eq!(old.record.superseded_at, Some(now()));
    assert_eq!(old.record.accepted_at, now());
    assert_eq!(old.record.size, Some(first.bytes().len() as u64));
    assert_consistent(&store);
}

#[test]
fn feeds_of_one_issuer_have_marks_of_their_own() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let documents = [
        issuer.profile(9, "a.example", "a"),
        issuer.profile(1, "b.example", "b"),
        issuer.list(1, &[]),
    ];
    let outcomes = offer(&mut store, &documents.each_ref());
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(Acceptance::New)));
    let marks = marks(&store);
    assert_eq!(marks.len(), 3);
    for document in &documents {
        assert_eq!(marks[&Feed::of(document)], Mark::of(document));
    }
}

#[test]
fn a_document_of_another_issuer_about_the_same_server_replaces_nothing() {
    let mut store = Store::open_in_memory().unwrap();
    let own = Issuer::new(1).profile(1, "a.example", "own");
    let foreign = Issuer::new(2).profile(7, "a.example", "foreign");
    offer(&mut store, &[&own, &foreign]);
    let found = store.profiles_of(&name("a.example"), 10).unwrap().rows;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|record| record.status == DocumentStatus::Current));
}

#[test]
fn a_refused_document_moves_nothing() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let current = issuer.profile(5, "a.example", "current");
    offer(&mut store, &[&current]);

    let rolled_back = issuer.profile(4, "a.example", "older");
    let body = super::issuer::profile("b.example", "b");
    let from_the_future = Issuer::new(2).sign_at(1, now().plus_seconds(301), &body);
    let mirror = source("https://mirror.example/list.json");
    let (ours, theirs) = (Issuer::new(3).rotated(4), Issuer::new(3).rotated(5));
    offer(&mut store, &[&ours.list(1, &[]), &theirs.list(1, &[])]);
    let past_a_lost_state = theirs.rotated(6).list(9, &[]);
    let before = state(&store);
    for _ in 0..2 {
        let arrivals = [&rolled_back, &from_the_future, &past_a_lost_state]
            .map(|document| Arrival { document, source: Some(&mirror) });
        let outcomes = store.accept(&arrivals, now()).unwrap();
        assert_eq!(refusal_code(&outcomes[0]), "accept.rolled-back");
        assert_eq!(refusal_code(&outcomes[1]), "accept.from-the-future");
        assert_eq!(refusal_code(&outcomes[2]), "accept.history-diverges");
    }
    assert_eq!(state(&store), before);
    assert_consistent(&store);
}

#[test]
fn one_bad_document_does_not_stop_its_neighbours() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let new = issuer.profile(2, "a.example", "new");
    let old = issuer.profile(1, "a.example", "old");
    let other = Issuer::new(2).profile(1, "b.example", "other");
    let outcomes = offer(&mut store, &[&new, &old, &other]);
    assert_eq!(outcomes[0], Ok(Acceptance::New));
    assert_eq!(refusal_code(&outcomes[1]), "accept.rolled-back");
    assert_eq!(outcomes[2], Ok(Acceptance::New));
    assert_eq!(store.load(now()).unwrap().rows.len(), 2);
}

#[test]
fn of_two_documents_with_one_number_the_smaller_identity_counts_and_both_are_kept() {
    let issuer = Issuer::new(1);
    let mut pair = [issuer.profile(3, "a.example", "one"), issuer.profile(3, "a.example", "two")];
    pair.sort_by_key(AnyVerified::identity);
    let [smaller, larger] = &pair;
    let counts = smaller.identity();

    for order in [[smaller, larger], [larger, smaller]] {
        let mut store = Store::open_in_memory().unwrap();
        assert_eq!(offer(&mut store, &[order[0]]), [Ok(Acceptance::New)]);
        assert_eq!(offer(&mut store, &[order[1]]), [Ok(Acceptance::Equivocation { counts })]);
        // Seen again, it is no news.
        let before = changes(&store).rows.len();
        offer(&mut store, &[smaller, larger]);
        assert_eq!(changes(&store).rows.len(), before);

        assert_eq!(store.load(now()).unwrap().rows[0].identity(), counts);
        assert_eq!(marks(&store)[&Feed::of(larger)].identity, counts);
        let found: Vec<_> =
            records(&store).rows.iter().map(|record| (record.identity, record.status)).collect();
        assert_eq!(
            found,
            [(counts, DocumentStatus::Current), (larger.identity(), DocumentStatus::Equivocating)]
        );
        let evidence = store.contradicting(&Feed::of(smaller)).unwrap().rows;
        assert_eq!(evidence.len(), 1);
        assert_eq!(evidence[0].identity, larger.identity());
        assert_consistent(&store);
    }
}

#[test]
fn after_new_keys_old_documents_count_in_no_feed_of_the_issuer() {
    let mut store = Store::open_in_memory().unwrap();
    let before = Issuer::new(1);
    let after = before.rotated(2);
    let list = before.list(8, &[]);
    let profile = before.profile(8, "a.example", "before");
    offer(&mut store, &[&list, &profile]);

    // The version of the keys comes before the sequence number.
    let signed_again = after.list(1, &[]);
    assert_eq!(offer(&mut store, &[&signed_again]), [Ok(Acceptance::New)]);
    let counting: Vec<_> =
        store.load(now()).unwrap().rows.iter().map(AnyVerified::identity).collect();
    assert_eq!(counting, [signed_again.identity()]);
    assert_eq!(
        statuses(&store, &list),
        [
            (1, DocumentStatus::Current),
            (8, DocumentStatus::Outdated),
            (8, DocumentStatus::Outdated),
        ]
    );
    let late = before.profile(9, "a.example", "late");
    assert_eq!(refusal_code(&offer(&mut store, &[&late])[0]), "accept.outdated-keys");
    assert_consistent(&store);

    let profile_again = after.profile(1, "a.example", "again");
    assert_eq!(offer(&mut store, &[&profile_again]), [Ok(Acceptance::New)]);
    assert_eq!(store.load(now()).unwrap().rows.len(), 2);
    assert_consistent(&store);
}

/// What counts of an issuer, by identity.
fn counting(store: &Store) -> Vec<Identity> {
    store.load(now()).unwrap().rows.iter().map(AnyVerified::identity).collect()
}

#[test]
fn of_keys_that_lead_two_ways_neither_counts_and_what_was_before_counts_again() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let (ours, theirs) = (issuer.rotated(2), issuer.rotated(3));
    let before = issuer.list(7, &[]);
    let rotated = ours.list(1, &[]);
    offer(&mut store, &[&before, &rotated]);
    assert_eq!(counting(&store), [rotated.identity()]);

    let rival = theirs.list(2, &[]);
    assert_eq!(refusal_code(&offer(&mut store, &[&rival])[0]), "accept.history-diverges");
    assert_eq!(counting(&store), [before.identity()]);
    let contested = Event::KeysContested { common_version: 1 };
    assert!(changes(&store).rows.iter().any(|change| change.event == contested));
    assert_consistent(&store);

    // What both sides sign later is kept, and counts for nothing; the keys before go on.
    let more = ours.list(2, &[]);
    assert_eq!(refusal_code(&offer(&mut store, &[&more])[0]), "accept.history-diverges");
    let next = issuer.list(8, &[]);
    assert_eq!(offer(&mut store, &[&next]), [Ok(Acceptance::New)]);
    assert_eq!(counting(&store), [next.identity()]);
    assert_consistent(&store);
}

#[test]
fn a_recovery_ends_a_contest_whatever_came_before_it() {
    let issuer = Issuer::recoverable(1);
    let (thief, saved) = (issuer.rotated(3), issuer.recovered(4));
    let documents = [
        issuer.profile(5, "a.example", "before"),
        issuer.rotated(2).profile(1, "a.example", "rotated"),
        thief.profile(900, "a.example", "stolen"),
        saved.profile(1, "a.example", "saved"),
        saved.list(1, &[]),
    ];
    for start in 0..documents.len() {
        let mut store = Store::open_in_memory().unwrap();
        let mut order = documents.to_vec();
        order.rotate_left(start);
        for document in &order {
            offer(&mut store, &[document]);
            assert_consistent(&store);
        }
        let mut expected = [documents[3].identity(), documents[4].identity()];
        let mut found = counting(&store);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{start}");
    }
}

#[test]
fn what_is_set_aside_stays_within_its_bounds() {
    let mut store = Store::open_in_memory().unwrap();
    let mut issuer = Issuer::new(1);
    let mut all = vec![issuer.list(1, &[])];
    for seed in 2..10 {
        issuer = issuer.rotated(seed);
        all.push(issuer.list(1, &[]));
    }
    // The newest first, so that all others come to be set aside.
    for document in all.iter().rev() {
        offer(&mut store, &[document]);
    }
    let kept = statuses(&store, &all[0]);
    assert_eq!(kept.len(), 1 + crate::MAX_STATES_ASIDE);
    assert_eq!(counting(&store), [all[8].identity()]);
    assert_consistent(&store);
}

#[test]
fn expired_documents_are_accepted_and_loaded() {
    let mut store = Store::open_in_memory().unwrap();
    let body = super::issuer::profile("a.example", "old");
    let expired = Issuer::new(1).sign_at(1, now().plus_days(-100), &body);
    assert!(expired.is_expired(now()));
    assert_eq!(offer(&mut store, &[&expired]), [Ok(Acceptance::New)]);
    assert_eq!(store.load(now()).unwrap().rows.len(), 1);
}

#[test]
fn a_source_serves_what_was_found_there_last() {
    let mut store = Store::open_in_memory().unwrap();
    let (issuer, other) = (Issuer::new(1), Issuer::new(2));
    let (first, second, others) = (issuer.list(1, &[]), issuer.list(2, &[]), other.list(1, &[]));
    let [origin, mirror, sold] =
        ["https://a.example/l", "https://b.example/l", "https://c.example/l"].map(source);
    let mut find = |document: &AnyVerified, source, days| {
        let arrival = Arrival { document, source: Some(source) };
        store.accept(&[arrival], now().plus_days(days)).unwrap();
    };
    find(&first, &origin, 0);
    find(&first, &sold, 0);
    find(&second, &mirror, 1);
    find(&second, &origin, 2);
    find(&others, &sold, 2);
    let served = store.lists_served().unwrap().rows;
    let served: Vec<_> = served.into_iter().map(|(source, hash)| (source.key, hash)).collect();
    assert_eq!(
        served,
        [(origin, second.bytes_hash()), (mirror, second.bytes_hash()), (sold, others.bytes_hash())]
    );
}

#[test]
fn loading_gives_kinds_issuers_and_subjects_in_a_fixed_order() {
    let mut store = Store::open_in_memory().unwrap();
    let issuers: Vec<_> = (1..=3).map(Issuer::new).collect();
    let documents: Vec<_> = issuers
        .iter()
        .flat_map(|issuer| {
            [
                issuer.profile(1, "b.example", "b"),
                issuer.list(1, &[]),
                issuer.profile(1, "a.example", "a"),
            ]
        })
        .collect();
    offer(&mut store, &documents.iter().collect::<Vec<_>>());
    let loaded = store.load(now()).unwrap().rows;
    let key = |document: &AnyVerified| {
        let feed = Feed::of(document);
        (feed.kind.type_name(), feed.issuer, feed.subject)
    };
    assert_eq!(loaded.len(), 9);
    assert!(loaded.is_sorted_by_key(key));
}
