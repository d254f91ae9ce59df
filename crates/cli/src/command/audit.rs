use std::fmt;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use wellspring_document::{IssuerId, Timestamp};
use wellspring_node::audit::{
    Audit, AuditError, AuditProgress, AuditedView, DocumentTotals, Finding, RecordChange,
    ViewOutcome, audit,
};
use wellspring_node::sentence;
use wellspring_node::tree::{TreePlace, TreeReader};

use crate::answer::{Format, Outcome, counted};
use crate::client::{Network, block_on};
use crate::clock::Now;

/// Check a node's published tree down to the last byte, and make its lists anew
///
/// Reads all that the signed index names, verifies every document, ranks the documents by the
/// policy of each view for its moment, and compares what comes out with what the node
/// published. It says first what differs first. Nobody has to be trusted for that; what a node
/// keeps to itself, it cannot show.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 all of it holds, 1 something does not, 2 it could not be read, or it changed
while it was read.

Examples:
  wellspring audit https://list.example.org/tree/
  wellspring audit /srv/tree --issuer zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n
  wellspring audit --json /srv/tree")]
pub(crate) struct Args {
    /// A folder, or the https address of a tree
    #[arg(value_name = "TREE|URL")]
    tree: String,

    /// The issuer id of the node that must have signed it
    ///
    /// Without it, any node may have: then compare the issuer that is printed.
    #[arg(long, value_name = "ID")]
    issuer: Option<IssuerId>,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let reader = self.reader()?;
        let now = self.now.get();
        let audited = with_progress(|progress| {
            block_on(audit(&reader, self.issuer.as_ref(), now, progress))
        })?;
        let report = Report::of(&self.tree, &audited.map_err(|error| not_audited(&error))?, now);
        self.format.print(&report, report.outcome())
    }

    fn reader(&self) -> anyhow::Result<TreeReader> {
        let place = TreePlace::parse(&self.tree)
            .map_err(|error| anyhow::anyhow!("{} is no address: {error}", self.tree))?;
        Ok(match place {
            TreePlace::Folder(folder) => TreeReader::in_folder(folder),
            TreePlace::Url(url) => TreeReader::over_https(url, self.network.tree_client()?),
        })
    }
}

/// Why there is no answer, with its stable code.
fn not_audited(error: &AuditError) -> anyhow::Error {
    crate::client::NotFetched { code: error.code(), message: sentence(error) }.into()
}

/// Shows on a terminal how many files were read, and nothing elsewhere.
fn with_progress<T>(audit: impl FnOnce(&(dyn Fn(AuditProgress) + Sync)) -> T) -> T {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} files") {
        bar.set_style(style);
    }
    let result = audit(&|progress| match progress {
        AuditProgress::Planned(count) => bar.inc_length(count as u64),
        AuditProgress::Read => bar.inc(1),
    });
    bar.finish_and_clear();
    result
}

#[derive(Serialize)]
struct Report {
    tree: String,
    /// Nothing where nothing speaks against it but that not all of it could be read.
    holds: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<Signed>,
    documents: Documents,
    parts: usize,
    bytes: u64,
    views: Vec<View>,
    findings: Vec<Told>,
    other_files: usize,
}

#[derive(Serialize)]
struct Signed {
    issuer: String,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip)]
    age: String,
}

#[derive(Serialize)]
struct Documents {
    profiles: usize,
    endorsement_lists: usize,
    observation_reports: usize,
    evidence: usize,
}

#[derive(Serialize)]
struct View {
    community: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<Timestamp>,
    /// Whose sights come first, where that is not who signed the tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<IssuerId>,
    outcome: &'static str,
    /// How many come out.
    #[serde(skip_serializing_if = "Option::is_none")]
    servers: Option<usize>,
}

/// A finding.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
    /// Whether another version of the program could be why.
    #[serde(skip)]
    may_be_the_version: bool,
}

/// The first record of a view that differs.
#[derive(Serialize)]
struct Difference {
    records: usize,
    kind: String,
    name: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recomputed: Option<String>,
}

impl Report {
    fn of(tree: &str, audit: &Audit, now: Timestamp) -> Self {
        let DocumentTotals { profiles, endorsement_lists, observation_reports, evidence } =
            audit.documents;
        let signed = audit.signed.as_ref().map(|signed| Signed {
            issuer: signed.issuer.to_string(),
            sequence: signed.sequence,
            issued_at: signed.issued_at,
            expires_at: signed.expires_at,
            age: age(now.seconds_since(signed.issued_at)),
        });
        Self {
            tree: tree.to_owned(),
            holds: (!audit.is_unread()).then(|| audit.holds()),
            signed,
            documents: Documents { profiles, endorsement_lists, observation_reports, evidence },
            parts: audit.parts,
            bytes: audit.bytes,
            views: audit.views.iter().map(View::of).collect(),
            findings: audit.findings.iter().map(Told::of).collect(),
            other_files: audit.other_files,
        }
    }

