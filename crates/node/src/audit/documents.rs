//! The documents of a tree, accepted as a node accepts them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tempfile::TempDir;
use wellspring_document::{
    AnyVerified, BytesHash, Identity, Index, IndexEntry, Kind, PartRef, RawDocument, Timestamp,
    Verified,
};
use wellspring_ranking::{Policy, View};
use wellspring_store::{Arrival, NotAccepted, Store};

use super::{AuditError, AuditProgress, Auditor, Finding, MAX_TREE_DOCUMENTS};
use crate::contests::{self, Contests};
use crate::snapshot::{self, CurrentDocuments};
use crate::tree::TreeFile;

/// How many documents, or bytes of them, are accepted in one transaction.
const BATCH_DOCUMENTS: usize = 200;
const BATCH_BYTES: usize = 16_000_000;

/// The documents of a tree in a store of their own.
pub(super) struct Documents {
    /// Those of the store, with the folder in which it is.
    stored: Arc<Mutex<Stored>>,
    /// When the index was signed: then the node had accepted all of them.
    accepted_at: Timestamp,
    /// Those that the index names, and whether they are to count.
    named: BTreeMap<BytesHash, Named>,
    /// Whether all parts of the index could be read.
    are_all_named: bool,
    are_whole: bool,
}

#[derive(Clone, Copy)]
struct Named {
    is_evidence: bool,
    /// The identity that the document has; nothing where it was not accepted.
    accepted: Option<Identity>,
}

struct Stored {
    store: Store,
    /// Removed when it is dropped, behind the store.
    _folder: TempDir,
}

/// A file that the index names as a document, as it was read.
struct Read {
    file: TreeFile,
    entry: IndexEntry,
    bytes: Bytes,
}

impl Documents {
    /// None yet, of the tree of `index`, whose views have these policies.
    pub(super) async fn new(
        index: &Verified<Index>,
        policies: impl Iterator<Item = &Policy>,
    ) -> Result<Self, AuditError> {
        let (followed, accepted_at) = (contests::followed(policies), index.issued_at());
        // The node had it as well, and with it the newest keys of its own issuer.
        let index = AnyVerified::Index(index.clone());
        let stored = blocking(move || {
            let folder = tempfile::tempdir().map_err(AuditError::Scratch)?;
            let mut store = Store::open(folder.path().join("audit.db"))?;
            store.follow(followed, accepted_at)?;
            drop(store.accept(&[Arrival { document: &index, source: None }], accepted_at)?);
            Ok(Stored { store, _folder: folder })
        })
        .await?;
        Ok(Self {
            stored: Arc::new(Mutex::new(stored)),
            accepted_at,
            named: BTreeMap::new(),
            are_all_named: true,
            are_whole: true,
        })
    }

    /// Whether all that the index names was read and is what it says. Of less than that, other
    /// views come out, which says nothing.
    pub(super) const fn are_whole(&self) -> bool {
        self.are_whole && self.are_all_named
    }

    /// Whether the index does not name this one, as far as it could be read.
    pub(super) fn lack(&self, hash: &BytesHash) -> bool {
        self.are_all_named && !self.named.contains_key(hash)
    }

    /// Ranks them by a policy at `now`.
    pub(super) async fn rank(&self, policy: Policy, now: Timestamp) -> Result<View, AuditError> {
        self.with_store(move |store| {
            let mut documents = CurrentDocuments::default();
            store.load(now)?.rows.into_iter().for_each(|document| documents.put(document));
            let contests = Contests::read(store, now)?;
            Ok(snapshot::view(&documents, &contests, now, &policy))
        })
        .await
    }

    /// Verifies documents and accepts those that hold. Gives what there is to say of each:
    /// the document, where it holds, and what is wrong.
    async fn accept(&self, batch: Vec<Read>) -> Result<Vec<Judged>, AuditError> {
        let at = self.accepted_at;
        self.with_store(move |store| {
            let mut judged: Vec<Judged> = batch.into_iter().map(verify).collect();
            let documents = judged.iter().filter_map(|it| it.document.as_ref());
            let arrivals: Vec<Arrival<'_>> =
                documents.map(|document| Arrival { document, source: None }).collect();
            let outcomes = store.accept(&arrivals, at)?;
            let arrived = judged.iter_mut().filter(|it| it.document.is_some());
            for (judged, outcome) in arrived.zip(outcomes) {
                let problem = match outcome {
                    // Whether those set aside were to count is looked at when all are in.
                    Ok(_) | Err(NotAccepted::Aside(_)) => continue,
                    Err(problem) => problem,
                };
                judged.is_refused = true;
                // What was evidence when it came need not be taken in another order.
                if !judged.is_evidence {
                    judged.findings.push(Finding::NotAccepted { file: judged.file, problem });
                }
            }
            Ok(judged)
        })
        .await
    }

    /// The identities of the documents that count at the moment of the index.
    async fn counting(&self) -> Result<BTreeSet<Identity>, AuditError> {
        let at = self.accepted_at;
        self.with_store(move |store| {
            Ok(store.load(at)?.rows.iter().map(AnyVerified::identity).collect())
        })
        .await
    }

    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, AuditError> + Send + 'static,
    ) -> Result<T, AuditError> {
        let stored = Arc::clone(&self.stored);
        blocking(move || {
            let mut stored: MutexGuard<'_, Stored> =
                stored.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut stored.store)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Result<T, AuditError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AuditError::Stopping)?
}

