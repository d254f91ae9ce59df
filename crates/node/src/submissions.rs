//! Server names that somebody proposes to the node. Whoever does needs no account and leaves
//! nothing behind: the name is all that is kept.
//!
//! A submission makes the node ask one address, `https://HOST/.well-known/wellspring/profile.json`,
//! with the guarded client and as seldom as any other. It lists nobody: what a name serves
//! there does, signed by whom it belongs to. A name that serves nothing is in no list, no
//! report and no document of this node.
//!
//! What strangers can do is bounded for all of them together ([`Bucket`], the bounds of the
//! store), not for each: a node keeps no addresses of visitors, and behind a proxy it sees that
//! of the proxy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wellspring_document::{ServerName, SightStatus, Timestamp};
use wellspring_fetch::domain_of;
use wellspring_store::{
    NotSubmitted, Source, SourceKey, SourceKind, Store, StoreError, Submission,
};

use crate::config::Config;
use crate::node::{Node, NodeError};
use crate::status::SourceStatus;

/// How many names are taken one after the other before [`SECONDS_PER_SUBMISSION`] counts.
const SUBMISSIONS_AT_ONCE: u32 = 20;

/// How often a name is taken then, in seconds.
const SECONDS_PER_SUBMISSION: i64 = 10;

/// After how many seconds a name that had no profile is asked again because it is submitted
/// again. Its operator corrected something, or somebody wants the node to pester its host
/// (threat: amplification).
pub(crate) const SECONDS_UNTIL_ASKED_ANEW: i64 = 3_600;

/// How long to wait with a name for which those that wait to be asked leave no room, in
/// seconds: the next round makes some, and begins by then unless one takes long.
const SECONDS_UNTIL_ROOM: u64 = 120;

/// What came of submitting a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It will be asked in one of the next rounds, usually within a minute.
    Queued,
    /// Its host failed before, and is left alone until then: it may have said so.
    LeftAlone {
        /// When it is asked again.
        until: Timestamp,
    },
    /// The node asks it anyway, or has asked it a short while ago. Submitting it changed
    /// nothing.
    Asked,
}

impl Submitted {
    /// The word for this: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::LeftAlone { .. } => "left-alone",
            Self::Asked => "asked",
        }
    }
}

/// Why a submitted name is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum NotTaken {
    #[error("this node takes no submissions")]
    NotAccepted,
    #[error("too many names are submitted to this node at the moment; try again later")]
    TooMany { retry_after: Duration },
    #[error("{0}")]
    NoRoom(NotSubmitted),
}

impl NotTaken {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAccepted => "submission.not-accepted",
            Self::TooMany { .. } => "submission.too-many",
            Self::NoRoom(_) => "submission.no-room",
        }
    }

    /// After how long it may be taken; nothing where waiting alone does not help.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            Self::NoRoom(NotSubmitted::TooManyWait | NotSubmitted::TooManyOfDomain) => {
                Some(Duration::from_secs(SECONDS_UNTIL_ROOM))
            }
            Self::NotAccepted | Self::NoRoom(_) => None,
        }
    }
}

/// Why nothing came of submitting a name.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The node does not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The node could not take it.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl Node {
    /// Takes a server name that somebody proposes, and asks it for its profile in one of the
    /// next rounds, of which one begins for it as soon as none is under way.
    ///
    /// # Errors
    /// Where the node takes no submissions, or no more of them for now, or its database
    /// cannot be used.
    pub async fn submit(self: &Arc<Self>, name: ServerName) -> Result<Submitted, SubmitError> {
        if !self.config().takes_submissions() {
            return Err(NotTaken::NotAccepted.into());
        }
        let now = self.now();
        let snapshot = self.snapshot();
        if let Some(stays) = snapshot.sources.server(&name).and_then(|it| standing(it, now)) {
            return Ok(stays);
        }
        self.bucket.take(now).map_err(|retry_after| NotTaken::TooMany { retry_after })?;
        let submit = move |node: &Self| {
            let mut store = node.store();
            let submitted = store.submit(&name, &domain_of(name.host()), now)?;
            // Somebody else may have named it once.
            let location = name.to_string();
            let known = store.source(&SourceKey { kind: SourceKind::WellKnown, location });
            Ok(submitted.map(|()| known.ok().flatten()))
        };
        let known = self.blocking(submit).await?.map_err(NotTaken::NoRoom)?;
        self.wake.up();
        Ok(known.and_then(|source| left_alone(&source, now)).unwrap_or(Submitted::Queued))
    }

    /// How asking a name for its profile goes, also where it was submitted only just now;
    /// nothing where the node does not ask it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn status_of(
        self: &Arc<Self>,
        name: &ServerName,
    ) -> Result<Option<SourceStatus>, NodeError> {
        if let Some(known) = self.snapshot().sources.server(name) {
            return Ok(Some(known.clone()));
        }
        if !self.config().takes_submissions() {
            return Ok(None);
        }
        let name = name.clone();
        let found = self.read_store(move |store| store.submission(&name)).await?;
        Ok(found.map(|submission| SourceStatus::of_submission(&submission)))
    }
}

