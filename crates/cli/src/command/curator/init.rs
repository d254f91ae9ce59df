use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{LanguageTag, Text, authoring};

use super::ROLE;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::key_files::{FirstKeysArgs, KeyFiles};
use crate::signing::Folder;

/// Write a commented endorsements.toml and make the key that signs it
///
/// Nothing that exists is overwritten: a key that is there already is used.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring curator init --name \"Hackerspace Federation\"")]
pub(crate) struct Args {
    /// The name under which you publish the list
    #[arg(long)]
    name: Text,

    /// The language of that name
    #[arg(long, value_name = "TAG", default_value = "en")]
    lang: LanguageTag,

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
        let template = authoring::endorsements_template(&self.lang, &self.name);
        let (list_file, key) = self.folder.begin(&ROLE, &self.key, self.now.get(), &template)?;
        let folder_option = self.folder.option();
        let report = Report { name: self.name, list_file, key, folder_option };
        let outcome = report.key.outcome();
        self.format.print(&report, outcome)
    }
}

#[derive(Serialize)]
struct Report {
    name: Text,
    list_file: PathBuf,
    #[serde(flatten)]
    key: KeyFiles,
    #[serde(skip)]
    folder_option: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (list, option) = (self.list_file.display(), &self.folder_option);
        let once = if self.key.draft().is_some() { " once the others have signed" } else { "" };
        writeln!(f, "{} can begin{once}, as the issuer {}", self.name, self.key.issuer)?;
        writeln!(f, "  {list}: the list; every line is explained there.")?;
        write!(f, "{}", self.key)?;
        let next = match self.key.draft() {
            Some(draft) => {
                write!(f, "\n{draft}")?;
                "Then"
            }
            None => "Next:",
        };
        writeln!(f, "\n{next} name the servers that you know, then sign the list:")?;
        writeln!(f, "  wellspring curator endorse example.org --reason \"Why\"{option}")?;
        writeln!(f, "  wellspring curator sign{option}")
    }
}
