use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension, named_params, params};
use wellspring_document::json::Value;
use wellspring_document::{
    AcceptRefusal, Acceptance, Accepted, AnyVerified, Aside, BytesHash, EndorsementList, Identity,
    KeyBranches, Kind, RawDocument, Timestamp, accept,
};

use crate::Store;
use crate::changes::{self, Event, Place};
use crate::clock;
use crate::columns::{self, ReadColumns as _};
use crate::contests::{self, Followed};
use crate::difference::difference;
use crate::documents::DocumentStatus;
use crate::error::{CorruptRow, StoreError};
use crate::feeds::{self, KnownFeed, StoredIssuer};
use crate::mirrors;
use crate::sources::{self, SourceKey, SourceKind};

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
        let followed = Arc::clone(&self.followed);
        let transaction = self.begin()?;
        let outcomes = arrivals
            .iter()
            .map(|arrival| accept_one(&transaction, *arrival, &followed, now))
            .collect::<Result<Vec<_>, _>>()?;
        if outcomes.iter().any(Result::is_ok) {
            clock::advance(&transaction, now)?;
        }
        transaction.commit()?;
        Ok(outcomes)
    }
}

/// Judges one document and applies the decision. Where rows of the database contradict each
/// other, it is the document that is not accepted, and the others of its batch are.
pub(crate) fn accept_one(
    connection: &Connection,
    arrival: Arrival<'_>,
    followed: &Followed,
    now: Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError> {
    connection.prepare_cached("SAVEPOINT document")?.execute([])?;
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

fn judge_and_apply(
    connection: &Connection,
    arrival: Arrival<'_>,
    followed: &Followed,
    now: Timestamp,
) -> Result<Result<Acceptance, NotAccepted>, StoreError> {
    let document = arrival.document;
    put_in_its_feed(connection, document)?;
    let known = match KnownFeed::load(connection, document, followed) {
        Ok(known) => known,
        Err(StoreError::Corrupt(row)) => return Ok(Err(row.into())),
        Err(error) => return Err(error),
    };
    let source = arrival.source.map(|key| sources::id_of(connection, key)).transpose()?;
    let accepted = match accept(&known.state(), document, now) {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let Accepted { acceptance, branches, aside, is_followed } = accepted;
    let aside = aside.filter(|_| !is_followed);
    let step = Step { connection, document, counts: aside.is_none(), now };
    let issuer_id = step.store_branches(known.issuer.as_ref(), &branches)?;
    match acceptance {
        Acceptance::New => step.take(issuer_id, &known)?,
        Acceptance::Known => step.keep(&known, step.is_given_again(arrival)?)?,
        Acceptance::Equivocation { counts } => step.keep_evidence(issuer_id, &known, counts)?,
    }
    if let Some(issuer) = &known.issuer {
        step.move_keys(issuer, &branches)?;
    }
    if !step.counts {
        step.drop_surplus_asides(issuer_id, &branches)?;
    }
    if let (Some(document_id), Some(source)) = (step.stored_id()?, source) {
        sources::saw_document(connection, source, document_id, now)?;
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
fn put_in_its_feed(connection: &Connection, document: &AnyVerified) -> rusqlite::Result<()> {
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

/// The writing for one document whose acceptance is decided.
struct Step<'a> {
    connection: &'a Connection,
    document: &'a AnyVerified,
    /// Whether its keys are those that count.
    counts: bool,
    now: Timestamp,
}

impl Step<'_> {
    /// The document becomes the one of its feed under its keys.
    fn take(&self, issuer_id: i64, known: &KnownFeed) -> Result<(), StoreError> {
        let feed_id = self.store_feed(issuer_id)?;
        self.supersede(feed_id)?;
        self.insert(feed_id, DocumentStatus::Current)?;
        if !self.counts {
            return Ok(());
        }
        let place = Place { issuer_id, feed_id };
        let previous = match &known.feed {
            Some(feed) => Some(feed.mark.identity),
            None => self.identity_under_older_keys(feed_id)?,
        };
        let event = previous
            .map_or(Event::DocumentAccepted, |previous| Event::DocumentReplaced { previous });
        self.log(place, self.document.identity(), &event)?;
        if let Some(previous) = previous {
            self.log_difference(place, previous)?;
        }
        changes::prune(self.connection, issuer_id)
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

    /// The issuer signed two documents with one number: both are kept, one counts.
    fn keep_evidence(
        &self,
        issuer_id: i64,
        known: &KnownFeed,
        counts: Identity,
    ) -> Result<(), StoreError> {
        if self.stored_id()?.is_some() {
            return self.keep(known, false);
        }
        // `accept` finds equivocation only where there is a mark.
        let Some(feed) = &known.feed else { return Ok(()) };
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

        if self.counts && self.stored_id()?.is_some() {
            self.log(place, counts, &Event::Equivocation { other })?;
            if counts == self.document.identity() {
                self.log_difference(place, feed.mark.identity)?;
            }
            changes::prune(self.connection, issuer_id)?;
        }
        Ok(())
    }

    /// Whether a document comes from where it counts that it is there again, after it was
    /// withdrawn.
    fn is_given_again(&self, arrival: Arrival<'_>) -> Result<bool, StoreError> {
        if arrival.source.is_none() {
            return Ok(false);
        }
        let Some(document_id) = self.stored_id()? else { return Ok(false) };
        Ok(arrival.is_from_its_name()
            || mirrors::is_withdrawn_by_mirrors(self.connection, document_id)?)
    }

    /// The document is there already: it is put right where it is damaged. What was erased
    /// stays so, unless it is given again.
    fn keep(&self, known: &KnownFeed, is_given_again: bool) -> Result<(), StoreError> {
        let Some(document_id) = self.stored_id()? else {
            // It had to make room while its keys did not count; its mark stayed.
            return match &known.feed {
                Some(feed) => Ok(self.insert(feed.id, DocumentStatus::Current)?),
                None => Ok(()),
            };
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
        Ok(())
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
    fn store_branches(
        &self,
        known: Option<&StoredIssuer>,
        branches: &KeyBranches,
    ) -> rusqlite::Result<i64> {
        if let Some(issuer) = known
            && issuer.branches.is_same_evidence(branches)
        {
            return Ok(issuer.id);
        }
        let histories: Value =
            branches.histories().map(|history| Value::Array(history.to_json())).collect();
        self.connection
            .prepare_cached(
                "INSERT INTO issuers (issuer, accepted_state, is_contested, key_histories)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (issuer) DO UPDATE
                     SET accepted_state = excluded.accepted_state,
                         is_contested = excluded.is_contested,
                         key_histories = excluded.key_histories
                 RETURNING id",
            )?
            .query_row(
                params![
                    branches.issuer().as_str(),
                    branches.accepted().current_hash(),
                    branches.is_contested(),
                    histories.to_string(),
                ],
                |row| row.get("id"),
            )
    }

    /// Moves the mark of the document's feed to the document.
    fn store_feed(&self, issuer_id: i64) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "INSERT INTO feeds (issuer_id, kind, subject, key_state, key_version,
                                    mark_sequence, mark_identity)
                 VALUES (:issuer_id, :kind, :subject, :key_state, :key_version,
                         :sequence, :identity)
                 ON CONFLICT (issuer_id, kind, subject, key_state) DO UPDATE
                     SET mark_sequence = excluded.mark_sequence,
                         mark_identity = excluded.mark_identity
                 RETURNING id",
            )?
            .query_row(
                named_params! {
                    ":issuer_id": issuer_id,
                    ":kind": self.document.kind().type_name(),
                    ":subject": self.document.subject(),
                    ":key_state": self.document.history().current_hash(),
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

    fn insert(&self, feed_id: i64, status: DocumentStatus) -> rusqlite::Result<()> {
        let document = self.document;
        let document_id: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO documents (feed_id, identity, bytes_hash, sequence, issued_at,
                                        expires_at, status, accepted_at, superseded_at)
                 VALUES (:feed_id, :identity, :bytes_hash, :sequence, :issued_at,
                         :expires_at, :status, :now, :superseded_at)
                 RETURNING id",
            )?
            .query_row(
                named_params! {
                    ":feed_id": feed_id,
                    ":identity": document.identity().as_bytes(),
                    ":bytes_hash": document.bytes_hash().as_bytes(),
                    ":sequence": columns::sequence(document.sequence()),
                    ":issued_at": document.issued_at().unix(),
                    ":expires_at": document.expires_at().unix(),
                    ":status": status.as_str(),
                    ":now": self.now.unix(),
                    ":superseded_at": (!self.counts).then(|| self.now.unix()),
                },
                |row| row.get("id"),
            )?;
        self.connection
            .prepare_cached("INSERT INTO document_bytes (document_id, bytes) VALUES (?1, ?2)")?
            .execute(params![document_id, &document.bytes()[..]])?;
        Ok(())
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
    fn move_keys(&self, known: &StoredIssuer, branches: &KeyBranches) -> Result<(), StoreError> {
        let before = &known.branches;
        if contests::counting_states(before) != contests::counting_states(branches) {
            contests::settle(self.connection, known.id, branches, self.now)?;
        }
        let (before, after) = (before.accepted(), branches.accepted());
        if before == after {
            return Ok(());
        }
        let feed = feeds::stored_feed(self.connection, self.document)?;
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
    fn drop_surplus_asides(
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
