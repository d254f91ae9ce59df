use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{ServerName, authoring};

use super::ROLE;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::key_files::KeyFiles;
use crate::prompt::NewKeyArgs;
use crate::signing::Folder;

/// Write a commented profile.toml and make the key that signs it
///
/// Nothing that exists is overwritten: a key that is there already is used.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring operator init example.org
  wellspring operator init example.org --dir /srv/profile --passphrase-file ~/passphrase")]
pub(crate) struct Args {
    /// The Matrix server name, as in @user:SERVER_NAME
    server_name: ServerName,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let template = authoring::profile_template(&self.server_name);
        let (profile_file, key) = self.folder.begin(&ROLE, &self.key, self.now.get(), &template)?;
        let report = Report {
            server_name: self.server_name,
            profile_file,
            folder_option: self.folder.option(),
            key,
        };
        self.format.print(&report, Outcome::Yes)
    }
}

#[derive(Serialize)]
struct Report {
    server_name: ServerName,
    profile_file: PathBuf,
    #[serde(flatten)]
    key: KeyFiles,
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
        writeln!(f, "\nNext: edit {profile}, then run")?;
        writeln!(f, "  wellspring operator sign{}", self.folder_option)
    }
}
