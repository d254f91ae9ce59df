mod binding;
mod book;
mod cosign;
mod export;
mod import;
mod init;
mod judge;
mod queue;
mod remove;
mod renew;
mod review;
mod show;
mod sign;
mod write;

use std::path::PathBuf;

use crate::answer::Outcome;
use crate::signing::{Folder, Role};

/// Keep and publish a signed list of servers that you recommend or warn about
///
/// `init` once; then `endorse`, `list`, `warn`, `reject` and `remove` servers, or edit
/// endorsements.toml; `sign`, and upload endorsements.json. Where several people sign together,
/// `cosign` adds a signature.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Init(init::Args),
    Import(import::Args),
    Endorse(judge::Endorse),
    List(judge::List),
    Warn(judge::Warn),
    Reject(judge::Reject),
    Remove(remove::Args),
    Show(show::Args),
    Queue(queue::Args),
    Review(review::Args),
    Sign(sign::Args),
    Cosign(cosign::Args),
    Export(export::Args),
    Renew(renew::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Init(args) => args.run(),
            Action::Import(args) => args.run(),
            Action::Endorse(args) => args.run(),
            Action::List(args) => args.run(),
            Action::Warn(args) => args.run(),
            Action::Reject(args) => args.run(),
            Action::Remove(args) => args.run(),
            Action::Show(args) => args.run(),
            Action::Queue(args) => args.run(),
            Action::Review(args) => args.run(),
            Action::Sign(args) => args.run(),
            Action::Cosign(args) => args.run(),
            Action::Export(args) => args.run(),
            Action::Renew(args) => args.run(),
        }
    }
}

pub(crate) const ROLE: Role = Role {
    key: "curator",
    authoring: "endorsements.toml",
    signed: "endorsements.json",
    init: "curator init --name NAME",
};

/// The file that the curator edits.
fn authoring_file(folder: &Folder) -> PathBuf {
    folder.file(ROLE.authoring)
}
