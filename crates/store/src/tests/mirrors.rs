//! What mirrors list and drop, and what is kept of their indexes.

use std::collections::BTreeSet;

use bytes::Bytes;
use wellspring_document::{Acceptance, AnyVerified, BytesHash, Index, IndexEntry, Verdict};

use super::issuer::{Issuer, name};
use super::{assert_consistent, now, offer, state};
use crate::{Arrival, DAYS_KEPT, Listing, SourceKey, SourceKind, Store, WellKnownAnswer};

fn mirror(location: &str) -> SourceKey {
    SourceKey { kind: SourceKind::Mirror, location: location.to_owned() }
}

/// The mirrors of these tests. All are asked unless a test says otherwise.
fn both() -> [SourceKey; 2] {
    [mirror("one"), mirror("two")]
}

fn give(store: &mut Store, source: &SourceKey, document: &AnyVerified, days: i64) -> Acceptance {
    let arrival = Arrival { document, source: Some(source) };
    store.accept(&[arrival], now().plus_days(days)).unwrap().remove(0).unwrap()
}

/// A store that has a profile and a list from a source.
fn given_by(source: &SourceKey) -> (Store, AnyVerified, AnyVerified) {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let (profile, list) = (issuer.profile(1, "a.example", "name"), issuer.list(1, &[]));
    give(&mut store, source, &profile, 0);
    give(&mut store, source, &list, 0);
    (store, profile, list)
}

/// The mirror lists these documents and no other. Gives how many are withdrawn for it.
fn list(store: &mut Store, source: &SourceKey, documents: &[&AnyVerified], days: i64) -> usize {
    list_among(store, source, documents, days, &both())
}

fn list_among(
    store: &mut Store,
    source: &SourceKey,
    documents: &[&AnyVerified],
    days: i64,
    asked: &[SourceKey],
) -> usize {
    let documents: BTreeSet<_> = documents.iter().map(|document| document.identity()).collect();
    let listing = Listing { mirror: source, documents: &documents, asked };
    let withdrawn = store.record_listing(&listing, now().plus_days(days)).unwrap();
    assert_consistent(store);
    withdrawn
}

fn erased(store: &mut Store, days: i64) -> usize {
    let erased = store.erase_superseded(now().plus_days(days)).unwrap();
    assert_consistent(store);
    erased.len()
}

fn has(store: &Store, document: &AnyVerified) -> bool {
    store.document(document.bytes_hash()).unwrap().unwrap().bytes.is_some()
}

fn lacks(store: &Store, document: &AnyVerified) -> bool {
    store.lacks(&[document.index_entry()]).unwrap()[0]
}

#[test]
fn what_all_mirrors_dropped_is_erased_after_thirty_days() {
    let [one, two] = both();
    let (mut store, profile, other) = given_by(&one);
    assert_eq!(list(&mut store, &one, &[&profile, &other], 0), 0);
    assert_eq!(list(&mut store, &two, &[&profile], 1), 0, "it lists what the first one gave");
    assert_eq!(list(&mut store, &one, &[&other], 2), 0, "the second one lists it still");
    assert_eq!(list(&mut store, &two, &[], 3), 1);
    // Said again, it changes nothing, and the days count on.
    let before = state(&store);
    assert_eq!(list(&mut store, &two, &[], 20), 0);
    assert_eq!(list(&mut store, &one, &[&other], 20), 0);
    assert_eq!(state(&store), before);

    assert_eq!(erased(&mut store, DAYS_KEPT + 2), 0);
    assert_eq!(erased(&mut store, DAYS_KEPT + 3), 1);
    assert!(!has(&store, &profile) && has(&store, &other));
    let record = store.document(profile.bytes_hash()).unwrap().unwrap().record;
    assert_eq!((record.sequence, record.superseded_at), (1, Some(now().plus_days(3))));
    // Lists are erased as profiles are.
    assert_eq!(list(&mut store, &one, &[], 40), 1);
    assert_eq!(erased(&mut store, 40 + DAYS_KEPT), 1);
}

