//! Mirrors: what other nodes' trees have that matters here.
//!
//! A mirror is a road for documents and no witness. Each document is verified and accepted as
//! if its issuer had handed it over; that a mirror has it, or has it no longer, says nothing
//! about a name. Its signed index saves looking at what is here already, shows a mirror that
//! stands still or goes back, and tells what the mirror no longer lists.

mod open;
mod problem;
mod take;
mod wanted;

use std::time::Duration;

use crate::config::MirrorConfig;
use crate::tree::TreePlace;

use super::*;
pub(super) use open::OpenMirror;

/// How many bytes the parts of a mirror's index may have together. An entry takes some 400, so
/// these are 160,000 documents.
pub const MAX_MIRROR_INDEX_BYTES: u64 = 64_000_000;

/// How many documents are fetched from one mirror in one round; the others in the next ones.
pub const MAX_MIRROR_DOCUMENTS_PER_ROUND: usize = 10_000;

/// How many bytes of documents are fetched from one mirror in one round; the others in the next
/// ones. More than the largest document by far.
pub const MAX_MIRROR_BYTES_PER_ROUND: u64 = 256_000_000;

/// How many documents of one feed are looked at: the one that counts, and evidence. Nobody needs
/// more to know that an issuer contradicts themselves.
pub const MAX_MIRROR_DOCUMENTS_PER_FEED: usize = 8;

/// How long one mirror may keep a round waiting, so that one that gives a byte now and then
/// holds up nobody for hours. 10,000 documents of a mirror on the other side of the world take
/// four minutes.
pub const MAX_MIRROR_TIME: Duration = Duration::from_secs(300);

/// After so many files in a row that could not be fetched, a mirror is left alone.
const FAILURES_UNTIL_LEFT_ALONE: usize = 10;

/// How many problems of one mirror are told in one round.
const MAX_PROBLEMS: usize = 100;

/// Under which name the store knows a mirror.
pub(super) fn mirror_key(mirror: &MirrorConfig) -> Result<SourceKey, ConfigError> {
    Ok(SourceKey { kind: SourceKind::Mirror, location: mirror.place()?.to_string() })
}

/// All of them.
pub(super) fn mirror_keys(config: &Config) -> Result<Vec<SourceKey>, ConfigError> {
    config.mirrors.iter().map(mirror_key).collect()
}

impl Round<'_> {
    /// Reads the indexes of the mirrors whose time has come.
    pub(super) async fn open_mirrors(&mut self) -> Result<Vec<OpenMirror>, NodeError> {
        let asked = mirror_keys(&self.node.config)?;
        self.node
            .blocking(move |node| Ok(node.store().drop_mirrors_but(&asked, node.now())?))
            .await?;
        let mut opening = Vec::new();
        for mirror in &self.node.config.mirrors {
            let (key, place) = (mirror_key(mirror)?, mirror.place()?);
            let is_due = match &place {
                TreePlace::Url(_) => self.claims(&key),
                TreePlace::Folder(path) => self.claims_local(&key, path),
            };
            if is_due {
                (self.progress)(SyncProgress::Planned(1));
                let known = self.known.get(&key).cloned();
                let reader = self.node.tree_reader(place)?;
                opening.push(OpenMirror::open(
                    self.node,
                    (key, reader),
                    mirror.issuer.clone(),
                    known,
                ));
            }
        }
        futures_util::future::try_join_all(opening).await
    }

    /// Fetches from the mirrors what these views need and the node has not got. Gives how many
    /// documents were new.
    pub(super) async fn take_from_mirrors(
        &mut self,
        mirrors: &mut [OpenMirror],
        views: &[CommunityView],
    ) -> Result<usize, NodeError> {
        if mirrors.is_empty() {
            return Ok(0);
        }
        let views = views.to_vec();
        let wanted = Arc::new(self.node.blocking(move |node| node.wanted(&views)).await?);
        let mut accepted = 0;
        // One after the other: what the first one gave, the next one need not.
        for mirror in mirrors {
            let worked = mirror.take(self.node, &wanted, self.progress).await?;
            accepted += worked.accepted;
            self.add(worked, 0).await;
        }
        Ok(accepted)
    }

    /// Writes down what came of the mirrors.
    pub(super) async fn close_mirrors(
        &mut self,
        mirrors: Vec<OpenMirror>,
    ) -> Result<(), NodeError> {
        for mirror in mirrors {
            let failures =
                self.known.get(mirror.key()).map_or(0, |source| source.consecutive_failures);
            let closed = self.node.blocking(move |node| mirror.close(node, failures));
            self.add(closed.await?, 1).await;
        }
        Ok(())
    }
}
