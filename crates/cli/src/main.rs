//! `wellspring`: the program for operators, curators, communities and everybody who checks
//! on them.
//!
//! One file per subcommand, each with its `Args` and a `run` that gives an
//! [`answer::Outcome`]. Nothing here decides about trust: the commands read files, ask the
//! libraries and say in plain words what came of it.

mod answer;
mod client;
mod clock;
mod command;
mod failure;
mod file;
mod key_files;
mod plain;
mod prompt;
mod renewal;
mod signing;
mod source;
mod together;

use std::process::ExitCode;

use clap::Parser;

use command::Command;

/// A directory of Matrix homeservers that no one owns
///
/// Operators sign a profile of their server, curators sign lists of the servers they
/// recommend or warn about, and any community runs a node that merges the feeds it trusts
/// into its own ranked list, with the reason for every rank.
#[derive(Debug, Parser)]
#[command(name = "wellspring", version, max_term_width = 90, after_help = AFTER_HELP)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  yes, or done
  1  no: it does not hold, faults were found, or what was asked for is refused
  2  it could not be read or written, or the command was not understood
  3  signed, as far as one can alone: signatures of others are missing

`wellspring COMMAND --help` explains each command with examples.";

fn main() -> ExitCode {
    let program = Program::parse();
    match program.command.run() {
        Ok(outcome) => outcome.into(),
        Err(error) => failure::report(&error),
    }
}
