//! What a node would have shown on a day of the past: the documents of a folder up to a moment,
//! accepted and ranked on the path that a node takes. Contacts nobody, and leaves nothing
//! behind.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;
use wellspring_document::{Acceptance, AnyVerified, Kind, Timestamp};
use wellspring_ranking::{Policy, View};
use wellspring_store::{Arrival, OpenError, Store, StoreError};

use crate::contests::{self, Contests};
use crate::directory::{self, DirectoryProblem};
use crate::sentence;
use crate::snapshot::{self, CurrentDocuments};
use crate::tree::TreeFile;

/// How many documents, or bytes of them, are accepted in one transaction.
const BATCH_DOCUMENTS: usize = 200;
const BATCH_BYTES: usize = 32_000_000;

/// The most bytes of documents that are read: a year of daily reports of the largest size, and
/// some. They are stored in a temporary folder meanwhile.
pub const MAX_ARCHIVE_BYTES: u64 = 8_000_000_000;

/// The most refusals of which the reason is kept; the others are counted.
pub const MAX_REFUSALS: usize = 100;

/// Why there is no answer; never what a document says.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ReplayError {
    #[error("{path} is no folder that can be read")]
    NoFolder { path: PathBuf, source: io::Error },
    #[error(
        "the files in {path} have more than the {MAX_ARCHIVE_BYTES} bytes that are read; take only those of the time in question"
    )]
    TooLarge { path: PathBuf },
    #[error("no temporary folder could be made")]
    Scratch(#[source] io::Error),
    #[error("the documents could not be stored for the replay")]
    Open(#[from] OpenError),
    #[error("the documents could not be stored for the replay")]
    Store(#[from] StoreError),
}

/// The documents of a folder up to a moment.
pub struct Replay {
    now: Timestamp,
    store: Store,
    tally: ReplayTally,
    /// Removed when it is dropped, behind the store.
    _folder: TempDir,
}

/// What became of the documents of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayTally {
    /// How many were accepted, those that others replaced since among them. A copy of a
    /// document is not counted again.
    pub counted: usize,
    /// How many were issued after the moment, and ignored.
    pub later: usize,
    /// How many files were refused.
    pub refused: usize,
    /// Why, in the order in which the documents came; at most [`MAX_REFUSALS`].
    pub refusals: Vec<Refusal>,
}

/// Why a file of the folder does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code of the reason.
    pub code: &'static str,
    /// The file and the reason.
    pub message: String,
}

/// How far a replay is, for showing progress: so many of so many files.
pub type ReplayProgress<'a> = &'a dyn Fn(usize, usize);

