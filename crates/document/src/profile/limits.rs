use serde::{Deserialize, Serialize};

use super::{MAX_DAYS, MAX_MEBIBYTES, section};
use crate::body::{InvalidMember, Place};

section! {
    /// How much an account may store, and for how long.
    pub struct Limits {
        /// The largest file, in MiB; at most [`MAX_MEBIBYTES`](super::MAX_MEBIBYTES).
        pub upload_mib: Option<u64>,
        /// All files of one account together, in MiB; at most
        /// [`MAX_MEBIBYTES`](super::MAX_MEBIBYTES).
        pub storage_per_account_mib: Option<u64>,
        /// How long messages are kept.
        pub message_retention: Option<Retention>,
        /// How long files are kept.
        pub media_retention: Option<Retention>,
        /// Which of these limits users can set for themselves, all different.
        pub user_settable: Vec<UserLimit>,
    }
}

impl Limits {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("upload_mib").number(self.upload_mib, MAX_MEBIBYTES)?;
        at.member("storage_per_account_mib").number(self.storage_per_account_mib, MAX_MEBIBYTES)?;
        at.member("message_retention").optional(&self.message_retention, Retention::validate)?;
        at.member("media_retention").optional(&self.media_retention, Retention::validate)?;
        at.member("user_settable").distinct(&self.user_settable)
    }
}

section! {
    /// How long something is kept: either a number of days, or without an end.
    pub struct Retention {
        /// For so many days, from 1 to ten years.
        pub days: Option<u32>,
        /// Without an end. Never `false`: that would say nothing.
        pub forever: Option<bool>,
    }
}

impl Retention {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("days").number(self.days, MAX_DAYS.into())?;
        match (self.days, self.forever) {
            (Some(1..), None) | (None, Some(true)) => Ok(()),
            _ => Err(at.refuse("must have either days, at least 1, or forever = true")),
        }
    }
}

/// A limit that users can set for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UserLimit {
    /// The largest file.
    Upload,
    /// All files together.
    Storage,
    /// How long messages are kept.
    MessageRetention,
    /// How long files are kept.
    MediaRetention,
}
