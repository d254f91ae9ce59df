//! Whose signatures are there and whose are missing.

use std::fmt;

use serde::Serialize;
use wellspring_document::{KeyProposal, PublicKey, Tally};

/// How far a set of keys has signed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Signatures {
    /// How many of the keys must sign.
    needed: u32,
    complete: bool,
    signed_by: Vec<PublicKey>,
    /// The keys that may still sign; of them as many as are needed.
    missing: Vec<PublicKey>,
    /// The key in hand, where it is one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_key: Option<PublicKey>,
}

impl Signatures {
    pub(crate) fn of(tally: &Tally, own: Option<PublicKey>) -> Self {
        Self {
            needed: tally.quorum.threshold,
            complete: tally.is_met(),
            signed_by: tally.signed.iter().copied().collect(),
            missing: tally.missing().copied().collect(),
            own_key: own.filter(|own| tally.quorum.keys.contains(own)),
        }
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// "1 of 2 signatures".
    pub(crate) fn counted(&self) -> String {
        format!("{} of {} signatures", self.signed_by.len(), self.needed)
    }

    /// Writes how far it is, and each key with whether it signed.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, whose: &str) -> fmt::Result {
        writeln!(f, "  {whose:11} {} of {} needed", self.signed_by.len(), self.needed)?;
        let lines = self.signed_by.iter().map(|key| (key, "signed"));
        for (key, state) in lines.chain(self.missing.iter().map(|key| (key, "not yet"))) {
            let own = if self.own_key.as_ref() == Some(key) { ", your key" } else { "" };
            writeln!(f, "    {key}  {state}{own}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "signatures")
    }
}

/// How far a key state is signed: by its own keys, and by keys of the state before.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KeySignatures {
    new_keys: Signatures,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_before: Option<Signatures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_keys: Option<Signatures>,
    /// Whether the recovery keys of before have to sign, because it changes them.
    #[serde(skip)]
    needs_recovery: bool,
}

impl KeySignatures {
    pub(crate) fn of(proposal: &KeyProposal, own: Option<PublicKey>) -> Self {
        let tally = proposal.tally();
        let of = |tally: &Tally| Signatures::of(tally, own);
        Self {
            new_keys: of(&tally.own),
            keys_before: tally.before.as_ref().map(of),
            recovery_keys: tally.recovery.as_ref().map(of),
            needs_recovery: proposal.changes_recovery(),
        }
    }

    /// Whether recovery keys can sign it.
    pub(crate) const fn has_recovery(&self) -> bool {
        self.recovery_keys.is_some()
    }
}

impl fmt::Display for KeySignatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(before) = &self.keys_before else {
            return self.new_keys.write(f, "signatures");
        };
        writeln!(f, "Signatures; a key that is in several places counts in each:")?;
        self.new_keys.write(f, "new keys")?;
        let recovery = self.recovery_keys.as_ref();
        let recovery_signs =
            recovery.is_some_and(|it| it.is_complete() || !it.signed_by.is_empty());
        match recovery {
            // Once a recovery key has signed, nobody waits for the keys that it replaces.
            Some(recovery) if self.needs_recovery || recovery_signs => {
                recovery.write(f, "recovery")
            }
            Some(recovery) if !before.is_complete() => {
                before.write(f, "keys before")?;
                recovery.write(f, "or recovery")
            }
            _ => before.write(f, "keys before"),
        }
    }
}
