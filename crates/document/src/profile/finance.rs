use serde::{Deserialize, Serialize};

use super::{MAX_MONTHS, section};
use crate::body::{InvalidMember, Place};
use crate::{Date, Link, Localized, Money};

section! {
    /// How a server is paid for.
    pub struct Finance {
        /// The public report of income and spending.
        pub report: Option<Link>,
        /// The day of the last report.
        pub last_report: Option<Date>,
        /// How often there is a new one, in months, from 1 to 120.
        pub report_interval_months: Option<u32>,
        /// For how many months of running costs there is money; at most 120.
        pub months_covered: Option<u32>,
        /// What running the server costs per month.
        pub monthly_cost: Option<Money>,
        /// What comes in per month.
        pub monthly_income: Option<Money>,
        /// Where the money comes from.
        pub funding_sources: Vec<FundingSource>,
    }
}

impl Finance {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        let interval = at.member("report_interval_months");
        interval.number(self.report_interval_months, MAX_MONTHS.into())?;
        if self.report_interval_months == Some(0) {
            return Err(interval.refuse("must be at least 1"));
        }
        at.member("months_covered").number(self.months_covered, MAX_MONTHS.into())?;
        at.member("monthly_cost").optional(&self.monthly_cost, Money::validate)?;
        at.member("monthly_income").optional(&self.monthly_income, Money::validate)?;
        self.check_funding(&at.member("funding_sources"))
    }

    fn check_funding(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.each(&self.funding_sources, |source, at| {
            at.member("name").optional(&source.name, |name, at| at.name(name))
        })?;
        let percent: u32 =
            self.funding_sources.iter().filter_map(|source| source.percent).map(u32::from).sum();
        if percent > 100 {
            return Err(at.refuse(format!("must add up to at most 100 percent, not {percent}")));
        }
        Ok(())
    }
}

/// Where money comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FundingSource {
    /// What kind of money it is.
    pub kind: FundingKind,
    /// Who gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Localized>,
    /// How much of all income it is, in percent. All sources together have at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
}

/// Kinds of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FundingKind {
    /// The operator's own.
    OwnMoney,
    /// Gifts.
    Donations,
    /// Fees of an association's or cooperative's members.
    MembershipFees,
    /// Prices that users pay.
    UserFees,
    /// Grants for a purpose.
    Grants,
    /// Sponsors who are named for it.
    Sponsors,
    /// Taxes.
    PublicBudget,
    /// Other business of the same operator.
    OtherBusiness,
    /// Advertising.
    Advertising,
    /// Investors.
    Investors,
}
