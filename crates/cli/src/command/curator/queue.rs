use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use wellspring_document::profile::Listing;
use wellspring_document::{
    Date, Endorsement, EndorsementList, IssuerId, Profile, ServerName, Timestamp, Verdict, Verified,
};
use wellspring_node::{Node, Snapshot, read_history};
use wellspring_ranking::{Language, RankedServer, Sentence as _};

use super::book::Book;
use super::{ROLE, authoring_file};
use crate::answer::{Format, Outcome, counted};
use crate::clock::Now;
use crate::command::node_args::{NodeArgs, open_existing};
use crate::plain;
use crate::signing::Folder;

/// Show what waits for you: applications, verdicts that end, contradictions
///
/// Operators ask to be reviewed in `applies_to` of their profiles, by your issuer id. Which
/// profiles there are, and where observers measured something else than an operator says, is
/// known to a node: name the configuration of one that reads them. Without a node only your own
/// list is looked at. Nothing is fetched.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring curator queue
  wellspring curator queue --config /etc/wellspring.toml --within 60")]
pub(crate) struct Args {
    #[command(flatten)]
    node: NodeArgs,

    /// The curator who is asked [default: that of the key in the folder]
    #[arg(long, value_name = "ID")]
    issuer: Option<IssuerId>,

    /// Show verdicts of which fewer days than these are left
    #[arg(
        long, value_name = "DAYS", default_value_t = 30,
        value_parser = clap::value_parser!(i64).range(0..=1_000)
    )]
    within: i64,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let book = Book::open(authoring_file(&self.folder))?;
        let list = book.list();
        let now = self.now.get();
        let mut queue = Queue {
            node_was_asked: self.node.is_given(),
            applications: Vec::new(),
            ending: ending(list, now, self.within),
            contradictions: Vec::new(),
            folder_option: self.folder.option(),
        };
        if queue.node_was_asked {
            if self.node.is_example_world() {
                anyhow::bail!("--data-dir alone says nothing of a node; give its --config as well");
            }
            let issuer = match &self.issuer {
                Some(issuer) => issuer.clone(),
                None => read_history(&self.folder.issuer(&ROLE).history)?.issuer().clone(),
            };
            let node = open_existing(self.node.opening(self.now.clock())?)?;
            let snapshot = node.snapshot();
            queue.applications = applications(&node, &snapshot, &issuer, list);
            queue.contradictions = contradictions(&snapshot, list, &queue.applications);
        }
        self.format.print(&queue, Outcome::Yes)
    }
}

/// What waits for a curator.
#[derive(Serialize)]
struct Queue {
    /// Whether there was a node that could know of applications and contradictions.
    node_was_asked: bool,
    applications: Vec<Application>,
    ending: Vec<Ending>,
    contradictions: Vec<Contradicted>,
    #[serde(skip)]
    folder_option: String,
}

/// A server whose operator asks for a review and that has none by this curator.
#[derive(Serialize)]
struct Application {
    server_name: ServerName,
    /// Who signed the profile.
    issuer: IssuerId,
    /// Whether it is known that this is the server's own profile.
    confirmed: bool,
    /// Since when the profile says what it says.
    issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The verdict that was copied from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_verdict: Option<Verdict>,
}

/// A verdict that soon counts no longer, or no longer does.
#[derive(Serialize)]
struct Ending {
    server_name: ServerName,
    verdict: Verdict,
    expires_at: Date,
    /// Negative where it is over.
    days_left: i64,
}

/// Where an operator says something else than observers measured.
#[derive(Serialize)]
struct Contradicted {
    server_name: ServerName,
    contradiction: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<Timestamp>,
}

fn ending(list: &EndorsementList, now: Timestamp, within: i64) -> Vec<Ending> {
    let ending = list.entries.iter().filter_map(|entry| {
        let expires_at = entry.expires_at?;
        let days_left = expires_at.midnight().seconds_since(now).div_euclid(86_400);
        let Endorsement { server_name, verdict, .. } = entry.clone();
        (days_left < within).then_some(Ending { server_name, verdict, expires_at, days_left })
    });
    let mut ending: Vec<_> = ending.collect();
    ending.sort_by(|a, b| (a.expires_at, &a.server_name).cmp(&(b.expires_at, &b.server_name)));
    ending
}