/// The submitted names that a node with this configuration asks.
pub(crate) fn submitted(config: &Config, store: &Store) -> Result<Vec<Submission>, StoreError> {
    if config.takes_submissions() { Ok(store.submissions()?.rows) } else { Ok(Vec::new()) }
}

/// What it comes to that a name is submitted which the node asks already; nothing where it is
/// to be asked anew.
fn standing(source: &SourceStatus, now: Timestamp) -> Option<Submitted> {
    if let Some(waits) = source.waits() {
        return Some(waits);
    }
    let Some(last) = source.last_attempt else { return Some(Submitted::Queued) };
    let is_served = source.sight.as_ref().is_some_and(|it| it.status == SightStatus::Served);
    let is_recent = now.seconds_since(last) < SECONDS_UNTIL_ASKED_ANEW;
    let is_submitted = source.submitted_at.is_some();
    // Whoever fails is asked when its time has come: it may have said when that is.
    let stays = !is_submitted || is_served || is_recent || source.failure.is_some();
    stays.then_some(Submitted::Asked)
}

/// Until when a host that fails is left alone, although its name was submitted.
fn left_alone(source: &Source, now: Timestamp) -> Option<Submitted> {
    let until = source.next_attempt.filter(|next| source.failure.is_some() && *next > now)?;
    Some(Submitted::LeftAlone { until })
}

/// How many more submissions are taken: a few at once, and then one in a while. It is that of
/// all visitors together.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// When it would be full again, were nothing taken any more ("generic cell rate
    /// algorithm"); nothing where it is.
    full_at: Mutex<Option<Timestamp>>,
}

impl Bucket {
    /// Takes one at `now`.
    ///
    /// # Errors
    /// Where there is none: how long to wait for the next.
    fn take(&self, now: Timestamp) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let room = SECONDS_PER_SUBMISSION * i64::from(SUBMISSIONS_AT_ONCE);
        // It is never later than that, unless the clock was ahead and has been put right.
        let full = full_at.unwrap_or(now).clamp(now, now.plus_seconds(room));
        let next = full.plus_seconds(SECONDS_PER_SUBMISSION);
        let wait = next.seconds_since(now) - room;
        if wait > 0 {
            *full_at = Some(full);
            return Err(Duration::from_secs(wait.unsigned_abs()));
        }
        *full_at = Some(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        start.plus_seconds(seconds)
    }

    /// How many are given at a moment before it is empty, and how long to wait then.
    fn taken(bucket: &Bucket, now: Timestamp) -> (u32, u64) {
        let mut count = 0;
        loop {
            match bucket.take(now) {
                Ok(()) => count += 1,
                Err(wait) => return (count, wait.as_secs()),
            }
        }
    }

    #[test]
    fn a_few_at_once_and_then_one_in_a_while() {
        let bucket = Bucket::default();
        assert_eq!(taken(&bucket, at(0)), (20, 10));
        assert_eq!(taken(&bucket, at(9)), (0, 1));
        assert_eq!(taken(&bucket, at(10)), (1, 10));
        assert_eq!(taken(&bucket, at(35)), (2, 5));
        // Whoever knocks in vain does not make it later for others.
        assert_eq!(taken(&bucket, at(40)), (1, 10));
        assert_eq!(taken(&bucket, at(1_000_000)), (20, 10), "nothing is saved up");
        // The clock was ahead by days, and has been put right.
        assert_eq!(taken(&bucket, at(50)), (0, 10));
        bucket.take(at(60)).unwrap();
    }
}
