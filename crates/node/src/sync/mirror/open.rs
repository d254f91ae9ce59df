//! A mirror of which the index was read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};
use wellspring_document::{
    AnyVerified, BytesHash, Index, IndexEntry, IssuerId, PartRef, RawDocument, Timestamp, Verified,
};
use wellspring_fetch::{Attempted, Validators};
use wellspring_store::{
    Arrival, Attempt, AttemptResult, Failure, Feed, Listing, NotAccepted, Source, SourceKey,
};

use super::problem::MirrorProblem;
use super::take::Budget;
use super::{MAX_MIRROR_INDEX_BYTES, MAX_MIRROR_TIME, MAX_PROBLEMS, mirror_keys};
use crate::node::{Node, NodeError};
use crate::sync::apply::{Worked, asked_to_wait, failure};
use crate::sync::schedule::{next_question, next_reading};
use crate::tree::{FILES_AT_ONCE, IndexRead, TreeFile, TreePlace, TreeReadError, TreeReader};

/// A mirror in a round.
pub(in crate::sync) struct OpenMirror {
    pub(super) key: SourceKey,
    pub(super) reader: TreeReader,
    /// For how long it may still be waited for.
    pub(super) time_left: Duration,
    /// What its index names, as far as that could be read.
    pub(super) entries: Vec<IndexEntry>,
    /// The parts of its index; nothing where that is not used.
    parts: Option<Vec<PartRef>>,
    /// Whether all of the parts could be read.
    is_whole: bool,
    /// What came of asking for the index.
    asked: Asked,
    /// What was asked for in this round, whatever came of it.
    pub(super) tried: BTreeSet<BytesHash>,
    pub(super) budget: Budget,
    /// How many documents it has that are left to the next round.
    pub(super) left_over: usize,
    /// Whether it stopped to give anything.
    pub(super) is_silent: bool,
    /// Whether it was told that it has too many documents of one feed.
    pub(super) is_crowded: bool,
    /// How many of its documents were new.
    pub(super) accepted: usize,
    problems: Vec<Failure>,
    further_problems: usize,
}

/// What came of asking for an index.
#[derive(Default)]
struct Asked {
    validators: Option<Validators>,
    is_unchanged: bool,
    fresh_for: Duration,
    retry_after: Option<Duration>,
    /// Whether the index itself could not be had or used.
    has_failed: bool,
}

impl OpenMirror {
    /// Asks for the index, and reads it. What goes wrong is a problem of the mirror.
    pub(super) async fn open(
        node: &Arc<Node>,
        (key, reader): (SourceKey, TreeReader),
        issuer: Option<IssuerId>,
        known: Option<Source>,
    ) -> Result<Self, NodeError> {
        let mut mirror = Self {
            key,
            reader,
            time_left: MAX_MIRROR_TIME,
            entries: Vec::new(),
            parts: None,
            is_whole: false,
            asked: Asked::default(),
            tried: BTreeSet::new(),
            budget: Budget::PER_ROUND,
            left_over: 0,
            is_silent: false,
            is_crowded: false,
            accepted: 0,
            problems: Vec::new(),
            further_problems: 0,
        };
        match mirror.index(node, issuer, known).await? {
            Ok(index) => {
                mirror.read_parts(node, &index.body().parts).await?;
                mirror.parts = Some(index.body().parts.clone());
            }
            Err(problem) => {
                mirror.asked.has_failed = true;
                mirror.complain(problem);
            }
        }
        Ok(mirror)
    }

    /// Under which name the store knows it.
    pub(super) const fn key(&self) -> &SourceKey {
        &self.key
    }

    /// The index, where it may be used.
    async fn index(
        &mut self,
        node: &Arc<Node>,
        issuer: Option<IssuerId>,
        known: Option<Source>,
    ) -> Result<Result<Box<Verified<Index>>, Failure>, NodeError> {
        let key = self.key.clone();
        let last = node.blocking(move |node| Ok(node.store().last_index(&key)?)).await?;
        let (issuer_before, bytes_before) =
            last.map_or((None, None), |last| (Some(last.issuer), last.bytes));
        // "Unchanged" is of use only to those who have it.
        let validators = bytes_before.as_ref().and_then(|_| self.validators(known.as_ref()?));
        // A folder can be on a disk that does not answer.
        let began = Instant::now();
        let read = self.reader.read_index(validators.as_ref());
        let read = timeout_at(began + self.time_left, read).await;
        self.time_left = self.time_left.saturating_sub(began.elapsed());
        let Ok(read) = read else { return Ok(Err(MirrorProblem::TooSlow.failure())) };
        let bytes = match read {
            Ok(IndexRead::Fresh { bytes, validators, fresh_for }) => {
                self.asked = Asked { validators, fresh_for, ..Asked::default() };
                bytes
            }
            Ok(IndexRead::Unchanged { fresh_for }) => {
                self.asked = Asked { is_unchanged: true, fresh_for, ..Asked::default() };
                bytes_before.unwrap_or_default()
            }
            Err(error) => {
                if let TreeReadError::Fetch(error) = &error {
                    self.asked.retry_after = asked_to_wait(error);
                }
                return Ok(Err(MirrorProblem::from(error).failure()));
            }
        };
        let key = self.key.clone();
        // Who signed the first one has to sign the others: an older one under another issuer
        // would not be known for old.
        let expected = issuer.or(issuer_before);
        node.blocking(move |node| node.take_index(&key, bytes, expected)).await
    }

