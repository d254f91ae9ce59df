//! The points that measured service quality earns, each part with its reason.
//!
//! Each part earns its share of the points of the policy, and the parts make the whole:
//! what is not known earns nothing and is not made up for by the others. What a part can
//! earn is rounded so that all together never earn more than there is.

use serde::{Deserialize, Serialize};
use wellspring_document::Timestamp;

use crate::number::{Fraction, Points};
use crate::reason::{Basis, Line, ReasonCode};
use crate::software::ReleaseStanding;
use crate::terms::Terms;
use crate::view::{Answered, Measured};

/// How measured service quality earns its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceRules {
    /// What share of the points answering the checks of 90 days can earn, in percent; 30 by
    /// default. The six shares make 100 together.
    pub uptime_90d: u8,
    /// The same for 30 days; 15 by default.
    pub uptime_30d: u8,
    /// For having been watched for long; 15 by default.
    pub watched: u8,
    /// For being reachable now, half of it for clients and half for other servers; 10 by
    /// default.
    pub reachable: u8,
    /// For software that is up to date; 25 by default.
    pub software: u8,
    /// For a certificate that lasts for as long as the criterion about it asks
    /// (`criteria.certificate_days`); 5 by default.
    pub certificate: u8,
    /// The share of answered checks up to which an uptime earns nothing; from there it rises
    /// in proportion. 0.9 by default, and less than 1.
    pub uptime_floor: Fraction,
    /// How many checks a day an uptime needs to count in full; 1 by default. With fewer, or
    /// where the server has been watched for a part of the window, it counts in proportion.
    pub checks_per_day: u8,
    /// How many days a server must have been watched to earn that part in full; 365 by
    /// default.
    pub watched_days: u16,
    /// How many days after something newer came out software counts in full; 30 by default.
    pub current_days: u16,
    /// How many days after that it earns nothing and counts as unsupported; from
    /// `current_days` on it falls in proportion. 365 by default.
    pub supported_days: u16,
}

impl Default for ServiceRules {
    fn default() -> Self {
        Self {
            uptime_90d: 30,
            uptime_30d: 15,
            watched: 15,
            reachable: 10,
            software: 25,
            certificate: 5,
            uptime_floor: Fraction::thousandths(900),
            checks_per_day: 1,
            watched_days: 365,
            current_days: 30,
            supported_days: 365,
        }
    }
}

impl ServiceRules {
    /// What share of the service points a part can earn, in percent.
    pub const fn percent(&self, part: ServicePart) -> u8 {
        match part {
            ServicePart::Uptime90d => self.uptime_90d,
            ServicePart::Uptime30d => self.uptime_30d,
            ServicePart::Watched => self.watched,
            ServicePart::Reachable => self.reachable,
            ServicePart::Software => self.software,
            ServicePart::Certificate => self.certificate,
        }
    }

    /// The sum of all shares, in percent: 100 in a policy that passes its check.
    pub(crate) fn sum(&self) -> u16 {
        ServicePart::ALL.into_iter().map(|part| u16::from(self.percent(part))).sum()
    }
}

/// A part of the points for measured service quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServicePart {
    /// How often it answered within 90 days.
    Uptime90d,
    /// How often it answered within 30 days.
    Uptime30d,
    /// How long it has been watched.
    Watched,
    /// Whether clients and other servers reach it.
    Reachable,
    /// Whether its software is up to date.
    Software,
    /// Whether its certificate lasts.
    Certificate,
}

impl ServicePart {
    /// Every part, in the order of the reasons.
    pub const ALL: [Self; 6] = [
        Self::Uptime90d,
        Self::Uptime30d,
        Self::Watched,
        Self::Reachable,
        Self::Software,
        Self::Certificate,
    ];
}

/// What each part can earn, in the order of the reasons.
pub(crate) type Possible = [(ServicePart, Points); ServicePart::ALL.len()];

/// Turns measurements into points, server by server.
pub(crate) struct Service<'a> {
    terms: &'a Terms,
    rules: &'a ServiceRules,
}

impl<'a> Service<'a> {
    pub(crate) fn new(terms: &'a Terms) -> Self {
        Self { terms, rules: &terms.policy.service }
    }

    /// The reasons of one server, one for each part that can earn anything; a single one
    /// where nobody measured anything of them.
    pub(crate) fn reasons(&self, measured: Option<&Measured>) -> impl Iterator<Item = Line> {
        let measured = measured.filter(|it| says_anything(it));
        let unknown = measured.is_none().then(|| Line::unknown(ReasonCode::ServiceUnknown));
        let parts = measured.into_iter().flat_map(|measured| {
            let earning = self.terms.service().iter().filter(|(_, of)| *of > Points::ZERO);
            earning.map(|(part, of)| self.reason(*part, *of, measured))
        });
        unknown.into_iter().chain(parts)
    }

