//! The status as programs read it.

use std::collections::BTreeMap;

use serde::Serialize;
use wellspring_document::{BytesHash, Identity, IssuerId, SightStatus, Timestamp};
use wellspring_store::{Round, SourceKind};

use super::{SourceStatus, SourcesStatus};
use crate::submissions::Submitted;

/// How reading one source has gone, as JSON.
#[derive(Debug, Serialize)]
pub struct SourceReport<'a> {
    kind: &'static str,
    location: String,
    /// The word for the outcome.
    pub outcome: &'static str,
    needs_attention: bool,
    is_unlisted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// What exactly went wrong, which may quote what a host sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    explanation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    last_attempt: Option<Timestamp>,
    last_good: Option<Timestamp>,
    next_attempt: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    consecutive_failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<SubmissionReport>,
}

/// The document that the source gave last, of those that were accepted.
#[derive(Debug, Serialize)]
struct DocumentReport<'a> {
    kind: &'static str,
    issuer: &'a IssuerId,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    status: &'static str,
    identity: Identity,
    bytes_hash: BytesHash,
    first_seen_at: Timestamp,
}

/// That the source is asked only because its name was submitted.
#[derive(Debug, Serialize)]
struct SubmissionReport {
    submitted_at: Timestamp,
    state: &'static str,
    /// Until when it is asked, should it serve no profile.
    asked_until: Timestamp,
}

/// What counts of the name.
#[derive(Debug, Serialize)]
struct Seen {
    status: SightStatus,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_answers: Option<u32>,
}

impl SourceStatus {
    /// For the node's operator: with the message of the error and the whole path of folders.
    pub fn full_report(&self) -> SourceReport<'_> {
        let message = self.failure.as_ref().map(|failure| failure.message.as_str());
        let location = self.key.location.clone();
        SourceReport { message, location, ..self.public_report() }
    }

    /// For everybody: nothing that a host sent, no paths of this machine, and of a server that
    /// is not to be listed only when it was asked.
    pub fn public_report(&self) -> SourceReport<'_> {
        SourceReport {
            kind: self.key.kind.as_str(),
            location: self.public_location(),
            outcome: self.outcome.as_str(),
            needs_attention: self.needs_attention(),
            is_unlisted: self.is_unlisted,
            code: self.code(),
            message: None,
            explanation: self.explanation(),
            advice: self.advice(),
            last_attempt: self.last_attempt,
            last_good: self.last_good,
            next_attempt: self.next_attempt,
            failing_since: self.failing_since,
            consecutive_failures: self.consecutive_failures,
            document: self.given.as_ref().filter(|_| !self.is_unlisted).map(|given| {
                DocumentReport {
                    kind: given.record.feed.kind.type_name(),
                    issuer: &given.record.feed.issuer,
                    sequence: given.record.sequence,
                    issued_at: given.record.issued_at,
                    expires_at: given.record.expires_at,
                    status: given.record.status.as_str(),
                    identity: given.record.identity,
                    bytes_hash: given.record.bytes_hash,
                    first_seen_at: given.first_seen_at,
                }
            }),
            seen: self.sight.as_ref().filter(|_| !self.is_unlisted).map(|sight| Seen {
                status: sight.status,
                since: sight.first_seen_at,
                absent_since: sight.absence.map(|absence| absence.since),
                absent_answers: sight.absence.map(|absence| absence.answers),
            }),
            submission: self.submitted_at.zip(self.asked_in_vain_until()).map(
                |(submitted_at, asked_until)| SubmissionReport {
                    submitted_at,
                    state: self.waits().unwrap_or(Submitted::Asked).as_str(),
                    asked_until,
                },
            ),
        }
    }

    /// Where it is, without the folders of this machine above it.
    pub fn public_location(&self) -> String {
        let location = &self.key.location;
        let is_path = match self.key.kind {
            SourceKind::Directory => true,
            SourceKind::Mirror => !location.contains("://"),
            SourceKind::WellKnown | SourceKind::ListUrl | SourceKind::AdoptedList => false,
        };
        let last = location.rsplit('/').find(|part| is_path && !part.is_empty());
        last.unwrap_or(location).to_owned()
    }
}

/// How the node as a whole fares, as JSON.
#[derive(Debug, Serialize)]
pub struct RoundsReport {
    round: Option<RoundReport>,
    next_round_at: Option<Timestamp>,
    is_overdue: bool,
    sources: usize,
    outcomes: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Serialize)]
struct RoundReport {
    began_at: Timestamp,
    ended_at: Timestamp,
    asked: u32,
    unchanged: u32,
    accepted: u32,
    failed: u32,
}

impl SourcesStatus {
    /// The rounds and how many sources came to what, as of `now`.
    pub fn report(&self, now: Timestamp) -> RoundsReport {
        let counts = self.counts();
        RoundsReport {
            round: self.round.map(RoundReport::from),
            next_round_at: self.next_round_at,
            is_overdue: self.is_overdue(now),
            sources: counts.iter().map(|(_, count)| count).sum(),
            outcomes: counts.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect(),
        }
    }
}

impl From<Round> for RoundReport {
    fn from(round: Round) -> Self {
        let Round { began_at, ended_at, asked, unchanged, accepted, failed } = round;
        Self { began_at, ended_at, asked, unchanged, accepted, failed }
    }
}
