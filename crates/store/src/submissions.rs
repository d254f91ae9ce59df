use rusqlite::{Connection, Row, params};
use wellspring_document::{ServerName, SightStatus, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns as _};
use crate::error::{Found, StoreError};

/// The most submitted names that wait to be asked. A node asks them within seconds, so that
/// more than these are a flood.
pub const MAX_SUBMISSIONS_WAITING: u32 = 1_000;

/// The most submitted names of one registered domain: whoever has a domain has as many names
/// as they like, and all of them may lead to one host (threat: amplification).
pub const MAX_SUBMISSIONS_OF_DOMAIN: u32 = 50;

/// The most submitted names at all.
pub const MAX_SUBMISSIONS: u32 = 10_000;

/// For how many days a submitted name that serves no profile is kept and asked.
pub const SUBMISSION_DAYS: i64 = 30;

/// A server name that somebody proposed to this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The name.
    pub server_name: ServerName,
    /// When it was submitted; the last time, where that was several times.
    pub submitted_at: Timestamp,
}

/// Why a submitted name was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSubmitted {
    /// There are [`MAX_SUBMISSIONS_WAITING`] that wait.
    #[error("{MAX_SUBMISSIONS_WAITING} submitted names wait to be asked already")]
    TooManyWait,
    /// There are [`MAX_SUBMISSIONS_OF_DOMAIN`] of the domain.
    #[error("{MAX_SUBMISSIONS_OF_DOMAIN} names of this domain were submitted already")]
    TooManyOfDomain,
    /// There are [`MAX_SUBMISSIONS`], and each of them serves a profile or waits.
    #[error("there is no room for more than {MAX_SUBMISSIONS} submitted names")]
    NoRoom,
}

/// Submitted names beside what is known of asking them.
const WITH_ANSWERS: &str = "submissions
    LEFT JOIN sources ON kind = 'well-known' AND location = submissions.server_name
    LEFT JOIN sights ON sights.server_name = submissions.server_name";

/// The name has not been asked since it was submitted.
const WAITS: &str = "(last_attempt IS NULL OR last_attempt < submitted_at)";

impl Store {
    /// Keeps a server name that was submitted at `at`, so that its profile is asked for.
    /// `domain` is the registered domain that it belongs to. A name that is kept already is
    /// submitted anew. Where there is no more room, the oldest name that was asked and serves
    /// no profile makes it.
    ///
    /// # Errors
    /// Where the database fails; then nothing was kept. That the name is not taken is no
    /// error, but [`NotSubmitted`].
    pub fn submit(
        &mut self,
        server_name: &ServerName,
        domain: &str,
        at: Timestamp,
    ) -> Result<Result<(), NotSubmitted>, StoreError> {
        let transaction = self.begin()?;
        if count(&transaction, WITH_ANSWERS, WAITS)? >= MAX_SUBMISSIONS_WAITING {
            return Ok(Err(NotSubmitted::TooManyWait));
        }
        let updated = transaction
            .prepare_cached("UPDATE submissions SET submitted_at = ?2 WHERE server_name = ?1")?
            .execute(params![server_name.as_str(), at.unix()])?;
        if updated == 0 {
            let of_domain: u32 = transaction
                .prepare_cached("SELECT count(*) AS rows FROM submissions WHERE domain = ?1")?
                .query_row([domain], |row| row.get("rows"))?;
            if of_domain >= MAX_SUBMISSIONS_OF_DOMAIN {
                return Ok(Err(NotSubmitted::TooManyOfDomain));
            }
            let kept = count(&transaction, "submissions", "true")?;
            if kept >= MAX_SUBMISSIONS && !make_room(&transaction)? {
                return Ok(Err(NotSubmitted::NoRoom));
            }
            transaction
                .prepare_cached(
                    "INSERT INTO submissions (server_name, domain, submitted_at)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute(params![server_name.as_str(), domain, at.unix()])?;
        }
        transaction.commit()?;
        Ok(Ok(()))
    }

    /// Every submitted name that is kept, by name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn submissions(&self) -> Result<Found<Submission>, StoreError> {
        let statement =
            self.connection.prepare_cached("SELECT * FROM submissions ORDER BY server_name")?;
        columns::collect(statement, [], "submissions", read_submission)
    }

    /// One submitted name, where it is kept.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn submission(&self, server_name: &ServerName) -> Result<Option<Submission>, StoreError> {
        let statement =
            self.connection.prepare_cached("SELECT * FROM submissions WHERE server_name = ?1")?;
        columns::at_most_one(statement, [server_name.as_str()], "submissions", read_submission)
    }

    /// Forgets the names that were submitted [`SUBMISSION_DAYS`] before `now` or earlier and
    /// serve no profile, with what came of asking them. Gives how many there were.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn drop_submissions(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let last = now.plus_days(-SUBMISSION_DAYS).unix();
        let dropped = forget(&transaction, &format!("submitted_at <= {last}"))?;
        transaction.commit()?;
        Ok(dropped)
    }
}

fn read_submission(row: &Row<'_>) -> rusqlite::Result<Submission> {
    Ok(Submission {
        server_name: row.read("server_name")?,
        submitted_at: row.read("submitted_at")?,
    })
}

fn count(connection: &Connection, table: &str, condition: &str) -> rusqlite::Result<u32> {
    connection
        .prepare_cached(&format!("SELECT count(*) AS rows FROM {table} WHERE {condition}"))?
        .query_row([], |row| row.get("rows"))
}

/// Forgets the oldest name that was asked and serves no profile. Whether there was one.
fn make_room(connection: &Connection) -> rusqlite::Result<bool> {
    let oldest = format!("NOT {WAITS} ORDER BY submitted_at, submissions.id LIMIT 1");
    Ok(forget(connection, &oldest)? > 0)
}

/// Forgets the names that serve no profile and fit `condition`, with what came of asking them
/// where nothing else rests on it: nobody may fill the database by submitting names. Gives
/// how many there were.
fn forget(connection: &Connection, condition: &str) -> rusqlite::Result<usize> {
    let sql = format!(
        "SELECT submissions.server_name AS name FROM {WITH_ANSWERS}
         WHERE sights.status IS NOT '{}' AND {condition}",
        SightStatus::Served.as_str()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>("name"))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    let mut forget_submission =
        connection.prepare_cached("DELETE FROM submissions WHERE server_name = ?1")?;
    let mut forget_source = connection.prepare_cached(
        "DELETE FROM sources WHERE kind = 'well-known' AND location = ?1
             AND location NOT IN (SELECT server_name FROM sights)
             AND id NOT IN (SELECT source_id FROM document_sources)",
    )?;
    for name in &names {
        forget_submission.execute([name])?;
        forget_source.execute([name])?;
    }
    Ok(names.len())
}
