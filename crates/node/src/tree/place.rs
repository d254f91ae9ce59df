//! Where a tree is, and how its files are read.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use url::Url;
use wellspring_document::{BytesHash, Kind, MAX_PART_BYTES};
use wellspring_fetch::{Answer, Client, FetchError, GetLimits, Validators};

/// How many files of a tree are asked for at once. One host is asked for all of them.
pub(crate) const FILES_AT_ONCE: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// A file of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TreeFile {
    /// The signed index. The one file that changes in its place.
    Index,
    /// The exact bytes of a document, by their hash.
    Document(BytesHash),
    /// A part of the index or of a view, by the hash of its bytes.
    Part(BytesHash),
}

impl TreeFile {
    /// The file of this path in a tree, with `/` between its steps.
    pub fn at(path: &str) -> Option<Self> {
        if path == "index.json" {
            return Some(Self::Index);
        }
        let (folder, name) = path.split_once('/')?;
        let hash = name.strip_suffix(".json")?.parse().ok()?;
        match folder {
            "documents" => Some(Self::Document(hash)),
            "parts" => Some(Self::Part(hash)),
            _ => None,
        }
    }

    /// The most bytes that it can have.
    pub const fn max_bytes(self) -> usize {
        match self {
            // 4,096 parts and 100 views take less than 1 MB, the longest key history 1.5 MB.
            Self::Index => 4_000_000,
            Self::Document(_) => Kind::LARGEST_BYTES,
            Self::Part(_) => MAX_PART_BYTES,
        }
    }
}

/// The path in the tree.
impl fmt::Display for TreeFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("index.json"),
            Self::Document(hash) => write!(f, "documents/{hash}.json"),
            Self::Part(hash) => write!(f, "parts/{hash}.json"),
        }
    }
}

/// Where a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreePlace {
    /// Over HTTPS. The address ends with a slash.
    Url(Url),
    /// In a folder.
    Folder(PathBuf),
}

impl TreePlace {
    /// Where `text` says: what begins like a URL is one, all else is a folder. The slash at
    /// the end of an address may be left out.
    ///
    /// # Errors
    /// Where it looks like a URL and is none.
    pub fn parse(text: &str) -> Result<Self, url::ParseError> {
        if !text.contains("://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        let mut url = Url::parse(text)?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self::Url(url))
    }

    /// The address of a file, where the tree is reached over HTTPS.
    pub fn url_of(&self, file: TreeFile) -> Option<Url> {
        match self {
            Self::Url(url) => url.join(&file.to_string()).ok(),
            Self::Folder(_) => None,
        }
    }
}

impl fmt::Display for TreePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Folder(path) => path.display().fmt(f),
        }
    }
}

/// Why a file of a tree could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeReadError {
    /// Over HTTPS.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// From a folder.
    #[error("{path} could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such file.
    #[error("{file} is not there")]
    Absent {
        /// Which one.
        file: TreeFile,
    },
    /// A link, a pipe or a folder: nothing that is read.
    #[error("{path} is not a file")]
    NotAFile {
        /// Its path.
        path: PathBuf,
    },
    /// Larger than it may be.
    #[error("{file} has more than {most} bytes")]
    TooLarge {
        /// Which one.
        file: TreeFile,
        /// How many it may have.
        most: usize,
    },
    /// Its bytes are not those that its name says.
    #[error("{file} has other bytes than its name says")]
    WrongHash {
        /// Which one.
        file: TreeFile,
    },
}

impl TreeReadError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Unreadable { .. } => "tree.unreadable",
            Self::Absent { file: TreeFile::Index } => "tree.no-index",
            Self::Absent { .. } => "tree.absent",
            Self::NotAFile { .. } => "tree.not-a-file",
            Self::TooLarge { .. } => "tree.too-large",
            Self::WrongHash { .. } => "tree.wrong-hash",
        }
    }
}

/// What came of asking for the index of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexRead {
    /// Its bytes.
    Fresh {
        /// The bytes.
        bytes: Bytes,
        /// What the host said to recognise them by.
        validators: Option<Validators>,
        /// For how long the host says that asking again is no use.
        fresh_for: Duration,
    },
    /// It is the one for which the validators were given.
    Unchanged {
        /// As of a fresh one.
        fresh_for: Duration,
    },
}

