//! Criteria: the questions about a server, and the answers to them.
//!
//! One line of the table below makes a criterion. Each family has a module with the
//! functions that answer its questions from what was declared and measured; what curators
//! found comes in here, for all of them alike.

mod category;
mod data_access;
mod domain;
mod finance;
mod findings;
mod grounds;
mod identity;
mod intent;
mod listing;
mod operator;
mod policies;
mod portability;
mod resources;
mod service;
mod transparency;

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use wellspring_document::CriterionId;

pub(crate) use category::category;
use grounds::Grounds;
pub(crate) use grounds::{Asked, Claim};
pub(crate) use transparency::earn_transparency;

use crate::view::{Answer, By, CriterionAnswer};

/// What a criterion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Who signs and answers for the server.
    Identity,
    /// What curators say of it.
    Listing,
    /// Whom it takes.
    Intent,
    /// Its name.
    Domain,
    /// How well it runs.
    Service,
    /// What it asks of its users and promises them.
    Policies,
    /// What it costs, and who pays.
    Finance,
    /// Who runs it.
    Operator,
    /// What it consumes.
    Resources,
    /// Who can read what its users write.
    DataAccess,
    /// How one leaves it again.
    Portability,
}

impl Family {
    /// Every family, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Identity,
        Self::Listing,
        Self::Intent,
        Self::Domain,
        Self::Service,
        Self::Policies,
        Self::Finance,
        Self::Operator,
        Self::Resources,
        Self::DataAccess,
        Self::Portability,
    ];

    /// The stable name: what stands before the dot in the names of its criteria.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Listing => "listing",
            Self::Intent => "intent",
            Self::Domain => "domain",
            Self::Service => "service",
            Self::Policies => "policies",
            Self::Finance => "finance",
            Self::Operator => "operator",
            Self::Resources => "resources",
            Self::DataAccess => "data-access",
            Self::Portability => "portability",
        }
    }
}

/// Where the answer to a criterion can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The node works it out from documents, names and time; nobody's word counts.
    WorkedOut,
    /// Somebody has to say or measure it: curators can.
    Found,
    /// As `Found`, and it rests on the operator publishing something.
    Published,
}

macro_rules! criteria {
    ($($(#[$doc:meta])* $variant:ident, $id:literal, $family:ident, $source:ident, $answer:path;)*) => {
        /// One yes, no or unknown question about a server. The names are stable; policies and
        /// pages use them, and curators in what they found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Criterion {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)*
        }

        impl Criterion {
            /// Every criterion, in the order in which they are answered.
            pub const ALL: [Self; [$($id),*].len()] = [$(Self::$variant),*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it is about.
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)* }
            }

            const fn source(self) -> Source {
                match self { $(Self::$variant => Source::$source,)* }
            }

            /// The answer without what curators found.
            fn own(self, asked: Asked<'_>) -> Grounds<'_> {
                match self { $(Self::$variant => $answer(asked),)* }
            }
        }
    };
}

