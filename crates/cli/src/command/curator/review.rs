mod interview;
mod sheet;

use std::fmt;
use std::io::{self, IsTerminal as _};

use serde::Serialize;
use wellspring_document::{
    CriterionId, Date, Endorsement, Finding, LanguageTag, Link, Localized, ServerName, Text,
    Verdict,
};

use super::authoring_file;
use super::binding::{self, Seen};
use super::book::Book;
use super::judge::{ADVERSE_DAYS, Grounds, Review, Way};
use crate::answer::Outcome;
use crate::client::Network;
use crate::failure::Refused;
use interview::Answers;
use sheet::{Question, questions};

/// Go through the criteria for a server and record what you decide
///
/// Beside each criterion stands what the operator says in the profile, which is fetched, and
/// what you found the last time. On a terminal you are asked; elsewhere, and with --verdict, the
/// options are the answers. Without either, what is known is shown and nothing is recorded.
///
/// The findings and the reason become part of the list. Who decided is written above the entry's
/// verdict as a comment: it stays in endorsements.toml.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Criteria are yours: any short words with a dot between them. Those that your list uses already
are asked first, then the usual ones.

Examples:
  wellspring curator review example.org
  wellspring curator review example.org --verdict endorse --by \"the board\" \\
    --reason \"Well run for years\" --met policies.rules --not-met finance.report-linked=\"No report\"")]
pub(super) struct Args {
    #[command(flatten)]
    review: Review,

    /// What you decide: endorse, list, warn or reject
    #[arg(long, value_parser = verdict, requires_all = ["by", "reason"])]
    verdict: Option<Verdict>,

    /// Who decided; a role is enough. Stays in endorsements.toml
    #[arg(long, value_name = "WHO", requires = "verdict")]
    by: Option<Text>,

    /// Why, for everybody to read
    #[arg(long, value_name = "TEXT", requires = "verdict")]
    reason: Option<Text>,

    /// A criterion that is met, and what you saw; can be given several times
    #[arg(long, value_name = "ID[=NOTE]", requires = "verdict", value_parser = Answered::parse)]
    met: Vec<Answered>,

    /// A criterion that is not met, and what you saw; can be given several times
    #[arg(long, value_name = "ID[=NOTE]", requires = "verdict", value_parser = Answered::parse)]
    not_met: Vec<Answered>,

    /// Where the evidence can be read; warn and reject need it
    #[arg(long, value_name = "URL", requires = "verdict")]
    source: Option<Link>,

    /// How to object, as for `warn`; warn and reject need it
    #[arg(long = "objection", value_name = "CONTACT", requires = "verdict", value_parser = Way::parse)]
    objection: Vec<Way>,

    /// The day from which the verdict no longer counts [default of warn and reject: 180 days
    /// after the review]
    #[arg(long, value_name = "DATE", requires = "verdict")]
    expires: Option<Date>,

    #[command(flatten)]
    binding: binding::Args,

    #[command(flatten)]
    network: Network,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    let all = [Verdict::Endorse, Verdict::List, Verdict::Warn, Verdict::Reject];
    let found = all.into_iter().find(|verdict| verdict.as_str() == text);
    found.ok_or_else(|| "must be endorse, list, warn or reject".to_owned())
}

/// A criterion with a note.
#[derive(Debug, Clone)]
struct Answered {
    criterion: CriterionId,
    note: Option<Text>,
}

impl Answered {
    fn parse(text: &str) -> Result<Self, String> {
        let (id, note) = text.split_once('=').map_or((text, None), |(id, note)| (id, Some(note)));
        let criterion = CriterionId::new(id).map_err(|error| error.to_string())?;
        let note = note.map(Text::new).transpose().map_err(|error| error.to_string())?;
        Ok(Self { criterion, note })
    }

