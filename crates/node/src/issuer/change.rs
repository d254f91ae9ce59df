//! Changing the keys of an issuer, so that no moment at which a program may be ended leaves
//! an issuer without its key.
//!
//! The new key is written first, under a name of its own that says to which key state it
//! belongs. Replacing the key history is what decides; after it, the new key only has to be
//! moved to its place, which whoever opens the issuer next does too.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use wellspring_document::{
    Body, HistoryError, KeyHistory, KeyState, RawDocument, SignError, SigningKey, Timestamp,
    Verified, json, sign_again,
};

use super::{
    Issuer, IssuerError, IssuerFiles, folder_of, read, read_history, replace, write_key, write_new,
};

/// The right to change the keys in a folder, which one program has at a time. It ends with
/// its value.
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
    /// Keeps other programs from changing the keys in this folder at the same time.
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

    /// Completes a change of keys that was ended in between: moves the new key to its place.
    /// Does nothing where there is nothing to complete, or while another program is at it.
    ///
    /// # Errors
    /// Where the key cannot be moved.
    pub fn complete_change(&self) -> Result<(), IssuerError> {
        let Ok(history) = read_history(&self.history) else { return Ok(()) };
        let pending = self.pending_key(history.version());
        if !pending.exists() {
            return Ok(());
        }
        let Ok(_lock) = self.lock() else { return Ok(()) };
        self.take_up(&pending)
    }

    /// Where the key of a state lies until the key history names it.
    fn pending_key(&self, version: u32) -> PathBuf {
        self.key.with_extension(format!("new-{version}.pem"))
    }

    fn take_up(&self, pending: &Path) -> Result<(), IssuerError> {
        fs::rename(pending, &self.key)
            .and_then(|()| sync_folder(&self.key))
            .map_err(|source| IssuerError::Write { path: self.key.clone(), source })
    }
}

impl Issuer {
    /// This issuer after a further key state, signed by its key and by the new key, where
    /// there is one, which it signs with from then on.
    ///
    /// # Errors
    /// Where the history would not hold: the keys of others are needed, or recovery keys
    /// would change.
    pub fn rotated(
        &self,
        state: &KeyState,
        new_key: Option<&SigningKey>,
    ) -> Result<Self, HistoryError> {
        let signers: Vec<SigningKey> = std::iter::once(&self.key).chain(new_key).cloned().collect();
        let history = self.history.extend(state, &signers)?;
        Ok(Self { key: new_key.unwrap_or(&self.key).clone(), history })
    }

    /// The issuer of `history` after a further key state, signed by recovery keys and by
    /// `new_key`, which it signs with from then on.
    ///
    /// # Errors
    /// Where the history would not hold: the recovery threshold is not met, or the keys of
    /// others are needed.
    pub fn recovered(
        history: &KeyHistory,
        state: &KeyState,
        new_key: &SigningKey,
        recovery: &[SigningKey],
    ) -> Result<Self, HistoryError> {
        let mut signers = recovery.to_vec();
        signers.push(new_key.clone());
        let history = history.extend(state, &signers)?;
        Ok(Self { key: new_key.clone(), history })
    }

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
        _lock: &KeyChangeLock,
    ) -> Result<Kept, IssuerError> {
        let mut kept = Kept::default();
        let before =
            if files.history.exists() { Some(read_history(&files.history)?) } else { None };
        let version_before = before.as_ref().map_or(1, KeyHistory::version);
        if before.as_ref().is_some_and(|before| !self.history.extends(before)) {
            kept.history = keep(&files.history, 0o644, |number| {
                files.history.with_extension(format!("old-{version_before}{number}.json"))
            })?;
        }
        let pending = files.pending_key(self.history.version());
        if let KeyFile::IsReplaced { passphrase } = key {
            if files.key.exists() {
                kept.key = keep(&files.key, 0o600, |number| {
                    files.key.with_extension(format!("old-{version_before}{number}.pem"))
                })?;
            }
            // Of a change that was ended before it was decided: no history names that key.
            if pending.exists() {
                fs::remove_file(&pending)
                    .map_err(|source| IssuerError::Write { path: pending.clone(), source })?;
            }
            write_key(&pending, &self.key, passphrase)?;
            sync_folder(&pending)
                .map_err(|source| IssuerError::Write { path: pending.clone(), source })?;
        }
        let states = json::canonical(&self.history.to_json().into());
        replace(&files.history, &states)
            .and_then(|()| sync_folder(&files.history))
            .map_err(|source| IssuerError::Write { path: files.history.clone(), source })?;
        if matches!(key, KeyFile::IsReplaced { .. }) {
            files.take_up(&pending)?;
        }
        Ok(kept)
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
