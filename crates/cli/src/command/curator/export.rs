use std::path::PathBuf;

use clap::ValueEnum;
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{Date, Endorsement, EndorsementList, Label, LanguageTag, Timestamp};

use super::authoring_file;
use super::book::Book;
use crate::answer::{self, Outcome, counted};
use crate::clock::Now;
use crate::file;
use crate::signing::Folder;

/// Write the list in a shape that others read, for a page that you have already
///
/// `joinmatrix` is the present shape of the list of joinmatrix.org, which clients read as well.
/// It cannot tell a warning from a recommendation, so it gets the servers with the verdicts
/// `endorse` and `list` alone. `csv` is a table with all entries, for a spreadsheet. Neither is
/// signed, and verdicts that have ended are left out.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring curator export --format joinmatrix --output servers.json
  wellspring curator export --format csv > servers.csv")]
pub(crate) struct Args {
    /// The shape
    #[arg(long, value_enum)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The language of texts that come in several
    #[arg(long, value_name = "TAG", default_value = "en")]
    lang: LanguageTag,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    now: Now,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    Joinmatrix,
    Csv,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let book = Book::open(authoring_file(&self.folder))?;
        let live = live(book.list(), self.now.get());
        let languages = [self.lang];
        let text = match self.format {
            Shape::Csv => csv(&live, &languages),
            Shape::Joinmatrix => joinmatrix(&live, &languages)?,
        };
        match &self.output {
            Some(path) => file::replace(path, text.as_bytes())?,
            None => answer::write_exactly(text.as_bytes())?,
        }
        Ok(Outcome::Yes)
    }
}

/// The entries that have not ended.
fn live(list: &EndorsementList, now: Timestamp) -> Vec<&Endorsement> {
    let has_ended = |entry: &Endorsement| entry.expires_at.is_some_and(|day| day.midnight() <= now);
    let (ended, live): (Vec<_>, Vec<_>) = list.entries.iter().partition(|entry| has_ended(entry));
    if !ended.is_empty() {
        let ended = counted(ended.len(), "verdict");
        answer::warn(&format!("{ended} left out for having ended"));
    }
    live
}

fn joinmatrix(entries: &[&Endorsement], languages: &[LanguageTag]) -> anyhow::Result<String> {
    let (adverse, favourable): (Vec<&Endorsement>, Vec<&Endorsement>) =
        entries.iter().partition(|entry| entry.verdict.is_adverse());
    if !adverse.is_empty() {
        answer::warn(&format!(
            "{} left out, which this shape would show as recommendations",
            counted(adverse.len(), "adverse verdict")
        ));
    }
    let list = wellspring_matrix::joinmatrix(favourable, languages);
    Ok(format!("{}\n", serde_json::to_string_pretty(&list)?))
}

/// The columns of the table, in the words of documents.
const COLUMNS: [&str; 18] = [
    "server_name",
    "verdict",
    "reason",
    "labels",
    "reviewed_at",
    "known_since",
    "expires_at",
    "source",
    "issuer",
    "imported_from",
    "website",
    "description",
    "languages",
    "registration",
    "registration_link",
    "countries",
    "software",
    "active_accounts",
];

/// A table as RFC 4180 has them.
fn csv(entries: &[&Endorsement], languages: &[LanguageTag]) -> String {
    let mut text = row(&COLUMNS.map(str::to_owned));
    for entry in entries {
        text.push_str(&row(&cells(entry, languages)));
    }
    text
}

fn cells(entry: &Endorsement, languages: &[LanguageTag]) -> [String; COLUMNS.len()] {
    fn written(value: Option<impl AsRef<str>>) -> String {
        value.map_or_else(String::new, |value| value.as_ref().to_owned())
    }
    fn listed<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
        values.into_iter().collect::<Vec<_>>().join(" ")
    }
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let facts = entry.facts.as_deref();
    let about = facts.and_then(|it| it.about.as_ref());
    let registration = facts.and_then(|it| it.registration.as_ref());
    let hosting = facts.and_then(|it| it.hosting.as_ref());
    let software = facts.and_then(|it| it.service.as_ref()?.software.as_ref());
    let description = about.and_then(|it| it.description.as_ref());
    let countries = hosting.map(|it| it.countries.as_slice()).unwrap_or_default();
    let spoken = about.map(|it| it.languages.as_slice()).unwrap_or_default();
    [
        entry.server_name.to_string(),
        entry.verdict.to_string(),
        written(entry.reason.as_ref().map(|it| it.pick(languages).1.as_str())),
        listed(entry.labels.iter().map(Label::as_str)),
        day(entry.reviewed_at),
        day(entry.known_since),
        day(entry.expires_at),
        written(entry.source.as_ref()),
        written(entry.issuer.as_ref().map(|it| it.as_str())),
        written(entry.imported_from.as_ref()),
        written(about.and_then(|it| it.website.as_ref())),
        written(description.map(|it| it.pick(languages).1.as_str())),
        listed(spoken.iter().map(|it| it.as_str())),
        written(registration.and_then(|it| it.mode).map(word)),
        written(registration.and_then(|it| it.link.as_ref())),
        listed(countries.iter().map(|it| it.as_str())),
        written(software.map(|it| it.name.as_str())),
        entry.active_accounts.map_or_else(String::new, |count| count.to_string()),
    ]
}

/// The word for it in documents.
const fn word(mode: RegistrationMode) -> &'static str {
    match mode {
        RegistrationMode::Open => "open",
        RegistrationMode::Approval => "approval",
        RegistrationMode::Invite => "invite",
        RegistrationMode::Closed => "closed",
    }
}

fn row(cells: &[String; COLUMNS.len()]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell. Spreadsheets run what begins like a formula, and lists hold texts of strangers: an
/// apostrophe before it makes it a text.
fn quoted(cell: &str) -> String {
    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let guard = if is_formula || cell.starts_with(['\t', '\r', '\n']) { "'" } else { "" };
    if guard.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        return cell.to_owned();
    }
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_leaves_its_place() {
        for (cell, written) in [
            ("", ""),
            ("plain text", "plain text"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@a", "\"'@a\""),
            (" =1", "\"' =1\""),
            ("＝1", "\"'＝1\""),
            ("\t=1", "\"'\t=1\""),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }
}
