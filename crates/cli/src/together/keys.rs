//! Signing and showing a key state that somebody passed on.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::json::Value;
use wellspring_document::{
    CLOCK_SKEW_SECONDS, IssuerId, KeyBranches, KeyHistory, KeyProposal, PublicKey, SigningKey,
    Timestamp,
};
use wellspring_node::{IssuerFiles, KeyChangeLock};

use super::again::{self, SignedAgain};
use super::changes::{self, Change, KeyChange};
use super::signatures::{KeySignatures, Signatures};
use super::{
    CosignArgs, Given, ShowArgs, Shown, Step, history_draft, history_draft_file, issuer_with,
    refuse, told,
};
use crate::answer::Outcome;
use crate::failure::Refused;
use crate::file;
use crate::signing::Role;

/// A key state in plain words.
#[derive(Serialize)]
struct Told {
    file: PathBuf,
    complete: bool,
    issuer: IssuerId,
    issued_at: Timestamp,
    change: KeyChange,
    signatures: KeySignatures,
    /// Members of the state that this version of the program does not know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_members: Vec<Change>,
    /// The states known here that it undoes.
    undoes_versions: Vec<u32>,
}

impl Told {
    fn of(file: PathBuf, proposal: &KeyProposal, own: Option<PublicKey>) -> Self {
        let before = proposal.before().map(KeyHistory::current);
        Self {
            file,
            complete: proposal.finish().is_ok(),
            issuer: proposal.issuer(),
            issued_at: proposal.state().issued_at,
            change: KeyChange::of(proposal.version(), before, proposal.state()),
            signatures: KeySignatures::of(proposal, own),
            unknown_members: Vec::new(),
            undoes_versions: Vec::new(),
        }
    }

    fn undoing(mut self, known: Option<&KeyHistory>, proposal: &KeyProposal) -> Self {
        let stays = proposal.version();
        let known = known.map_or(0, KeyHistory::version);
        self.undoes_versions = (stays..=known).collect();
        self
    }

    fn request(&self, is_first: bool) -> String {
        let what = match is_first {
            true => "You are asked to begin an issuer together with others",
            false => "You are asked to sign a change of the keys of an issuer",
        };
        format!("{what}:\n{self}")
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  made        {}", self.issued_at)?;
        write!(f, "{}", self.change)?;
        if let (Some(first), Some(last)) =
            (self.undoes_versions.first(), self.undoes_versions.last())
        {
            writeln!(f, "  UNDOES      the states {first} to {last} that are known here")?;
        }
        write!(f, "{}", self.signatures)?;
        if !self.unknown_members.is_empty() {
            writeln!(f, "It has what this version of the program does not know:")?;
        }
        self.unknown_members.iter().try_for_each(|it| write!(f, "{it}"))
    }
}

/// The answer of `show`.
#[derive(Serialize)]
#[serde(transparent)]
struct Status {
    told: Told,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.told.complete {
            true => "holds, with all signatures that it needs",
            false => "is a draft: signatures are missing",
        };
        writeln!(f, "{} {state}.", self.told.file.display())?;
        writeln!(f, "  what        key history")?;
        write!(f, "{}", self.told)
    }
}

/// A key state that was written as a draft and waits for others.
#[derive(Debug, Serialize)]
pub(crate) struct KeysWaiting {
    file: PathBuf,
    complete: bool,
    issuer: IssuerId,
    change: KeyChange,
    signatures: KeySignatures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_key_file: Option<PathBuf>,
    #[serde(skip)]
    role: &'static str,
    #[serde(skip)]
    is_of_role: bool,
    #[serde(skip)]
    is_first: bool,
    #[serde(skip)]
    history_file: String,
}

impl fmt::Display for KeysWaiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.is_first {
            true => writeln!(f, "{file} lacks signatures of others; with them the issuer begins.")?,
            false => writeln!(f, "{file} lacks signatures of others; until then nothing changes.")?,
        }
        writeln!(f, "  issuer      {}", self.issuer)?;
        write!(f, "{}{}", self.change, self.signatures)?;
        if let Some(pending) = &self.pending_key_file {
            let pending = pending.display();
            writeln!(f, "  {pending}: your new key, which takes the place of the old one then.")?;
        }
        writeln!(f, "\nNext: pass {file} on to somebody whose signature is missing, who runs")?;
        let name = told::file_name(&self.file);
        writeln!(f, "  wellspring {} cosign {name}", self.role)?;
        if self.signatures.has_recovery() {
            writeln!(f, "and adds --using FILE to sign with a recovery key.")?;
        }
        match self.is_of_role {
            true => writeln!(f, "The last of you gets {}, for all to take up.", self.history_file),
            // There is no `cosign` for other names, as that of a node.
            false => writeln!(
                f,
                "The last of you gets the whole key history: copy it to {}.",
                self.history_file
            ),
        }
    }
}

