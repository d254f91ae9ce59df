use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{Date, Endorsement, EndorsementList, Opinion, Timestamp};

use super::book::Book;
use super::{ROLE, authoring_file};
use crate::answer::{Outcome, counted};
use crate::together::ShowArgs;

/// Show the list as it stands in endorsements.toml, or what is signed
///
/// With FILE, a signed list or a key history, complete or a draft: what it says and what changed
/// since endorsements.json, who signed it, and whose signature is missing. Your own key is
/// marked, unless it is encrypted and no passphrase is given.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes with FILE: 0 it has all signatures, 1 it does not hold, 2 it could not be read,
3 signatures are missing.

Examples:
  wellspring curator show
  wellspring curator show endorsements.draft.json")]
pub(crate) struct Args {
    /// A signed list or a key history, complete or a draft
    file: Option<PathBuf>,

    #[command(flatten)]
    show: ShowArgs,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        if let Some(path) = &self.file {
            return self.show.run::<EndorsementList>(&ROLE, path);
        }
        let book = Book::open(authoring_file(&self.show.folder))?;
        let shown = Shown { list: book.list(), now: self.show.now.get() };
        self.show.format.print(&shown, Outcome::Yes)
    }
}

/// As JSON it has the members of the document that `sign` would make.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown<'a> {
    list: &'a EndorsementList,
    #[serde(skip)]
    now: Timestamp,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, now } = self;
        let (_, name) = list.curator.name.pick(&[]);
        writeln!(f, "{name}: {}", counted(list.entries.len(), "server"))?;
        let width = list.entries.iter().map(|entry| entry.server_name.as_str().len()).max();
        let width = width.unwrap_or_default().max("server".len());
        if !list.entries.is_empty() {
            writeln!(f, "  {:width$}  verdict  reviewed    expires     key  reason", "server")?;
        }
        for entry in &list.entries {
            let line = Line { entry, width, now: *now }.to_string();
            writeln!(f, "  {}", line.trim_end())?;
        }
        for other in &list.curators {
            let name = other.name.as_ref().map_or("", |name| name.pick(&[]).1.as_str());
            let opinion = match other.opinion {
                Opinion::Recommend => "recommends",
                Opinion::Distrust => "distrusts",
            };
            writeln!(f, "  {opinion} the curator {} {name}", other.issuer)?;
        }
        Ok(())
    }
}

struct Line<'a> {
    entry: &'a Endorsement,
    width: usize,
    now: Timestamp,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, width, now } = self;
        let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
        let key = if entry.issuer.is_some() { "yes" } else { "no" };
        write!(
            f,
            "{:width$}  {:7}  {:10}  {:10}  {key:3} ",
            entry.server_name.as_str(),
            entry.verdict.as_str(),
            day(entry.reviewed_at),
            day(entry.expires_at),
        )?;
        if entry.expires_at.is_some_and(|day| day.midnight() <= *now) {
            write!(f, " (expired)")?;
        }
        match &entry.reason {
            Some(reason) => write!(f, " {}", reason.pick(&[]).1),
            None => Ok(()),
        }
    }
}
