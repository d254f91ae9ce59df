use serde::{Deserialize, Serialize};

use super::section;
use crate::body::{InvalidMember, Place};
use crate::{Link, Localized};

section! {
    /// How one leaves a server, or arrives with an account from elsewhere.
    pub struct Portability {
        /// Whether users can take their account's data with them.
        pub account_export: Option<bool>,
        /// Whether they can bring such data.
        pub account_import: Option<bool>,
        /// Whether they can deactivate their account by themselves.
        pub deactivation: Option<bool>,
        /// How all that is done.
        pub guides: Vec<Guide>,
    }
}

impl Portability {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("guides").each(&self.guides, |guide, at| at.member("title").name(&guide.title))
    }
}

/// A page that explains something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Guide {
    /// What it explains.
    pub title: Localized,
    /// Where it is.
    pub link: Link,
}
