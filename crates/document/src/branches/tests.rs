use proptest::prelude::*;

use super::*;
use crate::history::{KeyState, Quorum};
use crate::key::SigningKey;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

const SIGNING: u8 = 1;
const RECOVERY: u8 = 9;

/// A state with one signing key; the minute tells it from others with the same key.
fn state(signing: u8, minute: u8) -> KeyState {
    let quorum = |seed: u8| Quorum { keys: [key(seed).public()].into(), threshold: 1 };
    KeyState {
        issued_at: format!("2026-01-01T00:{minute:02}:00Z").parse().unwrap(),
        signing: quorum(signing),
        recovery: Some(quorum(RECOVERY)),
    }
}

fn first() -> KeyHistory {
    KeyHistory::start(&state(SIGNING, 0), &[key(SIGNING)]).unwrap()
}

/// The history with a state that the signing key signed.
fn rotated(history: &KeyHistory, minute: u8) -> KeyHistory {
    history.extend(&state(SIGNING, minute), &[key(SIGNING)]).unwrap()
}

/// The history with a state that the recovery key signed.
fn recovered(history: &KeyHistory, minute: u8) -> KeyHistory {
    history.extend(&state(SIGNING, minute), &[key(SIGNING), key(RECOVERY)]).unwrap()
}

fn judge(histories: &[&KeyHistory]) -> KeyBranches {
    KeyBranches::judge(histories.iter().map(|history| (*history).clone())).unwrap()
}

#[test]
fn the_longest_of_one_line_counts() {
    let one = first();
    let two = rotated(&one, 1);
    let three = recovered(&two, 2);
    for known in [[&one, &two, &three], [&three, &one, &two], [&two, &three, &one]] {
        let branches = judge(&known);
        assert_eq!(*branches.accepted(), three);
        assert!(!branches.is_contested() && branches.rivals().is_empty());
    }
    assert_eq!(KeyBranches::judge([]), None);
}

#[test]
fn two_ways_by_signing_keys_are_contested_and_neither_counts() {
    let one = first();
    let (left, right) = (rotated(&one, 1), rotated(&one, 2));
    let longer = rotated(&rotated(&left, 3), 4);
    let branches = judge(&[&longer, &right]);
    assert_eq!(*branches.accepted(), one);
    assert!(branches.is_contested());
    // Both are kept, each as far as it proves the fork.
    assert_eq!(branches.rivals().len(), 2);
    assert!(branches.rivals().contains(&left) && branches.rivals().contains(&right));
}

#[test]
fn a_recovery_on_the_last_common_state_ends_the_contest() {
    let one = first();
    let (left, right) = (rotated(&one, 1), rotated(&one, 2));
    let saved = rotated(&recovered(&one, 3), 4);
    let branches = judge(&[&left, &right, &saved]);
    assert_eq!(*branches.accepted(), saved);
    assert!(!branches.is_contested());
    assert_eq!(branches.rivals().len(), 2);
}

#[test]
fn a_recovery_beats_a_rotation_however_long_that_goes_on() {
    let one = first();
    let thief = rotated(&rotated(&rotated(&one, 1), 2), 3);
    let owner = recovered(&one, 4);
    assert_eq!(*judge(&[&thief, &owner]).accepted(), owner);
    // Unless the other way holds a recovery as well, however late.
    let both = recovered(&thief, 5);
    let branches = judge(&[&both, &owner]);
    assert_eq!(*branches.accepted(), one);
    assert!(branches.is_contested());
    // Seen later, a further recovery helps neither.
    let again = recovered(&one, 6);
    assert!(branches.with(&again).is_contested());
}

#[test]
fn a_recovery_further_on_does_not_make_its_way_win() {
    let one = first();
    let owner = recovered(&rotated(&one, 1), 2);
    let thief = rotated(&one, 3);
    let branches = judge(&[&owner, &thief]);
    assert_eq!(*branches.accepted(), one);
    assert!(branches.is_contested());
}

