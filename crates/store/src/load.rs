use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;

use rusqlite::{OptionalExtension as _, Params, Row, params};
use wellspring_document::{
    AnyVerified, BytesHash, CLOCK_SKEW_SECONDS, IssuerId, RawDocument, StateHash, Timestamp,
};

use crate::Store;
use crate::columns::{self, ReadColumns};
use crate::error::{CorruptRow, Found, StoreError};
use crate::feeds::{Feed, read_feed, stored_issuer};
use crate::replay::Replay;

/// Where a document is said to stand.
struct Place {
    document_id: i64,
    feed: Feed,
    hash: BytesHash,
    is_superseded: bool,
}

/// A row that claims to hold the current document of a feed.
struct Claim {
    document_id: i64,
    feed: Feed,
    hash: BytesHash,
    bytes: Vec<u8>,
}

impl Store {
    /// The documents that count in every feed at `now`, by kind name, issuer and subject.
    /// Those that have expired are among them, and those that were withdrawn until they are
    /// erased: that is judged by whoever uses them.
    ///
    /// What comes from the future of `now` is as if it were not there: then the document
    /// before it counts, where that is still stored, and so do the keys before.
    ///
    /// Everything is verified again, from the bytes: whoever can write to the file can take
    /// documents away but not put words into anybody's mouth. It takes all processors that
    /// there are.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn load(&self, now: Timestamp) -> Result<Found<AnyVerified>, StoreError> {
        let mut found = self.claimed("key_state = accepted_state", params![])?;
        let mut ahead = self.issuers_ahead(None, now)?;
        ahead.extend(issuers_from_the_future(&found.rows, now));
        if ahead.is_empty() {
            return Ok(found);
        }
        found.rows.retain(|document| !ahead.contains(document.issuer()));
        for issuer in ahead {
            found.rows.extend(self.replay(&issuer, now)?.counting(None));
        }
        found.rows.sort_by_cached_key(|document| {
            (document.kind().type_name(), document.issuer().clone(), document.subject())
        });
        Ok(found)
    }

    /// As [`Store::load`], of one issuer.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn load_of(
        &self,
        issuer: &IssuerId,
        now: Timestamp,
    ) -> Result<Found<AnyVerified>, StoreError> {
        let condition = "key_state = accepted_state AND issuer = ?1";
        let found = self.claimed(condition, params![issuer.as_str()])?;
        self.unless_ahead(found, issuer, None, now)
    }

    /// As [`Store::load_of`], for those who follow a key state of the issuer
    /// ([`Store::follow`]).
    ///
    /// # Errors
    /// Where the database cannot be read, or the issuer's key histories are damaged.
    pub fn load_following(
        &self,
        issuer: &IssuerId,
        state: &StateHash,
        now: Timestamp,
    ) -> Result<Found<AnyVerified>, StoreError> {
        let known = stored_issuer(&self.connection, issuer, self.followed.get(issuer))?;
        let Some(known) = known else { return Ok(Found { rows: vec![], corrupt: vec![] }) };
        let accepted = known.branches.accepted_following(state).current_hash();
        let condition = "issuer = ?1 AND key_state = ?2";
        let found = self.claimed(condition, params![issuer.as_str(), accepted])?;
        self.unless_ahead(found, issuer, Some(state), now)
    }

    /// What was found of an issuer, or what was there at `now` where some of it came later.
    fn unless_ahead(
        &self,
        mut found: Found<AnyVerified>,
        issuer: &IssuerId,
        follow: Option<&StateHash>,
        now: Timestamp,
    ) -> Result<Found<AnyVerified>, StoreError> {
        let is_ahead = issuers_from_the_future(&found.rows, now).next().is_some()
            || !self.issuers_ahead(Some(issuer), now)?.is_empty();
        if is_ahead {
            found.rows = self.replay(issuer, now)?.counting(follow);
        }
        Ok(found)
    }

    /// The issuers of whom there are documents that say they were signed after `now`, which
    /// may have taken the place of others. This only finds who must be looked at:
    /// [`Replay`] judges.
    fn issuers_ahead(
        &self,
        among: Option<&IssuerId>,
        now: Timestamp,
    ) -> Result<BTreeSet<IssuerId>, StoreError> {
        let latest = now.plus_seconds(CLOCK_SKEW_SECONDS);
        // As one condition with OR, all documents would be looked at for a single issuer.
        let condition = if among.is_some() { "issuer = ?2" } else { "?2 IS NULL" };
        let statement = self.connection.prepare_cached(&format!(
            "SELECT DISTINCT issuers.id, issuer FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             WHERE issued_at > ?1 AND {condition}",
        ))?;
        let parameters = params![latest.unix(), among.map(IssuerId::as_str)];
        let found = columns::collect(statement, parameters, "issuers", |row| {
            row.read::<IssuerId>("issuer")
        })?;
        Ok(found.rows.into_iter().collect())
    }

    /// Everything that is stored of an issuer, as it would have been accepted at `now`.
    fn replay(&self, issuer: &IssuerId, now: Timestamp) -> Result<Replay, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT documents.id, kind, issuer, subject, bytes_hash, superseded_at
             FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             WHERE issuer = ?1",
        )?;
        let places = columns::collect(statement, [issuer.as_str()], "documents", read_place)?.rows;
        let claims = self.with_bytes(places)?.rows;
        let documents =
            each_in_parallel(claims, verify).into_iter().filter_map(Result::ok).collect();
        Ok(Replay::of(documents, self.followed.get(issuer), now))
    }

    /// The current documents that fulfil a condition. Only texts of this module go into it.
    fn claimed(
        &self,
        condition: &str,
        parameters: impl Params,
    ) -> Result<Found<AnyVerified>, StoreError> {
        let statement = self.connection.prepare_cached(&format!(
            "SELECT documents.id, kind, issuer, subject, bytes_hash, superseded_at
             FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             WHERE status = 'current' AND {condition}
             ORDER BY kind, issuer, subject",
        ))?;
        let Found { rows: places, mut corrupt } =
            columns::collect(statement, parameters, "documents", read_place)?;
        let Found { rows: claims, corrupt: unreadable } = self.with_bytes(places)?;
        corrupt.extend(unreadable);
        let mut rows = Vec::with_capacity(claims.len());
        for outcome in each_in_parallel(claims, verify) {
            match outcome {
                Ok(document) => rows.push(document),
                Err(row) => corrupt.push(row),
            }
        }
        Ok(Found { rows, corrupt })
    }
}