/// Reads the files of a tree.
#[derive(Clone)]
pub struct TreeReader {
    place: TreePlace,
    client: Option<Client>,
}

impl TreeReader {
    /// Of a tree over HTTPS.
    pub const fn over_https(url: Url, client: Client) -> Self {
        Self { place: TreePlace::Url(url), client: Some(client) }
    }

    /// Of a tree in a folder.
    pub const fn in_folder(folder: PathBuf) -> Self {
        Self { place: TreePlace::Folder(folder), client: None }
    }

    /// Where the tree is.
    pub const fn place(&self) -> &TreePlace {
        &self.place
    }

    /// The bytes of a file. Those of a document or a part have the hash that its name says.
    ///
    /// # Errors
    /// Where it is not there, cannot be read, or is not what its name says.
    pub async fn read(&self, file: TreeFile) -> Result<Bytes, TreeReadError> {
        self.read_at_most(file, file.max_bytes()).await
    }

    /// As [`TreeReader::read`], of a file that is to have at most so many bytes.
    ///
    /// # Errors
    /// As of [`TreeReader::read`], and where it has more.
    pub async fn read_at_most(&self, file: TreeFile, most: usize) -> Result<Bytes, TreeReadError> {
        let bytes = match &self.place {
            TreePlace::Url(_) => match self.get(file, most, None).await? {
                IndexRead::Fresh { bytes, .. } => bytes,
                // It comes to those alone who say what they have.
                IndexRead::Unchanged { .. } => return Err(TreeReadError::Absent { file }),
            },
            TreePlace::Folder(folder) => {
                let path = folder.join(file.to_string());
                let read = tokio::task::spawn_blocking(move || read_file(&path, file, most));
                // Only a runtime that ends gives up what it has begun.
                read.await.map_err(|_| TreeReadError::Absent { file })??
            }
        };
        match file {
            TreeFile::Document(hash) | TreeFile::Part(hash) if BytesHash::of(&bytes) != hash => {
                Err(TreeReadError::WrongHash { file })
            }
            _ => Ok(bytes),
        }
    }

    /// The index, where it is not the one for which the validators were given. They help over
    /// HTTPS alone.
    ///
    /// # Errors
    /// As of [`TreeReader::read`].
    pub async fn read_index(&self, known: Option<&Validators>) -> Result<IndexRead, TreeReadError> {
        match &self.place {
            TreePlace::Url(_) => {
                self.get(TreeFile::Index, TreeFile::Index.max_bytes(), known).await
            }
            TreePlace::Folder(_) => {
                let bytes = self.read(TreeFile::Index).await?;
                Ok(IndexRead::Fresh { bytes, validators: None, fresh_for: Duration::ZERO })
            }
        }
    }

    async fn get(
        &self,
        file: TreeFile,
        most: usize,
        known: Option<&Validators>,
    ) -> Result<IndexRead, TreeReadError> {
        let (Some(client), Some(url)) = (&self.client, self.place.url_of(file)) else {
            return Err(TreeReadError::Absent { file });
        };
        match client.get(&url, &GetLimits::up_to(most), known).await? {
            Answer::Fresh { bytes, validators, fresh_for, .. } => {
                // What the end of a redirect gave must not be said to its beginning.
                let validators = validators.filter(|it| it.given_by() == url.as_str());
                Ok(IndexRead::Fresh { bytes, validators, fresh_for })
            }
            Answer::NotModified { fresh_for } => Ok(IndexRead::Unchanged { fresh_for }),
            Answer::Absent { .. } => Err(TreeReadError::Absent { file }),
        }
    }
}

fn read_file(path: &Path, file: TreeFile, most: usize) -> Result<Bytes, TreeReadError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => TreeReadError::Absent { file },
        _ => TreeReadError::Unreadable { path: path.to_owned(), source },
    };
    // Asked before it is opened: to open a pipe is to wait for whoever writes to it.
    // A link could lead to any file of this machine.
    if !fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        return Err(TreeReadError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    // The size that a file has now need not be what it gives: it may be growing.
    let enough = most as u64 + 1;
    File::open(path)
        .and_then(|opened| opened.take(enough).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() > most {
        return Err(TreeReadError::TooLarge { file, most });
    }
    Ok(bytes.into())
}
