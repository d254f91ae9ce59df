//! Endorsement lists: what a curator says of servers and of other curators.

mod adopted;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

pub use adopted::{AdoptedFrom, Credit, ListSource, ListSourceError};

use crate::body::{Body, InvalidMember, Place};
use crate::profile::{About, Hosting, Operator, Policies, Registration, Service};
use crate::text::{is_label, text_type};
use crate::{Contact, Date, IssuerId, Kind, Label, Link, Localized, ServerName, Timestamp};

/// The most other curators that one list can speak about.
pub const MAX_CURATOR_OPINIONS: usize = 1_000;

/// The largest number of accounts that anybody can state: more than there are people.
pub const MAX_ACCOUNTS: u64 = 10_000_000_000;

/// How long a verdict against a server counts at most after the review, in days: three
/// years. Servers change hands and habits; whom nobody has looked at for that long is
/// looked at again or let go.
pub const MAX_ADVERSE_DAYS: i64 = 1_096;

/// The body of a `wellspring.endorsement-list.v1` document. Its subject is empty: a
/// curator keeps one list. A list that a node adopted is another feed of the node's
/// issuer for each source, and that source is the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EndorsementList {
    /// Who speaks, by their own claim.
    pub curator: Curator,
    /// The verdicts, at most one per server and [`MAX_ENTRIES`](crate::MAX_ENTRIES) in
    /// all. Without entries, the list only says that its curator exists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Endorsement>,
    /// What this curator thinks of others, at most [`MAX_CURATOR_OPINIONS`] and one per
    /// issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curators: Vec<CuratorOpinion>,
    /// Where a node took the list from, when it is not the curator's own work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_from: Option<AdoptedFrom>,
}

impl EndorsementList {
    /// A curator's list without entries.
    pub const fn new(curator: Curator) -> Self {
        Self { curator, entries: Vec::new(), curators: Vec::new(), adopted_from: None }
    }
}

impl Body for EndorsementList {
    const KIND: Kind = Kind::EndorsementList;

    fn subject(&self) -> String {
        self.adopted_from.as_ref().map_or_else(String::new, |origin| origin.source.to_string())
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let root = Place::Root;
        self.curator.validate(&root.member("curator"))?;
        let entries = root.member("entries");
        entries.one_per_server(self.entries.iter().map(|entry| &entry.server_name))?;
        for (index, entry) in self.entries.iter().enumerate() {
            entry.validate(&entries.item(index))?;
        }
        let curators = root.member("curators");
        curators.length(self.curators.len(), MAX_CURATOR_OPINIONS)?;
        let mut issuers = BTreeSet::new();
        for (index, opinion) in self.curators.iter().enumerate() {
            let place = curators.item(index);
            if !issuers.insert(&opinion.issuer) {
                return Err(place.member("issuer").refuse("must not appear twice"));
            }
            opinion.validate(&place)?;
        }
        Ok(())
    }

    fn validate_at(&self, issued_at: Timestamp) -> Result<(), InvalidMember> {
        let root = Place::Root;
        let entries = root.member("entries");
        for (index, entry) in self.entries.iter().enumerate() {
            entry.validate_at(issued_at, &entries.item(index))?;
        }
        let read_at = self.adopted_from.as_ref().map(|origin| origin.read_at);
        root.member("adopted_from").member("read_at").not_after(issued_at, read_at)
    }
}

/// Who publishes an endorsement list. All of it is the curator's own claim; pages show
/// the domain that confirms the issuer beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Curator {
    /// The curator's name.
    pub name: Localized,
    /// The curator's website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Link>,
    /// The page with the criteria by which the curator decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria_page: Option<Link>,
    /// How to reach the curator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// What an operator does to be reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how_to_apply: Option<Localized>,
}

