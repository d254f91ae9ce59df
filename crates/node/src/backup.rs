//! Backups of a node, made while it runs.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use wellspring_document::Timestamp;
use wellspring_store::{Copied, CopyError, OpenError, Progress, Store};

use crate::issuer::{Issuer, IssuerError, IssuerFiles};
use crate::node::DATABASE_FILE;

/// The folder beside a backup in which it is made. It has one name, so that what a kill left
/// of one backup is removed by the next.
const WORKSHOP: &str = ".wellspring-backup";

/// What to do where a backup with that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and none is made.
    IsKept,
    /// The new one takes its place, in a single step.
    IsReplaced,
}

/// Whether a backup holds the node's private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateKey {
    /// It does not, so that it can lie where others may read it.
    IsLeftOut,
    /// It does: then the backup is a folder like the node's own, for its owner alone.
    IsIncluded,
}

/// What is to be backed up, and where.
#[derive(Debug, Clone, Copy)]
pub struct BackupPlan<'a> {
    /// The node's data directory.
    pub data_dir: &'a Path,
    /// The name of the backup, or a folder in which it gets a name with the time.
    pub target: &'a Path,
    /// What to do where there is one already.
    pub existing: Existing,
    /// Whether the private key is in it.
    pub private_key: PrivateKey,
    /// The time now, for the name.
    pub now: Timestamp,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// What the copy of the database holds.
    pub copied: Copied,
    /// Whether the node's private key and key history are in it.
    pub private_key: bool,
}

/// Why there is no backup. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum BackupError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error("{} exists already; name another file, or have it replaced with --overwrite", path.display())]
    Exists { path: PathBuf },
    #[error("{} exists already; a backup with the private key needs a new folder", path.display())]
    FolderExists { path: PathBuf },
    #[error("{} is the node's own database", path.display())]
    IsTheDatabase { path: PathBuf },
    #[error("the folder {} does not exist; create it first", path.display())]
    NoFolder { path: PathBuf },
    #[error("another backup is being made in {} at this moment; try again when it is done", path.display())]
    Busy { path: PathBuf },
    #[error("{} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl BackupError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::Copy(error) => error.code(),
            Self::Issuer(_) => "backup.key",
            Self::Exists { .. } | Self::FolderExists { .. } => "backup.exists",
            Self::IsTheDatabase { .. } => "backup.is-the-database",
            Self::NoFolder { .. } => "backup.no-folder",
            Self::Busy { .. } => "backup.busy",
            Self::Write { .. } => "backup.not-written",
        }
    }

    /// Whether all could be read and written, and the answer is no.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Exists { .. } | Self::FolderExists { .. } | Self::IsTheDatabase { .. })
    }
}

/// Makes a backup, also while the node runs: of the database as it is at one moment, and of
/// the private key with its history where the plan says so. It is read again before it gets
/// its name, in a single step, so that under that name there is all of it or nothing,
/// whenever this is ended. `progress` is told how many documents have been read again.
///
/// # Errors
/// Where something cannot be read or written, or the backup is there already.
pub fn back_up(plan: &BackupPlan<'_>, progress: Progress<'_>) -> Result<Backup, BackupError> {
    let path = named(plan)?;
    let database = plan.data_dir.join(DATABASE_FILE);
    let is_same = |a: fs::Metadata, b: fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    if fs::metadata(&path)
        .ok()
        .zip(fs::metadata(&database).ok())
        .is_some_and(|(a, b)| is_same(a, b))
    {
        return Err(BackupError::IsTheDatabase { path });
    }
    refuse_existing(plan, &path)?;
    let store = Store::open_to_read(&database)?;
    let workshop = Workshop::open(folder_of(&path))?;
    let made = workshop.path.join("made");
    let copied = match plan.private_key {
        PrivateKey::IsLeftOut => copy_database(&store, &made, progress)?,
        PrivateKey::IsIncluded => {
            DirBuilder::new().mode(0o700).create(&made).map_err(not_written(&made))?;
            copy_keys(plan.data_dir, &made)?;
            let copied = copy_database(&store, &made.join(DATABASE_FILE), progress)?;
            File::open(&made).and_then(|it| it.sync_all()).map_err(not_written(&made))?;
            copied
        }
    };
    give_name(plan, made, &path)?;
    drop(workshop);
    Ok(Backup { path, copied, private_key: plan.private_key == PrivateKey::IsIncluded })
}

