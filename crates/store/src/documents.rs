use bytes::Bytes;
use rusqlite::types::{FromSqlResult, ValueRef};
use rusqlite::{CachedStatement, Row, params};
use wellspring_document::{BytesHash, Identity, Kind, ServerName, Timestamp};

use crate::Store;
use crate::accept::MAX_EVIDENCE;
use crate::columns::{self, FromColumn, ReadColumns, one_of};
use crate::error::{Found, StoreError};
use crate::feeds::{Feed, read_feed};
use crate::sources::{Source, SourceKind, read_source};

/// How many days the bytes of a document are kept after it stopped to count, or was
/// withdrawn.
pub const DAYS_KEPT: i64 = 30;

/// What may be erased that stopped to count before ?1, and every index and view that did: they
/// are large, often replaced, and nobody's to object to. All but what was signed with keys that
/// are still contested, unless its name withdrew it.
const ERASABLE: &str = "(
    superseded_at <= ?1 OR superseded_at IS NOT NULL AND feed_id IN (
        SELECT id FROM feeds WHERE kind IN ('wellspring.index.v1', 'wellspring.view.v1'))
) AND NOT (status = 'current' AND feed_id IN (
    SELECT feeds.id FROM feeds JOIN issuers ON issuers.id = issuer_id
    WHERE is_contested = 1 AND key_state != accepted_state AND NOT (
        kind = 'wellspring.profile.v1'
        AND subject IN (SELECT server_name FROM sights WHERE sights.status = 'withdrawn')
    )
))";

/// What a stored document is to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentStatus {
    /// It counts, as long as it has not expired.
    Current,
    /// A newer one replaced it.
    Superseded,
    /// The keys that it is signed with are not those of its issuer that count: they have
    /// been changed since, or lost against others.
    Outdated,
    /// Its issuer signed another document with the same number, which counts in its stead.
    Equivocating,
}

impl DocumentStatus {
    pub(crate) const ALL: [Self; 4] =
        [Self::Current, Self::Superseded, Self::Outdated, Self::Equivocating];

    /// The word for this status: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Superseded => "superseded",
            Self::Outdated => "outdated",
            Self::Equivocating => "equivocating",
        }
    }
}

impl FromColumn for DocumentStatus {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        one_of(value, &Self::ALL, Self::as_str)
    }
}

/// What is known of a stored document without reading it. It outlives the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRecord {
    /// The feed to which it belongs.
    pub feed: Feed,
    /// Its identity.
    pub identity: Identity,
    /// The name of its exact bytes.
    pub bytes_hash: BytesHash,
    /// How many bytes these are; nothing where they have been erased.
    pub size: Option<u64>,
    /// The version of its last key state.
    pub key_version: u32,
    /// Its sequence number.
    pub sequence: u64,
    /// When it says it was signed.
    pub issued_at: Timestamp,
    /// When it stops to count.
    pub expires_at: Timestamp,
    /// What it is to its feed.
    pub status: DocumentStatus,
    /// When this node accepted it.
    pub accepted_at: Timestamp,
    /// When its feed, or its issuer's keys, moved on, or its name withdrew it.
    pub superseded_at: Option<Timestamp>,
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// What is known of it.
    pub record: DocumentRecord,
    /// Its exact bytes; nothing where they have been erased.
    pub bytes: Option<Bytes>,
}

impl Store {
    /// The document with these exact bytes.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row or its bytes are damaged.
    pub fn document(&self, hash: BytesHash) -> Result<Option<StoredDocument>, StoreError> {
        let statement = self.records(", bytes", "bytes_hash = ?2")?;
        columns::at_most_one(statement, params![1, hash.as_bytes()], "documents", |row| {
            let bytes: Option<Vec<u8>> = row.get("bytes")?;
            if bytes.as_ref().is_some_and(|bytes| BytesHash::of(bytes) != hash) {
                return Err(altered(row)?);
            }
            Ok(StoredDocument { record: read_record(row)?, bytes: bytes.map(Bytes::from) })
        })
    }

