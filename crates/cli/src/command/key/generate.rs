use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::PublicKey;
use wellspring_node::IssuerFiles;

use super::file_name;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::key_files::{self, FirstKeysArgs, KeyFiles};

/// Make a new private key and its key history, or a recovery key
///
/// A recovery key signs nothing day by day: it only replaces a key that was lost or stolen.
/// Make it before the issuer, whose first key history names it, and keep it elsewhere.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`wellspring operator init` and `wellspring curator init` make a key too; this command is
for keys apart from those.

Examples:
  wellspring key generate --recovery
  wellspring key generate --name curator --recovery-key z6Mk...
  wellspring key generate --out-dir /etc/wellspring --name node --no-passphrase")]
pub(crate) struct Args {
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,

    /// The beginning of the names of both files: NAME-key.pem and NAME-key-history.json
    /// [default: issuer, or recovery]
    #[arg(long, value_parser = file_name)]
    name: Option<String>,

    /// Make a recovery key: NAME-key.pem alone
    #[arg(long, conflicts_with = "recovery_key")]
    recovery: bool,

    #[command(flatten)]
    keys: FirstKeysArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = if self.out_dir == Path::new(".") { Path::new("") } else { &self.out_dir };
        let default = if self.recovery { "recovery" } else { "issuer" };
        let files = IssuerFiles::of(self.name.as_deref().unwrap_or(default), folder);
        if self.recovery {
            let recovery_key = key_files::make_bare(&files.key, &self.keys.key)?.public();
            let report = RecoveryReport { recovery_key, key_file: files.key };
            return self.format.print(&report, Outcome::Yes);
        }
        let made = key_files::make(&files, &self.keys, self.now.get())?;
        self.format.print(&Report { made }, Outcome::Yes)
    }
}

#[derive(Serialize)]
struct RecoveryReport {
    recovery_key: PublicKey,
    key_file: PathBuf,
}

impl fmt::Display for RecoveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, file) = (&self.recovery_key, self.key_file.display());
        writeln!(f, "Made the recovery key {key}")?;
        writeln!(f, "  {file}: its private half. Whoever has it can take over the issuer.")?;
        writeln!(f, "\nNext: put it on paper, and begin the issuer that it can recover:")?;
        writeln!(f, "  wellspring key print {file} | lp")?;
        writeln!(f, "  wellspring operator init SERVER_NAME --recovery-key {key}")?;
        writeln!(
            f,
            "Then move {file} to where the issuer's own key is not, or delete it once the"
        )?;
        writeln!(f, "paper is in a safe place and `wellspring key type` has read it back.")
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
