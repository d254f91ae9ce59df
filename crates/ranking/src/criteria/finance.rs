//! What a server costs, and who pays.

use wellspring_document::Date;
use wellspring_document::profile::{BillingUnit, FundingKind, FundingSource};

use super::grounds::{Asked, Grounds};

/// The longest interval that an operator can declare for themselves, in months: a report a
/// year is what associations owe their members.
const LONGEST_INTERVAL_MONTHS: u32 = 12;

/// A month of a report's age, in days: the longest there is, so that nobody is late by the
/// calendar.
const DAYS_PER_MONTH: i64 = 31;

pub(super) fn report_public(asked: Asked<'_>) -> Grounds<'_> {
    let report = asked.declared(|profile| profile.finance.as_ref()?.report.as_ref());
    Grounds::declared(report.map(|_| true))
}

pub(super) const fn report_linked(_: Asked<'_>) -> Grounds<'_> {
    Grounds::UNKNOWN
}

/// Not older than the policy's months, or the interval that the operator declares. One from
/// the future is none.
pub(super) fn report_current(asked: Asked<'_>) -> Grounds<'_> {
    let rule = asked.terms.policy.criteria.report_months.into();
    let today = asked.terms.now.date();
    let is_current = asked.declared(|profile| {
        let finance = profile.finance.as_ref()?;
        let interval = finance.report_interval_months.unwrap_or(0).min(LONGEST_INTERVAL_MONTHS);
        Some(is_within(finance.last_report?, interval.max(rule), today))
    });
    Grounds::declared(is_current)
}

fn is_within(report: Date, months: u32, today: Date) -> bool {
    report <= today && today <= report.plus_days(i64::from(months) * DAYS_PER_MONTH)
}

pub(super) fn months_stated(asked: Asked<'_>) -> Grounds<'_> {
    let months = asked.declared(|profile| profile.finance.as_ref()?.months_covered);
    Grounds::declared(months.map(|_| true))
}

pub(super) fn months_covered(asked: Asked<'_>) -> Grounds<'_> {
    let months = asked.declared(|profile| profile.finance.as_ref()?.months_covered);
    let asked_for = asked.terms.policy.criteria.months_covered.into();
    Grounds::declared(months.map(|months| months >= asked_for))
}

pub(super) fn paid_by_users(asked: Asked<'_>) -> Grounds<'_> {
    let sources = asked.declared(|profile| Some(&*profile.finance.as_ref()?.funding_sources));
    Grounds::declared(sources.and_then(mostly_of_users))
}

/// Whether more than half comes from gifts, members' fees and prices that users pay; nothing
/// where the shares that are stated do not tell.
fn mostly_of_users(sources: &[FundingSource]) -> Option<bool> {
    let is_of_users = |source: &FundingSource| {
        let kinds = [FundingKind::Donations, FundingKind::MembershipFees, FundingKind::UserFees];
        kinds.contains(&source.kind)
    };
    let stated = |of_users: bool| -> u32 {
        let sources = sources.iter().filter(|source| is_of_users(source) == of_users);
        sources.filter_map(|source| source.percent).map(u32::from).sum()
    };
    if sources.is_empty() {
        None
    } else if sources.iter().all(is_of_users) || stated(true) > 50 {
        Some(true)
    } else if !sources.iter().any(is_of_users) || stated(false) >= 50 {
        Some(false)
    } else {
        None
    }
}

pub(super) fn price_follows_cost(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::declared(asked.declared(|profile| profile.pricing.as_ref()?.price_follows_cost))
}

/// By the operator's word, else by a plan whose price is for a group.
pub(super) fn group_plans(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::declared(asked.declared(|profile| {
        let pricing = profile.pricing.as_ref()?;
        let has_plan = || pricing.plans.iter().any(|plan| plan.per == BillingUnit::Group);
        pricing.group_accounts.or_else(|| has_plan().then_some(true))
    }))
}

pub(super) fn self_set_limits(asked: Asked<'_>) -> Grounds<'_> {
    let limits = asked.declared(|profile| profile.limits.as_ref());
    Grounds::declared(limits.filter(|it| !it.user_settable.is_empty()).map(|_| true))
}
