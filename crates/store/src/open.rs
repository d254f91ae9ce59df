use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};

use crate::Store;
use crate::error::{SqliteError, StoreError};
use crate::schema::{self, APPLICATION_ID};

/// How long a call waits for another program that writes. A transaction of ours is over
/// well before: the longest takes in one batch of documents.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before trying again what SQLite does not wait for by itself.
const WAL_PAUSE: Duration = Duration::from_millis(10);

/// How many pages the log may hold before they are copied into the database: 16 MB, at the 4 kB
/// that SQLite gives a page. Every batch of documents changes the same pages of indexes, and the
/// fewer copies the less writing.
const PAGES_IN_LOG: u32 = 4_000;

/// How many different statements stay prepared: as many as this crate has, or so.
const PREPARED_STATEMENTS: usize = 64;

/// Why a file cannot be opened as a database. It was not altered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum OpenError {
    #[error("{} is a folder; name a file for the database", path.display())]
    IsAFolder { path: PathBuf },
    #[error("{} is not a file; name a file for the database", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} cannot be created, because its folder does not exist; create that first", path.display())]
    NoFolder { path: PathBuf },
    #[error(
        "{} may not be read and written by this user; change the permissions of the file and its folder, or name another file",
        path.display()
    )]
    NoPermission { path: PathBuf },
    #[error("{} is not a database; name another file", path.display())]
    NotADatabase { path: PathBuf },
    #[error("{} is the database of another program; name another file", path.display())]
    OfAnotherProgram { path: PathBuf },
    #[error(
        "{} was written by a newer wellspring (schema {schema}, this program knows {known}); run the newer program or name another file",
        path.display()
    )]
    Newer { path: PathBuf, schema: i64, known: i64 },
    #[error(
        "{} was written by an older wellspring; open it once with a command that writes, such as \
         `wellspring sync`, to bring it up to date",
        path.display()
    )]
    Older { path: PathBuf },
    #[error("{} does not exist", path.display())]
    NotThere { path: PathBuf },
    #[error("{} is in use by another program; end that program or name another file", path.display())]
    Locked { path: PathBuf },
    #[error(
        "{} is damaged; `wellspring doctor` with the same options says where. Restore a backup. \
         Without one, move the file away and sync again: that \
         loses which operators asked not to be listed, which documents were replaced and since when \
         servers are known",
        path.display()
    )]
    Damaged { path: PathBuf, source: SqliteError },
    #[error("{} cannot be used: the disk is full; make room and try again", path.display())]
    DiskFull { path: PathBuf, source: SqliteError },
    #[error("{} could not be opened", path.display())]
    Failed { path: PathBuf, source: SqliteError },
}

impl OpenError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IsAFolder { .. } => "store.is-a-folder",
            Self::NotAFile { .. } => "store.not-a-file",
            Self::NoFolder { .. } => "store.no-folder",
            Self::NoPermission { .. } => "store.no-permission",
            Self::NotADatabase { .. } => "store.not-a-database",
            Self::OfAnotherProgram { .. } => "store.of-another-program",
            Self::Newer { .. } => "store.newer-schema",
            Self::Older { .. } => "store.older-schema",
            Self::NotThere { .. } => "store.not-there",
            Self::Locked { .. } => "store.locked",
            Self::Damaged { .. } => "store.damaged",
            Self::DiskFull { .. } => "store.disk-full",
            Self::Failed { .. } => "store.failed",
        }
    }

    fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            return Self::NotADatabase { path };
        }
        match StoreError::from(error) {
            StoreError::Locked { .. } => Self::Locked { path },
            StoreError::NotWritable { .. } => Self::NoPermission { path },
            StoreError::Damaged { source } => Self::Damaged { path, source },
            StoreError::DiskFull { source } => Self::DiskFull { path, source },
            StoreError::Failed { source } => Self::Failed { path, source },
            // No query of opening reads a row.
            StoreError::Corrupt(row) => Self::Failed {
                path,
                source: SqliteError(rusqlite::Error::ToSqlConversionFailure(Box::new(row))),
            },
        }
    }
}

