mod generate;
mod show;

use crate::answer::Outcome;

/// Make and look at the keys of an issuer
///
/// An issuer is somebody who signs. It has a private key, which stays with its owner, and a
/// key history, which is public and part of every document. The hash of its first state is
/// the issuer id, which never changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Generate(generate::Args),
    Show(show::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Generate(args) => args.run(),
            Action::Show(args) => args.run(),
        }
    }
}
