use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::answer::{self, Outcome};
use crate::{Program, file};

/// Write the manual pages of all commands
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring man ~/.local/share/man/man1 && man wellspring")]
pub(crate) struct Args {
    /// The folder to write them to; it is made where it does not exist
    dir: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        file::ensure_folder(&self.dir)?;
        clap_mangen::generate_to(Program::command(), &self.dir)
            .with_context(|| format!("{} could not be filled", self.dir.display()))?;
        let done = format!("Wrote the manual pages to {}.\n", self.dir.display());
        answer::write_out(done.as_bytes())?;
        Ok(Outcome::Yes)
    }
}