/// Writes a key state that lacks signatures of others.
pub(crate) fn write_draft(
    files: &IssuerFiles,
    proposal: &KeyProposal,
    own: Option<PublicKey>,
    pending_key_file: Option<PathBuf>,
) -> anyhow::Result<KeysWaiting> {
    let file = history_draft_file(files);
    file::replace(&file, &proposal.bytes())?;
    let before = proposal.before().map(KeyHistory::current);
    let name = told::file_name(&files.key);
    let role = if name.starts_with("operator-") { "operator" } else { "curator" };
    Ok(KeysWaiting {
        file,
        complete: false,
        issuer: proposal.issuer(),
        change: KeyChange::of(proposal.version(), before, proposal.state()),
        signatures: KeySignatures::of(proposal, own),
        pending_key_file,
        role,
        is_of_role: name.strip_prefix(role) == Some("-key.pem"),
        is_first: before.is_none(),
        history_file: files.history.display().to_string(),
    })
}

/// A key history that has all signatures and lies in its place.
#[derive(Serialize)]
struct Completed {
    history_file: PathBuf,
    complete: bool,
    signed: bool,
    issuer: IssuerId,
    key_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_history_file: Option<PathBuf>,
    signed_again: Vec<SignedAgain>,
    #[serde(skip)]
    role: &'static str,
}

impl fmt::Display for Completed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, version) = (self.history_file.display(), self.key_version);
        match self.signed {
            true => {
                writeln!(f, "Signed: state {version} has all signatures and counts from now on.")?;
            }
            false => {
                writeln!(f, "State {version} has all signatures and counts here from now on.")?;
            }
        }
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  {file}: the key history, part of everything that you sign.")?;
        if let Some(old) = &self.old_history_file {
            writeln!(f, "  {}: the history before, with what was undone.", old.display())?;
        }
        self.signed_again.iter().try_for_each(|again| write!(f, "{again}"))?;
        let role = self.role;
        let drafts: Vec<_> = self.signed_again.iter().filter(|again| !again.complete).collect();
        if !drafts.is_empty() {
            for draft in drafts {
                let draft = draft.file.display();
                writeln!(
                    f,
                    "\nNext: pass {draft} on; it brings the new keys along. Somebody whose"
                )?;
                writeln!(f, "signature is missing runs")?;
                writeln!(f, "  wellspring {role} cosign {draft}")?;
            }
            return Ok(());
        }
        if self.signed {
            writeln!(f, "\nNext: give {file} to the others, who run")?;
            writeln!(f, "  wellspring {role} cosign {}", told::file_name(&self.history_file))?;
        }
        match (self.signed_again.is_empty(), self.signed) {
            (false, _) => writeln!(f, "and upload what was signed again."),
            (true, true) => {
                writeln!(f, "Then one of you signs what you publish, and the others cosign:")
            }
            (true, false) => {
                writeln!(f, "\nNext: sign what you publish, unless another has; the others cosign:")
            }
        }?;
        if self.signed_again.is_empty() {
            writeln!(f, "  wellspring {role} sign")?;
        }
        Ok(())
    }
}

