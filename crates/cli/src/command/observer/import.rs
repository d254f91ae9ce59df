mod archive;
mod lines;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use serde::Serialize;
use wellspring_document::{IssuerId, Text, Timestamp};
use wellspring_matrix::{Check, History, HistoryDay, Taken};

use crate::answer::{Format, Outcome, counted};
use crate::failure::sentence_of;
use crate::source::Source;
use archive::Archive;
use lines::{Line, Lines};

/// Turn the history of a public list into signed reports, to try policies on
///
/// Reads checks of a list, one on each line: {"t": seconds since 1970, "servers": [[name,
/// software, version, open, email, recaptcha], ...]}, the oldest first, plain or compressed
/// with gzip. A server that did not answer at a check is not in its line. For each day the
/// folder gets the report that an observer who had made these checks would have signed then,
/// and the list of a curator who had listed the same servers, both by new issuers, and a
/// policy that trusts these two.
///
/// A check that names less than half as many servers as the median of the seven days before,
/// or none, failed, and counts for and against nobody. A server counts as watched from the
/// first check that had it, and is reported on until it has not answered for 90 days.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The private keys of the two issuers are thrown away when all is signed, so nobody can sign in
their name later; each import has new ones. Trust them for trying out, in no node.

Exit codes: 0 done, 1 done but for lines or servers that were refused, 2 a file could not be
read, the folder could not be written, or no check counts.

Examples:
  wellspring observer import history.jsonl.gz --to past
  wellspring rank --archive past --policy past/policy.toml --now 2022-06-01T00:00:00Z")]
pub(crate) struct Args {
    /// Files, or - for standard input; of several, the oldest first
    #[arg(value_name = "FILE", required = true)]
    files: Vec<Source>,

    /// The folder to write; made where it is not there, and else empty
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// A report every so many days; at most 8, which is how long one lives
    #[arg(long, value_name = "DAYS", default_value = "1",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=8))]
    every: u32,

    /// Leave out the lists of the curator, and write only what was measured
    #[arg(long)]
    reports_only: bool,

    /// What the observer and the curator are called
    #[arg(long, value_name = "TEXT", default_value = "Replay")]
    name: Text,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let archive = Archive::begin(&self.to, self.name.clone(), !self.reports_only)?;
        let every = NonZeroU32::new(self.every).unwrap_or(NonZeroU32::MIN);
        let mut import = Import { history: History::new(every), archive, told: Told::default() };
        for source in &self.files {
            import.read(source)?;
        }
        let report = import.finish(&self.to)?;
        let outcome = Outcome::of(report.refused == 0);
        self.format.print(&report, outcome)
    }
}

/// An import under way.
struct Import {
    history: History,
    archive: Archive,
    told: Told,
}

/// What there is to say of the lines.
#[derive(Default)]
struct Told {
    checks: u64,
    failed: u64,
    refused: u64,
    problems: Vec<String>,
    /// What was said of a server is not said again of each line that has it.
    said: BTreeSet<String>,
    period: Option<(Timestamp, Timestamp)>,
}

/// The most problems that are told one by one.
const MAX_TOLD: usize = 50;

/// The most servers of which it is remembered that there is something wrong with them.
const MAX_SAID: usize = 10_000;

impl Import {
    fn read(&mut self, source: &Source) -> anyhow::Result<()> {
        let mut lines = Lines::open(source)?;
        while let Some(line) = lines.next()? {
            let place = format!("{source}, line {}", lines.number());
            match line {
                Line::TooLong => self.told.refuse(format!(
                    "{place}: it is longer than the {} bytes that are read",
                    wellspring_matrix::MAX_CHECK_BYTES
                )),
                Line::Read(line) if line.trim_ascii().is_empty() => {}
                Line::Read(line) => self.take(&place, &line)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, place: &str, line: &[u8]) -> anyhow::Result<()> {
        let (check, problems) = match Check::read(line) {
            Ok(read) => read,
            Err(error) => {
                self.told.refuse(format!("{place}: {}", sentence_of(&error)));
                return Ok(());
            }
        };
        for problem in problems {
            let reason = problem.reason.to_string();
            self.told.refuse_once(format!("{place}: servers[{}]: ", problem.index), &reason);
        }
        let at = check.at;
        if let Some(day) = self.history.day_before(at) {
            self.write(&day)?;
        }
        match self.history.take(check) {
            Err(error) => self.told.refuse(format!("{place}: {error}")),
            Ok(Taken::Failed { .. }) => self.told.failed += 1,
            Ok(Taken::Counts { too_many }) => {
                self.told.checks += 1;
                let (first, _) = self.told.period.unwrap_or((at, at));
                self.told.period = Some((first, at));
                if too_many > 0 {
                    let most = wellspring_document::MAX_ENTRIES;
                    let reason = format!("more than {most} servers are not watched");
                    self.told.refuse_once(format!("{place}: "), &reason);
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, day: &HistoryDay) -> anyhow::Result<()> {
        self.archive.write(day)
    }

    fn finish(mut self, to: &std::path::Path) -> anyhow::Result<Report> {
        if let Some(day) = self.history.last_day() {
            self.write(&day)?;
        }
        let Told { checks, failed, refused, problems, period, .. } = self.told;
        let (Some((from, until)), Some(written)) = (period, self.archive.finish()?) else {
            let first = problems.first().map(|first| format!("; {first}")).unwrap_or_default();
            anyhow::bail!("there is no check that counts{first}");
        };
        Ok(Report {
            folder: to.to_owned(),
            observer: written.observer,
            curator: written.curator,
            from,
            until,
            checks,
            failed_checks: failed,
            reports: written.days,
            policy: written.policy,
            refused,
            problems,
        })
    }
}

impl Told {
    fn refuse(&mut self, problem: String) {
        self.refused += 1;
        if self.problems.len() < MAX_TOLD {
            self.problems.push(problem);
        }
    }

    fn refuse_once(&mut self, place: String, reason: &str) {
        if self.said.contains(reason) {
            return;
        }
        if self.said.len() < MAX_SAID {
            self.said.insert(reason.to_owned());
        }
        self.refuse(place + reason);
    }
}

#[derive(Serialize)]
struct Report {
    folder: PathBuf,
    observer: IssuerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    curator: Option<IssuerId>,
    /// The times of the first and the last check that counts.
    from: Timestamp,
    until: Timestamp,
    checks: u64,
    failed_checks: u64,
    reports: u64,
    policy: PathBuf,
    /// How many lines, or kinds of faults of servers, were refused.
    refused: u64,
    problems: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, observer, curator, from, until, checks, .. } = self;
        let count = |count: u64, what| counted(usize::try_from(count).unwrap_or(usize::MAX), what);
        writeln!(f, "{}: {}.", folder.display(), count(self.reports, "signed report"))?;
        writeln!(f, "  checks      {checks}, from {from} to {until}")?;
        if self.failed_checks > 0 {
            writeln!(f, "  failed      {}, which count for nothing", self.failed_checks)?;
        }
        writeln!(f, "  observer    {observer}")?;
        if let Some(curator) = curator {
            writeln!(f, "  curator     {curator}")?;
        }
        for problem in &self.problems {
            writeln!(f, "  refused     {problem}")?;
        }
        let untold = self.refused - self.problems.len() as u64;
        if untold > 0 {
            writeln!(f, "  refused     and {untold} more")?;
        }
        writeln!(f, "\nNext: see how a day would have been ranked")?;
        writeln!(
            f,
            "  wellspring rank --archive {} --policy {} --now {until}",
            folder.display(),
            self.policy.display()
        )
    }
}
