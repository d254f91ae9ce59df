use serde::{Deserialize, Serialize};

use super::{MAX_DAYS, section};
use crate::body::{InvalidMember, Place};
use crate::{Date, Label, Link, Localized, MAX_ACCOUNTS, Software, Timestamp};

section! {
    /// What a server offers, and how it is run.
    pub struct Service {
        /// The software, as the operator declares it.
        pub software: Option<Software>,
        /// What users can expect, all different: `sliding-sync`, `threads`.
        pub features: Vec<Label>,
        /// With which other servers it talks.
        pub federation: Option<Federation>,
        /// The networks to which it has bridges, all different: `irc`, `xmpp`.
        pub bridges: Vec<Label>,
        /// Voice and video calls.
        pub calls: Option<Calls>,
        /// Whether anybody can read its room directory.
        pub room_directory: Option<bool>,
        /// Accounts active within 30 days; at most [`MAX_ACCOUNTS`].
        pub active_accounts: Option<u64>,
        /// The page that says whether everything works.
        pub status_page: Option<Link>,
        /// Planned work during which the server may be away.
        pub maintenance: Vec<Maintenance>,
        /// What went wrong in the past.
        pub incidents: Vec<Incident>,
        /// How many days before the server closes its users are told; at most ten years.
        pub shutdown_notice_days: Option<u32>,
        /// How many days before new terms or prices its users are told; at most ten years.
        pub change_notice_days: Option<u32>,
    }
}

impl Service {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("features").distinct(&self.features)?;
        at.member("bridges").distinct(&self.bridges)?;
        at.member("active_accounts").number(self.active_accounts, MAX_ACCOUNTS)?;
        at.member("maintenance").each(&self.maintenance, |work, at| {
            if work.ends_at <= work.starts_at {
                return Err(at.member("ends_at").refuse("must be later than starts_at"));
            }
            Ok(())
        })?;
        at.member("incidents").each(&self.incidents, |_, _| Ok(()))?;
        at.member("shutdown_notice_days").number(self.shutdown_notice_days, MAX_DAYS.into())?;
        at.member("change_notice_days").number(self.change_notice_days, MAX_DAYS.into())
    }
}

/// With which other servers a server talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Federation {
    /// With all, but for those that it blocks.
    Open,
    /// Only with those that it chose, or with none.
    Limited,
}

section! {
    /// Voice and video calls.
    pub struct Calls {
        /// Whether two people can call each other.
        pub one_to_one: Option<bool>,
        /// Whether several can.
        pub group: Option<bool>,
    }
}

/// Planned work during which a server may be away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Maintenance {
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it is over; later than `starts_at`.
    pub ends_at: Timestamp,
    /// What is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Localized>,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Incident {
    /// The day.
    pub date: Date,
    /// What happened.
    pub summary: Localized,
    /// What the operator learnt from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_mortem: Option<Link>,
}
