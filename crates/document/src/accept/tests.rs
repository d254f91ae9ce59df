use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;
use crate::KeyHistory;
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

/// A feed as somebody keeps it who applies every decision: the marks under each key state.
#[derive(Debug, Clone, Default, PartialEq)]
struct Kept {
    branches: Option<KeyBranches>,
    marks: BTreeMap<String, Mark>,
}

impl Kept {
    fn after(document: &AnyVerified) -> Self {
        let mut kept = Self::default();
        kept.take(document).unwrap();
        kept
    }

    /// What is known when a document arrives.
    fn state(&self, document: &AnyVerified) -> FeedState {
        let mark = self.marks.get(document.history().current_hash()).cloned();
        FeedState { branches: self.branches.clone(), mark }
    }

    fn judge(&self, document: &AnyVerified) -> Result<Accepted, AcceptRefusal> {
        accept(&self.state(document), document, now())
    }

    /// Judges a document and applies the decision.
    fn take(&mut self, document: &AnyVerified) -> Result<Acceptance, AcceptRefusal> {
        let Accepted { acceptance, branches, .. } = self.judge(document)?;
        let identity = match acceptance {
            Acceptance::New | Acceptance::Known => document.identity(),
            Acceptance::Equivocation { counts } => counts,
        };
        let mark = Mark { identity, ..Mark::of(document) };
        self.marks.insert(mark.key_state.clone(), mark);
        self.branches = Some(branches);
        Ok(acceptance)
    }

    /// Whether a document counts when it arrives, and what it does.
    fn verdict(&self, document: &AnyVerified) -> Result<Acceptance, &'static str> {
        match self.judge(document) {
            Ok(Accepted { acceptance, aside: None, .. }) => Ok(acceptance),
            Ok(Accepted { aside: Some(aside), .. }) => Err(aside.code()),
            Err(refusal) => Err(refusal.code()),
        }
    }

    /// The mark of the document that counts.
    fn counts(&self) -> Option<&Mark> {
        self.marks.get(self.branches.as_ref()?.accepted().current_hash())
    }
}

#[test]
fn a_feed_goes_forward() {
    let history = history(&[1], 1);
    let third = list(&history, &[1], 3, 0);
    assert_eq!(Kept::default().verdict(&third), Ok(Acceptance::New));
    let kept = Kept::after(&third);
    assert_eq!(kept.verdict(&third), Ok(Acceptance::Known));
    assert_eq!(kept.verdict(&list(&history, &[1], 4, 0)), Ok(Acceptance::New));
    assert_eq!(kept.verdict(&list(&history, &[1], 900, 0)), Ok(Acceptance::New));

    let rolled_back = kept.judge(&list(&history, &[1], 2, 0)).unwrap_err();
    assert_eq!(rolled_back.code(), "accept.rolled-back");
    insta::assert_snapshot!(rolled_back, @"sequence 2 is older than sequence 3, which is known");
}

/// The issuer's history is known from another feed, but nothing of this one.
#[test]
fn a_new_feed_of_a_known_issuer_starts_anywhere() {
    let history = history(&[1], 1);
    let kept = Kept { branches: Some(KeyBranches::of(history.clone())), ..Kept::default() };
    assert_eq!(kept.verdict(&list(&history, &[1], 7, 0)), Ok(Acceptance::New));
}

#[test]
fn signing_again_with_other_keys_or_bytes_is_the_same_document() {
    let history = history(&[1, 2, 3], 2);
    let kept = Kept::after(&list(&history, &[1, 2], 1, 0));
    let by_others = list(&history, &[2, 3], 1, 0);
    assert_eq!(kept.verdict(&by_others), Ok(Acceptance::Known));

    let mut spaced = by_others.bytes().to_vec();
    spaced.push(b'\n');
    let spaced = RawDocument::new(spaced).verify_any().unwrap();
    assert_eq!(kept.verdict(&spaced), Ok(Acceptance::Known));
}

