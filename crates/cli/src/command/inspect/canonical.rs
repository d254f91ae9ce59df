use std::fmt;
use std::io;

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{BytesHash, json};

use crate::answer::{self, Format, Outcome};
use crate::file;

/// Turn any JSON value on standard input into its RFC 8785 bytes on standard output
///
/// Nothing is added to the bytes, not even a line end. What strict reading refuses has no
/// canonical bytes here; the reason goes to standard error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  echo '{ \"b\": 1e2, \"a\": [] }' | wellspring inspect canonical")]
pub(crate) struct Args {
    #[command(flatten)]
    format: Format,
}

/// The largest value that is read, in bytes: four times the largest document.
const MAX_BYTES: usize = 64 * 1_000_000;

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let bytes = file::read_bounded(io::stdin().lock(), MAX_BYTES)
            .context("standard input could not be read")?;
        match json::read(&bytes, MAX_BYTES) {
            Ok(value) => {
                let canonical = json::canonical(&value);
                if !self.format.is_json() {
                    answer::write_exactly(&canonical)?;
                    return Ok(Outcome::Yes);
                }
                let sha256 = BytesHash::of(&canonical).to_string();
                let canonical = String::from_utf8_lossy(&canonical).into_owned();
                self.format.print(&Canonical { canonical, sha256 }, Outcome::Yes)
            }
            Err(error) => {
                let refusal = Refusal {
                    code: error.code(),
                    place: error.place().to_owned(),
                    offset: error.offset(),
                    message: error.to_string(),
                };
                if !self.format.is_json() {
                    answer::error(&refusal.to_string());
                    return Ok(Outcome::No);
                }
                self.format.print(&refusal, Outcome::No)
            }
        }
    }
}

#[derive(Serialize)]
struct Canonical {
    canonical: String,
    sha256: String,
}

impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

#[derive(Serialize)]
struct Refusal {
    code: &'static str,
    place: String,
    offset: usize,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "standard input is refused: {} ({})", self.message, self.code)
    }
}
