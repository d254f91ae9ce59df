//! Observation reports: what an observer measured.

use serde::{Deserialize, Serialize};

use crate::body::{Body, InvalidMember, Place};
use crate::profile::RegistrationMode;
use crate::{Contact, Identity, IssuerId, Kind, Link, Localized, NamespacedId};
use crate::{ServerName, Text, Timestamp};

/// The longest latency that can be reported: ten minutes, in milliseconds. Any client
/// has given up long before.
pub const MAX_LATENCY_MS: u32 = 600_000;

/// The most checks in one window: more than one a second for 90 days.
pub const MAX_CHECKS: u32 = 10_000_000;

/// The body of a `wellspring.observation-report.v1` document. Its subject is empty: an
/// observer publishes one report about all servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObservationReport {
    /// Who measured, by their own claim.
    pub observer: Observer,
    /// What was measured, at most one entry per server and
    /// [`MAX_ENTRIES`](crate::MAX_ENTRIES) in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Observation>,
}

impl ObservationReport {
    /// A report without entries.
    pub const fn new(observer: Observer) -> Self {
        Self { observer, entries: Vec::new() }
    }
}

impl Body for ObservationReport {
    const KIND: Kind = Kind::ObservationReport;

    fn subject(&self) -> String {
        String::new()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let root = Place::Root;
        self.observer.validate(&root.member("observer"))?;
        let entries = root.member("entries");
        entries.one_per_server(self.entries.iter().map(|entry| &entry.server_name))?;
        for (index, entry) in self.entries.iter().enumerate() {
            entry.validate(&entries.item(index))?;
        }
        Ok(())
    }

    fn validate_at(&self, issued_at: Timestamp) -> Result<(), InvalidMember> {
        let root = Place::Root;
        let entries = root.member("entries");
        for (index, entry) in self.entries.iter().enumerate() {
            let at = entries.item(index);
            at.member("observed_at").not_after(issued_at, Some(entry.observed_at))?;
            let seen_at = entry.profile.as_ref().map(|sight| sight.seen_at);
            at.member("profile").member("seen_at").not_after(issued_at, seen_at)?;
        }
        Ok(())
    }
}

/// Who publishes an observation report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Observer {
    /// The observer's name.
    pub name: Localized,
    /// The observer's website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Link>,
    /// How to reach the observer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

impl Observer {
    /// An observer of whom no more than the name is known.
    pub const fn new(name: Localized) -> Self {
        Self { name, website: None, contact: None }
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").name(&self.name)?;
        at.member("contact").optional(&self.contact, Contact::validate)
    }
}

/// What an observer measured about one server. What is absent was not measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Observation {
    /// The server.
    pub server_name: ServerName,
    /// The time of the last check; not after that of signing.
    pub observed_at: Timestamp,
    /// Whether the client API answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_reachable: Option<bool>,
    /// Whether the server answered other servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federation_reachable: Option<bool>,
    /// Milliseconds from the request to the answer of the client API; at most
    /// [`MAX_LATENCY_MS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// When the server's TLS certificate runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_expires_at: Option<Timestamp>,
    /// The software that the server says it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<Software>,
    /// The ways to register that the server offers. Empty where it was asked and offers
    /// none; at most [`MAX_LIST_ITEMS`](crate::MAX_LIST_ITEMS).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_flows: Option<Vec<RegistrationFlow>>,
    /// What these ways amount to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationMode>,
    /// Whether anybody can read the server's room directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_directory: Option<bool>,
    /// Whether the server is reachable over IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<bool>,
    /// How often it answered.
    #[serde(default, skip_serializing_if = "Uptime::is_unknown")]
    pub uptime: Uptime,
    /// What its profile's address served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Sight>,
    /// When this observer first saw the server; not later than `observed_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
}

impl Observation {
    /// An observation that says nothing but when it was made.
    pub const fn new(server_name: ServerName, observed_at: Timestamp) -> Self {
        Self {
            server_name,
            observed_at,
            client_reachable: None,
            federation_reachable: None,
            latency_ms: None,
            tls_expires_at: None,
            software: None,
            registration_flows: None,
            registration: None,
            room_directory: None,
            ipv6: None,
            uptime: Uptime { day: None, week: None, month: None, quarter: None },
            profile: None,
            first_seen_at: None,
        }
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("latency_ms").number(self.latency_ms, MAX_LATENCY_MS.into())?;
        if let Some(flows) = &self.registration_flows {
            at.member("registration_flows").each(flows, |flow, at| {
                at.member("stages").length(flow.stages.len(), crate::MAX_LIST_ITEMS)
            })?;
        }
        self.uptime.validate(&at.member("uptime"))?;
        at.member("profile").optional(&self.profile, Sight::validate)?;
        if self.first_seen_at.is_some_and(|first_seen_at| first_seen_at > self.observed_at) {
            return Err(at.member("first_seen_at").refuse("must not be later than observed_at"));
        }
        Ok(())
    }
}

