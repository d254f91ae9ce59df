//! All key histories that are known of one issuer, and the one that counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{IssuerId, KeyHistory};
use crate::state_hash::StateHash;

/// The key histories known of one issuer. They begin with one state, since that makes the
/// issuer id, and may go different ways after it: then keys were stolen, or whoever has
/// them signed twice.
///
/// Which way counts is judged fork by fork, oldest first:
///
/// - A state after the fork wins if it is a *recovery state* (signed by the recovery
///   threshold of the state before, whoever else signed it) and no rival branch holds a
///   recovery state, there or later.
/// - Otherwise the issuer is *contested*: nothing after the fork counts.
///
/// So the verdict depends on the set of states alone, and not on the order in which they
/// became known. A recovery state that was seen once can never be unseen: a fork that two
/// recoveries contest stays contested.
///
/// A community can decide a contest for itself, by naming a state that it *follows*: where
/// that comes after the undecided fork, the states up to it are accepted, and from there on
/// forks are judged as ever. A recovery that ends the contest ends the decision, too. For
/// each state that is followed there is a verdict of its own beside that of everybody, with
/// what it needs to come out the same again: else whoever stole keys could sign so many ways
/// that the one that is followed would no longer be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyBranches {
    verdict: Verdict,
    /// For each state that somebody follows, the verdict in which its way wins. It is kept
    /// while nothing is contested as well, so that the order of arrival changes nothing.
    decided: BTreeMap<StateHash, Verdict>,
}

/// Which history counts, and what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict {
    /// The history that counts, up to the first undecided fork.
    accepted: KeyHistory,
    /// What does not count, as evidence; those of an undecided fork first.
    rivals: Vec<KeyHistory>,
}

impl KeyBranches {
    /// How many branches that do not count are kept for one verdict. A thief of keys can
    /// sign any number; two prove a fork, and those with recovery states, which alone change
    /// a verdict, are kept first.
    pub const MAX_RIVALS: usize = 8;

    /// The branches of an issuer of whom one history is known.
    pub const fn of(history: KeyHistory) -> Self {
        let verdict = Verdict { accepted: history, rivals: Vec::new() };
        Self { verdict, decided: BTreeMap::new() }
    }

    /// The branches that these histories make; nothing where there is none. Histories of
    /// other issuers than that of the first are passed over.
    pub fn judge(histories: impl IntoIterator<Item = KeyHistory>) -> Option<Self> {
        Self::judge_following(histories, &BTreeSet::new())
    }

    /// As [`KeyBranches::judge`], with a verdict of its own for each state that somebody
    /// follows.
    pub fn judge_following(
        histories: impl IntoIterator<Item = KeyHistory>,
        followed: &BTreeSet<StateHash>,
    ) -> Option<Self> {
        let mut paths: Vec<KeyHistory> = histories.into_iter().collect();
        let issuer = paths.first()?.issuer().clone();
        paths.retain(|path| *path.issuer() == issuer);
        // All copies of a state become the one that shows a recovery, if any does.
        for place in 0..paths.len() {
            let path = paths
                .iter()
                .fold(paths[place].clone(), |path, other| path.with_recoveries_of(other));
            paths[place] = path;
        }
        let decided = followed
            .iter()
            .map(|state| Some((state.clone(), Verdict::judge(paths.clone(), Some(state))?)))
            .collect::<Option<_>>()?;
        Some(Self { verdict: Verdict::judge(paths, None)?, decided })
    }

    /// These branches and a further history of the same issuer.
    #[must_use]
    pub fn with(&self, history: &KeyHistory) -> Self {
        let followed = self.decided.keys().cloned().collect();
        let all = self.histories().chain([history]).cloned();
        Self::judge_following(all, &followed).unwrap_or_else(|| self.clone())
    }

    /// These branches, with verdicts for those who follow these states and for nobody else.
    #[must_use]
    pub fn following(&self, followed: &BTreeSet<StateHash>) -> Self {
        Self::judge_following(self.histories().cloned(), followed).unwrap_or_else(|| self.clone())
    }

    /// Whose they are.
    pub const fn issuer(&self) -> &IssuerId {
        self.verdict.accepted.issuer()
    }

    /// The history that counts by the states alone. Documents count with exactly this one.
    pub const fn accepted(&self) -> &KeyHistory {
        &self.verdict.accepted
    }

    /// The history that counts for those who follow a state. It is that of everybody where
    /// nothing is contested, and where the state is unknown, comes before the contest, or is
    /// none of those that these branches were judged for.
    pub fn accepted_following(&self, state: &StateHash) -> &KeyHistory {
        let by_states = self.accepted();
        match self.decided.get(state) {
            Some(decided) if self.is_contested() && decided.accepted.extends(by_states) => {
                &decided.accepted
            }
            _ => by_states,
        }
    }

    /// Every history that counts for anybody: first the one that counts by the states alone.
    pub fn counting(&self) -> impl Iterator<Item = &KeyHistory> {
        let decided = self.decided.keys().map(|state| self.accepted_following(state));
        std::iter::once(self.accepted()).chain(decided)
    }

    /// Branches that do not count: those of an undecided fork, if there is one, and those
    /// that lost to a recovery. Each ends with the state that matters.
    pub fn rivals(&self) -> &[KeyHistory] {
        &self.verdict.rivals
    }

