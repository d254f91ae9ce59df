use serde::{Deserialize, Serialize};

use super::{MAX_PEOPLE, section};
use crate::body::{InvalidMember, Place};
use crate::{Contact, CountryCode, EmailAddress, Link, Localized, NamespacedId, Text, UserId};

section! {
    /// Who runs a server.
    pub struct Operator {
        /// The name of the person or organisation.
        pub name: Option<Localized>,
        /// What the operator is in law.
        pub legal_form: Option<LegalForm>,
        /// Whether the operator works without profit.
        pub non_profit: Option<bool>,
        /// Where the operator is registered.
        pub register_entry: Option<RegisterEntry>,
        /// The country whose law applies to the operator.
        pub country: Option<CountryCode>,
        /// The countries in which people with access live, all different.
        pub staff_countries: Vec<CountryCode>,
        /// How many people could do anything on the server; at most
        /// [`MAX_PEOPLE`](super::MAX_PEOPLE).
        pub people_with_full_access: Option<u32>,
        /// Who does what, each with their consent.
        pub team: Vec<TeamMember>,
    }
}

impl Operator {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").optional(&self.name, |name, at| at.name(name))?;
        at.member("staff_countries").distinct(&self.staff_countries)?;
        at.member("people_with_full_access")
            .number(self.people_with_full_access, MAX_PEOPLE.into())?;
        at.member("team").each(&self.team, |member, at| {
            at.member("role").name(&member.role)?;
            at.member("links").distinct(&member.links)
        })
    }
}

/// What an operator is in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LegalForm {
    /// One person.
    Individual,
    /// Several people without a legal form.
    Collective,
    /// An association of members.
    Association,
    /// A cooperative.
    Cooperative,
    /// A foundation.
    Foundation,
    /// A company.
    Company,
    /// A public authority, university or school.
    PublicBody,
}

/// An entry in a public register of associations, companies or foundations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RegisterEntry {
    /// The register, by its own name.
    pub register: Text,
    /// The number of the entry.
    pub number: Text,
    /// The entry itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// Somebody who works on a server. A role alone is enough; everything that points to a
/// person is published only with that person's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TeamMember {
    /// What they do.
    pub role: Localized,
    /// Their name or pseudonym.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Their Matrix account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_id: Option<UserId>,
    /// Their pages, all different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

section! {
    /// How to reach the people behind a server: the members of
    /// `/.well-known/matrix/support` (Matrix specification, Client-Server API, "Support
    /// information"), which can be copied as they are, and one more.
    pub struct Contacts {
        /// Whom to reach for what.
        pub contacts: Vec<SupportContact>,
        /// The page with help for users.
        pub support_page: Option<Link>,
        /// Whom to ask about personal data.
        pub data_protection: Option<Contact>,
    }
}

impl Contacts {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("contacts").each(&self.contacts, |contact, at| {
            if contact.matrix_id.is_none() && contact.email_address.is_none() {
                return Err(at.refuse("must have a matrix_id or an email_address"));
            }
            Ok(())
        })?;
        at.member("data_protection").optional(&self.data_protection, Contact::validate)
    }
}

/// Somebody who answers for a server. At least one of `matrix_id` and `email_address` is
/// there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SupportContact {
    /// What they answer for: `m.role.admin`, `m.role.security`, `m.role.moderator`,
    /// `m.role.dpo` or another name.
    pub role: NamespacedId,
    /// Their Matrix account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_id: Option<UserId>,
    /// Their mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<EmailAddress>,
}
