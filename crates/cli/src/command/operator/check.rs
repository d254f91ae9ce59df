use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::authoring::{self, AuthoringError};
use wellspring_document::profile::is_unlisted_wish;
use wellspring_document::{
    AnyVerified, FeedState, IssuerId, Kind, Profile, RawDocument, ServerName, Timestamp, Verified,
    accept,
};
use wellspring_node::profile_url;

use super::ROLE;
use super::hints::{self, Hint};
use crate::answer::{Format, Outcome};
use crate::client::{Fetched, Network, NotFetched};
use crate::clock::Now;
use crate::command::verify::Problem;
use crate::file;
use crate::renewal::says_the_same;

/// Check a profile as a node would, and say what it lacks
///
/// With a server name, the profile is fetched from where nodes fetch it. A file may be a
/// signed profile.json or a profile.toml that is not signed yet. Faults are what a node
/// would hold against it; of a profile.toml all are named, each with its line, of a signed
/// file that does not hold the first. Hints are what readers would like to know besides.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What exists as a file, holds a \"/\" or ends with .json or .toml is a file; all else is
a server name.

Exit codes: 0 no fault, 1 faults, 2 it could not be read or fetched.

Examples:
  wellspring operator check example.org
  wellspring operator check profile.toml
  wellspring operator check --json profile.json")]
pub(crate) struct Args {
    /// A Matrix server name, or a file
    #[arg(value_name = "SERVER_NAME|FILE", value_parser = Subject::parse)]
    subject: Subject,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

/// How near the end of its validity a profile gets a hint, in days.
const EXPIRES_SOON_DAYS: i64 = 30;

#[derive(Debug, Clone)]
enum Subject {
    ServerName(ServerName),
    Signed(PathBuf),
    Authoring(PathBuf),
}

impl Subject {
    fn parse(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        if text.ends_with(".toml") {
            Ok(Self::Authoring(path))
        } else if path.is_file() || text.contains('/') || text.ends_with(".json") {
            Ok(Self::Signed(path))
        } else {
            let name = ServerName::parse(text);
            name.map(Self::ServerName).map_err(|error| format!("{error}, and no such file exists"))
        }
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let now = self.now.get();
        let mut report = match &self.subject {
            Subject::ServerName(name) => match self.fetch(name)? {
                Ok(fetched) => {
                    let url = profile_url(name);
                    let mut report = judge(fetched.bytes, &url, Some(name), now);
                    let served_by = fetched.final_url.to_string();
                    report.served_by = (served_by != url).then_some(served_by);
                    report
                }
                Err(report) => return self.format.print(&report, Outcome::Unread),
            },
            Subject::Signed(path) => {
                let bytes = file::read(path, Kind::Profile.max_bytes())?;
                judge(bytes, &path.display().to_string(), None, now)
            }
            Subject::Authoring(path) => judge_authoring(path, now)?,
        };
        report.ok = report.faults.is_empty();
        let outcome = Outcome::of(report.ok);
        self.format.print(&report, outcome)
    }

    /// What the server's host serves, or a report that says why there are none.
    fn fetch(&self, name: &ServerName) -> anyhow::Result<Result<Fetched, Report>> {
        let url = profile_url(name);
        match self.network.get(&url, Kind::Profile.max_bytes()) {
            Ok(fetched) => Ok(Ok(fetched)),
            Err(error) => {
                let NotFetched { code, message } = error.downcast()?;
                let mut report = Report::about(&url);
                report.fault(code, message);
                report.reach = Reach::NotFetched;
                Ok(Err(report))
            }
        }
    }
}

#[derive(Serialize)]
struct Report {
    source: String,
    /// Where redirects led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    served_by: Option<String>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Document>,
    faults: Vec<Problem>,
    hints: Vec<Hint>,
    #[serde(skip)]
    reach: Reach,
}

/// How far the check came.
#[derive(Clone, Copy)]
enum Reach {
    /// To the end: all faults are named.
    Whole,
    /// To the first fault, behind which nothing can be read.
    FirstFault,
    /// Nowhere: there is no profile.
    NotFetched,
}

#[derive(Serialize)]
struct Document {
    server_name: ServerName,
    issuer: IssuerId,
    key_version: u32,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

impl Report {
    fn about(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            served_by: None,
            ok: false,
            document: None,
            faults: Vec::new(),
            hints: Vec::new(),
            reach: Reach::Whole,
        }
    }

