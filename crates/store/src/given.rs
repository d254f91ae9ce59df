use rusqlite::Row;
use wellspring_document::Timestamp;

use crate::Store;
use crate::columns::{self, ReadColumns as _};
use crate::documents::{DocumentRecord, read_record};
use crate::error::{Found, StoreError};
use crate::sources::{SourceKey, SourceKind};

/// The document that a source gave last, of those that were accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The document.
    pub record: DocumentRecord,
    /// When the source gave it first.
    pub first_seen_at: Timestamp,
    /// When the source last gave its bytes. That nothing is newer does not move this.
    pub last_seen_at: Timestamp,
    /// Whether its issuer signed another document with the same number.
    pub is_contradicted: bool,
}

impl Store {
    /// What each address of a profile or list gave last, by kind and location. Directories
    /// give many documents and are not among them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn given(&self) -> Result<Found<(SourceKey, Given)>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT documents.id, feeds.kind, issuer, subject, identity, bytes_hash,
                    key_version, sequence, issued_at, expires_at,
                    CASE WHEN status = 'current' AND key_state != accepted_state
                         THEN 'outdated' ELSE status END AS status,
                    accepted_at, superseded_at, length(bytes) AS size,
                    sources.kind AS source_kind, location, first_seen_at, last_seen_at,
                    EXISTS (
                        SELECT 1 FROM documents AS rival
                        WHERE rival.feed_id = documents.feed_id
                          AND rival.sequence = documents.sequence
                          AND rival.id != documents.id
                    ) AS is_contradicted
             FROM sources
             JOIN document_sources AS found ON found.source_id = sources.id
             JOIN documents ON documents.id = found.document_id
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             LEFT JOIN document_bytes ON document_bytes.document_id = documents.id
             WHERE sources.kind IN (?1, ?2) AND NOT EXISTS (
                 SELECT 1 FROM document_sources AS other
                 WHERE other.source_id = sources.id
                   AND (other.last_seen_at, other.id) > (found.last_seen_at, found.id)
             )
             ORDER BY source_kind, location",
        )?;
        let kinds = [SourceKind::WellKnown.as_str(), SourceKind::ListUrl.as_str()];
        columns::collect(statement, kinds, "documents", read_given)
    }
}

fn read_given(row: &Row<'_>) -> rusqlite::Result<(SourceKey, Given)> {
    let key = SourceKey { kind: row.read("source_kind")?, location: row.get("location")? };
    let given = Given {
        record: read_record(row)?,
        first_seen_at: row.read("first_seen_at")?,
        last_seen_at: row.read("last_seen_at")?,
        is_contradicted: row.get("is_contradicted")?,
    };
    Ok((key, given))
}
