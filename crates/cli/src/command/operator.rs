mod check;
mod hints;
mod init;
mod sign;

use crate::answer::Outcome;
use crate::signing::Role;

/// Publish a signed profile of your server
///
/// `init` once, edit profile.toml, `sign`, upload profile.json, `check`. After a change, and
/// before the profile expires, `sign` and upload again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Init(init::Args),
    Sign(sign::Args),
    Check(check::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Init(args) => args.run(),
            Action::Sign(args) => args.run(),
            Action::Check(args) => args.run(),
        }
    }
}

const ROLE: Role = Role {
    key: "operator",
    authoring: "profile.toml",
    signed: "profile.json",
    init: "operator init SERVER_NAME",
};
