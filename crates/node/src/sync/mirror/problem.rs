//! What can be wrong with a mirror.

use wellspring_document::{BytesHash, IssuerId, PartError, Timestamp, VerifyError};
use wellspring_store::Failure;

use super::{MAX_MIRROR_DOCUMENTS_PER_FEED, MAX_MIRROR_INDEX_BYTES, MAX_MIRROR_TIME};
use crate::sync::apply::failure;
use crate::tree::{TreeFile, TreeReadError};

/// Why something that a mirror has, or all of it, is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MirrorProblem {
    #[error(transparent)]
    NotRead(#[from] TreeReadError),
    #[error("the index does not hold")]
    BadIndex { source: VerifyError },
    #[error(
        "the index is that of {found}, and not of {expected}, as the configuration says or the \
         first index was; if that is right, write the new one as the mirror's issuer"
    )]
    OtherIssuer { expected: IssuerId, found: IssuerId },
    #[error(
        "the index expired at {at}: the mirror stands still, or somebody keeps it from going on"
    )]
    Expired { at: Timestamp },
    #[error("its issuer signed two different indexes with one number")]
    Equivocating,
    #[error(
        "the parts of the index have {bytes} bytes together; at most {MAX_MIRROR_INDEX_BYTES} are read"
    )]
    TooLarge { bytes: u64 },
    #[error("the part {hash} of the index does not hold")]
    BadPart { hash: BytesHash, source: PartError },
    #[error("{file} does not hold")]
    BadDocument { file: TreeFile, source: VerifyError },
    #[error("{file} is another document than the index says")]
    OtherDocument { file: TreeFile },
    #[error(
        "the index names more than {MAX_MIRROR_DOCUMENTS_PER_FEED} documents of one feed; {count} are not looked at"
    )]
    Crowded { count: usize },
    #[error("it did not give everything within {} minutes", MAX_MIRROR_TIME.as_secs() / 60)]
    TooSlow,
    #[error("{count} more problems like these")]
    More { count: usize },
}

impl MirrorProblem {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotRead(error) => error.code(),
            Self::BadIndex { source } | Self::BadDocument { source, .. } => source.code(),
            Self::OtherIssuer { .. } => "mirror.other-issuer",
            Self::Expired { .. } => "mirror.expired",
            Self::Equivocating => "mirror.equivocating",
            Self::TooLarge { .. } => "mirror.too-large",
            Self::BadPart { source, .. } => source.code(),
            Self::OtherDocument { .. } => "mirror.other-document",
            Self::Crowded { .. } => "mirror.crowded",
            Self::TooSlow => "mirror.too-slow",
            Self::More { .. } => "mirror.more-problems",
        }
    }

    /// As it is written down.
    pub(super) fn failure(&self) -> Failure {
        failure(self.code(), self)
    }
}
