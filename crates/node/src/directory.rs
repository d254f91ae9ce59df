use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
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
    #[error("{path} belongs to a tree; name its folder under [[mirror]] instead")]
    OfATree { path: PathBuf },
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
            Self::OfATree { .. } => "directory.of-a-tree",
            Self::TooDeep { .. } => "directory.too-deep",
            Self::TooMany { .. } => "directory.too-many-files",
        }
    }
}

/// Reads and verifies the `*.json` files in a folder and the folders below it, in the order
/// of their paths, each when it is asked for. Names that begin with a dot are passed over
/// (`.git`), and key histories, which the program writes beside the documents that it signs.
pub(crate) fn read(root: &Path) -> impl Iterator<Item = Result<AnyVerified, DirectoryProblem>> {
    let Found { files, problems, .. } = Found::below(root);
    problems.into_iter().map(Err).chain(files.into_iter().map(read_document))
}

/// What a directory source looks like from outside: all that can be told without opening a
/// file.
#[derive(Debug)]
pub(crate) struct Outline {
    /// The folders whose files [`read`] would read, the source's own first.
    pub(crate) folders: Vec<PathBuf>,
    /// A number that is another one after a file came, went, was written or replaced, or may be
    /// read by others: made from the path, the size and the times of each file. The time of its
    /// last change of any kind (`ctime`) tells also of a copy that brought the old time along.
    /// Its number on the disk would tell no more, and mounts give new ones for the same file.
    pub(crate) fingerprint: u64,
}

/// Looks at a directory source without opening a file.
pub(crate) fn outline(root: &Path) -> Outline {
    let Found { folders, files, problems } = Found::below(root);
    let mut hasher = DefaultHasher::new();
    for file in files {
        let metadata = fs::metadata(&file);
        let seen = metadata
            .map(|it| (it.len(), it.modified().ok(), it.ctime(), it.ctime_nsec()))
            .map_err(|it| it.kind());
        (file, seen).hash(&mut hasher);
    }
    // A folder that can be read again is another one.
    problems.iter().for_each(|problem| problem.to_string().hash(&mut hasher));
    Outline { folders, fingerprint: hasher.finish() }
}

/// What lies in a folder and the folders below it.
#[derive(Debug, Default)]
struct Found {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
    problems: Vec<DirectoryProblem>,
}

impl Found {
    fn below(root: &Path) -> Self {
        let mut found = Self::default();
        collect(root, 0, &mut found);
        if found.files.len() > MAX_FILES {
            found.files.truncate(MAX_FILES);
            found.problems.push(DirectoryProblem::TooMany { path: root.to_owned() });
        }
        found
    }
}

fn collect(folder: &Path, depth: usize, found: &mut Found) {
    found.folders.push(folder.to_owned());
    let unreadable = |source| DirectoryProblem::Unreadable { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(source) => return found.problems.push(unreadable(source)),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Found { files, problems, .. } = &mut *found;
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
            Ok(kind) if kind.is_dir() => collect(&path, depth + 1, found),
            Ok(_) if may_be_document(&entry.file_name().to_string_lossy()) => files.push(path),
            Ok(_) => {}
            Err(source) => problems.push(DirectoryProblem::Unreadable { path, source }),
        }
    }
}

/// The files that [`read`] would read, in the order of their paths, and what else is there.
pub(crate) fn files(root: &Path) -> (Vec<PathBuf>, Vec<DirectoryProblem>) {
    let Found { files, problems, .. } = Found::below(root);
    (files, problems)
}

fn may_be_document(file_name: &str) -> bool {
    file_name.ends_with(".json") && !file_name.ends_with(KEY_HISTORY_SUFFIX)
}

fn read_document(path: PathBuf) -> Result<AnyVerified, DirectoryProblem> {
    match read_any_document(path.clone())? {
        AnyVerified::Index(_) | AnyVerified::View(_) => Err(DirectoryProblem::OfATree { path }),
        document => Ok(document),
    }
}

/// Reads and verifies a document of any kind.
pub(crate) fn read_any_document(path: PathBuf) -> Result<AnyVerified, DirectoryProblem> {
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
    fn the_files_of_a_tree_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let issuer = crate::Issuer::start(
            wellspring_document::SigningKey::from_seed([1; 32]),
            "2026-11-22T10:00:00Z".parse().unwrap(),
        );
        let index = wellspring_document::Index::default();
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let signed = issuer.unwrap().sign(&index, 1, now, 8).unwrap();
        fs::write(dir.path().join("index.json"), signed.bytes()).unwrap();
        assert_eq!(codes(dir.path()), ["directory.of-a-tree"]);
        assert!(problems(dir.path())[0].to_string().contains("[[mirror]]"));
    }

    #[test]
    fn a_folder_below_too_many_others_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("1/2/3/4/5/6/7/8/9")).unwrap();
        assert_eq!(codes(dir.path()), ["directory.too-deep"]);
    }

    #[test]
    fn the_fingerprint_changes_with_each_file_that_would_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("documents");
        let mut prints = vec![outline(&root).fingerprint];
        let mut note = || prints.push(outline(&root).fingerprint);
        fs::create_dir_all(root.join("below/.git")).unwrap();
        note();
        fs::write(root.join("below/a.json"), "{").unwrap();
        note();
        fs::write(root.join("below/a.json"), "{}").unwrap();
        note();
        let touched = File::options().write(true).open(root.join("below/a.json")).unwrap();
        touched.set_modified(std::time::UNIX_EPOCH).unwrap();
        note();
        fs::rename(root.join("below/a.json"), root.join("a.json")).unwrap();
        note();
        fs::remove_file(root.join("a.json")).unwrap();
        fs::write(root.join("notes.txt"), "nobody reads this").unwrap();
        fs::write(root.join("below/.git/a.json"), "nor this").unwrap();
        note();
        let same = prints.pop();
        assert_eq!(same, Some(prints[1]), "only what is read counts");
        let different: std::collections::BTreeSet<_> = prints.iter().collect();
        assert_eq!(different.len(), prints.len(), "{prints:?}");
        assert_eq!(outline(&root).folders, [root.clone(), root.join("below")]);
    }

    #[test]
    fn the_fingerprint_changes_with_what_size_and_time_do_not_tell() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let put = |text: &str| {
            let other = dir.path().join("a.new");
            fs::write(&other, text).unwrap();
            let file = File::options().write(true).open(&other).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
            fs::rename(&other, &path).unwrap();
        };
        // The time goes on in steps of some milliseconds: again until it has.
        let is_told_of = |change: &dyn Fn()| {
            let before = outline(dir.path()).fingerprint;
            (0..100_000).any(|_again| {
                change();
                outline(dir.path()).fingerprint != before
            })
        };
        put("[1]");
        assert!(is_told_of(&|| put("[2]")), "another file of the same size and time");
        let allow = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(is_told_of(&|| allow(0o600)), "who may read it");
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