criteria! {
    /// The operator publishes a signed profile that has not expired.
    SignedProfile, "identity.signed-profile", Identity, WorkedOut, identity::signed_profile;
    /// The name itself served the profile, or a trusted curator binds the name to it.
    NameConfirmed, "identity.name-confirmed", Identity, WorkedOut, identity::name_confirmed;
    /// The server still has the keys that a trusted curator endorsed.
    KeysUnchanged, "identity.keys-unchanged", Identity, WorkedOut, identity::keys_unchanged;
    /// There are contacts as the Matrix specification has them.
    Contacts, "identity.contacts", Identity, Published, identity::contacts;
    /// Two or more people of the team can be found through a link or a Matrix account.
    Team, "identity.team", Identity, Published, identity::team;

    /// A trusted curator recommends or lists the server, however many points that earns.
    Endorsed, "listing.endorsed", Listing, WorkedOut, listing::endorsed_once;
    /// Two independent voices do, and each of them earns points: a voice too faint to move
    /// the score by a tenth of a point is no second one.
    EndorsedTwice, "listing.endorsed-twice", Listing, WorkedOut, listing::endorsed_twice;
    /// No curator at or above the veto trust rejects it.
    NotRejected, "listing.not-rejected", Listing, WorkedOut, listing::not_rejected;
    /// No curator at or above the veto trust warns about it. A fainter warning costs points
    /// and is shown first; alone it decides nothing.
    NoWarning, "listing.no-warning", Listing, WorkedOut, listing::no_warning;
    /// The waiting period is over.
    WaitingPeriodOver, "listing.waiting-period-over", Listing, WorkedOut, listing::waiting_period_over;

    /// Accounts are meant for everybody.
    ServesPublic, "intent.serves-public", Intent, Found, intent::serves_public;
    /// It is said how one gets an account; where somebody approves of it, also how one asks.
    RegistrationDefined, "intent.registration-defined", Intent, Published, intent::registration_defined;
    /// Somebody whom nobody there knows can get an account, at once or by asking.
    RegistrationOpen, "intent.registration-open", Intent, Found, intent::registration_open;
    /// New accounts are taken at the moment.
    IntakeOpen, "intent.intake-open", Intent, Found, intent::intake_open;

    /// The name is one that can be registered, and no part of somebody's domain.
    RegistrableName, "domain.registrable", Domain, WorkedOut, domain::registrable;
    /// The name is not under a suffix that is given away for free.
    NotFreeSuffix, "domain.not-free-suffix", Domain, WorkedOut, domain::not_free_suffix;
    /// The server is none of those that everybody is sent to already.
    NotFlagship, "domain.not-flagship", Domain, WorkedOut, domain::not_flagship;

    /// Programs reach it.
    ReachableClient, "service.reachable-client", Service, Found, service::reachable_client;
    /// Other servers reach it.
    ReachableFederation, "service.reachable-federation", Service, Found, service::reachable_federation;
    /// It answered often enough in 30 days.
    Uptime30d, "service.uptime-30d", Service, Found, service::uptime_30d;
    /// It answered often enough in 90 days.
    Uptime90d, "service.uptime-90d", Service, Found, service::uptime_90d;
    /// Its software still gets mended.
    SoftwareSupported, "service.software-supported", Service, Found, service::software_supported;
    /// Its software is of the newest release.
    SoftwareCurrent, "service.software-current", Service, Found, service::software_current;
    /// Its certificate lasts for a while.
    CertificateNotExpiring, "service.certificate-not-expiring", Service, Found, service::certificate;
    /// Registration was measured to be as it is declared.
    RegistrationAsDeclared, "service.registration-as-declared", Service, Found, service::registration_as_declared;
    /// It can be reached over IPv6.
    Ipv6, "service.ipv6", Service, Found, service::ipv6;

    /// There are terms of use.
    Terms, "policies.terms", Policies, Published, policies::terms;
    /// There is a privacy statement.
    Privacy, "policies.privacy", Policies, Published, policies::privacy;
    /// There are rules for living together.
    Rules, "policies.rules", Policies, Published, policies::rules;
    /// It is said how the server is moderated.
    ModerationPolicy, "policies.moderation-policy", Policies, Published, policies::moderation_policy;
    /// It is said who decides.
    ModerationDeciders, "policies.moderation-deciders", Policies, Published, policies::moderation_deciders;
    /// It is said by which criteria.
    ModerationCriteria, "policies.moderation-criteria", Policies, Published, policies::moderation_criteria;
    /// It is said how a decision can be contested.
    ModerationAppeal, "policies.moderation-appeal", Policies, Published, policies::moderation_appeal;
    /// It is said whom to tell about abuse.
    ModerationContact, "policies.moderation-contact", Policies, Published, policies::moderation_contact;
    /// There is a legal position for the country that the policy names.
    LegalPosition, "policies.legal-position", Policies, Published, policies::legal_position;
    /// The operator compares the business model with other services'.
    BusinessModel, "policies.business-model", Policies, Published, policies::business_model;

    /// There is a public report of income and spending.
    ReportPublic, "finance.report-public", Finance, Published, finance::report_public;
    /// It is one link away from the home page, without a login. Nobody but a curator sees
    /// that.
    ReportLinked, "finance.report-linked", Finance, Published, finance::report_linked;
    /// It is new enough.
    ReportCurrent, "finance.report-current", Finance, Published, finance::report_current;
    /// It is said for how many months there is money.
    MonthsStated, "finance.months-stated", Finance, Published, finance::months_stated;
    /// There is for as many as the policy asks.
    MonthsCovered, "finance.months-covered", Finance, Found, finance::months_covered;
    /// Those who use the server pay for the greater part of it.
    PaidByUsers, "finance.paid-by-users", Finance, Found, finance::paid_by_users;
    /// The price follows what running the server costs.
    PriceFollowsCost, "finance.price-follows-cost", Finance, Found, finance::price_follows_cost;
    /// A group can pay for its members together.
    GroupPlans, "finance.group-plans", Finance, Found, finance::group_plans;
    /// Users can set limits for themselves.
    SelfSetLimits, "finance.self-set-limits", Finance, Found, finance::self_set_limits;

    /// The operator is not one private person.
    NotPrivatePerson, "operator.not-private-person", Operator, Found, operator::not_private_person;
    /// The operator is an association or a cooperative.
    Association, "operator.association", Operator, Found, operator::association;
    /// The operator works without profit.
    NonProfit, "operator.non-profit", Operator, Found, operator::non_profit;
    /// More than one person can do what is needed when one is gone.
    SeveralPeople, "operator.several-people", Operator, Found, operator::several_people;

    /// It is said how much energy the server uses.
    EnergyReported, "resources.energy-reported", Resources, Published, resources::energy_reported;
    /// It is said who supplies it.
    SupplierNamed, "resources.supplier-named", Resources, Published, resources::supplier_named;
    /// All of it comes from renewable sources.
    Renewable, "resources.renewable", Resources, Found, resources::renewable;
    /// Other resources are reported as well.
    OtherReported, "resources.other-reported", Resources, Published, resources::other_reported;

    /// It is said who can read what users write.
    ReadersStated, "data-access.readers-stated", DataAccess, Published, data_access::readers_stated;
    /// It is said how access is secured.
    AccessSecured, "data-access.secured", DataAccess, Published, data_access::secured;
    /// Access is logged.
    AccessLogged, "data-access.logged", DataAccess, Found, data_access::logged;
    /// Data are encrypted where they are stored.
    EncryptedAtRest, "data-access.encrypted-at-rest", DataAccess, Found, data_access::encrypted_at_rest;
    /// There are backups.
    Backups, "data-access.backups", DataAccess, Found, data_access::backups;

    /// Users can take their account's data with them.
    AccountExport, "portability.account-export", Portability, Found, portability::account_export;
    /// They can bring such data.
    AccountImport, "portability.account-import", Portability, Found, portability::account_import;
    /// They can deactivate their account by themselves.
    Deactivation, "portability.deactivation", Portability, Found, portability::deactivation;
    /// They are told in advance that the server closes.
    ShutdownNotice, "portability.shutdown-notice", Portability, Found, portability::shutdown_notice;
    /// They are told in advance of new terms or prices.
    ChangeNotice, "portability.change-notice", Portability, Found, portability::change_notice;
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Criterion {
    /// There are too many to name them all where one is misspelt.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let rule = "is not a criterion; the handbook for nodes has a table of them";
            D::Error::custom(format!("\"{name}\" {rule}"))
        })
    }
}

