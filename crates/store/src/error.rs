use std::fmt;

use rusqlite::{ErrorCode, Row};

/// Why the database could not do what was asked. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another program held the database for longer than the store waits.
    #[error("the database is in use by another program; try again when that has finished")]
    Locked {
        /// What SQLite said.
        source: SqliteError,
    },
    /// Nothing more fits on the disk.
    #[error("the disk with the database is full; make room and try again")]
    DiskFull {
        /// What SQLite said.
        source: SqliteError,
    },
    /// The file or its folder is read-only.
    #[error("the database cannot be written; check the permissions of its file and folder")]
    NotWritable {
        /// What SQLite said.
        source: SqliteError,
    },
    /// The file as a whole is not readable as a database any more.
    #[error(
        "the database is damaged; `wellspring doctor` with the options of this node says where. \
         Restore a backup. Without one, move it away and sync again: that \
         loses which operators asked not to be listed, which documents were replaced and since when \
         servers are known"
    )]
    Damaged {
        /// What SQLite said.
        source: SqliteError,
    },
    /// The one row that was asked for is damaged.
    #[error(transparent)]
    Corrupt(#[from] CorruptRow),
    /// Any other answer of SQLite: a fault of this program or of the machine.
    #[error("the database could not carry out a request")]
    Failed {
        /// What SQLite said.
        source: SqliteError,
    },
}

impl StoreError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "store.locked",
            Self::DiskFull { .. } => "store.disk-full",
            Self::NotWritable { .. } => "store.not-writable",
            Self::Damaged { .. } => "store.damaged",
            Self::Corrupt(row) => row.code(),
            Self::Failed { .. } => "store.failed",
        }
    }
}

/// What SQLite said. Its own causes say the same in other words, so that it has none here:
/// whoever prints a chain of causes says everything once.
#[derive(Debug)]
pub struct SqliteError(pub(crate) rusqlite::Error);

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SqliteError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let source = SqliteError(error);
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { source },
            Some(ErrorCode::DiskFull) => Self::DiskFull { source },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::NotWritable { source }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { source },
            _ => Self::Failed { source },
        }
    }
}

/// A row of the database that does not hold what it should. It is left out; the rest
/// stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, row {row}, column {column} of the database is damaged: {problem}")]
pub struct CorruptRow {
    /// The table.
    pub table: &'static str,
    /// The `rowid`.
    pub row: i64,
    /// The column at fault: one of this row, or of a row that it refers to.
    pub column: String,
    /// What is wrong with its value.
    pub problem: String,
}

impl CorruptRow {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        "store.corrupt-row"
    }

    /// The row whose values could not be read; every query that uses this calls its first
    /// column `id`. Gives back errors that are not about a value.
    pub(crate) fn at(
        table: &'static str,
        row: &Row<'_>,
        error: rusqlite::Error,
    ) -> Result<Self, rusqlite::Error> {
        use rusqlite::Error;
        let (column, problem) = match error {
            Error::FromSqlConversionFailure(column, _, problem) => (column, problem.to_string()),
            Error::InvalidColumnType(column, _, found) => {
                (column, format!("it holds a value of the type {found}"))
            }
            Error::IntegralValueOutOfRange(column, found) => {
                (column, format!("{found} is out of range"))
            }
            Error::Utf8Error(column, problem) => (column, problem.to_string()),
            other => return Err(other),
        };
        let column = row.as_ref().column_name(column)?.to_owned();
        Ok(Self { table, row: row.get("id")?, column, problem })
    }
}

/// What a query found, and the rows of its answer that are damaged. One damaged row never
/// hides the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Found<T> {
    /// The rows that could be read, in the order of the query.
    pub rows: Vec<T>,
    /// Those that could not.
    pub corrupt: Vec<CorruptRow>,
}
