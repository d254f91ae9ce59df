use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use wellspring_document::{ServerName, Timestamp};
use wellspring_node::status::{RoundsReport, SourceReport, SourceStatus, SourcesStatus};
use wellspring_node::tree::TreePlace;
use wellspring_node::{DATABASE_FILE, Node, Snapshot};
use wellspring_store::{Round, SourceKind};

use super::node_args::{NodeArgs, open_existing};
use crate::answer::{Format, Outcome, counted};
use crate::clock::Now;
use crate::failure::Refused;
use crate::plain;

/// Say how a node fares, or what came of asking one server or list, and what to do about it
///
/// Reads the node's database and asks nobody. Works while the node runs and while it does
/// not.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 all is well, 1 something needs attention or the node does not ask there, 2 the
node could not be opened.

Examples:
  wellspring status --config wellspring.toml
  wellspring status --config wellspring.toml chat.example.org
  wellspring status --config wellspring.toml https://curators.example.net/list.json --json")]
pub(crate) struct Args {
    /// A server name, the address of a list or a mirror, or the path of a folder; without it,
    /// the node
    #[arg(value_name = "SERVER_NAME|URL|DIR")]
    place: Option<String>,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let opening = self.node.opening(self.now.clock())?;
        let node = open_existing(opening)?;
        let snapshot = node.snapshot();
        match &self.place {
            Some(place) => self.of_place(place, &snapshot),
            None => self.of_node(&node, &snapshot),
        }
    }

    fn of_node(&self, node: &Arc<Node>, snapshot: &Snapshot) -> anyhow::Result<Outcome> {
        let now = node.now();
        let data_dir = &node.config().node.data_dir;
        let attention: Vec<_> =
            snapshot.sources.all().filter(|source| source.needs_attention()).collect();
        let clock = node.clock_behind().map(|behind| behind.to_string());
        let is_well = attention.is_empty()
            && clock.is_none()
            && !snapshot.sources.is_overdue(now)
            && snapshot.sources.round.is_some();
        let report = NodeReport {
            now,
            rounds: snapshot.sources.report(now),
            clock,
            is_well,
            database_bytes: database_bytes(data_dir),
            disk_free_bytes: disk_free_bytes(data_dir),
            attention: attention.iter().map(|source| source.full_report()).collect(),
            sources: &snapshot.sources,
        };
        self.format.print(&report, Outcome::of(is_well))
    }

    fn of_place(&self, place: &str, snapshot: &Snapshot) -> anyhow::Result<Outcome> {
        let found: Vec<_> = snapshot.sources.all().filter(|source| is_at(source, place)).collect();
        if found.is_empty() {
            let name = plain::line(place);
            return Err(Refused::with_code(
                "status.not-asked",
                format!(
                    "this node does not ask {name}: no curator whom it trusts names it, and its \
                     configuration does not either. An operator can apply to a curator; whoever \
                     runs the node can add it to `servers` of a community"
                ),
            ));
        }
        let is_well = !found.iter().any(|source| source.needs_attention());
        let server_name = found.iter().find_map(|source| source.server_name());
        let report = PlaceReport {
            standing: server_name.map(|name| standing(&name, snapshot)).unwrap_or_default(),
            sources: found.iter().map(|source| source.full_report()).collect(),
            found,
        };
        self.format.print(&report, Outcome::of(is_well))
    }
}

/// Whether a source is meant: by its place, its address, or the host of its address.
fn is_at(source: &SourceStatus, place: &str) -> bool {
    let host_of = |url: &str| {
        let rest = url.strip_prefix("https://")?;
        Some(rest.split('/').next().unwrap_or(rest).to_owned())
    };
    let is_host = source.key.kind == SourceKind::ListUrl
        && host_of(&source.key.location).is_some_and(|host| host == place);
    // As in the configuration, the slash at the end of a mirror's address may be left out.
    let is_mirror = source.key.kind == SourceKind::Mirror
        && TreePlace::parse(place).is_ok_and(|it| it.to_string() == source.key.location);
    source.key.location == place || source.address() == place || is_host || is_mirror
}

/// What each community makes of a server.
fn standing(name: &ServerName, snapshot: &Snapshot) -> Vec<Standing> {
    let of_community = |it: &wellspring_node::CommunityView| {
        let server = it.view.server(name);
        Standing {
            community: it.community.id.to_string(),
            category: server.map(|server| server.category.as_str()),
            rank: server.map(|server| server.rank),
            is_unlisted: it.view.unlisted(name).is_some(),
        }
    };
    snapshot.communities.iter().map(of_community).collect()
}

#[derive(Serialize)]
struct Standing {
    community: String,
    category: Option<&'static str>,
    rank: Option<u32>,
    is_unlisted: bool,
}

/// The bytes of the database with what is not yet worked into it; nothing where it cannot be
/// looked at.
fn database_bytes(data_dir: &Path) -> Option<u64> {
    let size = |suffix: &str| {
        let file = data_dir.join(format!("{DATABASE_FILE}{suffix}"));
        std::fs::metadata(file).ok().map(|found| found.len())
    };
    Some(size("")? + size("-wal").unwrap_or_default())
}

