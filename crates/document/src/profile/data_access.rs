use super::{MAX_DAYS, MAX_PEOPLE, section};
use crate::body::{InvalidMember, Place};
use crate::{CountryCode, Localized, LongText};

section! {
    /// Who can technically read what users write and store, and what keeps them from it.
    pub struct DataAccess {
        /// Who can read it: the team, a hosting provider, a parent organisation.
        pub who_can_read: Option<Localized<LongText>>,
        /// How many people that is; at most [`MAX_PEOPLE`](super::MAX_PEOPLE).
        pub people: Option<u32>,
        /// How access is secured: keys, second factors, four eyes.
        pub secured_by: Option<Localized<LongText>>,
        /// Whether access is logged.
        pub logged: Option<bool>,
        /// Whether data are encrypted where they are stored.
        pub encrypted_at_rest: Option<bool>,
        /// The backups.
        pub backups: Option<Backups>,
        /// What the operator promises, in their own words.
        pub statement: Option<Localized<LongText>>,
    }
}

section! {
    /// The backups of a server.
    pub struct Backups {
        /// Whether there are any.
        pub made: Option<bool>,
        /// Whether they are encrypted.
        pub encrypted: Option<bool>,
        /// For how many days they are kept; at most ten years.
        pub kept_days: Option<u32>,
        /// The countries in which they lie, all different.
        pub countries: Vec<CountryCode>,
    }
}

impl DataAccess {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("people").number(self.people, MAX_PEOPLE.into())?;
        at.member("backups").optional(&self.backups, Backups::validate)
    }
}

impl Backups {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        let describes_backups =
            self.encrypted.is_some() || self.kept_days.is_some() || !self.countries.is_empty();
        if self.made == Some(false) && describes_backups {
            return Err(at.refuse("must say nothing else where made = false"));
        }
        at.member("kept_days").number(self.kept_days, MAX_DAYS.into())?;
        at.member("countries").distinct(&self.countries)
    }
}
