use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{IssuerId, KeyHistory, KeyState, PublicKey, Quorum, Timestamp};
use wellspring_node::read_history;

use super::found::{Named, history_beside, look_at, the_only_history};
use crate::answer::{Format, Outcome, counted};

/// Tell how the keys of an issuer came to be what they are
///
/// State by state: who may sign from when on, what changed, and on whose word: that of the
/// keys before, or that of recovery keys. Takes a key history, a private key beside its key
/// history, or a signed document; without any, the only key history in this folder.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring key history
  wellspring key history profile.json
  wellspring key history --json curator-key-history.json")]
pub(crate) struct Args {
    /// NAME-key-history.json, NAME-key.pem or a signed document
    file: Option<PathBuf>,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let path = self.file.map_or_else(the_only_history, Ok)?;
        let history = match look_at(&path)? {
            Named::Key(_) => read_history(&history_beside(&path)?)
                .context("of a private key, the key history beside it is told")?,
            Named::Document(document) => document.history().clone(),
            Named::History => read_history(&path)?,
        };
        self.format.print(&Told::of(&history), Outcome::Yes)
    }
}

#[derive(Serialize)]
struct Told {
    issuer: IssuerId,
    key_version: u32,
    states: Vec<State>,
}

#[derive(Serialize)]
struct State {
    version: usize,
    hash: String,
    issued_at: Timestamp,
    authorised_by: Authority,
    signed_by: BTreeSet<PublicKey>,
    signing_keys: BTreeSet<PublicKey>,
    threshold: u32,
    added_keys: BTreeSet<PublicKey>,
    removed_keys: BTreeSet<PublicKey>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    recovery_keys: BTreeSet<PublicKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_threshold: Option<u32>,
    /// Whether the recovery keys are others than in the state before.
    recovery_changed: bool,
}

/// On whose word a state stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Authority {
    /// The first state, which stands on its own keys.
    Itself,
    /// The signing keys of the state before.
    Signing,
    /// The recovery keys of the state before.
    Recovery,
}

impl Told {
    fn of(history: &KeyHistory) -> Self {
        let places = 0..history.states().len();
        Self {
            issuer: history.issuer().clone(),
            key_version: history.version(),
            states: places.map(|place| State::of(history, place)).collect(),
        }
    }
}

impl State {
    fn of(history: &KeyHistory, place: usize) -> Self {
        let state = &history.states()[place];
        let before = place.checked_sub(1).map(|place| &history.states()[place]);
        let none = BTreeSet::new();
        let keys_before = before.map_or(&none, |before| &before.signing.keys);
        let keys = &state.signing.keys;
        let recovery = state.recovery.as_ref();
        // Whoever else signed has no say.
        let quorums: Vec<&Quorum> =
            [Some(state), before].into_iter().flatten().flat_map(quorums_of).collect();
        let counts = |key: &PublicKey| quorums.iter().any(|quorum| quorum.keys.contains(key));
        Self {
            version: place + 1,
            hash: history.hashes()[place].clone(),
            issued_at: state.issued_at,
            authorised_by: match before {
                None => Authority::Itself,
                Some(_) if history.is_recovery(place) => Authority::Recovery,
                Some(_) => Authority::Signing,
            },
            signed_by: history.signers(place).into_iter().filter(counts).collect(),
            signing_keys: keys.clone(),
            threshold: state.signing.threshold,
            added_keys: keys.difference(keys_before).copied().collect(),
            removed_keys: keys_before.difference(keys).copied().collect(),
            recovery_keys: recovery.map(|quorum| quorum.keys.clone()).unwrap_or_default(),
            recovery_threshold: recovery.map(|quorum| quorum.threshold),
            recovery_changed: before.is_some_and(|before| before.recovery != state.recovery),
        }
    }
}

fn quorums_of(state: &KeyState) -> impl Iterator<Item = &Quorum> {
    std::iter::once(&state.signing).chain(&state.recovery)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The keys of {}", self.issuer)?;
        self.states.iter().try_for_each(|state| {
            let now = if state.version == self.states.len() { ", which counts now" } else { "" };
            writeln!(f, "\nState {} of {}{now}", state.version, state.issued_at)?;
            write!(f, "{state}")
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.authorised_by {
            Authority::Itself => "the beginning: it makes the issuer id",
            Authority::Signing => "made by the signing keys of the state before",
            Authority::Recovery => "made by recovery keys: it undoes other states in its place",
        };
        writeln!(f, "  {by}")?;
        writeln!(f, "  {}", may_sign(self.signing_keys.len(), self.threshold))?;
        for key in &self.signing_keys {
            let is_new = self.authorised_by != Authority::Itself && self.added_keys.contains(key);
            writeln!(f, "    {key}{}", if is_new { ", new" } else { "" })?;
        }
        for key in &self.removed_keys {
            writeln!(f, "  no longer   {key}")?;
        }
        self.write_recovery(f)?;
        for key in &self.signed_by {
            writeln!(f, "  signed by   {key}")?;
        }
        Ok(())
    }
}

impl State {
    fn write_recovery(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = if self.recovery_changed { ", changed" } else { "" };
        let Some(threshold) = self.recovery_threshold else {
            return writeln!(
                f,
                "  no recovery keys{changed}: if the keys are lost or stolen, nothing replaces them"
            );
        };
        let keys = self.recovery_keys.len();
        writeln!(f, "  recovery by {threshold} of {}{changed}", counted(keys, "key"))?;
        self.recovery_keys.iter().try_for_each(|key| writeln!(f, "    {key}"))
    }
}

fn may_sign(keys: usize, threshold: u32) -> String {
    match (keys, threshold) {
        (1, _) => "one key signs".to_owned(),
        (keys, 1) => format!("any of {keys} keys signs alone"),
        (keys, threshold) => format!("{threshold} of {keys} keys must sign"),
    }
}
