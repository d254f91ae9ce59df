//! What a name withdrew is erased after a while.

use wellspring_document::{Acceptance, AnyVerified, Timestamp};

use super::issuer::{Issuer, name};
use super::{assert_consistent, now, offer, records};
use crate::{Arrival, DAYS_KEPT, DocumentStatus, SourceKey, SourceKind, Store};

/// `document` as its own server name serves it.
fn served(store: &mut Store, document: &AnyVerified, at: Timestamp) -> Acceptance {
    let source = SourceKey { kind: SourceKind::WellKnown, location: document.subject() };
    let arrival = Arrival { document, source: Some(&source) };
    store.accept(&[arrival], at).unwrap().remove(0).unwrap()
}

fn withdraw(store: &mut Store, at: Timestamp) {
    store.withdraw_profiles(&[name("a.example")], at).unwrap();
    assert_consistent(store);
}

fn bytes(store: &Store, document: &AnyVerified) -> Option<bytes::Bytes> {
    store.document(document.bytes_hash()).unwrap().unwrap().bytes
}

fn counting(store: &Store) -> usize {
    let loaded = store.load(now()).unwrap();
    assert_eq!(loaded.corrupt, []);
    loaded.rows.len()
}

#[test]
fn a_withdrawn_profile_is_erased_after_thirty_days_and_its_record_stays() {
    let mut store = Store::open_in_memory().unwrap();
    let (issuer, neighbour) = (Issuer::new(1), Issuer::new(2));
    let profile = issuer.profile(1, "a.example", "name");
    let others = [neighbour.profile(1, "b.example", "name"), issuer.list(1, &[])];
    offer(&mut store, &[&profile, &others[0], &others[1]]);
    withdraw(&mut store, now());
    // Seen again, it is as withdrawn as before, and since then.
    withdraw(&mut store, now().plus_days(20));

    let end = now().plus_days(DAYS_KEPT);
    assert_eq!(store.erase_superseded(end.plus_seconds(-1)).unwrap(), []);
    assert_eq!(counting(&store), 3);
    assert_eq!(store.erase_superseded(end).unwrap(), [profile.identity()]);
    assert_eq!(counting(&store), 2);
    assert_eq!(bytes(&store, &profile), None);
    let record = store.document(profile.bytes_hash()).unwrap().unwrap().record;
    assert_eq!((record.sequence, record.superseded_at), (1, Some(now())));
    for other in &others {
        assert_eq!(bytes(&store, other).as_ref(), Some(other.bytes()));
    }
    assert_consistent(&store);

    // A copy from elsewhere does not bring it back, and the mark holds.
    assert_eq!(offer(&mut store, &[&profile]), [Ok(Acceptance::Known)]);
    assert_eq!(bytes(&store, &profile), None);
    assert_eq!(counting(&store), 2);
}

#[test]
fn a_profile_that_its_name_serves_again_stays() {
    let mut store = Store::open_in_memory().unwrap();
    let profile = Issuer::new(1).profile(1, "a.example", "name");
    let end = now().plus_days(DAYS_KEPT);
    served(&mut store, &profile, now());
    withdraw(&mut store, now());
    assert_eq!(served(&mut store, &profile, now().plus_days(1)), Acceptance::Known);
    assert_eq!(store.erase_superseded(end).unwrap(), []);

    // Also after it was erased.
    withdraw(&mut store, now());
    assert_eq!(store.erase_superseded(end).unwrap(), [profile.identity()]);
    assert_eq!(served(&mut store, &profile, end), Acceptance::Known);
    assert_eq!(bytes(&store, &profile).as_ref(), Some(profile.bytes()));
    assert_eq!(counting(&store), 1);
    assert_eq!(store.erase_superseded(end.plus_days(DAYS_KEPT)).unwrap(), []);
    assert_consistent(&store);
}

#[test]
fn a_newer_profile_or_new_keys_take_the_place_of_one_that_was_withdrawn() {
    let before = Issuer::new(1);
    let after = before.rotated(2);
    for (next, status) in [
        (before.profile(2, "a.example", "newer"), DocumentStatus::Superseded),
        (after.list(1, &[]), DocumentStatus::Outdated),
    ] {
        let mut store = Store::open_in_memory().unwrap();
        let profile = before.profile(1, "a.example", "name");
        offer(&mut store, &[&profile]);
        withdraw(&mut store, now().plus_days(-9));
        assert_eq!(offer(&mut store, &[&next]), [Ok(Acceptance::New)]);
        assert_consistent(&store);
        let records = records(&store).rows;
        let record = records.iter().find(|it| it.identity == profile.identity()).unwrap();
        assert_eq!(record.status, status);
        assert_eq!(record.superseded_at, Some(now().plus_days(-9)));
        assert_eq!(counting(&store), 1);
    }
}

#[test]
fn evidence_outlives_a_withdrawal() {
    let issuer = Issuer::new(1);
    let pair = [issuer.profile(1, "a.example", "one"), issuer.profile(1, "a.example", "two")];
    let end = now().plus_days(DAYS_KEPT);
    // Withdrawn after the contradiction was known, and before.
    for known_before in [2, 1] {
        let mut store = Store::open_in_memory().unwrap();
        offer(&mut store, &pair.each_ref()[..known_before]);
        withdraw(&mut store, now());
        offer(&mut store, &pair.each_ref()[known_before..]);
        assert_eq!(store.erase_superseded(end).unwrap(), []);
        for document in &pair {
            assert_eq!(bytes(&store, document).as_ref(), Some(document.bytes()));
        }
        assert_consistent(&store);
    }
}