#[test]
fn forks_are_judged_oldest_first() {
    let one = first();
    let saved = recovered(&one, 1);
    let (left, right) = (rotated(&saved, 2), rotated(&saved, 3));
    let lost = rotated(&one, 4);
    let branches = judge(&[&lost, &left, &right]);
    assert_eq!(*branches.accepted(), saved);
    assert!(branches.is_contested());
    // The undecided fork is shown first.
    assert!(branches.rivals()[..2].iter().all(|rival| rival.extends(&saved)));
    assert_eq!(branches.rivals()[2], lost);
}

#[test]
fn one_state_is_a_recovery_once_a_copy_shows_it() {
    let one = first();
    let next = state(SIGNING, 1);
    let bare = one.extend(&next, &[key(SIGNING)]).unwrap();
    let full = one.extend(&next, &[key(SIGNING), key(RECOVERY)]).unwrap();
    assert_eq!(bare, full);
    let rival = rotated(&one, 2);
    assert!(judge(&[&bare, &rival]).is_contested());
    for known in [[&bare, &rival, &full], [&full, &bare, &rival], [&rival, &full, &bare]] {
        let branches = judge(&known);
        assert_eq!(*branches.accepted(), full);
        assert!(branches.accepted().is_recovery(1));
    }
}

#[test]
fn a_thief_fills_no_memory_and_changes_no_verdict_by_it() {
    let one = first();
    let mut branches = KeyBranches::of(one.clone());
    for minute in 1..40 {
        branches = branches.with(&rotated(&one, minute));
    }
    assert_eq!(branches.rivals().len(), KeyBranches::MAX_RIVALS);
    assert!(branches.is_contested());
    let saved = recovered(&one, 50);
    branches = branches.with(&saved);
    assert_eq!(*branches.accepted(), saved);
    branches = branches.with(&recovered(&one, 51));
    assert_eq!(*branches.accepted(), one);
    assert_eq!(branches.rivals().len(), KeyBranches::MAX_RIVALS);
}

fn hash_of(history: &KeyHistory) -> StateHash {
    history.current_hash().parse().unwrap()
}

fn judge_following(histories: &[&KeyHistory], followed: &KeyHistory) -> KeyBranches {
    let all = histories.iter().map(|history| (*history).clone());
    KeyBranches::judge_following(all, &[hash_of(followed)].into()).unwrap()
}

#[test]
fn whoever_follows_a_state_has_the_whole_way_that_holds_it() {
    let one = first();
    let (left, right) = (rotated(&one, 1), rotated(&one, 2));
    let longer = rotated(&rotated(&left, 3), 4);
    let branches = judge_following(&[&longer, &right], &left);
    assert_eq!(*branches.accepted_following(&hash_of(&left)), longer);
    // For everybody else it is contested as before.
    assert_eq!(*branches.accepted(), one);
    assert!(branches.is_contested());
    assert_eq!(branches.rivals(), judge(&[&longer, &right]).rivals());
    // Who names a later state of the way means the same way.
    let branches = judge_following(&[&longer, &right], &longer);
    assert_eq!(*branches.accepted_following(&hash_of(&longer)), longer);
    // A state that nobody knows yet decides nothing.
    let unknown = rotated(&one, 9);
    let branches = judge_following(&[&longer, &right], &unknown);
    assert_eq!(*branches.accepted_following(&hash_of(&unknown)), one);
    assert_eq!(*branches.with(&unknown).accepted_following(&hash_of(&unknown)), unknown);
}

#[test]
fn a_recovery_decides_against_whoever_follows_another_state() {
    let one = first();
    let (left, right) = (rotated(&one, 1), rotated(&one, 2));
    let saved = recovered(&one, 3);
    let branches = judge_following(&[&left, &right, &saved], &left);
    assert_eq!(*branches.accepted_following(&hash_of(&left)), saved);
    // Two recoveries decide nothing, so a community may.
    let other = recovered(&one, 4);
    let branches = judge_following(&[&left, &saved, &other], &other);
    assert_eq!(*branches.accepted(), one);
    assert_eq!(*branches.accepted_following(&hash_of(&other)), other);
}

