use rusqlite::{Connection, named_params};
use wellspring_document::{AcceptRefusal, AnyVerified, Identity, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns};
use crate::error::{Found, StoreError};
use crate::feeds::{Feed, read_feed};
use crate::sources::{self, SourceKey};

/// How many refused documents of one issuer are remembered.
pub const MAX_REFUSALS_PER_ISSUER: usize = 32;

/// How many refused documents are remembered in all. An issuer costs nothing, so the bound
/// per issuer alone would bound nothing.
pub const MAX_REFUSALS: usize = 10_000;

/// A document that holds and was refused all the same: evidence against its issuer, or
/// against the source that served it. Only what it was is kept, not its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The feed to which it belongs by its own words.
    pub feed: Feed,
    /// Its identity.
    pub identity: Identity,
    /// The version of its last key state.
    pub key_version: u32,
    /// Its sequence number.
    pub sequence: u64,
    /// The stable code of the refusal.
    pub code: String,
    /// The refusal as a sentence.
    pub message: String,
    /// Where it came from the last time.
    pub source: Option<SourceKey>,
    /// When it was refused first.
    pub first_refused_at: Timestamp,
    /// When it was refused last.
    pub last_refused_at: Timestamp,
    /// How often it was refused.
    pub times: u64,
}

impl Store {
    /// The documents that were refused last, newest first, at most `most`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn refusals(&self, most: usize) -> Result<Found<Refusal>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT refusals.id, refusals.kind, issuer, subject, identity, key_version, sequence,
                    code, message, first_refused_at, last_refused_at, times,
                    sources.kind AS source_kind, location
             FROM refusals LEFT JOIN sources ON sources.id = source_id
             ORDER BY last_refused_at DESC, refusals.id DESC LIMIT ?1",
        )?;
        columns::collect(statement, [columns::limit(most)], "refusals", |row| {
            Ok(Refusal {
                feed: read_feed(row)?,
                identity: row.read("identity")?,
                key_version: row.get("key_version")?,
                sequence: row.read("sequence")?,
                code: row.get("code")?,
                message: row.get("message")?,
                source: sources::read_optional_key(row, "source_kind")?,
                first_refused_at: row.read("first_refused_at")?,
                last_refused_at: row.read("last_refused_at")?,
                times: row.read("times")?,
            })
        })
    }
}

pub(crate) fn record(
    connection: &Connection,
    document: &AnyVerified,
    refusal: &AcceptRefusal,
    source: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO refusals (issuer, kind, subject, identity, key_version, sequence,
                                   code, message, source_id,
                                   first_refused_at, last_refused_at, times)
             VALUES (:issuer, :kind, :subject, :identity, :key_version, :sequence,
                     :code, :message, :source, :now, :now, 1)
             ON CONFLICT (identity, code) DO UPDATE
                 SET message = excluded.message, source_id = excluded.source_id,
                     last_refused_at = excluded.last_refused_at, times = times + 1",
        )?
        .execute(named_params! {
            ":issuer": document.issuer().as_str(),
            ":kind": document.kind().type_name(),
            ":subject": document.subject(),
            ":identity": document.identity().as_bytes(),
            ":key_version": document.key_version(),
            ":sequence": columns::sequence(document.sequence()),
            ":code": refusal.code(),
            ":message": refusal.to_string(),
            ":source": source,
            ":now": now.unix(),
        })?;
    connection
        .prepare_cached(
            "DELETE FROM refusals WHERE id IN (
                 SELECT id FROM refusals WHERE issuer = ?1
                 ORDER BY last_refused_at DESC, id DESC LIMIT -1 OFFSET ?2
             )",
        )?
        .execute(rusqlite::params![
            document.issuer().as_str(),
            columns::limit(MAX_REFUSALS_PER_ISSUER)
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM refusals WHERE id IN (
                 SELECT id FROM refusals
                 ORDER BY last_refused_at DESC, id DESC LIMIT -1 OFFSET ?1
             )",
        )?
        .execute([columns::limit(MAX_REFUSALS)])?;
    Ok(())
}