impl Curator {
    /// A curator of whom no more than the name is known.
    pub const fn new(name: Localized) -> Self {
        Self { name, website: None, criteria_page: None, contact: None, how_to_apply: None }
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").name(&self.name)?;
        at.member("contact").optional(&self.contact, Contact::validate)
    }
}

/// One curator's verdict on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Endorsement {
    /// The server.
    pub server_name: ServerName,
    /// The issuer of the server's profile when the curator looked, where there was one.
    /// `endorse` and `list` do not follow the name to another issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerId>,
    /// The verdict.
    pub verdict: Verdict,
    /// The curator's own words for the server, all different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// Why. `warn` and `reject` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Localized>,
    /// The day of the last review, not after that of signing. `warn` and `reject` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<Date>,
    /// Since when the curator has known the server; not after the day of signing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_since: Option<Date>,
    /// The day from which the verdict no longer counts; later than `reviewed_at`. `warn`
    /// and `reject` must say, and at most [`MAX_ADVERSE_DAYS`] after the review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Date>,
    /// What the curator found, by criterion. A criterion that is not here was not looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub criteria: BTreeMap<CriterionId, Finding>,
    /// How and when the curator reached the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
    /// What the curator knows of a server whose operator publishes no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<ServerFacts>>,
    /// Accounts active within 30 days, where the curator knows better than the operator's
    /// claim. At most [`MAX_ACCOUNTS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_accounts: Option<u64>,
    /// Where the evidence can be read. `warn` and `reject` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Link>,
    /// How to object. `warn` and `reject` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objection: Option<Contact>,
    /// The list that this entry was copied from. Entries of one origin speak with one
    /// voice, whoever copied them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<Link>,
}

impl Endorsement {
    /// A verdict and nothing else.
    pub const fn new(server_name: ServerName, verdict: Verdict) -> Self {
        Self {
            server_name,
            issuer: None,
            verdict,
            labels: Vec::new(),
            reason: None,
            reviewed_at: None,
            known_since: None,
            expires_at: None,
            criteria: BTreeMap::new(),
            reached: None,
            facts: None,
            active_accounts: None,
            source: None,
            objection: None,
            imported_from: None,
        }
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        if self.verdict.is_adverse() {
            self.check_grounds(at)?;
        }
        self.check_dates(at)?;
        at.member("labels").distinct(&self.labels)?;
        at.member("criteria").length(self.criteria.len(), crate::MAX_LIST_ITEMS)?;
        at.member("active_accounts").number(self.active_accounts, MAX_ACCOUNTS)?;
        at.member("objection").optional(&self.objection, Contact::validate)?;
        at.member("facts").optional(&self.facts, |facts, at| facts.validate(at))
    }

    /// Nobody is warned about without grounds that can be read and answered, and nobody
    /// for ever.
    fn check_grounds(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        for (member, is_missing) in [
            ("reason", self.reason.is_none()),
            ("reviewed_at", self.reviewed_at.is_none()),
            ("source", self.source.is_none()),
            ("expires_at", self.expires_at.is_none()),
            ("objection", self.objection.is_none()),
        ] {
            if is_missing {
                let rule = format!("is required with the verdict {}", self.verdict);
                return Err(at.member(member).refuse(rule));
            }
        }
        let (Some(reviewed_at), Some(expires_at)) = (self.reviewed_at, self.expires_at) else {
            return Ok(());
        };
        if expires_at > reviewed_at.plus_days(MAX_ADVERSE_DAYS) {
            let rule = format!(
                "must be at most {MAX_ADVERSE_DAYS} days after reviewed_at with the verdict {}",
                self.verdict
            );
            return Err(at.member("expires_at").refuse(rule));
        }
        Ok(())
    }

    fn validate_at(&self, issued_at: Timestamp, at: &Place<'_>) -> Result<(), InvalidMember> {
        let check =
            |at: &Place<'_>, date: Option<Date>| at.not_after(issued_at, date.map(Date::midnight));
        check(&at.member("reviewed_at"), self.reviewed_at)?;
        check(&at.member("known_since"), self.known_since)?;
        check(&at.member("reached").member("at"), self.reached.as_ref().map(|reached| reached.at))
    }