    fn validators(&self, known: &Source) -> Option<Validators> {
        let (url, kept) = (self.reader.place().url_of(TreeFile::Index)?, &known.validators);
        Validators::new(&url, kept.etag.as_deref(), kept.last_modified.as_deref())
    }

    /// Reads what the parts name: those that were kept from the store, the others from the
    /// mirror. Those that do not hold are left out.
    async fn read_parts(&mut self, node: &Arc<Node>, parts: &[PartRef]) -> Result<(), NodeError> {
        let began = Instant::now();
        let (reader, key, deadline) = (&self.reader, &self.key, began + self.time_left);
        let read = stream::iter(parts.to_vec())
            .map(|part| read_part(Arc::clone(node), (reader.clone(), key.clone()), part, deadline))
            .buffered(FILES_AT_ONCE.get());
        let read: Vec<_> = read.collect().await;
        self.time_left = self.time_left.saturating_sub(began.elapsed());
        self.is_whole = true;
        for entries in read {
            match entries? {
                Ok(entries) => self.entries.extend(entries),
                Err(problem) => {
                    self.is_whole = false;
                    self.complain(problem.failure());
                }
            }
        }
        Ok(())
    }

    /// Takes a problem down.
    pub(super) fn complain(&mut self, problem: Failure) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.further_problems += 1;
        }
    }

    /// Writes down what came of it: what it lists, where that is known; the parts of its index;
    /// how it fared.
    pub(super) fn close(mut self, node: &Node, failures: u32) -> Result<Worked, NodeError> {
        let now = node.now();
        if let Some(parts) = &self.parts {
            let named = parts.iter().map(|part| part.hash).collect();
            node.store().drop_mirror_parts_but(&self.key, &named)?;
            if self.is_whole {
                let listed = self.entries.iter().filter(|entry| !entry.dropped);
                let documents = listed.map(|entry| entry.identity).collect();
                let asked = mirror_keys(&node.config)?;
                let listing = Listing { mirror: &self.key, documents: &documents, asked: &asked };
                let withdrawn = node.store().record_listing(&listing, now)?;
                if withdrawn > 0 {
                    let mirror = self.key.location.as_str();
                    tracing::info!(mirror, withdrawn, "documents are no longer in any mirror");
                }
            }
        }
        if self.further_problems > 0 {
            let count = self.further_problems;
            self.problems.push(MirrorProblem::More { count }.failure());
        }
        let attempt = self.attempt(node, failures, now);
        node.store().record_attempts(&[attempt])?;
        let mut worked = Worked::default();
        if self.left_over > 0 {
            let mirror = self.key.location.as_str();
            tracing::info!(mirror, left = self.left_over, "documents are left to the next round");
            self.problems.push(left_over(self.left_over));
        }
        worked.unchanged = usize::from(self.asked.is_unchanged && self.problems.is_empty());
        let key = self.key;
        worked.problems = self.problems.into_iter().map(|it| (key.clone(), it)).collect();
        Ok(worked)
    }

    fn attempt(&self, node: &Node, failures: u32, at: Timestamp) -> Attempt {
        let result = match self.problems.first() {
            Some(problem) => AttemptResult::Failed(problem.clone()),
            None if self.asked.is_unchanged => AttemptResult::Unchanged,
            None => AttemptResult::Read(self.asked.validators.as_ref().map_or_else(
                wellspring_store::Validators::default,
                |given| wellspring_store::Validators {
                    etag: given.etag().map(str::to_owned),
                    last_modified: given.last_modified().map(str::to_owned),
                },
            )),
        };
        let next_attempt = match self.reader.place() {
            // What was left over does not wait for the mirror to have something new.
            _ if self.left_over > 0 && self.accepted > 0 && self.problems.is_empty() => at,
            TreePlace::Folder(_) => next_reading(&node.config, at),
            TreePlace::Url(_) => {
                let Asked { fresh_for, retry_after, has_failed, .. } = self.asked;
                // One bad document is no reason to hear of good ones only once a day.
                let attempted = if has_failed || (self.is_silent && self.accepted == 0) {
                    Attempted::Failed { times: failures.saturating_add(1), retry_after }
                } else {
                    Attempted::Answered { fresh_for }
                };
                let issuer = node.issuer();
                let own = issuer.history().issuer();
                next_question(&node.config, own, (&self.key, attempted), at)
            }
        };
        Attempt { source: self.key.clone(), at, result, next_attempt }
    }
}