impl Store {
    /// Claims with their bytes, one by one: where a page of the file is damaged, what lies on
    /// it is left out, and the rest is loaded. What was erased is no claim.
    fn with_bytes(&self, places: Vec<Place>) -> Result<Found<Claim>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT bytes FROM document_bytes WHERE document_id = ?1")?;
        let mut found = Found { rows: Vec::with_capacity(places.len()), corrupt: Vec::new() };
        for Place { document_id, feed, hash, is_superseded } in places {
            let bytes =
                statement.query_row([document_id], |row| row.get::<_, Vec<u8>>("bytes")).optional();
            match bytes.map_err(StoreError::from) {
                Ok(Some(bytes)) => found.rows.push(Claim { document_id, feed, hash, bytes }),
                Ok(None) if is_superseded => {}
                Ok(None) => {
                    found.corrupt.push(corrupt_bytes(document_id, "they are not there".to_owned()));
                }
                Err(StoreError::Damaged { source }) => {
                    found.corrupt.push(corrupt_bytes(document_id, source.to_string()));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }
}

fn corrupt_bytes(document_id: i64, problem: String) -> CorruptRow {
    CorruptRow { table: "document_bytes", row: document_id, column: "bytes".to_owned(), problem }
}

/// Whose documents come from the future, or were signed with keys that do.
fn issuers_from_the_future(
    documents: &[AnyVerified],
    now: Timestamp,
) -> impl Iterator<Item = IssuerId> {
    let ahead = documents.iter().filter(move |document| document.is_from_the_future(now));
    ahead.map(|document| document.issuer().clone())
}

fn read_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let superseded_at: Option<i64> = row.get("superseded_at")?;
    Ok(Place {
        document_id: row.get("id")?,
        feed: read_feed(row)?,
        hash: row.read("bytes_hash")?,
        is_superseded: superseded_at.is_some(),
    })
}

/// Does work for each item on all processors that there are, and keeps their order.
pub(crate) fn each_in_parallel<T: Send, R: Send>(items: Vec<T>, work: fn(T) -> R) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len().max(1));
    // Dealt out like cards, because large documents stand side by side in the order.
    let mut hands: Vec<Vec<(usize, T)>> = Vec::new();
    hands.resize_with(threads, Vec::new);
    for (position, item) in items.into_iter().enumerate() {
        hands[position % threads].push((position, item));
    }
    let mut outcomes: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = hands
            .into_iter()
            .map(|hand| {
                scope.spawn(move || {
                    let done = |(position, item)| (position, work(item));
                    hand.into_iter().map(done).collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(outcomes) => outcomes,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    outcomes.sort_by_key(|(position, _)| *position);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn verify(claim: Claim) -> Result<AnyVerified, CorruptRow> {
    let Claim { document_id, feed, hash, bytes } = claim;
    let corrupt = |problem| corrupt_bytes(document_id, problem);
    let document =
        RawDocument::new(bytes).verify_any().map_err(|error| corrupt(error.to_string()))?;
    if document.bytes_hash() != hash {
        return Err(corrupt("its hash is not the one that was recorded".to_owned()));
    }
    if Feed::of(&document) != feed {
        return Err(corrupt("it is a document of another feed".to_owned()));
    }
    Ok(document)
}
