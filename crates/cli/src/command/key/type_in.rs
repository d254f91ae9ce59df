use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{PublicKey, SigningKey, on_paper};
use wellspring_node::{IssuerFiles, read_history};
use zeroize::Zeroizing;

use super::file_name;
use crate::answer::{Format, Outcome};
use crate::failure::Refused;
use crate::prompt::{NewKeyArgs, ask_hidden};
use crate::{file, key_files};

/// Type a private key back that `key print` wrote for paper
///
/// Asks for it on the terminal, without showing what you type unless you ask for that; where
/// there is no terminal, it is read from standard input. Capital or small letters, spaces and
/// hyphens do not matter; anything else that is wrong is found, and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring key type
  wellspring key type --visible --name operator --out-dir /srv/profile")]
pub(crate) struct Args {
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,

    /// The beginning of the name of the file: NAME-key.pem
    #[arg(long, default_value = "recovery", value_parser = file_name)]
    name: String,

    /// Show what you type
    #[arg(long)]
    visible: bool,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = if self.out_dir == Path::new(".") { Path::new("") } else { &self.out_dir };
        let files = IssuerFiles::of(&self.name, folder);
        key_files::refuse_existing(&files.key)?;
        let key = typed("The key as it is on paper: ", self.visible)?;
        require_place(&files, &key)?;
        key_files::write_bare(&files.key, &key, &self.key)?;
        let report = Report { key: key.public(), key_file: files.key };
        self.format.print(&report, Outcome::Yes)
    }
}

/// A private key as a person types it, or as it comes on standard input.
pub(super) fn typed(question: &str, visible: bool) -> anyhow::Result<SigningKey> {
    let text = if !io::stdin().is_terminal() {
        let bytes = file::read_bounded(io::stdin().lock(), file::MAX_PAPER_BYTES);
        as_text(bytes.context("standard input could not be read")?)
    } else if visible {
        eprint!("{question}");
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line).context("no answer could be read")?;
        line
    } else {
        ask_hidden(question)?
    };
    read_paper(&text)
}

/// The private key in a text from paper, the rest of the sheet around it or not.
pub(crate) fn read_paper(text: &str) -> anyhow::Result<SigningKey> {
    SigningKey::from_paper(on_paper(text)).map_err(|error| {
        Refused::because(format!("this is not a key as `wellspring key print` writes it: {error}"))
    })
}

/// Bytes as text, wiped from memory when dropped. What is no text is no key either.
pub(crate) fn as_text(bytes: Vec<u8>) -> Zeroizing<String> {
    let bytes = Zeroizing::new(bytes);
    Zeroizing::new(str::from_utf8(&bytes).unwrap_or_default().to_owned())
}

/// Refuses to put a key beside a key history that does not name it.
fn require_place(files: &IssuerFiles, key: &SigningKey) -> anyhow::Result<()> {
    if !files.history.exists() {
        return Ok(());
    }
    let history = read_history(&files.history)?;
    if history.current().signing.keys.contains(&key.public()) {
        return Ok(());
    }
    Err(Refused::because(format!(
        "this is the key {}, which {} does not name; give another --name",
        key.public(),
        files.history.display()
    )))
}

#[derive(Serialize)]
struct Report {
    key: PublicKey,
    key_file: PathBuf,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The key {} is in {}", self.key, self.key_file.display())
    }
}
