//! What a source gave goes into the store: verified, judged, recorded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wellspring_document::profile::{Listing, is_unlisted_wish};
use wellspring_document::{
    Acceptance, AnyVerified, Body, EndorsementList, Identity, Kind, Profile, RawDocument,
    ServerName, SightStatus, SignError, Timestamp, Verified,
};
use wellspring_fetch::{Absence, Answer, Attempted, Failure as FetchFailure, FetchError};
use wellspring_matrix::{ListReading, read_list};
use wellspring_store::{
    Arrival, Attempt, AttemptResult, Failure, Feed, NameSight, NoDocument, NotAccepted, Source,
    SourceKey, StoreError, Submission, Validators, WellKnownAnswer,
};

use super::Fetched;
use super::plan::{Adoption, Purpose, Task};
use super::schedule::{next_in_vain, next_question};
use crate::adopt::{self, AdoptedCopy};
use crate::node::{Node, NodeError};
use crate::sentence;

/// How long an adopted list is valid, in days. It is signed again on every change, and when
/// a third of the time is left.
const ADOPTED_VALID_DAYS: i64 = 90;
const ADOPTED_RENEWED_BEFORE_DAYS: i64 = 30;

/// How much of a failure is kept, in characters. It may quote what a host sent, which the
/// database holds for each source.
const MAX_MESSAGE_CHARACTERS: usize = 1_000;

/// What came of working some answers in.
#[derive(Debug, Default)]
pub(super) struct Worked {
    pub(super) accepted: usize,
    pub(super) unchanged: usize,
    pub(super) problems: Vec<(SourceKey, Failure)>,
    /// Whether somebody does not want to be listed any more, who may be listed now.
    pub(super) takes_consent_back: bool,
}

/// What one answer comes to before the store is asked.
enum Finding {
    /// A document that holds.
    Document(Box<AnyVerified>),
    /// A document that was accepted.
    Stored,
    /// A word about the name whose profile was asked for, and nothing to store.
    Sight(WellKnownAnswer),
    /// Nothing newer than before.
    Unchanged,
    /// An unsigned list.
    List(Box<ListReading>),
}

/// One answer on its way into the store.
pub(super) struct Work {
    pub(super) task: Task,
    finding: Result<Finding, Failure>,
    validators: Validators,
    /// For how long the source says that asking again is no use.
    fresh_for: Duration,
    /// How long the source asked to be left alone.
    retry_after: Option<Duration>,
}

impl Work {
    /// Whether the source was not asked after all, because too many others of its domain or
    /// address came first. That says nothing about it: nothing is written down, and the next
    /// round asks.
    fn is_postponed(&self) -> bool {
        self.finding.as_ref().is_err_and(|failure| failure.code == "fetch.postponed")
    }
}

impl Node {
    /// Works answers of sources in. The documents go first, in one transaction; what was
    /// seen and how the sources fared follows, so that after a kill in between the same
    /// documents are simply asked for once more.
    pub(super) fn take_answers(
        &self,
        mut works: Vec<Work>,
        known: &BTreeMap<SourceKey, Source>,
    ) -> Result<Worked, NodeError> {
        let now = self.now();
        let mut worked = Worked::default();
        let identities = self.store_documents(&mut works, &mut worked, now)?;
        self.adopt_lists(&mut works, &mut worked, now)?;
        worked.takes_consent_back |= self.record_sights(&works, &identities, now)?;
        let (postponed, works): (Vec<_>, Vec<_>) = works.into_iter().partition(Work::is_postponed);
        let attempts: Vec<Attempt> = works
            .into_iter()
            .map(|work| {
                let failures = known.get(&work.task.key).map_or(0, |it| it.consecutive_failures);
                worked.unchanged += usize::from(matches!(work.finding, Ok(Finding::Unchanged)));
                self.attempt(work, failures, now)
            })
            .collect();
        for Attempt { source, result, .. } in &attempts {
            if let AttemptResult::Failed(failure) = result {
                worked.problems.push((source.clone(), failure.clone()));
            }
        }
        for Work { task, finding, .. } in postponed {
            worked.problems.extend(finding.err().map(|failure| (task.key, failure)));
        }
        self.store().record_attempts(&attempts)?;
        Ok(worked)
    }

