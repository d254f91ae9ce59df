//! Noticing that folders of documents have changed.
//!
//! Two things together work for a git checkout, an rsync copy and a mounted file system alike:
//! the system tells at once that something happened in a folder (inotify and the like), which
//! is a hint and no more; and each folder is looked at after a hint and once a minute, where
//! its fingerprint ([`directory::outline`]) decides whether there is anything to read. So an
//! event that says nothing costs a look, one that is lost costs a minute, and file systems
//! without events (NFS, FUSE) need nothing of their own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use crate::directory::{self, Outline};

/// How often folders are looked at without a hint.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long it has to be quiet after a hint before the folders are looked at: a checkout or a
/// copy writes one file after the other.
const QUIET: Duration = Duration::from_secs(1);

/// How long is waited for quiet at most.
const RESTLESS: Duration = Duration::from_secs(10);

/// How often a look begins again because it met folders that were not watched yet: what came
/// into them before that gave no hint.
const LOOKS_AT_NEW_FOLDERS: usize = 3;

/// Folders that are watched.
pub(crate) struct Watch {
    /// Each with its fingerprint at the last look.
    roots: BTreeMap<PathBuf, u64>,
    events: Option<Events>,
    hint: Arc<Notify>,
    look_every: Duration,
}

impl Watch {
    /// Looks at the folders for the first time: what is in them now is no news. A folder need
    /// not be there. Blocks.
    pub(crate) fn begin(roots: impl IntoIterator<Item = PathBuf>) -> Self {
        let hint = Arc::new(Notify::new());
        let roots: BTreeMap<_, _> = roots.into_iter().map(|root| (root, 0)).collect();
        let events = Events::begin(roots.keys(), &hint);
        Self::with(roots, events, hint, LOOK_EVERY)
    }

    fn with(
        roots: BTreeMap<PathBuf, u64>,
        events: Option<Events>,
        hint: Arc<Notify>,
        look_every: Duration,
    ) -> Self {
        let mut watch = Self { roots, events, hint, look_every };
        watch.look();
        watch
    }

    /// Says which folders have changed, for ever: soon after the system told so, else at the
    /// next look.
    pub(crate) async fn run(mut self, changed: impl Fn(Vec<PathBuf>)) {
        if self.roots.is_empty() {
            return std::future::pending().await;
        }
        loop {
            tokio::select! {
                () = self.hint.notified() => self.quiet().await,
                () = sleep(self.look_every) => {}
            }
            let looked = tokio::task::spawn_blocking(move || {
                let news = self.look();
                (self, news)
            });
            // A look that does not come back ends with the program.
            let Ok((watch, news)) = looked.await else { return std::future::pending().await };
            self = watch;
            if !news.is_empty() {
                changed(news);
            }
        }
    }

    /// Waits until there are no more hints for a while.
    async fn quiet(&self) {
        let end = Instant::now() + RESTLESS;
        while timeout_at(end.min(Instant::now() + QUIET), self.hint.notified()).await.is_ok() {}
    }

    /// Looks at all folders; gives those that have changed since the last look.
    fn look(&mut self) -> Vec<PathBuf> {
        let mut outlines = self.outlines();
        for _again in 1..LOOKS_AT_NEW_FOLDERS {
            let Some(events) = &mut self.events else { break };
            if !events.follow(&outlines) {
                break;
            }
            outlines = self.outlines();
        }
        let news = outlines.into_iter().filter_map(|(root, outline)| {
            let before = self.roots.insert(root.clone(), outline.fingerprint);
            (before != Some(outline.fingerprint)).then_some(root)
        });
        news.collect()
    }

    fn outlines(&self) -> Vec<(PathBuf, Outline)> {
        self.roots.keys().map(|root| (root.clone(), directory::outline(root))).collect()
    }
}

/// What the system tells of folders.
struct Events {
    watcher: RecommendedWatcher,
    /// The folders that are watched, and which one was found under each path: another one can
    /// have taken its place.
    followed: BTreeMap<PathBuf, FolderId>,
    /// Whether it was said that the system watches no more of them.
    told_limit: bool,
}

/// Device and number of a folder on it.
type FolderId = (u64, u64);

impl Events {
    /// Nothing where the system does not tell; then looking has to do.
    fn begin<'a>(roots: impl IntoIterator<Item = &'a PathBuf>, hint: &Arc<Notify>) -> Option<Self> {
        let roots: Vec<_> = roots.into_iter().map(|root| absolute(root)).collect();
        if roots.is_empty() {
            return None;
        }
        let hint = Arc::clone(hint);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, |event| is_hint(event, &roots)) {
                hint.notify_one();
            }
        });
        match watcher {
            Ok(watcher) => Some(Self { watcher, followed: BTreeMap::new(), told_limit: false }),
            Err(error) => {
                tracing::warn!(%error, "the system does not tell when folders change: {SLOWER}");
                None
            }
        }
    }

    /// Watches the folders of these outlines, and the one around each root, in which it can
    /// appear and be replaced; no others any more. Whether any of them was not watched before.
    fn follow(&mut self, outlines: &[(PathBuf, Outline)]) -> bool {
        let around =
            outlines.iter().filter_map(|(root, _)| absolute(root).parent().map(Path::to_owned));
        let below = outlines.iter().flat_map(|(_, outline)| &outline.folders);
        let wanted: BTreeMap<PathBuf, FolderId> = around
            .chain(below.map(|folder| absolute(folder)))
            .filter_map(|folder| Some((folder_id(&folder)?, folder)))
            .map(|(id, folder)| (folder, id))
            .collect();
        for (folder, id) in &self.followed {
            if wanted.get(folder) != Some(id) {
                // The system may have dropped it already.
                let _ = self.watcher.unwatch(folder);
            }
        }
        let has_new = wanted.iter().any(|(folder, id)| self.followed.get(folder) != Some(id));
        self.followed = wanted;
        // All of them: one that went away and came back is not watched any more.
        for folder in self.followed.keys() {
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => {
                    if !std::mem::replace(&mut self.told_limit, true) {
                        tracing::warn!(
                            "the system watches no more folders (fs.inotify.max_user_watches): \
                             {SLOWER}"
                        );
                    }
                    break;
                }
                // Gone since, or nobody's to look into.
                _ => {}
            }
        }
        has_new
    }
}

const SLOWER: &str = "changes are noticed within a minute instead of at once";

/// Whether something may have changed below one of the roots, or in the place of one. That a
/// folder was opened is none: looking at it does that.
fn is_hint(event: &Event, roots: &[PathBuf]) -> bool {
    let is_reading = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    };
    let is_near =
        |path: &PathBuf| roots.iter().any(|root| path.starts_with(root) || root.starts_with(path));
    event.need_rescan() || (!is_reading && event.paths.iter().any(is_near))
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn folder_id(folder: &Path) -> Option<FolderId> {
    let metadata = fs::metadata(folder).ok().filter(fs::Metadata::is_dir)?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests;
