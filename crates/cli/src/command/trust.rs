//! `wellspring trust`: whom a community trusts, through whom, how much.

use std::fmt;

use clap::Subcommand;
use wellspring_ranking::{
    Language, Mention, Sentence as _, TrustBranch, TrustGraph, TrustedCurator,
};

use super::view_args::ViewArgs;
use crate::answer::{Format, Outcome};

/// See whom a community trusts, and why
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
}

/// Draw the trust of a community as text: who is trusted, through whom, how much
///
/// Each curator stands below the one whose recommendation makes them trusted; a root stands
/// on the left, because the community itself decided. A cross marks whom somebody distrusts
/// or recommends to no effect, and says why.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 done, 1 there is no such community, or the policy is refused, 2 the node or the
archive could not be opened.

Examples:
  wellspring trust show --config wellspring.toml
  wellspring trust show --config wellspring.toml --community town --json
  wellspring trust show --archive history/ --policy idea.toml --now 2026-06-01T00:00:00Z")]
struct Show {
    #[command(flatten)]
    of: ViewArgs,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            Command::Show(show) => show.run(),
        }
    }
}

impl Show {
    fn run(self) -> anyhow::Result<Outcome> {
        let view = self.of.view()?;
        self.format.print(&Drawn(view.trust_graph()), Outcome::Yes)
    }
}

/// The graph for people; for programs as it is.
#[derive(serde::Serialize)]
struct Drawn<'a>(TrustGraph<'a>);

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.roots.is_empty() {
            writeln!(f, "Nobody is trusted yet: the policy names no curator and adopts no list.")?;
        }
        for root in &self.0.roots {
            write!(f, "{}", root.curator.trust)?;
            write_curator(f, root)?;
            below(f, root, "  ")?;
        }
        Ok(())
    }
}

/// Everybody below a curator, behind `margin`.
fn below(f: &mut fmt::Formatter<'_>, branch: &TrustBranch<'_>, margin: &str) -> fmt::Result {
    let last = branch.recommends.len() + branch.mentions.len();
    let stroke = |place: usize| if place + 1 == last { "└─" } else { "├─" };
    for (place, next) in branch.recommends.iter().enumerate() {
        write!(f, "{margin}{} {}", stroke(place), next.curator.trust)?;
        write_curator(f, next)?;
        let on = if place + 1 == last { "   " } else { "│  " };
        below(f, next, &format!("{margin}{on}"))?;
    }
    for (place, mention) in (branch.recommends.len()..).zip(&branch.mentions) {
        write!(f, "{margin}{} ✗ ", stroke(place))?;
        write_mention(f, mention)?;
    }
    Ok(())
}

/// The rest of the line of a curator, behind the trust.
fn write_curator(f: &mut fmt::Formatter<'_>, branch: &TrustBranch<'_>) -> fmt::Result {
    let name = |curator: &TrustedCurator| curator.name(&[]).to_owned();
    write!(f, "  {}", name(branch.curator))?;
    if branch.curator.adopted_from.is_some() {
        write!(f, " (adopted by this node)")?;
    }
    if !branch.also_recommended_by.is_empty() {
        let names: Vec<_> = branch.also_recommended_by.iter().map(|it| name(it)).collect();
        write!(f, " (also recommended by {}, which adds nothing)", names.join(", "))?;
    }
    writeln!(f)
}

fn write_mention(f: &mut fmt::Formatter<'_>, mention: &Mention<'_>) -> fmt::Result {
    let name = mention.opinion.name.as_ref().map(|name| name.pick(&[]).1.as_str());
    let name = name.unwrap_or_else(|| mention.opinion.issuer.as_str());
    let effect = mention.effect.sentence(Language::English);
    writeln!(f, "{name} ({effect})")
}