    /// Offers the documents among the findings to the store. A document that is refused
    /// becomes its source's failure. Gives what counts now of the profiles that were served.
    fn store_documents(
        &self,
        works: &mut [Work],
        worked: &mut Worked,
        now: Timestamp,
    ) -> Result<BTreeMap<ServerName, WellKnownAnswer>, NodeError> {
        let arrivals: Vec<Arrival<'_>> = works
            .iter()
            .filter_map(|work| match &work.finding {
                Ok(Finding::Document(document)) => {
                    Some(Arrival { document, source: Some(&work.task.key) })
                }
                _ => None,
            })
            .collect();
        let outcomes = self.store().accept(&arrivals, now)?;
        let mut served = BTreeMap::new();
        let with_documents =
            works.iter_mut().filter(|work| matches!(work.finding, Ok(Finding::Document(_))));
        for (work, outcome) in with_documents.zip(outcomes) {
            let Ok(Finding::Document(document)) =
                std::mem::replace(&mut work.finding, Ok(Finding::Stored))
            else {
                continue;
            };
            let acceptance = match outcome {
                Ok(acceptance) => acceptance,
                Err(reason) => {
                    if matches!(reason, NotAccepted::Aside(_)) {
                        self.settle_keys(document.issuer())?;
                    }
                    work.finding = Err(failure(reason.code(), &reason));
                    continue;
                }
            };
            if let Some(name) = work.task.purpose.server_name() {
                let identity = counting(&document, acceptance);
                let issuer = document.issuer().clone();
                served.insert(name.clone(), WellKnownAnswer::Served { identity, issuer });
            }
            let is_wish = says_unlisted(&document);
            let is_new = self.remember(*document, acceptance)?;
            worked.accepted += usize::from(is_new);
            worked.takes_consent_back |= is_new && is_wish;
        }
        Ok(served)
    }

    /// Puts a document that was just accepted in the place of its feed. Whether it was not
    /// there before.
    pub(super) fn remember(
        &self,
        document: AnyVerified,
        acceptance: Acceptance,
    ) -> Result<bool, NodeError> {
        if !self.counts_for_everybody(&document)? {
            // It counts for those who decided a contest, and is read when they are ranked.
            self.settle_keys(document.issuer())?;
            return Ok(match acceptance {
                Acceptance::New => true,
                Acceptance::Known => false,
                Acceptance::Equivocation { counts } => counts == document.identity(),
            });
        }
        let is_missing = match acceptance {
            Acceptance::New => true,
            Acceptance::Equivocation { counts } => counts == document.identity(),
            // It was damaged, or erased and is served again. A copy of what stays erased is
            // not taken up.
            Acceptance::Known => {
                let is_held = self.memory().documents.holds(&document);
                !is_held && self.is_stored(&document)?
            }
        };
        if is_missing {
            let issuer = document.issuer().clone();
            self.memory().documents_mut().put(document);
            self.settle_keys(&issuer)?;
        }
        Ok(is_missing)
    }

    fn is_stored(&self, document: &AnyVerified) -> Result<bool, NodeError> {
        let stored = self.store().document(document.bytes_hash())?;
        Ok(stored.is_some_and(|stored| stored.bytes.is_some()))
    }

    fn adopt_lists(
        &self,
        works: &mut [Work],
        worked: &mut Worked,
        now: Timestamp,
    ) -> Result<(), NodeError> {
        for work in works {
            let Purpose::Adopted(adoption) = &work.task.purpose else { continue };
            let adopted = match &work.finding {
                Ok(Finding::List(reading)) => self.adopt(adoption, reading, now)?,
                Ok(Finding::Unchanged) => self.adopt_again(adoption, now)?,
                _ => continue,
            };
            match adopted {
                Ok(new) => worked.accepted += usize::from(new),
                Err(failure) => work.finding = Err(failure),
            }
        }
        Ok(())
    }

    /// Signs what an adopted list says as the node's word, where it says something new or the
    /// signature runs out. Whether that was so.
    pub(super) fn adopt(
        &self,
        adoption: &Adoption,
        reading: &ListReading,
        now: Timestamp,
    ) -> Result<Result<bool, Failure>, NodeError> {
        for remark in &reading.remarks {
            tracing::debug!(source = adoption.source.as_str(), %remark, "not carried over");
        }
        let names = reading.servers.iter().map(|entry| entry.server_name.clone()).collect();
        self.store().record_adopted_names(&adoption.key(), &names, now)?;
        match AdoptedCopy::of(reading, now) {
            Ok(copy) => self.sign_adopted(adoption, copy, now),
            Err(error) => Ok(Err(failure("adopt.not-expressible", &error))),
        }
    }