/// A program and its version, as somebody says it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Software {
    /// The name, the same in every language: `Synapse`.
    pub name: Text,
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Text>,
}

/// One way to register: the steps that a client takes (Matrix specification,
/// Client-Server API, "User-Interactive Authentication").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RegistrationFlow {
    /// The steps, like `m.login.recaptcha`.
    pub stages: Vec<NamespacedId>,
}

/// How often a server answered, over windows that end at `observed_at`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Uptime {
    /// Over 24 hours.
    #[serde(rename = "24h", skip_serializing_if = "Option::is_none")]
    pub day: Option<Checks>,
    /// Over 7 days.
    #[serde(rename = "7d", skip_serializing_if = "Option::is_none")]
    pub week: Option<Checks>,
    /// Over 30 days.
    #[serde(rename = "30d", skip_serializing_if = "Option::is_none")]
    pub month: Option<Checks>,
    /// Over 90 days.
    #[serde(rename = "90d", skip_serializing_if = "Option::is_none")]
    pub quarter: Option<Checks>,
}

impl Uptime {
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        for (window, checks) in
            [("24h", self.day), ("7d", self.week), ("30d", self.month), ("90d", self.quarter)]
        {
            at.member(window).optional(&checks, Checks::validate)?;
        }
        Ok(())
    }
}

/// Checks made within a window. A window without checks is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Checks {
    /// How many the server answered; at most `made`.
    pub answered: u32,
    /// How many were made, from 1 to [`MAX_CHECKS`].
    pub made: u32,
}

impl Checks {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        if self.made == 0 {
            return Err(at.member("made").refuse("must be at least 1; leave the window out"));
        }
        at.member("made").number(Some(self.made), MAX_CHECKS.into())?;
        if self.answered > self.made {
            let rule = format!("must be at most made ({}), not {}", self.made, self.answered);
            return Err(at.member("answered").refuse(rule));
        }
        Ok(())
    }
}

/// What an observer found at `https://HOST/.well-known/wellspring/profile.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sight {
    /// What was there.
    pub status: SightStatus,
    /// The identity of the profile that was there. `served` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The issuer of that profile. `served` must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerId>,
    /// When the observer last saw it so; not after the time of signing.
    pub seen_at: Timestamp,
    /// When it was first seen so without a break: the same status of the same issuer. Not
    /// later than `seen_at`.
    pub first_seen_at: Timestamp,
    /// When the name was first seen to serve a profile, whoever's. Not later than
    /// `first_seen_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_first_seen_at: Option<Timestamp>,
    /// When the name was first seen to serve a profile of `issuer`, breaks included. Not
    /// later than `first_seen_at`, and only beside an `issuer`. Where it is later than
    /// `profile_first_seen_at`, the name served the profile of somebody else before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_first_seen_at: Option<Timestamp>,
}

impl Sight {
    /// Whether the name was seen to serve somebody else's profile before that of `issuer`.
    pub fn follows_another_issuer(&self) -> bool {
        self.profile_first_seen_at
            .zip(self.issuer_first_seen_at)
            .is_some_and(|(of_anybody, of_issuer)| of_anybody < of_issuer)
    }

    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        if self.status == SightStatus::Served {
            for (member, is_missing) in
                [("identity", self.identity.is_none()), ("issuer", self.issuer.is_none())]
            {
                if is_missing {
                    let rule = "is required where a profile was served";
                    return Err(at.member(member).refuse(rule));
                }
            }
        }
        if self.first_seen_at > self.seen_at {
            return Err(at.member("first_seen_at").refuse("must not be later than seen_at"));
        }
        for (member, first) in [
            ("profile_first_seen_at", self.profile_first_seen_at),
            ("issuer_first_seen_at", self.issuer_first_seen_at),
        ] {
            if first.is_some_and(|first| first > self.first_seen_at) {
                return Err(at.member(member).refuse("must not be later than first_seen_at"));
            }
        }
        if self.issuer_first_seen_at.is_some() && self.issuer.is_none() {
            let rule = "says nothing without an issuer; add that or leave it out";
            return Err(at.member("issuer_first_seen_at").refuse(rule));
        }
        Ok(())
    }
}

/// What the address of a profile had to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SightStatus {
    /// A profile of that very server name.
    Served,
    /// Nothing.
    Absent,
    /// Nothing any more: the operator withdrew the profile.
    Withdrawn,
    /// The wish not to be listed.
    Unlisted,
}

impl SightStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Served, Self::Absent, Self::Withdrawn, Self::Unlisted];

    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Absent => "absent",
            Self::Withdrawn => "withdrawn",
            Self::Unlisted => "unlisted",
        }
    }
}

#[cfg(test)]
mod tests;
