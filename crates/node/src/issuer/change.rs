//! Changing the keys of an issuer, so that no moment at which a program may be ended leaves
//! an issuer without its key.
//!
//! The new key is written first, under a name of its own that tells its public half. Replacing
//! the key history is what decides; after it, the new key only has to be moved to its place,
//! which whoever opens the issuer next does too. Where others have to sign the change, days may
//! lie between both, and the change may come to nothing: then no history names the new key, and
//! the old one stays where it is.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use wellspring_document::{
    Body, KeyHistory, PublicKey, RawDocument, SignError, SigningKey, Timestamp, Verified, json,
    sign_again,
};

use super::{
    Issuer, IssuerError, IssuerFiles, folder_of, read, read_history, replace, write_key, write_new,
};

/// The right to sign in a folder and to change the keys in it, which one program has at a
/// time. It ends with its value.
#[derive(Debug)]
pub struct KeyChangeLock {
    _folder: File,
}

/// What becomes of the file with the private key.
#[derive(Debug, Clone, Copy)]
pub enum KeyFile<'a> {
    /// The key that is in it stays.
    Stays,
    /// It holds the new key, encrypted where there is a passphrase; the old one is kept under
    /// another name.
    IsReplaced {
        /// The passphrase of the new key.
        passphrase: Option<&'a str>,
    },
}

/// What a change of keys kept of what was before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The private key before.
    pub key: Option<PathBuf>,
    /// The key history before, where states of it do not count any longer.
    pub history: Option<PathBuf>,
}

impl IssuerFiles {
    /// Keeps other programs from signing or changing the keys in this folder at the same time.
    ///
    /// # Errors
    /// [`IssuerError::Busy`], and where the folder cannot be opened.
    pub fn lock(&self) -> Result<KeyChangeLock, IssuerError> {
        let folder = folder_of(&self.key);
        let locked = File::open(folder).map_err(TryLockError::Error).and_then(|opened| {
            opened.try_lock()?;
            Ok(opened)
        });
        match locked {
            Ok(opened) => Ok(KeyChangeLock { _folder: opened }),
            Err(TryLockError::WouldBlock) => Err(IssuerError::Busy { path: folder.to_owned() }),
            Err(TryLockError::Error(source)) => {
                Err(IssuerError::Read { path: folder.to_owned(), source })
            }
        }
    }

    /// Completes a change of keys that was ended in between, or that others had to sign: moves
    /// the new key to its place. Does nothing where there is nothing to complete, or while
    /// another program is at it.
    ///
    /// # Errors
    /// Where the key cannot be moved.
    pub fn complete_change(&self) -> Result<(), IssuerError> {
        let is_pending = |history| self.pending(&history).is_some();
        if !read_history(&self.history).is_ok_and(is_pending) {
            return Ok(());
        }
        match self.lock() {
            Ok(lock) => self.complete_change_under(&lock),
            Err(_) => Ok(()),
        }
    }

    /// As [`IssuerFiles::complete_change`], by whoever has the lock.
    ///
    /// # Errors
    /// Where the key cannot be moved.
    pub fn complete_change_under(&self, _lock: &KeyChangeLock) -> Result<(), IssuerError> {
        let Ok(history) = read_history(&self.history) else { return Ok(()) };
        let Some(pending) = self.pending(&history) else { return Ok(()) };
        self.take_up(&pending, history.version().saturating_sub(1)).map(drop)
    }

