//! The audit of a tree: is it whole, and do its views follow from its documents?
//!
//! Every file is read and checked against whoever names it, every document is verified. Then
//! the documents are accepted into an empty store and ranked by the policy of each view for
//! its moment, on the path that a node takes, and what comes out is compared with the parts of
//! the tree. Nobody has to be trusted for that, the node that made the tree least of all.
//!
//! What an audit cannot see is what is not in the tree: a document that a node was given and
//! keeps to itself. For that, trees of several nodes are to be compared.

mod difference;
mod documents;
mod finding;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use wellspring_document::json::Value;
use wellspring_document::{
    CLOCK_SKEW_SECONDS, CommunityName, Index, IssuerId, PartRef, RawDocument, Timestamp, Verified,
    ViewManifest, ViewRef,
};
use wellspring_ranking::Policy;
use wellspring_store::{OpenError, StoreError};

use crate::tree::{FILES_AT_ONCE, TreeFile, TreePlace, TreeReadError, TreeReader};

use difference::{Comparison, NotRecomputed, Recomputed, excerpt, first_difference};
pub use difference::{RecordChange, RecordDifference};
use documents::Documents;
pub use finding::Finding;

/// The largest tree that is audited, in bytes of all its files together: some hundred thousand
/// profiles. They take several times as much memory while they are ranked.
pub const MAX_TREE_BYTES: u64 = 1_000_000_000;

/// The most documents of a tree that is audited.
pub const MAX_TREE_DOCUMENTS: u64 = 500_000;

/// After so many findings nothing more is read: what is wrong is known by then.
pub const MAX_FINDINGS: usize = 100;

/// How many days older than its index a view may be. A node that has nothing new to say keeps a
/// view for a day; whoever keeps one for longer leaves out what was said since.
const MAX_DAYS_OF_VIEW: i64 = 2;

/// How many files beside those of the tree are counted.
const MAX_OTHER_FILES: usize = 100_000;

/// What happens during an audit, for showing progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditProgress {
    /// So many more files are going to be read.
    Planned(usize),
    /// One more was read.
    Read,
}

/// Why there is no answer. What does not hold is no error but a [`Finding`].
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum AuditError {
    #[error("there is no tree at {place}")]
    NoIndex { place: String, source: Box<TreeReadError> },
    #[error("the tree was changed while it was read; audit it again")]
    Changed,
    #[error("no temporary folder could be made")]
    Scratch(#[source] io::Error),
    #[error("the documents could not be stored for the audit")]
    Open(#[from] OpenError),
    #[error("the documents could not be stored for the audit")]
    Store(#[from] StoreError),
    #[error("a view could not be made of the documents")]
    NotRecomputed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the program is stopping")]
    Stopping,
}

impl AuditError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoIndex { source, .. } => source.code(),
            Self::Changed => "audit.changed",
            Self::Scratch(_) => "audit.no-temporary-folder",
            Self::Open(error) => error.code(),
            Self::Store(_) => "audit.not-stored",
            Self::NotRecomputed(_) => "audit.not-recomputed",
            Self::Stopping => "audit.stopping",
        }
    }
}

impl From<NotRecomputed> for AuditError {
    fn from(error: NotRecomputed) -> Self {
        Self::NotRecomputed(Box::new(error))
    }
}

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// Who signed the tree; nothing where its index does not hold.
    pub signed: Option<SignedIndex>,
    /// How many documents were read and hold.
    pub documents: DocumentTotals,
    /// How many parts of the index and of views were read.
    pub parts: usize,
    /// How many bytes were read.
    pub bytes: u64,
    /// The views that the index names.
    pub views: Vec<AuditedView>,
    /// What does not hold, in the order in which it was found; at most [`MAX_FINDINGS`], and
    /// then the audit ended there.
    pub findings: Vec<Finding>,
    /// How many files stand in the folders of the tree that its index does not name. Those of
    /// the index before are kept for whoever is reading it, so they mean nothing.
    pub other_files: usize,
}

/// The index of a tree, as far as it says who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIndex {
    /// Who signed.
    pub issuer: IssuerId,
    /// The number of the index.
    pub sequence: u64,
    /// When it says to have been signed.
    pub issued_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

/// Documents by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DocumentTotals {
    /// Of operators.
    pub profiles: usize,
    /// Of curators, and adopted lists.
    pub endorsement_lists: usize,
    /// Of observers.
    pub observation_reports: usize,
    /// How many of them are evidence, and not documents that count.
    pub evidence: usize,
}

