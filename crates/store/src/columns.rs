//! How the types of documents stand in columns. Writing needs nothing: every type gives
//! its text, bytes or number. Reading checks, because a file can be damaged or edited.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{CachedStatement, Params, Row};
use wellspring_document::{
    BytesHash, Identity, IssuerId, Kind, ServerName, SightStatus, Timestamp,
};

use crate::error::{CorruptRow, Found, StoreError};

/// A type that is read out of a column.
pub(crate) trait FromColumn: Sized {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

struct Column<T>(T);

impl<T: FromColumn> FromSql for Column<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::from_column(value).map(Self)
    }
}

pub(crate) trait ReadColumns {
    fn read<T: FromColumn>(&self, column: &str) -> rusqlite::Result<T>;
    fn read_optional<T: FromColumn>(&self, column: &str) -> rusqlite::Result<Option<T>>;
}

impl ReadColumns for Row<'_> {
    fn read<T: FromColumn>(&self, column: &str) -> rusqlite::Result<T> {
        self.get(column).map(|Column(value)| value)
    }

    fn read_optional<T: FromColumn>(&self, column: &str) -> rusqlite::Result<Option<T>> {
        let value: Option<Column<T>> = self.get(column)?;
        Ok(value.map(|Column(value)| value))
    }
}

/// The value of a column that holds one of a few words.
pub(crate) fn one_of<T: Copy>(
    value: ValueRef<'_>,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> FromSqlResult<T> {
    let found = value.as_str()?;
    all.iter().copied().find(|candidate| word(*candidate) == found).ok_or_else(|| {
        let found: String = found.chars().take(40).collect();
        FromSqlError::Other(format!("it holds the unknown word {found:?}").into())
    })
}

impl FromColumn for u64 {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        Self::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl FromColumn for Timestamp {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let seconds = value.as_i64()?;
        Self::from_unix(seconds).ok_or(FromSqlError::OutOfRange(seconds))
    }
}

impl FromColumn for Identity {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self::from_bytes)
    }
}

impl FromColumn for BytesHash {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self::from_bytes)
    }
}

impl FromColumn for IssuerId {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl FromColumn for ServerName {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl FromColumn for Kind {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        one_of(value, &Self::ALL, Self::type_name)
    }
}

impl FromColumn for SightStatus {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        one_of(value, &Self::ALL, Self::as_str)
    }
}

/// Reads all rows of a query whose first column is the `id` of `table`.
pub(crate) fn collect<T>(
    mut statement: CachedStatement<'_>,
    parameters: impl Params,
    table: &'static str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Found<T>, StoreError> {
    let mut found = Found { rows: Vec::new(), corrupt: Vec::new() };
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(value) => found.rows.push(value),
            Err(error) => found.corrupt.push(CorruptRow::at(table, row, error)?),
        }
    }
    Ok(found)
}

/// Reads the only row of a query whose first column is the `id` of `table`, if there is
/// one.
pub(crate) fn at_most_one<T>(
    mut statement: CachedStatement<'_>,
    parameters: impl Params,
    table: &'static str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    let mut rows = statement.query(parameters)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    match read(row) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(CorruptRow::at(table, row, error)?.into()),
    }
}

/// A number of rows as SQLite takes it.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A sequence number as SQLite takes it. Documents hold none above 2^53 − 1.
pub(crate) fn sequence(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
