//! How reading the sources has gone: what each of them answered last, kept apart by what can
//! be done about it.
//!
//! A [`SourcesStatus`] is made with each snapshot from what the store remembers, so it
//! survives a restart and costs a visitor's request nothing. It holds the sources that the
//! node would ask today; what is left in the database of others is not shown.

mod outcome;
mod report;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use wellspring_document::{ServerName, SightStatus, Timestamp};
use wellspring_store::{
    DocumentStatus, Failure, Given, NameSight, NoDocument, Round, SUBMISSION_DAYS, Source,
    SourceKey, SourceKind, Store, StoreError, Submission,
};

use crate::config::{Config, ConfigError};
use crate::node::pause_minutes;
use crate::snapshot::CommunityView;
use crate::submissions::{Submitted, submitted};
use crate::sync;

pub use outcome::SourceOutcome;
pub use report::{RoundsReport, SourceReport};

/// After which time without a round a node seems not to run. A view is renewed every hour; a
/// round over thousands of slow hosts may take another one.
const OVERDUE_SECONDS: i64 = 2 * 3_600;

/// How reading all sources of a node has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesStatus {
    /// The last round that came to its end; nothing where there was none.
    pub round: Option<Round>,
    /// When a node that runs begins its next round.
    pub next_round_at: Option<Timestamp>,
    sources: BTreeMap<SourceKey, SourceStatus>,
}

/// How reading one source has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// The source.
    pub key: SourceKey,
    /// What came of it last.
    pub outcome: SourceOutcome,
    /// The error of the last attempt, where it failed. Its message may quote what a host
    /// sent: it is for the node's operator, and for no page.
    pub failure: Option<Failure>,
    /// When it was last asked.
    pub last_attempt: Option<Timestamp>,
    /// When it last gave something that could be used, or said that nothing is newer.
    pub last_good: Option<Timestamp>,
    /// Since when it fails without a break.
    pub failing_since: Option<Timestamp>,
    /// How often it has failed since then.
    pub consecutive_failures: u32,
    /// When it will be asked again, where the node runs.
    pub next_attempt: Option<Timestamp>,
    /// The document that it gave last, of those that were accepted.
    pub given: Option<Given>,
    /// What was seen at the name, where it is the address of a profile.
    pub sight: Option<NameSight>,
    /// When it was submitted, where the node asks it for no other reason.
    pub submitted_at: Option<Timestamp>,
    /// Whether it is the profile of a server that is not to be listed, whose name no list of
    /// sources shows to the public.
    pub is_unlisted: bool,
}

/// What the store remembers of all sources.
pub(crate) struct KeptOfSources {
    submissions: Vec<Submission>,
    sources: BTreeMap<SourceKey, Source>,
    given: BTreeMap<SourceKey, Given>,
    /// By server name.
    sights: BTreeMap<String, NameSight>,
    round: Option<Round>,
}

impl KeptOfSources {
    /// # Errors
    /// Where the database cannot be read.
    pub(crate) fn read(store: &Store, config: &Config) -> Result<Self, StoreError> {
        let sources = store.sources()?.rows.into_iter();
        let sights = store.sights()?.rows.into_iter();
        Ok(Self {
            submissions: submitted(config, store)?,
            sources: sources.map(|source| (source.key.clone(), source)).collect(),
            given: store.given()?.rows.into_iter().collect(),
            sights: sights.map(|(name, sight)| (name.to_string(), sight)).collect(),
            round: last_round(store)?,
        })
    }
}

