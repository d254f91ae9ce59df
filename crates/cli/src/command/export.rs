use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use wellspring_node::tree::{Exported, export};
use wellspring_node::{Node, SyncScope};

use super::node_args::{NodeArgs, open_existing, warn_of_the_clock};
use crate::answer::{Format, Outcome, counted};
use crate::client::block_on;
use crate::clock::Now;

/// Write what a node publishes to a folder, as plain files that can be copied anywhere
///
/// The folder gets the tree: every signed document that the node knows, the list of each of
/// its communities with the policy it was made by, and an index of all, signed by the node.
/// A web server, a git repository or an object store can offer it; other nodes read it as a
/// mirror, and `wellspring audit` checks it. A node that runs serves the same under /tree/.
///
/// Works on what the node has stored and fetches nothing. Only what changed is written, and
/// the index last, so that the folder is whole at every moment.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Files that are no longer in the tree are removed; files with other names stay as they are.

Exit codes: 0 done, 2 the node could not be opened or the folder could not be written.

Examples:
  wellspring sync --config wellspring.toml && wellspring export --config wellspring.toml tree/
  wellspring audit tree/")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// The folder to write; made where it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let node = self.open()?;
        warn_of_the_clock(&node);
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} files") {
            bar.set_style(style);
        }
        let exported = export(&node, &self.folder, &mut |done, files| {
            bar.set_length(files as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let report = Report { folder: self.folder.display().to_string(), exported: exported? };
        self.format.print(&report, Outcome::Yes)
    }

    fn open(&self) -> anyhow::Result<Arc<Node>> {
        let opening = self.node.opening(self.now.clock())?;
        if !self.node.is_example_world() {
            return open_existing(opening);
        }
        // It is signed afresh; there is nobody to ask.
        let node = Node::open(opening)?;
        block_on(async { node.sync(SyncScope::All, &|_| {}).await })??;
        Ok(node)
    }
}

#[derive(Serialize)]
struct Report {
    folder: String,
    #[serde(flatten)]
    exported: Exported,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exported { documents, views, files, written, removed } = self.exported;
        writeln!(
            f,
            "{} holds {} and {}.",
            self.folder,
            counted(documents, "document"),
            counted(views, "view")
        )?;
        writeln!(f, "  files    {files}, of which {written} written")?;
        if removed > 0 {
            writeln!(f, "  removed  {}", counted(removed, "file"))?;
        }
        Ok(())
    }
}