    const fn outcome(&self) -> Outcome {
        match self.holds {
            Some(true) => Outcome::Yes,
            Some(false) => Outcome::No,
            None => Outcome::Unread,
        }
    }
}

/// How long ago, in the largest unit of which it is at least two.
fn age(seconds: i64) -> String {
    let ago = |count: i64, unit| {
        format!("{} ago", counted(usize::try_from(count).unwrap_or_default(), unit))
    };
    match seconds {
        ..60 => "now".to_owned(),
        60..7_200 => ago(seconds / 60, "minute"),
        7_200..172_800 => ago(seconds / 3_600, "hour"),
        _ => ago(seconds / 86_400, "day"),
    }
}

impl View {
    fn of(view: &AuditedView) -> Self {
        let (outcome, servers) = match view.outcome {
            ViewOutcome::Same { servers } => ("same", Some(servers)),
            ViewOutcome::Differs { servers } => ("differs", Some(servers)),
            ViewOutcome::NotRecomputed => ("not-recomputed", None),
        };
        let (community, own) = (view.community.to_string(), view.own.clone());
        Self { community, now: view.now, own, outcome, servers }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { community, now, own, outcome, servers } = self;
        let at = now.map(|now| format!(" at {now}")).unwrap_or_default();
        let came_of_it = match (*outcome, servers) {
            ("same", Some(servers)) => {
                format!("{}, ranked anew to the same bytes", counted(*servers, "server"))
            }
            (_, Some(servers)) => {
                format!("differs from what comes out, {}", counted(*servers, "server"))
            }
            (_, None) => "not ranked anew".to_owned(),
        };
        writeln!(f, "  view        {community}{at}: {came_of_it}")?;
        match own {
            Some(own) => writeln!(f, "              by what {own} saw, who is not this node"),
            None => Ok(()),
        }
    }
}

impl Told {
    fn of(finding: &Finding) -> Self {
        let difference = match finding {
            Finding::ViewDiffers { differing, first, .. } => {
                let (change, member, tree, recomputed) = match first.change.clone() {
                    RecordChange::Added => ("added", None, None, None),
                    RecordChange::LeftOut => ("left-out", None, None, None),
                    RecordChange::Member { member, tree, recomputed } => {
                        ("member", Some(member), tree, recomputed)
                    }
                };
                let (kind, name) = (first.kind.clone(), first.name.clone());
                Some(Difference {
                    records: *differing,
                    kind,
                    name,
                    change,
                    member,
                    tree,
                    recomputed,
                })
            }
            _ => None,
        };
        Self {
            code: finding.code(),
            file: finding.file().map(|file| file.to_string()),
            message: sentence(finding),
            difference,
            may_be_the_version: finding.may_be_the_version(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.findings.first().map(|finding| finding.message.as_str());
        match first {
            None => writeln!(f, "{} holds.", self.tree)?,
            Some(first) if self.holds.is_none() => {
                writeln!(f, "{} could not be read: {first}.", self.tree)?;
            }
            Some(first) => writeln!(f, "{} does not hold: {first}.", self.tree)?,
        }
        if let Some(Told { code, .. }) = self.findings.first() {
            writeln!(f, "  code        {code}")?;
        }
        for Told { code, message, .. } in self.findings.iter().skip(1) {
            writeln!(f, "  and         {message} [{code}]")?;
        }
        if self.findings.iter().any(|finding| finding.may_be_the_version) {
            writeln!(
                f,
                "  perhaps     the node runs another version of wellspring; this is {}",
                env!("CARGO_PKG_VERSION")
            )?;
        }
        if let Some(Signed { issuer, sequence, issued_at, expires_at, age }) = &self.signed {
            writeln!(f, "  issuer      {issuer}")?;
            writeln!(f, "  index       number {sequence}, issued {issued_at} ({age})")?;
            writeln!(f, "  expires     {expires_at}")?;
        }
        let Documents { profiles, endorsement_lists, observation_reports, evidence } =
            &self.documents;
        let evidence = match evidence {
            0 => String::new(),
            _ => format!("; {evidence} of them evidence"),
        };
        writeln!(
            f,
            "  documents   {}, {}, {}{evidence}",
            counted(*profiles, "profile"),
            counted(*endorsement_lists, "endorsement list"),
            counted(*observation_reports, "observation report"),
        )?;
        writeln!(f, "  read        {}, {} bytes", counted(self.parts, "part"), self.bytes)?;
        self.views.iter().try_for_each(|view| view.fmt(f))?;
        if self.views.is_empty() {
            writeln!(f, "  view        none: the tree has no list of any community")?;
        }
        if self.other_files > 0 {
            writeln!(
                f,
                "  beside      {} that the index does not name",
                counted(self.other_files, "file")
            )?;
        }
        Ok(())
    }
}
