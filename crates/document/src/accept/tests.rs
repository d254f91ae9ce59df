use proptest::prelude::*;

use super::*;
use crate::envelope::tests::{
    ISSUED_AT, draft, history, key, keys, list_body, profile_body, rotated, time,
};
use crate::{Draft, KeyState, Quorum, RawDocument, sign};

/// The moment at which documents are judged.
fn now() -> Timestamp {
    time(ISSUED_AT)
}

/// A list with this number whose text differs by `variant`.
fn list(history: &KeyHistory, signers: &[u8], sequence: u64, variant: u8) -> AnyVerified {
    let mut body = list_body();
    let name = format!("Curators {variant}");
    body.curator.name = crate::Localized::english(&name).unwrap();
    let draft = Draft { sequence, ..draft(history, &body) };
    sign(&draft, &keys(signers)).unwrap().verify_any().unwrap()
}

/// What is known after `document` was accepted.
fn after(document: &AnyVerified) -> FeedState {
    let mut state = FeedState::default();
    take(&mut state, document).unwrap();
    state
}

/// Judges a document and applies the decision.
fn take(state: &mut FeedState, document: &AnyVerified) -> Result<Acceptance, AcceptRefusal> {
    let acceptance = accept(state, document, now())?;
    let identity = match acceptance {
        Acceptance::New | Acceptance::Known => document.identity(),
        Acceptance::Equivocation { counts } => counts,
    };
    let (key_version, sequence) = (document.key_version(), document.sequence());
    state.history = Some(document.history().clone());
    state.mark = Some(Mark { key_version, sequence, identity });
    Ok(acceptance)
}

fn code(state: &FeedState, document: &AnyVerified) -> &'static str {
    accept(state, document, now()).unwrap_err().code()
}

#[test]
fn a_feed_goes_forward() {
    let history = history(&[1], 1);
    let third = list(&history, &[1], 3, 0);
    assert_eq!(accept(&FeedState::default(), &third, now()), Ok(Acceptance::New));
    let state = after(&third);
    assert_eq!(accept(&state, &third, now()), Ok(Acceptance::Known));
    assert_eq!(accept(&state, &list(&history, &[1], 4, 0), now()), Ok(Acceptance::New));
    assert_eq!(accept(&state, &list(&history, &[1], 900, 0), now()), Ok(Acceptance::New));

    let rolled_back = accept(&state, &list(&history, &[1], 2, 0), now()).unwrap_err();
    assert_eq!(rolled_back.code(), "accept.rolled-back");
    insta::assert_snapshot!(rolled_back, @"sequence 2 under key version 1 is older than sequence 3 under key version 1, which is known");
}

/// The issuer's history is known from another feed, but nothing of this one.
#[test]
fn a_new_feed_of_a_known_issuer_starts_anywhere() {
    let state = FeedState { history: Some(history(&[1], 1)), mark: None };
    assert_eq!(accept(&state, &list(&history(&[1], 1), &[1], 7, 0), now()), Ok(Acceptance::New));
}

#[test]
fn signing_again_with_other_keys_or_bytes_is_the_same_document() {
    let history = history(&[1, 2, 3], 2);
    let state = after(&list(&history, &[1, 2], 1, 0));
    let by_others = list(&history, &[2, 3], 1, 0);
    assert_eq!(accept(&state, &by_others, now()), Ok(Acceptance::Known));

    let mut spaced = by_others.bytes().to_vec();
    spaced.push(b'\n');
    let spaced = RawDocument::new(spaced).verify_any().unwrap();
    assert_eq!(accept(&state, &spaced, now()), Ok(Acceptance::Known));
}

#[test]
fn of_two_documents_with_one_number_the_smaller_identity_counts_everywhere() {
    let history = history(&[1], 1);
    let (a, b) = (list(&history, &[1], 1, 0), list(&history, &[1], 1, 1));
    let counts = a.identity().min(b.identity());
    let equivocation = Ok(Acceptance::Equivocation { counts });
    assert_eq!(accept(&after(&a), &b, now()), equivocation);
    assert_eq!(accept(&after(&b), &a, now()), equivocation);

    // A higher number settles it.
    let next = list(&history, &[1], 2, 0);
    let mut state = after(&a);
    assert_eq!(take(&mut state, &b), equivocation);
    assert_eq!(take(&mut state, &next), Ok(Acceptance::New));
    assert_eq!(code(&state, &a), "accept.rolled-back");
    assert_eq!(code(&state, &b), "accept.rolled-back");
}

/// A thief signs the highest number there is, so that the owner could never publish again.
#[test]
fn a_rotation_undoes_a_fast_forward() {
    let stolen = history(&[1], 1);
    let highest = list(&stolen, &[1], 9_007_199_254_740_991, 0);
    let mut state = after(&highest);
    assert_eq!(code(&state, &list(&stolen, &[1], 5, 0)), "accept.rolled-back");

    let recovered = rotated(&stolen, 2, &[1, 2]);
    let owners = list(&recovered, &[2], 1, 0);
    assert_eq!(take(&mut state, &owners), Ok(Acceptance::New));
    assert_eq!(code(&state, &highest), "accept.outdated-keys");
    // The mark stands even where the history was forgotten.
    state.history = None;
    assert_eq!(code(&state, &highest), "accept.rolled-back");
}

#[test]
fn a_document_under_retired_keys_must_be_signed_again() {
    let before = history(&[1], 1);
    let rotation = rotated(&before, 2, &[1, 2]);
    let mut state = after(&list(&before, &[1], 3, 0));
    // The rotation came with a document of another feed.
    state.history = Some(rotation.clone());
    let outdated = accept(&state, &list(&before, &[1], 4, 0), now()).unwrap_err();
    assert_eq!(outdated.code(), "accept.outdated-keys");
    insta::assert_snapshot!(outdated, @"signed under key version 1, but the issuer has moved on to version 2; the document must be signed again");
    assert_eq!(code(&state, &list(&before, &[1], 3, 0)), "accept.outdated-keys");
    assert_eq!(accept(&state, &list(&rotation, &[2], 1, 0), now()), Ok(Acceptance::New));
}

