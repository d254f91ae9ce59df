//! What a community decides: whom it trusts, how much what counts, what it asks for.

mod criteria;
mod shipped;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wellspring_document::{IssuerId, ListSource, ServerName, Text, Verdict};

use criteria::domains;
pub use criteria::{Categories, CriteriaRules, Transparency};
pub use shipped::{ShippedPolicy, UnknownPolicy};

use crate::contest::ContestDecision;
use crate::criteria::Criterion;
use crate::draw::DrawRules;
use crate::number::Fraction;
use crate::service::ServiceRules;
use crate::tables::{OtherEdition, Tables};

/// A community's policy. Every member may be left out and then has the value of
/// [`Policy::default`], which is the shipped policy `default` and trusts nobody:
///
/// ```toml
#[doc = include_str!("../policies/default.toml")]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What the community calls its policy; `default` unless said otherwise.
    pub name: Text,
    /// The shipped policy that it began as. In the configuration of a node, every member that
    /// is left out has its value from there. Nothing else follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub based_on: Option<ShippedPolicy>,
    /// The issuer of the node itself: its sights of names come before everybody else's, and
    /// only lists that *it* signed count as adopted. Usually left out and filled in by the
    /// node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<IssuerId>,
    /// The roots: the curators from whom all trust comes. None by default.
    pub curators: Vec<Root>,
    /// Unsigned lists that the node adopted and this community uses. None by default.
    pub adopted: Vec<Adopted>,
    /// The issuers whose observation reports count, beside the node's own. None by default.
    pub observers: Vec<IssuerId>,
    /// Curators whom this community never trusts, whoever recommends them. None by default.
    pub distrusted: Vec<IssuerId>,
    /// What the community decided about contested keys. None by default; then nothing counts
    /// that was signed after the ways parted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contests: Vec<ContestDecision>,
    /// How far trust reaches.
    pub trust: TrustRules,
    /// How many points what can earn.
    pub points: Weights,
    /// How much verdicts weigh.
    pub factors: Factors,
    /// How reviews age.
    pub freshness: Freshness,
    /// How measured service quality earns its points.
    pub service: ServiceRules,
    /// Which editions of the tables of this program the policy means.
    pub tables: Tables,
    /// How many days a server waits for category A or B, from the earliest evidence that
    /// the community trusts; 30 by default.
    pub waiting_days: u16,
    /// Which criteria are answered, and where the line is between met and not met.
    pub criteria: CriteriaRules,
    /// Which criteria the categories A and B need.
    pub categories: Categories,
    /// How recommendations are drawn.
    pub draw: DrawRules,
    /// What earns the points for transparency.
    pub transparency: Transparency,
}

/// A curator whom the community trusts by its own decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Who.
    pub issuer: IssuerId,
    /// How much; 1 by default.
    #[serde(default = "full")]
    pub trust: Fraction,
    /// What the community calls them. Without it, their own list gives the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
}

/// An unsigned list that the node adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopted {
    /// Where the node reads it: the `source` of `adopted_from`.
    pub source: ListSource,
    /// How much the community trusts it; 0.5 by default, since nobody signed it.
    #[serde(default = "half")]
    pub trust: Fraction,
    /// What the community calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
}

const fn full() -> Fraction {
    Fraction::ONE
}

const fn half() -> Fraction {
    Fraction::thousandths(500)
}

/// How far trust reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrustRules {
    /// How many recommendations away from a root trust ends; 2 by default, at most
    /// [`TrustRules::MAX_DEPTH`]. With 0, only roots are trusted.
    pub depth: u8,
    /// What one recommendation leaves of the trust; 0.5 by default.
    pub decay: Fraction,
    /// The trust from which on a curator's `reject` puts a server into category D, a root's
    /// distrust ends the trust in another curator, and an entry with a key confirms a
    /// profile where no sight does; 0.6 by default, a little more than one recommendation
    /// leaves of a root's trust: whom a single root recommends does not decide alone.
    pub veto: Fraction,
}

impl TrustRules {
    /// The longest chain of recommendations that a policy can ask for. Further away nobody
    /// knows whom they trust.
    pub const MAX_DEPTH: u8 = 8;
}

/// How many points of 100 what can earn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// For endorsements; 50 by default.
    pub endorsement: u8,
    /// For measured service quality; 30 by default.
    pub service: u8,
    /// For transparency; 20 by default.
    pub transparency: u8,
    /// The most that the strongest warning takes away; 20 by default.
    pub warning: u8,
}