    /// Writes a key that is to replace the one in the file, where a key history comes to name
    /// it: [`IssuerFiles::complete_change`] moves it then.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_pending_key(
        &self,
        key: &SigningKey,
        passphrase: Option<&str>,
        _lock: &KeyChangeLock,
    ) -> Result<PathBuf, IssuerError> {
        let pending = self.pending_key(&key.public());
        write_key(&pending, key, passphrase)?;
        sync_folder(&pending)
            .map_err(|source| IssuerError::Write { path: pending.clone(), source })?;
        Ok(pending)
    }

    /// Puts a key history in the place of the one before. Where states of that do not count any
    /// longer, it is kept under another name, which is the answer.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub fn write_history(
        &self,
        history: &KeyHistory,
        _lock: &KeyChangeLock,
    ) -> Result<Option<PathBuf>, IssuerError> {
        let before = if self.history.exists() { Some(read_history(&self.history)?) } else { None };
        let kept = match before {
            Some(before) if !history.extends(&before) => {
                let version = before.version();
                keep(&self.history, 0o644, |number| {
                    self.history.with_extension(format!("old-{version}{number}.json"))
                })?
            }
            _ => None,
        };
        let states = json::canonical(&history.to_json().into());
        replace(&self.history, &states)
            .and_then(|()| sync_folder(&self.history))
            .map_err(|source| IssuerError::Write { path: self.history.clone(), source })?;
        Ok(kept)
    }

    /// The new key that the history names already, where it is not in its place yet.
    pub(super) fn pending(&self, history: &KeyHistory) -> Option<PathBuf> {
        let keys = &history.current().signing.keys;
        keys.iter().map(|key| self.pending_key(key)).find(|it| it.exists())
    }

    /// Where a key lies until the key history names it.
    fn pending_key(&self, key: &PublicKey) -> PathBuf {
        self.key.with_extension(format!("new-{key}.pem"))
    }

    /// Moves a key to its place. The one that was there, of the state with that version, is
    /// kept under another name, which is the answer.
    fn take_up(&self, pending: &Path, version: u32) -> Result<Option<PathBuf>, IssuerError> {
        let mut kept = None;
        if self.key.exists() {
            kept = keep(&self.key, 0o600, |number| {
                self.key.with_extension(format!("old-{version}{number}.pem"))
            })?;
        }
        fs::rename(pending, &self.key)
            .and_then(|()| sync_folder(&self.key))
            .map_err(|source| IssuerError::Write { path: self.key.clone(), source })?;
        Ok(kept)
    }
}

impl Issuer {
    /// Signs a document of this issuer again with the key of now, as it is but for its key
    /// history, number and dates. It is valid for as many days as before.
    ///
    /// # Errors
    /// Where no node would take the document.
    pub fn sign_again<T: Body>(
        &self,
        document: &Verified<T>,
        sequence: u64,
        now: Timestamp,
    ) -> Result<RawDocument, SignError> {
        sign_again(document, &self.history, sequence, now, std::slice::from_ref(&self.key))
    }

    /// Writes the files of an issuer whose keys changed. What is ended in between is either
    /// as before, or completed by whoever opens the issuer next.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub fn write_change(
        &self,
        files: &IssuerFiles,
        key: KeyFile<'_>,
        lock: &KeyChangeLock,
    ) -> Result<Kept, IssuerError> {
        let version = match files.history.exists() {
            true => read_history(&files.history)?.version(),
            false => 1,
        };
        let KeyFile::IsReplaced { passphrase } = key else {
            let history = files.write_history(&self.history, lock)?;
            return Ok(Kept { key: None, history });
        };
        let pending = files.write_pending_key(&self.key, passphrase, lock)?;
        let history = files.write_history(&self.history, lock)?;
        Ok(Kept { key: files.take_up(&pending, version)?, history })
    }
}

/// Copies a file to the first of the names that is free or holds the same already. A copy and
/// no second name, which not every file system has.
fn keep(
    path: &Path,
    mode: u32,
    name: impl Fn(&str) -> PathBuf,
) -> Result<Option<PathBuf>, IssuerError> {
    let bytes = zeroize::Zeroizing::new(read(path)?);
    let mut number = 1;
    loop {
        let copy = name(&if number == 1 { String::new() } else { format!("-{number}") });
        match write_new(&copy, &bytes, mode) {
            Ok(()) => return Ok(Some(copy)),
            Err(IssuerError::Exists { .. }) if read(&copy)? == *bytes => return Ok(Some(copy)),
            Err(IssuerError::Exists { .. }) => number += 1,
            Err(other) => return Err(other),
        }
    }
}

/// Makes new names in the folder of `path` outlast a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(test)]
mod tests;