#[test]
fn what_is_listed_or_given_again_stays() {
    let [one, two] = both();
    let folder = SourceKey { kind: SourceKind::Directory, location: "folder".to_owned() };
    let profile = Issuer::new(1).profile(1, "a.example", "name");
    let begin = || {
        let mut store = Store::open_in_memory().unwrap();
        give(&mut store, &one, &profile, 0);
        assert_eq!(list(&mut store, &one, &[], 1), 1);
        store
    };
    // The same mirror lists it, another one does, another source gives it.
    for again in 0..3 {
        let mut store = begin();
        match again {
            0 => assert_eq!(list(&mut store, &one, &[&profile], 2), 0),
            1 => assert_eq!(list(&mut store, &two, &[&profile], 2), 0),
            _ => assert_eq!(give(&mut store, &folder, &profile, 2), Acceptance::Known),
        }
        assert_eq!(erased(&mut store, 2 * DAYS_KEPT), 0, "{again}");
        assert_consistent(&store);
    }
    // After it was erased, it has to be fetched.
    let mut store = begin();
    assert!(!lacks(&store, &profile));
    assert_eq!(erased(&mut store, 1 + DAYS_KEPT), 1);
    assert!(lacks(&store, &profile));
    assert_eq!(list(&mut store, &one, &[&profile], 40), 0);
    assert!(!has(&store, &profile) && lacks(&store, &profile));
    assert_eq!(give(&mut store, &one, &profile, 41), Acceptance::Known);
    assert!(has(&store, &profile) && !lacks(&store, &profile));
    assert_eq!(list(&mut store, &one, &[&profile], 41), 0);
    assert_eq!(erased(&mut store, 100), 0);
}

#[test]
fn no_mirror_has_a_say_in_what_came_from_elsewhere() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, _] = both();
    let well_known = SourceKey { kind: SourceKind::WellKnown, location: "a.example".to_owned() };
    let (operator, own) = (Issuer::new(1), Issuer::new(2));
    let profile = operator.profile(1, "a.example", "name");
    // The second one comes from nowhere: the node signed it itself.
    let word = own.list(1, &[("a.example", Verdict::List)]);
    give(&mut store, &well_known, &profile, 0);
    offer(&mut store, &[&word]);
    assert_eq!(list(&mut store, &one, &[&profile, &word], 0), 0);
    assert_eq!(list(&mut store, &one, &[], 1), 0);
    assert_eq!(erased(&mut store, 100), 0);
    assert!(has(&store, &profile) && has(&store, &word));
}

#[test]
fn a_mirror_that_is_asked_no_more_keeps_nothing() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, two] = both();
    let profile = Issuer::new(1).profile(1, "a.example", "name");
    give(&mut store, &one, &profile, 0);
    list(&mut store, &two, &[&profile], 0);
    assert_eq!(list(&mut store, &one, &[], 1), 0);
    let asked = std::slice::from_ref(&one);
    assert_eq!(list_among(&mut store, &one, &[], 2, asked), 1);
    // And takes nothing away by itself.
    let mut store = Store::open_in_memory().unwrap();
    give(&mut store, &two, &profile, 0);
    assert_eq!(list_among(&mut store, &one, &[], 2, asked), 0);
}

#[test]
fn a_mirror_does_not_bring_back_what_the_name_withdrew() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, _] = both();
    let issuer = Issuer::new(1);
    let profile = issuer.profile(1, "a.example", "name");
    give(&mut store, &one, &profile, 0);
    let server_name = name("a.example");
    let sight = |store: &mut Store, answer: WellKnownAnswer, days: i64| {
        store.record_sights(&[(server_name.clone(), answer)], now().plus_days(days)).unwrap();
    };
    let (identity, of) = (profile.identity(), profile.issuer().clone());
    sight(&mut store, WellKnownAnswer::Served { identity, issuer: of }, 0);
    sight(&mut store, WellKnownAnswer::Gone, 1);
    store.withdraw_profiles(std::slice::from_ref(&server_name), now().plus_days(1)).unwrap();
    // Listed on, dropped and listed again, given again.
    list(&mut store, &one, &[&profile], 2);
    list(&mut store, &one, &[], 3);
    list(&mut store, &one, &[&profile], 4);
    give(&mut store, &one, &profile, 5);
    assert_eq!(erased(&mut store, 1 + DAYS_KEPT), 1);
    assert!(!lacks(&store, &profile));
    give(&mut store, &one, &profile, 40);
    assert!(!has(&store, &profile));
}

#[test]
fn evidence_stays_when_mirrors_drop_it() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, _] = both();
    let issuer = Issuer::new(1);
    let pair = [issuer.profile(1, "a.example", "one"), issuer.profile(1, "a.example", "two")];
    for document in &pair {
        give(&mut store, &one, document, 0);
    }
    assert_eq!(list(&mut store, &one, &[], 1), 0);
    assert_eq!(erased(&mut store, 100), 0);
    assert!(pair.iter().all(|document| has(&store, document)));
    // The conflict ends with a newer document, and with it the evidence.
    let newer = issuer.profile(2, "a.example", "three");
    give(&mut store, &one, &newer, 100);
    assert_eq!(erased(&mut store, 100 + DAYS_KEPT), 2);
}

