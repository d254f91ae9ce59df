use crate::digest::Identity;
use crate::envelope::AnyVerified;
use crate::history::KeyHistory;
use crate::time::Timestamp;

/// How far another machine's clock may be ahead, in seconds (design: five minutes).
pub const CLOCK_SKEW_SECONDS: i64 = 300;

/// The newest place that a feed has reached. It is kept when the document itself is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The version of the last key state.
    pub key_version: u32,
    /// The sequence number.
    pub sequence: u64,
    /// The identity of the document that counts there.
    pub identity: Identity,
}

/// What is known of a feed before the next document of it is judged.
#[derive(Debug, Clone, Default)]
pub struct FeedState {
    /// The longest key history accepted of the issuer, from whichever feed.
    pub history: Option<KeyHistory>,
    /// The mark of this feed.
    pub mark: Option<Mark>,
}

/// What a document that counts does to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It is newer than what was known and becomes the feed's document.
    New,
    /// It is the feed's document already.
    Known,
    /// The issuer signed two different documents with one sequence number. Both are kept as
    /// evidence; the one with the smaller identity counts, here and everywhere.
    Equivocation {
        /// The identity that counts from now on.
        counts: Identity,
    },
}

/// Why a document that holds does not count here. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum AcceptRefusal {
    #[error("issued at {issued_at}, which is more than five minutes in the future")]
    FromTheFuture { issued_at: Timestamp },
    #[error(
        "sequence {sequence} under key version {key_version} is older than sequence {known_sequence} under key version {known_key_version}, which is known"
    )]
    RolledBack { key_version: u32, sequence: u64, known_key_version: u32, known_sequence: u64 },
    #[error(
        "signed under key version {key_version}, but the issuer has moved on to version {known_key_version}; the document must be signed again"
    )]
    OutdatedKeys { key_version: u32, known_key_version: u32 },
    #[error("its key history contradicts the one that is known of this issuer")]
    HistoryDiverges,
}

impl AcceptRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FromTheFuture { .. } => "accept.from-the-future",
            Self::RolledBack { .. } => "accept.rolled-back",
            Self::OutdatedKeys { .. } => "accept.outdated-keys",
            Self::HistoryDiverges => "accept.history-diverges",
        }
    }
}

/// Decides what a verified document does to its feed. Pure: the caller applies the decision
/// in one transaction.
///
/// A document that has expired is judged like any other, so that the order in which
/// documents arrive does not matter; whether it still counts is asked when it is used.
///
/// # Errors
/// Where the document comes from the future, is older than what is known, or is signed with
/// keys that are not the issuer's newest.
pub fn accept(
    state: &FeedState,
    document: &AnyVerified,
    now: Timestamp,
) -> Result<Acceptance, AcceptRefusal> {
    let issued_at = document.issued_at().max(document.history().current().issued_at);
    if issued_at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(AcceptRefusal::FromTheFuture { issued_at });
    }
    if let Some(known) = &state.history
        && !document.history().extends(known)
    {
        // A thief of retired keys could go on signing under the old state (threat:
        // rotation), so only the newest state counts.
        return Err(if known.extends(document.history()) {
            AcceptRefusal::OutdatedKeys {
                key_version: document.key_version(),
                known_key_version: known.version(),
            }
        } else {
            AcceptRefusal::HistoryDiverges
        });
    }
    let Some(mark) = state.mark else { return Ok(Acceptance::New) };
    let place = (document.key_version(), document.sequence());
    let known = (mark.key_version, mark.sequence);
    if place > known {
        Ok(Acceptance::New)
    } else if place < known {
        Err(AcceptRefusal::RolledBack {
            key_version: document.key_version(),
            sequence: document.sequence(),
            known_key_version: mark.key_version,
            known_sequence: mark.sequence,
        })
    } else if document.identity() == mark.identity {
        Ok(Acceptance::Known)
    } else {
        Ok(Acceptance::Equivocation { counts: document.identity().min(mark.identity) })
    }
}

#[cfg(test)]
mod tests;