    fn reason(&self, part: ServicePart, of: Points, measured: &Measured) -> Line {
        let code = ReasonCode::Service(part);
        let Some((quality, covered)) = self.found(part, measured) else {
            return Line::unknown(code);
        };
        Line { code, points: of.times(quality.times(covered)), basis: Basis::Found }
    }

    /// How good what was measured is, and how much of what it takes to say so there is.
    pub(crate) fn found(
        &self,
        part: ServicePart,
        measured: &Measured,
    ) -> Option<(Fraction, Fraction)> {
        let quality = match part {
            ServicePart::Uptime90d => return self.uptime(measured.uptime.quarter?, 90, measured),
            ServicePart::Uptime30d => return self.uptime(measured.uptime.month?, 30, measured),
            ServicePart::Watched => {
                let watched = watched_days(measured, self.terms.now)?;
                Fraction::of(watched, self.rules.watched_days.into())
            }
            ServicePart::Reachable => reachable(measured)?,
            ServicePart::Software => self.up_to_date(measured.release?),
            ServicePart::Certificate => {
                let until = certificate_lasts_until(measured, self.terms)?;
                if self.terms.now < until { Fraction::ONE } else { Fraction::ZERO }
            }
        };
        Some((quality, Fraction::ONE))
    }

    fn uptime(
        &self,
        answered: Answered,
        days: u32,
        measured: &Measured,
    ) -> Option<(Fraction, Fraction)> {
        let floor = self.rules.uptime_floor.millionths();
        let above = answered.share.millionths().saturating_sub(floor);
        let quality = Fraction::of(above, Fraction::ONE.millionths() - floor);
        let checked = Fraction::of(answered.checks, days * u32::from(self.rules.checks_per_day));
        let watched = watched_days(measured, self.terms.now);
        let watched = watched.map(|watched| Fraction::of(watched, days));
        Some((quality, watched.map_or(checked, |watched| checked.min(watched))))
    }

    fn up_to_date(&self, release: ReleaseStanding) -> Fraction {
        let ServiceRules { current_days, supported_days, .. } = *self.rules;
        let beyond = release.outdated_days.saturating_sub(current_days.into());
        if beyond == 0 {
            return Fraction::ONE;
        }
        Fraction::ZERO.falling_to(beyond, supported_days.saturating_sub(current_days).into())
    }
}

/// The full days since the server was first seen.
pub(crate) fn watched_days(measured: &Measured, now: Timestamp) -> Option<u32> {
    let seconds = now.seconds_since(measured.first_seen_at?).max(0);
    u32::try_from(seconds / 86_400).ok()
}

/// The moment from which the certificate lasts for less than the days that the policy asks
/// (`criteria.certificate_days`).
pub(crate) fn certificate_lasts_until(measured: &Measured, terms: &Terms) -> Option<Timestamp> {
    let days = i64::from(terms.policy.criteria.certificate_days);
    Some(measured.tls_expires_at?.plus_days(-days).plus_seconds(1))
}

/// Whether any part can be known.
fn says_anything(measured: &Measured) -> bool {
    measured.uptime.quarter.is_some()
        || measured.uptime.month.is_some()
        || measured.first_seen_at.is_some()
        || measured.client_reachable.is_some()
        || measured.federation_reachable.is_some()
        || measured.release.is_some()
        || measured.tls_expires_at.is_some()
}

/// One half for clients and one for other servers; what nobody tried is not reachable yet.
fn reachable(measured: &Measured) -> Option<Fraction> {
    let ways = [measured.client_reachable, measured.federation_reachable];
    if ways == [None, None] {
        return None;
    }
    let open = ways.into_iter().flatten().filter(|tally| tally.holds()).count();
    Some(Fraction::of(u32::try_from(open).unwrap_or(0), 2))
}

/// What each part can earn of these points: the steps of a sum that is rounded as it grows,
/// so that all together make the points.
pub(crate) fn possible(points: u8, rules: &ServiceRules) -> Possible {
    let mut percent = 0;
    let mut before = Points::ZERO;
    ServicePart::ALL.map(|part| {
        percent += i32::from(rules.percent(part));
        let sum = Points::from_tenths((i32::from(points) * percent + 5) / 10);
        let of = sum - before;
        before = sum;
        (part, of)
    })
}