/// What there is to say of one file that the index names.
struct Judged {
    file: TreeFile,
    is_evidence: bool,
    document: Option<AnyVerified>,
    /// Whether what is known of its feed or issuer speaks against it.
    is_refused: bool,
    findings: Vec<Finding>,
}

fn verify(read: Read) -> Judged {
    let Read { file, entry, bytes } = read;
    let mut judged = Judged {
        file,
        is_evidence: entry.evidence,
        document: None,
        is_refused: false,
        findings: Vec::new(),
    };
    match RawDocument::new(bytes).verify_any() {
        Err(problem) => judged.findings.push(Finding::BadDocument { file, problem }),
        Ok(document) => {
            if let Some(member) = entry.contradiction(&document) {
                let issuer = document.issuer().clone();
                judged.findings.push(Finding::EntryDiffers { file, member, issuer });
            }
            judged.document = Some(document);
        }
    }
    judged
}

impl Auditor<'_> {
    /// Reads all that the parts of the index name. What does not hold leaves the documents
    /// not whole.
    pub(super) async fn read_documents(
        &mut self,
        index: &Verified<Index>,
        documents: &mut Documents,
    ) -> Result<(), AuditError> {
        let parts = &index.body().parts;
        (self.progress)(AuditProgress::Planned(parts.len()));
        for part in parts {
            match self.read_entries(part).await {
                Some(entries) => self.read_named(entries, documents).await?,
                None => documents.are_all_named = false,
            }
            if self.is_full() {
                documents.are_all_named = false;
                return Ok(());
            }
        }
        let counting = documents.counting().await?;
        for (hash, named) in &documents.named {
            let counts = named.accepted.is_none_or(|identity| counting.contains(&identity));
            if !named.is_evidence && !counts {
                self.finds(Finding::DoesNotCount { file: TreeFile::Document(*hash) });
            }
        }
        Ok(())
    }

    async fn read_entries(&mut self, part: &PartRef) -> Option<Vec<IndexEntry>> {
        let file = TreeFile::Part(part.hash);
        if !self.has_room(file, part.size) {
            return None;
        }
        let bytes = self.read_one(file, part.size).await?;
        self.tally.parts += 1;
        match IndexEntry::read_part(part, &bytes) {
            Ok(entries) => Some(entries),
            Err(problem) => {
                self.finds(Finding::BadPart { file, problem });
                None
            }
        }
    }

    /// Reads the documents that a part of the index names.
    async fn read_named(
        &mut self,
        entries: Vec<IndexEntry>,
        documents: &mut Documents,
    ) -> Result<(), AuditError> {
        let mut files = Vec::new();
        for entry in entries {
            let file = TreeFile::Document(entry.hash);
            let named = Named { is_evidence: entry.evidence, accepted: None };
            if documents.named.len() as u64 >= MAX_TREE_DOCUMENTS {
                let what = "documents";
                self.finds(Finding::TooMuch { most: MAX_TREE_DOCUMENTS, what });
                documents.are_all_named = false;
                break;
            }
            if documents.named.insert(entry.hash, named).is_some() {
                self.finds(Finding::NamedTwice { file });
            } else if self.has_room(file, entry.size) {
                files.push((file, entry.size, entry));
            } else {
                documents.are_all_named = false;
                break;
            }
        }
        (self.progress)(AuditProgress::Planned(files.len()));
        let mut reads = Box::pin(self.read_each(files));
        let (mut batch, mut batch_bytes) = (Vec::new(), 0);
        while let Some((file, entry, read)) = reads.next().await {
            match self.whole(file, read, entry.size) {
                Some(bytes) => {
                    batch_bytes += bytes.len();
                    batch.push(Read { file, entry, bytes });
                }
                None => documents.are_whole = false,
            }
            if batch.len() >= BATCH_DOCUMENTS || batch_bytes >= BATCH_BYTES {
                batch_bytes = 0;
                self.take(std::mem::take(&mut batch), documents).await?;
            }
            if self.is_full() {
                return Ok(());
            }
        }
        self.take(batch, documents).await
    }

    async fn take(
        &mut self,
        batch: Vec<Read>,
        documents: &mut Documents,
    ) -> Result<(), AuditError> {
        for judged in documents.accept(batch).await? {
            let Judged { file, is_evidence, document, is_refused, findings } = judged;
            findings.into_iter().for_each(|finding| self.finds(finding));
            let totals = &mut self.tally.documents;
            totals.evidence += usize::from(is_evidence && document.is_some());
            match document.as_ref().map(AnyVerified::kind) {
                Some(Kind::Profile) => totals.profiles += 1,
                Some(Kind::EndorsementList) => totals.endorsement_lists += 1,
                Some(Kind::ObservationReport) => totals.observation_reports += 1,
                // The entries of an index name no others.
                Some(Kind::Index | Kind::View) => {}
                None => documents.are_whole = false,
            }
            if let (TreeFile::Document(hash), Some(document)) = (file, document)
                && let Some(named) = documents.named.get_mut(&hash)
            {
                named.accepted = Some(document.identity()).filter(|_| !is_refused);
            }
        }
        Ok(())
    }
}
