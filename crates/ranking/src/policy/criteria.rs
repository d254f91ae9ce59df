//! Which questions a policy asks, how strictly, and what the answers are needed for.

use serde::{Deserialize, Serialize};
use wellspring_document::{CountryCode, ServerName};

use super::{Policy, PolicyError, once};
use crate::criteria::Criterion;
use crate::number::Fraction;

/// Which criteria are answered, and where the line is between met and not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CriteriaRules {
    /// Criteria that are not asked at all; none by default.
    pub off: Vec<Criterion>,
    /// The share of checks within 30 days that `service.uptime-30d` asks; more than 0, 0.95
    /// by default: a day and a half of outages in a month.
    pub uptime_30d: Fraction,
    /// The share within 90 days that `service.uptime-90d` asks; more than 0, 0.95 by default.
    pub uptime_90d: Fraction,
    /// For how many more days a certificate must last for `service.certificate-not-expiring`;
    /// 1 to 60, 7 by default: those that renew themselves do it a week before at the latest.
    pub certificate_days: u8,
    /// How many months old a financial report may be for `finance.report-current`, unless the
    /// operator declares a longer interval, which counts up to a year; 1 to 24, 3 by default.
    pub report_months: u8,
    /// For how many months there must be money for `finance.months-covered`; 1 to 120, 3 by
    /// default.
    pub months_covered: u8,
    /// The country for which `policies.legal-position` asks. Without one, which is the
    /// default, nobody can meet that criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    /// The servers that everybody is sent to already, for `domain.not-flagship`, with all
    /// names below theirs; `matrix.org` by default.
    pub flagships: Vec<ServerName>,
    /// The suffixes given away for free, for `domain.not-free-suffix`; by default `tk`, `ml`,
    /// `ga`, `cf` and `gq`. Those of the private section of the public suffix list count as
    /// well, unless `paid_suffixes` has them.
    pub free_suffixes: Vec<ServerName>,
    /// Suffixes of the private section under which names are sold like others.
    pub paid_suffixes: Vec<ServerName>,
}

impl Default for CriteriaRules {
    fn default() -> Self {
        Self {
            off: Vec::new(),
            uptime_30d: Fraction::thousandths(950),
            uptime_90d: Fraction::thousandths(950),
            certificate_days: 7,
            report_months: 3,
            months_covered: 3,
            country: None,
            flagships: domains(&["matrix.org"]),
            free_suffixes: domains(&["tk", "ml", "ga", "cf", "gq"]),
            // Those of CentralNic, the largest seller of names below other names.
            paid_suffixes: domains(&[
                "br.com", "cn.com", "de.com", "eu.com", "jpn.com", "mex.com", "ru.com", "sa.com",
                "uk.com", "us.com", "za.com", "com.de", "com.se", "gb.net", "hu.net", "jp.net",
                "se.net", "uk.net", "ae.org", "us.org",
            ]),
        }
    }
}

#[expect(clippy::expect_used, reason = "constants that are names, and tested")]
pub(super) fn domains(names: &[&str]) -> Vec<ServerName> {
    names.iter().map(|name| ServerName::parse(name).expect("a name")).collect()
}

/// Which criteria the categories need. What is unknown is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Categories {
    /// For A: can be offered without asking.
    pub a: Vec<Criterion>,
    /// For B: can be chosen from.
    pub b: Vec<Criterion>,
    /// What keeps a server out of A and B where it is found not to be met; that it is unknown
    /// does not. The measurement of a single observer alone does not either, nor the
    /// word of a curator below the veto trust.
    pub stopped_by: Vec<Criterion>,
}

