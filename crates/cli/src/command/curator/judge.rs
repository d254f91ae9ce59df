use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use toml_edit::{Array, Table};
use wellspring_document::{
    CriterionId, Date, EmailAddress, Finding, IssuerId, Label, LanguageTag, Link, LinkError,
    ServerName, Text, UserId, UserIdError, Verdict,
};

use super::authoring_file;
use super::binding::{self, Binding};
use super::book::Book;
use super::write;
use crate::answer::{Format, Outcome};
use crate::client::Network;
use crate::clock::Now;
use crate::plain;
use crate::signing::Folder;

/// Recommend a server
///
/// Binds the recommendation to the keys with which the server's operator signs the profile,
/// so that it does not pass to whoever gets the domain later. For that the profile is
/// fetched; where there is none, the recommendation counts half.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring curator endorse example.org --reason \"Well run for years\" --label beginners
  wellspring curator endorse example.org --profile example-org.json --reviewed 2026-10-01")]
pub(super) struct Endorse {
    #[command(flatten)]
    favour: Favour,
}

/// List a server as known, without recommending it
///
/// Bound to the server's keys in the same way as `endorse`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring curator list example.org")]
pub(super) struct List {
    #[command(flatten)]
    favour: Favour,
}

/// Warn about a server
///
/// A warning must give its grounds, where they can be read, how to object, and an end. It
/// follows the server name, whatever its keys.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring curator warn example.org --reason \"No answer to reports of abuse since June\" \\
    --source https://curators.example/reviews/example-org --objection objections@curators.example")]
pub(super) struct Warn {
    #[command(flatten)]
    adverse: Adverse,
}

/// Reject a server: it should not be used
///
/// Takes the same grounds as `warn`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  wellspring curator reject example.org --reason \"Passwords are kept in plain text\" \\
    --source https://curators.example/reviews/example-org --objection @curators:curators.example")]
pub(super) struct Reject {
    #[command(flatten)]
    adverse: Adverse,
}

impl Endorse {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.favour.run(Verdict::Endorse)
    }
}

impl List {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.favour.run(Verdict::List)
    }
}

impl Warn {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.adverse.run(Verdict::Warn)
    }
}

impl Reject {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        self.adverse.run(Verdict::Reject)
    }
}

/// What every verdict can be given with.
#[derive(Debug, clap::Args)]
pub(super) struct Review {
    /// The Matrix server name
    pub(super) server_name: ServerName,

    /// The language of the reason
    #[arg(long, value_name = "TAG", default_value = "en")]
    pub(super) lang: LanguageTag,

    /// The day of the review [default: today]
    #[arg(long, value_name = "DATE")]
    reviewed: Option<Date>,

    /// Your own words for the server; can be given several times
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<Label>,

    #[command(flatten)]
    pub(super) folder: Folder,

    #[command(flatten)]
    pub(super) format: Format,

    #[command(flatten)]
    now: Now,
}

/// A verdict for a server.
#[derive(Debug, clap::Args)]
struct Favour {
    #[command(flatten)]
    review: Review,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<Text>,

    /// The day from which the verdict no longer counts
    #[arg(long, value_name = "DATE")]
    expires: Option<Date>,

    /// Where the evidence can be read
    #[arg(long, value_name = "URL")]
    source: Option<Link>,

    #[command(flatten)]
    binding: binding::Args,

    #[command(flatten)]
    network: Network,
}

/// A verdict against a server.
#[derive(Debug, clap::Args)]
struct Adverse {
    #[command(flatten)]
    review: Review,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Text,

    /// Where the evidence can be read
    #[arg(long, value_name = "URL")]
    source: Link,

    /// How to object: an e-mail address, a Matrix id or an https address; can be given
    /// several times
    #[arg(long = "objection", value_name = "CONTACT", required = true, value_parser = Way::parse)]
    objection: Vec<Way>,

    /// The day from which the verdict no longer counts [default: 180 days after the review]
    #[arg(long, value_name = "DATE")]
    expires: Option<Date>,
}

/// How long a verdict against a server counts where nothing else is said, in days: long
/// enough to be noticed, short enough that nobody is forgotten on a list.
pub(super) const ADVERSE_DAYS: i64 = 180;

/// One way to reach somebody.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Email(EmailAddress),
    Matrix(UserId),
    Page(Link),
}

impl Way {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") {
            text.parse().map(Self::Page).map_err(|error: LinkError| error.to_string())
        } else if text.starts_with('@') {
            text.parse().map(Self::Matrix).map_err(|error: UserIdError| error.to_string())
        } else {
            let email = text.strip_prefix("mailto:").unwrap_or(text).parse();
            email.map(Self::Email).map_err(|_| {
                "must be an e-mail address, a Matrix id like @name:example.org or an https address"
                    .to_owned()
            })
        }
    }

    const fn member(&self) -> &'static str {
        match self {
            Self::Email(_) => "email_address",
            Self::Matrix(_) => "matrix_id",
            Self::Page(_) => "page",
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Matrix(user) => user.as_str(),
            Self::Page(link) => link.as_str(),
        }
    }
}

/// What is written into the entry.
pub(super) struct Grounds<'a> {
    pub(super) verdict: Verdict,
    pub(super) issuer: Option<&'a IssuerId>,
    pub(super) reason: Option<&'a Text>,
    pub(super) source: Option<&'a Link>,
    pub(super) objection: &'a [Way],
    pub(super) expires: Option<Date>,
    /// What was found by criterion.
    pub(super) findings: &'a [(CriterionId, Finding)],
    /// Who decided. Stays in the authoring file.
    pub(super) by: Option<&'a Text>,
}