impl CosignArgs {
    /// Looks at a key state and at the folder, and does what can be done with what is given.
    pub(super) fn key_state(
        &self,
        role: &Role,
        states: &[Value],
        given: &Given,
        lock: &KeyChangeLock,
    ) -> anyhow::Result<Step> {
        let now = self.now.get();
        let mut proposal = read(states, &self.file)?;
        let files = self.folder.issuer(role);
        let known = self.folder.known_history(role)?;
        let here = history_draft(&files)?;
        if let Some(here) = &here {
            proposal.gather(here);
        }
        let issued_at = proposal.state().issued_at;
        if issued_at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
            let reason = format!("it says that it is made at {issued_at}, which is in the future");
            return Err(self.not_signed("accept.from-the-future", &reason));
        }
        self.require_issuer(known.as_ref(), &proposal.issuer())?;
        if let Ok(history) = proposal.finish() {
            self.require_taken(known.as_ref(), &history)?;
            return self.take_up(role, &history, None, lock);
        }
        let Some(key) = &given.key else { return Ok(Step::NeedsKey) };
        let own = key.public();
        let missing = Signatures::of(&proposal.tally().own, Some(own));
        let gained = here.as_ref().is_none_or(|here| {
            here.is_same_as(&proposal) && here.signers().len() < proposal.signers().len()
        });
        if proposal.signers().contains(&own) && gained {
            let waiting = write_draft(&files, &proposal, Some(own), None)?;
            return self.format.print(&waiting, Outcome::Waiting).map(Step::Done);
        }
        proposal.may_sign(&own).map_err(|error| refuse(&error, &self.file, &missing))?;
        self.require_follows(known.as_ref(), &proposal, &own)?;
        self.require_wholly_known(states)?;
        if let Some(here) = here.filter(|here| contradicts(here, &proposal))
            && here.signers().contains(&own)
        {
            let reason = format!(
                "you signed another state in the same place already, which is in {}: both would \
                 contest the issuer. If nobody else has that, remove it",
                history_draft_file(&files).display()
            );
            return Err(self.not_signed("cosign.signed-another", &reason));
        }
        let told =
            Told::of(self.file.clone(), &proposal, Some(own)).undoing(known.as_ref(), &proposal);
        let told = told.request(proposal.before().is_none());
        let shown = Shown { told, history: known, published: None };
        let Some(key) = given.key_for(&shown) else { return Ok(Step::Asks(shown)) };
        proposal.sign(key, now).map_err(|error| refuse(&error, &self.file, &missing))?;
        match proposal.finish() {
            Ok(history) => self.take_up(role, &history, Some(key), lock),
            Err(_) => {
                let waiting = write_draft(&files, &proposal, Some(own), None)?;
                self.format.print(&waiting, Outcome::Waiting).map(Step::Done)
            }
        }
    }

    fn not_signed(&self, code: &'static str, reason: &str) -> anyhow::Error {
        Refused::with_code(code, format!("{} was not signed: {reason}", self.file.display()))
    }

    /// What a newer version of the program adds to a key state may decide who can sign. It is
    /// in every document from then on and cannot be taken back, so it is not enough to see it:
    /// only those sign who know what it means.
    fn require_wholly_known(&self, states: &[Value]) -> anyhow::Result<()> {
        let unknown = unknown_members(states);
        let Some(first) = unknown.first() else { return Ok(()) };
        let reason = format!(
            "the key state has a member that this version of the program does not know, {}; sign \
             with the version that made it, where you know what it is for",
            first.member()
        );
        Err(self.not_signed("cosign.unknown-member", &reason))
    }

    fn require_issuer(&self, known: Option<&KeyHistory>, issuer: &IssuerId) -> anyhow::Result<()> {
        match known {
            Some(known) if known.issuer() != issuer => {
                let reason = format!(
                    "it is of the issuer {issuer}, and the key history in this folder of {}",
                    known.issuer()
                );
                Err(self.not_signed("cosign.wrong-issuer", &reason))
            }
            _ => Ok(()),
        }
    }

    /// A state that follows an older one than the last that is known here would contest the
    /// issuer. Only a recovery may do so.
    fn require_follows(
        &self,
        known: Option<&KeyHistory>,
        proposal: &KeyProposal,
        own: &PublicKey,
    ) -> anyhow::Result<()> {
        let (Some(known), Some(before)) = (known, proposal.before()) else { return Ok(()) };
        if before.extends(known) {
            return Ok(());
        }
        let undone = before.states().len()..known.states().len();
        let recovers = before.current().recovery.as_ref().is_some_and(|it| it.keys.contains(own));
        let undoes_recovery = undone.into_iter().any(|place| known.is_recovery(place));
        if known.extends(before) && recovers && !undoes_recovery {
            return Ok(());
        }
        let reason = format!(
            "it follows state {}, and the key history in this folder goes on to state {}: two \
             states in one place would contest the issuer",
            before.version(),
            known.version()
        );
        Err(self.not_signed("accept.history-diverges", &reason))
    }

    /// Refuses a whole history that does not come to count beside the one here.
    fn require_taken(
        &self,
        known: Option<&KeyHistory>,
        history: &KeyHistory,
    ) -> anyhow::Result<()> {
        let Some(known) = known else { return Ok(()) };
        if KeyBranches::of(known.clone()).with(history).accepted() == history {
            return Ok(());
        }
        let (code, reason) = if known.extends(history) {
            ("accept.outdated-keys", "the key history in this folder has newer states")
        } else {
            let reason = "it contradicts the key history in this folder, and no recovery decides";
            ("accept.history-diverges", reason)
        };
        Err(Refused::with_code(code, format!("{} was not taken: {reason}", self.file.display())))
    }

    /// Puts a key history with all signatures in its place. Whoever gave the last signature
    /// signs again what the issuer published, as far as one can alone.
    fn take_up(
        &self,
        role: &Role,
        history: &KeyHistory,
        signed_by: Option<&SigningKey>,
        lock: &KeyChangeLock,
    ) -> anyhow::Result<Step> {
        let files = self.folder.issuer(role);
        let folder = files.history.parent().unwrap_or(Path::new("")).to_owned();
        let issuer = signed_by.and_then(|key| issuer_with(key, history));
        let documents = match &issuer {
            Some(issuer) => again::plan(issuer, &folder, self.now.get())?,
            None => Vec::new(),
        };
        let old_history_file = files.write_history(history, lock)?;
        files.complete_change_under(lock)?;
        file::remove_if_there(&history_draft_file(&files))?;
        documents.iter().try_for_each(again::Again::write)?;
        let completed = Completed {
            history_file: files.history,
            complete: true,
            signed: signed_by.is_some(),
            issuer: history.issuer().clone(),
            key_version: history.version(),
            old_history_file,
            signed_again: documents.into_iter().map(|document| document.signed).collect(),
            role: role.key,
        };
        let waits = completed.signed_again.iter().any(|again| !again.complete);
        let outcome = if waits { Outcome::Waiting } else { Outcome::Yes };
        self.format.print(&completed, outcome).map(Step::Done)
    }
}

