//! Signing and showing a document that somebody passed on.

use std::path::Path;

use wellspring_document::{
    Acceptance, Body, FeedState, Gathering, KeyBranches, KeyHistory, Mark, PublicKey, RawDocument,
    Timestamp, Verified,
};

use super::changes::KeyChange;
use super::signatures::Signatures;
use super::told::{Completed, Earlier, Told, Waiting};
use super::{CosignArgs, ShowArgs, history_draft, history_draft_file, refuse};
use crate::answer::Outcome;
use crate::client::Network;
use crate::failure::Refused;
use crate::file;
use crate::signing::{Folder, Role};
use crate::source::Source;

/// What is known in a folder of what a document follows.
struct Known<T> {
    history: Option<KeyHistory>,
    /// The published document, and the one to compare with where that was named.
    published: Option<Earlier<T>>,
    since: Option<Earlier<T>>,
}

impl<T: Body> Known<T> {
    fn read(
        folder: &Folder,
        role: &Role,
        since: Option<&Source>,
        network: &Network,
    ) -> anyhow::Result<Self> {
        let path = folder.file(role.signed);
        let published = file::read_if_there(&path, T::KIND.max_bytes())?;
        let published =
            published.map(|bytes| earlier(path.display().to_string(), bytes)).transpose()?;
        let since = since
            .map(|source| earlier(source.to_string(), source.read(T::KIND.max_bytes(), network)?))
            .transpose()?;
        Ok(Self { history: folder.known_history(role)?, published, since })
    }

    /// What to compare with.
    fn before(&self) -> Option<&Earlier<T>> {
        self.since.as_ref().or(self.published.as_ref())
    }

    fn key_changes(&self, draft: &Gathering<T>) -> Vec<KeyChange> {
        let known = self.history.as_ref().filter(|it| it.issuer() == draft.history().issuer());
        known.map(|known| KeyChange::since(known, draft.history())).unwrap_or_default()
    }

    /// Refuses what contradicts what is known, by the rule by which nodes accept. Gives
    /// whether it is published here already.
    fn judge(&self, draft: &Gathering<T>, path: &Path, now: Timestamp) -> anyhow::Result<bool> {
        let refuse = |code, reason: String| {
            Err(Refused::with_code(code, format!("{} was not signed: {reason}", path.display())))
        };
        let history = draft.history();
        if let Some(known) = &self.history
            && known.issuer() != history.issuer()
        {
            let reason = format!(
                "it is of the issuer {}, and the key history in this folder of {}",
                history.issuer(),
                known.issuer()
            );
            return refuse("cosign.wrong-issuer", reason);
        }
        let earlier = [&self.published, &self.since].into_iter().flatten();
        let earlier: Vec<_> = earlier.map(|it| &it.document).collect();
        if let Some(other) = earlier.iter().find(|it| it.subject() != draft.body().subject()) {
            let (subject, found) = (draft.body().subject(), other.subject());
            let reason = format!("it is about {subject}, and the document before about {found}");
            return refuse("cosign.wrong-subject", reason);
        }
        let mut is_published = false;
        // Without any, it may still be from the future.
        for before in earlier.into_iter().map(Some).chain([None]) {
            let ours = before.filter(|before| before.issuer() == history.issuer());
            let state = FeedState {
                branches: self.branches(ours),
                mark: ours.map(|before| Mark {
                    key_state: before.history().current_hash().to_owned(),
                    sequence: before.sequence(),
                    identity: before.identity(),
                }),
            };
            let accepted = match draft.judge(&state, now) {
                Ok(accepted) => accepted,
                Err(refusal) => return refuse(refusal.code(), refusal.to_string()),
            };
            if let Some(aside) = &accepted.aside {
                return refuse(aside.code(), aside.to_string());
            }
            match accepted.acceptance {
                Acceptance::New => {}
                Acceptance::Known => is_published = true,
                Acceptance::Equivocation { .. } => {
                    let reason = format!(
                        "another document with the number {} is signed already; two of one number \
                         contradict each other in public",
                        draft.sequence()
                    );
                    return refuse("cosign.number-taken", reason);
                }
            }
        }
        if now >= draft.expires_at() {
            let reason = format!("it expired at {}", draft.expires_at());
            return refuse("cosign.expired", reason);
        }
        Ok(is_published)
    }

    fn branches(&self, before: Option<&Verified<T>>) -> Option<KeyBranches> {
        let histories = self.history.iter().chain(before.map(Verified::history));
        KeyBranches::judge(histories.cloned())
    }
}

fn earlier<T: Body>(what: String, bytes: Vec<u8>) -> anyhow::Result<Earlier<T>> {
    match RawDocument::new(bytes).verify::<T>() {
        Ok(document) => Ok(Earlier { what, document }),
        Err(error) => Err(Refused::with_code(
            error.code(),
            format!("{what} does not hold, so nothing can be compared with it: {error}"),
        )),
    }
}