    /// What is known of the profiles that were signed for a server name, whoever did, the
    /// newest of each issuer first; at most `most`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn profiles_of(
        &self,
        server_name: &ServerName,
        most: usize,
    ) -> Result<Found<DocumentRecord>, StoreError> {
        columns::collect(
            self.records("", "kind = ?2 AND subject = ?3")?,
            params![columns::limit(most), Kind::Profile.type_name(), server_name.as_str()],
            "documents",
            read_record,
        )
    }

    /// Evidence against the issuer of a feed: what they signed with the same number as the
    /// document that counts. At most [`MAX_EVIDENCE`].
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn contradicting(&self, feed: &Feed) -> Result<Found<DocumentRecord>, StoreError> {
        let condition = "issuer = ?2 AND kind = ?3 AND subject = ?4
             AND status = 'equivocating' AND superseded_at IS NULL";
        columns::collect(
            self.records("", condition)?,
            params![
                columns::limit(MAX_EVIDENCE),
                feed.issuer.as_str(),
                feed.kind.type_name(),
                feed.subject
            ],
            "documents",
            read_record,
        )
    }

    /// What proves something against issuers, as long as it does: documents that they signed
    /// with the same number as the one that counts; and of those whose keys are contested, what
    /// they signed on the ways that do not count for everybody. Only what still has its bytes.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn evidence(&self) -> Result<Found<DocumentRecord>, StoreError> {
        let all = params![columns::limit(usize::MAX)];
        let mut found = Found { rows: Vec::new(), corrupt: Vec::new() };
        for condition in [
            "bytes IS NOT NULL AND status = 'equivocating' AND superseded_at IS NULL",
            "bytes IS NOT NULL AND is_contested = 1 AND status = 'current'
             AND key_state != accepted_state",
        ] {
            let more =
                columns::collect(self.records("", condition)?, all, "documents", read_record)?;
            found.rows.extend(more.rows);
            found.corrupt.extend(more.corrupt);
        }
        Ok(found)
    }

    /// The identities of profiles that would count, had their names not withdrawn them
    /// ([`Store::withdraw_profiles`]).
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn withdrawn(&self) -> Result<Found<Identity>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT documents.id, identity FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             WHERE superseded_at IS NOT NULL AND status = 'current' AND key_state = accepted_state
               AND kind = 'wellspring.profile.v1'
               AND subject IN (SELECT server_name FROM sights WHERE sights.status = 'withdrawn')",
        )?;
        columns::collect(statement, [], "documents", |row| row.read("identity"))
    }

    /// The addresses of lists, each with the document that was found there last, by
    /// location. One that fails by now is among them: see [`Source::failure`].
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn lists_served(&self) -> Result<Found<(Source, BytesHash)>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT sources.*, bytes_hash FROM sources
             JOIN document_sources AS found ON found.source_id = sources.id
             JOIN documents ON documents.id = found.document_id
             WHERE kind = ?1 AND NOT EXISTS (
                 SELECT 1 FROM document_sources AS other
                 WHERE other.source_id = sources.id AND other.last_seen_at > found.last_seen_at
             )
             ORDER BY location, bytes_hash",
        )?;
        columns::collect(statement, [SourceKind::ListUrl.as_str()], "sources", |row| {
            Ok((read_source(row)?, row.read("bytes_hash")?))
        })
    }

    /// Takes down that these server names no longer serve a profile: what was signed for
    /// them is erased [`DAYS_KEPT`] days from now, unless the name serves it again.
    /// Evidence stays as long as the conflict is open.
    ///
    /// # Errors
    /// Where the database cannot be written; then nothing was taken down.
    pub fn withdraw_profiles(
        &mut self,
        server_names: &[ServerName],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        for server_name in server_names {
            transaction
                .prepare_cached(
                    "UPDATE documents SET superseded_at = ?3
                     WHERE status = 'current' AND superseded_at IS NULL
                       AND feed_id IN (SELECT id FROM feeds WHERE kind = ?1 AND subject = ?2)
                       AND NOT EXISTS (
                           SELECT 1 FROM documents AS other
                           WHERE other.feed_id = documents.feed_id
                             AND other.status = 'equivocating' AND other.superseded_at IS NULL
                       )",
                )?
                .execute(params![Kind::Profile.type_name(), server_name.as_str(), now.unix()])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Erases the bytes of documents that stopped to count, or were withdrawn, [`DAYS_KEPT`]
    /// days ago or earlier, and answers which. What is known of them stays: hash, number,
    /// dates. Two documents with one number are kept as long as one of them counts, and what
    /// was signed with contested keys as long as they are. What was
    /// found damaged and taken out ([`Store::mend`]) goes after as many days.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn erase_superseded(&mut self, now: Timestamp) -> Result<Vec<Identity>, StoreError> {
        let until = now.plus_days(-DAYS_KEPT).unix();
        let transaction = self.begin()?;
        let statement = transaction.prepare_cached(&format!(
            "SELECT documents.id, identity FROM documents
             JOIN document_bytes ON document_id = documents.id
             WHERE {ERASABLE}"
        ))?;
        let erased = columns::collect(statement, [until], "documents", |row| row.read("identity"))?;
        transaction
            .prepare_cached(&format!(
                "DELETE FROM document_bytes WHERE document_id IN (
                     SELECT id FROM documents WHERE {ERASABLE}
                 )"
            ))?
            .execute([until])?;
        transaction.prepare_cached("DELETE FROM taken_out WHERE at <= ?1")?.execute([until])?;
        transaction.commit()?;
        Ok(erased.rows)
    }

    /// The query for records with `also` among its columns. Only texts of this module go
    /// into it.
    pub(crate) fn records(
        &self,
        also: &str,
        condition: &str,
    ) -> rusqlite::Result<CachedStatement<'_>> {
        self.connection.prepare_cached(&format!(
            "SELECT documents.id, kind, issuer, subject, identity, bytes_hash,
                    key_version, sequence, issued_at, expires_at,
                    CASE WHEN status = 'current' AND key_state != accepted_state
                         THEN 'outdated' ELSE status END AS status,
                    accepted_at, superseded_at, length(bytes) AS size {also}
             FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             LEFT JOIN document_bytes ON document_id = documents.id
             WHERE {condition}
             ORDER BY kind, issuer, subject, key_version DESC, sequence DESC, identity
             LIMIT ?1"
        ))
    }
}

pub(crate) fn read_record(row: &Row<'_>) -> rusqlite::Result<DocumentRecord> {
    Ok(DocumentRecord {
        feed: read_feed(row)?,
        identity: row.read("identity")?,
        bytes_hash: row.read("bytes_hash")?,
        size: row.read_optional("size")?,
        key_version: row.get("key_version")?,
        sequence: row.read("sequence")?,
        issued_at: row.read("issued_at")?,
        expires_at: row.read("expires_at")?,
        status: row.read("status")?,
        accepted_at: row.read("accepted_at")?,
        superseded_at: row.read_optional("superseded_at")?,
    })
}

/// The error for bytes that are not those that were accepted.
fn altered(row: &Row<'_>) -> rusqlite::Result<rusqlite::Error> {
    let column = row.as_ref().column_index("bytes")?;
    Ok(rusqlite::Error::FromSqlConversionFailure(
        column,
        rusqlite::types::Type::Blob,
        "its hash is not the one that was recorded".into(),
    ))
}