impl Criterion {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|criterion| criterion.as_str() == name)
    }

    /// The criterion of this name, where this program knows it: curators have others as well.
    pub fn of_id(id: &CriterionId) -> Option<Self> {
        Self::named(id.as_str())
    }

    /// Whether it rests on the operator publishing something, and so can earn points for
    /// transparency.
    pub const fn rests_on_publishing(self) -> bool {
        matches!(self.source(), Source::Published)
    }

    /// Whether what curators found counts as evidence. It does not where the node works the
    /// answer out by itself from documents, names and time.
    pub const fn takes_findings(self) -> bool {
        !matches!(self.source(), Source::WorkedOut)
    }

    /// The answer for a server, with its evidence.
    pub(crate) fn explain(self, asked: Asked<'_>) -> CriterionAnswer {
        let Grounds { answer, evidence, against } = self.grounds(asked);
        let (by, at) = evidence.resolve(asked);
        CriterionAnswer { criterion: self, answer, by, at, against: against.map(By::from) }
    }

    fn is_met(self, asked: Asked<'_>) -> bool {
        self.grounds(asked).answer == Answer::Met
    }

    /// The answer: as measured, else as the operator says, else as curators found it. Where
    /// a curator at or above the veto trust found that a mere claim is not so, it is not.
    fn grounds(self, asked: Asked<'_>) -> Grounds<'_> {
        if !self.takes_findings() || !asked.server.has_findings {
            // The common way. An answer is large, and is made where it goes.
            return self.own(asked);
        }
        let own = self.own(asked);
        match own.answer {
            Answer::Unknown => findings::stand_in(self, asked).unwrap_or(own),
            Answer::Met => findings::denied(self, asked, own),
            Answer::NotMet => own,
        }
    }
}
