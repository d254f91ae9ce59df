//! Documents of a mirror, chosen, fetched and worked in.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};
use wellspring_document::{IndexEntry, Kind, RawDocument};
use wellspring_fetch::Failure as FetchFailure;
use wellspring_store::{Failure, Feed, SourceKey};

use super::open::OpenMirror;
use super::problem::MirrorProblem;
use super::wanted::Wanted;
use super::{
    FAILURES_UNTIL_LEFT_ALONE, MAX_MIRROR_BYTES_PER_ROUND, MAX_MIRROR_DOCUMENTS_PER_FEED,
    MAX_MIRROR_DOCUMENTS_PER_ROUND,
};
use crate::node::{Node, NodeError};
use crate::sync::apply::Worked;
use crate::sync::local::Taken;
use crate::sync::{ANSWERS_PER_TRANSACTION, SyncProgress};
use crate::tree::{FILES_AT_ONCE, TreeFile, TreeReadError};

/// A document that was asked for.
struct Fetched {
    entry: IndexEntry,
    bytes: Result<Bytes, MirrorProblem>,
}

impl OpenMirror {
    /// Fetches what is wanted and not here, within what a round allows.
    pub(super) async fn take(
        &mut self,
        node: &Arc<Node>,
        wanted: &Arc<Wanted>,
        progress: &(dyn Fn(SyncProgress) + Sync),
    ) -> Result<Worked, NodeError> {
        let mut worked = Worked::default();
        if self.is_silent {
            return Ok(worked);
        }
        let chosen = self.choose(node, wanted).await?;
        let mut unfinished = chosen.len();
        progress(SyncProgress::Planned(unfinished));
        let began = Instant::now();
        let (reader, deadline) = (self.reader.clone(), began + self.time_left);
        let mut fetched = stream::iter(chosen)
            .map(|entry| {
                let reader = reader.clone();
                async move {
                    let file = TreeFile::Document(entry.hash);
                    let most = usize::try_from(entry.size).unwrap_or(usize::MAX);
                    let bytes = match timeout_at(deadline, reader.read_at_most(file, most)).await {
                        Err(_) => Err(MirrorProblem::TooSlow),
                        Ok(read) => read.map_err(MirrorProblem::from),
                    };
                    Fetched { entry, bytes }
                }
            })
            .buffer_unordered(FILES_AT_ONCE.get())
            .ready_chunks(ANSWERS_PER_TRANSACTION);
        let mut failed_in_a_row = 0;
        while let Some(chunk) = fetched.next().await {
            progress(SyncProgress::Asked(chunk.len()));
            unfinished -= chunk.len();
            for Fetched { bytes, .. } in &chunk {
                failed_in_a_row = match bytes {
                    Err(problem) => failed_in_a_row + weight(problem),
                    Ok(_) => 0,
                };
            }
            let key = self.key.clone();
            let taken = node.blocking(move |node| node.take_listed(&key, chunk)).await?;
            worked.accepted += taken.accepted;
            worked.takes_consent_back |= taken.takes_consent_back;
            taken.problems.into_iter().for_each(|(_, problem)| self.complain(problem));
            if failed_in_a_row >= FAILURES_UNTIL_LEFT_ALONE {
                self.is_silent = true;
                self.left_over += unfinished;
                break;
            }
        }
        if self.is_silent {
            progress(SyncProgress::Asked(unfinished));
        }
        self.time_left = self.time_left.saturating_sub(began.elapsed());
        self.accepted += worked.accepted;
        Ok(worked)
    }

