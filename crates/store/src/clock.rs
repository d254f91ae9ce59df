use rusqlite::{Connection, params};
use wellspring_document::Timestamp;

use crate::Store;
use crate::columns::{ReadColumns as _, at_most_one};
use crate::error::StoreError;

/// Every time in the database that was taken from this node's own clock, but for
/// `clock.latest_at`. What documents say is not among them.
const OWN_TIMES: [(&str, &str); 23] = [
    ("documents", "accepted_at"),
    ("documents", "superseded_at"),
    ("sources", "last_attempt"),
    ("sources", "last_good"),
    ("sources", "failing_since"),
    ("sources", "next_attempt"),
    ("sources", "first_copy_at"),
    ("rounds", "began_at"),
    ("rounds", "ended_at"),
    ("document_sources", "first_seen_at"),
    ("document_sources", "last_seen_at"),
    ("document_sources", "dropped_at"),
    ("changes", "at"),
    ("sights", "seen_at"),
    ("sights", "first_seen_at"),
    ("sights", "name_first_seen_at"),
    ("sights", "profile_first_seen_at"),
    ("sights", "absent_since"),
    ("issuer_sights", "first_seen_at"),
    ("adopted_names", "first_seen_at"),
    ("submissions", "submitted_at"),
    ("told_changes", "at"),
    ("taken_out", "at"),
];

impl Store {
    /// The latest time that this node knows to have been: that of the last document that it
    /// accepted or of the last round that it completed ([`Store::record_time`]), by its own
    /// clock. What documents claim does not move it.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn latest_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let statement = self.connection.prepare_cached("SELECT id, latest_at FROM clock")?;
        at_most_one(statement, [], "clock", |row| row.read("latest_at"))
    }

    /// Records that it is `now`. An earlier time than the one on record changes nothing.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn record_time(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        advance(&transaction, now)?;
        transaction.commit()?;
        Ok(())
    }

    /// Takes `now` for the time that it is, although a later one is on record: the clock was
    /// ahead by mistake. Every time that this node wrote down by that clock and that lies
    /// after `now` becomes `now`, so that nothing waits for it to come. What documents say
    /// stays as it is: those from the future do not count until their time has come
    /// ([`Store::load`]).
    ///
    /// # Errors
    /// Where the database cannot be written; then nothing was changed.
    pub fn turn_back_clock(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        for (table, column) in OWN_TIMES {
            let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {column} > ?1");
            transaction.execute(&sql, [now.unix()])?;
        }
        transaction.execute("DELETE FROM clock", [])?;
        advance(&transaction, now)?;
        transaction.commit()?;
        Ok(())
    }
}

/// Moves the latest time forward.
pub(crate) fn advance(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO clock (id, latest_at) VALUES (1, ?1)
             ON CONFLICT (id) DO UPDATE SET latest_at = max(latest_at, excluded.latest_at)",
        )?
        .execute(params![now.unix()])?;
    Ok(())
}
