use serde::Serialize;
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{Software, Text, Timestamp};

/// How many of those who say anything say this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many say this.
    pub agree: u32,
    /// How many say anything.
    pub of: u32,
}

/// What the trusted observers measured of one server, taken together. Absent is what none
/// of them measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// How many observers measured anything of what follows.
    pub observers: u32,
    /// The time of the newest of their observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// How many reached the client API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_reachable: Option<Tally>,
    /// How many reached it as another server does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation_reachable: Option<Tally>,
    /// The median of the latencies, in milliseconds; of an even number the smaller of the
    /// middle two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// How one registers, where more than half of those who measured it agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Agreed<RegistrationMode>>,
    /// The software, where more than half of those who measured it agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<Agreed<Software>>,
}

/// A value on which more than half agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreed<T> {
    /// The value.
    pub value: T,
    /// How many agree.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A claim of the operator that measurements contradict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// What the operator declares and what was measured.
    #[serde(flatten)]
    pub claim: ContradictedClaim,
    /// How many observers measured so.
    #[serde(flatten)]
    pub tally: Tally,
    /// The time of the newest observation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What an operator declares and what was measured instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "subject", rename_all = "kebab-case")]
pub enum ContradictedClaim {
    /// How one gets an account.
    Registration {
        /// As the operator says.
        declared: RegistrationMode,
        /// As it was measured.
        measured: RegistrationMode,
    },
    /// Which software runs the server.
    Software {
        /// As the operator says.
        declared: Text,
        /// As it was measured.
        measured: Text,
    },
}

impl ContradictedClaim {
    /// The stable name of what it is about.
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Registration { .. } => "registration",
            Self::Software { .. } => "software",
        }
    }
}
