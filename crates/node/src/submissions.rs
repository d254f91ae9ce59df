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
use wellspring_store::{NotSubmitted, Store, StoreError, Submission};

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
const SECONDS_UNTIL_ASKED_ANEW: i64 = 3_600;

/// How long to wait with a name for which there is no room, in seconds.
const SECONDS_UNTIL_ROOM: i64 = 3_600;

/// What came of submitting a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It will be asked in the next round, which begins within seconds.
    Queued,
    /// The node asks it anyway, or has asked it a short while ago. Submitting it changed
    /// nothing.
    Asked,
}

impl Submitted {
    /// The word for this: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Asked => "asked",
        }
    }
}

/// Why a submitted name is not taken.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum SubmitError {
    #[error("this node takes no submissions")]
    NotAccepted,
    #[error("too many names are submitted to this node at the moment")]
    TooMany { retry_after: Duration },
    #[error("there is no room for this name")]
    NoRoom { source: NotSubmitted, retry_after: Duration },
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl Node {
    /// Takes a server name that somebody proposes, and asks it for its profile in a round that
    /// begins within seconds.
    ///
    /// # Errors
    /// Where the node takes no submissions, or no more of them for now, or its database
    /// cannot be used.
    pub async fn submit(self: &Arc<Self>, name: ServerName) -> Result<Submitted, SubmitError> {
        if !self.config().takes_submissions() {
            return Err(SubmitError::NotAccepted);
        }
        let now = self.now();
        let known = self.snapshot().sources.server(&name).map(|source| standing(source, now));
        if let Some(Standing::Stays(submitted)) = known {
            return Ok(submitted);
        }
        self.bucket.take(now).map_err(|retry_after| SubmitError::TooMany { retry_after })?;
        let submit = move |node: &Self| {
            let host = name.host();
            Ok(node.store().submit(&name, domain_of(host), now)?)
        };
        self.blocking(submit).await?.map_err(|source| {
            let retry_after = Duration::from_secs(SECONDS_UNTIL_ROOM.unsigned_abs());
            SubmitError::NoRoom { source, retry_after }
        })?;
        self.wake.up();
        Ok(Submitted::Queued)
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

/// What to do with a name that the node asks already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing.
    Stays(Submitted),
    /// To ask it anew.
    Begins,
}

fn standing(source: &SourceStatus, now: Timestamp) -> Standing {
    let Some(last) = source.last_attempt else { return Standing::Stays(Submitted::Queued) };
    let Some(submitted_at) = source.submitted_at else { return Standing::Stays(Submitted::Asked) };
    if last < submitted_at {
        return Standing::Stays(Submitted::Queued);
    }
    let is_served = source.sight.as_ref().is_some_and(|it| it.status == SightStatus::Served);
    let is_recent = now.seconds_since(last) < SECONDS_UNTIL_ASKED_ANEW;
    // Whoever fails is asked when its time has come: it may have said when that is.
    if is_served || is_recent || source.failure.is_some() {
        Standing::Stays(Submitted::Asked)
    } else {
        Standing::Begins
    }
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
        let next = full_at.unwrap_or(now).max(now).plus_seconds(SECONDS_PER_SUBMISSION);
        let room = SECONDS_PER_SUBMISSION * i64::from(SUBMISSIONS_AT_ONCE);
        let wait = next.seconds_since(now) - room;
        if wait > 0 {
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
    }
}
