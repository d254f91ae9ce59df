use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{IssuerId, Kind, Profile, ServerName, Timestamp};
use wellspring_node::profile_url;

use super::ROLE;
use crate::answer::{self, Format, Outcome};
use crate::clock::Now;
use crate::renewal::write_reminder;
use crate::signing::{SignArgs, Signed, Signing};

/// Sign profile.toml: make the profile.json to upload
///
/// The number of the document rises with every signature, and the one before is replaced
/// only by one that every node would take. Where several people must sign, it writes
/// profile.draft.json instead, which the others sign with `operator cosign`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 signed, 1 it would be refused, 2 a file or the passphrase could not be read,
3 signed by you, and others have to sign as well.

Examples:
  wellspring operator sign
  wellspring operator sign --dir /srv/profile --valid-days 90")]
pub(crate) struct Args {
    #[command(flatten)]
    sign: SignArgs,

    /// For how many days the profile counts; at most 400
    #[arg(
        long, value_name = "DAYS", default_value_t = 365,
        value_parser = clap::value_parser!(i64).range(1..=Kind::Profile.max_lifetime_days())
    )]
    valid_days: i64,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder_option = self.sign.folder.option();
        let signing = self.sign.sign::<Profile>(&ROLE, self.valid_days, self.now.get())?;
        let signed = match signing {
            Signing::Complete(signed) => *signed,
            Signing::Waiting(waiting) => return self.format.print(&*waiting, Outcome::Waiting),
        };
        if signed.changes_issuer() {
            answer::warn(
                "the profile before was signed by another issuer: to nodes that is as if the \
                 server had changed hands, and curators have to endorse it anew",
            );
        }
        let Signed { file, document, .. } = signed;
        let server_name = document.body().server_name.clone();
        let report = Report {
            file,
            url: profile_url(&server_name),
            server_name,
            issuer: document.issuer().clone(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
            folder_option,
        };
        self.format.print(&report, Outcome::Yes)
    }
}

#[derive(Serialize)]
struct Report {
    file: PathBuf,
    server_name: ServerName,
    issuer: IssuerId,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    url: String,
    #[serde(skip)]
    folder_option: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server_name, sequence, expires_at, url, .. } = self;
        let file = self.file.display();
        writeln!(f, "Signed {file}: the profile of {server_name}, number {sequence}.")?;
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  expires     {expires_at}; sign again before")?;
        writeln!(f, "\nNext: upload it, byte for byte, so that this address serves it:")?;
        writeln!(f, "  {url}")?;
        writeln!(
            f,
            "Content-Type: application/json, without login and without a cookie wall. Then run"
        )?;
        writeln!(f, "  wellspring operator check {server_name}")?;
        write_reminder(f, &ROLE, &self.folder_option)
    }
}
