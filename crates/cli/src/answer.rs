//! What a command has to say and how it is said: in words or as JSON, and as exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::plain;

/// What a command came to. The exit codes that the help documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Yes, or done: 0.
    Yes,
    /// No, with the reason: 1.
    No,
    /// It could not be read: 2.
    Unread,
    /// Done as far as one person can: signatures of others are missing: 3.
    Waiting,
}

impl Outcome {
    pub(crate) const fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    const fn style(self) -> Style {
        let colour = match self {
            Self::Yes => AnsiColor::Green,
            Self::No | Self::Unread => AnsiColor::Red,
            Self::Waiting => AnsiColor::Yellow,
        };
        colour.on_default().bold()
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Yes => Self::SUCCESS,
            Outcome::No => Self::FAILURE,
            Outcome::Unread => Self::from(2),
            Outcome::Waiting => Self::from(3),
        }
    }
}

/// The flag of commands whose answer a program could read.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Format {
    /// Print the answer as JSON, on one line
    #[arg(long)]
    json: bool,
}

impl Format {
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a report. In words its first line is the verdict and takes the outcome's
    /// colour on a terminal.
    pub(crate) fn print(
        self,
        report: &(impl Serialize + Display),
        outcome: Outcome,
    ) -> anyhow::Result<Outcome> {
        if self.json {
            write_json(report)?;
            return Ok(outcome);
        }
        let text = plain::text(&report.to_string());
        let (verdict, details) = text.trim_end().split_once('\n').unwrap_or((text.trim_end(), ""));
        let style = outcome.style();
        let details = if details.is_empty() { String::new() } else { format!("{details}\n") };
        write_out(format!("{style}{verdict}{style:#}\n{details}").as_bytes())?;
        Ok(outcome)
    }
}

/// A number of things, in words: "1 server", "2 servers".
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Writes to standard output, without colours unless it is a terminal that wants them
/// (`NO_COLOR`). A reader that has gone, like `head`, is no error.
pub(crate) fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    quiet_when_gone(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Writes a value to standard output as JSON on one line.
pub(crate) fn write_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = plain::write_json(&mut out, value).map_err(io::Error::from);
    quiet_when_gone(written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

/// Writes bytes to standard output as they are, whatever they hold.
pub(crate) fn write_exactly(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    quiet_when_gone(out.write_all(bytes).and_then(|()| out.flush()))
}

fn quiet_when_gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Says on standard error what should not be overlooked.
pub(crate) fn warn(message: &str) {
    say("warning", AnsiColor::Yellow, message);
}

/// Says on standard error what belongs to the answer and is no part of it.
pub(crate) fn note(message: &str) {
    // Where standard error is gone, nobody is left to be told.
    let _ = writeln!(anstream::stderr(), "{}", plain::line(message));
}

/// Says on standard error why there is no answer.
pub(crate) fn error(message: &str) {
    say("error", AnsiColor::Red, message);
}

fn say(what: &str, colour: AnsiColor, message: &str) {
    let style = colour.on_default().bold();
    // Where standard error is gone, nobody is left to be told.
    let _ = writeln!(anstream::stderr(), "{style}{what}:{style:#} {}", plain::line(message));
}