/// How much of a curator's trust a verdict carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Factors {
    /// For `endorse`; 0.6 by default.
    pub endorse: Fraction,
    /// For `list`; 0.25 by default.
    pub list: Fraction,
    /// For an entry whose server is known by its name alone: because the entry has no key,
    /// or because nothing confirms which key the name has; 0.5 by default.
    pub unbound: Fraction,
}

impl Factors {
    /// The factor of a verdict; 1 for warnings, which have points of their own.
    pub const fn of(&self, verdict: Verdict) -> Fraction {
        match verdict {
            Verdict::Endorse => self.endorse,
            Verdict::List => self.list,
            Verdict::Warn | Verdict::Reject => Fraction::ONE,
        }
    }
}

/// How reviews age: in full until `fresh_days` after the review, then falling by the same
/// amount each day down to `floor` at `stale_days`. An entry without any date counts with
/// the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Freshness {
    /// How many days a review counts in full; 180 by default: servers change owners,
    /// prices and moderators within a year, not within a month.
    pub fresh_days: u16,
    /// After how many days a review is stale; 720 by default. More than `fresh_days`.
    pub stale_days: u16,
    /// What a stale review still counts; 0.4 by default.
    pub floor: Fraction,
}

#[expect(clippy::expect_used, reason = "a constant that is a line of text")]
impl Default for Policy {
    fn default() -> Self {
        Self {
            name: Text::new("default").expect("a line of text"),
            based_on: None,
            own: None,
            curators: Vec::new(),
            adopted: Vec::new(),
            observers: Vec::new(),
            distrusted: Vec::new(),
            contests: Vec::new(),
            trust: TrustRules::default(),
            points: Weights::default(),
            factors: Factors::default(),
            freshness: Freshness::default(),
            service: ServiceRules::default(),
            tables: Tables::default(),
            waiting_days: 30,
            criteria: CriteriaRules::default(),
            categories: Categories::default(),
            draw: DrawRules::default(),
            transparency: Transparency::default(),
        }
    }
}

impl Default for TrustRules {
    fn default() -> Self {
        Self { depth: 2, decay: half(), veto: Fraction::thousandths(600) }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { endorsement: 50, service: 30, transparency: 20, warning: 20 }
    }
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            endorse: Fraction::thousandths(600),
            list: Fraction::thousandths(250),
            unbound: half(),
        }
    }
}

impl Default for Freshness {
    fn default() -> Self {
        Self { fresh_days: 180, stale_days: 720, floor: Fraction::thousandths(400) }
    }
}

/// Why a policy makes no sense. Each message names the member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum PolicyError {
    #[error(
        "points: endorsement, service and transparency must make 100 together, not {sum}; change one of them"
    )]
    PointsDoNotMake100 { sum: u16 },
    #[error("points.warning must be at most 100, not {found}")]
    WarningTooHeavy { found: u8 },
    #[error(
        "trust.depth must be at most {}, not {found}; further away nobody knows whom they trust",
        TrustRules::MAX_DEPTH
    )]
    TooDeep { found: u8 },
    #[error(
        "trust.veto must be more than 0, or every trusted curator alone could reject any server"
    )]
    VetoForEverybody,
    #[error(
        "freshness.stale_days ({stale_days}) must be more than freshness.fresh_days ({fresh_days})"
    )]
    StaleBeforeFresh { fresh_days: u16, stale_days: u16 },
    #[error("draw.full_intake must be at least 1, or no intake would be a limited one")]
    NoFullIntake,
    #[error(
        "service: the six shares (uptime_90d, uptime_30d, watched, reachable, software, certificate) must make 100 together, not {sum}; change one of them"
    )]
    ServiceDoesNotMake100 { sum: u16 },
    #[error("service.uptime_floor must be less than 1, or no server could earn anything")]
    UptimeFloorTooHigh,
    #[error(
        "service.supported_days ({supported_days}) must be more than service.current_days ({current_days})"
    )]
    UnsupportedBeforeOutdated { current_days: u16, supported_days: u16 },
    #[error(
        "tables.{table}: this program has the edition {here}, not {asked}; name that one, or use a program with the other"
    )]
    OtherEdition { table: &'static str, asked: Text, here: &'static str },
    #[error("{member}: {what} is there twice; remove one")]
    Twice { member: &'static str, what: String },
    #[error("{issuer} is in curators and in distrusted; remove it from one of them")]
    TrustedAndDistrusted { issuer: IssuerId },
    #[error(
        "contests: follow of {issuer} is its first key state, which all ways share; name one after the contest"
    )]
    FollowsTheFirstState { issuer: IssuerId },
    #[error("{member}: {criterion} is switched off in criteria.off; remove it from one of them")]
    CriterionOff { member: &'static str, criterion: Criterion },
    #[error("{member}: policies.legal-position needs a country; name it in criteria.country")]
    NoCountry { member: &'static str },
    #[error(
        "transparency.criteria: {criterion} does not rest on the operator publishing something; remove it"
    )]
    NotAboutPublishing { criterion: Criterion },
    #[error("{member} must be more than 0, or a server that never answered would meet it")]
    UptimeOfNothing { member: &'static str },
    #[error("{member} must be from 1 to {most}, not {found}")]
    ThresholdOutOfRange { member: &'static str, most: u8, found: u8 },
    #[error("{member}: {name} is no domain; leave ports and addresses out")]
    NoDomain { member: &'static str, name: ServerName },
}

impl PolicyError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PointsDoNotMake100 { .. } => "policy.points-do-not-make-100",
            Self::WarningTooHeavy { .. } => "policy.warning-too-heavy",
            Self::TooDeep { .. } => "policy.too-deep",
            Self::VetoForEverybody => "policy.veto-for-everybody",
            Self::StaleBeforeFresh { .. } => "policy.stale-before-fresh",
            Self::NoFullIntake => "policy.no-full-intake",
            Self::ServiceDoesNotMake100 { .. } => "policy.service-does-not-make-100",
            Self::UptimeFloorTooHigh => "policy.uptime-floor-too-high",
            Self::UnsupportedBeforeOutdated { .. } => "policy.unsupported-before-outdated",
            Self::OtherEdition { .. } => "policy.other-edition",
            Self::Twice { .. } => "policy.twice",
            Self::TrustedAndDistrusted { .. } => "policy.trusted-and-distrusted",
            Self::FollowsTheFirstState { .. } => "policy.follows-the-first-state",
            Self::CriterionOff { .. } => "policy.criterion-off",
            Self::NoCountry { .. } => "policy.no-country",
            Self::NotAboutPublishing { .. } => "policy.not-about-publishing",
            Self::UptimeOfNothing { .. } => "policy.uptime-of-nothing",
            Self::ThresholdOutOfRange { .. } => "policy.threshold-out-of-range",
            Self::NoDomain { .. } => "policy.no-domain",
        }
    }
}

