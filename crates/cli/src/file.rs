//! Reading files that could be anything, and writing files that must be whole.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The largest authoring file or configuration that is read, in bytes. The largest signed
/// document made from one is a list of 8 MB.
pub(crate) const MAX_TEXT_BYTES: usize = 16 * 1_000_000;

/// The longest text that is read for a private key from paper, in bytes.
pub(crate) const MAX_PAPER_BYTES: usize = 4_096;

/// Reads a file, and of a longer one no more than `max_bytes` and one byte: enough for a
/// reader with that limit to see that it is too long.
pub(crate) fn read(path: &Path, max_bytes: usize) -> anyhow::Result<Vec<u8>> {
    let read = || read_bounded(File::open(path)?, max_bytes);
    read().with_context(|| format!("{} could not be read", path.display()))
}

/// As [`read`], where the file may be absent. It is one that the program looks for by itself,
/// so it must be a regular file: to open a pipe would wait for somebody who writes to it.
pub(crate) fn read_if_there(path: &Path, max_bytes: usize) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(found) if !found.is_file() => {
            anyhow::bail!("{} could not be read: it is no regular file", path.display())
        }
        _ => read(path, max_bytes).map(Some),
    }
}

/// Reads what is there, but no more than `max_bytes` and one byte.
pub(crate) fn read_bounded(reader: impl Read, max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(bound).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text file written by a person.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = read(path, MAX_TEXT_BYTES)?;
    if bytes.len() > MAX_TEXT_BYTES {
        anyhow::bail!("{} is larger than the {MAX_TEXT_BYTES} bytes that are read", path.display());
    }
    String::from_utf8(bytes)
        .ok()
        .with_context(|| format!("{} is not text in UTF-8; save it as such", path.display()))
}

/// Puts a file that everybody may read in its place, whole or not at all: it is written
/// beside its name and then renamed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mode = fs::Permissions::from_mode(0o644);
        let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder_of(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok::<_, io::Error>(())
    };
    write().with_context(|| format!("{} could not be written", path.display()))
}

/// Writes a file that everybody may read and that must not exist yet.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("{} could not be written", path.display()))
}

/// Removes a file, where it is there.
pub(crate) fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} could not be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// Makes a folder unless it is there.
pub(crate) fn ensure_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("{} could not be made", path.display()))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
