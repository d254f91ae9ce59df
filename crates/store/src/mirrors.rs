//! What is kept of mirrors: the parts of their indexes, and what they list.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use wellspring_document::json::Value;
use wellspring_document::{BytesHash, Identity, IndexEntry, IssuerId, Kind, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns as _};
use crate::error::{Found, StoreError};
use crate::sources::{self, SourceKey, SourceKind};

/// Of a document: that it would count, had not the mirrors dropped it from which alone it is
/// known. What its name withdrew is not among them, whoever lists it.
const WITHDRAWN_BY_MIRRORS: &str = "superseded_at IS NOT NULL AND status = 'current'
    AND EXISTS (
        SELECT 1 FROM document_sources
        WHERE document_id = documents.id AND dropped_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM document_sources JOIN sources ON sources.id = source_id
        WHERE document_id = documents.id AND sources.kind != 'mirror')
    AND EXISTS (
        SELECT 1 FROM feeds JOIN issuers ON issuers.id = issuer_id
        WHERE feeds.id = feed_id AND key_state = accepted_state
          AND NOT EXISTS (
              SELECT 1 FROM sights
              WHERE feeds.kind = 'wellspring.profile.v1' AND server_name = subject
                AND sights.status = 'withdrawn'))";

/// What a mirror lists, and who else is asked.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The mirror.
    pub mirror: &'a SourceKey,
    /// Every document that its index names.
    pub documents: &'a BTreeSet<Identity>,
    /// The mirrors that the node asks today. What others listed once keeps nothing.
    pub asked: &'a [SourceKey],
}

/// The index that a mirror gave last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastIndex {
    /// Who signed it.
    pub issuer: IssuerId,
    /// Its bytes; nothing where they are no longer there.
    pub bytes: Option<Bytes>,
}

