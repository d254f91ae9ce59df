mod step;

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use wellspring_document::{
    AcceptRefusal, Acceptance, Accepted, AnyVerified, Aside, Kind, Timestamp, accept,
};

use crate::Store;
use crate::clock;
use crate::contests::Followed;
use crate::error::{CorruptRow, StoreError};
use crate::feeds::KnownFeed;
use crate::sources::{self, SourceKey, SourceKind};
use step::Step;

/// How many documents that an issuer signed beside the one that counts are kept as
/// evidence at one place of a feed. Two different documents prove it; whoever signs a
/// thousand must not fill the disk. Those with the smallest identities stay, so that every
/// node keeps the same ones whatever the order of arrival.
pub const MAX_EVIDENCE: usize = 4;

/// Under how many key states that do not count the documents of a feed are kept: should such
/// a state come to count, what was signed under it is there. Those with the highest versions
/// stay, and of these with the smallest hashes, whatever the order of arrival.
pub const MAX_STATES_ASIDE: usize = 4;

/// A verified document on its way into the store.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The document.
    pub document: &'a AnyVerified,
    /// Where it came from; nothing for what this node signed itself.
    pub source: Option<&'a SourceKey>,
}

impl Arrival<'_> {
    /// Whether it is a profile that its own server name served.
    fn is_from_its_name(&self) -> bool {
        self.document.kind() == Kind::Profile
            && self.source.is_some_and(|source| {
                source.kind == SourceKind::WellKnown && source.location == self.document.subject()
            })
    }
}

/// Why a document does not count after it was offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAccepted {
    /// What is known of its feed or issuer speaks against it. It moved nothing.
    #[error(transparent)]
    Refused(#[from] AcceptRefusal),
    /// Its keys are not those that count at present. It is kept in case they come to count,
    /// and its key history is known from now on.
    #[error(transparent)]
    Aside(#[from] Aside),
    /// What is known of its feed or issuer is damaged. It moved nothing.
    #[error(transparent)]
    Corrupt(#[from] CorruptRow),
}

impl NotAccepted {
    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Aside(aside) => aside.code(),
            Self::Corrupt(row) => row.code(),
        }
    }
}

