use std::fmt;

use serde::Serialize;
use wellspring_document::ServerName;
use wellspring_ranking::{
    Answer, Assessment, ContestedIssuer, Language, Points, RankedServer, Sentence as _,
    UnlistedServer, View,
};

use super::view_args::ViewArgs;
use crate::answer::{Format, Outcome, counted, write_json, write_out};
use crate::failure::Refused;
use crate::plain;

/// Print a community's list, or the reasons for the rank of one server
///
/// Works on what the node has stored and fetches nothing. The same documents, policy and
/// time give the same bytes on every machine.
///
/// With --archive it works on a folder of signed documents instead, like a copy of a tree or
/// what `wellspring observer import` writes, and touches no node: those issued up to the
/// moment are verified and accepted in their order, as a node does, and later ones are
/// ignored. Standard error says how many counted, were later, and were refused, and why.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 done, 1 there is no such server or community, or the policy is refused, 2 the
node or the archive could not be opened. What is refused of an archive changes none of them.

Examples:
  wellspring rank --config wellspring.toml
  wellspring rank --config wellspring.toml --explain chat.example.org
  wellspring rank --json --now 2026-11-22T10:00:00Z
  wellspring rank --archive tree/ --config wellspring.toml --now 2026-06-01T00:00:00Z
  wellspring rank --archive history/ --policy idea.toml --now 2026-06-01T00:00:00Z")]
pub(crate) struct Args {
    #[command(flatten)]
    of: ViewArgs,

    /// Say why this server stands where it stands
    #[arg(long, value_name = "SERVER_NAME")]
    explain: Option<ServerName>,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let view = self.of.view()?;
        match &self.explain {
            Some(name) => self.explain(&view, name),
            None if self.format.is_json() => {
                write_json(view.as_ref())?;
                Ok(Outcome::Yes)
            }
            None => {
                write_out(plain::text(&Table(&view).to_string()).as_bytes())?;
                Ok(Outcome::Yes)
            }
        }
    }

    fn explain(&self, view: &View, name: &ServerName) -> anyhow::Result<Outcome> {
        if let Some(server) = view.server(name) {
            let owner = server.profile.owner.as_ref();
            let contest = owner.and_then(|owner| view.contest(owner));
            return self.format.print(&Explained { server, contest }, Outcome::Yes);
        }
        if let Some(unlisted) = view.unlisted(name) {
            return self.format.print(&Unlisted(unlisted), Outcome::No);
        }
        Err(Refused::because(format!(
            "{name} is not in the list: no curator whom the community trusts names it, and no \
             profile is confirmed as its own"
        )))
    }
}

/// A view for people.
struct Table<'a>(&'a View);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let View { servers, now, .. } = self.0;
        writeln!(f, "{} at {now}", counted(servers.len(), "server"))?;
        let width = servers.iter().map(|it| it.server_name.as_str().len()).max().unwrap_or(0);
        for server in servers {
            let RankedServer { rank, .. } = server;
            let Assessment { server_name, score, category, .. } = &**server;
            let reason = server.reasons().next();
            writeln!(
                f,
                "{rank:>5}  {:>5}  {:<14}  {server_name:<width$}  {}",
                score.to_string(),
                category.as_str(),
                reason.map(|reason| reason.sentence(Language::English)).unwrap_or_default(),
                server_name = server_name.as_str(),
            )?;
        }
        for contest in &self.0.contested {
            writeln!(f, "\n{}: {}", contest.issuer, contest.sentence(Language::English))?;
        }
        Ok(())
    }
}

/// Why a server stands where it stands.
#[derive(Serialize)]
#[serde(transparent)]
struct Explained<'a> {
    server: &'a RankedServer,
    /// Where the keys of its operator are contested.
    #[serde(skip)]
    contest: Option<&'a ContestedIssuer>,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server;
        let english = Language::English;
        writeln!(
            f,
            "{}: rank {}, {} points, category {}.",
            server.server_name,
            server.rank,
            server.score,
            server.category.as_str()
        )?;
        writeln!(f, "  {}", server.category.sentence(english))?;
        writeln!(f, "  {}", server.profile.sentence(english))?;
        if let Some(contest) = self.contest {
            writeln!(f, "  {}", contest.sentence(english))?;
        }
        if let Some(waiting) = server.waiting() {
            writeln!(f, "  {}", waiting.sentence(english))?;
        }
        writeln!(f, "\nPoints")?;
        for reason in server.reasons() {
            let points = reason.points;
            let sign = if points > Points::ZERO { "+" } else { "" };
            writeln!(f, "  {:>6}  {}", format!("{sign}{points}"), reason.sentence(english))?;
        }
        writeln!(f, "  {:>6}  together", server.score.to_string())?;
        writeln!(f, "\nCriteria")?;
        let (unknown, known): (Vec<_>, Vec<_>) =
            server.criteria().partition(|answer| answer.answer == Answer::Unknown);
        for answer in known {
            writeln!(f, "  {:<8} {}", answer.answer.as_str(), answer.sentence(english))?;
        }
        if !unknown.is_empty() {
            writeln!(f, "\nNot known")?;
            for answer in unknown {
                writeln!(f, "  {}", answer.criterion)?;
            }
        }
        for contradiction in &server.contradictions {
            writeln!(f, "\n  {}", contradiction.sentence(english))?;
        }
        Ok(())
    }
}

/// What may be said about a server that does not want to be listed.
#[derive(Serialize)]
struct Unlisted<'a>(&'a UnlistedServer);

impl fmt::Display for Unlisted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is unlisted by its operator.", self.0.server_name)?;
        for warning in self.0.warnings() {
            writeln!(f, "  {}", warning.sentence(Language::English))?;
        }
        Ok(())
    }
}
