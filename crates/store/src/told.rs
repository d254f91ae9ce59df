//! How the lists of communities changed, and against what the next change is told.

use rusqlite::{Connection, Row, named_params, params};
use wellspring_document::{BytesHash, ServerName, Timestamp};

use crate::Store;
use crate::columns::{self, ReadColumns as _};
use crate::error::{Found, StoreError};

/// For how many days a change of a list is kept: a year, and the season before.
pub const CHANGES_KEPT_DAYS: i64 = 400;

/// How many changes of one community's list are kept: the oldest go first. Some twenty
/// servers a day move over all the days that changes are kept.
pub const MAX_CHANGES_PER_COMMUNITY: usize = 20_000;

/// What is kept of the list of a community, to tell changes against.
#[derive(Debug)]
pub struct ToldList<'a> {
    connection: &'a Connection,
    community: &'a str,
    policy: BytesHash,
}

impl ToldList<'_> {
    /// The hash of the policy by which the list was made.
    pub const fn policy(&self) -> BytesHash {
        self.policy
    }

    /// The servers that were in the list, by name, each with the mark of its standing.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn marks(&self) -> Result<Found<(ServerName, String)>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT id, server_name, mark FROM told_servers WHERE community = ?1
             ORDER BY server_name",
        )?;
        columns::collect(statement, [self.community], "told_servers", |row| {
            Ok((row.read("server_name")?, row.get("mark")?))
        })
    }

    /// What was last told of a server.
    ///
    /// # Errors
    /// Where the database cannot be read, or the row is damaged.
    pub fn standing(&self, server_name: &ServerName) -> Result<Option<String>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT id, standing FROM told_servers WHERE community = ?1 AND server_name = ?2",
        )?;
        let parameters = [self.community, server_name.as_str()];
        columns::at_most_one(statement, parameters, "told_servers", |row| row.get("standing"))
    }
}

/// What is told of the list of a community, and kept to tell the next changes against.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The hash of the policy by which the list is made.
    pub policy: BytesHash,
    /// What is told, in this order: JSON, with the server that it concerns, where it concerns
    /// one.
    pub changes: Vec<(Option<ServerName>, String)>,
    /// Where servers stand of which something is told; nothing for one that left.
    pub servers: Vec<(ServerName, Option<ToldServer>)>,
    /// Servers that want to be in no list: all that was told of them is erased.
    pub erased: Vec<ServerName>,
}

/// Where a server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldServer {
    /// What tells at a glance that it has not moved.
    pub mark: String,
    /// All of it: JSON.
    pub standing: String,
}

/// A change of a list that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldChange {
    /// Rises with every change and is never used again.
    pub number: i64,
    /// The moment of the list in which it is a change.
    pub at: Timestamp,
    /// What changed: JSON.
    pub change: String,
}

/// Which changes of a list are looked for.
#[derive(Debug, Clone)]
pub struct ToldQuery<'a> {
    /// The community.
    pub community: &'a str,
    /// No earlier ones than this.
    pub since: Option<Timestamp>,
    /// Of this server alone.
    pub server_name: Option<&'a ServerName>,
    /// Servers of which nothing may be told.
    pub hidden: &'a [ServerName],
    /// How many at most.
    pub limit: usize,
    /// How many of the newest to pass over.
    pub offset: usize,
}

