use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{ServerName, Verdict};

use super::authoring_file;
use super::book::Book;
use crate::answer::{Format, Outcome};
use crate::failure::Refused;
use crate::signing::Folder;

/// Take a server off the list
///
/// Readers see that it was removed: nodes keep the difference between two issues of a list.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring curator remove example.org")]
pub(crate) struct Args {
    /// The Matrix server name
    server_name: ServerName,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let mut book = Book::open(authoring_file(&self.folder))?;
        let list_file = book.path().to_owned();
        let Some(verdict) = book.entry(&self.server_name).map(|entry| entry.verdict) else {
            let (file, name) = (list_file.display(), &self.server_name);
            return Err(Refused::because(format!("{file} has no entry for {name}")));
        };
        book.remove(&self.server_name);
        book.save()?;
        let report = Report {
            server_name: self.server_name,
            verdict,
            list_file,
            folder_option: self.folder.option(),
        };
        self.format.print(&report, Outcome::Yes)
    }
}

#[derive(Serialize)]
struct Report {
    server_name: ServerName,
    /// The verdict that is gone.
    verdict: Verdict,
    list_file: PathBuf,
    #[serde(skip)]
    folder_option: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server_name, verdict, .. } = self;
        let file = self.list_file.display();
        writeln!(f, "{file}: removed {server_name}, which had the verdict {verdict}.")?;
        writeln!(f, "\nNext: run")?;
        writeln!(f, "  wellspring curator sign{}", self.folder_option)
    }
}
