use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use wellspring_document::{Identity, ServerName, Timestamp};

use crate::Store;
use crate::columns::{self, FromColumn, ReadColumns};
use crate::difference::EntryChange;
use crate::error::{Found, StoreError};
use crate::feeds::{Feed, read_feed};

/// How many changes of one issuer the log keeps: several whole lists of today. The oldest
/// go first, so that whoever rewrites a list every hour pushes out nobody's history but
/// their own.
pub const MAX_CHANGES_PER_ISSUER: usize = 20_000;

/// Something that happened in a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Rises with every change and is never used again.
    pub number: i64,
    /// When this node took notice.
    pub at: Timestamp,
    /// The feed in which it happened.
    pub feed: Feed,
    /// The document that counts since.
    pub identity: Identity,
    /// The server that it concerns, where it concerns one.
    pub server_name: Option<ServerName>,
    /// What happened.
    pub event: Event,
}

/// What happened in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first document of the feed was accepted. The entries of a first endorsement list
    /// are no changes of their own.
    DocumentAccepted,
    /// A newer document replaced the one before.
    DocumentReplaced {
        /// The document before.
        previous: Identity,
    },
    /// The issuer signed different documents with one sequence number.
    Equivocation {
        /// The one that does not count.
        other: Identity,
    },
    /// The issuer has new keys. What it signed with older ones no longer counts.
    KeysChanged {
        /// The version of the last key state before.
        from_version: u32,
        /// The version now.
        to_version: u32,
    },
    /// The issuer's keys lead two ways and no recovery decides between them. Nothing counts
    /// that was signed after they parted.
    KeysContested {
        /// The version of the last key state that both share.
        common_version: u32,
    },
    /// An entry of an endorsement list is not as it was in the issue before.
    EntryChanged {
        /// How it differs.
        entry: EntryChange,
    },
}

impl FromColumn for Event {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl Store {
    /// The newest changes that concern a server, newest first, at most `most`: of its
    /// profiles and of the entries about it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn changes_of(
        &self,
        server_name: &ServerName,
        most: usize,
    ) -> Result<Found<Change>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT changes.id, at, kind, issuer, subject, identity, server_name, event
             FROM changes
             JOIN feeds ON feeds.id = feed_id
             JOIN issuers ON issuers.id = changes.issuer_id
             WHERE server_name = ?2 ORDER BY changes.id DESC LIMIT ?1",
        )?;
        let parameters = params![columns::limit(most), server_name.as_str()];
        columns::collect(statement, parameters, "changes", read_change)
    }
}

pub(crate) fn read_change(row: &rusqlite::Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        number: row.get("id")?,
        at: row.read("at")?,
        feed: read_feed(row)?,
        identity: row.read("identity")?,
        server_name: row.read_optional("server_name")?,
        event: row.read("event")?,
    })
}

/// The rows of an issuer and of one of its feeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) issuer_id: i64,
    pub(crate) feed_id: i64,
}

pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) identity: Identity,
    pub(crate) server_name: Option<String>,
    pub(crate) event: Event,
}

pub(crate) fn append(
    connection: &Connection,
    entry: &Entry,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = serde_json::to_string(&entry.event)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached(
            "INSERT INTO changes (at, issuer_id, feed_id, identity, server_name, event)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            now.unix(),
            entry.place.issuer_id,
            entry.place.feed_id,
            entry.identity.as_bytes(),
            entry.server_name,
            event,
        ])?;
    Ok(())
}

/// Forgets the oldest changes of an issuer that has too many.
pub(crate) fn prune(connection: &Connection, issuer_id: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM changes WHERE issuer_id = ?1 AND id <= (
                 SELECT id FROM changes WHERE issuer_id = ?1
                 ORDER BY id DESC LIMIT 1 OFFSET ?2
             )",
        )?
        .execute([issuer_id, columns::limit(MAX_CHANGES_PER_ISSUER)])?;
    Ok(())
}
