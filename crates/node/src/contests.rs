//! Contested keys, and what counts where a community decided about them.

use std::collections::{BTreeMap, BTreeSet};

use wellspring_document::{AnyVerified, IssuerId, StateHash, Timestamp};
use wellspring_ranking::{KeyContest, KeyWay, Policy};
use wellspring_store::{Contest, Followed, Store, StoreError, Way};

/// The key states that communities with these policies follow.
pub(crate) fn followed<'a>(policies: impl Iterator<Item = &'a Policy>) -> Followed {
    let mut followed = Followed::new();
    for decision in policies.flat_map(|policy| &policy.contests) {
        let states: &mut BTreeSet<StateHash> = followed.entry(decision.issuer.clone()).or_default();
        states.insert(decision.follow.clone());
    }
    followed
}

/// Whose keys are contested, and what was signed on the ways that somebody follows.
#[derive(Debug, Default)]
pub(crate) struct Contests {
    known: Vec<Contest>,
    followed: BTreeMap<(IssuerId, StateHash), Vec<AnyVerified>>,
}

impl Contests {
    /// From a store that follows what the communities decided ([`Store::follow`]). Few keys
    /// are contested, so that this is read whenever it is needed.
    pub(crate) fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let found = store.contests()?;
        for row in &found.corrupt {
            tracing::error!(%row, "contested keys could not be read");
        }
        let mut followed = BTreeMap::new();
        for contest in &found.rows {
            for state in &contest.decided {
                let documents = store.load_following(&contest.issuer, state, now)?.rows;
                followed.insert((contest.issuer.clone(), state.clone()), documents);
            }
        }
        Ok(Self { known: found.rows, followed })
    }

    /// The documents that count for a community in the place of those that count by the key
    /// states alone, by issuer.
    pub(crate) fn decided_by(&self, policy: &Policy) -> Vec<(&IssuerId, &[AnyVerified])> {
        let decisions = policy.contests.iter();
        decisions
            .filter_map(|decision| {
                let key = (decision.issuer.clone(), decision.follow.clone());
                let ((issuer, _), documents) = self.followed.get_key_value(&key)?;
                Some((issuer, documents.as_slice()))
            })
            .collect()
    }

    /// The contests as a community sees them.
    pub(crate) fn seen_by(&self, policy: &Policy) -> Vec<KeyContest> {
        self.known
            .iter()
            .map(|contest| KeyContest {
                issuer: contest.issuer.clone(),
                common_version: contest.common_version,
                ways: contest.ways.iter().map(key_way).collect(),
                followed: policy
                    .contests
                    .iter()
                    .filter(|decision| decision.issuer == contest.issuer)
                    .map(|decision| &decision.follow)
                    .find(|state| contest.decided.contains(state))
                    .cloned(),
            })
            .collect()
    }
}

fn key_way(way: &Way) -> KeyWay {
    let Way { state, issued_at, is_recovery } = way;
    KeyWay { state: state.clone(), issued_at: *issued_at, is_recovery: *is_recovery }
}
