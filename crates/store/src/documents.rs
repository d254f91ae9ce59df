use bytes::Bytes;
use rusqlite::types::{FromSqlResult, ValueRef};
use rusqlite::{CachedStatement, Row, params};
use wellspring_document::{BytesHash, Identity, IssuerId, Kind, Timestamp};

use crate::Store;
use crate::columns::{self, FromColumn, ReadColumns, one_of};
use crate::error::{Found, StoreError};
use crate::feeds::{Feed, read_feed};
use crate::sources::{Source, read_source};

/// How many days the bytes of a document are kept after it stopped to count.
pub const DAYS_KEPT: i64 = 30;

/// What a stored document is to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentStatus {
    /// It counts, as long as it has not expired.
    Current,
    /// A newer one replaced it.
    Superseded,
    /// Its issuer has had other keys since, and has not signed it again.
    Outdated,
    /// Its issuer signed another document with the same number, which counts in its stead.
    Equivocating,
}

impl DocumentStatus {
    const ALL: [Self; 4] = [Self::Current, Self::Superseded, Self::Outdated, Self::Equivocating];

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
    /// When its feed, or its issuer's keys, moved on.
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

/// Which documents to look for.
#[derive(Debug, Clone, Copy)]
pub enum DocumentsOf<'a> {
    /// Those of one kind about one subject, whoever signed them: with a server name, the
    /// profiles of that server.
    Subject(Kind, &'a str),
    /// All that one issuer signed.
    Issuer(&'a IssuerId),
    /// Evidence: all that share their place in a feed with another document.
    Equivocation,
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

    /// What is known of documents, newest place in each feed first, at most `most`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn documents(
        &self,
        of: DocumentsOf<'_>,
        most: usize,
    ) -> Result<Found<DocumentRecord>, StoreError> {
        let most = columns::limit(most);
        match of {
            DocumentsOf::Subject(kind, subject) => columns::collect(
                self.records("", "kind = ?2 AND subject = ?3")?,
                params![most, kind.type_name(), subject],
                "documents",
                read_record,
            ),
            DocumentsOf::Issuer(issuer) => columns::collect(
                self.records("", "issuer = ?2")?,
                params![most, issuer.as_str()],
                "documents",
                read_record,
            ),
            DocumentsOf::Equivocation => columns::collect(
                self.records(
                    "",
                    "(feed_id, documents.key_version, sequence) IN (
                         SELECT feed_id, key_version, sequence FROM documents
                         WHERE status = 'equivocating'
                     )",
                )?,
                [most],
                "documents",
                read_record,
            ),
        }
    }

    /// The sources at which the document with these bytes was found, and nothing else since,
    /// by kind and location. One that fails by now is among them: see [`Source::failure`].
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn sources_serving(&self, hash: BytesHash) -> Result<Found<Source>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT sources.* FROM sources
             JOIN document_sources AS found ON found.source_id = sources.id
             JOIN documents ON documents.id = found.document_id
             WHERE bytes_hash = ?1 AND NOT EXISTS (
                 SELECT 1 FROM document_sources AS other
                 WHERE other.source_id = sources.id AND other.last_seen_at > found.last_seen_at
             )
             ORDER BY kind, location",
        )?;
        columns::collect(statement, params![hash.as_bytes()], "sources", read_source)
    }

    /// Erases the bytes of documents that stopped to count [`DAYS_KEPT`] days ago or
    /// earlier, and answers how many. What is known of them stays: hash, number, dates. Two
    /// documents with one number are kept as long as one of them counts.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn erase_superseded(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let erased = transaction
            .prepare_cached(
                "DELETE FROM document_bytes WHERE document_id IN (
                     SELECT id FROM documents WHERE superseded_at <= ?1
                 )",
            )?
            .execute([now.plus_days(-DAYS_KEPT).unix()])?;
        transaction.commit()?;
        Ok(erased)
    }

    /// The query for records with `also` among its columns. Only texts of this module go
    /// into it.
    fn records(&self, also: &str, condition: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.connection.prepare_cached(&format!(
            "SELECT documents.id, kind, issuer, subject, identity, bytes_hash,
                    documents.key_version, sequence, issued_at, expires_at, status,
                    accepted_at, superseded_at, length(bytes) AS size {also}
             FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             LEFT JOIN document_bytes ON document_id = documents.id
             WHERE {condition}
             ORDER BY kind, issuer, subject, documents.key_version DESC, sequence DESC, identity
             LIMIT ?1"
        ))
    }
}

fn read_record(row: &Row<'_>) -> rusqlite::Result<DocumentRecord> {
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