/// A view of a tree, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedView {
    /// Of which community.
    pub community: CommunityName,
    /// For which moment it was made; nothing where the view does not hold.
    pub now: Option<Timestamp>,
    /// Whose sights of names come before everybody else's by its policy, where that is not who
    /// signed the tree.
    pub own: Option<IssuerId>,
    /// What came of ranking anew.
    pub outcome: ViewOutcome,
}

/// What came of ranking anew for a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewOutcome {
    /// The same bytes.
    Same {
        /// How many servers are in the list.
        servers: usize,
    },
    /// Something else: a finding says what.
    Differs {
        /// How many servers come out.
        servers: usize,
    },
    /// It was not done, since the view, its policy or documents of the tree do not hold.
    NotRecomputed,
}

impl Audit {
    /// Whether all of the tree was read and all of it holds.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether nothing is wrong as far as the tree could be read, and not all of it could be.
    pub fn is_unread(&self) -> bool {
        !self.holds() && self.findings.iter().all(Finding::is_unread)
    }
}

/// Audits a tree. With `expected`, it has to be signed by that issuer.
///
/// At most [`MAX_TREE_BYTES`] and [`MAX_TREE_DOCUMENTS`] are read, from a host
/// eight files at a time. The documents go into a database in a temporary folder, which is
/// removed at the end.
///
/// # Errors
/// Where there is no index to read, or the machine cannot do what is needed; never because of
/// what the tree says.
pub async fn audit(
    reader: &TreeReader,
    expected: Option<&IssuerId>,
    now: Timestamp,
    progress: &(dyn Fn(AuditProgress) + Sync),
) -> Result<Audit, AuditError> {
    progress(AuditProgress::Planned(1));
    let index = reader.read(TreeFile::Index).await.map_err(|error| AuditError::NoIndex {
        place: reader.place().to_string(),
        source: Box::new(error),
    })?;
    progress(AuditProgress::Read);
    let mut auditor = Auditor::new(reader, now, progress);
    auditor.tally.bytes += index.len() as u64;
    auditor.follow(index.clone(), expected).await?;
    let audit = auditor.finish();
    if audit.findings.iter().any(Finding::is_missing)
        && reader.read(TreeFile::Index).await.is_ok_and(|again| again != index)
    {
        // What is no longer listed is removed at once, so that is to be expected.
        return Err(AuditError::Changed);
    }
    Ok(audit)
}

/// An audit under way.
struct Auditor<'a> {
    reader: &'a TreeReader,
    now: Timestamp,
    progress: &'a (dyn Fn(AuditProgress) + Sync),
    tally: Audit,
    /// The files that the index or something named by it names.
    named: BTreeSet<TreeFile>,
    /// How many bytes those have, by what names them, each as often as it is read.
    named_bytes: u64,
}

/// A view whose document holds, with the policy where that holds as well.
struct View {
    file: TreeFile,
    document: Verified<ViewManifest>,
    policy: Option<Policy>,
}

impl<'a> Auditor<'a> {
    const fn new(
        reader: &'a TreeReader,
        now: Timestamp,
        progress: &'a (dyn Fn(AuditProgress) + Sync),
    ) -> Self {
        let tally = Audit {
            signed: None,
            documents: DocumentTotals {
                profiles: 0,
                endorsement_lists: 0,
                observation_reports: 0,
                evidence: 0,
            },
            parts: 0,
            bytes: 0,
            views: Vec::new(),
            findings: Vec::new(),
            other_files: 0,
        };
        Self { reader, now, progress, tally, named: BTreeSet::new(), named_bytes: 0 }
    }

    /// Follows the index to everything that it names.
    async fn follow(
        &mut self,
        index: Bytes,
        expected: Option<&IssuerId>,
    ) -> Result<(), AuditError> {
        let file = TreeFile::Index;
        let index = match RawDocument::new(index).verify::<Index>() {
            Ok(index) => index,
            Err(problem) => {
                self.finds(Finding::BadDocument { file, problem });
                return Ok(());
            }
        };
        let issuer = index.issuer().clone();
        if let Some(expected) = expected.filter(|expected| **expected != issuer) {
            self.finds(Finding::WrongIssuer { expected: expected.clone(), found: issuer.clone() });
        }
        self.check_time(file, &index);
        self.tally.signed = Some(SignedIndex {
            issuer,
            sequence: index.sequence(),
            issued_at: index.issued_at(),
            expires_at: index.expires_at(),
        });
        // The policies are needed first: they decide about contested keys.
        let mut views = Vec::new();
        for reference in &index.body().views {
            let view = self.read_view(reference, &index).await;
            views.push((reference.community.clone(), view));
        }
        let policies = views.iter().filter_map(|(_, view)| view.as_ref()?.policy.as_ref());
        let mut documents = Documents::new(&index, policies).await?;
        self.read_documents(&index, &mut documents).await?;
        for (community, view) in views {
            let audited = match view {
                Some(view) if !self.is_full() => self.compare(view, &mut documents).await?,
                _ => AuditedView {
                    community,
                    now: None,
                    own: None,
                    outcome: ViewOutcome::NotRecomputed,
                },
            };
            self.tally.views.push(audited);
        }
        Ok(())
    }

