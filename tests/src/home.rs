use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use wellspring_document::Timestamp;
use wellspring_store::Store;

use crate::config::Config;
use crate::node::Serving;
use crate::program::{Finished, wellspring};
use crate::seen::View;

/// A folder with the configuration and the data of one node.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A new node with this configuration.
    pub fn new(config: &Config) -> Self {
        let home = Self::empty();
        home.configure(config);
        home
    }

    /// A node that has the keys of `other` and nothing else of it, so that it signs the
    /// same documents when it sees the same.
    pub fn with_keys_of(other: &Self, config: &Config) -> Self {
        let home = Self::new(config);
        fs::create_dir(home.path().join("data")).unwrap();
        for file in ["node-key.pem", "node-key-history.json"] {
            let file = Path::new("data").join(file);
            fs::copy(other.path().join(&file), home.path().join(&file)).unwrap();
        }
        home
    }

    /// Makes the node's own keys, and nothing else.
    pub fn make_keys(&self, now: Timestamp) {
        let now = now.to_string();
        let arguments = ["--name", "node", "--out-dir", "data", "--no-passphrase", "--now", &now];
        let generate = ["key", "generate"].into_iter().chain(arguments);
        Finished::run(&mut wellspring(self.path(), generate)).well();
    }

    /// Writes another configuration.
    pub fn configure(&self, config: &Config) {
        config.write(self.path());
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command with the node's configuration at a time.
    pub fn run(&self, command: &str, now: Timestamp, more: &[&str]) -> Finished {
        Finished::run(&mut self.command(command, now, more))
    }

    /// A command with the node's configuration at a time, not yet run.
    pub fn command(&self, command: &str, now: Timestamp, more: &[&str]) -> std::process::Command {
        let now = now.to_string();
        let arguments = [command, "--config", "wellspring.toml", "--now", &now];
        wellspring(self.path(), arguments.iter().chain(more))
    }

    /// Asks every source, and gives what came of it.
    pub fn sync(&self, now: Timestamp) -> Value {
        let answer = self.run("sync", now, &["--json"]);
        serde_json::from_str(&answer.out).unwrap_or_else(|_| panic!("{answer:?}"))
    }

    /// Begins to ask every source.
    pub fn start_sync(&self, now: Timestamp) -> Child {
        let mut command = self.command("sync", now, &["--json"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The exact bytes of the ranked list.
    pub fn rank_bytes(&self, now: Timestamp) -> String {
        self.run("rank", now, &["--json"]).well()
    }

    /// The ranked list.
    pub fn rank(&self, now: Timestamp) -> View {
        View::read(&self.rank_bytes(now))
    }

    /// The ranked list of one of several communities.
    pub fn rank_of(&self, community: &str, now: Timestamp) -> View {
        View::read(&self.run("rank", now, &["--json", "--community", community]).well())
    }

    /// Serves the node's pages until the answer is dropped.
    pub fn serve(&self, now: Timestamp) -> Serving {
        Serving::start(&mut self.command("serve", now, &[]))
    }

    /// The node's database.
    pub fn store(&self) -> Store {
        Store::open(self.path().join("data/wellspring.db")).unwrap()
    }

    /// Why the source at a location could not be used at the last attempt: the code.
    pub fn failure(&self, location: &str) -> Option<String> {
        let sources = self.store().sources().unwrap().rows;
        let source = sources.into_iter().find(|source| source.key.location == location);
        source.unwrap_or_else(|| panic!("{location} was never asked")).failure.map(|it| it.code)
    }
}
