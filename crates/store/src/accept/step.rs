//! What is written for one document whose acceptance is decided.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, named_params, params};
use wellspring_document::{
    AnyVerified, BytesHash, EndorsementList, Identity, KeyBranches, Kind, RawDocument, Timestamp,
    Verified,
};

use super::{Arrival, MAX_EVIDENCE, MAX_STATES_ASIDE, stored_id};
use crate::changes::{self, Event, Place};
use crate::columns::{self, ReadColumns as _};
use crate::contests;
use crate::difference::difference;
use crate::documents::DocumentStatus;
use crate::error::StoreError;
use crate::feeds::{self, KnownFeed, StoredIssuer};
use crate::mirrors;

/// The writing for one document whose acceptance is decided.
pub(super) struct Step<'a> {
    pub(super) connection: &'a Connection,
    pub(super) document: &'a AnyVerified,
    /// Whether its keys are those that count.
    pub(super) counts: bool,
    pub(super) now: Timestamp,
}

impl Step<'_> {
    /// The document becomes the one of its feed under its keys. Gives its row.
    pub(super) fn take(&self, issuer_id: i64, known: &KnownFeed) -> Result<i64, StoreError> {
        let feed_id = match &known.feed {
            Some(feed) => {
                self.move_mark(feed.id)?;
                self.supersede(feed.id)?;
                feed.id
            }
            None => self.insert_feed(issuer_id)?,
        };
        let document_id = self.insert(feed_id, DocumentStatus::Current)?;
        if !self.counts {
            return Ok(document_id);
        }
        let place = Place { issuer_id, feed_id };
        let previous = match known {
            KnownFeed { feed: Some(feed), .. } => Some(feed.mark.identity),
            KnownFeed { issuer: Some(_), .. } => self.identity_under_older_keys(feed_id)?,
            KnownFeed { issuer: None, .. } => None,
        };
        let event = previous
            .map_or(Event::DocumentAccepted, |previous| Event::DocumentReplaced { previous });
        self.log(place, self.document.identity(), &event)?;
        if let Some(previous) = previous {
            self.log_difference(place, previous)?;
        }
        if known.issuer.is_some() {
            changes::prune(self.connection, issuer_id)?;
        }
        Ok(document_id)
    }

    /// What the feed had come to under the keys before.
    fn identity_under_older_keys(&self, feed_id: i64) -> rusqlite::Result<Option<Identity>> {
        self.connection
            .prepare_cached(
                "SELECT older.mark_identity FROM feeds
                 JOIN feeds AS older USING (issuer_id, kind, subject)
                 WHERE feeds.id = ?1 AND older.key_version < feeds.key_version
                 ORDER BY older.key_version DESC, older.key_state LIMIT 1",
            )?
            .query_row([feed_id], |row| row.read("mark_identity"))
            .optional()
    }

    /// The issuer signed two documents with one number: both are kept, one counts. Gives the
    /// row of the document, unless there is evidence enough without it.
    pub(super) fn keep_evidence(
        &self,
        issuer_id: i64,
        known: &KnownFeed,
        counts: Identity,
    ) -> Result<Option<i64>, StoreError> {
        if self.stored_id()?.is_some() {
            return self.keep(known, false);
        }
        // `accept` finds equivocation only where there is a mark.
        let Some(feed) = &known.feed else { return Ok(None) };
        let place = Place { issuer_id, feed_id: feed.id };
        if self.counts {
            // What was withdrawn is evidence from here on, as far as it is still there.
            self.connection
                .prepare_cached(
                    "UPDATE documents SET superseded_at = NULL
                     WHERE feed_id = ?1 AND status = 'current'
                       AND id IN (SELECT document_id FROM document_bytes)",
                )?
                .execute([feed.id])?;
        }
        let other = if counts == self.document.identity() {
            self.connection
                .prepare_cached(
                    "UPDATE documents SET status = 'equivocating'
                     WHERE feed_id = ?1 AND status = 'current'",
                )?
                .execute([feed.id])?;
            self.insert(feed.id, DocumentStatus::Current)?;
            self.connection
                .prepare_cached("UPDATE feeds SET mark_identity = ?2 WHERE id = ?1")?
                .execute(params![feed.id, counts.as_bytes()])?;
            feed.mark.identity
        } else {
            self.insert(feed.id, DocumentStatus::Equivocating)?;
            self.document.identity()
        };
        self.drop_surplus_evidence(feed.id)?;

        let document_id = self.stored_id()?;
        if self.counts && document_id.is_some() {
            self.log(place, counts, &Event::Equivocation { other })?;
            if counts == self.document.identity() {
                self.log_difference(place, feed.mark.identity)?;
            }
            changes::prune(self.connection, issuer_id)?;
        }
        Ok(document_id)
    }

    /// Whether a document comes from where it counts that it is there again, after it was
    /// withdrawn.
    pub(super) fn is_given_again(&self, arrival: Arrival<'_>) -> Result<bool, StoreError> {
        if arrival.source.is_none() {
            return Ok(false);
        }
        let Some(document_id) = self.stored_id()? else { return Ok(false) };
        Ok(arrival.is_from_its_name()
            || mirrors::is_withdrawn_by_mirrors(self.connection, document_id)?)
    }

    /// The document is there already: it is put right where it is damaged. What was erased
    /// stays so, unless it is given again. Gives its row.
    pub(super) fn keep(
        &self,
        known: &KnownFeed,
        is_given_again: bool,
    ) -> Result<Option<i64>, StoreError> {
        let Some(document_id) = self.stored_id()? else {
            // It had to make room while its keys did not count; its mark stayed.
            let inserted =
                known.feed.as_ref().map(|feed| self.insert(feed.id, DocumentStatus::Current));
            return Ok(inserted.transpose()?);
        };
        if is_given_again && self.counts {
            self.connection
                .prepare_cached("UPDATE documents SET superseded_at = NULL WHERE id = ?1")?
                .execute([document_id])?;
        }
        if !self.is_intact(document_id)? {
            self.connection
                .prepare_cached("UPDATE documents SET bytes_hash = ?2 WHERE id = ?1")?
                .execute(params![document_id, self.document.bytes_hash().as_bytes()])?;
            self.connection
                .prepare_cached(
                    "INSERT INTO document_bytes (document_id, bytes) VALUES (?1, ?2)
                     ON CONFLICT (document_id) DO UPDATE SET bytes = excluded.bytes",
                )?
                .execute(params![document_id, &self.document.bytes()[..]])?;
        }
        Ok(Some(document_id))
    }

    /// Whether the bytes that are stored of the document are still good. Those that were
    /// erased on purpose are not missed.
    fn is_intact(&self, document_id: i64) -> rusqlite::Result<bool> {
        let document = self.document;
        self.connection
            .prepare_cached(
                "SELECT bytes_hash, bytes, superseded_at FROM documents
                 LEFT JOIN document_bytes ON document_id = documents.id
                 WHERE documents.id = ?1",
            )?
            .query_row([document_id], |row| {
                let (hash, bytes) = (row.get_ref("bytes_hash")?, row.get_ref("bytes")?);
                let is_recorded = |expected: BytesHash| hash == ValueRef::Blob(expected.as_bytes());
                let ValueRef::Blob(bytes) = bytes else {
                    return Ok(row.get_ref("superseded_at")? != ValueRef::Null);
                };
                if *bytes == document.bytes()[..] {
                    return Ok(is_recorded(document.bytes_hash()));
                }
                // Other bytes can be the same document: with the proofs of other signers.
                let stored = RawDocument::new(bytes.to_vec()).verify_any();
                Ok(stored.is_ok_and(|stored| {
                    stored.identity() == document.identity() && is_recorded(stored.bytes_hash())
                }))
            })
    }

    fn stored_id(&self) -> rusqlite::Result<Option<i64>> {
        stored_id(self.connection, self.document)
    }

    /// Keeps what is known of the issuer's keys, and answers with the row of the issuer.
    pub(super) fn store_branches(
        &self,
        known: Option<&StoredIssuer>,
        branches: &KeyBranches,
    ) -> rusqlite::Result<i64> {
        if let Some(issuer) = known
            && issuer.branches.is_same_evidence(branches)
        {
            return Ok(issuer.id);
        }
        let known_id = known.map(|issuer| issuer.id);
        let columns = params![
            known_id,
            branches.issuer().as_str(),
            branches.accepted().current_hash(),
            branches.is_contested(),
            feeds::write_histories(branches.histories()),
        ];
        let Some(id) = known_id else {
            return self
                .connection
                .prepare_cached(
                    "INSERT INTO issuers (id, issuer, accepted_state, is_contested, key_histories)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .insert(columns);
        };
        self.connection
            .prepare_cached(
                "UPDATE issuers
                 SET issuer = ?2, accepted_state = ?3, is_contested = ?4, key_histories = ?5
                 WHERE id = ?1",
            )?
            .execute(columns)?;
        Ok(id)
    }

    /// Begins a feed, with its mark at the document.
    fn insert_feed(&self, issuer_id: i64) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "INSERT INTO feeds (issuer_id, kind, subject, key_state, key_version,
                                    mark_sequence, mark_identity)
                 VALUES (:issuer_id, :kind, :subject, :key_state, :key_version,
                         :sequence, :identity)",
            )?
            .insert(named_params! {
                ":issuer_id": issuer_id,
                ":kind": self.document.kind().type_name(),
                ":subject": self.document.subject(),
                ":key_state": self.document.history().current_hash(),
                ":key_version": self.document.key_version(),
                ":sequence": columns::sequence(self.document.sequence()),
                ":identity": self.document.identity().as_bytes(),
            })
    }

    /// Moves the mark of the document's feed to the document.
    fn move_mark(&self, feed_id: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE feeds SET mark_sequence = ?2, mark_identity = ?3 WHERE id = ?1",
            )?
            .execute(params![
                feed_id,
                columns::sequence(self.document.sequence()),
                self.document.identity().as_bytes(),
            ])?;
        Ok(())
    }

    fn supersede(&self, feed_id: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE documents
                 SET superseded_at = coalesce(superseded_at, ?2),
                     status = CASE status WHEN 'current' THEN 'superseded' ELSE status END
                 WHERE feed_id = ?1 AND (superseded_at IS NULL OR status = 'current')",
            )?
            .execute([feed_id, self.now.unix()])?;
        Ok(())
    }

    fn insert(&self, feed_id: i64, status: DocumentStatus) -> rusqlite::Result<i64> {
        let document = self.document;
        let document_id = self
            .connection
            .prepare_cached(
                "INSERT INTO documents (feed_id, identity, bytes_hash, sequence, issued_at,
                                        expires_at, status, accepted_at, superseded_at)
                 VALUES (:feed_id, :identity, :bytes_hash, :sequence, :issued_at,
                         :expires_at, :status, :now, :superseded_at)",
            )?
            .insert(named_params! {
                ":feed_id": feed_id,
                ":identity": document.identity().as_bytes(),
                ":bytes_hash": document.bytes_hash().as_bytes(),
                ":sequence": columns::sequence(document.sequence()),
                ":issued_at": document.issued_at().unix(),
                ":expires_at": document.expires_at().unix(),
                ":status": status.as_str(),
                ":now": self.now.unix(),
                ":superseded_at": (!self.counts).then(|| self.now.unix()),
            })?;
        self.connection
            .prepare_cached("INSERT INTO document_bytes (document_id, bytes) VALUES (?1, ?2)")?
            .execute(params![document_id, &document.bytes()[..]])?;
        Ok(document_id)
    }

    fn drop_surplus_evidence(&self, feed_id: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "DELETE FROM documents WHERE id IN (
                     SELECT id FROM documents
                     WHERE feed_id = ?1 AND sequence = ?2 AND status = 'equivocating'
                     ORDER BY identity LIMIT -1 OFFSET ?3
                 )",
            )?
            .execute(params![
                feed_id,
                columns::sequence(self.document.sequence()),
                columns::limit(MAX_EVIDENCE),
            ])?;
        Ok(())
    }

    /// Where other keys count from now on: what was signed under those that no longer do
    /// comes to an end in all feeds of the issuer, and what is kept under those that do now
    /// counts again.
    pub(super) fn move_keys(
        &self,
        known: &StoredIssuer,
        branches: &KeyBranches,
    ) -> Result<(), StoreError> {
        let before = &known.branches;
        if contests::counting_states(before) != contests::counting_states(branches) {
            contests::settle(self.connection, known.id, branches, self.now)?;
        }
        let (before, after) = (before.accepted(), branches.accepted());
        if before == after {
            return Ok(());
        }
        let feed = feeds::stored_feed(self.connection, known.id, self.document)?;
        let Some(feed) = feed else { return Ok(()) };
        let event = if branches.is_contested() {
            Event::KeysContested { common_version: after.version() }
        } else {
            let (from_version, to_version) = (before.version(), after.version());
            Event::KeysChanged { from_version, to_version }
        };
        let place = Place { issuer_id: known.id, feed_id: feed.id };
        self.log(place, self.document.identity(), &event)?;
        changes::prune(self.connection, known.id)
    }

    /// Keeps what was set aside in this feed within [`MAX_STATES_ASIDE`].
    pub(super) fn drop_surplus_asides(
        &self,
        issuer_id: i64,
        branches: &KeyBranches,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM documents WHERE feed_id IN (
                     SELECT id FROM feeds
                     WHERE issuer_id = ?1 AND kind = ?2 AND subject = ?3
                       AND key_state NOT IN (SELECT value FROM json_each(?4))
                     ORDER BY key_version DESC, key_state LIMIT -1 OFFSET ?5
                 )",
            )?
            .execute(params![
                issuer_id,
                self.document.kind().type_name(),
                self.document.subject(),
                contests::counting_states(branches),
                columns::limit(MAX_STATES_ASIDE),
            ])?;
        Ok(())
    }

    fn log(&self, place: Place, counts: Identity, event: &Event) -> Result<(), StoreError> {
        let server_name = match self.document.kind() {
            Kind::Profile => Some(self.document.subject()),
            Kind::EndorsementList | Kind::ObservationReport => None,
            // What they tell of has its own place in the log.
            Kind::Index | Kind::View => return Ok(()),
        };
        let entry = changes::Entry { place, identity: counts, server_name, event: event.clone() };
        changes::append(self.connection, &entry, self.now)
    }

    /// Logs every entry of an endorsement list that is not as it was in the issue before.
    fn log_difference(&self, place: Place, before: Identity) -> Result<(), StoreError> {
        let AnyVerified::EndorsementList(after) = self.document else { return Ok(()) };
        let Some(before) = stored_list(self.connection, before)? else { return Ok(()) };
        let mut entries: Vec<_> = difference(before.body(), after.body()).into_iter().collect();
        // The log forgets its oldest entries first; so what matters most comes last.
        entries.sort_by_key(|(_, change)| *change);
        for (server_name, entry) in entries {
            let entry = changes::Entry {
                place,
                identity: after.identity(),
                server_name: Some(server_name.to_string()),
                event: Event::EntryChanged { entry },
            };
            changes::append(self.connection, &entry, self.now)?;
        }
        Ok(())
    }
}

/// The issue of a list that was stored under this identity. Nothing where its bytes are
/// erased or damaged: then no difference can be told, and loading reports the damage.
fn stored_list(
    connection: &Connection,
    identity: Identity,
) -> Result<Option<Verified<EndorsementList>>, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT bytes FROM documents JOIN document_bytes ON document_id = documents.id
             WHERE identity = ?1",
        )?
        .query_row([identity.as_bytes()], |row| row.get("bytes"))
        .optional()?;
    Ok(bytes.and_then(|bytes| RawDocument::new(bytes).verify().ok()))
}