impl Store {
    /// Judges documents in their order, each on its own, and keeps what counts. The answers
    /// are in the order of the arrivals.
    ///
    /// All of it is one transaction: when this returns, every document that was accepted
    /// survives a kill of the process and the loss of power; where it fails, none was
    /// touched. A hundred documents in one call cost little more than one.
    ///
    /// The document that counts replaces the one before, which is kept as superseded, and
    /// changes go to the change log. A document that is known already is written anew where
    /// its stored bytes are damaged. A profile that comes from its own name is no longer
    /// withdrawn ([`Store::withdraw_profiles`]), and what mirrors had dropped is so no longer
    /// whatever source it comes from ([`Store::record_listing`]).
    ///
    /// # Errors
    /// Where the database fails; never because of a document.
    pub fn accept(
        &mut self,
        arrivals: &[Arrival<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Acceptance, NotAccepted>>, StoreError> {
        match self.accept_all(arrivals, judge_and_apply, now) {
            // To be able to undo each document alone costs as much as to write it, and hardly
            // ever is there one to undo.
            Err(StoreError::Failed { source }) if is_contradiction(&source.0) => {
                self.accept_all(arrivals, accept_one, now)
            }
            outcomes => outcomes,
        }
    }

    fn accept_all(
        &mut self,
        arrivals: &[Arrival<'_>],
        accept: AcceptOne,
        now: Timestamp,
    ) -> Result<Vec<Result<Acceptance, NotAccepted>>, StoreError> {
        let followed = Arc::clone(&self.followed);
        let transaction = self.begin()?;
        let outcomes = arrivals
            .iter()
            .map(|arrival| accept(&transaction, *arrival, &followed, now))
            .collect::<Result<Vec<_>, _>>()?;
        if outcomes.iter().any(Result::is_ok) {
            clock::advance(&transaction, now)?;
        }
        transaction.commit()?;
        Ok(outcomes)
    }
}

/// What judges one document and applies the decision, in a transaction.
type AcceptOne = fn(
    &Connection,
    Arrival<'_>,
    &Followed,
    Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError>;

/// As [`judge_and_apply`], but where rows of the database contradict each other, it is the
/// document that is not accepted, and the others of its batch are.
pub(crate) fn accept_one(
    connection: &Connection,
    arrival: Arrival<'_>,
    followed: &Followed,
    now: Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError> {
    connection.prepare_cached("SAVEPOINT document")?.execute([])?;
    // Where the issuer is unknown, nobody else looks whether the document is there already.
    put_in_its_feed(connection, arrival.document)?;
    let outcome = match judge_and_apply(connection, arrival, followed, now) {
        Err(StoreError::Failed { source }) if is_contradiction(&source.0) => {
            connection.prepare_cached("ROLLBACK TO document")?.execute([])?;
            let row = stored_id(connection, arrival.document)?.unwrap_or_default();
            Err(contradiction(row, &source.0).into())
        }
        // All of the transaction goes; where the disk is full, SQLite has rolled it back already.
        outcome => outcome?,
    };
    connection.prepare_cached("RELEASE document")?.execute([])?;
    Ok(outcome)
}

/// Whether a rule between the rows of the database does not hold.
fn is_contradiction(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

fn contradiction(row: i64, error: &rusqlite::Error) -> CorruptRow {
    let column = "identity".to_owned();
    let problem = format!("it contradicts other rows ({error})");
    CorruptRow { table: "documents", row, column, problem }
}

/// Judges one document and applies the decision. An error leaves the transaction of no use.
fn judge_and_apply(
    connection: &Connection,
    arrival: Arrival<'_>,
    followed: &Followed,
    now: Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError> {
    let document = arrival.document;
    let known = match KnownFeed::load_and_mend(connection, document, followed) {
        Ok(known) => known,
        Err(StoreError::Corrupt(row)) => return Ok(Err(row.into())),
        Err(error) => return Err(error),
    };
    let accepted = match accept(&known.state(), document, now) {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let Accepted { acceptance, branches, aside, is_followed } = accepted;
    let aside = aside.filter(|_| !is_followed);
    let step = Step { connection, document, counts: aside.is_none(), now };
    let issuer_id = step.store_branches(known.issuer.as_ref(), &branches)?;
    let document_id = match acceptance {
        Acceptance::New => Some(step.take(issuer_id, &known)?),
        Acceptance::Known => step.keep(&known, step.is_given_again(arrival)?)?,
        Acceptance::Equivocation { counts } => step.keep_evidence(issuer_id, &known, counts)?,
    };
    if let Some(issuer) = &known.issuer {
        step.move_keys(issuer, &branches)?;
    }
    if let (Some(document_id), Some(source)) = (document_id, arrival.source) {
        let source_id = sources::id_of(connection, source)?;
        sources::saw_document(connection, source_id, document_id, now)?;
    }
    if !step.counts {
        step.drop_surplus_asides(issuer_id, &branches)?;
    }
    Ok(match aside {
        None => Ok(acceptance),
        Some(aside) => Err(aside.into()),
    })
}

fn stored_id(connection: &Connection, document: &AnyVerified) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM documents WHERE identity = ?1")?
        .query_row([document.identity().as_bytes()], |row| row.get("id"))
        .optional()
}

/// Mends the row of a feed that is not that of the documents in it: their identity tells
/// which it is. Where the right one is there as well, the document goes out of the wrong one.
pub(crate) fn put_in_its_feed(
    connection: &Connection,
    document: &AnyVerified,
) -> rusqlite::Result<()> {
    if stored_id(connection, document)?.is_none() {
        return Ok(());
    }
    let (identity, subject) = (document.identity(), document.subject());
    let place = params![
        identity.as_bytes(),
        document.kind().type_name(),
        subject,
        document.history().current_hash(),
        document.issuer().as_str(),
    ];
    let misplaced: Option<i64> = connection
        .prepare_cached(
            "SELECT documents.id FROM documents
             JOIN feeds ON feeds.id = feed_id JOIN issuers ON issuers.id = issuer_id
             WHERE identity = ?1
               AND (kind, subject, key_state, issuer) IS NOT (?2, ?3, ?4, ?5)",
        )?
        .query_row(place, |row| row.get("id"))
        .optional()?;
    let Some(misplaced) = misplaced else { return Ok(()) };
    let mended = connection
        .prepare_cached(
            "UPDATE OR IGNORE feeds
             SET kind = ?2, subject = ?3, key_state = ?4,
                 issuer_id = (SELECT id FROM issuers WHERE issuer = ?5)
             WHERE id = (SELECT feed_id FROM documents WHERE identity = ?1)
               AND EXISTS (SELECT 1 FROM issuers WHERE issuer = ?5)",
        )?
        .execute(place)?;
    if mended == 0 {
        connection.prepare_cached("DELETE FROM documents WHERE id = ?1")?.execute([misplaced])?;
    }
    Ok(())
}
