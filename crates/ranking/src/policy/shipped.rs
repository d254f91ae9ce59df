//! The policies that come with the program.

use serde::{Deserialize, Serialize};
use wellspring_document::Text;

use super::{Categories, CriteriaRules, Policy, Transparency, Weights, domains};
use crate::criteria::Criterion;
use crate::number::Fraction;

/// A policy that comes with the program. None of them trusts anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShippedPolicy {
    /// What most communities can begin with: [`Policy::default`].
    Default,
    /// What joinmatrix.org asks of public servers, as far as software can tell, and more for
    /// A: measured stability, a name of its own, terms, privacy statement and contacts.
    Strict,
    /// What an association may wish for: no private person, no profit, open books, energy
    /// reported, and it is told who can read what.
    Community,
}

impl ShippedPolicy {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Default, Self::Strict, Self::Community];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Community => "community",
        }
    }

    /// The same as a TOML text with comments. What it leaves out is as in `default`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Default => include_str!("../../policies/default.toml"),
            Self::Strict => include_str!("../../policies/strict.toml"),
            Self::Community => include_str!("../../policies/community.toml"),
        }
    }

    /// The policy.
    pub fn policy(self) -> Policy {
        match self {
            Self::Default => Policy::default(),
            Self::Strict => strict(),
            Self::Community => community(),
        }
    }

    #[expect(clippy::expect_used, reason = "constants that are lines of text, and tested")]
    fn name(self) -> Text {
        Text::new(self.as_str()).expect("a line of text")
    }
}

impl std::str::FromStr for ShippedPolicy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(UnknownPolicy)
    }
}

/// Why a name is none of a [`ShippedPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be default, strict or community")]
pub struct UnknownPolicy;

fn strict() -> Policy {
    let b = vec![
        Criterion::Endorsed,
        Criterion::NotRejected,
        Criterion::NoWarning,
        Criterion::WaitingPeriodOver,
        Criterion::ServesPublic,
        Criterion::RegistrationDefined,
        Criterion::RegistrableName,
        Criterion::NotFreeSuffix,
        Criterion::NotFlagship,
        Criterion::ReachableClient,
        Criterion::ReachableFederation,
        Criterion::Uptime30d,
    ];
    let more = [
        Criterion::SignedProfile,
        Criterion::NameConfirmed,
        Criterion::KeysUnchanged,
        Criterion::Contacts,
        Criterion::EndorsedTwice,
        Criterion::RegistrationOpen,
        Criterion::Uptime90d,
        Criterion::SoftwareCurrent,
        Criterion::CertificateNotExpiring,
        Criterion::Terms,
        Criterion::Privacy,
    ];
    let mut stopped_by = Categories::default().stopped_by;
    stopped_by.extend([Criterion::RegistrationAsDeclared, Criterion::SoftwareSupported]);
    Policy {
        name: ShippedPolicy::Strict.name(),
        criteria: CriteriaRules {
            uptime_30d: Fraction::thousandths(980),
            uptime_90d: Fraction::thousandths(980),
            flagships: domains(&["matrix.org", "element.io", "ems.host", "modular.im"]),
            ..CriteriaRules::default()
        },
        categories: Categories { a: b.iter().copied().chain(more).collect(), b, stopped_by },
        ..Policy::default()
    }
}

fn community() -> Policy {
    let mut categories = Categories::default();
    categories.a.extend([
        Criterion::Contacts,
        Criterion::Terms,
        Criterion::Privacy,
        Criterion::ReportPublic,
        Criterion::ReportCurrent,
        Criterion::MonthsCovered,
        Criterion::NotPrivatePerson,
        Criterion::NonProfit,
        Criterion::SeveralPeople,
        Criterion::EnergyReported,
        Criterion::ReadersStated,
        Criterion::ShutdownNotice,
    ]);
    categories.stopped_by.extend([Criterion::NotPrivatePerson, Criterion::NonProfit]);
    let mut transparency = Transparency::default();
    transparency.criteria.extend([
        Criterion::ModerationCriteria,
        Criterion::BusinessModel,
        Criterion::SupplierNamed,
        Criterion::OtherReported,
        Criterion::AccessSecured,
    ]);
    Policy {
        name: ShippedPolicy::Community.name(),
        points: Weights { endorsement: 40, service: 25, transparency: 35, ..Weights::default() },
        categories,
        transparency,
        ..Policy::default()
    }
}
