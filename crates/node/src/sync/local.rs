//! Sources on this machine: folders of documents, adopted lists in files, the example world.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use wellspring_document::{AnyVerified, Timestamp};
use wellspring_matrix::{ListReading, MAX_LIST_BYTES, read_list};
use wellspring_store::{
    Arrival, Attempt, AttemptResult, Failure, Feed, NotAccepted, SourceKey, Validators,
};

use super::ANSWERS_PER_TRANSACTION;
use super::apply::{Worked, failure, says_unlisted};
use super::plan::Adoption;
use super::schedule::next_reading;
use crate::directory::{self, DirectoryProblem};
use crate::example;
use crate::node::{Node, NodeError};

/// How many bytes of documents are held before they are worked in: two of the largest.
/// Most documents are so small that [`ANSWERS_PER_TRANSACTION`] of them come first.
const BYTES_PER_TRANSACTION: usize = 32_000_000;

/// What came of documents that have no source of their own each.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) accepted: usize,
    pub(super) takes_consent_back: bool,
    /// The feeds of which one of them counts.
    feeds: BTreeSet<Feed>,
    refused: Vec<RefusedDocument>,
}

#[derive(Debug)]
struct RefusedDocument {
    feed: Feed,
    /// Whether there was nothing wrong with it but its age.
    is_older: bool,
    /// Whether it is kept in case its keys come to count.
    is_aside: bool,
    failure: Failure,
}

impl Taken {
    /// What is wrong with the source that had the documents. An older document beside the
    /// newer one of its feed is history, not a mistake.
    fn failures(self) -> impl Iterator<Item = Failure> {
        let Self { feeds, refused, .. } = self;
        refused
            .into_iter()
            .filter(move |it| !(it.is_older && feeds.contains(&it.feed)))
            .map(|it| it.failure)
    }

    /// What is wrong with the documents themselves. Whoever has them may know less than this
    /// node of their feeds and of whose keys count.
    pub(super) fn failures_of_documents(self) -> impl Iterator<Item = Failure> {
        let refused = self.refused.into_iter();
        refused.filter(|it| !it.is_older && !it.is_aside).map(|it| it.failure)
    }
}

impl Node {
    /// The example world. It has new documents once a day: often enough that nothing of it
    /// expires.
    pub(super) fn take_example_world(&self) -> Result<usize, NodeError> {
        let now = self.now();
        let documents: Vec<AnyVerified> = example::world(now)?
            .documents
            .into_iter()
            .filter_map(|raw| raw.verify_any().ok())
            .collect();
        let mut taken = Taken::default();
        self.accept_all(documents, None, &mut taken)?;
        Ok(taken.accepted)
    }

    /// Reads a directory of signed documents, a few at a time.
    pub(super) fn take_directory(&self, key: &SourceKey, path: &Path) -> Result<Worked, NodeError> {
        let mut taken = Taken::default();
        let mut problems = Vec::new();
        let mut documents = directory::read(path);
        loop {
            let chunk = next_chunk(&mut documents, &mut problems);
            if chunk.is_empty() {
                break;
            }
            self.accept_all(chunk, Some(key), &mut taken)?;
        }
        let mut worked = Worked {
            accepted: taken.accepted,
            takes_consent_back: taken.takes_consent_back,
            ..Worked::default()
        };
        let problems = problems.iter().map(|it| failure(it.code(), it));
        let failures: Vec<Failure> = problems.chain(taken.failures()).collect();
        let result = match failures.first() {
            None => AttemptResult::Read(Validators::default()),
            Some(first) => AttemptResult::Failed(first.clone()),
        };
        self.record_local(key.clone(), result)?;
        worked.problems = failures.into_iter().map(|failure| (key.clone(), failure)).collect();
        Ok(worked)
    }

    /// Stores documents in one transaction. Each refusal becomes a failure with the
    /// document's name.
    pub(super) fn accept_all(
        &self,
        documents: Vec<AnyVerified>,
        source: Option<&SourceKey>,
        taken: &mut Taken,
    ) -> Result<(), NodeError> {
        let arrivals: Vec<_> =
            documents.iter().map(|document| Arrival { document, source }).collect();
        let outcomes = self.store().accept(&arrivals, self.now())?;
        for (document, outcome) in documents.into_iter().zip(outcomes) {
            let feed = Feed::of(&document);
            match outcome {
                Ok(acceptance) => {
                    let is_wish = says_unlisted(&document);
                    let is_new = self.remember(document, acceptance)?;
                    taken.accepted += usize::from(is_new);
                    taken.takes_consent_back |= is_new && is_wish;
                    taken.feeds.insert(feed);
                }
                Err(reason) => {
                    if matches!(reason, NotAccepted::Aside(_)) {
                        self.settle_keys(document.issuer())?;
                    }
                    let code = reason.code().to_owned();
                    let issuer = document.issuer().as_str();
                    let message = format!("{} of {issuer}: {reason}", document.kind());
                    taken.refused.push(RefusedDocument {
                        feed,
                        is_older: matches!(
                            reason.code(),
                            "accept.rolled-back" | "accept.outdated-keys"
                        ),
                        is_aside: matches!(reason, NotAccepted::Aside(_)),
                        failure: Failure { code, message },
                    });
                }
            }
        }
        Ok(())
    }

    /// Reads an adopted list from a file.
    pub(super) fn take_file(&self, adoption: &Adoption, path: &Path) -> Result<Worked, NodeError> {
        let mut worked = Worked::default();
        let adopted = match read_list_file(path) {
            Ok(reading) => self.adopt(adoption, &reading, self.now())?,
            Err(failure) => Err(failure),
        };
        let result = match adopted {
            Ok(true) => {
                worked.accepted = 1;
                AttemptResult::Read(Validators::default())
            }
            Ok(false) => {
                worked.unchanged = 1;
                AttemptResult::Unchanged
            }
            Err(failure) => {
                worked.problems.push((adoption.key(), failure.clone()));
                AttemptResult::Failed(failure)
            }
        };
        self.record_local(adoption.key(), result)?;
        Ok(worked)
    }

    fn record_local(&self, source: SourceKey, result: AttemptResult) -> Result<(), NodeError> {
        let at: Timestamp = self.now();
        let next_attempt = next_reading(&self.config, at);
        self.store().record_attempts(&[Attempt { source, at, result, next_attempt }])?;
        Ok(())
    }
}

/// The next documents that are worked in together; none where there are no more.
fn next_chunk(
    documents: &mut impl Iterator<Item = Result<AnyVerified, DirectoryProblem>>,
    problems: &mut Vec<DirectoryProblem>,
) -> Vec<AnyVerified> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < ANSWERS_PER_TRANSACTION && bytes < BYTES_PER_TRANSACTION {
        match documents.next() {
            None => break,
            Some(Err(problem)) => problems.push(problem),
            Some(Ok(document)) => {
                bytes += document.bytes().len();
                chunk.push(document);
            }
        }
    }
    chunk
}

fn read_list_file(path: &Path) -> Result<ListReading, Failure> {
    // One byte more than a list may have is enough to refuse it.
    let most = MAX_LIST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(|error| {
        let reason = failure("file.unreadable", &error);
        Failure {
            message: format!("{} could not be read: {}", path.display(), reason.message),
            ..reason
        }
    })?;
    read_list(&bytes).map_err(|error| failure(error.code(), &error))
}