    /// As [`Node::adopt`], of a list that has not changed since: its signature runs out all
    /// the same, and the configuration may say something new about it.
    fn adopt_again(
        &self,
        adoption: &Adoption,
        now: Timestamp,
    ) -> Result<Result<bool, Failure>, NodeError> {
        let current = self.adopted(adoption);
        match current.and_then(|current| AdoptedCopy::again(current.body(), now)) {
            Some(copy) => self.sign_adopted(adoption, copy, now),
            None => Ok(Ok(false)),
        }
    }

    fn sign_adopted(
        &self,
        adoption: &Adoption,
        copy: AdoptedCopy,
        now: Timestamp,
    ) -> Result<Result<bool, Failure>, NodeError> {
        let names = self.store().adopted_names(&adoption.key())?.rows;
        let source = adoption.source.clone();
        let list = match adopt::endorsement_list(&adoption.list, source, copy, &names) {
            Ok(list) => list,
            Err(error) => return Ok(Err(failure("adopt.not-expressible", &error))),
        };
        if self.adopted(adoption).is_some_and(|current| is_still_good(&current, &list, now)) {
            return Ok(Ok(false));
        }
        match self.publish(&list, now, ADOPTED_VALID_DAYS) {
            Ok(_) => Ok(Ok(true)),
            Err(NodeError::Publish(wellspring_store::PublishError::NotSigned(error))) => {
                Ok(Err(failure("adopt.not-signed", &error)))
            }
            Err(error) => Err(error),
        }
    }

    /// What the node signed of an adopted list.
    pub(super) fn adopted(&self, adoption: &Adoption) -> Option<Arc<Verified<EndorsementList>>> {
        self.memory().documents.list(self.issuer().history().issuer(), adoption.source.as_str())
    }

    /// Signs a document of the node's own and puts it in the place of its feed.
    pub(crate) fn publish<T: Body>(
        &self,
        body: &T,
        now: Timestamp,
        days: i64,
    ) -> Result<AnyVerified, NodeError> {
        let issuer = self.issuer();
        let feed = Feed {
            kind: T::KIND,
            issuer: issuer.history().issuer().clone(),
            subject: body.subject(),
        };
        let document = self.store().publish(&feed, now, |sequence| {
            issuer.sign(body, sequence, now, days)?.verify_any().map_err(SignError::WouldBeRefused)
        })?;
        self.memory().documents_mut().put(document.clone());
        Ok(document)
    }

    /// Records what the names served. Where nothing changed, what was there before was there
    /// again. Gives whether a name has just taken its consent back.
    fn record_sights(
        &self,
        works: &[Work],
        served: &BTreeMap<ServerName, WellKnownAnswer>,
        now: Timestamp,
    ) -> Result<bool, NodeError> {
        let mut answers = Vec::new();
        for work in works {
            let Some(name) = work.task.purpose.server_name() else { continue };
            let answer = match &work.finding {
                Ok(Finding::Sight(answer)) => Some(answer.clone()),
                Ok(Finding::Document(_) | Finding::Stored) => served.get(name).cloned(),
                Ok(Finding::Unchanged) => self.sight_before(name)?.and_then(same_again),
                Ok(Finding::List(_)) | Err(_) => None,
            };
            // Of a name that has shown nothing, and that nobody stands for, nothing is said.
            let is_said = work.task.purpose.submitted_at().is_none()
                || matches!(answer, Some(WellKnownAnswer::Served { .. }))
                || self.sight_before(name)?.is_some();
            answers.extend(answer.filter(|_| is_said).map(|answer| (name.clone(), answer)));
        }
        let sights = self.store().record_sights(&answers, now)?;
        let (mut withdrawn, mut takes_consent_back) = (Vec::new(), false);
        for ((name, _), sight) in answers.into_iter().zip(sights) {
            let sight = match sight {
                Ok(sight) => sight,
                Err(damaged) => {
                    tracing::error!(row = %damaged, "what a name served could not be recorded");
                    continue;
                }
            };
            let is_news = sight.first_seen_at == sight.seen_at;
            match sight.status {
                SightStatus::Withdrawn => withdrawn.push(name),
                SightStatus::Unlisted => {}
                SightStatus::Served | SightStatus::Absent => continue,
            }
            takes_consent_back |= is_news;
        }
        if !withdrawn.is_empty() {
            self.store().withdraw_profiles(&withdrawn, now)?;
        }
        Ok(takes_consent_back)
    }

