use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{ServerName, authoring};

use super::ROLE;
use super::found::{self, Asked, Findings};
use crate::answer::{Format, Outcome};
use crate::client::Network;
use crate::clock::Now;
use crate::key_files::{self, FirstKeysArgs, KeyFiles};
use crate::signing::Folder;

/// Write a commented profile.toml and make the key that signs it
///
/// Nothing that exists is overwritten: a key that is there already is used. What the server
/// says of itself (contacts, software, ways to log in) is written into profile.toml as
/// suggestions, behind a # each; for that it is asked on a terminal, and with --fetch.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring operator init example.org --fetch
  wellspring operator init example.org --dir /srv/profile --passphrase-file ~/passphrase")]
pub(crate) struct Args {
    /// The Matrix server name, as in @user:SERVER_NAME
    server_name: ServerName,

    /// Ask the server what it says of itself
    #[arg(long, conflicts_with = "no_fetch")]
    fetch: bool,

    /// Ask nobody
    #[arg(long)]
    no_fetch: bool,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    key: FirstKeysArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        // Before anybody is asked.
        key_files::refuse_existing(&self.folder.file(ROLE.authoring))?;
        let Findings { asked, suggestions } = self.ask()?;
        let template = authoring::suggesting_template(&self.server_name, &suggestions);
        let (profile_file, key) = self.folder.begin(&ROLE, &self.key, self.now.get(), &template)?;
        let report = Report {
            server_name: self.server_name,
            profile_file,
            folder_option: self.folder.option(),
            key,
            asked,
        };
        let outcome = report.key.outcome();
        self.format.print(&report, outcome)
    }

    fn ask(&self) -> anyhow::Result<Findings> {
        let should_ask = self.fetch || !self.no_fetch && io::stdin().is_terminal();
        if should_ask {
            found::ask(&self.server_name, &self.network)
        } else {
            Ok(Findings::default())
        }
    }
}

#[derive(Serialize)]
struct Report {
    server_name: ServerName,
    profile_file: PathBuf,
    #[serde(flatten)]
    key: KeyFiles,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Asked>,
    #[serde(skip)]
    folder_option: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = self.profile_file.display();
        writeln!(
            f,
            "{} is ready to be described, by the issuer {}",
            self.server_name, self.key.issuer
        )?;
        writeln!(f, "  {profile}: what you say of your server; every line is explained there.")?;
        write!(f, "{}", self.key)?;
        if !self.asked.is_empty() {
            writeln!(f, "\nAsked the server, for suggestions in {profile}:")?;
            self.asked.iter().try_for_each(|asked| write!(f, "{asked}"))?;
        }
        let next = match self.key.draft() {
            Some(draft) => {
                write!(f, "\n{draft}")?;
                "Then"
            }
            None => "Next:",
        };
        writeln!(f, "\n{next} edit {profile}, then run")?;
        writeln!(f, "  wellspring operator sign{}", self.folder_option)
    }
}