impl Default for Categories {
    fn default() -> Self {
        let b = vec![
            Criterion::Endorsed,
            Criterion::NotRejected,
            Criterion::NoWarning,
            Criterion::WaitingPeriodOver,
        ];
        let a = vec![
            Criterion::SignedProfile,
            Criterion::NameConfirmed,
            Criterion::KeysUnchanged,
            Criterion::Endorsed,
            Criterion::EndorsedTwice,
            Criterion::NotRejected,
            Criterion::NoWarning,
            Criterion::WaitingPeriodOver,
            Criterion::ServesPublic,
            Criterion::RegistrationDefined,
            Criterion::NotFlagship,
        ];
        let stopped_by = vec![
            Criterion::IntakeOpen,
            Criterion::ReachableClient,
            Criterion::ReachableFederation,
            Criterion::Uptime30d,
        ];
        Self { a, b, stopped_by }
    }
}

/// What earns the points for transparency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transparency {
    /// The criteria that share the points equally. Each must rest on the operator publishing
    /// something.
    pub criteria: Vec<Criterion>,
}

impl Default for Transparency {
    fn default() -> Self {
        let criteria = vec![
            Criterion::Contacts,
            Criterion::Team,
            Criterion::Terms,
            Criterion::Privacy,
            Criterion::Rules,
            Criterion::ModerationPolicy,
            Criterion::ModerationDeciders,
            Criterion::ModerationAppeal,
            Criterion::ModerationContact,
            Criterion::ReportPublic,
            Criterion::ReportCurrent,
            Criterion::MonthsStated,
            Criterion::EnergyReported,
            Criterion::ReadersStated,
        ];
        Self { criteria }
    }
}

impl Policy {
    /// Checks what the policy says of criteria.
    pub(super) fn check_criteria(&self) -> Result<(), PolicyError> {
        self.criteria.check()?;
        let asked = [
            ("categories.a", &self.categories.a),
            ("categories.b", &self.categories.b),
            ("categories.stopped_by", &self.categories.stopped_by),
            ("transparency.criteria", &self.transparency.criteria),
        ];
        for (member, criteria) in asked {
            once(member, criteria.iter().map(|criterion| criterion.as_str()))?;
            if let Some(criterion) = criteria.iter().find(|it| self.criteria.off.contains(it)) {
                return Err(PolicyError::CriterionOff { member, criterion: *criterion });
            }
            let asks_for_country = criteria.contains(&Criterion::LegalPosition);
            if asks_for_country && self.criteria.country.is_none() {
                return Err(PolicyError::NoCountry { member });
            }
        }
        let of_no_use = |it: &&Criterion| !it.rests_on_publishing();
        match self.transparency.criteria.iter().find(of_no_use) {
            Some(criterion) => Err(PolicyError::NotAboutPublishing { criterion: *criterion }),
            None => Ok(()),
        }
    }
}

impl CriteriaRules {
    fn check(&self) -> Result<(), PolicyError> {
        once("criteria.off", self.off.iter().map(|criterion| criterion.as_str()))?;
        for (member, share) in
            [("criteria.uptime_30d", self.uptime_30d), ("criteria.uptime_90d", self.uptime_90d)]
        {
            if share == Fraction::ZERO {
                return Err(PolicyError::UptimeOfNothing { member });
            }
        }
        for (member, found, most) in [
            ("criteria.certificate_days", self.certificate_days, 60),
            ("criteria.report_months", self.report_months, 24),
            ("criteria.months_covered", self.months_covered, 120),
        ] {
            if !(1..=most).contains(&found) {
                return Err(PolicyError::ThresholdOutOfRange { member, most, found });
            }
        }
        for (member, names) in [
            ("criteria.flagships", &self.flagships),
            ("criteria.free_suffixes", &self.free_suffixes),
            ("criteria.paid_suffixes", &self.paid_suffixes),
        ] {
            once(member, names.iter().map(ServerName::as_str))?;
            let is_no_domain = |it: &&ServerName| it.port().is_some() || it.is_ip_address();
            if let Some(name) = names.iter().find(is_no_domain) {
                return Err(PolicyError::NoDomain { member, name: name.clone() });
            }
        }
        Ok(())
    }
}