impl Replay {
    /// Reads the `*.json` files in a folder and the folders below it, as a node reads a
    /// directory source and with the same bounds, verifies each, and accepts those issued up
    /// to `now` in the order of their dates into an empty store. Later ones are ignored.
    /// `policies` are those that are to be tried: they decide about contested keys.
    ///
    /// The folder may be a [tree](crate::tree), whose documents it has below `documents/`;
    /// their parts are passed over.
    ///
    /// # Errors
    /// Where the folder cannot be read or has more than [`MAX_ARCHIVE_BYTES`], or the machine
    /// cannot do what is needed; never because of a document.
    pub fn read<'a>(
        folder: &Path,
        policies: impl Iterator<Item = &'a Policy>,
        now: Timestamp,
        progress: ReplayProgress<'_>,
    ) -> Result<Self, ReplayError> {
        if let Err(source) = fs::read_dir(folder) {
            return Err(ReplayError::NoFolder { path: folder.to_owned(), source });
        }
        let (files, problems) = directory::files(folder);
        let files: Vec<_> = files.into_iter().filter(|path| !is_part(path)).collect();
        if files.iter().map(|path| size(path)).sum::<u64>() > MAX_ARCHIVE_BYTES {
            return Err(ReplayError::TooLarge { path: folder.to_owned() });
        }
        let scratch = tempfile::tempdir().map_err(ReplayError::Scratch)?;
        let mut store = Store::open(scratch.path().join("replay.db"))?;
        store.follow(contests::followed(policies), now)?;
        let mut replay = Self { now, store, tally: ReplayTally::default(), _folder: scratch };
        problems.iter().for_each(|problem| replay.refuse_file(problem));
        let mut files: Vec<_> =
            files.into_iter().map(|path| (place_in_time(&path), path)).collect();
        files.sort_unstable();
        let count = files.len();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut seen = BTreeSet::new();
        for (index, (_, path)) in files.into_iter().enumerate() {
            progress(index + 1, count);
            match directory::read_any_document(path.clone()) {
                Err(problem) => replay.refuse_file(&problem),
                Ok(document) if document.issued_at() > now => replay.tally.later += 1,
                Ok(document) if !seen.insert(document.identity()) => {}
                Ok(document) => {
                    bytes += document.bytes().len();
                    batch.push((path, document));
                }
            }
            if batch.len() >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES {
                replay.accept(&std::mem::take(&mut batch))?;
                bytes = 0;
            }
        }
        replay.accept(&batch)?;
        Ok(replay)
    }

    /// What became of the documents.
    pub const fn tally(&self) -> &ReplayTally {
        &self.tally
    }

    /// The view by a policy: the same bytes as a node that had received the documents by then
    /// would have made, where the policy names that node's issuer.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn view(&self, policy: &Policy) -> Result<View, ReplayError> {
        let mut documents = CurrentDocuments::default();
        self.store.load(self.now)?.rows.into_iter().for_each(|document| documents.put(document));
        let contests = Contests::read(&self.store, self.now)?;
        Ok(snapshot::view(&documents, &contests, self.now, policy))
    }

    fn accept(&mut self, batch: &[(PathBuf, AnyVerified)]) -> Result<(), ReplayError> {
        let arrivals: Vec<_> =
            batch.iter().map(|(_, document)| Arrival { document, source: None }).collect();
        let outcomes = self.store.accept(&arrivals, self.now)?;
        for ((path, _), outcome) in batch.iter().zip(outcomes) {
            match outcome {
                Ok(Acceptance::New | Acceptance::Known | Acceptance::Equivocation { .. }) => {
                    self.tally.counted += 1;
                }
                Err(reason) => {
                    let message = format!("{} is not used: {}", path.display(), sentence(&reason));
                    self.refuse(reason.code(), message);
                }
            }
        }
        Ok(())
    }

    fn refuse_file(&mut self, problem: &DirectoryProblem) {
        self.refuse(problem.code(), sentence(problem));
    }

    fn refuse(&mut self, code: &'static str, message: String) {
        self.tally.refused += 1;
        if self.tally.refusals.len() < MAX_REFUSALS {
            self.tally.refusals.push(Refusal { code, message });
        }
    }
}

/// Whether a file is part of the index or a view of a tree, and no document.
fn is_part(path: &Path) -> bool {
    let mut names = path.iter().rev().filter_map(|name| name.to_str());
    let (Some(name), Some(folder)) = (names.next(), names.next()) else { return false };
    matches!(TreeFile::at(&format!("{folder}/{name}")), Some(TreeFile::Part(_)))
}

/// How many bytes of a file are read at most.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len().min(Kind::LARGEST_BYTES as u64))
}

/// When a file says that it was signed, and its number, so that documents come in the order in
/// which their issuers made them. Whether any of that is so is looked at when it is its turn.
fn place_in_time(path: &Path) -> (Option<Timestamp>, u64) {
    #[derive(Deserialize)]
    struct Dated {
        issued_at: Timestamp,
        sequence: u64,
    }
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let read = || {
        let mut bytes = Vec::new();
        let file = File::open(path).ok().filter(|_| is_file)?;
        file.take(Kind::LARGEST_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice::<Dated>(&bytes).ok()
    };
    read().map_or((None, 0), |dated| (Some(dated.issued_at), dated.sequence))
}
