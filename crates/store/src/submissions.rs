use rusqlite::{Connection, Row, ToSql, params};
use wellspring_document::{ServerName, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns as _};
use crate::error::{Found, StoreError};

/// The most submitted names that wait to be asked. A node asks them in its next rounds, so that
/// more than these are a flood.
pub const MAX_SUBMISSIONS_WAITING: u32 = 1_000;

/// The most submitted names of one registered domain: whoever has a domain has as many names
/// as they like, and all of them may lead to one host (threat: amplification).
pub const MAX_SUBMISSIONS_OF_DOMAIN: u32 = 50;

/// The most submitted names that serve no profile.
pub const MAX_SUBMISSIONS: u32 = 10_000;

/// The most submitted names that serve a profile. They are counted apart, so that whoever fills
/// one of the two leaves the other as it is.
pub const MAX_SUBMISSIONS_SERVED: u32 = 10_000;

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
    /// There are [`MAX_SUBMISSIONS_OF_DOMAIN`] of the domain, of which some wait to be asked and
    /// the others serve a profile.
    #[error(
        "{MAX_SUBMISSIONS_OF_DOMAIN} names of this domain were submitted already, and some of them wait to be asked"
    )]
    TooManyOfDomain,
    /// There are [`MAX_SUBMISSIONS_OF_DOMAIN`] of the domain, and all of them serve a profile.
    #[error(
        "{MAX_SUBMISSIONS_OF_DOMAIN} names of this domain were submitted already, and all of them serve a profile"
    )]
    DomainIsFull,
}

/// Submitted names beside what is known of asking them.
const WITH_ANSWERS: &str = "submissions
    LEFT JOIN sources ON kind = 'well-known' AND location = submissions.server_name
    LEFT JOIN sights ON sights.server_name = submissions.server_name";

/// The name has not been asked since it was submitted. A host that fails is left alone for so
/// long that it takes nobody's place meanwhile.
const WAITS: &str =
    "(last_attempt IS NULL OR (last_attempt < submitted_at AND failure_code IS NULL))";

/// The name serves a profile.
const SERVES: &str = "sights.status IS 'served'";

impl Store {
    /// Keeps a server name that was submitted at `at`, so that its profile is asked for.
    /// `domain` is the registered domain that it belongs to. A name that is kept already is
    /// submitted anew. Where there is no more room, of the domain or at all, the oldest name
    /// that was asked and serves no profile makes it.
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
            let of_domain = "domain = ?1";
            let is_full = |condition: &str| -> rusqlite::Result<bool> {
                let sql = format!("SELECT count(*) AS rows FROM {WITH_ANSWERS} WHERE {condition}");
                let rows = |row: &Row<'_>| row.get::<_, u32>("rows");
                let rows = transaction.prepare_cached(&sql)?.query_row([domain], rows)?;
                Ok(rows >= MAX_SUBMISSIONS_OF_DOMAIN)
            };
            if is_full(of_domain)? && !make_room(&transaction, of_domain, &[&domain])? {
                let all_serve = is_full(&format!("{of_domain} AND {SERVES}"))?;
                return Ok(Err(match all_serve {
                    true => NotSubmitted::DomainIsFull,
                    false => NotSubmitted::TooManyOfDomain,
                }));
            }
            // Many more of them may be kept than may wait, so that one makes room.
            let unserved = count(&transaction, WITH_ANSWERS, &format!("NOT {SERVES}"))?;
            if unserved >= MAX_SUBMISSIONS {
                make_room(&transaction, "true", &[])?;
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
    /// serve no profile, with what came of asking them. Of those that serve one, only
    /// [`MAX_SUBMISSIONS_SERVED`] go on being asked for the submission's sake: the domain that
    /// has the most of them gives up its oldest first, so that whoever has many names crowds
    /// out their own. Gives how many were forgotten.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn drop_submissions(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let last = now.plus_days(-SUBMISSION_DAYS).unix();
        let dropped = forget(&transaction, &format!("submitted_at <= {last}"), &[])?;
        let crowded_out = match count(&transaction, WITH_ANSWERS, SERVES)? {
            ..=MAX_SUBMISSIONS_SERVED => 0,
            _ => transaction.execute(
                &format!(
                    "DELETE FROM submissions WHERE id IN (
                         SELECT id FROM (
                             SELECT submissions.id, submitted_at, row_number() OVER (
                                 PARTITION BY domain ORDER BY submitted_at DESC, submissions.id
                             ) AS place
                             FROM {WITH_ANSWERS} WHERE {SERVES}
                         )
                         ORDER BY place, submitted_at DESC, id
                         LIMIT -1 OFFSET {MAX_SUBMISSIONS_SERVED}
                     )"
                ),
                [],
            )?,
        };
        transaction.commit()?;
        Ok(dropped + crowded_out)
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

/// Forgets the oldest name that was asked, serves no profile and fits `condition` with these
/// parameters. Whether there was one.
fn make_room(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<bool> {
    let oldest =
        format!("{condition} AND NOT {WAITS} ORDER BY submitted_at, submissions.id LIMIT 1");
    Ok(forget(connection, &oldest, parameters)? > 0)
}

/// Forgets the names that serve no profile and fit `condition`, with what came of asking them
/// where nothing else rests on it: nobody may fill the database by submitting names. Gives
/// how many there were.
fn forget(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<usize> {
    let sql = format!(
        "SELECT submissions.server_name AS name FROM {WITH_ANSWERS}
         WHERE NOT {SERVES} AND {condition}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let names = statement.query_map(parameters, |row| row.get::<_, String>("name"))?;
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
