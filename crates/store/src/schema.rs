use rusqlite_migration::{M, Migrations};

/// "WSPR", in the header of every database of ours (set by the first migration).
pub(crate) const APPLICATION_ID: i32 = 0x5753_5052;

/// The steps from an empty file to the schema that this program knows. A step that was
/// released never changes: the next change is a file of its own.
static STEPS: [M<'_>; 1] = [M::up(include_str!("../migrations/001.sql"))];

pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::from_slice(&STEPS)
}

/// The schema that this program knows.
pub(crate) fn version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}
