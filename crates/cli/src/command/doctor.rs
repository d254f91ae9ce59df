use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_node::{DATABASE_FILE, Issuer, IssuerError, IssuerFiles, sentence};
use wellspring_store::{Complaint, Examination, OpenError, Store, StoreError};

use super::backup::with_progress;
use super::node_args::NodeArgs;
use crate::answer::{Format, Outcome, counted};
use crate::clock::Now;
use crate::file;

/// Look whether all is well with a node's database and keys, and mend it if asked to
///
/// Every document is verified again from its bytes, and everything that is noted about it is
/// compared with what it says. Changes nothing without --mend, and can be run while the node
/// runs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
With --mend, what can be read from documents is read from them again; a document that does not
hold is taken out, kept aside for 30 days, and asked for again. All of it is one transaction.

Exit codes: 0 all is well (with --mend: is well now), 1 something is wrong, 2 it could not look.

Examples:
  wellspring doctor --config wellspring.toml
  wellspring doctor --config wellspring.toml --mend
  wellspring doctor --database /var/backups/wellspring/wellspring-20261122T100000Z.db")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// Look at this file instead, such as a backup
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "adopt", "data_dir"])]
    database: Option<PathBuf>,

    /// Mend what can be mended
    #[arg(long)]
    mend: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let (database, mut faults) = match &self.database {
            Some(database) => (database.clone(), look_at_copy(database)),
            None => {
                let data_dir = self.node.data_dir()?;
                (data_dir.join(DATABASE_FILE), look_at_files(&data_dir))
            }
        };
        let (before, after) = self.examine(&database)?;
        if self.mend {
            faults.iter_mut().for_each(Fault::mend);
        }
        let report = Report::of(&database, &before, after.as_ref(), &faults);
        self.format.print(&report, Outcome::of(report.healthy))
    }

    /// What is wrong, and what is left of it after mending.
    fn examine(&self, database: &Path) -> anyhow::Result<(Examination, Option<Examination>)> {
        let what = if self.mend { "mending" } else { "looking" };
        let examined = with_progress(what, |progress| {
            if !self.mend {
                return Ok((Store::open_to_read(database)?.examine(progress)?, None));
            }
            // Whoever asks to mend does not ask to make a new one.
            Store::open_to_read(database)?;
            let mended = Store::open(database)?.mend(self.now.get(), progress)?;
            Ok((mended.before, Some(mended.after)))
        });
        examined.or_else(|error: anyhow::Error| match error.downcast_ref::<OpenError>() {
            Some(OpenError::Damaged { source, .. }) => {
                Ok((Examination::of_unreadable_file(source.to_string()), None))
            }
            _ => match error.downcast_ref::<StoreError>() {
                Some(StoreError::Damaged { source }) => {
                    Ok((Examination::of_unreadable_file(source.to_string()), None))
                }
                _ => Err(error),
            },
        })
    }
}

/// Something wrong with the files of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    code: &'static str,
    about: String,
    problem: String,
    meaning: &'static str,
    /// The file and the mode that it should have, where that is all.
    mode: Option<(PathBuf, u32)>,
    is_mended: bool,
}

impl Fault {
    const fn remedy(&self) -> Option<&'static str> {
        match self.mode {
            Some(_) => Some("take these permissions away"),
            None => None,
        }
    }

    fn mend(&mut self) {
        if let Some((path, mode)) = &self.mode {
            let mended = fs::set_permissions(path, fs::Permissions::from_mode(*mode));
            self.is_mended = mended.is_ok();
        }
    }
}

fn look_at_files(data_dir: &Path) -> Vec<Fault> {
    let files = IssuerFiles::of("node", data_dir);
    let database = data_dir.join(DATABASE_FILE);
    let mut faults = look_at_copy(&database);
    faults.extend(look_at_mode(
        &files.key,
        0o077,
        "Whoever has the key can sign in the name of this node. If somebody may have read it, \
         change it: `wellspring key rotate`.",
    ));
    // The example world has none, and a new node has none yet.
    if files.key.exists() || files.history.exists() {
        faults.extend(look_at_keys(&files));
    }
    faults
}

/// The modes of a database, and a log beside it that is not its own.
fn look_at_copy(database: &Path) -> Vec<Fault> {
    let meaning = "Others can write into the database. They cannot sign for anybody, but they \
                   can take documents away.";
    let mut faults: Vec<Fault> = look_at_mode(database, 0o022, meaning).into_iter().collect();
    let log = beside(database, "-wal");
    if is_copy(database) && fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        faults.push(Fault {
            code: "doctor.foreign-log",
            about: log.display().to_string(),
            problem: "it was not written by the database beside it, which is a copy".to_owned(),
            meaning: "It was left by the database that was there before. Opened together, both \
                      would be mixed up: move this file and the one that ends in -shm away \
                      before anything opens them.",
            mode: None,
            is_mended: false,
        });
    }
    faults
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether a database was written as a copy and never opened since by a program that writes:
/// then it has no log of its own (SQLite file format 1.3, the two bytes at offset 18).
fn is_copy(database: &Path) -> bool {
    file::read(database, 20).is_ok_and(|start| start.get(18..20) == Some(&[1, 1]))
}

