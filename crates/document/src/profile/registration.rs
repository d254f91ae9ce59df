use serde::{Deserialize, Serialize};

use super::section;
use crate::body::{InvalidMember, Place};
use crate::{Date, Link, Localized, LongText};

/// The longest time to approval that can be stated, in hours: one year.
pub const MAX_APPROVAL_HOURS: u32 = 8_784;

/// The highest minimum age that can be stated, in years.
pub const MAX_MINIMUM_AGE: u8 = 120;

/// The most new accounts per week that can be stated.
pub const MAX_NEW_ACCOUNTS_PER_WEEK: u32 = 10_000_000;

section! {
    /// How one gets an account.
    pub struct Registration {
        /// Who gets one.
        pub mode: Option<RegistrationMode>,
        /// How one proves to be the owner of the new account, all different.
        pub methods: Vec<RegistrationMethod>,
        /// The page on which to begin.
        pub link: Option<Link>,
        /// Whether an e-mail address is needed.
        pub email_required: Option<bool>,
        /// Whether a captcha must be solved.
        pub captcha: Option<bool>,
        /// How long an application usually waits, in hours; at most a year.
        pub approval_hours: Option<u32>,
        /// How old one must be, in years; at most 120.
        pub minimum_age: Option<u8>,
        /// What else to know before one begins.
        pub note: Option<Localized<LongText>>,
        /// How many newcomers the server can take.
        pub intake: Option<Intake>,
    }
}

section! {
    /// How many newcomers a server can take.
    pub struct Intake {
        /// The last day on which it takes any.
        pub accepting_until: Option<Date>,
        /// How many it can welcome in a week; at most ten million.
        pub new_accounts_per_week: Option<u32>,
        /// Whether it takes none at the moment.
        pub paused: Option<bool>,
    }
}

impl Registration {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("methods").distinct(&self.methods)?;
        at.member("approval_hours").number(self.approval_hours, MAX_APPROVAL_HOURS.into())?;
        at.member("minimum_age").number(self.minimum_age, MAX_MINIMUM_AGE.into())?;
        at.member("intake").optional(&self.intake, |intake, at| {
            let limit = MAX_NEW_ACCOUNTS_PER_WEEK.into();
            at.member("new_accounts_per_week").number(intake.new_accounts_per_week, limit)
        })
    }
}

/// Who gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RegistrationMode {
    /// Whoever asks, at once.
    Open,
    /// Whoever asks and is approved by a person.
    Approval,
    /// Whoever has an invitation.
    Invite,
    /// Nobody.
    Closed,
}

/// How one proves to be the owner of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RegistrationMethod {
    /// With a password.
    Password,
    /// With OpenID Connect, on a page of the server.
    OpenidConnect,
    /// With an account that exists elsewhere.
    SingleSignOn,
    /// With a form that a person reads.
    Form,
    /// With a token that a person hands out.
    Token,
}
