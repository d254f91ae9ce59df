mod check;
mod found;
mod hints;
mod init;
mod renew;
mod sign;

use crate::answer::Outcome;
use crate::signing::Role;

/// Publish a signed profile of your server
///
/// `init` once, edit profile.toml, `sign`, upload profile.json, `check`. After a change,
/// `sign` and upload again. `renew` signs before the profile expires, by itself if you like.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Init(init::Args),
    Sign(sign::Args),
    Renew(renew::Args),
    Check(check::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Init(args) => args.run(),
            Action::Sign(args) => args.run(),
            Action::Renew(args) => args.run(),
            Action::Check(args) => args.run(),
        }
    }
}

pub(in crate::command) const ROLE: Role = Role {
    key: "operator",
    authoring: "profile.toml",
    signed: "profile.json",
    init: "operator init SERVER_NAME",
};
