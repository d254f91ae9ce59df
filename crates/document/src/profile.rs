//! Profiles: what an operator says of their own server.
//!
//! A profile has one section per subject. Every section and, but for the two names,
//! every member may be absent, and what is absent is not known: no member is ever taken
//! to be `false`, zero or empty because it is not there.

mod about;
mod data_access;
mod finance;
mod hosting;
mod limits;
mod logo;
mod operator;
mod policies;
mod portability;
mod pricing;
mod registration;
mod reply;
mod service;

use serde::{Deserialize, Serialize};

pub use about::{About, Audience, Listing};
pub use data_access::{Backups, DataAccess};
pub use finance::{Finance, FundingKind, FundingSource};
pub use hosting::{
    Energy, EnergyMeasurement, Hosting, MAX_KWH_PER_MONTH, MAX_RESOURCE_AMOUNT, ResourceUse,
};
pub use limits::{Limits, Retention, UserLimit};
pub use logo::{Logo, LogoError};
pub use operator::{Contacts, LegalForm, Operator, RegisterEntry, SupportContact, TeamMember};
pub use policies::{LegalPosition, Moderation, Policies, PolicyList};
pub use portability::{Guide, Portability};
pub use pricing::{BillingPeriod, BillingUnit, Plan, Pricing, PricingModel};
pub use registration::{
    Intake, MAX_APPROVAL_HOURS, MAX_MINIMUM_AGE, MAX_NEW_ACCOUNTS_PER_WEEK, Registration,
    RegistrationMethod, RegistrationMode,
};
pub use reply::{Application, Reply};
pub use service::{Calls, Federation, Incident, Maintenance, Service};

use crate::body::{Body, InvalidMember, Place};
use crate::json::{self, Value};
use crate::{Kind, Localized, ServerName};

/// The longest span that a profile can state, in days: ten years.
pub const MAX_DAYS: u32 = 3_653;

/// The longest span that a profile can state, in months: ten years.
pub const MAX_MONTHS: u32 = 120;

/// The largest size that a profile can state, in MiB: one pebibyte.
pub const MAX_MEBIBYTES: u64 = 1_073_741_824;

/// The largest number of people that a profile can state.
pub const MAX_PEOPLE: u32 = 100_000;

/// Makes a section, or a part of one: a group of members each of which may be absent,
/// and is then not written.
macro_rules! section {
    (
        $(#[$doc:meta])*
        pub struct $name:ident { $($(#[$member_doc:meta])* pub $member:ident: $type:ty,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub struct $name {
            $(
                $(#[$member_doc])*
                #[serde(default, skip_serializing_if = "crate::profile::is_absent")]
                pub $member: $type,
            )*
        }
    };
}
use section;

/// Whether a member of a section holds nothing that could be written.
fn is_absent<T: Default + PartialEq>(member: &T) -> bool {
    *member == T::default()
}

/// Whether a section is absent or has no member.
pub(crate) fn says_nothing<T: Default + PartialEq>(section: &Option<T>) -> bool {
    section.as_ref().is_none_or(is_absent)
}

/// The body of a `wellspring.profile.v1` document. Its subject is the server name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Profile {
    /// The server that the profile describes.
    pub server_name: ServerName,
    /// What the server is. `about.name` is required.
    #[serde(default)]
    pub about: About,
    /// How one gets an account.
    #[serde(skip_serializing_if = "says_nothing")]
    pub registration: Option<Registration>,
    /// Who runs the server.
    #[serde(skip_serializing_if = "says_nothing")]
    pub operator: Option<Operator>,
    /// How to reach them.
    #[serde(skip_serializing_if = "says_nothing")]
    pub contacts: Option<Contacts>,
    /// Where the server stands and what it consumes.
    #[serde(skip_serializing_if = "says_nothing")]
    pub hosting: Option<Hosting>,
    /// What an account costs.
    #[serde(skip_serializing_if = "says_nothing")]
    pub pricing: Option<Pricing>,
    /// How the server is paid for.
    #[serde(skip_serializing_if = "says_nothing")]
    pub finance: Option<Finance>,
    /// How much an account may store, and for how long.
    #[serde(skip_serializing_if = "says_nothing")]
    pub limits: Option<Limits>,
    /// Terms, rules and moderation.
    #[serde(skip_serializing_if = "says_nothing")]
    pub policies: Option<Policies>,
    /// Who can technically read what users write.
    #[serde(skip_serializing_if = "says_nothing")]
    pub data_access: Option<DataAccess>,
    /// What the server offers, and how it is run.
    #[serde(skip_serializing_if = "says_nothing")]
    pub service: Option<Service>,
    /// How one leaves again.
    #[serde(skip_serializing_if = "says_nothing")]
    pub portability: Option<Portability>,
    /// The curators that the operator asks to be reviewed by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applies_to: Vec<Application>,
    /// What the operator answers to what others say of the server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
}

impl Profile {
    /// The shortest profile: a server and its name.
    pub fn new(server_name: ServerName, name: Localized) -> Self {
        Self {
            server_name,
            about: About { name: Some(name), ..About::default() },
            registration: None,
            operator: None,
            contacts: None,
            hosting: None,
            pricing: None,
            finance: None,
            limits: None,
            policies: None,
            data_access: None,
            service: None,
            portability: None,
            applies_to: Vec::new(),
            replies: Vec::new(),
        }
    }
}

impl Body for Profile {
    const KIND: Kind = Kind::Profile;

    fn subject(&self) -> String {
        self.server_name.to_string()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let at = Place::Root;
        let about = at.member("about");
        if self.about.name.is_none() {
            return Err(about.member("name").refuse("is required"));
        }
        self.about.validate(&about)?;
        at.member("registration").optional(&self.registration, Registration::validate)?;
        at.member("operator").optional(&self.operator, Operator::validate)?;
        at.member("contacts").optional(&self.contacts, Contacts::validate)?;
        at.member("hosting").optional(&self.hosting, Hosting::validate)?;
        at.member("pricing").optional(&self.pricing, Pricing::validate)?;
        at.member("finance").optional(&self.finance, Finance::validate)?;
        at.member("limits").optional(&self.limits, Limits::validate)?;
        at.member("policies").optional(&self.policies, Policies::validate)?;
        at.member("data_access").optional(&self.data_access, DataAccess::validate)?;
        at.member("service").optional(&self.service, Service::validate)?;
        at.member("portability").optional(&self.portability, Portability::validate)?;
        at.member("applies_to").each(&self.applies_to, |_, _| Ok(()))?;
        at.member("replies").each(&self.replies, Reply::validate)
    }
}

/// Whether what the address of a profile serves is the unsigned wish not to be listed:
/// exactly the file `{"listing": "unlisted"}`.
pub fn is_unlisted_wish(bytes: &[u8]) -> bool {
    match json::read(bytes, Kind::Profile.max_bytes()) {
        Ok(Value::Object(members)) => {
            members.len() == 1 && members.get("listing").and_then(Value::as_str) == Some("unlisted")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
