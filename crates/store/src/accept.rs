use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, named_params, params};
use wellspring_document::json::Value;
use wellspring_document::{
    AcceptRefusal, Acceptance, AnyVerified, BytesHash, EndorsementList, Identity, Kind,
    RawDocument, Timestamp, accept,
};

use crate::changes::{self, Event, Place};
use crate::difference::difference;
use crate::documents::DocumentStatus;
use crate::error::{CorruptRow, StoreError};
use crate::feeds::{Feed, KnownFeed, StoredIssuer};
use crate::sources::{self, SourceKey, SourceKind};
use crate::{Store, columns};

/// How many documents that an issuer signed beside the one that counts are kept as
/// evidence at one place of a feed. Two different documents prove it; whoever signs a
/// thousand must not fill the disk. Those with the smallest identities stay, so that every
/// node keeps the same ones whatever the order of arrival.
pub const MAX_EVIDENCE: usize = 4;

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

/// Why a document is not in the store after it was offered. It moved nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAccepted {
    /// What is known of its feed or issuer speaks against it.
    #[error(transparent)]
    Refused(#[from] AcceptRefusal),
    /// What is known of its feed or issuer is damaged.
    #[error(transparent)]
    Corrupt(#[from] CorruptRow),
}

impl NotAccepted {
    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
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
    /// withdrawn ([`Store::withdraw_profiles`]).
    ///
    /// # Errors
    /// Where the database fails; never because of a document.
    pub fn accept(
        &mut self,
        arrivals: &[Arrival<'_>],
        now: Timestamp,
    ) -> Result<Vec<Result<Acceptance, NotAccepted>>, StoreError> {
        let transaction = self.begin()?;
        let outcomes = arrivals
            .iter()
            .map(|arrival| accept_one(&transaction, *arrival, now))
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit()?;
        Ok(outcomes)
    }
}

pub(crate) fn accept_one(
    connection: &Connection,
    arrival: Arrival<'_>,
    now: Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError> {
    let document = arrival.document;
    let known = match KnownFeed::load(connection, &Feed::of(document)) {
        Ok(known) => known,
        Err(StoreError::Corrupt(row)) => return Ok(Err(row.into())),
        Err(error) => return Err(error),
    };
    let source = arrival.source.map(|key| sources::id_of(connection, key)).transpose()?;
    let acceptance = match accept(&known.state(), document, now) {
        Ok(acceptance) => acceptance,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let step = Step { connection, document, now };
    let document_id = match acceptance {
        Acceptance::New => Some(step.take(&known)?),
        Acceptance::Known => step.keep(arrival.is_from_its_name())?,
        Acceptance::Equivocation { counts } => step.keep_evidence(&known, counts)?,
    };
    if let (Some(document_id), Some(source)) = (document_id, source) {
        sources::saw_document(connection, source, document_id, now)?;
    }
    Ok(Ok(acceptance))
}

/// The writing for one document whose acceptance is decided.
struct Step<'a> {
    connection: &'a Connection,
    document: &'a AnyVerified,
    now: Timestamp,
}

impl Step<'_> {
    /// The document becomes the one that counts in its feed.
    fn take(&self, known: &KnownFeed) -> Result<i64, StoreError> {
        let issuer_id = self.store_history(known.issuer.as_ref())?;
        let feed_id = self.store_feed(issuer_id)?;
        self.supersede(feed_id)?;
        let document_id = self.insert(feed_id, DocumentStatus::Current)?;

        let place = Place { issuer_id, feed_id };
        let previous = known.feed.as_ref().map(|feed| feed.mark.identity);
        let event = previous
            .map_or(Event::DocumentAccepted, |previous| Event::DocumentReplaced { previous });
        self.log(place, self.document.identity(), &event)?;
        if let Some(issuer) = &known.issuer {
            self.rotate(issuer, place)?;
        }
        if let Some(previous) = previous {
            self.log_difference(place, previous)?;
        }
        changes::prune(self.connection, issuer_id)?;
        Ok(document_id)
    }

    /// The issuer signed two documents with one number: both are kept, one counts.
    /// Answers with the row of the document, where it is among those that are kept.
    fn keep_evidence(
        &self,
        known: &KnownFeed,
        counts: Identity,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(document_id) = self.keep(false)? {
            return Ok(Some(document_id));
        }
        // `accept` finds equivocation only where issuer and mark are known.
        let (Some(issuer), Some(feed)) = (&known.issuer, &known.feed) else { return Ok(None) };
        let place = Place { issuer_id: issuer.id, feed_id: feed.id };
        // What was withdrawn is evidence from here on, as far as it is still there.
        self.connection
            .prepare_cached(
                "UPDATE documents SET superseded_at = NULL
                 WHERE feed_id = ?1 AND status = 'current'
                   AND id IN (SELECT document_id FROM document_bytes)",
            )?
            .execute([feed.id])?;
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
        if document_id.is_some() {
            self.log(place, counts, &Event::Equivocation { other })?;
            if counts == self.document.identity() {
                self.log_difference(place, feed.mark.identity)?;
            }
            changes::prune(self.connection, issuer.id)?;
        }
        Ok(document_id)
    }

    /// The document is there already: it is put right where it is damaged. What was erased
    /// stays so, unless its name serves it again.
    fn keep(&self, is_from_its_name: bool) -> Result<Option<i64>, StoreError> {
        let Some(document_id) = self.stored_id()? else { return Ok(None) };
        if is_from_its_name {
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
        self.connection
            .prepare_cached("SELECT id FROM documents WHERE identity = ?1")?
            .query_row([self.document.identity().as_bytes()], |row| row.get("id"))
            .optional()
    }

    /// Keeps the longest key history. One that was accepted extends the one before.
    fn store_history(&self, known: Option<&StoredIssuer>) -> rusqlite::Result<i64> {
        let history = self.document.history();
        if let Some(issuer) = known
            && issuer.history.version() >= history.version()
        {
            return Ok(issuer.id);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO issuers (issuer, key_version, key_history) VALUES (?1, ?2, ?3)
                 ON CONFLICT (issuer) DO UPDATE
                     SET key_version = excluded.key_version, key_history = excluded.key_history
                 RETURNING id",
            )?
            .query_row(
                params![
                    history.issuer().as_str(),
                    history.version(),
                    Value::Array(history.to_json()).to_string(),
                ],
                |row| row.get("id"),
            )
    }

    /// Moves the mark of the document's feed to the document.
    fn store_feed(&self, issuer_id: i64) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "INSERT INTO feeds (issuer_id, kind, subject,
                                    mark_key_version, mark_sequence, mark_identity)
                 VALUES (:issuer_id, :kind, :subject, :key_version, :sequence, :identity)
                 ON CONFLICT (issuer_id, kind, subject) DO UPDATE
                     SET mark_key_version = excluded.mark_key_version,
                         mark_sequence = excluded.mark_sequence,
                         mark_identity = excluded.mark_identity
                 RETURNING id",
            )?
            .query_row(
                named_params! {
                    ":issuer_id": issuer_id,
                    ":kind": self.document.kind().type_name(),
                    ":subject": self.document.subject(),
                    ":key_version": self.document.key_version(),
                    ":sequence": columns::sequence(self.document.sequence()),
                    ":identity": self.document.identity().as_bytes(),
                },
                |row| row.get("id"),
            )
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
        let document_id: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO documents (feed_id, identity, bytes_hash, key_version, sequence,
                                        issued_at, expires_at, status, accepted_at)
                 VALUES (:feed_id, :identity, :bytes_hash, :key_version, :sequence,
                         :issued_at, :expires_at, :status, :now)
                 RETURNING id",
            )?
            .query_row(
                named_params! {
                    ":feed_id": feed_id,
                    ":identity": document.identity().as_bytes(),
                    ":bytes_hash": document.bytes_hash().as_bytes(),
                    ":key_version": document.key_version(),
                    ":sequence": columns::sequence(document.sequence()),
                    ":issued_at": document.issued_at().unix(),
                    ":expires_at": document.expires_at().unix(),
                    ":status": status.as_str(),
                    ":now": self.now.unix(),
                },
                |row| row.get("id"),
            )?;
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
                     WHERE feed_id = ?1 AND key_version = ?2 AND sequence = ?3
                       AND status = 'equivocating'
                     ORDER BY identity LIMIT -1 OFFSET ?4
                 )",
            )?
            .execute(params![
                feed_id,
                self.document.key_version(),
                columns::sequence(self.document.sequence()),
                columns::limit(MAX_EVIDENCE),
            ])?;
        Ok(())
    }

    /// After new keys, what the issuer signed with the old ones no longer counts in any of
    /// its feeds until it is signed again.
    fn rotate(&self, known: &StoredIssuer, place: Place) -> Result<(), StoreError> {
        let (from_version, to_version) = (known.history.version(), self.document.key_version());
        if to_version <= from_version {
            return Ok(());
        }
        self.connection
            .prepare_cached(
                "UPDATE documents
                 SET superseded_at = coalesce(superseded_at, ?2),
                     status = CASE status WHEN 'current' THEN 'outdated' ELSE status END
                 WHERE (superseded_at IS NULL OR status = 'current') AND key_version < ?3
                   AND feed_id IN (SELECT id FROM feeds WHERE issuer_id = ?1)",
            )?
            .execute(params![place.issuer_id, self.now.unix(), to_version])?;
        let event = Event::KeysChanged { from_version, to_version };
        self.log(place, self.document.identity(), &event)
    }

    fn log(&self, place: Place, counts: Identity, event: &Event) -> Result<(), StoreError> {
        let server_name = match self.document.kind() {
            Kind::Profile => Some(self.document.subject()),
            Kind::EndorsementList | Kind::ObservationReport => None,
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
) -> Result<Option<wellspring_document::Verified<EndorsementList>>, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT bytes FROM documents JOIN document_bytes ON document_id = documents.id
             WHERE identity = ?1",
        )?
        .query_row([identity.as_bytes()], |row| row.get("bytes"))
        .optional()?;
    Ok(bytes.and_then(|bytes| RawDocument::new(bytes).verify().ok()))
}
