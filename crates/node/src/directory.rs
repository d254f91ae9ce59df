use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wellspring_document::{AnyVerified, Kind, RawDocument, VerifyError};

use crate::issuer::KEY_HISTORY_SUFFIX;

/// The deepest folder that is looked into, counted from the source's own.
pub(crate) const MAX_DEPTH: usize = 8;
/// The most documents that are read from one directory source.
pub(crate) const MAX_FILES: usize = 100_000;

/// What a directory source holds.
#[derive(Debug, Default)]
pub(crate) struct DirectoryReading {
    /// The documents that hold.
    pub(crate) documents: Vec<AnyVerified>,
    /// The files that do not, and why.
    pub(crate) problems: Vec<DirectoryProblem>,
}

/// Why something in a directory source is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryProblem {
    #[error("{path} could not be read")]
    Unreadable { path: PathBuf, source: io::Error },
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
            Self::TooLarge { .. } => "json.too-large",
            Self::Refused { source, .. } => source.code(),
            Self::TooDeep { .. } => "directory.too-deep",
            Self::TooMany { .. } => "directory.too-many-files",
        }
    }
}

/// Reads and verifies the `*.json` files in a folder and the folders below it, in the order
/// of their paths. Names that begin with a dot are passed over (`.git`), and key histories,
/// which the program writes beside the documents that it signs.
pub(crate) fn read(root: &Path) -> DirectoryReading {
    let mut reading = DirectoryReading::default();
    let mut files = Vec::new();
    collect(root, 0, &mut files, &mut reading.problems);
    if files.len() > MAX_FILES {
        files.truncate(MAX_FILES);
        reading.problems.push(DirectoryProblem::TooMany { path: root.to_owned() });
    }
    for path in files {
        match read_document(path) {
            Ok(document) => reading.documents.push(document),
            Err(problem) => reading.problems.push(problem),
        }
    }
    reading
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
    let largest = Kind::ALL.map(|kind| kind.max_bytes() as u64).into_iter().max();
    let read = || {
        let metadata = fs::metadata(&path)?;
        if !metadata.is_file() || metadata.len() > largest.unwrap_or_default() {
            return Ok(None);
        }
        fs::read(&path).map(Some)
    };
    match read() {
        Err(source) => Err(DirectoryProblem::Unreadable { path, source }),
        Ok(None) => Err(DirectoryProblem::TooLarge { path }),
        Ok(Some(bytes)) => RawDocument::new(bytes)
            .verify_any()
            .map_err(|source| DirectoryProblem::Refused { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_files_are_named_and_leave_the_others_standing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("deep/.git")).unwrap();
        for (name, text) in
            [("a.json", "{"), ("deep/b.json", "[]"), ("deep/.git/c.json", "{"), ("notes.txt", "{")]
        {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let reading = read(dir.path());
        let codes: Vec<_> = reading.problems.iter().map(DirectoryProblem::code).collect();
        assert_eq!(codes, ["json.truncated", "envelope.not-an-object"]);
        assert!(reading.problems[0].to_string().ends_with("a.json is not used"));
        let missing = read(&dir.path().join("absent"));
        assert_eq!(missing.problems[0].code(), "directory.unreadable");
    }

    #[test]
    fn a_folder_below_too_many_others_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("1/2/3/4/5/6/7/8/9")).unwrap();
        let reading = read(dir.path());
        assert_eq!(reading.problems.len(), 1);
        assert_eq!(reading.problems[0].code(), "directory.too-deep");
    }
}
