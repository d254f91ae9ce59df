use std::collections::BTreeSet;

use rusqlite::params;
use wellspring_document::{ServerName, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns};
use crate::error::{Found, StoreError};
use crate::sources::{SourceKey, id_of};

/// For how many days the names in the first copy of an adopted list count as known already.
pub const DAYS_KNOWN_BEFORE: i64 = 30;

/// A server on a list that this node adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedName {
    /// The server.
    pub server_name: ServerName,
    /// When this node first read it on that list.
    pub first_seen_at: Timestamp,
    /// Whether that was in the first copy of the list that it read.
    pub in_first_copy: bool,
}

impl AdoptedName {
    /// Since when the server counts as known by this list, where neither the list nor the
    /// configuration gives a date: the first copy vouches for [`DAYS_KNOWN_BEFORE`] days,
    /// so that a node with one adopted list has servers to recommend on its first day.
    /// Whoever turns up later waits like everybody.
    pub fn known_since(&self) -> Timestamp {
        if self.in_first_copy {
            self.first_seen_at.plus_days(-DAYS_KNOWN_BEFORE)
        } else {
            self.first_seen_at
        }
    }
}

impl Store {
    /// Records the server names on a copy of an adopted list. A name keeps the time of its
    /// first appearance, also where it was gone in between.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn record_adopted_names(
        &mut self,
        source: &SourceKey,
        names: &BTreeSet<ServerName>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        let source_id = id_of(&transaction, source)?;
        // An empty copy is the first one as well.
        let is_first_copy = transaction
            .prepare_cached(
                "UPDATE sources SET first_copy_at = ?2 WHERE id = ?1 AND first_copy_at IS NULL",
            )?
            .execute([source_id, at.unix()])?
            == 1;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO adopted_names (source_id, server_name, first_seen_at, in_first_copy)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source_id, server_name) DO NOTHING",
        )?;
        for name in names {
            insert.execute(params![source_id, name.as_str(), at.unix(), is_first_copy])?;
        }
        drop(insert);
        transaction.commit()?;
        Ok(())
    }

    /// Every name that ever stood on an adopted list, by name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn adopted_names(&self, source: &SourceKey) -> Result<Found<AdoptedName>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT adopted_names.id, server_name, first_seen_at, in_first_copy
             FROM adopted_names JOIN sources ON sources.id = source_id
             WHERE kind = ?1 AND location = ?2 ORDER BY server_name",
        )?;
        let key = params![source.kind.as_str(), source.location];
        columns::collect(statement, key, "adopted_names", |row| {
            Ok(AdoptedName {
                server_name: row.read("server_name")?,
                first_seen_at: row.read("first_seen_at")?,
                in_first_copy: row.get("in_first_copy")?,
            })
        })
    }
}
