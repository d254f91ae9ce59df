use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What can begin a round before a source is due: a folder that changed, a name that was
/// submitted. Whoever has news leaves a word here; the scheduler ([`crate::Node::run`]) comes
/// for it.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    news: Notify,
    folders: Mutex<BTreeSet<PathBuf>>,
}

impl Wake {
    /// There is something to ask for.
    pub(crate) fn up(&self) {
        self.news.notify_one();
    }

    /// These folders are to be read again.
    pub(crate) fn for_changed(&self, folders: impl IntoIterator<Item = PathBuf>) {
        self.folders().extend(folders);
        self.up();
    }

    /// Waits until there is news. What came before is news once.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// The folders that a round has to read again. What changes from here on is news.
    pub(crate) fn changed(&self) -> Changed<'_> {
        Changed { folders: std::mem::take(&mut *self.folders()), wake: self }
    }

    fn folders(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folders that a round has to read again. Should it not come to its end, the next one
/// has to.
#[derive(Debug)]
pub(crate) struct Changed<'a> {
    folders: BTreeSet<PathBuf>,
    wake: &'a Wake,
}

impl Changed<'_> {
    /// Whether this folder is one of them.
    pub(crate) fn has(&self, folder: &Path) -> bool {
        self.folders.contains(folder)
    }

    /// All of them were read.
    pub(crate) fn are_read(&mut self) {
        self.folders.clear();
    }
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        self.wake.folders().append(&mut self.folders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_news_until_a_round_has_read_it() {
        let (wake, folder) = (Wake::default(), PathBuf::from("documents"));
        assert!(!wake.changed().has(&folder));
        wake.for_changed([folder.clone()]);
        drop(wake.changed());
        let mut changed = wake.changed();
        assert!(changed.has(&folder), "the round before did not come to its end");
        // While it is read, something else changes in it.
        wake.for_changed([folder.clone()]);
        changed.are_read();
        drop(changed);
        let mut changed = wake.changed();
        assert!(changed.has(&folder));
        changed.are_read();
        drop(changed);
        assert!(!wake.changed().has(&folder));
    }
}