    /// What is written down of one answer.
    fn attempt(&self, work: Work, failures_before: u32, now: Timestamp) -> Attempt {
        let Work { task, finding, validators, fresh_for, retry_after } = work;
        let times = failures_before.saturating_add(1);
        let is_in_vain = match &finding {
            Ok(Finding::Sight(_)) | Err(_) => true,
            Ok(Finding::Document(_) | Finding::Stored | Finding::Unchanged | Finding::List(_)) => {
                false
            }
        };
        let (result, attempted) = match finding {
            Ok(finding) => (answered(finding, validators), Attempted::Answered { fresh_for }),
            Err(failure) => {
                (AttemptResult::Failed(failure), Attempted::Failed { times, retry_after })
            }
        };
        let issuer = self.issuer();
        let own = issuer.history().issuer();
        let mut next_attempt = next_question(&self.config, own, (&task.key, attempted), now);
        if let Some(submitted_at) = task.purpose.submitted_at().filter(|_| is_in_vain) {
            next_attempt = next_in_vain(submitted_at, now, next_attempt);
        }
        Attempt { source: task.key, at: now, result, next_attempt }
    }

    /// What a name served last; nothing where that row is damaged.
    fn sight_before(&self, name: &ServerName) -> Result<Option<NameSight>, NodeError> {
        match self.store().sight(name) {
            Err(StoreError::Corrupt(damaged)) => {
                tracing::error!(row = %damaged, "what a name served could not be read");
                Ok(None)
            }
            found => Ok(found?),
        }
    }
}

/// Whether the adopted list that is signed already says the same, and goes on for a while.
fn is_still_good(
    current: &Verified<EndorsementList>,
    next: &EndorsementList,
    now: Timestamp,
) -> bool {
    // That it was read again is not worth a new document.
    let read_at_once = |list: &EndorsementList| {
        let mut list = list.clone();
        list.adopted_from.iter_mut().for_each(|from| from.read_at = Timestamp::MIN);
        list
    };
    !current.is_from_the_future(now)
        && current.expires_at() > now.plus_days(ADOPTED_RENEWED_BEFORE_DAYS)
        && read_at_once(current.body()) == read_at_once(next)
}

/// Whether an operator does not want the server listed.
pub(super) fn says_unlisted(document: &AnyVerified) -> bool {
    match document {
        AnyVerified::Profile(it) => it.body().about.listing == Some(Listing::Unlisted),
        AnyVerified::EndorsementList(_)
        | AnyVerified::ObservationReport(_)
        | AnyVerified::Index(_)
        | AnyVerified::View(_) => false,
    }
}

/// The answer of a name whose address has nothing newer than what was seen there last.
fn same_again(sight: NameSight) -> Option<WellKnownAnswer> {
    match sight.status {
        SightStatus::Served => {
            Some(WellKnownAnswer::Served { identity: sight.identity?, issuer: sight.issuer? })
        }
        SightStatus::Unlisted => Some(WellKnownAnswer::Unlisted),
        SightStatus::Absent | SightStatus::Withdrawn => None,
    }
}

/// The identity that counts in the feed of a document after it was accepted.
fn counting(document: &AnyVerified, acceptance: Acceptance) -> Identity {
    match acceptance {
        Acceptance::New | Acceptance::Known => document.identity(),
        Acceptance::Equivocation { counts } => counts,
    }
}

/// The failure of a source, with the error and its causes as one sentence.
pub(super) fn failure(code: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
    refused(code, sentence(error))
}

fn refused(code: &str, mut message: String) -> Failure {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARACTERS) {
        message.truncate(end);
        message.push('…');
    }
    Failure { code: code.to_owned(), message }
}

/// Reads and verifies what a source answered.
pub(super) fn read_answer(Fetched { task, answer }: Fetched) -> Work {
    let mut validators = Validators::default();
    let (mut fresh_for, mut retry_after) = (Duration::ZERO, None);
    let finding = match answer {
        Ok(Answer::NotModified { fresh_for: told }) => {
            fresh_for = told;
            Ok(Finding::Unchanged)
        }
        Ok(Answer::Absent { absence }) => absent(&task.purpose, absence),
        Ok(Answer::Fresh { bytes, validators: given, fresh_for: told, .. }) => {
            fresh_for = told;
            // What the end of a redirect gave must not be said to its beginning: the same
            // characters may stand for another file there.
            if let Some(given) = given.filter(|it| it.given_by() == task.url.as_str()) {
                validators.etag = given.etag().map(str::to_owned);
                validators.last_modified = given.last_modified().map(str::to_owned);
            }
            read_fresh(&task.purpose, &bytes)
        }
        Err(error) => {
            retry_after = asked_to_wait(&error);
            Err(failure(error.code(), &error))
        }
    };
    Work { task, finding, validators, fresh_for, retry_after }
}

