use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{IssuerId, KeyHistory, PublicKey, SigningKey, Timestamp};
use wellspring_node::read_history;

use super::found::{Named, history_beside, look_at, the_only_history};
use crate::answer::{Format, Outcome};
use crate::failure::Refused;

/// Show an issuer: its id, its public keys and how many of them must sign
///
/// Takes a key history or a private key beside its key history; without either, the only key
/// history in this folder. Private keys are never shown, and no passphrase is needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring key show
  wellspring key show curator-key-history.json
  wellspring key show --json operator-key.pem")]
pub(crate) struct Args {
    /// NAME-key-history.json or NAME-key.pem
    file: Option<PathBuf>,

    #[command(flatten)]
    format: Format,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let path = self.file.map_or_else(the_only_history, Ok)?;
        let history = match look_at(&path)? {
            Named::Key(pem) => {
                let history = read_history(&history_beside(&path)?)
                    .context("a private key is shown by the key history beside it")?;
                require_own_key(&path, &String::from_utf8_lossy(&pem), &history)?;
                history
            }
            // A document holds a key history, but there is a command for those.
            Named::Document(_) => {
                let path = path.display();
                return Err(Refused::because(format!(
                    "{path} is a signed document; `wellspring verify {path}` says who signed it"
                )));
            }
            Named::History => read_history(&path)?,
        };
        self.format.print(&Shown::of(&history), Outcome::Yes)
    }
}

/// Says where an unencrypted key is not one of the history; of an encrypted one it cannot be
/// told.
fn require_own_key(path: &Path, pem: &str, history: &KeyHistory) -> anyhow::Result<()> {
    if SigningKey::is_encrypted_pem(pem) {
        return Ok(());
    }
    let key = SigningKey::from_pkcs8_pem(pem, None)
        .with_context(|| format!("{} is no private key that can be read", path.display()))?;
    if history.current().signing.keys.contains(&key.public()) {
        return Ok(());
    }
    Err(Refused::because(format!(
        "the key in {} is {}, which the key history beside it does not name",
        path.display(),
        key.public()
    )))
}

#[derive(Serialize)]
struct Shown {
    issuer: IssuerId,
    key_version: u32,
    states: Vec<State>,
}

#[derive(Serialize)]
struct State {
    version: usize,
    issued_at: Timestamp,
    signing_keys: Vec<PublicKey>,
    threshold: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_keys: Vec<PublicKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_threshold: Option<u32>,
}

impl Shown {
    fn of(history: &KeyHistory) -> Self {
        let states = history.states().iter().enumerate().map(|(index, state)| State {
            version: index + 1,
            issued_at: state.issued_at,
            signing_keys: state.signing.keys.iter().copied().collect(),
            threshold: state.signing.threshold,
            recovery_keys: state.recovery.iter().flat_map(|quorum| &quorum.keys).copied().collect(),
            recovery_threshold: state.recovery.as_ref().map(|quorum| quorum.threshold),
        });
        Self {
            issuer: history.issuer().clone(),
            key_version: history.version(),
            states: states.collect(),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Issuer {}", self.issuer)?;
        for state in &self.states {
            let current = if state.version == self.states.len() { ", current" } else { "" };
            writeln!(f, "Version {} of {}{current}", state.version, state.issued_at)?;
            write_keys(f, "signing", state.threshold, &state.signing_keys)?;
            if let Some(threshold) = state.recovery_threshold {
                write_keys(f, "recovery", threshold, &state.recovery_keys)?;
            }
        }
        Ok(())
    }
}

fn write_keys(
    f: &mut fmt::Formatter<'_>,
    purpose: &str,
    threshold: u32,
    keys: &[PublicKey],
) -> fmt::Result {
    writeln!(f, "  {purpose}: {threshold} of {} must sign", keys.len())?;
    keys.iter().try_for_each(|key| writeln!(f, "    {key}"))
}
