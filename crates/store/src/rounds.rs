use rusqlite::named_params;
use wellspring_document::Timestamp;

use crate::Store;
use crate::columns::{ReadColumns as _, at_most_one};
use crate::error::StoreError;

/// A round of asking the sources that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// When it began, by the node's clock.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How many sources were asked.
    pub asked: u32,
    /// How many of them had nothing new.
    pub unchanged: u32,
    /// How many documents were new.
    pub accepted: u32,
    /// How many sources could not be read or used.
    pub failed: u32,
}

impl Store {
    /// Records a round in the place of the one before.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn record_round(&mut self, round: &Round) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO rounds
                     (id, began_at, ended_at, asked, unchanged, accepted, failed)
                 VALUES (1, :began_at, :ended_at, :asked, :unchanged, :accepted, :failed)",
            )?
            .execute(named_params! {
                ":began_at": round.began_at.unix(),
                ":ended_at": round.ended_at.unix(),
                ":asked": round.asked,
                ":unchanged": round.unchanged,
                ":accepted": round.accepted,
                ":failed": round.failed,
            })?;
        transaction.commit()?;
        Ok(())
    }

    /// The last round that came to its end, be it of this program or of another one on the
    /// same database; nothing where there was none.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn last_round(&self) -> Result<Option<Round>, StoreError> {
        let statement = self.connection.prepare_cached("SELECT * FROM rounds")?;
        at_most_one(statement, [], "rounds", |row| {
            Ok(Round {
                began_at: row.read("began_at")?,
                ended_at: row.read("ended_at")?,
                asked: row.get("asked")?,
                unchanged: row.get("unchanged")?,
                accepted: row.get("accepted")?,
                failed: row.get("failed")?,
            })
        })
    }
}
