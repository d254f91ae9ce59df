use std::num::NonZeroU16;
use std::sync::Arc;

use serde::Serialize;
use wellspring_document::profile::{Federation, RegistrationMode};
use wellspring_document::{RegistrationFlow, Software, Text, Timestamp};

use crate::number::Fraction;
use crate::software::ReleaseStanding;

/// How many of those who say anything say this, of the first 65,535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many say this.
    pub agree: u16,
    /// How many say anything.
    pub of: u16,
}

impl Tally {
    /// What comes of these answers; nothing without any.
    pub(crate) fn counted(answers: impl Iterator<Item = bool>) -> Option<Self> {
        let mut tally = Self { agree: 0, of: 0 };
        for answer in answers.take(u16::MAX.into()) {
            tally.of += 1;
            tally.agree += u16::from(answer);
        }
        (tally.of > 0).then_some(tally)
    }

    /// Whether at least half say this: with an even number, as many as say the opposite.
    /// So where there are two, one alone does not decide against a server.
    pub const fn holds(self) -> bool {
        self.agree >= self.of - self.agree
    }

    /// Whether more than half say this.
    pub(crate) const fn is_of_most(self) -> bool {
        self.agree > self.of - self.agree
    }
}

/// What the trusted observers measured of one server, taken together. Absent is what none
/// of them measured.
///
/// Numbers and times are medians over those who measured them. Of an even number of
/// observers it is the one of the middle two that is better for the server: the quicker
/// answer, the larger share of checks, the later end of a certificate. So where there is
/// more than one, no observer alone makes a server look bad.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// How many observers measured anything of what follows.
    pub observers: u16,
    /// The time of the newest of their observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// When the first of all trusted observers first saw the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// How many reached the client API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_reachable: Option<Tally>,
    /// How many reached it as another server does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation_reachable: Option<Tally>,
    /// The median of the latencies, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// The median of the times at which the TLS certificate runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_expires_at: Option<Timestamp>,
    /// How many reached it over IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<Tally>,
    /// How many could read its room directory without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_directory: Option<Tally>,
    /// How one registers, where more than half of those who measured it agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Agreed<RegistrationMode>>,
    /// The ways to register, where more than half of those who measured them found the
    /// same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_flows: Option<Agreed<Arc<[RegistrationFlow]>>>,
    /// The software, where more than half of those who measured it agree on its name: in the
    /// median of the versions by how outdated they are, else in that of the newest
    /// observation of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<Agreed<Arc<Software>>>,
    /// Where that version stands among the releases of its project, where the table of
    /// releases knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseStanding>,
    /// How often it answered.
    #[serde(skip_serializing_if = "MeasuredUptime::is_unknown")]
    pub uptime: MeasuredUptime,
}

/// How often a server answered, over windows that end with the last check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MeasuredUptime {
    /// Over 24 hours.
    #[serde(rename = "24h", skip_serializing_if = "Option::is_none")]
    pub day: Option<Answered>,
    /// Over 7 days.
    #[serde(rename = "7d", skip_serializing_if = "Option::is_none")]
    pub week: Option<Answered>,
    /// Over 30 days.
    #[serde(rename = "30d", skip_serializing_if = "Option::is_none")]
    pub month: Option<Answered>,
    /// Over 90 days.
    #[serde(rename = "90d", skip_serializing_if = "Option::is_none")]
    pub quarter: Option<Answered>,
}

impl MeasuredUptime {
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// How often a server answered within one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The median of the shares that the observers' checks found answered, each rounded down
    /// to the millionth.
    pub share: Fraction,
    /// The median of the numbers of checks that an observer made.
    pub checks: u32,
    /// How many observers made any.
    pub observers: NonZeroU16,
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

impl<T> Agreed<T> {
    /// Another value for those who agree.
    pub(crate) fn map<U>(self, to: impl FnOnce(T) -> U) -> Agreed<U> {
        Agreed { value: to(self.value), tally: self.tally }
    }
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
    /// With which other servers it talks. What a server lets be asked says nothing about
    /// whom it talks with; one that clients reach and other servers do not is not open.
    Federation {
        /// As the operator says.
        declared: Federation,
        /// Whether it was reached as another server does.
        reached: bool,
    },
    /// Whether anybody can read its room directory.
    RoomDirectory {
        /// As the operator says.
        declared: bool,
        /// As it was measured.
        measured: bool,
    },
}

impl ContradictedClaim {
    /// The stable name of what it is about.
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Registration { .. } => "registration",
            Self::Software { .. } => "software",
            Self::Federation { .. } => "federation",
            Self::RoomDirectory { .. } => "room-directory",
        }
    }
}