/// The name of the backup.
fn named(plan: &BackupPlan<'_>) -> Result<PathBuf, BackupError> {
    let target = plan.target;
    if target.is_dir() {
        // Names without colons, which not every file system takes.
        let time: String =
            plan.now.to_string().chars().filter(|it| !matches!(it, '-' | ':')).collect();
        return Ok(target.join(match plan.private_key {
            PrivateKey::IsLeftOut => format!("wellspring-{time}.db"),
            PrivateKey::IsIncluded => format!("wellspring-{time}"),
        }));
    }
    let folder = folder_of(target);
    if target.file_name().is_none() || !folder.is_dir() {
        return Err(BackupError::NoFolder { path: folder.to_owned() });
    }
    Ok(target.to_owned())
}

fn refuse_existing(plan: &BackupPlan<'_>, path: &Path) -> Result<(), BackupError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    match (plan.private_key, plan.existing) {
        (PrivateKey::IsIncluded, _) => Err(BackupError::FolderExists { path: path.to_owned() }),
        (PrivateKey::IsLeftOut, Existing::IsKept) => {
            Err(BackupError::Exists { path: path.to_owned() })
        }
        (PrivateKey::IsLeftOut, Existing::IsReplaced) => Ok(()),
    }
}

fn copy_database(
    store: &Store,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Copied, BackupError> {
    // Nobody else can read it, from the moment that it exists.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(not_written(path))?;
    Ok(store.copy_to(path, progress)?)
}

/// Copies the private key and its history, as they belong together.
fn copy_keys(data_dir: &Path, to: &Path) -> Result<(), BackupError> {
    let (from, to) = (IssuerFiles::of("node", data_dir), IssuerFiles::of("node", to));
    from.complete_change()?;
    let _lock = from.lock()?;
    Issuer::open(&from, None)?.write_first(&to, None)?;
    Ok(())
}

/// Moves what was made to its name, in a single step.
fn give_name(plan: &BackupPlan<'_>, made: PathBuf, path: &Path) -> Result<(), BackupError> {
    let exists = |path: &Path| BackupError::Exists { path: path.to_owned() };
    match (plan.private_key, plan.existing) {
        (PrivateKey::IsLeftOut, Existing::IsKept) => {
            let made = TempPath::try_from_path(made).map_err(not_written(path))?;
            made.persist_noclobber(path).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => exists(path),
                _ => not_written(path)(error.error),
            })?;
        }
        _ => fs::rename(made, path).map_err(not_written(path))?,
    }
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(not_written(path))
}

/// The folder in which a backup is made, which one program has at a time. It goes with its
/// value, and after a kill with the next backup in the same place.
struct Workshop {
    path: PathBuf,
    _lock: File,
}

impl Workshop {
    fn open(beside: &Path) -> Result<Self, BackupError> {
        let path = beside.join(WORKSHOP);
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(not_written(&path)(error));
            }
            _ => {}
        }
        let lock = File::open(&path).map_err(not_written(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BackupError::Busy { path: beside.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(not_written(&path)(error)),
        }
        // Whoever had it may have removed it in between.
        let is_there = fs::metadata(&path).ok().zip(lock.metadata().ok());
        if is_there.is_none_or(|(now, locked)| now.ino() != locked.ino()) {
            return Err(BackupError::Busy { path: beside.to_owned() });
        }
        let workshop = Self { path, _lock: lock };
        workshop.clear().map_err(not_written(&workshop.path))?;
        Ok(workshop)
    }

    /// Removes what a backup left that was ended.
    fn clear(&self) -> io::Result<()> {
        fs::set_permissions(&self.path, Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Where that fails, the next backup does it.
        let _ = self.clear();
        let _ = fs::remove_dir(&self.path);
    }
}

fn not_written(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Write { path: path.clone(), source }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str() != OsStr::new("") => parent,
        _ => Path::new("."),
    }
}