impl SourcesStatus {
    /// From what the store remembers, for the sources that a node with this configuration and
    /// these views asks at `now`.
    ///
    /// # Errors
    /// Where the configuration does not say what to ask.
    pub(crate) fn of(
        kept: KeptOfSources,
        config: &Config,
        views: &[CommunityView],
        now: Timestamp,
    ) -> Result<Self, ConfigError> {
        let KeptOfSources { submissions, sources: mut known, mut given, mut sights, round } = kept;
        let planned = sync::planned(config, views, &submissions)?;
        let unlisted: BTreeSet<&str> = views
            .iter()
            .flat_map(|community| &community.view.unlisted)
            .map(|server| server.server_name.as_str())
            .collect();
        let status = |(key, submitted_at): (SourceKey, Option<Timestamp>)| {
            let is_profile = key.kind == SourceKind::WellKnown;
            let mut status = SourceStatus::never_asked(key.clone());
            status.submitted_at = submitted_at;
            status.sight = is_profile.then(|| sights.remove(&key.location)).flatten();
            status.given = given.remove(&key);
            if let Some(source) = known.remove(&key) {
                status.take(source, now);
            }
            if is_profile && unlisted.contains(key.location.as_str()) {
                status.is_unlisted = true;
                // A signed profile can say so as well.
                if status.outcome == SourceOutcome::Good {
                    status.outcome = SourceOutcome::Unlisted;
                }
            }
            // The wish outlasts an outage.
            let said = status.sight.as_ref().is_some_and(|it| it.status == SightStatus::Unlisted);
            status.is_unlisted |= said || status.outcome == SourceOutcome::Unlisted;
            (key, status)
        };
        let sources = planned.into_iter().map(status).collect();
        let mut status = Self { round, next_round_at: None, sources };
        status.next_round_at = status.round.map(|round| {
            let ended_at = round.ended_at;
            ended_at.plus_seconds(status.pause(config, ended_at))
        });
        Ok(status)
    }

    /// How long to wait at `now` before the next round, in seconds: until a source is due, and
    /// at most as long as a view may be old.
    pub(crate) fn pause(&self, config: &Config, now: Timestamp) -> i64 {
        let longest = i64::from(pause_minutes(config.sync.every_minutes)) * 60;
        let due = self.all().filter_map(SourceStatus::due_at).min();
        sync::pause(due, longest, now)
    }

    /// Every source: profiles by server name, then lists and reports, adopted lists and
    /// directories, each by place.
    pub fn all(&self) -> impl Iterator<Item = &SourceStatus> {
        self.sources.values()
    }

    /// The profile of a server.
    pub fn server(&self, name: &ServerName) -> Option<&SourceStatus> {
        self.source(SourceKind::WellKnown, name.as_str())
    }

    /// The source of this kind at this place.
    pub fn source(&self, kind: SourceKind, location: &str) -> Option<&SourceStatus> {
        self.sources.get(&SourceKey { kind, location: location.to_owned() })
    }

    /// How many sources have come to each outcome, in the order of [`SourceOutcome::ALL`];
    /// none that nothing came to.
    pub fn counts(&self) -> Vec<(SourceOutcome, usize)> {
        let mut counts: BTreeMap<SourceOutcome, usize> = BTreeMap::new();
        for source in self.all() {
            *counts.entry(source.outcome).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Whether the next round should have ended so long ago that the node seems not to run.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.next_round_at.is_some_and(|next| now.seconds_since(next) > OVERDUE_SECONDS)
    }
}

fn last_round(store: &Store) -> Result<Option<Round>, StoreError> {
    match store.last_round() {
        Err(StoreError::Corrupt(row)) => {
            tracing::error!(%row, "the record of the last round is lost");
            Ok(None)
        }
        found => found,
    }
}

impl SourceStatus {
    const fn never_asked(key: SourceKey) -> Self {
        Self {
            key,
            outcome: SourceOutcome::NotAsked,
            failure: None,
            last_attempt: None,
            last_good: None,
            failing_since: None,
            consecutive_failures: 0,
            next_attempt: None,
            given: None,
            sight: None,
            submitted_at: None,
            is_unlisted: false,
        }
    }

    /// Of a name that was submitted only just now.
    pub(crate) fn of_submission(submission: &Submission) -> Self {
        let location = submission.server_name.to_string();
        let status = Self::never_asked(SourceKey { kind: SourceKind::WellKnown, location });
        Self { submitted_at: Some(submission.submitted_at), ..status }
    }

    fn take(&mut self, source: Source, now: Timestamp) {
        self.last_attempt = source.last_attempt;
        self.last_good = source.last_good;
        self.failing_since = source.failing_since;
        self.consecutive_failures = source.consecutive_failures;
        self.next_attempt = source.next_attempt;
        self.failure = source.failure;
        self.outcome = self.judge(source.absent, now);
        // To anybody who submits names, what lies inside the network of this node is not there.
        if self.is_stranger() && self.outcome == SourceOutcome::BlockedAddress {
            self.outcome = SourceOutcome::UnreachableDns;
        }
    }

