//! Why a command has no answer, as one plain sentence.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::answer::{self, Outcome};

/// An error that is an answer of "no": everything could be read, and what was asked for is
/// refused for what it says. Exit code 1, where other errors are 2.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl Refused {
    pub(crate) fn because(reason: impl Into<String>) -> anyhow::Error {
        Self(reason.into()).into()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Prints the error and gives the exit code that it means.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    answer::error(&sentence(error));
    Outcome::from(error).into()
}

impl From<&anyhow::Error> for Outcome {
    fn from(error: &anyhow::Error) -> Self {
        if error.is::<Refused>() { Self::No } else { Self::Unread }
    }
}

/// The chain of causes as one sentence. A cause whose words stand in the sentence already
/// adds nothing.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    chain(error.chain())
}

/// As [`sentence`], for an error of a library.
pub(crate) fn sentence_of(error: &(dyn std::error::Error + 'static)) -> String {
    chain(anyhow::Chain::new(error))
}

fn chain<'a>(causes: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>) -> String {
    let mut sentence = String::new();
    for cause in causes {
        let words = match cause.downcast_ref::<io::Error>() {
            Some(error) => io_words(error),
            None => cause.to_string(),
        };
        if sentence.is_empty() {
            sentence = words;
        } else if !sentence.contains(&words) {
            sentence = format!("{sentence}: {words}");
        }
    }
    sentence
}

/// What the operating system said, in plain words, and what to do about it.
fn io_words(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder; check the path",
        io::ErrorKind::PermissionDenied => {
            "this user is not allowed to; run the command as its owner or change its permissions"
        }
        io::ErrorKind::IsADirectory => "it is a folder; name a file",
        io::ErrorKind::NotADirectory => "part of the path is a file, not a folder; check the path",
        io::ErrorKind::AlreadyExists => "something of that name is there; choose another name",
        io::ErrorKind::StorageFull => "the disk is full; make room and try again",
        io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read; choose another folder",
        io::ErrorKind::AddrInUse => {
            "the address is in use; stop the program that has it, or choose another with --listen"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose another with --listen"
        }
        io::ErrorKind::InvalidData => "it is not text in UTF-8",
        _ => return without_number(&error.to_string()),
    };
    words.to_owned()
}

/// Drops the " (os error 5)" that means nothing to most people.
fn without_number(words: &str) -> String {
    match words.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_chain_is_one_sentence_without_repetition() {
        let error = io::Error::from_raw_os_error(5);
        let error = anyhow::Error::from(error).context("profile.json could not be read");
        assert_eq!(sentence(&error), "profile.json could not be read: Input/output error");

        let error = Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
            .context("a: there is no such file or folder; check the path")
            .unwrap_err();
        assert_eq!(sentence(&error), "a: there is no such file or folder; check the path");
    }

    #[test]
    fn only_a_refusal_is_a_no() {
        assert_eq!(Outcome::from(&Refused::because("no")), Outcome::No);
        assert_eq!(Outcome::from(&Refused::because("no").context("so")), Outcome::No);
        assert_eq!(Outcome::from(&anyhow::anyhow!("what?")), Outcome::Unread);
    }
}
