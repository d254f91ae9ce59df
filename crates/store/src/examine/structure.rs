//! What does not need to understand documents: the file, its tables, rows that cannot be read.

use std::collections::BTreeSet;

use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row};
use wellspring_document::{BytesHash, Identity, IssuerId, Kind, ServerName, Timestamp};

use super::{ComplaintKind, Examination, Fix, Table};
use crate::changes::Event;
use crate::columns::{FromColumn, ReadColumns as _, collect};
use crate::error::StoreError;
use crate::schema;
use crate::sights::{SELECT_SIGHTS, read_sight};
use crate::sources::read_source;

/// How many lines SQLite may say about the structure.
const MAX_LINES: u32 = 100;

pub(super) fn examine(
    connection: &Connection,
    examination: &mut Examination,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_LINES})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines.collect::<Result<Vec<_>, _>>()? {
        match &*line {
            "ok" => {}
            line if is_about_an_index(line) => {
                examination.complain(ComplaintKind::Index, "an index", line, Fix::Reindex);
            }
            line => examination.complain_of_structure(line.to_owned()),
        }
    }
    compare_schema(connection, examination)?;
    find_orphans(connection, examination)
}

/// Whether the table itself is not at fault.
fn is_about_an_index(line: &str) -> bool {
    ["wrong # of entries in index", "missing from index", "non-unique entry in index"]
        .iter()
        .any(|words| line.contains(words))
}

type Definitions = BTreeSet<(String, String)>;

fn compare_schema(
    connection: &Connection,
    examination: &mut Examination,
) -> Result<(), StoreError> {
    let (expected, found) = (definitions(&schema::fresh()?)?, definitions(connection)?);
    for (name, _) in expected.symmetric_difference(&found) {
        let problem = "it is not defined as this program defines it";
        examination.complain(ComplaintKind::Schema, name, problem, Fix::None);
    }
    Ok(())
}

fn definitions(connection: &Connection) -> rusqlite::Result<Definitions> {
    let mut statement = connection.prepare(
        "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn find_orphans(connection: &Connection, examination: &mut Examination) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("SELECT DISTINCT \"table\", rowid, parent FROM pragma_foreign_key_check")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    })?;
    for row in rows {
        let (name, row, parent) = row?;
        let table = Table::ALL.iter().find(|table| table.name() == name);
        // Documents tell themselves where they belong, and feeds where their documents do.
        if let Some(table) = table
            && !matches!(table, Table::Documents | Table::Feeds)
        {
            examination.complain(
                ComplaintKind::Orphan,
                format!("table {name}, row {row}"),
                format!("it refers to a row of {parent} that is not there"),
                Fix::TakeOut { table: *table, row },
            );
        }
    }
    Ok(())
}

/// Rows of which no document says what they should hold: whether they can be read at all.
pub(super) fn examine_rows(
    connection: &Connection,
    examination: &mut Examination,
) -> Result<(), StoreError> {
    read_all(connection, examination, (Table::Clock, "SELECT * FROM clock"), |row| {
        row.read::<Timestamp>("latest_at").map(drop)
    })?;
    read_all(connection, examination, (Table::Sources, "SELECT * FROM sources"), |row| {
        row.read_optional::<Timestamp>("first_copy_at")?;
        read_source(row).map(drop)
    })?;
    read_all(connection, examination, (Table::Sights, SELECT_SIGHTS), |row| {
        row.read::<ServerName>("server_name")?;
        read_sight(row).map(drop)
    })?;
    let (table, sql) = (Table::IssuerSights, "SELECT * FROM issuer_sights");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<ServerName>("server_name")?;
        row.read::<IssuerId>("issuer")?;
        row.read::<Timestamp>("first_seen_at").map(drop)
    })?;
    let (table, sql) = (Table::AdoptedNames, "SELECT * FROM adopted_names");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<ServerName>("server_name")?;
        row.read::<Timestamp>("first_seen_at").map(drop)
    })?;
    let (table, sql) = (Table::Submissions, "SELECT * FROM submissions");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<ServerName>("server_name")?;
        row.read::<Timestamp>("submitted_at").map(drop)
    })?;
    let (table, sql) = (Table::DocumentSources, "SELECT * FROM document_sources");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<Timestamp>("first_seen_at")?;
        row.read::<Timestamp>("last_seen_at")?;
        row.read_optional::<Timestamp>("dropped_at").map(drop)
    })?;
    let (table, sql) = (Table::MirrorParts, "SELECT id, hash FROM mirror_parts");
    read_all(connection, examination, (table, sql), |row| row.read::<BytesHash>("hash").map(drop))?;
    read_all(connection, examination, (Table::Changes, "SELECT * FROM changes"), |row| {
        row.read::<Timestamp>("at")?;
        row.read::<Identity>("identity")?;
        row.read_optional::<ServerName>("server_name")?;
        row.read::<Event>("event").map(drop)
    })?;
    read_all(connection, examination, (Table::ToldLists, "SELECT * FROM told_lists"), |row| {
        row.read::<BytesHash>("policy").map(drop)
    })?;
    let (table, sql) = (Table::ToldServers, "SELECT * FROM told_servers");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<ServerName>("server_name")?;
        json(row, "standing")
    })?;
    let (table, sql) = (Table::ToldChanges, "SELECT * FROM told_changes");
    read_all(connection, examination, (table, sql), |row| {
        row.read::<Timestamp>("at")?;
        row.read_optional::<ServerName>("server_name")?;
        json(row, "change")
    })?;
    // A feed with documents is judged by them.
    let sql = "SELECT * FROM feeds WHERE id NOT IN (SELECT feed_id FROM documents)";
    read_all(connection, examination, (Table::Feeds, sql), |row| {
        row.read::<Kind>("kind")?;
        row.read::<u64>("mark_sequence")?;
        row.read::<Identity>("mark_identity").map(drop)
    })
}

fn read_all(
    connection: &Connection,
    examination: &mut Examination,
    (table, sql): (Table, &str),
    read: impl Fn(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let found = collect(connection.prepare_cached(sql)?, [], table.name(), read);
    if let Some(found) = examination.stage(found)? {
        found.corrupt.into_iter().for_each(|row| examination.unreadable(row));
    }
    Ok(())
}

/// Whether a column holds JSON. What it says is nothing that decides anything.
fn json(row: &Row<'_>, column: &str) -> rusqlite::Result<()> {
    row.read::<Json>(column).map(drop)
}

struct Json;

impl FromColumn for Json {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(FromSqlError::other)?;
        Ok(Self)
    }
}
