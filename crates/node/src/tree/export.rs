//! A tree in a folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::Builder;
use wellspring_document::{BytesHash, Index, RawDocument};

use super::{Held, Tree, TreeFile};
use crate::node::{Node, NodeError};

/// The folders of a tree.
const FOLDERS: [&str; 2] = ["documents", "parts"];

/// How the name of a file begins that is being written. What a kill leaves of it is removed
/// by the next export.
const UNFINISHED: &str = ".wellspring-export-";

/// What an export changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// How many documents of operators, curators and observers are in the tree.
    pub documents: usize,
    /// How many views.
    pub views: usize,
    /// How many files it has, with the index.
    pub files: usize,
    /// How many of them were written; the others were there.
    pub written: usize,
    /// How many files were removed that are no longer in the tree.
    pub removed: usize,
}

/// Why a tree could not be written. What was there before is as it was, but for files that
/// only the new tree has and those that are no longer in the old one.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ExportError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("{} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is a file and not a folder", path.display())]
    NotAFolder { path: PathBuf },
    #[error("{} is there, and is not the index of this node; name another folder", path.display())]
    NotOurs { path: PathBuf },
    #[error("another export is being written to {} at this moment; try again when it is done", path.display())]
    Busy { path: PathBuf },
    #[error("the document {hash} was erased while the tree was being written; try again")]
    Erased { hash: BytesHash },
}

impl ExportError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Node(_) => "export.node",
            Self::Write { .. } => "export.not-written",
            Self::NotAFolder { .. } => "export.not-a-folder",
            Self::NotOurs { .. } => "export.not-ours",
            Self::Busy { .. } => "export.busy",
            Self::Erased { .. } => "export.erased",
        }
    }
}

/// Writes the tree of a node to `folder`, which is made where it is not there. Only files that
/// are not there yet are written, and the index is replaced last, in a single step: whenever
/// this is ended, the index names nothing that is not whole beside it.
///
/// Files that are no longer in the tree are removed at once, so that what an operator took
/// back is gone; but the parts of the index before stay until the next export, so that
/// whoever is reading that gets to its end. Files with other names stay as they are. A folder
/// with an `index.json` that is not this node's is left alone.
///
/// # Errors
/// Where the tree cannot be made, the folder cannot be written, or is another's.
pub fn export(
    node: &Node,
    folder: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Exported, ExportError> {
    if folder.exists() && !folder.is_dir() {
        return Err(ExportError::NotAFolder { path: folder.to_owned() });
    }
    fs::create_dir_all(folder).map_err(not_written(folder))?;
    // From here on nobody else writes to it, so that what is there is the export before.
    let _lock = lock(folder)?;
    let parts_before = parts_of_index(node, &folder.join(TreeFile::Index.to_string()))?;
    for name in FOLDERS {
        let path = folder.join(name);
        fs::create_dir_all(&path).map_err(not_written(&path))?;
    }
    let tree = node.current_tree()?;
    let files: Vec<TreeFile> = tree.files().collect();
    let mut written = 0;
    for (done, file) in files.iter().enumerate() {
        progress(done, files.len());
        written += usize::from(write_missing(node, &tree, folder, *file)?);
    }
    if written > 0 {
        for name in FOLDERS {
            keep(&folder.join(name))?;
        }
    }
    written += usize::from(write_index(folder, &tree)?);
    let kept: BTreeSet<TreeFile> = files.iter().copied().chain(parts_before).collect();
    Ok(Exported {
        documents: tree.documents(),
        views: tree.views(),
        files: files.len() + 1,
        written,
        removed: remove_others(folder, &kept)?,
    })
}

fn lock(folder: &Path) -> Result<File, ExportError> {
    let lock = File::open(folder).map_err(not_written(folder))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ExportError::Busy { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(not_written(folder)(error)),
    }
}

/// The parts of the node's index that is there; none where there is no index.
fn parts_of_index(node: &Node, path: &Path) -> Result<Vec<TreeFile>, ExportError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(not_written(path))?,
    };
    let index = RawDocument::new(bytes).verify::<Index>().ok();
    let index = index.filter(|it| it.issuer() == node.issuer().history().issuer());
    let index = index.ok_or_else(|| ExportError::NotOurs { path: path.to_owned() })?;
    Ok(index.body().parts.iter().map(|part| TreeFile::Part(part.hash)).collect())
}

/// Whether a file was written that was not there. A file of the right size is taken for what
/// its name says: `wellspring audit` looks inside.
fn write_missing(
    node: &Node,
    tree: &Tree,
    folder: &Path,
    file: TreeFile,
) -> Result<bool, ExportError> {
    let path = folder.join(file.to_string());
    let there = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file);
    let bytes = match tree.get(file) {
        Some(Held::Bytes(bytes)) => bytes,
        Some(Held::InStore { hash, size }) => {
            if there.as_ref().is_some_and(|there| there.len() == u64::from(size)) {
                return Ok(false);
            }
            node.stored_bytes(hash)?.ok_or(ExportError::Erased { hash })?
        }
        // The tree has all of its files.
        None => return Ok(false),
    };
    if there.is_some_and(|there| there.len() == bytes.len() as u64) {
        return Ok(false);
    }
    write(&path, &bytes)?;
    Ok(true)
}

fn write_index(folder: &Path, tree: &Tree) -> Result<bool, ExportError> {
    let path = folder.join(TreeFile::Index.to_string());
    if fs::read(&path).is_ok_and(|there| there == **tree.index()) {
        return Ok(false);
    }
    write(&path, tree.index())?;
    keep(folder)?;
    Ok(true)
}

/// Writes a file in a single step, for everybody to read.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let written = || {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let mut file = Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    written().map_err(not_written(path))
}

/// Makes sure that the names in a folder survive the loss of power.
fn keep(folder: &Path) -> Result<(), ExportError> {
    File::open(folder).and_then(|it| it.sync_all()).map_err(not_written(folder))
}

/// Removes the files of trees that are not among those kept, and what a kill left.
fn remove_others(folder: &Path, kept: &BTreeSet<TreeFile>) -> Result<usize, ExportError> {
    let mut removed = 0;
    for name in ["", FOLDERS[0], FOLDERS[1]] {
        let path = folder.join(name);
        for entry in fs::read_dir(&path).map_err(not_written(&path))? {
            let entry = entry.map_err(not_written(&path))?;
            let file = entry.file_name();
            let is_other = is_unfinished(&file)
                || file
                    .to_str()
                    .filter(|_| !name.is_empty())
                    .and_then(|file| TreeFile::at(&format!("{name}/{file}")))
                    .is_some_and(|file| !kept.contains(&file));
            if is_other && entry.file_type().is_ok_and(|it| !it.is_dir()) {
                fs::remove_file(entry.path()).map_err(not_written(&entry.path()))?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn is_unfinished(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes())
}

fn not_written(path: &Path) -> impl Fn(io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::Write { path: path.clone(), source }
}