impl Store {
    /// Opens the database in `path`, creating the file (but no folder) where there is
    /// none, and brings it to the schema of this program.
    ///
    /// Several programs may have the same file open: writing waits for writing.
    ///
    /// # Errors
    /// Where the file is no database of this program or an older one, or cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        // An absolute path: SQLite takes "" and ":memory:" for something else than files.
        let path = std::path::absolute(&path)
            .map_err(|_| OpenError::NotAFile { path: path.as_ref().to_owned() })?;
        check_path(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|error| OpenError::from_sqlite(&path, error))?;
        Self::over(connection, &path)
    }

    /// Opens the database in `path` to read it, and changes nothing: neither its contents nor
    /// its schema, and no file is made for it. What writes fails with
    /// [`StoreError::NotWritable`]. A program that has it open is not disturbed.
    ///
    /// # Errors
    /// Where there is no file, or it is no database of this program with the schema that this
    /// program knows, or it cannot be read.
    pub fn open_to_read(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = std::path::absolute(&path)
            .map_err(|_| OpenError::NotAFile { path: path.as_ref().to_owned() })?;
        if path.try_exists().is_ok_and(|exists| !exists) {
            return Err(OpenError::NotThere { path });
        }
        check_path(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let sqlite = |error| OpenError::from_sqlite(&path, error);
        let connection = Connection::open_with_flags(&path, flags).map_err(sqlite)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        let schema = check_schema(&connection, &path)?;
        if schema < schema::version() {
            return Err(OpenError::Older { path });
        }
        distrust(&connection).map_err(sqlite)?;
        Ok(Self { connection, followed: Arc::default() })
    }

    /// A database in memory, gone when it is dropped.
    ///
    /// # Errors
    /// Where SQLite cannot make one.
    pub fn open_in_memory() -> Result<Self, OpenError> {
        let path = Path::new("the database in memory");
        let connection =
            Connection::open_in_memory().map_err(|error| OpenError::from_sqlite(path, error))?;
        Self::over(connection, path)
    }

    fn over(mut connection: Connection, path: &Path) -> Result<Self, OpenError> {
        let sqlite = |error| OpenError::from_sqlite(path, error);
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        // Nothing is written before it is clear whose file it is.
        check_owner(&connection, path)?;
        configure(&mut connection).map_err(sqlite)?;
        migrate(&mut connection, path)?;
        Ok(Self { connection, followed: Arc::default() })
    }
}

/// What SQLite would answer with one and the same code. The file is not opened: closing
/// it again would drop the locks that this process holds on it (POSIX `fcntl`).
fn check_path(path: &Path) -> Result<(), OpenError> {
    let path_buf = || path.to_owned();
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(OpenError::IsAFolder { path: path_buf() }),
        Ok(found) if !found.is_file() => Err(OpenError::NotAFile { path: path_buf() }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(OpenError::NoPermission { path: path_buf() })
        }
        Err(_) if path.parent().is_some_and(Path::is_dir) => Ok(()),
        Err(_) => Err(OpenError::NoFolder { path: path_buf() }),
    }
}

/// Whose database it is, and of which schema: its first three numbers.
fn read_header(connection: &Connection) -> rusqlite::Result<[i64; 3]> {
    // One transaction, because another program may be making the schema just now.
    let transaction = connection.unchecked_transaction()?;
    let number = |sql: &str| transaction.query_row(sql, [], |row| row.get(0));
    Ok([
        number("SELECT count(*) FROM sqlite_schema")?,
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
    ])
}

/// Whose database it is; gives its schema.
fn check_schema(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let header = read_header(connection).map_err(sqlite)?;
    let [_, owner, schema] = header;
    if owner != i64::from(APPLICATION_ID) && header != [0; 3] {
        return Err(OpenError::OfAnotherProgram { path: path.to_owned() });
    }
    let known = schema::version();
    if schema > known {
        return Err(OpenError::Newer { path: path.to_owned(), schema, known });
    }
    Ok(schema)
}

fn check_owner(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    check_schema(connection, path)?;
    let sqlite = |error| OpenError::from_sqlite(path, error);
    if connection.is_readonly(MAIN_DB).map_err(sqlite)? {
        return Err(OpenError::NoPermission { path: path.to_owned() });
    }
    Ok(())
}

fn configure(connection: &mut Connection) -> rusqlite::Result<()> {
    // A reader never waits for a writer, and what was committed survives a kill and,
    // with FULL, a power cut. FULL costs nothing once documents share a transaction.
    enter_wal(connection)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", PAGES_IN_LOG)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Where rows contradict each other, every document of a batch can be undone alone. What that
    // takes would else be written to a file beside the log.
    connection.pragma_update(None, "temp_store", "memory")?;
    distrust(connection)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    // To take the lock first and read then is what keeps two writers from deciding on
    // the same state.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    Ok(())
}

/// A crafted file must not run functions through its schema, nor be written through.
fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Turns on the write-ahead log. For this one step SQLite does not always wait: where
/// several programs open a new file together, it tells some of them that it is locked.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    // So that all waiting is done, and bounded, here.
    connection.busy_timeout(Duration::ZERO)?;
    let mut waited = Duration::ZERO;
    let outcome = loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && waited < BUSY_TIMEOUT =>
            {
                std::thread::sleep(WAL_PAUSE);
                waited += WAL_PAUSE;
            }
            outcome => break outcome,
        }
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    outcome
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    use rusqlite_migration::Error;
    let migrations = schema::migrations();
    let outcome = migrations.to_latest(connection);
    // Where two programs open a new file together, one of them finds the work done.
    if outcome.is_ok() || migrations.pending_migrations(connection) == Ok(0) {
        return Ok(());
    }
    match outcome {
        Err(Error::RusqliteError { err, .. }) => Err(OpenError::from_sqlite(path, err)),
        // The version is in range (`check_owner`) and the steps are tested, so that what
        // remains is a file that changes under us.
        _ => Err(OpenError::Locked { path: path.to_owned() }),
    }
}

impl Store {
    /// A number that is another one after somebody else has written to the file, be it
    /// another program or another connection of this one. Only answers of the same
    /// connection can be compared (SQLite, `PRAGMA data_version`).
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Begins a transaction that may write.
    pub(crate) fn begin(&mut self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}
