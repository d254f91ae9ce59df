use std::fmt;
use std::str::FromStr;

use crate::body::Excerpt;
use crate::history::IssuerId;
use crate::text_form::text_form;

/// The hash of one key state, as [`KeyHistory::hashes`](crate::KeyHistory::hashes) has it:
/// the multihash of its canonical form without `proof`, written `zQm…`. That of the first
/// state is the issuer id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateHash(IssuerId);

/// The text is not the hash of a key state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not the hash of a key state; one begins with zQm and has 47 characters")]
pub struct StateHashError {
    text: String,
}

impl StateHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for StateHash {
    type Err = StateHashError;

    fn from_str(text: &str) -> Result<Self, StateHashError> {
        let refusal = |_| StateHashError { text: Excerpt::short(text).to_string() };
        IssuerId::parse(text).map(Self).map_err(refusal)
    }
}

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_form!(StateHash);
