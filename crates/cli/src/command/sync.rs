use std::fmt;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use wellspring_node::{Node, SyncOutcome, SyncProgress, SyncScope};

use super::node_args::{NodeArgs, warn_of_the_clock};
use crate::answer::{Format, Outcome, counted};
use crate::client::block_on;
use crate::clock::Now;
use crate::plain;

/// Ask every source of a node now, and say what came of it
///
/// A node that runs does this by itself. What could not be read or used is printed with the
/// reason; it takes nothing away of what was good.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 done, 1 not one source could be used, 2 the node could not be opened.

Examples:
  wellspring sync --config wellspring.toml
  wellspring sync --config wellspring.toml --json")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// Go by this machine's clock, although the node has seen a later time
    ///
    /// For once, after the clock was ahead by mistake. Until then the node goes on from the
    /// latest time that it has seen, so that nothing that has expired counts again.
    #[arg(long)]
    clock_is_right: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut opening = self.node.opening(self.now.clock())?;
        if self.clock_is_right {
            opening = opening.with_right_clock();
        }
        let node = Node::open(opening)?;
        warn_of_the_clock(&node);
        let outcome = with_progress(|progress| {
            block_on(async { node.sync(SyncScope::All, progress).await })
        })??;
        let report = Report::of(&outcome);
        let any_good = outcome.asked == 0 || report.failed_sources < outcome.asked;
        self.format.print(&report, Outcome::of(any_good))
    }
}

/// Runs a sync with a progress bar on a terminal, and nothing elsewhere.
pub(crate) fn with_progress<T>(sync: impl FnOnce(&(dyn Fn(SyncProgress) + Sync)) -> T) -> T {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} sources") {
        bar.set_style(style);
    }
    let result = sync(&|progress| match progress {
        SyncProgress::Planned(count) => bar.inc_length(count as u64),
        SyncProgress::Asked(count) => bar.inc(count as u64),
    });
    bar.finish_and_clear();
    result
}

#[derive(Serialize)]
struct Report {
    asked: usize,
    unchanged: usize,
    accepted: usize,
    servers: usize,
    #[serde(skip)]
    failed_sources: usize,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    source: String,
    code: String,
    message: String,
}

impl Report {
    fn of(outcome: &SyncOutcome) -> Self {
        let mut problems: Vec<Problem> = outcome
            .problems
            .iter()
            .map(|(source, failure)| Problem {
                source: source.location.clone(),
                code: failure.code.clone(),
                message: failure.message.clone(),
            })
            .collect();
        problems.sort_by(|a, b| (&a.source, &a.message).cmp(&(&b.source, &b.message)));
        let mut failed: Vec<_> = outcome.problems.iter().map(|(source, _)| source).collect();
        failed.sort();
        failed.dedup();
        Self {
            asked: outcome.asked,
            unchanged: outcome.unchanged,
            accepted: outcome.accepted,
            servers: outcome.servers,
            failed_sources: failed.len(),
            problems,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} asked, {} unchanged; {} new; {} known.",
            counted(self.asked, "source"),
            self.unchanged,
            counted(self.accepted, "document"),
            counted(self.servers, "server"),
        )?;
        for Problem { source, code, message } in &self.problems {
            // Most messages begin with the address that they are about.
            let source = if message.starts_with(source) { "" } else { &format!("{source}: ") };
            let line = plain::line(&format!("{source}{message} [{code}]"));
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}
