use serde::{Deserialize, Serialize};

use super::{MAX_DAYS, MAX_MEBIBYTES, section};
use crate::body::{InvalidMember, Place};
use crate::{Link, Localized, Money};

section! {
    /// What an account costs.
    pub struct Pricing {
        /// How the price is made.
        pub model: Option<PricingModel>,
        /// The page with prices, or the one for donations.
        pub link: Option<Link>,
        /// What one can choose from.
        pub plans: Vec<Plan>,
        /// Whether a group can pay for its members together.
        pub group_accounts: Option<bool>,
        /// Whether the price follows what running the server costs.
        pub price_follows_cost: Option<bool>,
        /// How many days one can try before paying; at most ten years.
        pub trial_days: Option<u32>,
    }
}

impl Pricing {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("plans").each(&self.plans, Plan::validate)?;
        at.member("trial_days").number(self.trial_days, MAX_DAYS.into())?;
        let asks_nothing = matches!(self.model, Some(PricingModel::Free | PricingModel::Donation));
        match self.plans.iter().position(|plan| asks_nothing && plan.price.amount_minor > 0) {
            Some(index) => Err(at
                .member("plans")
                .item(index)
                .member("price")
                .refuse("must be 0 where the pricing model is free or donation; or use mixed")),
            None => Ok(()),
        }
    }
}

/// How a price is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PricingModel {
    /// Nobody pays.
    Free,
    /// Those pay who want to.
    Donation,
    /// Everybody pays the same.
    Flat,
    /// Everybody pays for what they use.
    ByUse,
    /// Some pay, or prices are made in several of these ways.
    Mixed,
}

/// Something that one can pay for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// The name.
    pub name: Localized,
    /// The price.
    pub price: Money,
    /// What the price is for.
    pub period: BillingPeriod,
    /// Whom the price is for.
    pub per: BillingUnit,
    /// The storage that comes with it, in MiB; at most
    /// [`MAX_MEBIBYTES`](super::MAX_MEBIBYTES).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_mib: Option<u64>,
}

impl Plan {
    fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("name").name(&self.name)?;
        self.price.validate(&at.member("price"))?;
        at.member("storage_mib").number(self.storage_mib, MAX_MEBIBYTES)
    }
}

/// How often a price is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BillingPeriod {
    /// Once a month.
    Month,
    /// Four times a year.
    Quarter,
    /// Once a year.
    Year,
    /// Once and never again.
    Once,
}

/// Whom a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BillingUnit {
    /// One person.
    Person,
    /// A group together.
    Group,
}