#[test]
fn a_fork_after_the_state_that_is_followed_is_contested_again() {
    let one = first();
    let (left, right) = (rotated(&one, 1), rotated(&one, 2));
    let (west, east) = (rotated(&left, 3), rotated(&left, 4));
    let branches = judge_following(&[&right, &west, &east], &left);
    assert_eq!(*branches.accepted_following(&hash_of(&left)), left);
    let branches = judge_following(&[&right, &west, &east], &east);
    assert_eq!(*branches.accepted_following(&hash_of(&east)), east);
}

#[test]
fn a_thief_crowds_out_no_state_that_somebody_follows() {
    let one = first();
    let owner = rotated(&rotated(&one, 50), 51);
    let mut branches = KeyBranches::of(one.clone()).following(&[hash_of(&owner.prefix(2))].into());
    for minute in 1..40 {
        branches = branches.with(&rotated(&one, minute));
        if minute == 20 {
            branches = branches.with(&owner);
        }
    }
    assert!(branches.holds(&owner));
    assert_eq!(branches.counting().collect::<Vec<_>>(), [&one, &owner]);
    assert!(branches.histories().count() <= 2 * (KeyBranches::MAX_RIVALS + 1));
}

#[test]
fn other_issuers_do_not_interfere() {
    let other = KeyHistory::start(&state(2, 0), &[key(2)]).unwrap();
    let branches = judge(&[&first(), &other]);
    assert_eq!(*branches.accepted(), first());
    assert!(branches.rivals().is_empty());
}

/// A tree of at most eight histories: each grows from one before it, by rotation or
/// recovery.
fn histories() -> impl Strategy<Value = Vec<KeyHistory>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..7).prop_map(|steps| {
        let mut all = vec![first()];
        for (minute, (from, recovers)) in (1..).zip(steps) {
            let from = from.get(&all).clone();
            all.push(if recovers { recovered(&from, minute) } else { rotated(&from, minute) });
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever came first: one by one, in any order and twice, the same counts in the end.
    #[test]
    fn the_order_of_arrival_changes_nothing(
        (all, shuffled) in histories().prop_flat_map(|all| {
            let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
            (Just(all), Just(twice).prop_shuffle())
        })
    ) {
        let expected = KeyBranches::judge(all).unwrap();
        let mut arrived = KeyBranches::of(shuffled[0].clone());
        for history in &shuffled[1..] {
            arrived = arrived.with(history);
        }
        prop_assert_eq!(arrived, expected);
    }

    /// The same for those who follow a state, whichever it is.
    #[test]
    fn the_order_of_arrival_changes_nothing_for_those_who_follow(
        (all, shuffled, followed) in histories().prop_flat_map(|all| {
            let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
            let followed = prop::collection::vec(prop::sample::select(all.clone()), 1..3);
            (Just(all), Just(twice).prop_shuffle(), followed)
        })
    ) {
        let followed = followed.iter().map(hash_of).collect();
        let expected = KeyBranches::judge_following(all.clone(), &followed).unwrap();
        let mut arrived = KeyBranches::of(shuffled[0].clone()).following(&followed);
        for history in &shuffled[1..] {
            arrived = arrived.with(history);
        }
        for state in &followed {
            prop_assert_eq!(arrived.accepted_following(state), expected.accepted_following(state));
        }
        // Nobody else notices.
        prop_assert_eq!(arrived.following(&BTreeSet::new()), KeyBranches::judge(all).unwrap());
    }

    /// What counts is a part of every history that claims to be of one line with it, and a
    /// contested issuer has at least two ways on.
    #[test]
    fn a_contest_shows_its_evidence(all in histories()) {
        let branches = KeyBranches::judge(all).unwrap();
        let undecided =
            branches.rivals().iter().filter(|rival| rival.extends(branches.accepted())).count();
        prop_assert!(undecided != 1);
        prop_assert_eq!(branches.is_contested(), undecided > 1);
    }
}