    /// What to fetch: lists and reports first, since they may lead to more.
    async fn choose(
        &mut self,
        node: &Arc<Node>,
        wanted: &Arc<Wanted>,
    ) -> Result<Vec<IndexEntry>, NodeError> {
        let mut by_feed: BTreeMap<Feed, Vec<&IndexEntry>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !entry.dropped) {
            let feed = Feed {
                kind: entry.kind,
                issuer: entry.issuer.clone(),
                subject: entry.subject.clone(),
            };
            if wanted.contains(&feed) {
                by_feed.entry(feed).or_default().push(entry);
            }
        }
        let mut surplus = 0;
        let mut candidates: Vec<IndexEntry> = Vec::new();
        for mut entries in by_feed.into_values() {
            entries
                .sort_by_key(|it| (it.evidence, Reverse((it.key_version, it.sequence)), it.hash));
            surplus += entries.len().saturating_sub(MAX_MIRROR_DOCUMENTS_PER_FEED);
            let untried = entries.into_iter().take(MAX_MIRROR_DOCUMENTS_PER_FEED);
            candidates.extend(untried.filter(|it| !self.tried.contains(&it.hash)).cloned());
        }
        if surplus > 0 && !std::mem::replace(&mut self.is_crowded, true) {
            self.complain(MirrorProblem::Crowded { count: surplus }.failure());
        }
        candidates.sort_by_key(|entry| entry.kind == Kind::Profile);
        let lacked = node.blocking(move |node| {
            let lacks = node.store().lacks(&candidates)?;
            let lacked = candidates.into_iter().zip(lacks).filter(|(_, lacks)| *lacks);
            Ok(lacked.map(|(entry, _)| entry).collect::<Vec<_>>())
        });
        Ok(self.within_limits(lacked.await?))
    }

    fn within_limits(&mut self, mut lacked: Vec<IndexEntry>) -> Vec<IndexEntry> {
        let before = lacked.len();
        lacked.retain(|entry| {
            let fits = self.budget.takes(entry.size);
            if fits {
                self.tried.insert(entry.hash);
            }
            fits
        });
        // Looked at anew with each wave: what was left before is left still.
        self.left_over = before - lacked.len();
        lacked
    }
}

/// What may still be fetched from a mirror in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    documents: usize,
    bytes: u64,
}

impl Budget {
    pub(super) const PER_ROUND: Self =
        Self { documents: MAX_MIRROR_DOCUMENTS_PER_ROUND, bytes: MAX_MIRROR_BYTES_PER_ROUND };

    /// Whether there is room for a document of this size, which is taken then.
    fn takes(&mut self, size: u32) -> bool {
        let left = self.documents.checked_sub(1).zip(self.bytes.checked_sub(size.into()));
        if let Some((documents, bytes)) = left {
            *self = Self { documents, bytes };
        }
        left.is_some()
    }
}

/// How much a file that could not be fetched counts towards leaving the mirror alone. That one
/// file is not there says nothing about the others.
fn weight(problem: &MirrorProblem) -> usize {
    match problem {
        MirrorProblem::TooSlow => FAILURES_UNTIL_LEFT_ALONE,
        MirrorProblem::NotRead(TreeReadError::Fetch(error)) => match error.failure() {
            FetchFailure::Busy { .. } | FetchFailure::Postponed { .. } => FAILURES_UNTIL_LEFT_ALONE,
            FetchFailure::TooLarge { .. } => 0,
            _ => 1,
        },
        _ => 0,
    }
}

impl Node {
    /// Verifies documents, compares them with what the index says of them, and stores them.
    fn take_listed(&self, key: &SourceKey, fetched: Vec<Fetched>) -> Result<Worked, NodeError> {
        let (mut documents, mut problems) = (Vec::new(), Vec::new());
        for Fetched { entry, bytes } in fetched {
            let file = TreeFile::Document(entry.hash);
            let document = bytes.and_then(|bytes| {
                RawDocument::new(bytes)
                    .verify_any()
                    .map_err(|source| MirrorProblem::BadDocument { file, source })
            });
            match document {
                Ok(document) if entry.names(&document) => documents.push(document),
                Ok(_) => problems.push(MirrorProblem::OtherDocument { file }.failure()),
                Err(problem) => problems.push(problem.failure()),
            }
        }
        let mut taken = Taken::default();
        self.accept_all(documents, Some(key), &mut taken)?;
        let (accepted, takes_consent_back) = (taken.accepted, taken.takes_consent_back);
        let problems: Vec<Failure> =
            problems.into_iter().chain(taken.failures_of_documents()).collect();
        let problems = problems.into_iter().map(|problem| (key.clone(), problem)).collect();
        Ok(Worked { accepted, takes_consent_back, problems, ..Worked::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_does_not_fit_is_left_and_smaller_ones_still_fit() {
        let mut budget = Budget { documents: 3, bytes: 100 };
        let taken = [60, 50, 30, 10, 1].map(|size| budget.takes(size));
        assert_eq!(taken, [true, false, true, true, false]);
        assert_eq!(budget, Budget { documents: 0, bytes: 0 });
    }
}