#[test]
fn of_two_documents_with_one_number_the_smaller_identity_counts_everywhere() {
    let history = history(&[1], 1);
    let (a, b) = (list(&history, &[1], 1, 0), list(&history, &[1], 1, 1));
    let counts = a.identity().min(b.identity());
    let equivocation = Ok(Acceptance::Equivocation { counts });
    assert_eq!(Kept::after(&a).verdict(&b), equivocation);
    assert_eq!(Kept::after(&b).verdict(&a), equivocation);

    // A higher number settles it.
    let next = list(&history, &[1], 2, 0);
    let mut kept = Kept::after(&a);
    kept.take(&b).unwrap();
    assert_eq!(kept.take(&next), Ok(Acceptance::New));
    assert_eq!(kept.verdict(&a), Err("accept.rolled-back"));
    assert_eq!(kept.verdict(&b), Err("accept.rolled-back"));
}

/// A thief signs the highest number there is, so that the owner could never publish again.
#[test]
fn a_rotation_undoes_a_fast_forward() {
    let stolen = history(&[1], 1);
    let highest = list(&stolen, &[1], 9_007_199_254_740_991, 0);
    let mut kept = Kept::after(&highest);
    assert_eq!(kept.verdict(&list(&stolen, &[1], 5, 0)), Err("accept.rolled-back"));

    let recovered = rotated(&stolen, 2, &[1, 2]);
    let owners = list(&recovered, &[2], 1, 0);
    assert_eq!(kept.take(&owners), Ok(Acceptance::New));
    assert_eq!(kept.verdict(&highest), Err("accept.outdated-keys"));
    assert_eq!(kept.counts(), Some(&Mark::of(&owners)));
}

#[test]
fn a_document_under_retired_keys_must_be_signed_again() {
    let before = history(&[1], 1);
    let rotation = rotated(&before, 2, &[1, 2]);
    let mut kept = Kept::after(&list(&before, &[1], 3, 0));
    // The rotation came with a document of another feed.
    kept.branches = Some(KeyBranches::of(rotation.clone()));
    let aside = kept.judge(&list(&before, &[1], 4, 0)).unwrap().aside.unwrap();
    assert_eq!(aside.code(), "accept.outdated-keys");
    insta::assert_snapshot!(aside, @"signed under key version 1, but the issuer has moved on to version 2; the document must be signed again");
    assert_eq!(kept.verdict(&list(&before, &[1], 3, 0)), Err("accept.outdated-keys"));
    assert_eq!(kept.verdict(&list(&rotation, &[2], 1, 0)), Ok(Acceptance::New));
}

#[test]
fn a_node_that_was_away_follows_several_rotations_at_once() {
    let first = history(&[1], 1);
    let third = rotated(&rotated(&first, 2, &[1, 2]), 3, &[2, 3]);
    let mut kept = Kept::after(&list(&first, &[1], 9, 0));
    assert_eq!(kept.take(&list(&third, &[3], 1, 0)), Ok(Acceptance::New));
    assert_eq!(kept.branches.as_ref().unwrap().accepted().version(), 3);
    let second = rotated(&first, 2, &[1, 2]);
    assert_eq!(kept.verdict(&list(&second, &[2], 50, 0)), Err("accept.outdated-keys"));
}

#[test]
fn of_histories_that_contradict_each_other_neither_counts_and_what_was_before_does() {
    let first = history(&[1], 1);
    let (ours, theirs) = (rotated(&first, 2, &[1, 2]), rotated(&first, 3, &[1, 3]));
    let before = list(&first, &[1], 5, 0);
    let mut kept = Kept::after(&before);
    kept.take(&list(&ours, &[2], 1, 0)).unwrap();
    let thiefs = list(&theirs, &[3], 2, 0);
    let aside = kept.judge(&thiefs).unwrap().aside.unwrap();
    assert_eq!(aside.code(), "accept.history-diverges");
    insta::assert_snapshot!(aside, @"its key history contradicts another one of this issuer, and no recovery decides between them in its favour; the issuer's keys count up to version 1");
    kept.take(&thiefs).unwrap();
    assert!(kept.branches.as_ref().unwrap().is_contested());
    assert_eq!(kept.counts(), Some(&Mark::of(&before)));
    assert_eq!(kept.verdict(&list(&ours, &[2], 2, 0)), Err("accept.history-diverges"));
    // The keys before the fork go on meanwhile.
    assert_eq!(kept.verdict(&list(&first, &[1], 6, 0)), Ok(Acceptance::New));
    // What goes on from a state that lost is not even kept.
    let longer = rotated(&theirs, 4, &[3, 4]);
    let refusal = kept.judge(&list(&longer, &[4], 2, 0)).unwrap_err();
    assert_eq!(refusal.code(), "accept.history-diverges");
    insta::assert_snapshot!(refusal, @"its key history goes on from a state that lost, or is that of another issuer");
    // Nor is what another issuer signed.
    let others = list(&history(&[7], 1), &[7], 2, 0);
    assert_eq!(kept.verdict(&others), Err("accept.history-diverges"));
}

