use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::PublicKey;
use wellspring_node::IssuerFiles;

use super::file_name;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::key_files::{self, FirstKeysArgs, KeyFiles};

/// Make a new private key and its key history, or a key alone: to recover, or to sign together
///
/// A recovery key signs nothing day by day: it only replaces a key that was lost or stolen.
/// Make it before the issuer, whose first key history names it, and keep it elsewhere. The key
/// of a cosigner belongs to an issuer that somebody else begins or has begun.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`wellspring operator init` and `wellspring curator init` make a key too; this command is
for keys apart from those.

Examples:
  wellspring key generate --recovery
  wellspring key generate --cosigner --name curator
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
    #[arg(long, conflicts_with_all = ["recovery_key", "signing_key"])]
    recovery: bool,

    /// Make a key for signing together with others: NAME-key.pem alone
    #[arg(long, conflicts_with_all = ["recovery", "recovery_key", "signing_key"])]
    cosigner: bool,

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
        if self.cosigner {
            key_files::refuse_existing(&files.history)?;
            let signing_key = key_files::make_bare(&files.key, &self.keys.key)?.public();
            let role = match self.name.as_deref() {
                Some("operator") => "operator",
                _ => "curator",
            };
            let report = CosignerReport { signing_key, key_file: files.key, role };
            return self.format.print(&report, Outcome::Yes);
        }
        let made = key_files::make(&files, &self.keys, self.now.get())?;
        let outcome = made.outcome();
        self.format.print(&Report { made }, outcome)
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
struct CosignerReport {
    signing_key: PublicKey,
    key_file: PathBuf,
    #[serde(skip)]
    role: &'static str,
}

impl fmt::Display for CosignerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, file, role) = (&self.signing_key, self.key_file.display(), self.role);
        writeln!(f, "Made the key {key}")?;
        writeln!(f, "  {file}: its private half. It stays with you; keep a copy in a safe place.")?;
        writeln!(
            f,
            "\nNext: tell the others the public half. Whoever begins the issuer names it:"
        )?;
        let init = if role == "operator" { "SERVER_NAME" } else { "--name NAME" };
        writeln!(f, "  wellspring {role} init {init} --signing-key {key} --threshold 2")?;
        writeln!(f, "Of an issuer that has begun, somebody who signs for it lets it in:")?;
        writeln!(f, "  wellspring key rotate --keep-key --signing-key {key} --threshold 2")?;
        writeln!(f, "Either sends you a file to sign with `wellspring {role} cosign`.")
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    made: KeyFiles,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Made the issuer {}\n{}", self.made.issuer, self.made)?;
        self.made.draft().map_or(Ok(()), |draft| write!(f, "{draft}"))
    }
}
