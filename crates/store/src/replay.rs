//! What counted at an earlier moment.

use std::collections::{BTreeMap, BTreeSet};

use wellspring_document::{
    Acceptance, AnyVerified, FeedState, KeyBranches, Mark, StateHash, Timestamp, accept,
};

use crate::feeds::Feed;

/// The documents of one issuer, accepted at one moment, whatever came later.
#[derive(Default)]
pub(crate) struct Replay {
    branches: Option<KeyBranches>,
    /// The best document of each feed under each key state.
    documents: BTreeMap<(Feed, String), AnyVerified>,
}

impl Replay {
    /// Accepts documents of one issuer, in any order, by the same rules as a node that gets
    /// them at `now`.
    pub(crate) fn of(
        documents: Vec<AnyVerified>,
        followed: Option<&BTreeSet<StateHash>>,
        now: Timestamp,
    ) -> Self {
        let mut replay = Self::default();
        for document in documents {
            replay.take(document, followed, now);
        }
        replay
    }

    fn take(
        &mut self,
        document: AnyVerified,
        followed: Option<&BTreeSet<StateHash>>,
        now: Timestamp,
    ) {
        let place = (Feed::of(&document), document.history().current_hash().to_owned());
        let mark = self.documents.get(&place).map(Mark::of);
        let state = FeedState { branches: self.branches.clone(), mark };
        let Ok(accepted) = accept(&state, &document, now) else { return };
        let branches = accepted.branches;
        self.branches = Some(match (&self.branches, followed) {
            (None, Some(followed)) => branches.following(followed),
            _ => branches,
        });
        let is_best = match accepted.acceptance {
            Acceptance::New => true,
            Acceptance::Known => false,
            Acceptance::Equivocation { counts } => counts == document.identity(),
        };
        if is_best {
            self.documents.insert(place, document);
        }
    }

    /// What counts, for everybody or for those who follow a state.
    pub(crate) fn counting(self, follow: Option<&StateHash>) -> Vec<AnyVerified> {
        let Some(branches) = &self.branches else { return Vec::new() };
        let accepted = match follow {
            Some(state) => branches.accepted_following(state),
            None => branches.accepted(),
        };
        let counts = |(_, key_state): &(Feed, String)| key_state == accepted.current_hash();
        let counting = self.documents.into_iter().filter(|(place, _)| counts(place));
        counting.map(|(_, document)| document).collect()
    }
}
