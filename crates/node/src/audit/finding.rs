//! What does not hold in a tree, each in one plain sentence.

use wellspring_document::{BytesHash, CommunityName, IssuerId, PartError, Timestamp, VerifyError};
use wellspring_fetch::Failure as FetchFailure;
use wellspring_ranking::PolicyError;
use wellspring_store::NotAccepted;

use super::difference::RecordDifference;
use crate::tree::{TreeFile, TreeReadError};

/// Something that does not hold in a tree. What is quoted from the tree is short, on one line
/// and without characters that steer a terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum Finding {
    #[error("{file} is not there")]
    Missing { file: TreeFile },
    #[error("{file} could not be read")]
    NotRead { file: TreeFile, source: TreeReadError },
    #[error("{file} has other bytes than its name says")]
    WrongBytes { file: TreeFile },
    #[error("{file} has {found} bytes, where {named} are named")]
    TooShort { file: TreeFile, named: u32, found: usize },
    #[error("{file} has more than the {named} bytes that are named")]
    TooLong { file: TreeFile, named: u32 },
    #[error("{file}: {problem}")]
    BadPart { file: TreeFile, problem: PartError },
    #[error("{file} does not hold: {problem}")]
    BadDocument { file: TreeFile, problem: VerifyError },
    #[error("the tree was signed by {found}, not by {expected}")]
    WrongIssuer { expected: IssuerId, found: IssuerId },
    #[error("{file} expired at {expired_at}")]
    Expired { file: TreeFile, expired_at: Timestamp },
    #[error("{file} was issued at {issued_at}, which is in the future")]
    FromTheFuture { file: TreeFile, issued_at: Timestamp },
    #[error(
        "the index says \"{member}\" of {file} otherwise than the document, which is that of {issuer}"
    )]
    EntryDiffers { file: TreeFile, member: &'static str, issuer: IssuerId },
    #[error("the index names {file} twice")]
    NamedTwice { file: TreeFile },
    #[error("{file} is not accepted beside the other documents: {problem}")]
    NotAccepted { file: TreeFile, problem: NotAccepted },
    #[error("the index names {file} as a document that counts, but by the others it does not")]
    DoesNotCount { file: TreeFile },
    #[error(
        "the view of \"{community}\" ({file}) was signed by {issuer}, not by who signed the index"
    )]
    ViewOfAnother { community: CommunityName, file: TreeFile, issuer: IssuerId },
    #[error("the view of \"{community}\" ({file}) was signed with other keys than the index")]
    ViewUnderOtherKeys { community: CommunityName, file: TreeFile },
    #[error(
        "the view of \"{community}\" ({file}) is that of {now}, long before the index was issued: \
         what was said since may be left out"
    )]
    ViewTooOld { community: CommunityName, file: TreeFile, now: Timestamp },
    #[error("{file} is the view of \"{found}\", where the index names it as that of \"{named}\"")]
    WrongCommunity { file: TreeFile, named: CommunityName, found: CommunityName },
    #[error("the policy of the view of \"{community}\" ({file}) cannot be read: {problem}")]
    PolicyUnreadable { community: CommunityName, file: TreeFile, problem: String },
    #[error(
        "the policy of the view of \"{community}\" ({file}) is not written out: {member} is {written}, and means {read}"
    )]
    PolicyNotWrittenOut {
        community: CommunityName,
        file: TreeFile,
        member: String,
        written: String,
        read: String,
    },
    #[error("the policy of the view of \"{community}\" ({file}) makes no sense: {problem}")]
    PolicyRefused { community: CommunityName, file: TreeFile, problem: PolicyError },
    #[error(
        "the view of \"{community}\" rests on a document that the tree does not have: {document}"
    )]
    RestsOnMissing { community: CommunityName, file: TreeFile, document: BytesHash },
    #[error(
        "the view of \"{community}\" is not what its policy makes of the documents: {first} ({})",
        counted(*.differing)
    )]
    ViewDiffers {
        community: CommunityName,
        file: TreeFile,
        differing: usize,
        first: RecordDifference,
    },
    #[error("the view of \"{community}\" says what comes out, but its parts are written otherwise")]
    PartsDiffer { community: CommunityName, file: TreeFile },
    #[error("the tree has more than {most} {what}; no more of it was read")]
    TooMuch { most: u64, what: &'static str },
}

