//! Which node a command is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use wellspring_node::{Clock, Config, DATABASE_FILE, Node, Opening};

use crate::{answer, file};

/// The folder below which nodes without a configuration keep their data.
const DATA_FOLDER: &str = "wellspring-data";

/// The one of the example world.
const EXAMPLE_FOLDER: &str = "example";

/// Which node: that of a configuration, one that adopts a single list, or, without either,
/// the example world.
#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    /// The configuration of your node; `wellspring init` writes one
    #[arg(long, value_name = "FILE", conflicts_with = "adopt")]
    config: Option<PathBuf>,

    /// Show one list that exists today (joinmatrix, FluffyChat), and read nothing else
    #[arg(long, value_name = "URL|FILE")]
    adopt: Option<String>,

    /// The folder of the database and the node's own key
    ///
    /// Without it, that of the configuration; without one, a folder below
    /// wellspring-data.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl NodeArgs {
    /// What to open. Says loudly what a development section loosens.
    pub(crate) fn opening(&self, clock: Clock) -> anyhow::Result<Opening> {
        let data_dir =
            |name: &str| self.data_dir.clone().unwrap_or_else(|| Path::new(DATA_FOLDER).join(name));
        let mut opening = match (&self.config, &self.adopt) {
            (Some(path), _) => Opening::configured(read_config(path)?, clock, random()?),
            (None, Some(from)) => {
                Opening::adopting(from, data_dir(&folder_name(from)), clock, random()?)?
            }
            (None, None) => Opening::example_world(data_dir(EXAMPLE_FOLDER), clock)?,
        };
        if let Some(data_dir) = &self.data_dir {
            opening.config.node.data_dir.clone_from(data_dir);
        }
        opening.config.development.warnings().iter().for_each(|warning| answer::warn(warning));
        Ok(opening)
    }

    /// Its data directory, for what only looks at the files there.
    pub(crate) fn data_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(data_dir) = &self.data_dir {
            return Ok(data_dir.clone());
        }
        Ok(match (&self.config, &self.adopt) {
            (Some(path), _) => read_config(path)?.node.data_dir,
            (None, Some(from)) => Path::new(DATA_FOLDER).join(folder_name(from)),
            (None, None) => Path::new(DATA_FOLDER).join(EXAMPLE_FOLDER),
        })
    }

    /// Whether anything was said about which node.
    pub(crate) const fn is_given(&self) -> bool {
        !self.is_example_world() || self.data_dir.is_some()
    }

    /// Whether the node is neither configured nor adopts a list.
    pub(crate) const fn is_example_world(&self) -> bool {
        self.config.is_none() && self.adopt.is_none()
    }
}

/// Opens a node that is there already: asking should not make one, least of all where a name
/// was misspelt.
pub(crate) fn open_existing(opening: Opening) -> anyhow::Result<Arc<Node>> {
    let data_dir = &opening.config.node.data_dir;
    if !data_dir.exists() || data_dir.is_dir() && !data_dir.join(DATABASE_FILE).exists() {
        anyhow::bail!(
            "there is no node in {} yet; `wellspring sync` with the same options makes one and \
             reads its sources",
            data_dir.display()
        );
    }
    Ok(Node::open(opening)?)
}

/// Tells where the node does not go by this machine's clock, and why.
pub(crate) fn warn_of_the_clock(node: &Node) {
    if let Some(behind) = node.clock_behind() {
        answer::warn(&behind.to_string());
    }
}

fn read_config(path: &Path) -> anyhow::Result<Config> {
    let text = file::read_text(path)?;
    let base = path.parent().unwrap_or_else(|| Path::new(""));
    Config::parse_in(&text, base)
        .with_context(|| format!("{} is no configuration that can be used", path.display()))
}

/// A folder of its own for each adopted list: what one node vouches for is not mixed up
/// with what another does.
fn folder_name(from: &str) -> String {
    let plain: String = from
        .trim_start_matches("https://")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let words: Vec<_> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    format!("adopted-{}", &name[name.len().saturating_sub(80)..])
}

fn random() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adopted_lists_have_folders_of_their_own() {
        assert_eq!(
            folder_name("https://servers.example.net/servers.json"),
            "adopted-servers-example-net-servers-json"
        );
        assert_eq!(folder_name("../a/ä.json"), "adopted-a-json");
        assert_eq!(folder_name(&"x".repeat(300)).len(), 88);
    }
}
