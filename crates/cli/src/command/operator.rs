mod check;
mod cosign;
mod found;
mod hints;
mod init;
mod renew;
mod show;
mod sign;

use crate::answer::Outcome;
use crate::signing::Role;

/// Publish a signed profile of your server
///
/// `init` once, edit profile.toml, `sign`, upload profile.json, `check`. After a change,
/// `sign` and upload again. `renew` signs before the profile expires, by itself if you like.
/// Where several people sign together, `cosign` adds a signature.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Init(init::Args),
    Sign(sign::Args),
    Cosign(cosign::Args),
    Show(show::Args),
    Renew(renew::Args),
    Check(check::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Init(args) => args.run(),
            Action::Sign(args) => args.run(),
            Action::Cosign(args) => args.run(),
            Action::Show(args) => args.run(),
            Action::Renew(args) => args.run(),
            Action::Check(args) => args.run(),
        }
    }
}

pub(crate) const ROLE: Role = Role {
    key: "operator",
    authoring: "profile.toml",
    signed: "profile.json",
    init: "operator init SERVER_NAME",
};