#[test]
fn a_document_from_the_future_waits_but_five_minutes_are_tolerated() {
    let history = history(&[1], 1);
    let body = profile_body();
    let issued = |seconds: i64| {
        let issued_at = now().plus_seconds(seconds);
        let draft = Draft { issued_at, ..draft(&history, &body) };
        let document = sign(&draft, &keys(&[1])).unwrap().verify_any().unwrap();
        Kept::default().judge(&document)
    };
    assert_eq!(issued(300).unwrap().acceptance, Acceptance::New);
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
        Kept::default().verdict(&list(&history, &[2], 1, 0))
    };
    assert_eq!(state_in(300), Ok(Acceptance::New));
    assert_eq!(state_in(301), Err("accept.from-the-future"));
}

/// Else the same documents would leave two nodes in two states, by the order of arrival.
#[test]
fn an_expired_document_moves_the_mark() {
    let history = history(&[1], 1);
    let expired = list(&history, &[1], 5, 0);
    let later = now().plus_days(1000);
    assert!(expired.is_expired(later));
    let accepted = accept(&FeedState::default(), &expired, later).unwrap();
    assert_eq!(accepted.acceptance, Acceptance::New);
    let older = list(&history, &[1], 4, 0);
    let refusal = accept(&Kept::after(&expired).state(&older), &older, later).unwrap_err();
    assert_eq!(refusal.code(), "accept.rolled-back");
}

/// Documents of one feed: four key states of which two make a fork, five numbers, three
/// texts each.
fn any_documents() -> impl Strategy<Value = Vec<AnyVerified>> {
    let place = (0_u32..4, 1_u64..=5, 0_u8..3);
    prop::collection::vec(place, 1..12).prop_map(|places| {
        let first = history(&[1], 1);
        let second = rotated(&first, 2, &[1, 2]);
        let third = rotated(&second, 3, &[2, 3]);
        let fork = rotated(&second, 4, &[2, 4]);
        let document = |(state, sequence, variant)| match state {
            0 => list(&first, &[1], sequence, variant),
            1 => list(&second, &[2], sequence, variant),
            2 => list(&third, &[3], sequence, variant),
            _ => list(&fork, &[4], sequence, variant),
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
            let mut kept = Kept::default();
            for document in documents {
                let before = kept.clone();
                // A refused document moves nothing, and no mark ever goes back.
                if kept.take(document).is_err() {
                    prop_assert_eq!(&kept, &before);
                }
                for (state, mark) in &before.marks {
                    prop_assert!(kept.marks[state].sequence >= mark.sequence);
                }
            }
            Ok(kept)
        };
        let (one, other) = (arrive(&documents)?, arrive(&shuffled)?);
        prop_assert_eq!(&one, &other);
        let accepted = one.branches.as_ref().unwrap().accepted();
        let under = || documents.iter().filter(|document| document.history() == accepted);
        let newest = under().map(AnyVerified::sequence).max();
        let counts = under().filter(|document| Some(document.sequence()) == newest);
        let counts = counts.map(AnyVerified::identity).min();
        prop_assert_eq!(one.counts().map(|mark| mark.identity), counts);
    }
}