/// What this user can still write to the disk of the database.
fn disk_free_bytes(data_dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(data_dir).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// How the node fares.
#[derive(Serialize)]
struct NodeReport<'a> {
    now: Timestamp,
    #[serde(flatten)]
    rounds: RoundsReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<String>,
    #[serde(skip)]
    is_well: bool,
    database_bytes: Option<u64>,
    disk_free_bytes: Option<u64>,
    attention: Vec<SourceReport<'a>>,
    #[serde(skip)]
    sources: &'a SourcesStatus,
}

impl fmt::Display for NodeReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attention: Vec<_> =
            self.sources.all().filter(|source| source.needs_attention()).collect();
        match attention.len() {
            0 if self.is_well => writeln!(f, "All is well.")?,
            0 => writeln!(f, "No source needs attention, but the node does.")?,
            1 => writeln!(f, "1 source needs attention.")?,
            count => writeln!(f, "{count} sources need attention.")?,
        }
        let now = minute(self.now);
        match self.sources.round {
            None => writeln!(f, "  last round   none yet")?,
            Some(Round { ended_at, asked, unchanged, accepted, failed, .. }) => writeln!(
                f,
                "  last round   {}: {} asked, {unchanged} unchanged, {failed} failed; {}",
                minute(ended_at),
                counted_u32(asked, "source"),
                counted_u32(accepted, "new document"),
            )?,
        }
        if let Some(next) = self.sources.next_round_at {
            let remark = match self.sources.is_overdue(self.now) {
                true => format!(" (it is {now}: the node seems not to run)"),
                false => " if the node runs".to_owned(),
            };
            writeln!(f, "  next round   {}{remark}", minute(next))?;
        }
        match &self.clock {
            None => writeln!(f, "  clock        {now}")?,
            Some(behind) => writeln!(f, "  clock        {behind}")?,
        }
        if let Some(bytes) = self.database_bytes {
            writeln!(f, "  database     {}", megabytes(bytes))?;
        }
        if let Some(bytes) = self.disk_free_bytes {
            writeln!(f, "  disk         {} free", megabytes(bytes))?;
        }
        let counts = self.sources.counts();
        if !counts.is_empty() {
            writeln!(f, "\nSources")?;
        }
        for (outcome, count) in counts {
            writeln!(f, "  {count:>6}  {}", outcome.title())?;
        }
        for source in attention {
            writeln!(f)?;
            write_source(f, source)?;
        }
        Ok(())
    }
}

/// What came of asking at one place.
#[derive(Serialize)]
struct PlaceReport<'a> {
    sources: Vec<SourceReport<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    standing: Vec<Standing>,
    #[serde(skip)]
    found: Vec<&'a SourceStatus>,
}

impl fmt::Display for PlaceReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, source) in self.found.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write_source(f, source)?;
            write_history(f, source)?;
        }
        for Standing { community, category, rank, is_unlisted } in &self.standing {
            match (category, rank) {
                _ if *is_unlisted => writeln!(f, "  in {community}: unlisted by its operator")?,
                (Some(category), Some(rank)) => {
                    writeln!(f, "  in {community}: category {category}, place {rank}")?;
                }
                _ => writeln!(f, "  in {community}: not listed")?,
            }
        }
        Ok(())
    }
}

/// A source with its outcome, what that means and what to do.
fn write_source(f: &mut fmt::Formatter<'_>, source: &SourceStatus) -> fmt::Result {
    writeln!(f, "{}: {}", plain::line(&source.key.location), source.outcome.title())?;
    writeln!(f, "  {}", source.explanation())?;
    if let Some(failure) = &source.failure {
        writeln!(f, "  error        {} [{}]", plain::line(&failure.message), failure.code)?;
    }
    if let Some(since) = source.failing_since {
        let failures = counted_u32(source.consecutive_failures, "attempt");
        writeln!(f, "  since        {}, {failures}", minute(since))?;
    }
    if let Some(advice) = source.advice() {
        writeln!(f, "  what to do   {advice}")?;
    }
    Ok(())
}

fn write_history(f: &mut fmt::Formatter<'_>, source: &SourceStatus) -> fmt::Result {
    writeln!(f, "  address      {}", plain::line(&source.address()))?;
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), minute);
    writeln!(f, "  asked        {}", moment(source.last_attempt))?;
    writeln!(f, "  good         {}", moment(source.last_good))?;
    if let Some(next) = source.next_attempt {
        writeln!(f, "  next         {}, if the node runs", minute(next))?;
    }
    if let Some(given) = &source.given {
        let record = &given.record;
        writeln!(
            f,
            "  accepted     {} number {} of {}, first seen {}, valid from {} to {} ({})",
            record.feed.kind,
            record.sequence,
            record.feed.issuer,
            minute(given.first_seen_at),
            minute(record.issued_at),
            minute(record.expires_at),
            record.status.as_str(),
        )?;
    }
    if let Some(sight) = &source.sight {
        let (status, since) = (sight.status.as_str(), minute(sight.first_seen_at));
        writeln!(f, "  seen         {status} since {since}")?;
    }
    Ok(())
}

/// `2026-11-22 10:00 UTC`.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", at.date(), text.get(11..16).unwrap_or_default())
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..=999_999 => format!("{} kB", bytes / 1_000),
        1_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

fn counted_u32(count: u32, what: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), what)
}