impl CosignArgs {
    pub(super) fn document<T: Body>(
        &self,
        role: &Role,
        raw: &RawDocument,
    ) -> anyhow::Result<Outcome> {
        let now = self.now.get();
        let mut draft = read::<T>(raw, &self.file)?;
        let known = Known::<T>::read(&self.folder, role, self.since.as_ref(), &self.network)?;
        if known.judge(&draft, &self.file, now)? {
            let earlier = known.published.iter().chain(&known.since);
            for before in earlier.map(|it| RawDocument::new(it.document.bytes().clone())) {
                draft.gather(&read(&before, &self.file)?);
            }
            return self.complete(role, &draft, false, None);
        }
        let here = self.folder.draft::<T>(role)?;
        if let Some(here) = &here {
            draft.gather(here);
        }
        // Keys that those before had the right to change count whoever signs what. They may
        // name the new key that waits in this folder.
        let is_first = known.history.is_none();
        let history = match is_first && draft.finish().is_err() {
            true => None,
            false => self.take_up_keys(role, &draft, &known)?,
        };
        if draft.finish().is_ok() {
            return self.complete(role, &draft, false, history);
        }
        let key = self.key(role)?;
        let own = key.public();
        let missing = Signatures::of(&draft.tally(), Some(own));
        let gained = here.as_ref().is_none_or(|here| {
            here.identity() == draft.identity()
                && here.tally().signed.len() < draft.tally().signed.len()
        });
        if draft.tally().signed.contains(&own) && gained {
            return self.wait(role, &draft, own);
        }
        draft.may_sign(&own).map_err(|error| refuse(&error, &self.file, &missing))?;
        if let Some(here) = here.filter(|here| contradicts(here, &draft))
            && here.tally().signed.contains(&own)
        {
            let path = self.folder.draft_file(role);
            return Err(Refused::with_code(
                "cosign.signed-another",
                format!(
                    "{} was not signed: you signed another document with the number {} already, \
                     which is in {path}; if nobody else has that, remove it, else begin one with a \
                     higher number",
                    self.file.display(),
                    draft.sequence(),
                    path = path.display()
                ),
            ));
        }
        let told = Told::of(self.file.clone(), &draft, Some(own), now)
            .since(known.before(), &draft.bytes())
            .with_keys(known.key_changes(&draft));
        self.require_yes(&told.request())?;
        draft.sign(&key, now).map_err(|error| refuse(&error, &self.file, &missing))?;
        let history = match is_first {
            true => self.take_up_keys(role, &draft, &known)?,
            false => history,
        };
        if draft.finish().is_ok() {
            return self.complete(role, &draft, true, history);
        }
        self.wait(role, &draft, own)
    }

    /// Keeps a draft that others have to sign as well.
    fn wait<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        own: PublicKey,
    ) -> anyhow::Result<Outcome> {
        let file = self.folder.draft_file(role);
        file::replace(&file, &draft.bytes())?;
        let published = self.folder.file(role.signed);
        let waiting = Waiting::of(file, published, role, draft, Some(own));
        self.format.print(&waiting, Outcome::Waiting)
    }

    /// Writes the key history that the document carries, where it goes on from the one here.
    fn take_up_keys<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        known: &Known<T>,
    ) -> anyhow::Result<Option<std::path::PathBuf>> {
        if known.history.as_ref() == Some(draft.history()) {
            return Ok(None);
        }
        let files = self.folder.issuer(role);
        let lock = files.lock()?;
        files.write_history(draft.history(), &lock)?;
        drop(lock);
        files.complete_change()?;
        if history_draft(&files)?.is_some_and(|it| it.version() <= draft.history().version()) {
            file::remove_if_there(&history_draft_file(&files))?;
        }
        Ok(Some(files.history))
    }

    /// Puts a document with all signatures in its place.
    fn complete<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        signed: bool,
        history_file: Option<std::path::PathBuf>,
    ) -> anyhow::Result<Outcome> {
        let document = draft.finish().map_err(|error| {
            Refused::with_code(error.code(), format!("{}: {error}", self.file.display()))
        })?;
        let file = self.folder.file(role.signed);
        file::replace(&file, document.bytes())?;
        if let Some(here) = self.folder.draft::<T>(role)?
            && !is_newer(&here, draft)
        {
            self.folder.drop_draft(role)?;
        }
        let completed = Completed {
            file,
            complete: true,
            signed,
            issuer: document.issuer().clone(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
            signatures: Signatures::of(&draft.tally(), None),
            history_file,
        };
        self.format.print(&completed, Outcome::Yes)
    }
}

impl ShowArgs {
    pub(super) fn document<T: Body>(
        &self,
        role: &Role,
        path: &Path,
        raw: &RawDocument,
    ) -> anyhow::Result<Outcome> {
        let draft = read::<T>(raw, path)?;
        let known = Known::<T>::read(&self.folder, role, self.since.as_ref(), &self.network)?;
        // Comparing a document with itself tells nothing.
        let before = known.before().filter(|it| it.document.identity() != draft.identity());
        let told = Told::of(path.to_owned(), &draft, self.own_key(role), self.now.get())
            .since(before, &draft.bytes())
            .with_keys(known.key_changes(&draft));
        let outcome = if told.is_complete() { Outcome::Yes } else { Outcome::Waiting };
        self.format.print(&told.status(), outcome)
    }
}

fn read<T: Body>(raw: &RawDocument, path: &Path) -> anyhow::Result<Gathering<T>> {
    Gathering::read(raw).map_err(|error| {
        Refused::with_code(
            error.code(),
            format!("{} does not hold, whoever signs it: {error}", path.display()),
        )
    })
}

/// Whether both stand at one place of a feed and say different things.
fn contradicts<T: Body>(one: &Gathering<T>, other: &Gathering<T>) -> bool {
    one.identity() != other.identity()
        && one.sequence() == other.sequence()
        && one.body().subject() == other.body().subject()
        && one.history() == other.history()
}

/// Whether a draft comes after another document, of the same issuer.
pub(crate) fn is_newer<T: Body>(draft: &Gathering<T>, than: &Gathering<T>) -> bool {
    let place = |it: &Gathering<T>| (it.history().version(), it.sequence());
    draft.history().issuer() == than.history().issuer() && place(draft) > place(than)
}
