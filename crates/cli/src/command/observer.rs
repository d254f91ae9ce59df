mod import;

use crate::answer::Outcome;

/// Make signed observation reports of what somebody measured
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Import(import::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Import(args) => args.run(),
        }
    }
}