    fn check_dates(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        let Some(reviewed_at) = self.reviewed_at else { return Ok(()) };
        if self.expires_at.is_some_and(|expires_at| expires_at <= reviewed_at) {
            return Err(at.member("expires_at").refuse("must be later than reviewed_at"));
        }
        if self.known_since.is_some_and(|known_since| known_since > reviewed_at) {
            return Err(at.member("known_since").refuse("must not be later than reviewed_at"));
        }
        Ok(())
    }
}

/// What a curator says of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Recommended.
    Endorse,
    /// Known and worth listing, without a recommendation.
    List,
    /// To be used with care.
    Warn,
    /// Not to be used.
    Reject,
}

impl Verdict {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Endorse => "endorse",
            Self::List => "list",
            Self::Warn => "warn",
            Self::Reject => "reject",
        }
    }

    /// Whether the verdict speaks against the server. Such a verdict follows the server
    /// name whatever its keys, and must give its grounds.
    pub const fn is_adverse(self) -> bool {
        matches!(self, Self::Warn | Self::Reject)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a [`CriterionId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one or more labels with dots between them, as finance.report-public, of at most {} characters",
    CriterionId::MAX_LENGTH
)]
pub struct CriterionIdError;

text_type! {
    /// The name of a criterion: one yes/no/unknown question about a server. One or more
    /// [`Label`]s with dots between them: the built-in ones are written `group.question`;
    /// a curator's own may have any name.
    CriterionId, CriterionIdError,
    |text| {
        let fits = text.len() <= CriterionId::MAX_LENGTH && text.split('.').all(is_label);
        if fits { Ok(text) } else { Err(CriterionIdError) }
    }
}

impl CriterionId {
    /// The longest name of a criterion, in characters.
    pub const MAX_LENGTH: usize = 100;
}

/// A curator's answer to one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// Whether the server meets the criterion.
    pub met: bool,
    /// What was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Localized>,
}

/// How a curator reached an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reached {
    /// The way: by e-mail, at a meeting.
    pub how: Localized,
    /// The day; not after that of signing.
    pub at: Date,
}

/// What somebody else knows of a server whose operator publishes nothing: the sections
/// of a profile that can be seen from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServerFacts {
    /// Name, description, website, languages.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub about: Option<About>,
    /// How one gets an account.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub registration: Option<Registration>,
    /// Who runs the server, and where they are.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub operator: Option<Operator>,
    /// Where the server stands.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub hosting: Option<Hosting>,
    /// Rules, terms, privacy statement.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub policies: Option<Policies>,
    /// Software, features, directory.
    #[serde(skip_serializing_if = "crate::profile::says_nothing")]
    pub service: Option<Service>,
}

impl ServerFacts {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        let Self { about, registration, operator, hosting, policies, service } = self;
        at.member("about").optional(about, About::validate)?;
        at.member("registration").optional(registration, Registration::validate)?;
        at.member("operator").optional(operator, Operator::validate)?;
        at.member("hosting").optional(hosting, Hosting::validate)?;
        at.member("policies").optional(policies, Policies::validate)?;
        at.member("service").optional(service, Service::validate)
    }
}

/// What one curator says of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CuratorOpinion {
    /// The other curator.
    pub issuer: IssuerId,
    /// Whether their lists should be followed.
    pub opinion: Opinion,
    /// Under which name this curator knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Localized>,
    /// Where their list is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_url: Option<Link>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Localized>,
}

impl CuratorOpinion {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").optional(&self.name, |name, at| at.name(name))
    }
}

/// Whether another curator's lists should be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Opinion {
    /// They should.
    Recommend,
    /// They should not.
    Distrust,
}

#[cfg(test)]
mod tests;
