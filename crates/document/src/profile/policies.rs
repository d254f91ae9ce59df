use serde::{Deserialize, Serialize};

use super::section;
use crate::body::{InvalidMember, Place};
use crate::{Contact, CountryCode, Link, Localized, LongText, RoomAddress};

section! {
    /// What a server asks of its users and promises them.
    pub struct Policies {
        /// The terms of use.
        pub terms: Option<Link>,
        /// The privacy statement.
        pub privacy: Option<Link>,
        /// The rules for living together.
        pub rules: Option<Link>,
        /// How the operator's business model compares with other services'.
        pub business_model_comparison: Option<Link>,
        /// What the law of each country means for users, at most one position per country.
        pub legal_positions: Vec<LegalPosition>,
        /// How the server is moderated.
        pub moderation: Option<Moderation>,
    }
}

impl Policies {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        let positions = at.member("legal_positions");
        let countries: Vec<_> = self.legal_positions.iter().map(|it| &it.country).collect();
        positions.distinct(&countries)?;
        at.member("moderation").optional(&self.moderation, Moderation::validate)
    }
}

/// What the law of one country means for a server's users: which orders bind the
/// operator, and what they would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LegalPosition {
    /// The country.
    pub country: CountryCode,
    /// The position.
    pub text: Localized<LongText>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

section! {
    /// How a server is moderated.
    pub struct Moderation {
        /// The policy.
        pub policy: Option<Link>,
        /// Who decides.
        pub decided_by: Option<Localized>,
        /// By which criteria.
        pub criteria: Option<Localized<LongText>>,
        /// How a decision can be contested.
        pub appeal: Option<Localized<LongText>>,
        /// Whom to tell about abuse.
        pub report_contact: Option<Contact>,
        /// The lists of blocked users, rooms and servers that the server follows.
        pub policy_lists: Vec<PolicyList>,
    }
}

impl Moderation {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("report_contact").optional(&self.report_contact, Contact::validate)?;
        at.member("policy_lists").each(&self.policy_lists, |list, at| match list {
            PolicyList { name: None, room: None, link: None } => {
                Err(at.refuse("must have a name, a room or a link"))
            }
            _ => at.member("name").optional(&list.name, |name, at| at.name(name)),
        })
    }
}

section! {
    /// A list of blocked users, rooms and servers (Matrix specification, Client-Server
    /// API, "Moderation policy lists"). At least one member is there.
    pub struct PolicyList {
        /// What people call it.
        pub name: Option<Localized>,
        /// Its room.
        pub room: Option<RoomAddress>,
        /// A page about it.
        pub link: Option<Link>,
    }
}
