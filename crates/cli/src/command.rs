//! The subcommands.

mod audit;
mod backup;
mod completions;
pub(crate) mod curator;
mod doctor;
mod export;
mod init;
mod inspect;
mod key;
mod man;
mod node_args;
mod observer;
pub(crate) mod operator;
mod rank;
mod serve;
mod status;
mod sync;
mod trust;
mod verify;
mod view_args;

use clap::Subcommand;
pub(crate) use key::{as_text, read_paper};

use crate::answer::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Sync(sync::Args),
    Status(status::Args),
    Rank(rank::Args),
    Trust(trust::Args),
    Export(export::Args),
    Backup(backup::Args),
    Doctor(doctor::Args),
    Init(init::Args),
    Operator(operator::Args),
    Curator(curator::Args),
    Observer(observer::Args),
    Key(key::Args),
    Verify(verify::Args),
    Audit(audit::Args),
    Inspect(inspect::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Serve(args) => args.run(),
            Self::Sync(args) => args.run(),
            Self::Status(args) => args.run(),
            Self::Rank(args) => args.run(),
            Self::Trust(args) => args.run(),
            Self::Export(args) => args.run(),
            Self::Backup(args) => args.run(),
            Self::Doctor(args) => args.run(),
            Self::Init(args) => args.run(),
            Self::Operator(args) => args.run(),
            Self::Curator(args) => args.run(),
            Self::Observer(args) => args.run(),
            Self::Key(args) => args.run(),
            Self::Verify(args) => args.run(),
            Self::Audit(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(),
        }
    }
}
