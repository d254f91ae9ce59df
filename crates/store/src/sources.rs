use rusqlite::types::{FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, named_params, params};
use wellspring_document::Timestamp;

use crate::Store;
use crate::columns::{self, FromColumn, ReadColumns, one_of};
use crate::error::{CorruptRow, Found, StoreError};

/// What kind of place a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// The well-known address of a server's profile.
    WellKnown,
    /// The address of a curator's list or of an observer's report.
    ListUrl,
    /// A list of today, which this node adopts.
    AdoptedList,
    /// A folder with documents.
    Directory,
    /// The tree of another node.
    Mirror,
}

impl SourceKind {
    const ALL: [Self; 5] =
        [Self::WellKnown, Self::ListUrl, Self::AdoptedList, Self::Directory, Self::Mirror];

    /// The word for this kind: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WellKnown => "well-known",
            Self::ListUrl => "list-url",
            Self::AdoptedList => "adopted-list",
            Self::Directory => "directory",
            Self::Mirror => "mirror",
        }
    }
}

impl FromColumn for SourceKind {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        one_of(value, &Self::ALL, Self::as_str)
    }
}

/// A place where documents come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// What kind of place it is.
    pub kind: SourceKind,
    /// Its URL or path, as text.
    pub location: String,
}

/// What a web server said about the answer it gave, to ask next time only for what is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The value of `ETag`.
    pub etag: Option<String>,
    /// The value of `Last-Modified`.
    pub last_modified: Option<String>,
}

/// One attempt to read a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The source.
    pub source: SourceKey,
    /// When it was asked.
    pub at: Timestamp,
    /// How that went.
    pub result: AttemptResult,
    /// When to ask again.
    pub next_attempt: Timestamp,
}

/// How a source said that it has no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoDocument {
    /// There is none now (status 404).
    NotFound,
    /// It was removed on purpose (status 410).
    Gone,
    /// In its place stands the unsigned wish not to be listed.
    Unlisted,
}

impl NoDocument {
    const ALL: [Self; 3] = [Self::NotFound, Self::Gone, Self::Unlisted];

    /// The word for this: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::Unlisted => "unlisted",
        }
    }
}

impl FromColumn for NoDocument {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        one_of(value, &Self::ALL, Self::as_str)
    }
}

/// How an attempt to read a source went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// It gave something, and all of it could be used.
    Read(Validators),
    /// It answered that it has no document, as it may.
    Absent {
        /// In which way.
        how: NoDocument,
        /// What it said to recognise that answer by.
        validators: Validators,
    },
    /// It has nothing newer than what it gave before.
    Unchanged,
    /// It could not be read, or what it gave could not be used.
    Failed(Failure),
}

/// Why a source could not be read or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable code of the error.
    pub code: String,
    /// The error as a sentence.
    pub message: String,
}

/// A source and how reading it has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The source.
    pub key: SourceKey,
    /// What to send along, from the last answer that was used.
    pub validators: Validators,
    /// When it was last asked.
    pub last_attempt: Option<Timestamp>,
    /// When it last gave something that could be used, or said that nothing is newer, or that
    /// its server is not to be listed. That there is no document is no such answer.
    pub last_good: Option<Timestamp>,
    /// How it said that it has no document; nothing where it had one. An attempt that fails
    /// leaves this as it was.
    pub absent: Option<NoDocument>,
    /// What went wrong at the last attempt; nothing where that went well.
    pub failure: Option<Failure>,
    /// How many attempts have failed since the last that went well.
    pub consecutive_failures: u32,
    /// When the first of these was; nothing where the last attempt went well.
    pub failing_since: Option<Timestamp>,
    /// When to ask again; nothing where it was never asked.
    pub next_attempt: Option<Timestamp>,
}

impl Store {
    /// Records attempts to read sources, all or none.
    ///
    /// Record an attempt only after what it brought was accepted: with the validators on
    /// record the source answers "unchanged" from then on, and what was not stored by then
    /// would be missed until it changes. A failed attempt leaves the validators as they
    /// were, for the same reason.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn record_attempts(&mut self, attempts: &[Attempt]) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        for attempt in attempts {
            let id = id_of(&transaction, &attempt.source)?;
            record_attempt(&transaction, id, attempt)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Forgets what the sources of damaged documents said about their last answer, so that
    /// they give the document again instead of "unchanged". `damaged` is what
    /// [`Store::load`] found.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn ask_again(&mut self, damaged: &[CorruptRow]) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        for CorruptRow { row, .. } in damaged {
            transaction
                .prepare_cached(
                    "UPDATE sources SET etag = NULL, last_modified = NULL
                     WHERE id IN (SELECT source_id FROM document_sources WHERE document_id = ?1)",
                )?
                .execute([row])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Every source that was ever read or asked, by kind and location.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn sources(&self) -> Result<Found<Source>, StoreError> {
        let statement =
            self.connection.prepare_cached("SELECT * FROM sources ORDER BY kind, location")?;
        columns::collect(statement, [], "sources", read_source)
    }

