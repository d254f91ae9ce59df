//! One node serves from one data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The file that tells that a node serves from its folder, by a lock on it. It is empty, and
/// may stay.
const SERVING_FILE: &str = "serving.lock";

/// The right to serve from a data directory, which one program has at a time. It ends with
/// its value, and with the program however that ends.
///
/// Two nodes on one database would lose nothing, since each writes in transactions; but both
/// would ask every source, and nobody meant it. `wellspring sync` needs no such right: it is
/// one round, after which the node that serves reads what came of it.
#[derive(Debug)]
pub struct ServingLock {
    _file: File,
}

/// Why a node must not serve from a data directory.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ServingLockError {
    #[error(
        "another node serves from {} already; stop that one, or give this one a folder of its own \
         with --data-dir or node.data_dir",
        data_dir.display()
    )]
    IsServed { data_dir: PathBuf },
    #[error("{} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl ServingLock {
    /// Takes the right to serve from a folder, which must be there.
    ///
    /// # Errors
    /// Where another program has it, or the folder cannot be written.
    pub fn take(data_dir: &Path) -> Result<Self, ServingLockError> {
        let path = data_dir.join(SERVING_FILE);
        let open =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = open.map_err(|source| ServingLockError::Write { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(ServingLockError::IsServed { data_dir: data_dir.to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(ServingLockError::Write { path, source }),
        }
    }
}