fn look_at_mode(path: &Path, forbidden: u32, meaning: &'static str) -> Option<Fault> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & forbidden != 0).then(|| Fault {
        code: "doctor.file-mode",
        about: path.display().to_string(),
        problem: format!("others than its owner may use it: its mode is {mode:04o}"),
        meaning,
        mode: Some((path.to_owned(), mode & !forbidden)),
        is_mended: false,
    })
}

fn look_at_keys(files: &IssuerFiles) -> Option<Fault> {
    let error = match (files.key.exists(), files.history.exists()) {
        (false, _) => IssuerError::KeyMissing { path: files.key.clone() },
        // It is made anew at the next start.
        (true, false) => return None,
        (true, true) => Issuer::look(files).err()?,
    };
    Some(Fault {
        code: "doctor.key",
        about: files.key.display().to_string(),
        problem: sentence(&error),
        meaning: "The node does not start: bring key and key history back from a copy.",
        mode: None,
        is_mended: false,
    })
}

/// One thing that is wrong.
#[derive(Serialize)]
struct Line {
    code: &'static str,
    about: String,
    problem: String,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
    /// Whether it was mended just now.
    mended: bool,
}

impl Line {
    fn of(complaint: &Complaint, mended: bool) -> Self {
        Self {
            code: complaint.kind.code(),
            about: complaint.about.clone(),
            problem: complaint.problem.clone(),
            meaning: complaint.kind.meaning(),
            remedy: complaint.remedy(),
            mended,
        }
    }
}

#[derive(Serialize)]
struct Report {
    database: String,
    healthy: bool,
    documents: u64,
    issuers: u64,
    feeds: u64,
    taken_out: u64,
    /// What is wrong, or was before it was mended.
    complaints: Vec<Line>,
    #[serde(skip)]
    is_beyond_mending: bool,
    #[serde(skip)]
    was_to_mend: bool,
}

/// How many complaints of one kind are printed for people.
const MOST_SHOWN: usize = 20;

impl Report {
    fn of(
        database: &Path,
        before: &Examination,
        after: Option<&Examination>,
        faults: &[Fault],
    ) -> Self {
        let now = after.unwrap_or(before);
        let is_left = |complaint: &Complaint| now.complaints.contains(complaint);
        let of_files = faults.iter().map(|fault| Line {
            code: fault.code,
            about: fault.about.clone(),
            problem: fault.problem.clone(),
            meaning: fault.meaning,
            remedy: fault.remedy(),
            mended: fault.is_mended,
        });
        let found = before.complaints.iter().map(|it| Line::of(it, !is_left(it)));
        let appeared = now.complaints.iter().filter(|it| !before.complaints.contains(it));
        Self {
            database: database.display().to_string(),
            healthy: now.complaints.is_empty() && faults.iter().all(|fault| fault.is_mended),
            documents: now.documents,
            issuers: now.issuers,
            feeds: now.feeds,
            taken_out: now.taken_out,
            complaints: of_files
                .chain(found)
                .chain(appeared.map(|it| Line::of(it, false)))
                .collect(),
            is_beyond_mending: now.is_beyond_mending(),
            was_to_mend: after.is_some(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.complaints.iter().filter(|line| !line.mended).count();
        let mended = self.complaints.len() - wrong;
        let number = |count: u64| count.try_into().unwrap_or(usize::MAX);
        if wrong == 0 {
            writeln!(f, "{} is well.", self.database)?;
        } else {
            writeln!(f, "{} is not well: {}.", self.database, counted(wrong, "complaint"))?;
        }
        if mended > 0 {
            writeln!(f, "  mended     {}", counted(mended, "complaint"))?;
        }
        writeln!(
            f,
            "  looked at  {}, {}, {}",
            counted(number(self.documents), "document"),
            counted(number(self.issuers), "issuer"),
            counted(number(self.feeds), "feed")
        )?;
        if self.taken_out > 0 {
            let aside = counted(number(self.taken_out), "row");
            writeln!(f, "  kept aside {aside} that did not hold, for 30 days")?;
        }
        let mut by_kind: BTreeMap<(bool, &str), Vec<&Line>> = BTreeMap::new();
        for line in &self.complaints {
            by_kind.entry((line.mended, line.code)).or_default().push(line);
        }
        for ((mended, code), lines) in by_kind {
            let was = if mended { "Mended" } else { "Wrong" };
            writeln!(f, "\n{was} [{code}]: {}", lines[0].meaning)?;
            for Line { about, problem, .. } in lines.iter().take(MOST_SHOWN) {
                writeln!(f, "  {about}: {problem}")?;
            }
            if lines.len() > MOST_SHOWN {
                writeln!(f, "  and {} more; --json has them all", lines.len() - MOST_SHOWN)?;
            }
            if let Some(remedy) = lines[0].remedy
                && !mended
                && !self.is_beyond_mending
            {
                writeln!(f, "  --mend would {remedy}")?;
            }
        }
        self.write_advice(f, wrong)
    }
}

impl Report {
    fn write_advice(&self, f: &mut fmt::Formatter<'_>, wrong: usize) -> fmt::Result {
        if self.is_beyond_mending {
            return writeln!(
                f,
                "\nThis cannot be mended in place. Restore a backup into an empty folder. Without \
                 one, move the database away and sync again: that loses which operators asked not \
                 to be listed, which documents were replaced and since when servers are known."
            );
        }
        if wrong > 0 && !self.was_to_mend {
            writeln!(
                f,
                "\n`wellspring doctor --mend` with the same options mends what it can, in one step."
            )?;
        }
        Ok(())
    }
}
