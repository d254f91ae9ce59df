//! Copies of a database that is in use.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use wellspring_document::BytesHash;

use crate::Store;
use crate::columns::ReadColumns as _;
use crate::error::{SqliteError, StoreError};
use crate::examine::Progress;
use crate::open::OpenError;

/// The tables whose rows are never deleted, so that a copy made between two counts has no
/// fewer rows than the first and no more than the second.
const TABLES_THAT_GROW: [&str; 6] =
    ["issuers", "feeds", "sights", "issuer_sights", "adopted_names", "clock"];

/// Why a copy was not made. What was written of it is not to be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The database that was to be copied could not be read.
    #[error(transparent)]
    Source(#[from] StoreError),
    /// Nothing more fits where the copy was to be.
    #[error("the disk for the copy is full; make room there, or name another place")]
    DiskFull {
        /// What SQLite said.
        source: SqliteError,
    },
    /// The file of the copy could not be written.
    #[error("{} could not be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The copy could not be opened again.
    #[error("the copy could not be read again")]
    Unreadable(#[from] OpenError),
    /// The copy was read again and is not what was copied.
    #[error("the copy is not good: {problem}")]
    NotGood {
        /// How it differs.
        problem: String,
    },
}

impl CopyError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::DiskFull { .. } => "backup.disk-full",
            Self::Write { .. } => "backup.not-written",
            Self::Unreadable(_) | Self::NotGood { .. } => "backup.not-good",
        }
    }
}

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many documents.
    pub documents: u64,
    /// How many of them have other bytes than those that were recorded. That is so in the
    /// database as well; the copy is faithful.
    pub damaged: u64,
    /// How large it is.
    pub bytes: u64,
}

impl Store {
    /// How large the database is about, in bytes, without what is free in its file.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        let number = |pragma| {
            self.connection.pragma_query_value(None, pragma, |row| row.read::<u64>(pragma))
        };
        let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
        Ok(pages.saturating_mul(number("page_size")?))
    }

    /// Writes a copy of the database to `path`, where there must be no file or an empty one,
    /// as it is at one moment, whoever writes to it meanwhile; and reads it again: its
    /// structure, the number of its rows, and whether the bytes of every document are those
    /// that were recorded. The copy is on the disk when this returns.
    ///
    /// It is made with `VACUUM INTO`, which writes what the tables hold, and not page by page:
    /// pages that were freed still hold documents that were erased, and a copy must not keep
    /// what its node no longer may have.
    ///
    /// # Errors
    /// Where the database cannot be read, or the copy cannot be written or is not good.
    pub fn copy_to(&self, path: &Path, progress: Progress<'_>) -> Result<Copied, CopyError> {
        let before = self.row_counts()?;
        let write = |source| CopyError::Write { path: path.to_owned(), source };
        // Absolute, because SQLite takes some names for something else than files.
        let name = std::path::absolute(path).map_err(write)?;
        let name = name.to_str().ok_or_else(|| write(io::ErrorKind::InvalidFilename.into()))?;
        let written = self.connection.execute("VACUUM INTO ?1", [name]);
        written.map_err(|error| match StoreError::from(error) {
            // Reading needs no room, but where the copy is to be.
            StoreError::DiskFull { source } => CopyError::DiskFull { source },
            StoreError::NotWritable { source } => {
                write(io::Error::new(io::ErrorKind::PermissionDenied, source))
            }
            other => CopyError::Source(other),
        })?;
        let after = self.row_counts()?;
        let on_disk = File::open(path).and_then(|file| {
            file.sync_all()?;
            Ok(file.metadata()?.len())
        });
        let bytes = on_disk.map_err(write)?;
        let copy = Self::open_to_read(path)?;
        copy.check_copy(&before, &after)?;
        let (documents, damaged) = copy.check_hashes(progress)?;
        Ok(Copied { documents, damaged, bytes })
    }

    fn row_counts(&self) -> Result<Vec<u64>, StoreError> {
        let count = |table: &&str| {
            let sql = format!("SELECT count(*) AS rows FROM {table}");
            self.connection.query_row(&sql, [], |row| row.read("rows"))
        };
        Ok(TABLES_THAT_GROW.iter().map(count).collect::<Result<_, _>>()?)
    }

    fn check_copy(&self, before: &[u64], after: &[u64]) -> Result<(), CopyError> {
        let not_good = |problem| Err(CopyError::NotGood { problem });
        let structure: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(StoreError::from)?;
        if structure != "ok" {
            return not_good(structure);
        }
        let counts = self.row_counts()?;
        for (((table, count), least), most) in
            TABLES_THAT_GROW.iter().zip(counts).zip(before).zip(after)
        {
            if count < *least || count > *most {
                return not_good(format!("{table} has {count} rows instead of {least} to {most}"));
            }
        }
        Ok(())
    }

    /// Compares the bytes of every document with the hash that was recorded. Gives how many
    /// there are, and how many have others.
    fn check_hashes(&self, progress: Progress<'_>) -> Result<(u64, u64), StoreError> {
        let total = self.documents_with_bytes()?;
        let mut statement = self.connection.prepare(
            "SELECT bytes_hash, bytes FROM documents
             JOIN document_bytes ON document_id = documents.id",
        )?;
        let mut rows = statement.query([])?;
        let (mut done, mut damaged) = (0, 0);
        while let Some(row) = rows.next()? {
            let (hash, bytes) = (row.get_ref("bytes_hash")?, row.get_ref("bytes")?);
            let is_recorded = matches!((hash, bytes), (ValueRef::Blob(hash), ValueRef::Blob(bytes))
                if hash == BytesHash::of(bytes).as_bytes());
            damaged += u64::from(!is_recorded);
            done += 1;
            progress(done, total);
        }
        Ok((done, damaged))
    }

    fn documents_with_bytes(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) AS rows FROM document_bytes";
        Ok(self.connection.query_row(sql, [], |row| row.read("rows"))?)
    }
}