#[test]
fn a_node_that_was_away_follows_several_rotations_at_once() {
    let first = history(&[1], 1);
    let third = rotated(&rotated(&first, 2, &[1, 2]), 3, &[2, 3]);
    let mut state = after(&list(&first, &[1], 9, 0));
    assert_eq!(take(&mut state, &list(&third, &[3], 1, 0)), Ok(Acceptance::New));
    assert_eq!(state.mark.map(|mark| mark.key_version), Some(3));
    let second = rotated(&first, 2, &[1, 2]);
    assert_eq!(code(&state, &list(&second, &[2], 50, 0)), "accept.outdated-keys");
}

#[test]
fn histories_that_contradict_each_other_are_told_apart_from_old_ones() {
    let first = history(&[1], 1);
    let (ours, theirs) = (rotated(&first, 2, &[1, 2]), rotated(&first, 3, &[1, 3]));
    let state = after(&list(&ours, &[2], 1, 0));
    let diverges = accept(&state, &list(&theirs, &[3], 2, 0), now()).unwrap_err();
    assert_eq!(diverges.code(), "accept.history-diverges");
    insta::assert_snapshot!(diverges, @"its key history contradicts the one that is known of this issuer");
    // A longer branch is no better.
    let longer = rotated(&theirs, 4, &[3, 4]);
    assert_eq!(code(&state, &list(&longer, &[4], 2, 0)), "accept.history-diverges");
    // Nor is the history of another issuer.
    assert_eq!(code(&state, &list(&history(&[7], 1), &[7], 2, 0)), "accept.history-diverges");
}

#[test]
fn a_document_from_the_future_waits_but_five_minutes_are_tolerated() {
    let history = history(&[1], 1);
    let body = profile_body();
    let issued = |seconds: i64| {
        let issued_at = now().plus_seconds(seconds);
        let draft = Draft { issued_at, ..draft(&history, &body) };
        let document = sign(&draft, &keys(&[1])).unwrap().verify_any().unwrap();
        accept(&FeedState::default(), &document, now())
    };
    assert_eq!(issued(300), Ok(Acceptance::New));
    let early = issued(301).unwrap_err();
    assert_eq!(early.code(), "accept.from-the-future");
    insta::assert_snapshot!(early, @"issued at 2026-11-22T10:05:01Z, which is more than five minutes in the future");
}

/// Else keys that do not exist yet could take the place of those that do.
#[test]
fn a_key_state_from_the_future_waits_as_well() {
    let state_in = |seconds: i64| {
        let signing = Quorum { keys: [key(2).public()].into(), threshold: 1 };
        let issued_at = now().plus_seconds(seconds);
        let state = KeyState { issued_at, signing, recovery: None };
        let history = history(&[1], 1).extend(&state, &keys(&[1, 2])).unwrap();
        accept(&FeedState::default(), &list(&history, &[2], 1, 0), now())
    };
    assert_eq!(state_in(300), Ok(Acceptance::New));
    assert_eq!(state_in(301).map_err(|error| error.code()), Err("accept.from-the-future"));
}

/// Else the same documents would leave two nodes in two states, by the order of arrival.
#[test]
fn an_expired_document_moves_the_mark() {
    let history = history(&[1], 1);
    let expired = list(&history, &[1], 5, 0);
    let later = now().plus_days(1000);
    assert!(expired.is_expired(later));
    assert_eq!(accept(&FeedState::default(), &expired, later), Ok(Acceptance::New));
    let older = accept(&after(&expired), &list(&history, &[1], 4, 0), later);
    assert_eq!(older.map_err(|error| error.code()), Err("accept.rolled-back"));
}

/// Documents of one feed: two key versions, five numbers, three texts each.
fn any_documents() -> impl Strategy<Value = Vec<AnyVerified>> {
    let place = (1_u32..=2, 1_u64..=5, 0_u8..3);
    prop::collection::vec(place, 1..12).prop_map(|places| {
        let first = history(&[1], 1);
        let second = rotated(&first, 2, &[1, 2]);
        let document = |(version, sequence, variant)| match version {
            1 => list(&first, &[1], sequence, variant),
            _ => list(&second, &[2], sequence, variant),
        };
        places.into_iter().map(document).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        (documents, shuffled) in any_documents()
            .prop_flat_map(|documents| (Just(documents.clone()), Just(documents).prop_shuffle())),
    ) {
        let arrive = |documents: &[AnyVerified]| {
            let mut state = FeedState::default();
            for document in documents {
                let before = state.clone();
                // A refused document moves nothing, an accepted one never goes back.
                if take(&mut state, document).is_err() {
                    prop_assert_eq!(&state.mark, &before.mark);
                }
                let place = |state: &FeedState| state.mark.map(|mark| (mark.key_version, mark.sequence));
                prop_assert!(place(&state) >= place(&before));
            }
            Ok(state)
        };
        let (one, other) = (arrive(&documents)?, arrive(&shuffled)?);
        prop_assert_eq!(one.mark, other.mark);
        prop_assert_eq!(one.history, other.history);
        let newest = documents.iter().map(|d| (d.key_version(), d.sequence())).max();
        let counts = documents
            .iter()
            .filter(|d| Some((d.key_version(), d.sequence())) == newest)
            .map(AnyVerified::identity)
            .min();
        prop_assert_eq!(one.mark.map(|mark| mark.identity), counts);
    }
}