    fn finding(&self, met: bool, language: &LanguageTag) -> (CriterionId, Finding) {
        let note = self.note.clone().map(|note| Localized::single(language.clone(), note));
        (self.criterion.clone(), Finding { met, note })
    }
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let book = Book::open(authoring_file(&self.review.folder))?;
        let name = &self.review.server_name;
        let before = book.entry(name);
        let known = before.and_then(|entry| entry.issuer.clone());
        let seen = self.binding.see(name, &self.network)?;
        let answers = match self.given()? {
            Some(answers) => answers,
            None => {
                let questions = questions(book.list(), before, seen.profile());
                if self.review.format.is_json() || !io::stdin().is_terminal() {
                    let sheet = Sheet::of(name, before, &seen, &questions);
                    return self.review.format.print(&sheet, Outcome::Yes);
                }
                // Before anybody answers for nothing.
                seen.require_issuer(name, known.as_ref())?;
                interview::at_the_terminal(self.review.lang.clone()).ask(&questions)?
            }
        };
        // A verdict against a server follows its name, whatever its keys.
        let is_adverse = answers.verdict.is_adverse();
        let binding = if is_adverse { None } else { Some(seen.bind(name, known)?) };
        let default_end = is_adverse.then(|| self.review.reviewed().plus_days(ADVERSE_DAYS));
        let grounds = Grounds {
            verdict: answers.verdict,
            issuer: binding.as_ref().and_then(binding::Binding::issuer),
            reason: Some(&answers.reason),
            source: self.source.as_ref(),
            objection: &self.objection,
            expires: self.expires.or(default_end),
            findings: &answers.findings,
            by: Some(&answers.by),
        };
        self.review.write(book, &grounds, binding.as_ref())
    }

    /// The answers that stand in the options.
    fn given(&self) -> anyhow::Result<Option<Answers>> {
        let (Some(verdict), Some(reason), Some(by)) = (self.verdict, &self.reason, &self.by) else {
            return Ok(None);
        };
        if let Some(twice) =
            self.met.iter().find(|met| self.not_met.iter().any(|it| it.criterion == met.criterion))
        {
            return Err(Refused::because(format!(
                "{} cannot be met and not met; give it once",
                twice.criterion
            )));
        }
        let language = &self.review.lang;
        let met = self.met.iter().map(|it| it.finding(true, language));
        let not_met = self.not_met.iter().map(|it| it.finding(false, language));
        let findings = met.chain(not_met).collect();
        Ok(Some(Answers { findings, verdict, reason: reason.clone(), by: by.clone() }))
    }
}

/// What is known before anybody decides.
#[derive(Serialize)]
struct Sheet<'a> {
    server_name: &'a ServerName,
    /// The entry as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a Endorsement>,
    /// Why nothing is known of a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_profile: Option<&'a str>,
    criteria: &'a [Question],
}

impl<'a> Sheet<'a> {
    fn of(
        server_name: &'a ServerName,
        entry: Option<&'a Endorsement>,
        seen: &'a Seen,
        criteria: &'a [Question],
    ) -> Self {
        let no_profile = match seen {
            Seen::Nothing(reason) => Some(reason.as_str()),
            Seen::Named(_) => Some("the profile was not fetched"),
            Seen::InFile(_) | Seen::Served(..) => None,
        };
        Self { server_name, entry, no_profile, criteria }
    }
}

impl fmt::Display for Sheet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.server_name;
        match self.entry {
            None => writeln!(f, "{name} is not on your list yet.")?,
            Some(entry) => {
                let day = entry.reviewed_at.map(|day| format!(", reviewed on {day}"));
                let day = day.unwrap_or_else(|| ", never reviewed".to_owned());
                writeln!(f, "{name} is on your list: {}{day}.", entry.verdict)?;
            }
        }
        if let Some(reason) = self.no_profile {
            writeln!(f, "  There is no profile to compare with: {reason}.")?;
        }
        self.criteria.iter().try_for_each(|question| write!(f, "{question}"))?;
        writeln!(
            f,
            "\nNothing was recorded. Decide with --verdict, --reason and --by, or on a terminal."
        )
    }
}
