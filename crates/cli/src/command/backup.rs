use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use wellspring_node::{Backup, BackupPlan, Existing, IssuerFiles, PrivateKey, back_up};

use super::node_args::NodeArgs;
use crate::answer::{self, Format, Outcome, counted};
use crate::clock::Now;
use crate::failure::Refused;

/// Copy a node's database to a file, also while the node runs
///
/// The copy is of one moment, is read again before it gets its name, and can be read by its
/// owner alone. The node's private key is not in it, unless asked for: keep a copy of
/// node-key.pem and node-key-history.json apart, and a new one whenever you change the key.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
To restore: stop the node, put the copy as wellspring.db into an empty data directory, with
node-key.pem and node-key-history.json beside it, and start. A folder made with
--with-private-key is such a data directory.

Exit codes: 0 done, 1 there is such a file already, 2 it could not be read or written.

Examples:
  wellspring backup --config wellspring.toml /var/backups/wellspring/
  wellspring backup --config wellspring.toml --overwrite wellspring-backup.db
  wellspring backup --config wellspring.toml --with-private-key /media/safe/")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// The file to write; in a folder that exists, one whose name has the time
    #[arg(value_name = "FILE|DIR")]
    target: PathBuf,

    /// Put the copy in the place of a file that is there already
    #[arg(long, conflicts_with = "with_private_key")]
    overwrite: bool,

    /// Include the node's private key: makes a folder that is a secret as a whole
    #[arg(long)]
    with_private_key: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let data_dir = self.node.data_dir()?;
        let plan = BackupPlan {
            data_dir: &data_dir,
            target: &self.target,
            existing: if self.overwrite { Existing::IsReplaced } else { Existing::IsKept },
            private_key: match self.with_private_key {
                true => PrivateKey::IsIncluded,
                false => PrivateKey::IsLeftOut,
            },
            now: self.now.get(),
        };
        let made = with_progress("copying", |progress| back_up(&plan, progress));
        let backup = made.map_err(|error| match error.is_refusal() {
            true => Refused::with_code(error.code(), error.to_string()),
            false => error.into(),
        })?;
        let report = Report::of(&backup, &data_dir);
        if report.damaged > 0 {
            answer::warn(&format!(
                "{} in the database, and so in the copy, have been altered; `wellspring doctor` \
                 with the same options says which",
                counted(backup.copied.damaged.try_into().unwrap_or(usize::MAX), "document")
            ));
        }
        self.format.print(&report, Outcome::Yes)
    }
}

/// Does work on the documents of a database with a progress bar on a terminal, and nothing
/// elsewhere. Until the first of them it says only what is being done.
pub(super) fn with_progress<T>(
    what: &'static str,
    work: impl FnOnce(&mut dyn FnMut(u64, u64)) -> T,
) -> T {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    let result = work(&mut |done, total| {
        if bar.length() != Some(total) {
            bar.set_length(total);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} documents") {
                bar.set_style(style);
            }
        }
        bar.set_position(done);
    });
    bar.finish_and_clear();
    result
}

#[derive(Serialize)]
struct Report {
    path: String,
    documents: u64,
    damaged: u64,
    bytes: u64,
    private_key: bool,
    /// The key that is not in it, where the node has one of its own.
    #[serde(skip)]
    key: Option<PathBuf>,
}

impl Report {
    fn of(backup: &Backup, data_dir: &Path) -> Self {
        Self {
            path: backup.path.display().to_string(),
            documents: backup.copied.documents,
            damaged: backup.copied.damaged,
            bytes: backup.copied.bytes,
            private_key: backup.private_key,
            key: Some(IssuerFiles::of("node", data_dir).key).filter(|key| key.exists()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let documents = self.documents.try_into().unwrap_or(usize::MAX);
        writeln!(f, "{} holds {}.", self.path, counted(documents, "document"))?;
        writeln!(f, "  size   {} kB", self.bytes.div_ceil(1_000))?;
        if self.private_key {
            return writeln!(
                f,
                "  key    the node's private key is in it: keep the whole folder as a secret"
            );
        }
        let Some(key) = &self.key else { return Ok(()) };
        writeln!(
            f,
            "  key    not in it; keep a copy of {} and of the key history beside it apart",
            key.display()
        )
    }
}
