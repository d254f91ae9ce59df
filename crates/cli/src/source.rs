//! Where a command reads from: a file, an address, or standard input.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;

use crate::client::Network;
use crate::file;

/// A file, an address or standard input, as given on the command line. What holds `://` is
/// an address, `-` is standard input, all else is a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
    Url(String),
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdin,
            url if url.contains("://") => Self::Url(url.to_owned()),
            path => Self::File(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(url),
        }
    }
}

impl Source {
    /// Reads the bytes; of a file that is longer than `max_bytes` one byte more, so that the
    /// reader sees it.
    pub(crate) fn read(&self, max_bytes: usize, network: &Network) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Stdin => file::read_bounded(io::stdin().lock(), max_bytes)
                .context("standard input could not be read"),
            Self::File(path) => file::read(path, max_bytes),
            Self::Url(url) => Ok(network.get(url, max_bytes)?.bytes),
        }
    }
}