impl Store {
    /// Tells how the list of a community changed at `now`: `compare` is given what is kept of
    /// it, or nothing where nothing is, and says what to tell and keep; nothing for nothing.
    ///
    /// All of that is one transaction, so that no kill and no other program loses a change or
    /// has it told twice. What is older than [`CHANGES_KEPT_DAYS`], and what is more than
    /// [`MAX_CHANGES_PER_COMMUNITY`], is dropped.
    ///
    /// # Errors
    /// Where the database cannot be read or written, or `compare` fails; then nothing was
    /// changed.
    pub fn tell<E: From<StoreError>>(
        &mut self,
        community: &str,
        now: Timestamp,
        compare: impl FnOnce(Option<&ToldList<'_>>) -> Result<Option<Telling>, E>,
    ) -> Result<(), E> {
        let transaction = self.begin()?;
        let statement = prepare(&transaction, "SELECT * FROM told_lists WHERE community = ?1")?;
        let policy = columns::at_most_one(statement, [community], "told_lists", |row| {
            row.read::<BytesHash>("policy")
        });
        let policy = match policy {
            // The next list is told from the beginning.
            Err(StoreError::Corrupt(_)) => None,
            policy => policy?,
        };
        if policy.is_none() {
            prepare(&transaction, "DELETE FROM told_servers WHERE community = ?1")?
                .execute([community])
                .map_err(StoreError::from)?;
        }
        let told = policy.map(|policy| ToldList { connection: &transaction, community, policy });
        if let Some(telling) = compare(told.as_ref())? {
            write(&transaction, community, &telling, now)?;
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(())
    }

    /// The changes of a list that fit a query, the newest first, and how many fit it in all.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn told_changes(
        &self,
        query: &ToldQuery<'_>,
    ) -> Result<(usize, Found<ToldChange>), StoreError> {
        const FITS: &str = "community = :community AND (:since IS NULL OR at >= :since)
            AND (:server_name IS NULL OR server_name = :server_name)
            AND (server_name IS NULL OR server_name NOT IN (SELECT value FROM json_each(:hidden)))";
        let hidden: Vec<_> = query.hidden.iter().map(ServerName::as_str).collect();
        let hidden = serde_json::Value::from(hidden).to_string();
        let (since, server_name) =
            (query.since.map(Timestamp::unix), query.server_name.map(ServerName::as_str));
        let of_query = named_params! {
            ":community": query.community,
            ":since": since,
            ":server_name": server_name,
            ":hidden": hidden,
        };
        let sql = format!("SELECT count(*) AS rows FROM told_changes WHERE {FITS}");
        let total: u64 =
            prepare(&self.connection, &sql)?.query_row(of_query, |row| row.read("rows"))?;
        let sql = format!(
            "SELECT id, at, change FROM told_changes WHERE {FITS}
             ORDER BY id DESC LIMIT :limit OFFSET :offset"
        );
        let part = named_params! {
            ":limit": columns::limit(query.limit),
            ":offset": columns::limit(query.offset),
        };
        let parameters: Vec<_> = of_query.iter().chain(part).copied().collect();
        let found = columns::collect(
            prepare(&self.connection, &sql)?,
            &*parameters,
            "told_changes",
            read_told,
        )?;
        Ok((usize::try_from(total).unwrap_or(usize::MAX), found))
    }
}

fn prepare<'a>(
    connection: &'a Connection,
    sql: &str,
) -> Result<rusqlite::CachedStatement<'a>, StoreError> {
    Ok(connection.prepare_cached(sql)?)
}

pub(crate) fn read_told(row: &Row<'_>) -> rusqlite::Result<ToldChange> {
    Ok(ToldChange { number: row.get("id")?, at: row.read("at")?, change: row.get("change")? })
}

fn write(
    connection: &Connection,
    community: &str,
    telling: &Telling,
    now: Timestamp,
) -> Result<(), StoreError> {
    prepare(
        connection,
        "INSERT INTO told_lists (community, policy) VALUES (?1, ?2)
         ON CONFLICT (community) DO UPDATE SET policy = excluded.policy",
    )?
    .execute(params![community, telling.policy.as_bytes()])?;
    let mut stands = prepare(
        connection,
        "INSERT INTO told_servers (community, server_name, mark, standing)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (community, server_name)
             DO UPDATE SET mark = excluded.mark, standing = excluded.standing",
    )?;
    let leaves = "DELETE FROM told_servers WHERE community = ?1 AND server_name = ?2";
    let mut leaves = prepare(connection, leaves)?;
    for (server_name, standing) in &telling.servers {
        let name = server_name.as_str();
        match standing {
            Some(ToldServer { mark, standing }) => {
                stands.execute([community, name, mark, standing])?
            }
            None => leaves.execute([community, name])?,
        };
    }
    let erase = "DELETE FROM told_changes WHERE community = ?1 AND server_name = ?2";
    let mut erase = prepare(connection, erase)?;
    for server_name in &telling.erased {
        leaves.execute([community, server_name.as_str()])?;
        erase.execute([community, server_name.as_str()])?;
    }
    let mut tell = prepare(
        connection,
        "INSERT INTO told_changes (at, community, server_name, change) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (server_name, change) in &telling.changes {
        let server_name = server_name.as_ref().map(ServerName::as_str);
        tell.execute(params![now.unix(), community, server_name, change])?;
    }
    prune(connection, community, now)
}

fn prune(connection: &Connection, community: &str, now: Timestamp) -> Result<(), StoreError> {
    prepare(connection, "DELETE FROM told_changes WHERE at < ?1")?
        .execute([now.plus_days(-CHANGES_KEPT_DAYS).unix()])?;
    prepare(
        connection,
        "DELETE FROM told_changes WHERE community = ?1 AND id <= (
             SELECT id FROM told_changes WHERE community = ?1
             ORDER BY id DESC LIMIT 1 OFFSET ?2
         )",
    )?
    .execute(params![community, columns::limit(MAX_CHANGES_PER_COMMUNITY)])?;
    Ok(())
}
