use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_node::IssuerFiles;

use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::key_files::{self, KeyFiles};
use crate::prompt::NewKeyArgs;

/// Make a new private key and its key history
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`wellspring operator init` and `wellspring curator init` make a key too; this command is
for keys apart from those.

Examples:
  wellspring key generate --name curator
  wellspring key generate --out-dir /etc/wellspring --name node --no-passphrase")]
pub(crate) struct Args {
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,

    /// The beginning of the names of both files: NAME-key.pem and NAME-key-history.json
    #[arg(long, default_value = "issuer", value_parser = file_name)]
    name: String,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = if self.out_dir == Path::new(".") { Path::new("") } else { &self.out_dir };
        let made =
            key_files::make(&IssuerFiles::of(&self.name, folder), &self.key, self.now.get())?;
        self.format.print(&Report { made }, Outcome::Yes)
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    made: KeyFiles,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Made the issuer {}\n{}", self.made.issuer, self.made)
    }
}

/// The name becomes part of a path, so it is a plain word.
fn file_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a name is 1 to 64 letters, digits, \"-\" and \"_\"".to_owned())
    }
}
