use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use wellspring_document::{Identity, IssuerId, ServerName, Sight, SightStatus, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns, at_most_one};
use crate::error::{CorruptRow, Found, StoreError};

/// How many answers of "not found" withdraw a profile. One may be a slip of the operator.
pub const ABSENT_ANSWERS: u32 = 3;

/// Over how long these answers must be spread, in seconds: 72 hours.
pub const ABSENT_SECONDS: i64 = 72 * 3_600;

/// What the well-known address of a server's profile answered. No answer (a timeout, an
/// error, a document that does not hold) is no sight and is not recorded here: missing is
/// not down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WellKnownAnswer {
    /// A profile of that very server name, which was accepted.
    Served {
        /// Its identity.
        identity: Identity,
        /// Its issuer.
        issuer: IssuerId,
    },
    /// The unsigned wish not to be listed.
    Unlisted,
    /// Status 410.
    Gone,
    /// Status 404.
    NotFound,
}

/// What this node has seen at the well-known address of one server's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSight {
    /// What counts now.
    pub status: SightStatus,
    /// The profile that is, or was, served.
    pub identity: Option<Identity>,
    /// The issuer of that profile.
    pub issuer: Option<IssuerId>,
    /// When `status` was last seen so.
    pub seen_at: Timestamp,
    /// When it was first seen so without a break: the same status of the same issuer.
    pub first_seen_at: Timestamp,
    /// When the address first answered at all.
    pub name_first_seen_at: Timestamp,
    /// When it first served a profile, whoever's.
    pub profile_first_seen_at: Option<Timestamp>,
    /// Since when the issuer's profile is known at this name, breaks included.
    pub issuer_first_seen_at: Option<Timestamp>,
    /// The answers of "not found" that do not count yet.
    pub absence: Option<Absence>,
}

/// A row of answers of "not found".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// The first of them.
    pub since: Timestamp,
    /// How many there are.
    pub answers: u32,
}

impl Absence {
    fn withdraws(self, at: Timestamp) -> bool {
        self.answers >= ABSENT_ANSWERS && at.seconds_since(self.since) >= ABSENT_SECONDS
    }
}

impl NameSight {
    /// The sight as an observation report states it.
    pub fn sight(&self) -> Sight {
        Sight {
            status: self.status,
            identity: self.identity,
            issuer: self.issuer.clone(),
            seen_at: self.seen_at,
            first_seen_at: self.first_seen_at,
            profile_first_seen_at: self.profile_first_seen_at,
            issuer_first_seen_at: self.issuer_first_seen_at,
        }
    }

    fn new(status: SightStatus, at: Timestamp) -> Self {
        Self {
            status,
            identity: None,
            issuer: None,
            seen_at: at,
            first_seen_at: at,
            name_first_seen_at: at,
            profile_first_seen_at: None,
            issuer_first_seen_at: None,
            absence: None,
        }
    }
}