impl Store {
    /// The index that a mirror gave last, of those that were accepted; nothing where it gave
    /// none.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn last_index(&self, mirror: &SourceKey) -> Result<Option<LastIndex>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT documents.id, issuer, bytes FROM sources
             JOIN document_sources AS found ON found.source_id = sources.id
             JOIN documents ON documents.id = found.document_id
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             LEFT JOIN document_bytes ON document_bytes.document_id = documents.id
             WHERE sources.kind = ?1 AND location = ?2 AND feeds.kind = ?3
             ORDER BY last_seen_at DESC, found.id DESC LIMIT 1",
        )?;
        let of = [mirror.kind.as_str(), &mirror.location, Kind::Index.type_name()];
        columns::at_most_one(statement, of, "documents", |row| {
            let bytes: Option<Vec<u8>> = row.get("bytes")?;
            Ok(LastIndex { issuer: row.read("issuer")?, bytes: bytes.map(Bytes::from) })
        })
    }

    /// The bytes of a part of a mirror's index, where they were kept. A file can be edited:
    /// they are good only if they have that hash.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn mirror_part(
        &self,
        mirror: &SourceKey,
        hash: BytesHash,
    ) -> Result<Option<Bytes>, StoreError> {
        let bytes: Option<Vec<u8>> = self
            .connection
            .prepare_cached(
                "SELECT bytes FROM mirror_parts JOIN sources ON sources.id = source_id
                 WHERE kind = ?1 AND location = ?2 AND hash = ?3",
            )?
            .query_row(params![mirror.kind.as_str(), mirror.location, hash.as_bytes()], |row| {
                row.get("bytes")
            })
            .optional()?;
        Ok(bytes.map(Bytes::from))
    }

    /// Keeps the bytes of a part of a mirror's index.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn keep_mirror_part(
        &mut self,
        mirror: &SourceKey,
        bytes: &Bytes,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        let source = sources::id_of(&transaction, mirror)?;
        transaction
            .prepare_cached(
                "INSERT INTO mirror_parts (source_id, hash, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT (source_id, hash) DO UPDATE SET bytes = excluded.bytes",
            )?
            .execute(params![source, BytesHash::of(bytes).as_bytes(), &bytes[..]])?;
        transaction.commit()?;
        Ok(())
    }

    /// Drops the parts that were kept of a mirror's index but those that are named.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn drop_mirror_parts_but(
        &mut self,
        mirror: &SourceKey,
        named: &BTreeSet<BytesHash>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        let source = sources::id_of(&transaction, mirror)?;
        let statement =
            transaction.prepare_cached("SELECT id, hash FROM mirror_parts WHERE source_id = ?1")?;
        let kept = columns::collect(statement, [source], "mirror_parts", |row| {
            Ok((row.get::<_, i64>("id")?, row.read::<BytesHash>("hash")?))
        })?;
        let surplus = kept.rows.into_iter().filter(|(_, hash)| !named.contains(hash));
        for row in surplus.map(|(row, _)| row).chain(kept.corrupt.iter().map(|it| it.row)) {
            transaction.prepare_cached("DELETE FROM mirror_parts WHERE id = ?1")?.execute([row])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Drops what was kept of the indexes of all mirrors but these. The others list nothing any
    /// more: what came from them alone is withdrawn, as in [`Store::record_listing`].
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn drop_mirrors_but(
        &mut self,
        asked: &[SourceKey],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        let statement = transaction.prepare_cached(
            "SELECT id FROM sources
             WHERE kind = ?1 AND location NOT IN (SELECT value FROM json_each(?2))
               AND EXISTS (SELECT 1 FROM document_sources
                           WHERE source_id = sources.id AND dropped_at IS NULL)",
        )?;
        let left = params![SourceKind::Mirror.as_str(), locations(asked)];
        let left = columns::collect(statement, left, "sources", |row| row.get::<_, i64>("id"))?;
        for source in left.rows {
            transaction
                .prepare_cached(
                    "UPDATE document_sources SET dropped_at = ?2
                     WHERE source_id = ?1 AND dropped_at IS NULL",
                )?
                .execute(params![source, now.unix()])?;
            withdraw(&transaction, source, asked, now)?;
        }
        transaction
            .prepare_cached(
                "DELETE FROM mirror_parts WHERE source_id NOT IN (
                     SELECT id FROM sources
                     WHERE kind = ?1 AND location IN (SELECT value FROM json_each(?2)))",
            )?
            .execute(params![SourceKind::Mirror.as_str(), locations(asked)])?;
        transaction.commit()?;
        Ok(())
    }

    /// The identities of documents that no mirror lists any more from which alone they came,
    /// and which are not erased yet.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn dropped_by_mirrors(&self) -> Result<Found<Identity>, StoreError> {
        let statement = self.connection.prepare_cached(&format!(
            "SELECT id, identity FROM documents
             WHERE id IN (SELECT document_id FROM document_bytes) AND {WITHDRAWN_BY_MIRRORS}"
        ))?;
        columns::collect(statement, [], "documents", |row| row.read("identity"))
    }

    /// Which of these documents the store lacks and would take: it has not got them, and knows
    /// of nothing newer in their feeds; or it erased them only because all mirrors had dropped
    /// them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn lacks(&self, entries: &[IndexEntry]) -> Result<Vec<bool>, StoreError> {
        entries.iter().map(|entry| Ok(lacks(&self.connection, entry)?)).collect()
    }

    /// Takes down what a mirror lists. A document that the node has from mirrors alone, and
    /// that none of those that are asked lists any more, is withdrawn: it is erased
    /// [`DAYS_KEPT`](crate::DAYS_KEPT) days from now ([`Store::erase_superseded`]), unless a
    /// source gives or lists it again before. Evidence stays as long as the conflict is open.
    /// Gives how many documents were withdrawn.
    ///
    /// All of it is one transaction, and to do it again changes nothing. What a mirror that
    /// fails lists is not known: then this is not to be called.
    ///
    /// # Errors
    /// Where the database cannot be written; then nothing was taken down.
    pub fn record_listing(
        &mut self,
        listing: &Listing<'_>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let source = sources::id_of(&transaction, listing.mirror)?;
        let mut listed_before = listed(&transaction, source)?;
        for identity in listing.documents {
            match listed_before.remove(identity) {
                Some(Row { dropped: false, .. }) => {}
                // What was erased is there again once it is fetched, and not before.
                Some(Row { has_bytes: false, .. }) => {}
                Some(Row { id, .. }) => {
                    take_back(&transaction, identity)?;
                    set_dropped(&transaction, id, None)?;
                }
                None => {
                    take_back(&transaction, identity)?;
                    list_also(&transaction, source, identity, now)?;
                }
            }
        }
        for row in listed_before.into_values().filter(|row| !row.dropped) {
            set_dropped(&transaction, row.id, Some(now))?;
        }
        let withdrawn = withdraw(&transaction, source, listing.asked, now)?;
        transaction.commit()?;
        Ok(withdrawn)
    }
}

/// A document that a mirror gave or listed before.
struct Row {
    id: i64,
    dropped: bool,
    has_bytes: bool,
}

