//! Signing and showing a document that somebody passed on.

use std::path::{Path, PathBuf};

use wellspring_document::{
    Acceptance, Body, FeedState, Gathering, KeyBranches, KeyHistory, Mark, PublicKey, RawDocument,
    Timestamp, Verified,
};
use wellspring_node::KeyChangeLock;

use super::changes::KeyChange;
use super::signatures::Signatures;
use super::told::{Completed, Earlier, Told, Waiting};
use super::{CosignArgs, Given, ShowArgs, Shown, Step, history_draft, history_draft_file, refuse};
use crate::answer::Outcome;
use crate::client::Network;
use crate::failure::Refused;
use crate::file;
use crate::signing::{Folder, MAX_SEQUENCE, Role};
use crate::source::Source;

/// What is known in a folder of what a document follows.
struct Known<'a, T> {
    history: Option<KeyHistory>,
    /// The published document, and the one to compare with where that was named.
    published: Option<Earlier<T>>,
    since: Option<&'a Earlier<T>>,
}

impl<'a, T: Body> Known<'a, T> {
    fn read(folder: &Folder, role: &Role, since: Option<&'a Earlier<T>>) -> anyhow::Result<Self> {
        let path = folder.file(role.signed);
        let published = file::read_if_there(&path, T::KIND.max_bytes())?;
        let published =
            published.map(|bytes| earlier(path.display().to_string(), bytes)).transpose()?;
        Ok(Self { history: folder.known_history(role)?, published, since })
    }

    /// What to compare with.
    fn before(&self) -> Option<&Earlier<T>> {
        self.since.or(self.published.as_ref())
    }

    /// All that is known to be signed before.
    fn earlier(&self) -> impl Iterator<Item = &Earlier<T>> {
        self.published.iter().chain(self.since)
    }

    /// The highest number that the issuer is known to have used.
    fn last_number(&self, draft: &Gathering<T>) -> Option<u64> {
        let of_issuer = |it: &&Earlier<T>| it.document.issuer() == draft.history().issuer();
        self.earlier().filter(of_issuer).map(|it| it.document.sequence()).max()
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
        let earlier: Vec<_> = self.earlier().map(|it| &it.document).collect();
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

/// What a draft is compared with where that was named.
fn named<T: Body>(since: Option<&Source>, network: &Network) -> anyhow::Result<Option<Earlier<T>>> {
    let read = |source: &Source| source.read(T::KIND.max_bytes(), network);
    since.map(|source| earlier(source.to_string(), read(source)?)).transpose()
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

/// A document that somebody passed on.
pub(super) struct Task<'a, T> {
    raw: &'a RawDocument,
    since: Option<&'a Earlier<T>>,
    /// The key history that was written by an earlier look.
    history_file: Option<PathBuf>,
}

impl<'a, T> Task<'a, T> {
    pub(super) const fn new(raw: &'a RawDocument, since: Option<&'a Earlier<T>>) -> Self {
        Self { raw, since, history_file: None }
    }
}

impl CosignArgs {
    pub(super) fn earlier<T: Body>(&self) -> anyhow::Result<Option<Earlier<T>>> {
        named(self.since.as_ref(), &self.network)
    }

    /// Looks at a document and at the folder, and does what can be done with what is given.
    pub(super) fn document<T: Body>(
        &self,
        role: &Role,
        task: &mut Task<'_, T>,
        given: &Given,
        lock: &KeyChangeLock,
    ) -> anyhow::Result<Step> {
        let now = self.now.get();
        let mut draft = read::<T>(task.raw, &self.file)?;
        let known = Known::<T>::read(&self.folder, role, task.since)?;
        if known.judge(&draft, &self.file, now)? {
            for before in known.earlier().map(|it| RawDocument::new(it.document.bytes().clone())) {
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
        if !is_first || draft.finish().is_ok() {
            self.take_up_keys(role, &draft, task, lock)?;
        }
        if draft.finish().is_ok() {
            return self.complete(role, &draft, false, task.history_file.take());
        }
        let Some(key) = &given.key else { return Ok(Step::NeedsKey) };
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
        self.require_room(draft.sequence())?;
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
            .after_number(known.last_number(&draft))
            .with_keys(known.key_changes(&draft));
        let shown = Shown {
            told: told.request(),
            history: known.history,
            published: known.published.map(|it| it.document.identity()),
        };
        let Some(key) = given.key_for(&shown) else { return Ok(Step::Asks(shown)) };
        draft.sign(key, now).map_err(|error| refuse(&error, &self.file, &missing))?;
        if is_first {
            self.take_up_keys(role, &draft, task, lock)?;
        }
        if draft.finish().is_ok() {
            return self.complete(role, &draft, true, task.history_file.take());
        }
        self.wait(role, &draft, own)
    }

    /// Nobody helps to end a feed: numbers never go down again.
    fn require_room(&self, sequence: u64) -> anyhow::Result<()> {
        if sequence <= MAX_SEQUENCE {
            return Ok(());
        }
        Err(Refused::with_code(
            "cosign.number-too-high",
            format!(
                "{} was not signed: its number is {sequence}, and above {MAX_SEQUENCE} too few \
                 are left for what follows; begin one with a lower number",
                self.file.display()
            ),
        ))
    }

    /// Keeps a draft that others have to sign as well.
    fn wait<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        own: PublicKey,
    ) -> anyhow::Result<Step> {
        let file = self.folder.draft_file(role);
        file::replace(&file, &draft.bytes())?;
        let published = self.folder.file(role.signed);
        let waiting = Waiting::of(file, published, role, draft, Some(own));
        self.format.print(&waiting, Outcome::Waiting).map(Step::Done)
    }

    /// Writes the key history that the document carries, where it goes on from the one here.
    fn take_up_keys<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        task: &mut Task<'_, T>,
        lock: &KeyChangeLock,
    ) -> anyhow::Result<()> {
        if self.folder.known_history(role)?.as_ref() == Some(draft.history()) {
            return Ok(());
        }
        let files = self.folder.issuer(role);
        files.write_history(draft.history(), lock)?;
        files.complete_change_under(lock)?;
        if history_draft(&files)?.is_some_and(|it| it.version() <= draft.history().version()) {
            file::remove_if_there(&history_draft_file(&files))?;
        }
        task.history_file = Some(files.history);
        Ok(())
    }

    /// Puts a document with all signatures in its place.
    fn complete<T: Body>(
        &self,
        role: &Role,
        draft: &Gathering<T>,
        signed: bool,
        history_file: Option<PathBuf>,
    ) -> anyhow::Result<Step> {
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
        self.format.print(&completed, Outcome::Yes).map(Step::Done)
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
        let since = named(self.since.as_ref(), &self.network)?;
        let known = Known::<T>::read(&self.folder, role, since.as_ref())?;
        // Comparing a document with itself tells nothing.
        let before = known.before().filter(|it| it.document.identity() != draft.identity());
        let told = Told::of(path.to_owned(), &draft, self.own_key(role), self.now.get())
            .since(before, &draft.bytes())
            .after_number(known.last_number(&draft))
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
