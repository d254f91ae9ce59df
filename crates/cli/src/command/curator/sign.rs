use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{Endorsement, EndorsementList, IssuerId, Kind, ServerName, Timestamp};
use wellspring_node::LIST_PATH;
use wellspring_store::{EntryChange, difference};

use super::ROLE;
use crate::answer::{self, Format, Outcome, counted};
use crate::clock::Now;
use crate::renewal::write_reminder;
use crate::signing::{SignArgs, Signed, Signing};
use crate::together::write_entry;

/// Sign endorsements.toml: make the endorsements.json to upload
///
/// The number of the list rises with every signature; what changed since the last one is
/// shown, as nodes will show it. Where several people must sign, it writes
/// endorsements.draft.json instead, which the others sign with `curator cosign`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 signed, 1 it would be refused, 2 a file or the passphrase could not be read,
3 signed by you, and others have to sign as well.

Example:
  wellspring curator sign --valid-days 60")]
pub(crate) struct Args {
    #[command(flatten)]
    sign: SignArgs,

    /// For how many days the list counts; at most 100
    #[arg(
        long, value_name = "DAYS", default_value_t = 90,
        value_parser = clap::value_parser!(i64).range(1..=Kind::EndorsementList.max_lifetime_days())
    )]
    valid_days: i64,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

/// How many changes are printed: enough for those of a day's work, and of a list that was
/// just imported no more than fit on a screen.
const SHOWN_CHANGES: usize = 10;

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder_option = self.sign.folder.option();
        let signed = match self.sign.sign(&ROLE, self.valid_days, self.now.get())? {
            Signing::Complete(signed) => *signed,
            Signing::Waiting(waiting) => return self.format.print(&*waiting, Outcome::Waiting),
        };
        if signed.changes_issuer() {
            answer::warn(
                "the list before was signed by another issuer: whoever trusts that one does not \
                 trust this one yet",
            );
        }
        warn_of_undated(signed.document.body());
        self.format.print(&Report::of(signed, folder_option), Outcome::Yes)
    }
}

/// Nodes count from a date of the entry how long a server waits before they recommend it.
fn warn_of_undated(list: &EndorsementList) {
    let is_undated =
        |entry: &&Endorsement| entry.reviewed_at.is_none() && entry.known_since.is_none();
    let mut undated = list.entries.iter().filter(is_undated);
    let Some(first) = undated.next() else { return };
    let which = match undated.count() {
        0 => format!("{} has", first.server_name),
        more => format!("{} and {} have", first.server_name, counted(more, "other server")),
    };
    answer::warn(&format!(
        "{which} neither reviewed_at nor known_since: on your word alone no node will ever \
         recommend a server without a date"
    ));
}

#[derive(Serialize)]
struct Report {
    file: PathBuf,
    issuer: IssuerId,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    entries: usize,
    /// The address that confirms the curator's domain, where the list names a website.
    url: Option<String>,
    /// What changed since the list before; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<BTreeMap<ServerName, EntryChange>>,
    #[serde(skip)]
    folder_option: String,
}

impl Report {
    fn of(signed: Signed<EndorsementList>, folder_option: String) -> Self {
        let Signed { file, document, before } = signed;
        let list = document.body();
        let website = list.curator.website.as_ref();
        Self {
            file,
            issuer: document.issuer().clone(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
            entries: list.entries.len(),
            url: website.map(|website| well_known(&website.host())),
            changes: before.map(|before| difference(before.body(), list)),
            folder_option,
        }
    }
}

fn well_known(host: &str) -> String {
    format!("https://{host}{LIST_PATH}")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        let entries = counted(self.entries, "server");
        writeln!(f, "Signed {file}: {entries}, number {}.", self.sequence)?;
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  expires     {}; sign again before", self.expires_at)?;
        match &self.changes {
            None => {}
            Some(changes) if changes.is_empty() => writeln!(f, "  unchanged   no entry differs")?,
            Some(changes) => {
                for (name, change) in changes.iter().take(SHOWN_CHANGES) {
                    write_entry(f, name, *change)?;
                }
                if let Some(more @ 1..) = changes.len().checked_sub(SHOWN_CHANGES) {
                    writeln!(f, "  …           and {more} more, as --json shows")?;
                }
            }
        }
        let your_domain = well_known("YOUR-DOMAIN");
        let url = self.url.as_deref().unwrap_or(&your_domain);
        writeln!(
            f,
            "\nNext: upload it, byte for byte, with the content type application/json. Nodes can read"
        )?;
        writeln!(
            f,
            "it from any https address; at this one it also confirms that the domain is yours:"
        )?;
        writeln!(f, "  {url}")?;
        write_reminder(f, &ROLE, &self.folder_option)
    }
}
