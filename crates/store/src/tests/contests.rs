//! Contests that a community decides for itself.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wellspring_document::{Acceptance, AnyVerified, Identity, StateHash};

use super::issuer::{Issuer, name};
use super::{changes, marks, now, offer, refusal_code};
use crate::{Event, Feed, Followed, Store, WellKnownAnswer};

fn state_of(issuer: &Issuer) -> StateHash {
    issuer.history.current_hash().parse().unwrap()
}

/// The decision to follow the last key state of each of these.
fn following(issuers: &[&Issuer]) -> Followed {
    let mut followed = Followed::new();
    for issuer in issuers {
        followed.entry(issuer.history.issuer().clone()).or_default().insert(state_of(issuer));
    }
    followed
}

fn store_following(issuers: &[&Issuer]) -> Store {
    let mut store = Store::open_in_memory().unwrap();
    store.follow(following(issuers), now()).unwrap();
    store
}

fn identities(documents: &[AnyVerified]) -> Vec<Identity> {
    documents.iter().map(AnyVerified::identity).collect()
}

fn counting(store: &Store) -> Vec<Identity> {
    identities(&store.load(now()).unwrap().rows)
}

fn counting_following(store: &Store, issuer: &Issuer) -> Vec<Identity> {
    let of = issuer.history.issuer();
    identities(&store.load_following(of, &state_of(issuer), now()).unwrap().rows)
}

#[test]
fn each_sees_what_the_keys_signed_that_they_follow() {
    let issuer = Issuer::new(1);
    let (ours, theirs) = (issuer.rotated(2), issuer.rotated(3));
    let mut store = store_following(&[&ours]);
    let (before, rotated, rival) = (issuer.list(7, &[]), ours.list(1, &[]), theirs.list(2, &[]));
    offer(&mut store, &[&before, &rotated, &rival]);
    assert_eq!(counting(&store), [before.identity()], "by the states alone");
    assert_eq!(counting_following(&store, &ours), [rotated.identity()]);
    // Nobody said that anybody follows these.
    assert_eq!(counting_following(&store, &theirs), [before.identity()]);

    let contests = store.contests().unwrap().rows;
    let [contest] = &contests[..] else { panic!("{contests:?}") };
    assert_eq!(contest.issuer, *issuer.history.issuer());
    assert_eq!(contest.common_version, 1);
    assert_eq!(contest.decided, [state_of(&ours)].into());
    let ways: BTreeSet<_> = contest.ways.iter().map(|way| way.state.clone()).collect();
    assert_eq!(ways, [state_of(&ours), state_of(&theirs)].into());

    // They go on as well, be it with newer keys; others do not.
    let next = ours.list(2, &[]);
    assert_eq!(offer(&mut store, &[&next]), [Ok(Acceptance::New)]);
    let newer = ours.rotated(4).list(1, &[]);
    assert_eq!(offer(&mut store, &[&newer]), [Ok(Acceptance::New)]);
    assert_eq!(counting_following(&store, &ours), [newer.identity()]);
    let code = refusal_code(&offer(&mut store, &[&theirs.rotated(5).list(1, &[])])[0]);
    assert_eq!(code, "accept.history-diverges");
    // An older one of theirs cannot come back.
    assert_eq!(
        refusal_code(&offer(&mut store, &[&ours.list(3, &[])])[0]),
        "accept.history-diverges"
    );
    let code = refusal_code(&offer(&mut store, &[&issuer.list(6, &[])])[0]);
    assert_eq!(code, "accept.rolled-back");
    assert_eq!(marks(&store).len(), 1, "the marks of everybody stay");
}

/// Else a thief could wait until nothing of the owner's is left.
#[test]
fn nothing_that_was_signed_with_contested_keys_is_erased() {
    let issuer = Issuer::new(1);
    let (ours, theirs) = (issuer.rotated(2), issuer.rotated(3));
    let mut store = Store::open_in_memory().unwrap();
    let rotated = ours.list(1, &[]);
    offer(&mut store, &[&theirs.list(2, &[]), &rotated]);
    assert_eq!(counting_following(&store, &ours), []);
    // Decided later, it counts from what was set aside.
    store.follow(following(&[&ours]), now()).unwrap();
    assert_eq!(counting_following(&store, &ours), [rotated.identity()]);
    store.erase_superseded(now().plus_days(100)).unwrap();
    assert_eq!(counting_following(&store, &ours), [rotated.identity()]);

    // Nor where nobody follows it: without it nobody else could see the contest.
    store.follow(Followed::new(), now()).unwrap();
    assert_eq!(store.erase_superseded(now().plus_days(100)).unwrap(), []);
    assert_eq!(store.contests().unwrap().rows.len(), 1);
    assert_eq!(store.evidence().unwrap().rows.len(), 2);
}

