mod archive;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{ServerName, Timestamp};
use wellspring_node::config::CommunityConfig;
use wellspring_node::{Clock, Node, Snapshot, SyncScope};
use wellspring_ranking::{
    Answer, ContestedIssuer, Language, Points, RankedServer, Sentence as _, UnlistedServer, View,
};

use super::node_args::{NodeArgs, open_existing, warn_of_the_clock};
use crate::answer::{self, Format, Outcome, counted, write_json, write_out};
use crate::client::block_on;
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
    node: NodeArgs,

    /// Say why this server stands where it stands
    #[arg(long, value_name = "SERVER_NAME")]
    explain: Option<ServerName>,

    /// The moment for which to rank, as 2026-11-22T10:00:00Z; without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,

    /// The id of the community; without it, the first one of the configuration
    #[arg(long, value_name = "ID")]
    community: Option<String>,

    /// Rank the signed documents below this folder, and not those of a node
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,

    /// Rank an archive by the policy in this file, written as under [community.policy]
    #[arg(long, value_name = "FILE", requires = "archive",
        conflicts_with_all = ["config", "adopt", "data_dir", "community"])]
    policy: Option<PathBuf>,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let view = match &self.archive {
            Some(folder) => Arc::new(self.view_of_archive(folder)?),
            None => self.view_of_node()?,
        };
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

    fn view_of_node(&self) -> anyhow::Result<Arc<View>> {
        let snapshot = self.snapshot()?;
        let views = &snapshot.communities;
        let communities = views.iter().map(|it| it.community.as_ref());
        let place = self.place_of_community(communities)?;
        Ok(Arc::clone(&views[place].view))
    }

    /// The community that was asked for, by its place.
    fn place_of_community<'a>(
        &self,
        communities: impl Iterator<Item = &'a CommunityConfig>,
    ) -> anyhow::Result<usize> {
        let Some(wanted) = &self.community else { return Ok(0) };
        let ids: Vec<_> = communities.map(|it| it.id.as_str()).collect();
        ids.iter().position(|id| id == wanted).ok_or_else(|| {
            Refused::because(format!(
                "there is no community \"{wanted}\"; there are: {}",
                ids.join(", ")
            ))
        })
    }

    fn clock(&self) -> Clock {
        self.now.map_or(Clock::System, Clock::Moment)
    }

    fn snapshot(&self) -> anyhow::Result<Arc<Snapshot>> {
        let mut opening = self.node.opening(self.clock())?;
        if !self.node.is_example_world() {
            let node = open_existing(opening)?;
            warn_of_the_clock(&node);
            let snapshot = node.snapshot();
            if snapshot.communities.iter().all(|it| it.view.servers.is_empty()) {
                answer::warn(
                    "nothing is known yet; `wellspring sync` with the same options reads the \
                     sources",
                );
            }
            return Ok(snapshot);
        }
        // The example world is signed for the moment that was asked for. A database that has
        // seen it at a later one would rightly refuse that as rolled back, and one that is to
        // show it today must not see it in the future.
        let scratch = tempfile::tempdir().context("no temporary folder could be made")?;
        opening.config.node.data_dir = scratch.path().to_owned();
        let node = Node::open(opening)?;
        block_on(async { node.sync(SyncScope::All, &|_| {}).await })??;
        Ok(node.snapshot())
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
            let RankedServer { rank, server_name, score, category, .. } = server;
            let reason = server.reasons.first();
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
        if let Some(waiting) = &server.waiting {
            writeln!(f, "  {}", waiting.sentence(english))?;
        }
        writeln!(f, "\nPoints")?;
        for reason in &server.reasons {
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
        for warning in &self.0.warnings {
            writeln!(f, "  {}", warning.sentence(Language::English))?;
        }
        Ok(())
    }
}
