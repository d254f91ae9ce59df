use std::cmp::Ordering;

use crate::branches::KeyBranches;
use crate::digest::Identity;
use crate::envelope::{AnyVerified, Verified};
use crate::history::KeyHistory;
use crate::time::Timestamp;

/// How far another machine's clock may be ahead, in seconds (design: five minutes).
pub const CLOCK_SKEW_SECONDS: i64 = 300;

/// The newest place that a feed has reached under one key state. It is kept when the
/// document itself is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The hash of the last key state of the documents that it stands for.
    pub key_state: String,
    /// The sequence number.
    pub sequence: u64,
    /// The identity of the document that counts there.
    pub identity: Identity,
}

impl Mark {
    /// The mark that a document leaves.
    pub fn of(document: &AnyVerified) -> Self {
        Self {
            key_state: document.history().current_hash().to_owned(),
            sequence: document.sequence(),
            identity: document.identity(),
        }
    }
}

/// What is known of a feed before the next document of it is judged.
#[derive(Debug, Clone, Default)]
pub struct FeedState {
    /// The key histories known of the issuer, from whichever feed.
    pub branches: Option<KeyBranches>,
    /// The mark of this feed under the last key state of the document to be judged. One of
    /// another key state says nothing of it: that is how new keys undo a sequence number
    /// run too high, and how marks lapse that were set with keys that lost.
    pub mark: Option<Mark>,
}

/// What a document does to its feed.
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

/// The decision about a document that is not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it does to its feed under its key state.
    pub acceptance: Acceptance,
    /// All that is known of the issuer's keys now.
    pub branches: KeyBranches,
    /// Why it does not count at present, where its keys are not those that count. It is
    /// kept: should they become it, as after a contest, it counts. So the order in which
    /// documents arrive changes nothing.
    pub aside: Option<Aside>,
    /// Whether it counts for those who follow one of the states that
    /// [`FeedState::branches`] has a verdict for. It may be set aside all the same, for
    /// everybody else.
    pub is_followed: bool,
}

/// Why a document that is kept does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum Aside {
    #[error(
        "signed under key version {key_version}, but the issuer has moved on to version {known_key_version}; the document must be signed again"
    )]
    OutdatedKeys { key_version: u32, known_key_version: u32 },
    #[error(
        "its key history contradicts another one of this issuer, and no recovery decides between them in its favour; the issuer's keys count up to version {known_key_version}"
    )]
    HistoryDiverges { known_key_version: u32 },
}

impl Aside {
    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutdatedKeys { .. } => "accept.outdated-keys",
            Self::HistoryDiverges { .. } => "accept.history-diverges",
        }
    }
}

/// Why a document that holds is refused here. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum AcceptRefusal {
    #[error("issued at {issued_at}, which is more than five minutes in the future")]
    FromTheFuture { issued_at: Timestamp },
    #[error("sequence {sequence} is older than sequence {known_sequence}, which is known")]
    RolledBack { sequence: u64, known_sequence: u64 },
    #[error("its key history goes on from a state that lost, or is that of another issuer")]
    LostBranch,
}

impl AcceptRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FromTheFuture { .. } => "accept.from-the-future",
            Self::RolledBack { .. } => "accept.rolled-back",
            Self::LostBranch => "accept.history-diverges",
        }
    }
}

/// Decides what a verified document does to its feed. Pure: the caller applies the decision
/// in one transaction.
///
/// A document counts where its key history is exactly the accepted one of its issuer: after
/// a rotation everything is signed again, since a thief of retired keys could go on signing
/// under the old state. One under other keys is set aside.
///
/// A document that has expired is judged like any other, so that the order in which
/// documents arrive does not matter; whether it still counts is asked when it is used.
///
/// # Errors
/// Where the document comes from the future, is older than what is known under its keys, or
/// its keys follow from a state that lost.
pub fn accept(
    state: &FeedState,
    document: &AnyVerified,
    now: Timestamp,
) -> Result<Accepted, AcceptRefusal> {
    let offer = Offer {
        history: document.history(),
        issued_at: document.issued_at(),
        sequence: document.sequence(),
        identity: document.identity(),
    };
    decide(state, offer, now)
}