/// What is to be held of a name after one more answer. Publishing a profile is
/// consent to be listed, and these are the rules for taking it back:
///
/// - a profile, and the wish not to be listed, count at once;
/// - 410 withdraws a profile at once, 404 after [`ABSENT_ANSWERS`] answers over
///   [`ABSENT_SECONDS`], both only where a profile was served before; until then what was
///   seen last stands;
/// - the wish not to be listed ends in the same way, so that an outage lists nobody.
pub(crate) fn sight_after(
    before: Option<&NameSight>,
    answer: &WellKnownAnswer,
    at: Timestamp,
) -> NameSight {
    let Some(before) = before else {
        return match answer {
            WellKnownAnswer::Served { identity, issuer } => {
                served(NameSight::new(SightStatus::Served, at), *identity, issuer)
            }
            WellKnownAnswer::Unlisted => NameSight::new(SightStatus::Unlisted, at),
            WellKnownAnswer::Gone | WellKnownAnswer::NotFound => {
                NameSight::new(SightStatus::Absent, at)
            }
        };
    };
    // A clock that was set back must not let the last sight come before the first.
    let at = at.max(before.seen_at);
    match answer {
        WellKnownAnswer::Served { identity, issuer } => {
            let goes_on =
                before.status == SightStatus::Served && before.issuer.as_ref() == Some(issuer);
            served(moved(before, SightStatus::Served, goes_on, at), *identity, issuer)
        }
        WellKnownAnswer::Unlisted => {
            let goes_on = before.status == SightStatus::Unlisted;
            let mut after = moved(before, SightStatus::Unlisted, goes_on, at);
            (after.identity, after.issuer, after.issuer_first_seen_at) = (None, None, None);
            after
        }
        WellKnownAnswer::Gone => ended(before, at),
        WellKnownAnswer::NotFound => {
            let absence = Absence {
                since: before.absence.map_or(at, |absence| absence.since),
                answers: before.absence.map_or(0, |absence| absence.answers).saturating_add(1),
            };
            let is_over = matches!(before.status, SightStatus::Absent | SightStatus::Withdrawn);
            if is_over || absence.withdraws(at) {
                ended(before, at)
            } else {
                NameSight { absence: Some(absence), ..before.clone() }
            }
        }
    }
}

/// `before` with another status, or with the same one seen again.
fn moved(before: &NameSight, status: SightStatus, goes_on: bool, at: Timestamp) -> NameSight {
    NameSight {
        status,
        seen_at: at,
        first_seen_at: if goes_on { before.first_seen_at } else { at },
        absence: None,
        ..before.clone()
    }
}

fn served(mut sight: NameSight, identity: Identity, issuer: &IssuerId) -> NameSight {
    let at = sight.seen_at;
    if sight.issuer.as_ref() != Some(issuer) {
        sight.issuer = Some(issuer.clone());
        sight.issuer_first_seen_at = None;
    }
    sight.identity = Some(identity);
    sight.issuer_first_seen_at.get_or_insert(at);
    sight.profile_first_seen_at.get_or_insert(at);
    sight
}

/// There is nothing any more. Only where a profile was served before does that withdraw one.
fn ended(before: &NameSight, at: Timestamp) -> NameSight {
    let status = if before.profile_first_seen_at.is_some() {
        SightStatus::Withdrawn
    } else {
        SightStatus::Absent
    };
    moved(before, status, before.status == status, at)
}

impl Store {
    /// Records what well-known addresses answered at `at`, each after what was known of its
    /// name, and answers what is to be held of them now, in the same order. A name whose row
    /// is damaged is left as it is.
    ///
    /// # Errors
    /// Where the database fails; then nothing was recorded.
    pub fn record_sights(
        &mut self,
        answers: &[(ServerName, WellKnownAnswer)],
        at: Timestamp,
    ) -> Result<Vec<Result<NameSight, CorruptRow>>, StoreError> {
        let transaction = self.begin()?;
        let sights = answers
            .iter()
            .map(|(server_name, answer)| record_sight(&transaction, server_name, answer, at))
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit()?;
        Ok(sights)
    }

    /// What was seen of one name.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn sight(&self, server_name: &ServerName) -> Result<Option<NameSight>, StoreError> {
        stored_sight(&self.connection, server_name)
    }

    /// What was seen of every name, by name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn sights(&self) -> Result<Found<(ServerName, NameSight)>, StoreError> {
        let statement =
            self.connection.prepare_cached(&format!("{SELECT_SIGHTS} ORDER BY server_name"))?;
        columns::collect(statement, [], "sights", |row| {
            Ok((row.read("server_name")?, read_sight(row)?))
        })
    }
}

pub(crate) const SELECT_SIGHTS: &str = "
    SELECT sights.*, issuer_sights.first_seen_at AS issuer_first_seen_at
    FROM sights LEFT JOIN issuer_sights USING (server_name, issuer)";

fn stored_sight(
    connection: &Connection,
    server_name: &ServerName,
) -> Result<Option<NameSight>, StoreError> {
    let statement =
        connection.prepare_cached(&format!("{SELECT_SIGHTS} WHERE server_name = ?1"))?;
    at_most_one(statement, [server_name.as_str()], "sights", read_sight)
}