impl Policy {
    /// Checks the rules that no single member can check.
    ///
    /// [`rank`](crate::rank()) gives an answer for any policy; one that fails this check
    /// gives an answer that nobody meant.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn check(&self) -> Result<(), PolicyError> {
        let Weights { endorsement, service, transparency, warning } = self.points;
        let sum = u16::from(endorsement) + u16::from(service) + u16::from(transparency);
        if sum != 100 {
            return Err(PolicyError::PointsDoNotMake100 { sum });
        }
        if warning > 100 {
            return Err(PolicyError::WarningTooHeavy { found: warning });
        }
        if self.trust.depth > TrustRules::MAX_DEPTH {
            return Err(PolicyError::TooDeep { found: self.trust.depth });
        }
        if self.trust.veto == Fraction::ZERO {
            return Err(PolicyError::VetoForEverybody);
        }
        let Freshness { fresh_days, stale_days, .. } = self.freshness;
        if stale_days <= fresh_days {
            return Err(PolicyError::StaleBeforeFresh { fresh_days, stale_days });
        }
        if self.draw.full_intake == 0 {
            return Err(PolicyError::NoFullIntake);
        }
        self.check_service()?;
        if let Some(OtherEdition { table, asked, here }) = self.tables.first_other() {
            return Err(PolicyError::OtherEdition { table, asked, here });
        }
        self.check_lists()?;
        self.check_criteria()
    }

    fn check_service(&self) -> Result<(), PolicyError> {
        let ServiceRules { uptime_floor, current_days, supported_days, .. } = self.service;
        let sum = self.service.sum();
        if sum != 100 {
            return Err(PolicyError::ServiceDoesNotMake100 { sum });
        }
        if uptime_floor == Fraction::ONE {
            return Err(PolicyError::UptimeFloorTooHigh);
        }
        if supported_days <= current_days {
            return Err(PolicyError::UnsupportedBeforeOutdated { current_days, supported_days });
        }
        Ok(())
    }

    fn check_lists(&self) -> Result<(), PolicyError> {
        once("curators", self.curators.iter().map(|root| root.issuer.as_str()))?;
        once("adopted", self.adopted.iter().map(|list| list.source.as_str()))?;
        once("observers", self.observers.iter().map(IssuerId::as_str))?;
        once("distrusted", self.distrusted.iter().map(IssuerId::as_str))?;
        once("contests", self.contests.iter().map(|decision| decision.issuer.as_str()))?;
        let first = |it: &&ContestDecision| it.follow.as_str() == it.issuer.as_str();
        if let Some(ContestDecision { issuer, .. }) = self.contests.iter().find(first) {
            return Err(PolicyError::FollowsTheFirstState { issuer: issuer.clone() });
        }
        match self.curators.iter().find(|root| self.distrusted.contains(&root.issuer)) {
            Some(root) => Err(PolicyError::TrustedAndDistrusted { issuer: root.issuer.clone() }),
            None => Ok(()),
        }
    }
}