/// Who asks to be reviewed; those whose server it is known to be come first.
fn applications(
    node: &Node,
    snapshot: &Snapshot,
    curator: &IssuerId,
    list: &EndorsementList,
) -> Vec<Application> {
    let profiles = node.profiles();
    let waiting = profiles.iter().filter(|profile| is_waiting(profile, snapshot.made_at));
    let mut applications: Vec<_> = waiting
        .filter_map(|profile| {
            let body = profile.body();
            let application = body.applies_to.iter().find(|it| it.issuer == *curator)?;
            let entry = list.entries.iter().find(|entry| entry.server_name == body.server_name);
            // An entry that was copied is nobody's review yet.
            if entry.is_some_and(|entry| entry.imported_from.is_none()) {
                return None;
            }
            let message = application.message.as_ref();
            Some(Application {
                server_name: body.server_name.clone(),
                issuer: profile.issuer().clone(),
                confirmed: is_confirmed(profile, snapshot),
                issued_at: profile.issued_at(),
                message: message.map(|message| message.pick(&[]).1.as_str().to_owned()),
                imported_verdict: entry.map(|entry| entry.verdict),
            })
        })
        .collect();
    applications.sort_by(|a, b| {
        (!a.confirmed, &a.server_name, &a.issuer).cmp(&(!b.confirmed, &b.server_name, &b.issuer))
    });
    applications
}

fn is_waiting(profile: &Verified<Profile>, now: Timestamp) -> bool {
    !profile.is_expired(now) && profile.body().about.listing != Some(Listing::Unlisted)
}

fn is_confirmed(profile: &Verified<Profile>, snapshot: &Snapshot) -> bool {
    let name = &profile.body().server_name;
    let mut servers = snapshot.communities.iter().filter_map(|it| it.view.server(name));
    servers.any(|server| server.profile.owner.as_ref() == Some(profile.issuer()))
}

/// The contradictions about servers that the curator speaks for or is asked about, as any
/// community of the node sees them.
fn contradictions(
    snapshot: &Snapshot,
    list: &EndorsementList,
    applications: &[Application],
) -> Vec<Contradicted> {
    let listed = list.entries.iter().map(|entry| &entry.server_name);
    let names: BTreeSet<_> = listed.chain(applications.iter().map(|it| &it.server_name)).collect();
    let mut found = Vec::new();
    for name in names {
        let seen = snapshot.communities.iter().filter_map(|it| it.view.server(name));
        let mut sentences = BTreeSet::new();
        for contradiction in seen.flat_map(|server: &RankedServer| &server.contradictions) {
            let sentence = contradiction.sentence(Language::English);
            if sentences.insert(sentence.clone()) {
                found.push(Contradicted {
                    server_name: name.clone(),
                    contradiction: sentence,
                    observed_at: contradiction.at,
                });
            }
        }
    }
    found
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { applications, ending, contradictions, .. } = self;
        writeln!(
            f,
            "{}, {}, {}.",
            counted(applications.len(), "application"),
            counted(ending.len(), "ending verdict"),
            counted(contradictions.len(), "contradiction"),
        )?;
        for application in applications {
            let Application { server_name, message, imported_verdict, .. } = application;
            write!(f, "  applies     {server_name}")?;
            if !application.confirmed {
                write!(f, ", by a profile that nothing confirms as its own")?;
            }
            if let Some(verdict) = imported_verdict {
                write!(f, "; copied with the verdict {verdict}")?;
            }
            match message {
                Some(message) => writeln!(f, ": {}", plain::line(message))?,
                None => writeln!(f)?,
            }
        }
        for Ending { server_name, verdict, expires_at, days_left } in ending {
            let left = match days_left {
                ..0 => "is over".to_owned(),
                days => format!("in {}", counted(usize::try_from(*days).unwrap_or(0), "day")),
            };
            writeln!(f, "  ends        {server_name}: {verdict} until {expires_at}, {left}")?;
        }
        for Contradicted { server_name, contradiction, .. } in contradictions {
            writeln!(f, "  differs     {server_name}: {contradiction}")?;
        }
        if !self.node_was_asked {
            writeln!(
                f,
                "\nOnly your own list was looked at; --config FILE of a node shows applications and\ncontradictions that it knows of."
            )?;
        }
        let first = applications.first().map(|it| &it.server_name);
        if let Some(name) = first.or_else(|| ending.first().map(|it| &it.server_name)) {
            writeln!(f, "\nNext: look at one of them, then run")?;
            writeln!(
                f,
                "  wellspring curator endorse {name} --reason \"Why\"{}",
                self.folder_option
            )?;
        }
        Ok(())
    }
}