fn absent(purpose: &Purpose, absence: Absence) -> Result<Finding, Failure> {
    match (purpose, absence) {
        (Purpose::Profile(_) | Purpose::Submitted(_), Absence::Gone) => {
            Ok(Finding::Sight(WellKnownAnswer::Gone))
        }
        (Purpose::Profile(_) | Purpose::Submitted(_), Absence::NotFound) => {
            Ok(Finding::Sight(WellKnownAnswer::NotFound))
        }
        (_, Absence::Gone) => {
            Err(refused(GONE, "the document was removed on purpose (410)".to_owned()))
        }
        (_, Absence::NotFound) => Err(refused(ABSENT, "there is no document (404)".to_owned())),
    }
}

/// The codes of a source that answered, and has no document.
const GONE: &str = "source.gone";
const ABSENT: &str = "source.absent";

/// Whether the failure with this code says that a source has no document.
pub(crate) fn is_absence(code: &str) -> bool {
    matches!(code, GONE | ABSENT)
}

fn read_fresh(purpose: &Purpose, bytes: &bytes::Bytes) -> Result<Finding, Failure> {
    match purpose {
        Purpose::Feed => {
            let document = RawDocument::new(bytes.clone())
                .verify_any()
                .map_err(|error| failure(error.code(), &error))?;
            if !matches!(document.kind(), Kind::EndorsementList | Kind::ObservationReport) {
                let found = document.kind();
                let message = format!("of the kind {found}, where a list or a report was expected");
                return Err(refused("source.unexpected-kind", message));
            }
            Ok(Finding::Document(Box::new(document)))
        }
        Purpose::Profile(name) | Purpose::Submitted(Submission { server_name: name, .. }) => {
            read_profile(name, bytes)
        }
        Purpose::Adopted(_) => read_list(bytes)
            .map(|reading| Finding::List(Box::new(reading)))
            .map_err(|error| failure(error.code(), &error)),
    }
}

/// A profile of that very name, or the unsigned wish not to be listed. A host may redirect
/// to another, but never speak for another name (threat: a host speaks for another).
fn read_profile(name: &ServerName, bytes: &bytes::Bytes) -> Result<Finding, Failure> {
    let profile = match RawDocument::new(bytes.clone()).verify::<Profile>() {
        Ok(profile) => profile,
        Err(_) if is_unlisted_wish(bytes) => return Ok(Finding::Sight(WellKnownAnswer::Unlisted)),
        Err(error) => return Err(failure(error.code(), &error)),
    };
    let found = &profile.body().server_name;
    if found != name {
        let message = format!("the profile is that of {found}, where {name} was asked");
        return Err(refused("source.name-mismatch", message));
    }
    Ok(Finding::Document(Box::new(AnyVerified::Profile(profile))))
}

pub(super) fn asked_to_wait(error: &FetchError) -> Option<Duration> {
    match error.failure() {
        FetchFailure::Busy { retry_after, .. } => *retry_after,
        _ => None,
    }
}

fn answered(finding: Finding, validators: Validators) -> AttemptResult {
    match finding {
        Finding::Unchanged => AttemptResult::Unchanged,
        Finding::Sight(answer) => said_absent(&answer, validators),
        Finding::Document(_) | Finding::Stored | Finding::List(_) => {
            AttemptResult::Read(validators)
        }
    }
}

/// What a name said without giving a profile.
fn said_absent(answer: &WellKnownAnswer, validators: Validators) -> AttemptResult {
    let how = match answer {
        WellKnownAnswer::Served { .. } => return AttemptResult::Read(validators),
        WellKnownAnswer::Unlisted => NoDocument::Unlisted,
        WellKnownAnswer::Gone => NoDocument::Gone,
        WellKnownAnswer::NotFound => NoDocument::NotFound,
    };
    AttemptResult::Absent { how, validators }
}

#[cfg(test)]
mod tests;