/// What of a document decides about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offer<'a> {
    pub(crate) history: &'a KeyHistory,
    pub(crate) issued_at: Timestamp,
    pub(crate) sequence: u64,
    pub(crate) identity: Identity,
}

/// See [`accept`].
pub(crate) fn decide(
    state: &FeedState,
    offer: Offer<'_>,
    now: Timestamp,
) -> Result<Accepted, AcceptRefusal> {
    let Offer { history, issued_at, .. } = offer;
    if is_from_the_future(issued_at, history, now) {
        let issued_at = issued_at.max(history.current().issued_at);
        return Err(AcceptRefusal::FromTheFuture { issued_at });
    }
    let branches = match &state.branches {
        Some(known) if known.issuer() == history.issuer() => known.with(history),
        Some(_) => return Err(AcceptRefusal::LostBranch),
        None => KeyBranches::of(history.clone()),
    };
    if !branches.holds(history) {
        return Err(AcceptRefusal::LostBranch);
    }
    let acceptance = place(state.mark.as_ref(), offer)?;
    let accepted = branches.accepted();
    let known_key_version = accepted.version();
    let aside = if history == accepted {
        None
    } else if accepted.extends(history) {
        let key_version = history.version();
        Some(Aside::OutdatedKeys { key_version, known_key_version })
    } else {
        Some(Aside::HistoryDiverges { known_key_version })
    };
    let is_followed = branches.counting().skip(1).any(|counting| counting == history);
    Ok(Accepted { acceptance, branches, aside, is_followed })
}

impl<T> Verified<T> {
    /// Whether the document, or the last of its key states, says that it was made more than
    /// [`CLOCK_SKEW_SECONDS`] after `now`. Then it is not accepted, and where it was
    /// accepted at another time it is as if it were not there: whoever looks at an earlier
    /// day sees what was to be seen then, and a node whose clock was wrong shows nothing
    /// that nobody can have signed yet.
    pub fn is_from_the_future(&self, now: Timestamp) -> bool {
        is_from_the_future(self.issued_at(), self.history(), now)
    }
}

fn is_from_the_future(issued_at: Timestamp, history: &KeyHistory, now: Timestamp) -> bool {
    let latest = now.plus_seconds(CLOCK_SKEW_SECONDS);
    issued_at > latest || history.current().issued_at > latest
}

impl AnyVerified {
    /// See [`Verified::is_from_the_future`].
    pub fn is_from_the_future(&self, now: Timestamp) -> bool {
        match self {
            Self::Profile(document) => document.is_from_the_future(now),
            Self::EndorsementList(document) => document.is_from_the_future(now),
            Self::ObservationReport(document) => document.is_from_the_future(now),
            Self::Index(document) => document.is_from_the_future(now),
            Self::View(document) => document.is_from_the_future(now),
        }
    }
}

/// The place of a document in its feed, among those under its own last key state.
fn place(mark: Option<&Mark>, offer: Offer<'_>) -> Result<Acceptance, AcceptRefusal> {
    let Offer { history, sequence, identity, .. } = offer;
    let mark = mark.filter(|mark| mark.key_state == history.current_hash());
    let Some(mark) = mark else { return Ok(Acceptance::New) };
    match sequence.cmp(&mark.sequence) {
        Ordering::Greater => Ok(Acceptance::New),
        Ordering::Less => {
            Err(AcceptRefusal::RolledBack { sequence, known_sequence: mark.sequence })
        }
        Ordering::Equal if identity == mark.identity => Ok(Acceptance::Known),
        Ordering::Equal => Ok(Acceptance::Equivocation { counts: identity.min(mark.identity) }),
    }
}

#[cfg(test)]
mod tests;
