use std::num::NonZero;
use std::thread;

use rusqlite::{Row, params};
use wellspring_document::{AnyVerified, BytesHash, IssuerId, RawDocument};

use crate::Store;
use crate::columns::{self, ReadColumns};
use crate::error::{CorruptRow, Found, StoreError};
use crate::feeds::{Feed, read_feed};

/// A row that claims to hold the current document of a feed.
struct Claim {
    document_id: i64,
    feed: Feed,
    hash: BytesHash,
    bytes: Vec<u8>,
}

impl Store {
    /// The documents that count in every feed, by kind name, issuer and subject. Those that
    /// have expired are among them, and those that were withdrawn until they are erased:
    /// that is judged by whoever uses them.
    ///
    /// Everything is verified again, from the bytes: whoever can write to the file can take
    /// documents away but not put words into anybody's mouth. It takes all processors that
    /// there are.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn load(&self) -> Result<Found<AnyVerified>, StoreError> {
        self.load_counting(None)
    }

    /// As [`Store::load`], of one issuer.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn load_of(&self, issuer: &IssuerId) -> Result<Found<AnyVerified>, StoreError> {
        self.load_counting(Some(issuer))
    }

    fn load_counting(&self, issuer: Option<&IssuerId>) -> Result<Found<AnyVerified>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT documents.id, kind, issuer, subject, bytes_hash, bytes
             FROM documents
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = issuer_id
             LEFT JOIN document_bytes ON document_id = documents.id
             WHERE status = 'current' AND key_state = accepted_state
               AND (superseded_at IS NULL OR bytes IS NOT NULL)
               AND (?1 IS NULL OR issuer = ?1)
             ORDER BY kind, issuer, subject",
        )?;
        let issuer = params![issuer.map(IssuerId::as_str)];
        let Found { rows: claims, mut corrupt } =
            columns::collect(statement, issuer, "documents", read_claim)?;
        let mut rows = Vec::with_capacity(claims.len());
        for outcome in verify_all(claims) {
            match outcome {
                Ok(document) => rows.push(document),
                Err(row) => corrupt.push(row),
            }
        }
        Ok(Found { rows, corrupt })
    }
}

fn read_claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
    Ok(Claim {
        document_id: row.get("id")?,
        feed: read_feed(row)?,
        hash: row.read("bytes_hash")?,
        bytes: row.get("bytes")?,
    })
}

/// Verifies each claim and keeps their order.
fn verify_all(claims: Vec<Claim>) -> Vec<Result<AnyVerified, CorruptRow>> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(claims.len().max(1));
    // Dealt out like cards, because large documents stand side by side in the order.
    let mut hands: Vec<Vec<(usize, Claim)>> = Vec::new();
    hands.resize_with(threads, Vec::new);
    for (position, claim) in claims.into_iter().enumerate() {
        hands[position % threads].push((position, claim));
    }
    let mut outcomes: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = hands
            .into_iter()
            .map(|hand| {
                scope.spawn(move || {
                    let verify = |(position, claim)| (position, verify(claim));
                    hand.into_iter().map(verify).collect::<Vec<_>>()
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
    let corrupt = |problem: String| CorruptRow {
        table: "document_bytes",
        row: document_id,
        column: "bytes".to_owned(),
        problem,
    };
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