    fn finish(mut self) -> Audit {
        if let TreePlace::Folder(folder) = self.reader.place() {
            let names = ["documents", "parts"].into_iter().flat_map(|name| {
                let entries = fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
                entries.map(move |entry| (name, entry.file_name()))
            });
            let is_other = |(folder, name): &(&str, std::ffi::OsString)| {
                let file = name.to_str().and_then(|name| TreeFile::at(&format!("{folder}/{name}")));
                file.is_none_or(|file| !self.named.contains(&file))
            };
            self.tally.other_files = names.filter(is_other).take(MAX_OTHER_FILES).count();
        }
        self.tally
    }

    fn finds(&mut self, finding: Finding) {
        if !self.is_full() {
            self.tally.findings.push(finding);
        }
    }

    fn is_full(&self) -> bool {
        self.tally.findings.len() >= MAX_FINDINGS
    }

    fn check_time<T>(&mut self, file: TreeFile, document: &Verified<T>) {
        let issued_at = document.issued_at();
        if issued_at > self.now.plus_seconds(CLOCK_SKEW_SECONDS) {
            self.finds(Finding::FromTheFuture { file, issued_at });
        } else if document.is_expired(self.now) {
            self.finds(Finding::Expired { file, expired_at: document.expires_at() });
        }
    }

    /// Whether there is room for a file of so many bytes, which is going to be read. Where
    /// there is not, it is told.
    fn has_room(&mut self, file: TreeFile, size: u32) -> bool {
        self.named.insert(file);
        self.named_bytes += u64::from(size);
        if self.named_bytes <= MAX_TREE_BYTES {
            return true;
        }
        let is_told = self.tally.findings.iter().any(|it| matches!(it, Finding::TooMuch { .. }));
        if !is_told {
            self.finds(Finding::TooMuch { most: MAX_TREE_BYTES, what: "bytes" });
        }
        false
    }