fn counted(records: usize) -> String {
    let other = records.saturating_sub(1);
    match other {
        0 => "all else is the same".to_owned(),
        1 => "one more record differs".to_owned(),
        _ => format!("{other} more records differ"),
    }
}

impl Finding {
    /// Why there is no file of the size that is named.
    pub(super) fn unread(file: TreeFile, named: u32, error: TreeReadError) -> Self {
        match error {
            TreeReadError::Absent { .. } => Self::Missing { file },
            TreeReadError::WrongHash { .. } => Self::WrongBytes { file },
            TreeReadError::TooLarge { .. } => Self::TooLong { file, named },
            TreeReadError::Fetch(error)
                if matches!(error.failure(), FetchFailure::TooLarge { .. }) =>
            {
                Self::TooLong { file, named }
            }
            source => Self::NotRead { file, source },
        }
    }

    /// The stable code of this finding.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "audit.missing",
            Self::NotRead { .. } => "audit.not-read",
            Self::WrongBytes { .. } => "audit.wrong-bytes",
            Self::TooShort { .. } => "audit.too-short",
            Self::TooLong { .. } => "audit.too-long",
            Self::BadPart { .. } => "audit.bad-part",
            Self::BadDocument { .. } => "audit.bad-document",
            Self::WrongIssuer { .. } => "audit.wrong-issuer",
            Self::Expired { .. } => "audit.expired",
            Self::FromTheFuture { .. } => "audit.from-the-future",
            Self::EntryDiffers { .. } => "audit.entry-differs",
            Self::NamedTwice { .. } => "audit.named-twice",
            Self::NotAccepted { .. } => "audit.not-accepted",
            Self::DoesNotCount { .. } => "audit.does-not-count",
            Self::ViewOfAnother { .. } => "audit.view-of-another",
            Self::ViewUnderOtherKeys { .. } => "audit.view-under-other-keys",
            Self::ViewTooOld { .. } => "audit.view-too-old",
            Self::WrongCommunity { .. } => "audit.wrong-community",
            Self::PolicyUnreadable { .. } => "audit.policy-unreadable",
            Self::PolicyNotWrittenOut { .. } => "audit.policy-not-written-out",
            Self::PolicyRefused { .. } => "audit.policy-refused",
            Self::RestsOnMissing { .. } => "audit.rests-on-missing",
            Self::ViewDiffers { .. } => "audit.view-differs",
            Self::PartsDiffer { .. } => "audit.parts-differ",
            Self::TooMuch { .. } => "audit.too-much",
        }
    }

    /// The file that it is about, where it is about one.
    pub const fn file(&self) -> Option<TreeFile> {
        match self {
            Self::WrongIssuer { .. } => Some(TreeFile::Index),
            Self::TooMuch { .. } => None,
            Self::Missing { file }
            | Self::NotRead { file, .. }
            | Self::WrongBytes { file }
            | Self::TooShort { file, .. }
            | Self::TooLong { file, .. }
            | Self::BadPart { file, .. }
            | Self::BadDocument { file, .. }
            | Self::Expired { file, .. }
            | Self::FromTheFuture { file, .. }
            | Self::EntryDiffers { file, .. }
            | Self::NamedTwice { file }
            | Self::NotAccepted { file, .. }
            | Self::DoesNotCount { file }
            | Self::ViewOfAnother { file, .. }
            | Self::ViewUnderOtherKeys { file, .. }
            | Self::ViewTooOld { file, .. }
            | Self::WrongCommunity { file, .. }
            | Self::PolicyUnreadable { file, .. }
            | Self::PolicyNotWrittenOut { file, .. }
            | Self::PolicyRefused { file, .. }
            | Self::RestsOnMissing { file, .. }
            | Self::ViewDiffers { file, .. }
            | Self::PartsDiffer { file, .. } => Some(*file),
        }
    }

    /// Whether it says nothing about the tree, but that it could not be read: another time or
    /// from another place it may hold.
    pub const fn is_unread(&self) -> bool {
        matches!(self, Self::NotRead { .. })
    }

    /// Whether it can also mean that the tree was made by another version of the program, with
    /// other policies or another way to rank.
    pub const fn may_be_the_version(&self) -> bool {
        matches!(
            self,
            Self::PolicyUnreadable { .. }
                | Self::PolicyNotWrittenOut { .. }
                | Self::ViewDiffers { .. }
                | Self::PartsDiffer { .. }
        )
    }

    /// Whether it says that a file is not there.
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}