    /// One source, where it was ever read or asked.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn source(&self, key: &SourceKey) -> Result<Option<Source>, StoreError> {
        let statement = self
            .connection
            .prepare_cached("SELECT * FROM sources WHERE kind = ?1 AND location = ?2")?;
        let key = params![key.kind.as_str(), key.location];
        columns::at_most_one(statement, key, "sources", read_source)
    }
}

pub(crate) fn read_source(row: &Row<'_>) -> rusqlite::Result<Source> {
    let code: Option<String> = row.get("failure_code")?;
    let message: Option<String> = row.get("failure_message")?;
    Ok(Source {
        key: read_key(row)?,
        validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        last_attempt: row.read_optional("last_attempt")?,
        last_good: row.read_optional("last_good")?,
        absent: row.read_optional("absent")?,
        failure: code.zip(message).map(|(code, message)| Failure { code, message }),
        consecutive_failures: row.get("consecutive_failures")?,
        failing_since: row.read_optional("failing_since")?,
        next_attempt: row.read_optional("next_attempt")?,
    })
}

pub(crate) fn read_key(row: &Row<'_>) -> rusqlite::Result<SourceKey> {
    Ok(SourceKey { kind: row.read("kind")?, location: row.get("location")? })
}

/// The row of a source, which is made where there is none.
pub(crate) fn id_of(connection: &Connection, key: &SourceKey) -> rusqlite::Result<i64> {
    let parameters = params![key.kind.as_str(), key.location];
    let inserted = connection
        .prepare_cached(
            "INSERT INTO sources (kind, location) VALUES (?1, ?2)
             ON CONFLICT (kind, location) DO NOTHING",
        )?
        .execute(parameters)?;
    if inserted == 1 {
        return Ok(connection.last_insert_rowid());
    }
    connection
        .prepare_cached("SELECT id FROM sources WHERE kind = ?1 AND location = ?2")?
        .query_row(parameters, |row| row.get("id"))
}

pub(crate) fn saw_document(
    connection: &Connection,
    source_id: i64,
    document_id: i64,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO document_sources (document_id, source_id, first_seen_at, last_seen_at)
             VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (document_id, source_id) DO UPDATE
                 SET last_seen_at = excluded.last_seen_at, dropped_at = NULL",
        )?
        .execute([document_id, source_id, now.unix()])?;
    Ok(())
}

fn record_attempt(connection: &Connection, id: i64, attempt: &Attempt) -> rusqlite::Result<()> {
    if let AttemptResult::Failed(failure) = &attempt.result {
        connection
            .prepare_cached(
                "UPDATE sources
                 SET failure_code = :code, failure_message = :message,
                     consecutive_failures = consecutive_failures + 1,
                     failing_since = coalesce(failing_since, :at),
                     last_attempt = :at, next_attempt = :next
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id,
                ":code": failure.code,
                ":message": failure.message,
                ":at": attempt.at.unix(),
                ":next": attempt.next_attempt.unix(),
            })?;
        return Ok(());
    }
    // Whoever answers that nothing is newer still has, or has not, what it had before.
    let (told, absent, validators) = match &attempt.result {
        AttemptResult::Read(validators) => (true, None, Some(validators)),
        AttemptResult::Absent { how, validators } => (true, Some(*how), Some(validators)),
        AttemptResult::Unchanged | AttemptResult::Failed(_) => (false, None, None),
    };
    let is_good = !matches!(absent, Some(NoDocument::NotFound | NoDocument::Gone));
    connection
        .prepare_cached(
            "UPDATE sources
             SET failure_code = NULL, failure_message = NULL,
                 consecutive_failures = 0, failing_since = NULL,
                 last_attempt = :at, next_attempt = :next,
                 last_good = CASE WHEN :is_good THEN :at ELSE last_good END,
                 absent = CASE WHEN :told THEN :absent ELSE absent END
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": id,
            ":at": attempt.at.unix(),
            ":next": attempt.next_attempt.unix(),
            ":is_good": is_good,
            ":told": told,
            ":absent": absent.map(NoDocument::as_str),
        })?;
    if let Some(validators) = validators {
        connection
            .prepare_cached("UPDATE sources SET etag = ?2, last_modified = ?3 WHERE id = ?1")?
            .execute(params![id, validators.etag, validators.last_modified])?;
    }
    Ok(())
}
