//! Why a command has no answer, as one plain sentence.

use std::fmt;
use std::process::ExitCode;

use serde::Serialize;
pub(crate) use wellspring_node::sentence as sentence_of;

use crate::answer::{self, Outcome};
use crate::client::NotFetched;

/// An error that is an answer of "no": everything could be read, and what was asked for is
/// refused for what it says. Exit code 1, where other errors are 2.
#[derive(Debug)]
pub(crate) struct Refused {
    code: &'static str,
    reason: String,
}

impl Refused {
    pub(crate) fn because(reason: impl Into<String>) -> anyhow::Error {
        Self::with_code("refused", reason)
    }

    /// With a stable code of its own, which a program gets that asked for JSON.
    pub(crate) fn with_code(code: &'static str, reason: impl Into<String>) -> anyhow::Error {
        Self { code, reason: reason.into() }.into()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refused {}

/// Prints the error, to a program that asked for JSON as such too, and gives the exit code
/// that it means.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let message = sentence_of(error.as_ref());
    answer::error(&message);
    let outcome = Outcome::from(error);
    // Every command that has the flag calls it so, and none takes such a value.
    if std::env::args_os().any(|argument| argument == "--json") {
        let not_fetched = error.downcast_ref::<NotFetched>().map(|it| it.code);
        let refused = error.downcast_ref::<Refused>().map(|it| it.code);
        let code = not_fetched.or(refused).unwrap_or("failed");
        // Where standard output is gone, the exit code still tells.
        let _ = answer::write_json(&Report { error: Problem { code, message } });
    }
    outcome.into()
}

#[derive(Serialize)]
struct Report {
    error: Problem,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

impl From<&anyhow::Error> for Outcome {
    fn from(error: &anyhow::Error) -> Self {
        if error.is::<Refused>() { Self::No } else { Self::Unread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_a_no() {
        assert_eq!(Outcome::from(&Refused::because("no")), Outcome::No);
        assert_eq!(Outcome::from(&Refused::because("no").context("so")), Outcome::No);
        assert_eq!(Outcome::from(&anyhow::anyhow!("what?")), Outcome::Unread);
    }
}
