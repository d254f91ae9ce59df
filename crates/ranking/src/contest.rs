//! Keys that lead two ways, and what a community decided about them.

use serde::{Deserialize, Serialize};
use wellspring_document::{Date, IssuerId, StateHash, Text, Timestamp};

/// What a community decided about the contested keys of an issuer: which of the ways it
/// follows. It holds for its list alone, and while nobody with the recovery keys decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestDecision {
    /// Whose keys are contested.
    pub issuer: IssuerId,
    /// The hash of the key state to follow: of the first one after those that all ways
    /// share, as the pages show it, or of a later one.
    pub follow: StateHash,
    /// Why, for everybody who reads the list.
    pub reason: Text,
    /// The day on which it was decided.
    pub decided_at: Date,
}

/// Keys of an issuer that lead two ways without a recovery that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyContest {
    /// Whose keys they are.
    pub issuer: IssuerId,
    /// The version of the last key state that all ways share.
    pub common_version: u32,
    /// The ways that are known, by their hash.
    pub ways: Vec<KeyWay>,
    /// The state that is followed, where it is known: then the documents of the issuer are
    /// those that were signed on the way which holds it. Without one they are those that
    /// were signed with the keys before the contest.
    pub followed: Option<StateHash>,
}

/// One of the ways that contested keys lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyWay {
    /// The hash of its first key state.
    pub state: StateHash,
    /// When that says that it was made.
    pub issued_at: Timestamp,
    /// Whether it was signed by the recovery threshold of the state before.
    pub is_recovery: bool,
}

/// An issuer of whom a view says something and whose keys are contested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContestedIssuer {
    /// Whose keys they are.
    pub issuer: IssuerId,
    /// The version of the last key state that all ways share.
    pub common_version: u32,
    /// The ways that are known, by their hash.
    pub ways: Vec<KeyWay>,
    /// What the community decided, where that state is known: its way is followed here.
    /// Without it nothing counts that was signed after the ways parted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<ContestDecision>,
}

impl ContestedIssuer {
    pub(crate) fn of(contest: &KeyContest, decisions: &[ContestDecision]) -> Self {
        let decision = decisions.iter().find(|decision| {
            decision.issuer == contest.issuer && Some(&decision.follow) == contest.followed.as_ref()
        });
        Self {
            issuer: contest.issuer.clone(),
            common_version: contest.common_version,
            ways: contest.ways.clone(),
            decision: decision.cloned(),
        }
    }
}
