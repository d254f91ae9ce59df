use std::error::Error;
use std::io;

/// An error with its causes as one plain sentence, for a person or a log line. A cause whose
/// words stand in the sentence already adds nothing.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut sentence = String::new();
    for cause in std::iter::successors(Some(error), |cause| (*cause).source()) {
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
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Failed {
        said: &'static str,
        source: io::Error,
    }

    #[test]
    fn a_chain_is_one_sentence_without_repetition() {
        let failed = |said, source| sentence(&Failed { said, source });
        assert_eq!(
            failed("profile.json could not be read", io::Error::from_raw_os_error(5)),
            "profile.json could not be read: Input/output error"
        );
        assert_eq!(
            failed("a: it is a folder; name a file", io::ErrorKind::IsADirectory.into()),
            "a: it is a folder; name a file"
        );
    }
}