fn listed(connection: &Connection, source: i64) -> Result<BTreeMap<Identity, Row>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT found.id, identity, dropped_at IS NOT NULL AS dropped,
                EXISTS (SELECT 1 FROM document_bytes
                        WHERE document_bytes.document_id = documents.id) AS has_bytes
         FROM document_sources AS found
         JOIN documents ON documents.id = found.document_id
         JOIN feeds ON feeds.id = feed_id
         WHERE found.source_id = ?1 AND kind NOT IN (?2, ?3)",
    )?;
    let (index, view) = (Kind::Index.type_name(), Kind::View.type_name());
    let found =
        columns::collect(statement, params![source, index, view], "document_sources", |row| {
            let id = row.get("id")?;
            let (dropped, has_bytes) = (row.get("dropped")?, row.get("has_bytes")?);
            Ok((row.read::<Identity>("identity")?, Row { id, dropped, has_bytes }))
        })?;
    Ok(found.rows.into_iter().collect())
}

/// Ends the withdrawal of a document by mirrors.
fn take_back(connection: &Connection, identity: &Identity) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "UPDATE documents SET superseded_at = NULL
             WHERE identity = ?1 AND id IN (SELECT document_id FROM document_bytes)
               AND {WITHDRAWN_BY_MIRRORS}"
        ))?
        .execute([identity.as_bytes()])?;
    Ok(())
}

fn set_dropped(connection: &Connection, row: i64, at: Option<Timestamp>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE document_sources SET dropped_at = ?2 WHERE id = ?1")?
        .execute(params![row, at.map(Timestamp::unix)])?;
    Ok(())
}

/// Takes down that a mirror lists a document that came from elsewhere. What the node signed
/// itself came from nowhere, and no mirror has a say in it.
fn list_also(
    connection: &Connection,
    source: i64,
    identity: &Identity,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO document_sources (document_id, source_id, first_seen_at, last_seen_at)
             SELECT documents.id, ?1, ?3, ?3 FROM documents
             JOIN document_bytes ON document_bytes.document_id = documents.id
             WHERE identity = ?2
               AND EXISTS (SELECT 1 FROM document_sources WHERE document_id = documents.id)",
        )?
        .execute(params![source, identity.as_bytes(), now.unix()])?;
    Ok(())
}

fn withdraw(
    connection: &Connection,
    source: i64,
    asked: &[SourceKey],
    now: Timestamp,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE documents SET superseded_at = ?3
             WHERE status = 'current' AND superseded_at IS NULL
               AND id IN (
                   SELECT document_id FROM document_sources
                   WHERE source_id = ?1 AND dropped_at IS NOT NULL)
               AND NOT EXISTS (
                   SELECT 1 FROM document_sources JOIN sources ON sources.id = source_id
                   WHERE document_id = documents.id AND (
                       kind != 'mirror' OR (
                           dropped_at IS NULL
                           AND location IN (SELECT value FROM json_each(?2)))))
               AND NOT EXISTS (
                   SELECT 1 FROM documents AS other
                   WHERE other.feed_id = documents.feed_id
                     AND other.status = 'equivocating' AND other.superseded_at IS NULL)",
        )?
        .execute(params![source, locations(asked), now.unix()])
}

fn locations(mirrors: &[SourceKey]) -> String {
    let text = |mirror: &SourceKey| Value::String(mirror.location.clone());
    Value::Array(mirrors.iter().map(text).collect()).to_string()
}

/// Whether a document that a source gives was withdrawn for no other reason than that mirrors
/// had dropped it.
pub(crate) fn is_withdrawn_by_mirrors(
    connection: &Connection,
    document_id: i64,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(&format!(
            "SELECT EXISTS (
                 SELECT 1 FROM documents WHERE id = ?1 AND {WITHDRAWN_BY_MIRRORS}) AS is_so"
        ))?
        .query_row([document_id], |row| row.get("is_so"))
}

fn lacks(connection: &Connection, entry: &IndexEntry) -> rusqlite::Result<bool> {
    let stored: Option<bool> = connection
        .prepare_cached(&format!(
            "SELECT NOT EXISTS (
                 SELECT 1 FROM document_bytes WHERE document_id = documents.id
             ) AND {WITHDRAWN_BY_MIRRORS} AS is_missed
             FROM documents WHERE identity = ?1"
        ))?
        .query_row([entry.identity.as_bytes()], |row| row.get("is_missed"))
        .optional()?;
    if let Some(is_missed) = stored {
        return Ok(is_missed);
    }
    // What proves something need not be newer than what counts.
    Ok(entry.evidence || !is_outdated(connection, entry)?)
}

fn is_outdated(connection: &Connection, entry: &IndexEntry) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM feeds JOIN issuers ON issuers.id = issuer_id
                 WHERE issuer = ?1 AND kind = ?2 AND subject = ?3
                   AND key_state = accepted_state
                   AND (key_version, mark_sequence) > (?4, ?5)) AS is_so",
        )?
        .query_row(
            params![
                entry.issuer.as_str(),
                entry.kind.type_name(),
                entry.subject,
                entry.key_version,
                columns::sequence(entry.sequence),
            ],
            |row| row.get("is_so"),
        )
}