impl ShowArgs {
    pub(super) fn key_state(
        &self,
        role: &Role,
        path: &Path,
        states: &[Value],
    ) -> anyhow::Result<Outcome> {
        let proposal = read(states, path)?;
        let known = self.folder.known_history(role)?;
        let known = known.filter(|known| *known.issuer() == proposal.issuer());
        let mut told = Told::of(path.to_owned(), &proposal, self.own_key(role));
        told.unknown_members = unknown_members(states);
        let told = match told.complete {
            true => told,
            false => told.undoing(known.as_ref(), &proposal),
        };
        let outcome = if told.complete { Outcome::Yes } else { Outcome::Waiting };
        self.format.print(&Status { told }, outcome)
    }
}

/// All that a key state says of itself; its proofs sign that.
const STATE: [&str; 8] = [
    "version",
    "previous",
    "issued_at",
    "signing_keys",
    "threshold",
    "recovery_keys",
    "recovery_threshold",
    "proof",
];

/// What the last state says besides what this program knows.
fn unknown_members(states: &[Value]) -> Vec<Change> {
    let mut says = states.last().cloned().unwrap_or_default();
    if let Some(members) = says.as_object_mut() {
        members.retain(|name, _| !STATE.contains(&name.as_str()));
        if members.is_empty() {
            return Vec::new();
        }
    }
    changes::between(None, &says)
}

fn read(states: &[Value], path: &Path) -> anyhow::Result<KeyProposal> {
    KeyProposal::read(states).map_err(|error| {
        let reason = crate::failure::sentence_of(&error);
        Refused::with_code(
            error.code(),
            format!("{} does not hold, whoever signs it: {reason}", path.display()),
        )
    })
}

/// Whether both are states in one place and say different things.
fn contradicts(one: &KeyProposal, other: &KeyProposal) -> bool {
    let place = |it: &KeyProposal| it.before().map(|before| before.current_hash().to_owned());
    // Two first states make two issuers.
    !one.is_same_as(other) && one.before().is_some() && place(one) == place(other)
}