    /// Whether it is the profile of a server that has never served one, and that nobody names
    /// but whoever submitted it: the name may be anybody's, or a made-up one.
    pub fn is_stranger(&self) -> bool {
        let has_served = |sight: &NameSight| sight.profile_first_seen_at.is_some();
        self.submitted_at.is_some() && !self.sight.as_ref().is_some_and(has_served)
    }

    /// Until when it is asked, should it serve no profile, where nobody names it but whoever
    /// submitted it.
    pub fn asked_in_vain_until(&self) -> Option<Timestamp> {
        Some(self.submitted_at?.plus_days(SUBMISSION_DAYS))
    }

    /// What it waits for, where it was submitted since it was asked last.
    pub(crate) fn waits(&self) -> Option<Submitted> {
        self.submitted_at.filter(|submitted_at| self.last_attempt < Some(*submitted_at))?;
        Some(match self.next_attempt.filter(|_| self.failure.is_some()) {
            Some(until) => Submitted::LeftAlone { until },
            None => Submitted::Queued,
        })
    }

    /// When a round is due for it. A round asks only so many of the names that were submitted:
    /// those that are left over are due at once.
    fn due_at(&self) -> Option<Timestamp> {
        match self.waits() {
            Some(Submitted::Queued) => self.submitted_at,
            _ => self.next_attempt,
        }
    }

    /// The stable code of the error of the last attempt, as far as it fits the outcome. Of a
    /// stranger it does not tell a name that does not exist from one that leads into the
    /// network of this node: nobody learns by submitting names which of them are there.
    pub fn code(&self) -> Option<&str> {
        if self.is_stranger() && self.outcome == SourceOutcome::UnreachableDns {
            return None;
        }
        let code = self.failure.as_ref()?.code.as_str();
        (SourceOutcome::of_code(code) == self.outcome).then_some(code)
    }

    fn judge(&self, absent: Option<NoDocument>, now: Timestamp) -> SourceOutcome {
        if self.last_attempt.is_none() {
            return SourceOutcome::NotAsked;
        }
        if let Some(failure) = &self.failure {
            return SourceOutcome::of_code(&failure.code);
        }
        match absent {
            Some(NoDocument::NotFound) => return SourceOutcome::NotFound,
            Some(NoDocument::Gone) => return SourceOutcome::Gone,
            Some(NoDocument::Unlisted) => return SourceOutcome::Unlisted,
            None => {}
        }
        let Some(given) = &self.given else { return SourceOutcome::Good };
        // Contradiction first: the one who signed twice has to hear of it, expired or not.
        if given.is_contradicted {
            return SourceOutcome::Equivocating;
        }
        // It was good when it came; that its keys were changed elsewhere since, the source
        // does not say.
        match given.record.status {
            DocumentStatus::Outdated => return SourceOutcome::OutdatedKeys,
            // Another source gave a newer one.
            DocumentStatus::Superseded => return SourceOutcome::RolledBack,
            DocumentStatus::Current | DocumentStatus::Equivocating => {}
        }
        if given.record.expires_at <= now {
            return SourceOutcome::Expired;
        }
        SourceOutcome::Good
    }

    /// Whether a profile that was there is missing, and counts on for a while.
    pub fn is_vanishing(&self) -> bool {
        self.sight.as_ref().is_some_and(|sight| sight.absence.is_some())
            && self.outcome == SourceOutcome::NotFound
    }

    /// Whether somebody should do something about it. What is only submitted concerns nobody
    /// but whoever asks for it by name.
    pub fn needs_attention(&self) -> bool {
        match self.outcome {
            _ if self.is_stranger() => false,
            SourceOutcome::Good | SourceOutcome::NotAsked | SourceOutcome::Unlisted => false,
            // Most servers have no profile, and some removed theirs.
            SourceOutcome::NotFound if self.key.kind == SourceKind::WellKnown => {
                self.is_vanishing()
            }
            SourceOutcome::Gone if self.key.kind == SourceKind::WellKnown => false,
            _ => true,
        }
    }

    /// Where it is asked: the whole address of a profile or list, the place of anything else.
    pub fn address(&self) -> String {
        match (self.key.kind, ServerName::parse(&self.key.location)) {
            (SourceKind::WellKnown, Ok(name)) => sync::profile_url(&name),
            _ => self.key.location.clone(),
        }
    }

    /// The server whose profile it is.
    pub fn server_name(&self) -> Option<ServerName> {
        (self.key.kind == SourceKind::WellKnown)
            .then(|| ServerName::parse(&self.key.location).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests;