    /// Reads files of which the sizes are named, a few at a time, and gives them in their order.
    fn read_each<T>(
        &self,
        files: Vec<(TreeFile, u32, T)>,
    ) -> impl Stream<Item = (TreeFile, T, Result<Bytes, TreeReadError>)> + use<'a, T> {
        let (reader, progress) = (self.reader, self.progress);
        futures_util::stream::iter(files)
            .map(move |(file, size, what)| async move {
                let read = reader.read_at_most(file, size as usize).await;
                progress(AuditProgress::Read);
                (file, what, read)
            })
            .buffered(FILES_AT_ONCE.get())
    }

    /// Reads one file.
    async fn read_one(&mut self, file: TreeFile, size: u32) -> Option<Bytes> {
        let read = self.reader.read_at_most(file, size as usize).await;
        (self.progress)(AuditProgress::Read);
        self.whole(file, read, size)
    }

    /// The bytes of a file that was read, if it has as many as whoever names it says.
    fn whole(
        &mut self,
        file: TreeFile,
        read: Result<Bytes, TreeReadError>,
        named: u32,
    ) -> Option<Bytes> {
        match read {
            Err(error) => self.finds(Finding::unread(file, named, error)),
            Ok(bytes) => {
                self.tally.bytes += bytes.len() as u64;
                if u32::try_from(bytes.len()) == Ok(named) {
                    return Some(bytes);
                }
                self.finds(Finding::TooShort { file, named, found: bytes.len() });
            }
        }
        None
    }

    /// Reads the document of a view. Nothing where it does not hold.
    async fn read_view(&mut self, reference: &ViewRef, index: &Verified<Index>) -> Option<View> {
        let file = TreeFile::Document(reference.hash);
        if self.is_full() || !self.has_room(file, reference.size) {
            return None;
        }
        (self.progress)(AuditProgress::Planned(1));
        let bytes = self.read_one(file, reference.size).await?;
        let document = match RawDocument::new(bytes).verify::<ViewManifest>() {
            Ok(document) => document,
            Err(problem) => {
                self.finds(Finding::BadDocument { file, problem });
                return None;
            }
        };
        let community = document.body().community.clone();
        if community != reference.community {
            let named = reference.community.clone();
            self.finds(Finding::WrongCommunity { file, named, found: community });
            return None;
        }
        if document.issuer() != index.issuer() {
            let issuer = document.issuer().clone();
            self.finds(Finding::ViewOfAnother { community, file, issuer });
            return None;
        }
        if document.history().current_hash() != index.history().current_hash() {
            self.finds(Finding::ViewUnderOtherKeys { community: community.clone(), file });
        }
        self.check_time(file, &document);
        let now = document.body().now;
        if index.issued_at() > now.plus_days(MAX_DAYS_OF_VIEW) {
            self.finds(Finding::ViewTooOld { community, file, now });
        }
        let policy = match read_policy(&document, file) {
            Ok(policy) => Some(policy),
            Err(finding) => {
                self.finds(*finding);
                None
            }
        };
        Some(View { file, document, policy })
    }

    /// Ranks for a view anew, and compares what comes out with its parts.
    async fn compare(
        &mut self,
        view: View,
        documents: &mut Documents,
    ) -> Result<AuditedView, AuditError> {
        let View { file, document, policy } = view;
        let ViewManifest { community, now, parts, .. } = document.body();
        let own = policy.as_ref().and_then(|policy| policy.own.clone());
        let own = own.filter(|own| own != document.issuer());
        let recomputed = match policy {
            Some(policy) if documents.are_whole() => {
                let made = documents.rank(policy, *now).await?;
                Some((made.servers.len(), Recomputed::of(&made)?))
            }
            _ => None,
        };
        let servers = recomputed.as_ref().map(|(servers, _)| *servers);
        let recomputed = recomputed.map(|(_, recomputed)| recomputed);
        let has_same_parts = recomputed.as_ref().is_some_and(|it| it.has_parts(parts));
        let mut comparison = Comparison::with(recomputed.filter(|_| !has_same_parts));
        let all_were_read = self.read_parts(parts, &mut comparison).await;
        for missing in comparison.rests_on.iter().filter(|hash| documents.lack(hash)) {
            let community = community.clone();
            self.finds(Finding::RestsOnMissing { community, file, document: *missing });
        }
        let outcome = match servers {
            None => ViewOutcome::NotRecomputed,
            Some(servers) if has_same_parts => ViewOutcome::Same { servers },
            Some(servers) => {
                let community = community.clone();
                self.finds(match comparison.finish(all_were_read) {
                    Some((differing, first)) => {
                        Finding::ViewDiffers { community, file, differing, first }
                    }
                    None => Finding::PartsDiffer { community, file },
                });
                ViewOutcome::Differs { servers }
            }
        };
        Ok(AuditedView { community: community.clone(), now: Some(*now), own, outcome })
    }

    /// Reads the parts of a view into a comparison. Whether all of them hold.
    async fn read_parts(&mut self, parts: &[PartRef], comparison: &mut Comparison) -> bool {
        let mut files = Vec::new();
        for part in parts {
            let file = TreeFile::Part(part.hash);
            if !self.has_room(file, part.size) {
                return false;
            }
            files.push((file, part.size, part));
        }
        (self.progress)(AuditProgress::Planned(files.len()));
        let mut all_hold = true;
        let mut reads = Box::pin(self.read_each(files));
        while let Some((file, part, read)) = reads.next().await {
            let records = self.whole(file, read, part.size).and_then(|bytes| {
                self.tally.parts += 1;
                let read = ViewManifest::read_part(part, &bytes);
                read.map_err(|problem| self.finds(Finding::BadPart { file, problem })).ok()
            });
            match records {
                Some(records) => comparison.take(&records),
                None => all_hold = false,
            }
            if self.is_full() {
                return false;
            }
        }
        all_hold
    }
}

/// The policy of a view. What the view has must be all that the policy says: of a member that
/// is left out, two versions of the program could think differently.
fn read_policy(view: &Verified<ViewManifest>, file: TreeFile) -> Result<Policy, Box<Finding>> {
    let ViewManifest { community, policy: written, .. } = view.body();
    let written = Value::Object(written.clone());
    let unreadable = |problem: serde_json::Error| Finding::PolicyUnreadable {
        community: community.clone(),
        file,
        problem: excerpt(&problem.to_string()),
    };
    let policy: Policy = serde_json::from_value(written.clone()).map_err(unreadable)?;
    let read = serde_json::to_value(&policy).map_err(unreadable)?;
    if let Some(found) = first_difference(&written, &read) {
        let told = |value: Option<String>| value.unwrap_or_else(|| "left out".to_owned());
        return Err(Box::new(Finding::PolicyNotWrittenOut {
            community: community.clone(),
            file,
            member: found.member,
            written: told(found.tree),
            read: told(found.recomputed),
        }));
    }
    match policy.check() {
        Ok(()) => Ok(policy),
        Err(problem) => {
            let community = community.clone();
            Err(Box::new(Finding::PolicyRefused { community, file, problem }))
        }
    }
}