    fn fault(&mut self, code: &'static str, message: impl Into<String>) {
        self.faults.push(Problem { code, place: None, line: None, message: message.into() });
    }
}

/// What a node would say of these bytes. `asked` is the name that they were fetched for.
fn judge(bytes: Vec<u8>, source: &str, asked: Option<&ServerName>, now: Timestamp) -> Report {
    let mut report = Report::about(source);
    if is_unlisted_wish(&bytes) {
        let message = "this file takes the server out of every list; upload a signed profile instead to be listed";
        report.hints.push(Hint::new("listing", message));
        return report;
    }
    let profile = match RawDocument::new(bytes).verify::<Profile>() {
        Ok(profile) => profile,
        Err(error) => {
            report.faults.push(Problem::of(&error));
            report.reach = Reach::FirstFault;
            return report;
        }
    };
    let body = profile.body();
    if let Some(asked) = asked
        && *asked != body.server_name
    {
        report.fault(
            "source.name-mismatch",
            format!(
                "the profile is that of {}, not of {asked}; server_name must be the name asked for, letter by letter",
                body.server_name
            ),
        );
    }
    judge_times(&profile, now, &mut report);
    report.hints.extend(hints::of(body));
    report.document = Some(Document {
        server_name: body.server_name.clone(),
        issuer: profile.issuer().clone(),
        key_version: profile.key_version(),
        sequence: profile.sequence(),
        issued_at: profile.issued_at(),
        expires_at: profile.expires_at(),
    });
    report
}

fn judge_times(profile: &Verified<Profile>, now: Timestamp, report: &mut Report) {
    let expires_at = profile.expires_at();
    match Remaining::of(profile, now) {
        Remaining::Enough => {}
        Remaining::None => {
            let message = format!("it expired at {expires_at} and no longer counts; sign it again");
            report.fault("profile.expired", message);
        }
        Remaining::Days(days) => {
            let message = format!("it expires at {expires_at}, in {days} days; sign it again soon");
            report.hints.push(Hint::new("expires_at", message));
        }
    }
    let document = AnyVerified::Profile(profile.clone());
    if let Err(refusal) = accept(&FeedState::default(), &document, now) {
        report.fault(
            refusal.code(),
            format!("{refusal}; check the clock of the machine that signed"),
        );
    }
}

fn judge_authoring(path: &Path, now: Timestamp) -> anyhow::Result<Report> {
    let source = path.display().to_string();
    let text = file::read_text(path)?;
    let mut report = Report::about(&source);
    let profile = match authoring::check::<Profile>(&text) {
        Ok(profile) => profile,
        Err(faults) => {
            report.faults = faults.into_iter().map(line_to_mend).collect();
            return Ok(report);
        }
    };
    let signed = path.with_file_name(ROLE.signed);
    judge_signed_beside(&signed, &profile, now, &mut report)?;
    report.hints.extend(hints::of(&profile));
    Ok(report)
}

fn line_to_mend(fault: AuthoringError) -> Problem {
    let message = fault.to_string();
    let place = (!fault.place.is_empty()).then_some(fault.place);
    Problem { code: "authoring.invalid", place, line: fault.line, message }
}

/// What is to be said of the signed profile that lies beside what it was made of.
fn judge_signed_beside(
    path: &Path,
    authored: &Profile,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Some(bytes) = file::read_if_there(path, Kind::Profile.max_bytes())? else {
        return Ok(());
    };
    let mut hint = |message: String| report.hints.push(Hint::new(ROLE.signed, message));
    // What is wrong with it is a question about that file.
    let Ok(signed) = RawDocument::new(bytes).verify::<Profile>() else {
        let path = path.display();
        hint(format!("does not hold; `wellspring operator check {path}` says why"));
        return Ok(());
    };
    if !says_the_same(signed.body(), authored) {
        hint("says something else than this file; sign to publish the edits".to_owned());
    }
    let expires_at = signed.expires_at();
    match Remaining::of(&signed, now) {
        Remaining::Enough => {}
        Remaining::None => hint(format!("expired at {expires_at}; sign again")),
        Remaining::Days(days) => {
            hint(format!("expires at {expires_at}, in {days} days; sign again soon"));
        }
    }
    Ok(())
}

/// How long a profile counts.
enum Remaining {
    Enough,
    /// Few enough to say so.
    Days(i64),
    None,
}

impl Remaining {
    fn of(profile: &Verified<Profile>, now: Timestamp) -> Self {
        if profile.is_expired(now) {
            Self::None
        } else if profile.is_expired(now.plus_days(EXPIRES_SOON_DAYS)) {
            Self::Days(profile.expires_at().seconds_since(now) / 86_400)
        } else {
            Self::Enough
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match (self.reach, self.faults.len()) {
            (Reach::NotFetched, _) => writeln!(f, "{source}: could not be fetched.")?,
            (Reach::FirstFault, _) => writeln!(f, "{source}: not valid; the first fault:")?,
            (Reach::Whole, 0) => writeln!(f, "{source}: no faults found.")?,
            (Reach::Whole, 1) => writeln!(f, "{source}: one fault.")?,
            (Reach::Whole, count) => writeln!(f, "{source}: {count} faults.")?,
        }
        if let Some(served_by) = &self.served_by {
            writeln!(f, "  served by   {served_by}, by redirect")?;
        }
        if let Some(document) = &self.document {
            writeln!(f, "  server      {}", document.server_name)?;
            writeln!(f, "  issuer      {}", document.issuer)?;
            writeln!(
                f,
                "  number      {}, under key version {}",
                document.sequence, document.key_version
            )?;
            writeln!(f, "  expires     {}", document.expires_at)?;
        }
        for fault in &self.faults {
            writeln!(f, "  fault       {} ({})", fault.message, fault.code)?;
        }
        for hint in &self.hints {
            writeln!(f, "  hint        {}: {}", hint.member, hint.message)?;
        }
        Ok(())
    }
}
