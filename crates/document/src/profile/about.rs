use serde::{Deserialize, Serialize};

use super::{Logo, section};
use crate::body::{InvalidMember, Place};
use crate::{Date, Label, LanguageTag, Link, Localized, LongText};

section! {
    /// What a server is.
    pub struct About {
        /// The name. A profile must have one.
        pub name: Option<Localized>,
        /// What the server is and whom it is for.
        pub description: Option<Localized<LongText>>,
        /// The server's website.
        pub website: Option<Link>,
        /// The logo.
        pub logo: Option<Logo>,
        /// The languages spoken there, all different; the first is the main one.
        pub languages: Vec<LanguageTag>,
        /// What people meet there for, all different: `art`, `free-software`.
        pub topics: Vec<Label>,
        /// Whom accounts are meant for.
        pub audience: Option<Audience>,
        /// The day on which the server began to run.
        pub since: Option<Date>,
        /// Whether the server wants to be listed. Without a word it does: publishing a
        /// profile is consent.
        pub listing: Option<Listing>,
    }
}

impl About {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").optional(&self.name, |name, at| at.name(name))?;
        at.member("languages").distinct(&self.languages)?;
        at.member("topics").distinct(&self.topics)
    }
}

/// Whom accounts on a server are meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everybody.
    Public,
    /// Members of an association or paying members.
    Members,
    /// People whom somebody there knows.
    Invited,
    /// People who belong to the operator's organisation: staff, students, pupils.
    Organisation,
}

/// Whether a server wants to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// It may be listed, drawn and exported.
    Listed,
    /// It must not be; only warnings about it are shown.
    Unlisted,
}
