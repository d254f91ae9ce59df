use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use wellspring_document::{Date, Link, ServerName, Verdict};
use wellspring_matrix::{MAX_LIST_BYTES, Remark, read_list};

use super::authoring_file;
use super::book::Book;
use crate::answer::{Format, Outcome, counted};
use crate::client::Network;
use crate::clock::Now;
use crate::failure::{self, Refused};
use crate::signing::Folder;
use crate::source::Source;

/// Take over a list that exists: joinmatrix (old and present shape) or FluffyChat
///
/// Servers that you have already are kept as they are. What cannot be said in an entry is
/// reported, one line each. Entries remember where they came from, and lists copied from one
/// place count as one voice; and since when you know the servers, from which day nodes count
/// how long a server waits before they recommend it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring curator import https://lists.example/servers.json
  wellspring curator import servers.json --imported-from https://lists.example/servers.json
  wellspring curator import our-table.json --own")]
pub(crate) struct Args {
    /// A file, an https address, or - for standard input
    #[arg(value_name = "FILE|URL")]
    source: Source,

    /// The verdict that you give every new entry
    #[arg(long, value_enum, default_value_t = ImportVerdict::List)]
    verdict: ImportVerdict,

    /// Where a file came from; of an address that is known
    ///
    /// Without it two curators who copied one file would count as two voices that agree.
    #[arg(long, value_name = "URL")]
    imported_from: Option<Link>,

    /// You made the list yourself and copied it from nobody
    #[arg(long, conflicts_with = "imported_from")]
    own: bool,

    /// Since when you know the servers, like the date of the list [default: today]
    #[arg(long, value_name = "DATE")]
    known_since: Option<Date>,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

/// The verdicts that a list can be taken over with; those against a server need grounds of
/// their own.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ImportVerdict {
    List,
    Endorse,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let mut book = Book::open(authoring_file(&self.folder))?;
        let origin = self.origin()?;
        let bytes = self.source.read(MAX_LIST_BYTES, &self.network)?;
        let reading = read_list(&bytes).map_err(|error| {
            Refused::because(format!("{}: {}", self.source, failure::sentence_of(&error)))
        })?;
        let known_since = self.known_since.unwrap_or_else(|| self.now.get().date());
        let mut report = Report {
            source: self.source.to_string(),
            format: reading.format.name(),
            verdict: match self.verdict {
                ImportVerdict::List => Verdict::List,
                ImportVerdict::Endorse => Verdict::Endorse,
            },
            imported_from: origin.clone(),
            known_since,
            added: Vec::new(),
            kept: Vec::new(),
            remarks: reading.remarks.into_iter().map(RemarkLine).collect(),
            list_file: book.path().to_owned(),
            folder_option: self.folder.option(),
        };
        for mut entry in reading.servers {
            if book.entry(&entry.server_name).is_some() {
                report.kept.push(entry.server_name);
                continue;
            }
            entry.verdict = report.verdict;
            entry.imported_from.clone_from(&origin);
            entry.known_since.get_or_insert(known_since);
            book.add(&entry)?;
            report.added.push(entry.server_name);
        }
        book.save()?;
        self.format.print(&report, Outcome::Yes)
    }

    fn origin(&self) -> anyhow::Result<Option<Link>> {
        if self.own {
            return Ok(None);
        }
        match (&self.imported_from, &self.source) {
            (Some(link), _) => Ok(Some(link.clone())),
            (None, Source::Url(url)) => {
                let link = Link::new(url.clone());
                link.map(Some).map_err(|error| Refused::because(format!("{url} {error}")))
            }
            (None, Source::File(_) | Source::Stdin) => Err(Refused::because(format!(
                "say where {} comes from with --imported-from URL, so that all who copy it count \
                 as one voice; or with --own that you made it yourself",
                self.source
            ))),
        }
    }
}

#[derive(Serialize)]
struct Report {
    source: String,
    format: &'static str,
    verdict: Verdict,
    imported_from: Option<Link>,
    known_since: Date,
    added: Vec<ServerName>,
    kept: Vec<ServerName>,
    remarks: Vec<RemarkLine>,
    list_file: PathBuf,
    #[serde(skip)]
    folder_option: String,
}

/// Something that was not carried over as it stood.
struct RemarkLine(Remark);

impl Serialize for RemarkLine {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            entry: &'a Option<String>,
            server_name: &'a Option<ServerName>,
            member: &'a Option<String>,
            value: &'a str,
            effect: String,
            code: &'static str,
            reason: String,
        }
        let Remark { entry, server_name, member, value, reason } = &self.0;
        let (effect, code) = (reason.effect().to_string(), reason.code());
        Line { entry, server_name, member, value, effect, code, reason: reason.to_string() }
            .serialize(serializer)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, format, verdict, added, kept, remarks, .. } = self;
        let file = self.list_file.display();
        writeln!(
            f,
            "{file}: added {} of {source} ({format}) with the verdict {verdict}.",
            counted(added.len(), "server")
        )?;
        writeln!(f, "  known since {}", self.known_since)?;
        for remark in remarks {
            writeln!(f, "  {}", remark.0)?;
        }
        for name in kept {
            writeln!(f, "  {name}: kept as it is in your list")?;
        }
        writeln!(f, "\nNext: read through them, then run")?;
        writeln!(f, "  wellspring curator sign{}", self.folder_option)
    }
}
