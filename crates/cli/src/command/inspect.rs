mod canonical;
mod proof;
mod server_name;
mod url;

use crate::answer::Outcome;

/// Look into the rules: canonical bytes, proofs, server names, addresses
#[derive(Debug, clap::Args)]
#[command(after_help = "Each exits with 0 for yes and 1 for no, and gives the reason.")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Canonical(canonical::Args),
    Proof(proof::Args),
    ServerName(server_name::Args),
    Url(url::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Canonical(args) => args.run(),
            Action::Proof(args) => args.run(),
            Action::ServerName(args) => args.run(),
            Action::Url(args) => args.run(),
        }
    }
}