#[test]
fn what_is_older_than_what_is_known_is_not_missed() {
    let mut store = Store::open_in_memory().unwrap();
    let (before, [one, _]) = (Issuer::new(1), both());
    let lists: Vec<_> = (1..=3).map(|sequence| before.list(sequence, &[])).collect();
    assert!(lacks(&store, &lists[1]));
    give(&mut store, &one, &lists[1], 0);
    let missed: Vec<_> = lists.iter().map(|document| lacks(&store, document)).collect();
    assert_eq!(missed, [false, false, true]);
    // Another one with the same number is evidence, and so is what is called so.
    assert!(lacks(&store, &before.list(2, &[("a.example", Verdict::List)])));
    let evidence = IndexEntry { evidence: true, ..lists[0].index_entry() };
    assert_eq!(store.lacks(&[evidence]).unwrap(), [true]);
    let after = before.rotated(2);
    give(&mut store, &one, &after.list(1, &[]), 0);
    assert!(!lacks(&store, &lists[2]));
    assert!(lacks(&store, &after.list(2, &[])));
}

#[test]
fn a_mirror_that_is_no_longer_asked_lists_nothing() {
    let [one, two] = both();
    let (mut store, profile, other) = given_by(&one);
    list(&mut store, &one, &[&profile, &other], 0);
    list(&mut store, &two, &[&other], 0);
    let dropped = |store: &Store| store.dropped_by_mirrors().unwrap().rows;
    assert_eq!(dropped(&store), []);
    for days in [1, 20] {
        store.drop_mirrors_but(std::slice::from_ref(&two), now().plus_days(days)).unwrap();
        assert_eq!(dropped(&store), [profile.identity()]);
        assert_eq!(store.withdrawn().unwrap().rows, [], "its name did not");
    }
    assert_eq!(erased(&mut store, 1 + DAYS_KEPT), 1);
    assert!(!has(&store, &profile) && has(&store, &other));
    assert_eq!(dropped(&store), []);
}

#[test]
fn an_index_goes_when_the_next_one_is_there() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, _] = both();
    let node = Issuer::new(1);
    let indexes: Vec<_> = (1..=2).map(|number| node.sign(number, &Index::default())).collect();
    for index in &indexes {
        give(&mut store, &one, index, 0);
    }
    assert_eq!(erased(&mut store, 0), 1);
    assert!(!has(&store, &indexes[0]) && has(&store, &indexes[1]));
}

#[test]
fn the_last_index_and_its_parts_are_kept() {
    let mut store = Store::open_in_memory().unwrap();
    let [one, two] = both();
    assert_eq!(store.last_index(&one).unwrap(), None);
    let node = Issuer::new(1);
    let indexes: Vec<_> = (1..=2).map(|number| node.sign(number, &Index::default())).collect();
    give(&mut store, &one, &indexes[0], 0);
    give(&mut store, &two, &indexes[1], 0);
    let last = |store: &Store| store.last_index(&one).unwrap().unwrap();
    assert_eq!(last(&store).bytes.as_ref(), Some(indexes[0].bytes()));
    assert_eq!(last(&store).issuer, *indexes[0].issuer());
    give(&mut store, &one, &indexes[1], 1);
    assert_eq!(last(&store).bytes.as_ref(), Some(indexes[1].bytes()));
    // No mirror lists its own index, and that withdraws nothing.
    assert_eq!(list(&mut store, &one, &[], 2), 0);
    assert_eq!(list(&mut store, &two, &[], 2), 0);

    let parts: Vec<_> = ["a", "b"].map(Bytes::from).into();
    for part in parts.iter().chain(&parts) {
        store.keep_mirror_part(&one, part).unwrap();
    }
    store.keep_mirror_part(&two, &parts[0]).unwrap();
    assert_consistent(&store);
    let kept = |store: &Store, source: &SourceKey| {
        let kept = |part: &Bytes| store.mirror_part(source, BytesHash::of(part)).unwrap().is_some();
        parts.iter().map(kept).collect::<Vec<_>>()
    };
    assert_eq!((kept(&store, &one), kept(&store, &two)), (vec![true; 2], vec![true, false]));
    let named = BTreeSet::from([BytesHash::of(&parts[1])]);
    store.drop_mirror_parts_but(&one, &named).unwrap();
    assert_eq!((kept(&store, &one), kept(&store, &two)), (vec![false, true], vec![true, false]));
    store.drop_mirrors_but(std::slice::from_ref(&one), now()).unwrap();
    assert_eq!((kept(&store, &one), kept(&store, &two)), (vec![false, true], vec![false; 2]));
}