impl Favour {
    fn run(self, verdict: Verdict) -> anyhow::Result<Outcome> {
        let book = Book::open(authoring_file(&self.review.folder))?;
        let name = &self.review.server_name;
        let known = book.entry(name).and_then(|entry| entry.issuer.clone());
        let binding = self.binding.resolve(name, known, &self.network)?;
        let grounds = Grounds {
            verdict,
            issuer: binding.issuer(),
            reason: self.reason.as_ref(),
            source: self.source.as_ref(),
            objection: &[],
            expires: self.expires,
            findings: &[],
            by: None,
        };
        self.review.write(book, &grounds, Some(&binding))
    }
}

impl Adverse {
    fn run(self, verdict: Verdict) -> anyhow::Result<Outcome> {
        let book = Book::open(authoring_file(&self.review.folder))?;
        let reviewed = self.review.reviewed();
        let grounds = Grounds {
            verdict,
            issuer: None,
            reason: Some(&self.reason),
            source: Some(&self.source),
            objection: &self.objection,
            expires: Some(self.expires.unwrap_or_else(|| reviewed.plus_days(ADVERSE_DAYS))),
            findings: &[],
            by: None,
        };
        self.review.write(book, &grounds, None)
    }
}

impl Review {
    pub(super) fn reviewed(&self) -> Date {
        self.reviewed.unwrap_or_else(|| self.now.get().date())
    }

    pub(super) fn write(
        &self,
        mut book: Book,
        grounds: &Grounds<'_>,
        binding: Option<&Binding>,
    ) -> anyhow::Result<Outcome> {
        let before = book.entry(&self.server_name);
        let verdict_before = before.map(|entry| entry.verdict);
        let imported = before.is_some_and(|entry| entry.imported_from.is_some());
        let is_known_later =
            before.and_then(|entry| entry.known_since).is_some_and(|day| day > self.reviewed());
        book.change(&self.server_name, |table| {
            self.fill(table, grounds, verdict_before);
            if is_known_later {
                // Whoever reviewed the server knew it.
                write::set_day(table, "known_since", self.reviewed());
            }
        });
        let list_file = book.path().to_owned();
        book.save()?;
        let report = Report {
            server_name: &self.server_name,
            verdict: grounds.verdict,
            verdict_before,
            binding,
            no_longer_imported: imported,
            list_file,
            folder_option: self.folder.option(),
        };
        self.format.print(&report, Outcome::Yes)
    }

    fn fill(&self, table: &mut Table, grounds: &Grounds<'_>, before: Option<Verdict>) {
        if before.is_some_and(|before| before != grounds.verdict) {
            // They were the grounds of another verdict.
            for member in ["reason", "source", "objection", "expires_at"] {
                table.remove(member);
            }
        }
        // From here on it is this curator's own work.
        table.remove("imported_from");
        write::set(table, "verdict", grounds.verdict.as_str());
        if let Some(issuer) = grounds.issuer {
            write::set(table, "issuer", issuer.as_str());
        }
        if !self.labels.is_empty() {
            let labels: Array = self.labels.iter().map(Label::as_str).collect();
            write::set(table, "labels", labels);
        }
        if let Some(reason) = grounds.reason {
            write::set_part(table, "reason", self.lang.as_str(), reason.as_str());
        }
        write::set_day(table, "reviewed_at", self.reviewed());
        if let Some(expires) = grounds.expires {
            write::set_day(table, "expires_at", expires);
        }
        if let Some(source) = grounds.source {
            write::set(table, "source", source.as_str());
        }
        if !grounds.objection.is_empty() {
            table.remove("objection");
        }
        for way in grounds.objection {
            write::set_part(table, "objection", way.member(), way.as_str());
        }
        for (criterion, finding) in grounds.findings {
            write::set_finding(table, criterion, finding);
        }
        if let Some(by) = grounds.by {
            let was = before.filter(|before| *before != grounds.verdict);
            let was = was.map(|before| format!(" (was {before})")).unwrap_or_default();
            let why = grounds.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let record = format!("{}, {by}: {}{was}{why}", self.reviewed(), grounds.verdict);
            write::comment(table, "verdict", &plain::line(&record));
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    server_name: &'a ServerName,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_before: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<&'a Binding>,
    no_longer_imported: bool,
    list_file: PathBuf,
    #[serde(skip)]
    folder_option: String,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, name, verdict) = (self.list_file.display(), self.server_name, self.verdict);
        match self.verdict_before {
            None => writeln!(f, "{file}: added {name} with the verdict {verdict}.")?,
            Some(before) if before == verdict => {
                writeln!(f, "{file}: renewed the verdict {verdict} on {name}.")?;
            }
            Some(before) => {
                writeln!(f, "{file}: changed the verdict on {name} from {before} to {verdict}.")?;
            }
        }
        if let Some(binding) = self.binding {
            writeln!(f, "  {binding}")?;
        }
        if self.no_longer_imported {
            writeln!(f, "  It was imported; from now on it is your own review.")?;
        }
        writeln!(f, "\nNext: when the list is as you want it, run")?;
        writeln!(f, "  wellspring curator sign{}", self.folder_option)
    }
}