fn once<'a>(member: &'static str, items: impl Iterator<Item = &'a str>) -> Result<(), PolicyError> {
    let mut seen = BTreeSet::new();
    for item in items {
        if !seen.insert(item) {
            return Err(PolicyError::Twice { member, what: item.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(seed: u8) -> IssuerId {
        let key = wellspring_document::SigningKey::from_seed([seed; 32]);
        let history = wellspring_document::KeyHistory::genesis(
            "2026-01-01T00:00:00Z".parse().unwrap(),
            &[key],
            1,
        );
        history.unwrap().issuer().clone()
    }

    /// The decision to follow, of issuer 1, the state with the hash of that issuer.
    fn decision(follow: u8) -> ContestDecision {
        ContestDecision {
            issuer: issuer(1),
            follow: issuer(follow).as_str().parse().unwrap(),
            reason: Text::new("They told us on the phone.").unwrap(),
            decided_at: "2026-11-22".parse().unwrap(),
        }
    }

    #[test]
    fn the_texts_of_the_shipped_policies_say_what_the_code_does_and_pass_their_own_check() {
        assert_eq!(toml::from_str::<Policy>("").unwrap(), Policy::default());
        for shipped in ShippedPolicy::ALL {
            let policy = shipped.policy();
            assert_eq!(toml::from_str::<Policy>(shipped.text()).unwrap(), policy);
            assert_eq!(policy.check(), Ok(()));
            assert_eq!(policy.name.as_str(), shipped.as_str());
            assert_eq!(shipped.as_str().parse(), Ok(shipped));
            assert!(policy.curators.is_empty(), "it trusts nobody");
            for needs in [&policy.categories.a, &policy.categories.b] {
                assert!(needs.contains(&Criterion::Endorsed), "needs a trusted endorsement");
            }
            let b = &policy.categories.b;
            assert!(b.iter().all(|it| policy.categories.a.contains(it)), "A asks more than B");
            let json = serde_json::to_string(&policy).unwrap();
            assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
        }
        assert_eq!("lenient".parse::<ShippedPolicy>(), Err(UnknownPolicy));
    }

    #[test]
    fn what_a_policy_file_cannot_say_is_refused_with_the_member_and_the_rule() {
        let refusal = |text: &str| toml::from_str::<Policy>(text).unwrap_err().to_string();
        insta::assert_snapshot!(refusal("waiting_day = 30"), @r"
        TOML parse error at line 1, column 1
          |
        1 | waiting_day = 30
          | ^^^^^^^^^^^
        unknown field `waiting_day`, expected one of `name`, `based_on`, `own`, `curators`, `adopted`, `observers`, `distrusted`, `contests`, `trust`, `points`, `factors`, `freshness`, `service`, `tables`, `waiting_days`, `criteria`, `categories`, `draw`, `transparency`
        ");
        insta::assert_snapshot!(refusal("[trust]\ndecay = 1.5"), @r"
        TOML parse error at line 2, column 9
          |
        2 | decay = 1.5
          |         ^^^
        must be a number from 0 to 1
        ");
        insta::assert_snapshot!(refusal("[categories]\na = [\"listing.endorsd\"]"), @r#"
        TOML parse error at line 2, column 5
          |
        2 | a = ["listing.endorsd"]
          |     ^^^^^^^^^^^^^^^^^^^
        "listing.endorsd" is not a criterion; the handbook for nodes has a table of them
        "#);
        insta::assert_snapshot!(refusal("[[curators]]\nissuer = \"matrix.org\""), @r#"
        TOML parse error at line 2, column 10
          |
        2 | issuer = "matrix.org"
          |          ^^^^^^^^^^^^
        "matrix.org" is not an issuer id; one begins with zQm and has 47 characters
        "#);
    }

    #[test]
    fn each_rule_between_members_is_checked() {
        type Change = fn(&mut Policy);
        let changes: [Change; 25] = [
            |policy| policy.points.service = 40,
            |policy| policy.points.warning = 101,
            |policy| policy.trust.depth = 9,
            |policy| policy.trust.veto = Fraction::ZERO,
            |policy| policy.freshness.stale_days = 180,
            |policy| policy.draw.full_intake = 0,
            |policy| policy.service.software = 30,
            |policy| policy.service.uptime_floor = Fraction::ONE,
            |policy| policy.service.supported_days = 30,
            |policy| policy.tables.software_releases = Text::new("2020-01-01").unwrap(),
            |policy| policy.observers = vec![issuer(1), issuer(1)],
            |policy| policy.categories.b.push(Criterion::Endorsed),
            |policy| policy.contests = vec![decision(2), decision(3)],
            |policy| policy.contests = vec![decision(1)],
            |policy| {
                policy.distrusted = vec![issuer(1)];
                let root = Root { issuer: issuer(1), trust: Fraction::ONE, name: None };
                policy.curators = vec![root];
            },
            |policy| policy.criteria.off = vec![Criterion::Endorsed],
            |policy| policy.criteria.off = vec![Criterion::Uptime30d],
            |policy| policy.criteria.off = vec![Criterion::Terms],
            |policy| policy.criteria.off = vec![Criterion::Ipv6, Criterion::Ipv6],
            |policy| policy.categories.stopped_by.push(Criterion::LegalPosition),
            |policy| policy.transparency.criteria.push(Criterion::NonProfit),
            |policy| policy.criteria.uptime_90d = Fraction::ZERO,
            |policy| policy.criteria.certificate_days = 61,
            |policy| policy.criteria.report_months = 0,
            |policy| policy.criteria.flagships = domains(&["matrix.org:8448"]),
        ];
        let refusals = changes.map(|change| {
            let mut policy = Policy::default();
            change(&mut policy);
            let refusal = policy.check().unwrap_err();
            format!("{}: {refusal}", refusal.code())
        });
        insta::assert_snapshot!(refusals.join("\n"), @r"
        policy.points-do-not-make-100: points: endorsement, service and transparency must make 100 together, not 110; change one of them
        policy.warning-too-heavy: points.warning must be at most 100, not 101
        policy.too-deep: trust.depth must be at most 8, not 9; further away nobody knows whom they trust
        policy.veto-for-everybody: trust.veto must be more than 0, or every trusted curator alone could reject any server
        policy.stale-before-fresh: freshness.stale_days (180) must be more than freshness.fresh_days (180)
        policy.no-full-intake: draw.full_intake must be at least 1, or no intake would be a limited one
        policy.service-does-not-make-100: service: the six shares (uptime_90d, uptime_30d, watched, reachable, software, certificate) must make 100 together, not 105; change one of them
        policy.uptime-floor-too-high: service.uptime_floor must be less than 1, or no server could earn anything
        policy.unsupported-before-outdated: service.supported_days (30) must be more than service.current_days (30)
        policy.other-edition: tables.software_releases: this program has the edition 2026-11-23, not 2020-01-01; name that one, or use a program with the other
        policy.twice: observers: zQmUyFxTsHN38FktiWPDRbXADZVuHmEyhJwm13K2Zji7scj is there twice; remove one
        policy.twice: categories.b: listing.endorsed is there twice; remove one
        policy.twice: contests: zQmUyFxTsHN38FktiWPDRbXADZVuHmEyhJwm13K2Zji7scj is there twice; remove one
        policy.follows-the-first-state: contests: follow of zQmUyFxTsHN38FktiWPDRbXADZVuHmEyhJwm13K2Zji7scj is its first key state, which all ways share; name one after the contest
        policy.trusted-and-distrusted: zQmUyFxTsHN38FktiWPDRbXADZVuHmEyhJwm13K2Zji7scj is in curators and in distrusted; remove it from one of them
        policy.criterion-off: categories.a: listing.endorsed is switched off in criteria.off; remove it from one of them
        policy.criterion-off: categories.stopped_by: service.uptime-30d is switched off in criteria.off; remove it from one of them
        policy.criterion-off: transparency.criteria: policies.terms is switched off in criteria.off; remove it from one of them
        policy.twice: criteria.off: service.ipv6 is there twice; remove one
        policy.no-country: categories.stopped_by: policies.legal-position needs a country; name it in criteria.country
        policy.not-about-publishing: transparency.criteria: operator.non-profit does not rest on the operator publishing something; remove it
        policy.uptime-of-nothing: criteria.uptime_90d must be more than 0, or a server that never answered would meet it
        policy.threshold-out-of-range: criteria.certificate_days must be from 1 to 60, not 61
        policy.threshold-out-of-range: criteria.report_months must be from 1 to 24, not 0
        policy.no-domain: criteria.flagships: matrix.org:8448 is no domain; leave ports and addresses out
        ");
    }
}
