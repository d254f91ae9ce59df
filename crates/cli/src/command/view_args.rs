//! Which view a command is about: of which node or archive, at which moment, for whom.

mod archive;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use wellspring_document::Timestamp;
use wellspring_node::config::CommunityConfig;
use wellspring_node::{Clock, Node, Snapshot, SyncScope};
use wellspring_ranking::View;

use super::node_args::{NodeArgs, open_existing, warn_of_the_clock};
use crate::answer;
use crate::client::block_on;
use crate::failure::Refused;

/// The view of a community: of a node, or of an archive of signed documents.
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    #[command(flatten)]
    node: NodeArgs,

    /// The moment for which to rank, as 2026-11-22T10:00:00Z; without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,

    /// The id of the community; without it, the first one of the configuration
    #[arg(long, value_name = "ID")]
    community: Option<String>,

    /// Rank the signed documents below this folder, and not those of a node
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,

    /// Rank an archive by the policy in this file, written as under [community.policy]
    #[arg(long, value_name = "FILE", requires = "archive",
        conflicts_with_all = ["config", "adopt", "data_dir", "community"])]
    policy: Option<PathBuf>,
}

impl ViewArgs {
    /// Makes the view. Fetches nothing.
    pub(crate) fn view(&self) -> anyhow::Result<Arc<View>> {
        match &self.archive {
            Some(folder) => self.view_of_archive(folder).map(Arc::new),
            None => self.view_of_node(),
        }
    }

    fn view_of_node(&self) -> anyhow::Result<Arc<View>> {
        let snapshot = self.snapshot()?;
        let views = &snapshot.communities;
        let communities = views.iter().map(|it| it.community.as_ref());
        let place = self.place_of_community(communities)?;
        Ok(Arc::clone(&views[place].view))
    }

    /// The community that was asked for, by its place.
    fn place_of_community<'a>(
        &self,
        communities: impl Iterator<Item = &'a CommunityConfig>,
    ) -> anyhow::Result<usize> {
        let Some(wanted) = &self.community else { return Ok(0) };
        let ids: Vec<_> = communities.map(|it| it.id.as_str()).collect();
        ids.iter().position(|id| id == wanted).ok_or_else(|| {
            Refused::because(format!(
                "there is no community \"{wanted}\"; there are: {}",
                ids.join(", ")
            ))
        })
    }

    fn clock(&self) -> Clock {
        self.now.map_or(Clock::System, Clock::Moment)
    }

    fn snapshot(&self) -> anyhow::Result<Arc<Snapshot>> {
        let mut opening = self.node.opening(self.clock())?;
        if !self.node.is_example_world() {
            let node = open_existing(opening)?;
            warn_of_the_clock(&node);
            let snapshot = node.snapshot();
            if snapshot.communities.iter().all(|it| it.view.servers.is_empty()) {
                answer::warn(
                    "nothing is known yet; `wellspring sync` with the same options reads the \
                     sources",
                );
            }
            return Ok(snapshot);
        }
        // The example world is signed for the moment that was asked for. A database that has
        // seen it at a later one would rightly refuse that as rolled back, and one that is to
        // show it today must not see it in the future.
        let scratch = tempfile::tempdir().context("no temporary folder could be made")?;
        opening.config.node.data_dir = scratch.path().to_owned();
        let node = Node::open(opening)?;
        block_on(async { node.sync(SyncScope::All, &|_| {}).await })??;
        Ok(node.snapshot())
    }
}