pub(crate) fn read_sight(row: &Row<'_>) -> rusqlite::Result<NameSight> {
    let since: Option<Timestamp> = row.read_optional("absent_since")?;
    let answers: Option<u32> = row.get("absent_answers")?;
    Ok(NameSight {
        status: row.read("status")?,
        identity: row.read_optional("identity")?,
        issuer: row.read_optional("issuer")?,
        seen_at: row.read("seen_at")?,
        first_seen_at: row.read("first_seen_at")?,
        name_first_seen_at: row.read("name_first_seen_at")?,
        profile_first_seen_at: row.read_optional("profile_first_seen_at")?,
        issuer_first_seen_at: row.read_optional("issuer_first_seen_at")?,
        absence: since.zip(answers).map(|(since, answers)| Absence { since, answers }),
    })
}

fn record_sight(
    connection: &Connection,
    server_name: &ServerName,
    answer: &WellKnownAnswer,
    at: Timestamp,
) -> Result<Result<NameSight, CorruptRow>, StoreError> {
    let before = match stored_sight(connection, server_name) {
        Ok(before) => before,
        Err(StoreError::Corrupt(row)) => return Ok(Err(row)),
        Err(error) => return Err(error),
    };
    let mut sight = sight_after(before.as_ref(), answer, at);
    if let WellKnownAnswer::Served { issuer, .. } = answer {
        let first_seen_at = issuer_first_seen(connection, server_name, issuer, sight.seen_at)?;
        sight.issuer_first_seen_at = Some(first_seen_at);
    }
    connection
        .prepare_cached(
            "INSERT INTO sights (server_name, status, identity, issuer, seen_at, first_seen_at,
                                 name_first_seen_at, profile_first_seen_at,
                                 absent_since, absent_answers)
             VALUES (:server_name, :status, :identity, :issuer, :seen_at, :first_seen_at,
                     :name_first_seen_at, :profile_first_seen_at,
                     :absent_since, :absent_answers)
             ON CONFLICT (server_name) DO UPDATE
                 SET status = excluded.status, identity = excluded.identity,
                     issuer = excluded.issuer, seen_at = excluded.seen_at,
                     first_seen_at = excluded.first_seen_at,
                     profile_first_seen_at = excluded.profile_first_seen_at,
                     absent_since = excluded.absent_since,
                     absent_answers = excluded.absent_answers",
        )?
        .execute(named_params! {
            ":server_name": server_name.as_str(),
            ":status": sight.status.as_str(),
            ":identity": sight.identity.as_ref().map(Identity::as_bytes),
            ":issuer": sight.issuer.as_ref().map(IssuerId::as_str),
            ":seen_at": sight.seen_at.unix(),
            ":first_seen_at": sight.first_seen_at.unix(),
            ":name_first_seen_at": sight.name_first_seen_at.unix(),
            ":profile_first_seen_at": sight.profile_first_seen_at.map(Timestamp::unix),
            ":absent_since": sight.absence.map(|absence| absence.since.unix()),
            ":absent_answers": sight.absence.map(|absence| absence.answers),
        })?;
    Ok(Ok(sight))
}

/// When the issuer was first seen at the name, which is `at` where it never was.
fn issuer_first_seen(
    connection: &Connection,
    server_name: &ServerName,
    issuer: &IssuerId,
    at: Timestamp,
) -> rusqlite::Result<Timestamp> {
    let known: Option<Timestamp> = connection
        .prepare_cached(
            "SELECT first_seen_at FROM issuer_sights WHERE server_name = ?1 AND issuer = ?2",
        )?
        .query_row([server_name.as_str(), issuer.as_str()], |row| row.read("first_seen_at"))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    connection
        .prepare_cached(
            "INSERT INTO issuer_sights (server_name, issuer, first_seen_at) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![server_name.as_str(), issuer.as_str(), at.unix()])?;
    Ok(at)
}
