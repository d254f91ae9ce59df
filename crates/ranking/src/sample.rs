//! What of an observation decides, laid side by side for each server.

use wellspring_document::profile::RegistrationMode;
use wellspring_document::{Checks, Observation, Timestamp, Uptime};

use crate::corpus::Id;
use crate::number::Fraction;

/// The numbers of an observation. Observations are large and lie in the order of their
/// reports; looking at those of one server would wait for memory at each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// The place of the report in the corpus.
    pub(crate) report: u32,
    /// The place of the observation in the report.
    pub(crate) entry: u32,
    /// Whether anything was measured. Who only looked for a profile measured nothing.
    pub(crate) measures_anything: bool,
    pub(crate) observed_at: Timestamp,
    pub(crate) first_seen_at: Option<Timestamp>,
    pub(crate) client_reachable: Option<bool>,
    pub(crate) federation_reachable: Option<bool>,
    pub(crate) latency_ms: Option<u32>,
    pub(crate) tls_expires_at: Option<Timestamp>,
    pub(crate) registration: Option<RegistrationMode>,
    pub(crate) room_directory: Option<bool>,
    pub(crate) ipv6: Option<bool>,
    pub(crate) uptime: SampledUptime,
    /// The software that it names.
    pub(crate) program: Option<Id>,
    /// The ways to register that it gives.
    pub(crate) flows: Option<Id>,
    /// Whether it says what the address of the profile served.
    pub(crate) has_sight: bool,
    /// The issuer of the profile in that sight.
    pub(crate) sight_issuer: Option<Id>,
}

impl Sample {
    /// The numbers of the observation at `place`, the place of its report and its own in
    /// that, with the numbers of what it names.
    pub(crate) fn of(place: (u32, u32), observation: &Observation, named: Named) -> Self {
        Self {
            report: place.0,
            entry: place.1,
            measures_anything: measures_anything(observation),
            observed_at: observation.observed_at,
            first_seen_at: observation.first_seen_at,
            client_reachable: observation.client_reachable,
            federation_reachable: observation.federation_reachable,
            latency_ms: observation.latency_ms,
            tls_expires_at: observation.tls_expires_at,
            registration: observation.registration,
            room_directory: observation.room_directory,
            ipv6: observation.ipv6,
            uptime: SampledUptime::of(observation.uptime),
            program: named.program,
            flows: named.flows,
            has_sight: observation.profile.is_some(),
            sight_issuer: named.sight_issuer,
        }
    }
}

fn measures_anything(observation: &Observation) -> bool {
    let Uptime { day, week, month, quarter } = observation.uptime;
    let tried = [
        observation.client_reachable,
        observation.federation_reachable,
        observation.room_directory,
        observation.ipv6,
    ];
    tried.iter().any(Option::is_some)
        || [day, week, month, quarter].iter().any(Option::is_some)
        || observation.latency_ms.is_some()
        || observation.tls_expires_at.is_some()
        || observation.software.is_some()
        || observation.registration_flows.is_some()
        || observation.registration.is_some()
}

/// How often a server answered one observer, by window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampledUptime {
    pub(crate) day: Option<SampledChecks>,
    pub(crate) week: Option<SampledChecks>,
    pub(crate) month: Option<SampledChecks>,
    pub(crate) quarter: Option<SampledChecks>,
}

/// What part of an observer's checks a server answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampledChecks {
    pub(crate) share: Fraction,
    pub(crate) made: u32,
}

impl SampledUptime {
    fn of(uptime: Uptime) -> Self {
        let sampled = |checks: Checks| SampledChecks {
            share: Fraction::of(checks.answered, checks.made),
            made: checks.made,
        };
        Self {
            day: uptime.day.map(sampled),
            week: uptime.week.map(sampled),
            month: uptime.month.map(sampled),
            quarter: uptime.quarter.map(sampled),
        }
    }
}

/// The numbers of what an observation names.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    pub(crate) program: Option<Id>,
    pub(crate) flows: Option<Id>,
    pub(crate) sight_issuer: Option<Id>,
}
