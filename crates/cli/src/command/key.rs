mod changed;
mod found;
mod generate;
mod history;
mod print;
mod recover;
mod rotate;
mod show;
mod type_in;

pub(crate) use type_in::{as_text, read_paper};

use crate::answer::Outcome;

/// Make, show, change and recover the keys of an issuer
///
/// An issuer is somebody who signs. It has a private key, which stays with its owner, and a
/// key history, which is public and part of every document. The hash of its first state is
/// the issuer id, which never changes, however often the keys do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Generate(generate::Args),
    Show(show::Args),
    History(history::Args),
    Rotate(rotate::Args),
    Recover(recover::Args),
    Print(print::Args),
    Type(type_in::Args),
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Generate(args) => args.run(),
            Action::Show(args) => args.run(),
            Action::History(args) => args.run(),
            Action::Rotate(args) => args.run(),
            Action::Recover(args) => args.run(),
            Action::Print(args) => args.run(),
            Action::Type(args) => args.run(),
        }
    }
}

/// The name becomes part of a path, so it is a plain word.
fn file_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a name is 1 to 64 letters, digits, \"-\" and \"_\"".to_owned())
    }
}
