//! Signing a document again before it expires, without anybody at a terminal.

mod timer;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use wellspring_document::{Body, RawDocument, Timestamp, Verified, authoring};

use crate::answer::{self, Format, Outcome};
use crate::clock::Now;
use crate::failure::Refused;
use crate::file;
use crate::prompt::PassphraseArgs;
use crate::signing::{Folder, Next, Role, Signed, Signer, Signing};
use crate::together::Waiting;
use timer::Timer;

/// What both `renew` commands take.
#[derive(Debug, Args)]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Renew when fewer days than these are left [default: a third of the validity]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=400))]
    within: Option<i64>,

    /// Say nothing where nothing is due, as for cron
    #[arg(long, conflicts_with = "json")]
    quiet: bool,

    /// Print a line for cron and a systemd timer that run this command every day, and renew
    /// nothing
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    print_timer: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl RenewArgs {
    /// Signs the last document of the role once more if it is due: what it says, for as long
    /// as it was valid. Edits that nobody has signed yet are not published by a timer.
    pub(crate) fn run<T: Body + Clone>(self, role: &Role) -> anyhow::Result<Outcome> {
        if self.print_timer {
            return self.print_timer(role);
        }
        let now = self.now.get();
        let last = self.last::<T>(role)?;
        if now < self.due_at(&last) {
            return self.nothing_due(role, &last);
        }
        let passphrase = self.folder.passphrase(role, &self.passphrase)?;
        let signer = Signer { passphrase, lock: self.folder.lock(role)? };
        // Another program may have signed until now.
        let last = self.last::<T>(role)?;
        if now < self.due_at(&last) {
            return self.nothing_due(role, &last);
        }
        if !is_wholly_known(&last)? {
            return Err(Refused::because(format!(
                "{} is not renewed, because it has members that this version of the program does \
                 not know and would lose; renew it with the version that signed it",
                self.folder.file(role.signed).display()
            )));
        }
        if let Some(waiting) = self.waiting(role, &last, now)? {
            return self.format.print(&waiting, Outcome::Waiting);
        }
        let body = last.body().clone();
        self.warn_of_edits(role, &body);
        let next = Next { body, valid_days: valid_days(&last), before: Some(last), sequence: None };
        let Signed { file, document, .. } = match self.folder.sign_next(role, signer, next, now)? {
            Signing::Complete(signed) => *signed,
            Signing::Waiting(waiting) => return self.format.print(&*waiting, Outcome::Waiting),
        };
        let due_at = self.due_at(&document);
        self.format.print(&Report::of(file, &document, true, due_at), Outcome::Yes)
    }

    fn nothing_due<T>(&self, role: &Role, last: &Verified<T>) -> anyhow::Result<Outcome> {
        if !self.quiet {
            let file = self.folder.file(role.signed);
            let report = Report::of(file, last, false, self.due_at(last));
            self.format.print(&report, Outcome::Yes)?;
        }
        Ok(Outcome::Yes)
    }

    /// The draft that is to follow the last document and waits for others to sign it. As long
    /// as it has time, no further one is begun: a timer must not outrun the people who sign.
    fn waiting<T: Body>(
        &self,
        role: &Role,
        last: &Verified<T>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Waiting>> {
        let Some(draft) = self.folder.draft::<T>(role)? else { return Ok(None) };
        let place = (draft.history().version(), draft.sequence());
        let follows = draft.history().issuer() == last.issuer()
            && place > (last.key_version(), last.sequence());
        if !follows || now >= self.due(draft.issued_at(), draft.expires_at()) {
            return Ok(None);
        }
        let (file, published) = (self.folder.draft_file(role), self.folder.file(role.signed));
        Ok(Some(Waiting::of(file, published, role, &draft, None)))
    }

    /// The document that was signed last, by the issuer whose key is in the folder.
    fn last<T: Body>(&self, role: &Role) -> anyhow::Result<Verified<T>> {
        let path = self.folder.file(role.signed);
        let Some(bytes) = file::read_if_there(&path, T::KIND.max_bytes())? else {
            anyhow::bail!(
                "{} is not there, so there is nothing to renew; sign first",
                path.display()
            )
        };
        let last = RawDocument::new(bytes).verify::<T>().map_err(|error| {
            Refused::because(format!(
                "{} is not renewed, because it does not hold: {error}",
                path.display()
            ))
        })?;
        let issuer = wellspring_node::read_history(&self.folder.issuer(role).history)?;
        if last.issuer() != issuer.issuer() {
            return Err(Refused::because(format!(
                "{} is not renewed, because another issuer signed it than the one whose key is \
                 beside it; sign it once yourself",
                path.display()
            )));
        }
        Ok(last)
    }

    fn due_at<T>(&self, document: &Verified<T>) -> Timestamp {
        self.due(document.issued_at(), document.expires_at())
    }

    fn due(&self, issued_at: Timestamp, expires_at: Timestamp) -> Timestamp {
        let life = expires_at.seconds_since(issued_at);
        let left = self.within.map_or(life / 3, |days| days * SECONDS_PER_DAY);
        expires_at.plus_seconds(-left)
    }

    fn warn_of_edits<T: Body>(&self, role: &Role, signed: &T) {
        let path = self.folder.file(role.authoring);
        let Ok(text) = file::read_text(&path) else { return };
        if authoring::read::<T>(&text).is_ok_and(|authored| says_the_same(&authored, signed)) {
            return;
        }
        answer::warn(&format!(
            "{} says something else than {}, which was renewed as it was signed; sign to publish \
             the edits",
            path.display(),
            self.folder.file(role.signed).display()
        ));
    }

    fn print_timer(&self, role: &Role) -> anyhow::Result<Outcome> {
        let keys = self.folder.issuer(role);
        let timer = Timer::of(role, &keys, self.passphrase.file(), self.within)?;
        answer::write_out(timer.to_string().as_bytes())?;
        Ok(Outcome::Yes)
    }
}

/// How `sign` reminds of the end of what it signed.
pub(crate) fn write_reminder(
    f: &mut fmt::Formatter<'_>,
    role: &Role,
    folder_option: &str,
) -> fmt::Result {
    writeln!(
        f,
        "\nTo have it signed again in time without you, take a line for cron or a systemd timer:"
    )?;
    writeln!(f, "  wellspring {} renew --print-timer{folder_option}", role.key)
}

const SECONDS_PER_DAY: i64 = 86_400;

/// For how many days the document was valid, at least one.
fn valid_days<T>(document: &Verified<T>) -> i64 {
    let life = document.expires_at().seconds_since(document.issued_at());
    (life / SECONDS_PER_DAY).max(1)
}

/// Whether two bodies make the same document. A section in which nothing is said is left out
/// of that.
pub(crate) fn says_the_same<T: Body>(one: &T, other: &T) -> bool {
    let written = |body| serde_json::to_value(body).ok();
    written(one).is_some() && written(one) == written(other)
}

/// Members of every document, which signing writes anew.
const ENVELOPE: [&str; 7] =
    ["type", "issuer", "key_history", "sequence", "issued_at", "expires_at", "proof"];

/// Whether all that the document says is in its body as this program knows it. What a newer
/// version wrote besides must not be lost by a timer.
fn is_wholly_known<T: Body>(document: &Verified<T>) -> anyhow::Result<bool> {
    let mut says: serde_json::Value = serde_json::from_slice(document.bytes())?;
    if let Some(members) = says.as_object_mut() {
        members.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
    }
    Ok(says == serde_json::to_value(document.body())?)
}

#[derive(Serialize)]
struct Report {
    file: PathBuf,
    renewed: bool,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    /// From when on the command renews it.
    due_at: Timestamp,
}

impl Report {
    fn of<T>(file: PathBuf, document: &Verified<T>, renewed: bool, due_at: Timestamp) -> Self {
        Self {
            file,
            renewed,
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
            due_at,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sequence, expires_at, due_at, .. } = self;
        let file = self.file.display();
        if self.renewed {
            writeln!(f, "Renewed {file}: number {sequence}, until {expires_at}.")?;
            return writeln!(
                f,
                "  It says what it said before. Upload it, unless it is served from here."
            );
        }
        writeln!(f, "{file} counts until {expires_at}; nothing to do before {due_at}.")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use wellspring_document::{InvalidMember, Kind, Localized, Profile, ServerName, SigningKey};
    use wellspring_node::Issuer;

    use super::*;

    /// A profile as a later version of the program could write it.
    #[derive(Serialize, Deserialize)]
    struct Later {
        #[serde(flatten)]
        profile: Profile,
        mascot: Option<String>,
    }

    impl Body for Later {
        const KIND: Kind = Kind::Profile;

        fn subject(&self) -> String {
            self.profile.subject()
        }

        fn validate(&self) -> Result<(), InvalidMember> {
            self.profile.validate()
        }
    }

    #[test]
    fn members_of_a_later_version_are_noticed() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let issuer = Issuer::start(SigningKey::from_seed([1; 32]), now).unwrap();
        let name = ServerName::parse("a.example").unwrap();
        let profile = Profile::new(name, Localized::english("A").unwrap());
        let known = issuer.sign(&profile, 1, now, 30).unwrap().verify::<Profile>().unwrap();
        assert!(is_wholly_known(&known).unwrap());
        let later = Later { profile, mascot: Some("owl".to_owned()) };
        let later = issuer.sign(&later, 1, now, 30).unwrap().verify::<Profile>().unwrap();
        assert!(!is_wholly_known(&later).unwrap());
    }
}