    /// What has to be kept to come to the same again: the history that counts, what does
    /// not, and the same for those who follow a state.
    pub fn histories(&self) -> impl Iterator<Item = &KeyHistory> {
        let verdicts = || std::iter::once(&self.verdict).chain(self.decided.values());
        let all: Vec<&KeyHistory> = verdicts().flat_map(Verdict::histories).collect();
        let mut kept: Vec<&KeyHistory> = Vec::with_capacity(all.len());
        for history in all {
            if !kept.contains(&history) {
                kept.push(history);
            }
        }
        kept.into_iter()
    }

    /// Whether the last state of a history is among those that are known.
    pub fn holds(&self, history: &KeyHistory) -> bool {
        self.histories().any(|known| known.extends(history))
    }

    /// Whether `other` is the same branches, shown by as many recoveries: a copy of a state
    /// that proves one is worth keeping in the place of a copy that does not.
    pub fn is_same_evidence(&self, other: &Self) -> bool {
        self == other
            && self
                .histories()
                .zip(other.histories())
                .all(|(known, other)| known.shows_recoveries_of(other))
    }

    /// Whether an undecided fork follows the accepted history, so that no keys after it
    /// count.
    pub fn is_contested(&self) -> bool {
        self.rivals().iter().any(|rival| rival.extends(self.accepted()))
    }
}

impl Verdict {
    /// The verdict by the states alone, or, whatever they say, for the way that holds a state.
    /// Nothing where there are no paths.
    fn judge(mut paths: Vec<KeyHistory>, followed: Option<&StateHash>) -> Option<Self> {
        let mut accepted = paths.first()?.prefix(1);
        let mut rivals = Vec::new();
        loop {
            let length = accepted.hashes().len();
            let forks = ways_after(&paths, length);
            let way = followed
                .and_then(|state| way_to(&forks, length, state))
                .or_else(|| winner(&forks, length));
            let Some(way) = way else {
                // Those of the undecided fork come first.
                let mut undecided: Vec<_> =
                    forks.values().map(|way| witness(way, length)).collect();
                undecided.append(&mut rivals);
                rivals = undecided;
                break;
            };
            let lost = forks.iter().filter(|(hash, _)| **hash != way);
            rivals.extend(lost.map(|(_, way)| witness(way, length)));
            let won: Vec<KeyHistory> =
                forks.get(way).into_iter().flatten().map(|path| (*path).clone()).collect();
            let Some(first) = won.first() else { break };
            accepted = first.prefix(length + 1);
            paths = won;
        }
        rivals.sort_by_cached_key(|rival| {
            let is_decided = !rival.extends(&accepted);
            let has_no_recovery = first_recovery(rival, 0).is_none();
            (is_decided, has_no_recovery, rival.hashes().to_vec())
        });
        rivals.truncate(KeyBranches::MAX_RIVALS);
        Some(Self { accepted, rivals })
    }

    fn histories(&self) -> impl Iterator<Item = &KeyHistory> {
        std::iter::once(&self.accepted).chain(&self.rivals)
    }
}

/// The paths that go on after the first `length` states, by the hash of their next state.
fn ways_after(paths: &[KeyHistory], length: usize) -> BTreeMap<&str, Vec<&KeyHistory>> {
    let mut ways: BTreeMap<&str, Vec<&KeyHistory>> = BTreeMap::new();
    for path in paths {
        if let Some(next) = path.hashes().get(length) {
            ways.entry(next).or_default().push(path);
        }
    }
    ways
}

/// The way to go on after `length` states; nothing at an end or an undecided fork.
fn winner<'a>(ways: &BTreeMap<&'a str, Vec<&KeyHistory>>, length: usize) -> Option<&'a str> {
    if ways.len() == 1 {
        return ways.keys().next().copied();
    }
    let recovers =
        |way: &[&KeyHistory]| way.iter().any(|path| first_recovery(path, length).is_some());
    let mut recovering = ways.iter().filter(|(_, way)| recovers(way));
    let (hash, way) = recovering.next()?;
    let is_next = way.iter().any(|path| path.is_recovery(length));
    (is_next && recovering.next().is_none()).then_some(*hash)
}

/// The way that holds a state, where one does.
fn way_to<'a>(
    ways: &BTreeMap<&'a str, Vec<&KeyHistory>>,
    length: usize,
    state: &StateHash,
) -> Option<&'a str> {
    let holds = |path: &&KeyHistory| path.hashes()[length..].iter().any(|it| it == state.as_str());
    ways.iter().find(|(_, paths)| paths.iter().any(holds)).map(|(way, _)| *way)
}

/// The place of the first recovery state from `place` on.
fn first_recovery(path: &KeyHistory, place: usize) -> Option<usize> {
    (place..path.hashes().len()).find(|place| path.is_recovery(*place))
}

/// What to keep of a way that does not count: up to its earliest recovery state, which is
/// what can matter to the verdict; else its first state alone.
fn witness(way: &[&KeyHistory], length: usize) -> KeyHistory {
    let cut = |path: &&KeyHistory| {
        let end = first_recovery(path, length);
        let kept = path.prefix(end.unwrap_or(length) + 1);
        (end.is_none(), kept.hashes().len(), kept.hashes().to_vec(), kept)
    };
    let kept = way.iter().map(cut).min_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    // A way has at least one path.
    kept.map_or_else(|| way[0].clone(), |(.., kept)| kept)
}

#[cfg(test)]
mod tests;
