use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

/// "WSPR", in the header of every database of ours (set by the first migration).
pub(crate) const APPLICATION_ID: i32 = 0x5753_5052;

/// The steps from an empty file to the schema that this program knows. A step that was
/// released never changes: the next change is a file of its own.
const SQL: [&str; 2] =
    [include_str!("../migrations/001.sql"), include_str!("../migrations/002.sql")];

static STEPS: [M<'_>; 2] = [M::up(SQL[0]), M::up(SQL[1])];

pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::from_slice(&STEPS)
}

/// The schema that this program knows.
pub(crate) fn version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// An empty database in memory with the schema that this program knows, to compare others
/// with.
pub(crate) fn fresh() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    SQL.iter().try_for_each(|sql| connection.execute_batch(sql))?;
    Ok(connection)
}
