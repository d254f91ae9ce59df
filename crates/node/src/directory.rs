use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wellspring_document::{AnyVerified, Kind, RawDocument, VerifyError};

use crate::issuer::KEY_HISTORY_SUFFIX;

/// The deepest folder that is looked into, counted from the source's own.
pub(crate) const MAX_DEPTH: usize = 8;
/// The most documents that are read from one directory source.
pub(crate) const MAX_FILES: usize = 100_000;

/// Why something in a directory source is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryProblem {
    #[error("{path} could not be read")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is no file, although its name ends in .json")]
    NotAFile { path: PathBuf },
    #[error("{path} is larger than any document may be")]
    TooLarge { path: PathBuf },
    #[error("{path} is not used")]
    Refused { path: PathBuf, source: VerifyError },
    #[error("{path} has folders deeper than {MAX_DEPTH} levels, which are not read")]
    TooDeep { path: PathBuf },
    #[error("{path} holds more than {MAX_FILES} files; the others are not read")]
    TooMany { path: PathBuf },
}

impl DirectoryProblem {
    /// The stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "directory.unreadable",
            Self::NotAFile { .. } => "directory.not-a-file",
            Self::TooLarge { .. } => "json.too-large",
            Self::Refused { source, .. } => source.code(),
            Self::TooDeep { .. } => "directory.too-deep",
            Self::TooMany { .. } => "directory.too-many-files",
        }
    }
}

/// Reads and verifies the `*.json` files in a folder and the folders below it, in the order
/// of their paths, each when it is asked for. Names that begin with a dot are passed over
/// (`.git`), and key histories, which the program writes beside the documents that it signs.
pub(crate) fn read(root: &Path) -> impl Iterator<Item = Result<AnyVerified, DirectoryProblem>> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    collect(root, 0, &mut files, &mut problems);
    if files.len() > MAX_FILES {
        files.truncate(MAX_FILES);
        problems.push(DirectoryProblem::TooMany { path: root.to_owned() });
    }
    problems.into_iter().map(Err).chain(files.into_iter().map(read_document))
}

fn collect(
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
    problems: &mut Vec<DirectoryProblem>,
) {
    let unreadable = |source| DirectoryProblem::Unreadable { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(source) => return problems.push(unreadable(source)),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // One more than is read tells that there are more.
        if files.len() > MAX_FILES || entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // Links are followed once, to files: a checkout may have them; a link to a folder
        // could lead around in circles.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth >= MAX_DEPTH => {
                problems.push(DirectoryProblem::TooDeep { path });
            }
            Ok(kind) if kind.is_dir() => collect(&path, depth + 1, files, problems),
            Ok(_) if may_be_document(&entry.file_name().to_string_lossy()) => files.push(path),
            Ok(_) => {}
            Err(source) => problems.push(DirectoryProblem::Unreadable { path, source }),
        }
    }
}

fn may_be_document(file_name: &str) -> bool {
    file_name.ends_with(".json") && !file_name.ends_with(KEY_HISTORY_SUFFIX)
}

fn read_document(path: PathBuf) -> Result<AnyVerified, DirectoryProblem> {
    // Asked before it is opened: to open a pipe is to wait for whoever writes to it.
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(DirectoryProblem::NotAFile { path }),
        Err(source) => return Err(DirectoryProblem::Unreadable { path, source }),
    }
    // The size that a file has now need not be what it gives: it may be growing.
    let most = Kind::LARGEST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Err(source) => Err(DirectoryProblem::Unreadable { path, source }),
        Ok(_) if bytes.len() > Kind::LARGEST_BYTES => Err(DirectoryProblem::TooLarge { path }),
        Ok(_) => RawDocument::new(bytes)
            .verify_any()
            .map_err(|source| DirectoryProblem::Refused { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(root: &Path) -> Vec<DirectoryProblem> {
        read(root).filter_map(Result::err).collect()
    }

    fn codes(root: &Path) -> Vec<&'static str> {
        problems(root).iter().map(DirectoryProblem::code).collect()
    }

    #[test]
    fn bad_files_are_named_and_leave_the_others_standing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("deep/.git")).unwrap();
        for (name, text) in
            [("a.json", "{"), ("deep/b.json", "[]"), ("deep/.git/c.json", "{"), ("notes.txt", "{")]
        {
            fs::write(dir.path().join(name), text).unwrap();
        }
        assert_eq!(codes(dir.path()), ["json.truncated", "envelope.not-an-object"]);
        assert!(problems(dir.path())[0].to_string().ends_with("a.json is not used"));
        assert_eq!(codes(&dir.path().join("absent")), ["directory.unreadable"]);
    }

    #[test]
    fn a_folder_below_too_many_others_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("1/2/3/4/5/6/7/8/9")).unwrap();
        assert_eq!(codes(dir.path()), ["directory.too-deep"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("folder", dir.path().join("link.json")).unwrap();
        // Whoever opened this one would wait for ever.
        let pipe = dir.path().join("pipe.json");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let socket = dir.path().join("socket.json");
        let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
        assert_eq!(codes(dir.path()), ["directory.not-a-file"; 3]);
    }

    #[test]
    fn a_file_larger_than_any_document_is_not_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("large.json")).unwrap();
        file.set_len(Kind::LARGEST_BYTES as u64 + 1).unwrap();
        assert_eq!(codes(dir.path()), ["json.too-large"]);
    }
}