/// That there was more than a round takes. Nothing is wrong with the mirror: it is told, and
/// not written down.
fn left_over(count: usize) -> Failure {
    let message = format!("{count} documents of this mirror are left to the next round");
    Failure { code: "mirror.left-over".to_owned(), message }
}

/// The entries of a part, as it was kept or is in the mirror.
async fn read_part(
    node: Arc<Node>,
    (reader, key): (TreeReader, SourceKey),
    part: PartRef,
    deadline: Instant,
) -> Result<Result<Vec<IndexEntry>, MirrorProblem>, NodeError> {
    let is_near = matches!(reader.place(), TreePlace::Folder(_));
    if !is_near {
        let (of, reference) = (key.clone(), part.clone());
        let kept = node.blocking(move |node| {
            let kept = node.store().mirror_part(&of, reference.hash)?;
            Ok(kept.and_then(|bytes| IndexEntry::read_part(&reference, &bytes).ok()))
        });
        if let Some(entries) = kept.await? {
            return Ok(Ok(entries));
        }
    }
    let size = usize::try_from(part.size).unwrap_or(usize::MAX);
    let file = TreeFile::Part(part.hash);
    let bytes = match timeout_at(deadline, reader.read_at_most(file, size)).await {
        Err(_) => return Ok(Err(MirrorProblem::TooSlow)),
        Ok(Err(error)) => return Ok(Err(error.into())),
        Ok(Ok(bytes)) => bytes,
    };
    node.blocking(move |node| {
        let entries = match IndexEntry::read_part(&part, &bytes) {
            Ok(entries) => entries,
            Err(source) => return Ok(Err(MirrorProblem::BadPart { hash: part.hash, source })),
        };
        if !is_near {
            node.store().keep_mirror_part(&key, &bytes)?;
        }
        Ok(Ok(entries))
    })
    .await
}

impl Node {
    /// Reads the files of a tree.
    pub(super) fn tree_reader(&self, place: TreePlace) -> Result<TreeReader, NodeError> {
        Ok(match place {
            TreePlace::Url(url) => TreeReader::over_https(url, self.mirror_client()?),
            TreePlace::Folder(folder) => TreeReader::in_folder(folder),
        })
    }

    /// Verifies and stores the index of a mirror, and says whether it may be used: it keeps the
    /// mark of its feed, so that neither an older one nor a second one with its number is.
    fn take_index(
        &self,
        key: &SourceKey,
        bytes: Bytes,
        expected: Option<IssuerId>,
    ) -> Result<Result<Box<Verified<Index>>, Failure>, NodeError> {
        let now = self.now();
        let index = match RawDocument::new(bytes).verify::<Index>() {
            Ok(index) => index,
            Err(source) => return Ok(Err(MirrorProblem::BadIndex { source }.failure())),
        };
        if let Some(expected) = expected.filter(|expected| expected != index.issuer()) {
            let found = index.issuer().clone();
            return Ok(Err(MirrorProblem::OtherIssuer { expected, found }.failure()));
        }
        let size: u64 = index.body().parts.iter().map(|part| u64::from(part.size)).sum();
        if size > MAX_MIRROR_INDEX_BYTES {
            return Ok(Err(MirrorProblem::TooLarge { bytes: size }.failure()));
        }
        let document = AnyVerified::Index(index.clone());
        let arrival = Arrival { document: &document, source: Some(key) };
        let accepted = self.store().accept(&[arrival], now)?.pop();
        match accepted {
            Some(Ok(acceptance)) => drop(self.remember(document.clone(), acceptance)?),
            Some(Err(reason)) => {
                if matches!(reason, NotAccepted::Aside(_)) {
                    self.settle_keys(document.issuer())?;
                }
                return Ok(Err(failure(reason.code(), &reason)));
            }
            None => {}
        }
        if !self.store().contradicting(&Feed::of(&document))?.rows.is_empty() {
            return Ok(Err(MirrorProblem::Equivocating.failure()));
        }
        if index.is_expired(now) {
            let at = index.expires_at();
            return Ok(Err(MirrorProblem::Expired { at }.failure()));
        }
        Ok(Ok(Box::new(index)))
    }
}