#[test]
fn a_profile_that_its_name_withdrew_stays_withdrawn() {
    let issuer = Issuer::new(1);
    let (ours, theirs) = (issuer.rotated(2), issuer.rotated(3));
    let mut store = store_following(&[&ours]);
    let profile = ours.profile(1, "a.example", "ours");
    offer(&mut store, &[&profile, &theirs.list(1, &[])]);
    let server = name("a.example");
    let served =
        WellKnownAnswer::Served { identity: profile.identity(), issuer: profile.issuer().clone() };
    for answer in [served, WellKnownAnswer::Gone] {
        store.record_sights(&[(server.clone(), answer)], now()).unwrap()[0].as_ref().unwrap();
    }
    store.withdraw_profiles(&[server], now()).unwrap();
    store.follow(following(&[&ours]), now()).unwrap();
    let erased = store.erase_superseded(now().plus_days(31)).unwrap();
    assert!(erased.contains(&profile.identity()));
}

#[test]
fn a_thief_who_signs_many_ways_crowds_out_nothing_that_is_followed() {
    let issuer = Issuer::new(1);
    let ours = issuer.rotated(2);
    let mut store = store_following(&[&ours]);
    let rotated = ours.list(1, &[]);
    offer(&mut store, &[&rotated]);
    for seed in 10..40 {
        offer(&mut store, &[&issuer.rotated(seed).list(9, &[])]);
    }
    assert_eq!(counting_following(&store, &ours), [rotated.identity()]);
    assert_eq!(offer(&mut store, &[&ours.list(2, &[])]), [Ok(Acceptance::New)]);
}

#[test]
fn a_recovery_ends_the_contest_and_the_decision() {
    let issuer = Issuer::recoverable(1);
    let (thief, other) = (issuer.rotated(3), issuer.rotated(4));
    let saved = issuer.recovered(5);
    let mut store = store_following(&[&thief]);
    let (stolen, right) = (thief.list(9, &[]), saved.list(1, &[]));
    offer(&mut store, &[&stolen, &other.list(1, &[])]);
    assert_eq!(counting_following(&store, &thief), [stolen.identity()]);
    offer(&mut store, &[&right]);
    assert_eq!(counting_following(&store, &thief), [right.identity()]);
    assert_eq!(counting(&store), [right.identity()]);
    assert_eq!(store.contests().unwrap().rows, []);
    let contested = |change: &crate::Change| matches!(change.event, Event::KeysContested { .. });
    assert_eq!(changes(&store).rows.iter().filter(|change| contested(change)).count(), 1);
    // Now that it is over, nothing is evidence any more.
    assert_eq!(store.evidence().unwrap().rows, []);
    assert!(store.erase_superseded(now().plus_days(31)).unwrap().contains(&stolen.identity()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever came first, and whether it was decided before or after, the same counts.
    #[test]
    fn a_decision_gives_the_same_in_any_order(
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(),
        decided_at in 0_usize..10,
    ) {
        let issuer = Issuer::new(1);
        let (ours, theirs) = (issuer.rotated(2), issuer.rotated(3));
        let newer = ours.rotated(4);
        let documents: Vec<AnyVerified> = vec![
            issuer.list(8, &[]),
            issuer.profile(2, "a.example", "before"),
            ours.list(1, &[]),
            ours.profile(3, "a.example", "ours"),
            ours.profile(3, "a.example", "ours again"),
            theirs.list(5, &[]),
            theirs.profile(7, "a.example", "theirs"),
            newer.profile(1, "a.example", "newer"),
            newer.list(2, &[]),
        ];
        let mut store = Store::open_in_memory().unwrap();
        let mut expected = store_following(&[&ours]);
        offer(&mut expected, &documents.iter().collect::<Vec<_>>());
        for (place, index) in order.iter().enumerate() {
            if place == decided_at {
                store.follow(following(&[&ours]), now()).unwrap();
            }
            offer(&mut store, &[&documents[*index]]);
        }
        store.follow(following(&[&ours]), now()).unwrap();
        // What went on from a way that nobody followed yet was refused; its source gives it
        // again.
        offer(&mut store, &[&documents[7], &documents[8]]);
        prop_assert_eq!(counting(&store), counting(&expected));
        let followed = counting_following(&store, &ours);
        prop_assert_eq!(&followed, &counting_following(&expected, &ours));
        prop_assert_eq!(followed.len(), 2);
        let feeds: BTreeSet<Feed> = documents.iter().map(Feed::of).collect();
        prop_assert_eq!(marks(&store).len(), feeds.len());
    }
}
