use std::sync::Arc;

use serde::{Serialize, Serializer};
use wellspring_document::profile::{
    About, Intake, LegalForm, Pricing, Registration, RegistrationMode,
};
use wellspring_document::{CountryCode, Timestamp};

use super::rules::{DrawRules, SizeRule};
use super::wishes::Price;
use crate::number::Fraction;
use crate::reason::Said;
use crate::view::{By, Category, RankedServer, Sourced};

/// What a draw looks at when it considers a server, beside its category and owner.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// The section `about`.
    pub about: Option<&'a About>,
    /// The section `registration`.
    pub registration: Option<&'a Registration>,
    /// How many newcomers it takes. A curator below the veto trust cannot say that it takes
    /// none.
    pub intake: Option<&'a Intake>,
    /// How many accounts were active within 30 days.
    pub active_accounts: Option<Sourced<'a, u64>>,
    /// The country whose law applies to the operator, then those where data lie; each once.
    pub countries: Vec<&'a CountryCode>,
    /// What the operator is in law.
    pub legal_form: Option<LegalForm>,
    /// What an account costs; only operators say.
    pub pricing: Option<&'a Pricing>,
}

impl<'a> Offer<'a> {
    /// What there is to know of a server.
    pub fn of(server: &'a RankedServer) -> Self {
        let operator = server.section(|sections| sections.operator).map(|it| it.value);
        let hosting = server.section(|sections| sections.hosting).map(|it| it.value);
        let mut countries: Vec<_> =
            operator.and_then(|it| it.country.as_ref()).into_iter().collect();
        for country in hosting.map_or(&[][..], |hosting| &hosting.countries) {
            if !countries.contains(&country) {
                countries.push(country);
            }
        }
        Self {
            about: server.about().map(|it| it.value),
            registration: server.registration().map(|it| it.value),
            intake: intake(server),
            active_accounts: active_accounts(server),
            countries,
            legal_form: operator.and_then(|operator| operator.legal_form),
            pricing: server.declared().and_then(|profile| profile.pricing.as_ref()),
        }
    }

    fn prices(&self) -> Vec<Price> {
        Price::ALL.into_iter().filter(|price| price.fits(self)).collect()
    }
}

impl Serialize for Offer<'_> {
    /// What the view does not say elsewhere.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            active_accounts: Option<&'a Sourced<'a, u64>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            intake: Option<&'a Intake>,
            #[serde(skip_serializing_if = "<[&CountryCode]>::is_empty")]
            countries: &'a [&'a CountryCode],
            #[serde(skip_serializing_if = "Option::is_none")]
            legal_form: Option<LegalForm>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            prices: Vec<Price>,
        }
        let written = Written {
            active_accounts: self.active_accounts.as_ref(),
            intake: self.intake,
            countries: &self.countries,
            legal_form: self.legal_form,
            prices: self.prices(),
        };
        written.serialize(serializer)
    }
}

/// The intake as it is stated. That a server takes nobody needs its operator, or a curator
/// at or above the veto trust: a faint voice must not take a server out of every draw.
fn intake(server: &RankedServer) -> Option<&Intake> {
    let counts = |has_veto, intake: &Intake| {
        let takes_none = intake.paused == Some(true)
            || intake.accepting_until.is_some()
            || intake.new_accounts_per_week == Some(0);
        has_veto || !takes_none
    };
    let stated = server.section_where(
        |sections| sections.registration?.intake.as_ref(),
        |curator, intake| counts(curator.has_veto, intake),
    );
    stated.map(|it| it.value)
}

/// The number of active accounts: as a curator at or above the veto trust corrects it, else
/// as the operator declares it, else as the strongest curator who says knows it.
fn active_accounts(server: &RankedServer) -> Option<Sourced<'_, u64>> {
    let corrected = |counts: fn(&Said<'_>) -> bool| {
        let live = server
            .reasons()
            .filter(|reason| reason.code.is_live())
            .filter_map(|reason| reason.said);
        live.filter(counts).find_map(|said| {
            let value = said.entry()?.active_accounts.as_ref()?;
            Some(Sourced { by: By::Curator(Arc::clone(said.by)), value })
        })
    };
    corrected(|said| said.by.has_veto)
        .or_else(|| server.section(|sections| sections.service?.active_accounts.as_ref()))
        .or_else(|| corrected(|_| true))
}

/// Whether a server takes newcomers at a moment: its intake is neither paused, nor 0, nor
/// ended on an earlier day, and registration is not measured as closed where nobody says
/// that a person approves each account: from outside, that looks the same.
fn takes_newcomers(server: &RankedServer, intake: Option<&Intake>, now: Timestamp) -> bool {
    if let Some(intake) = intake {
        let is_over = intake.accepting_until.is_some_and(|last| last < now.date());
        if intake.paused == Some(true) || intake.new_accounts_per_week == Some(0) || is_over {
            return false;
        }
    }
    let is_private = |mode| matches!(mode, RegistrationMode::Invite | RegistrationMode::Closed);
    let measured = server.measured.as_ref().and_then(|it| it.registration.as_ref());
    if !measured.is_some_and(|measured| is_private(measured.value)) {
        return true;
    }
    let stated = server.section(|sections| sections.registration?.mode.as_ref());
    stated.is_some_and(|it| *it.value == RegistrationMode::Approval)
}

/// How much a server weighs in a draw, and why: `size × intake × category`, multiplied in
/// this order, each product rounded to the nearest millionth, halves up; at least a
/// millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DrawWeight {
    /// The product.
    pub weight: Fraction,
    /// The size that counts: active accounts, at least 100.
    pub accounts: u64,
    /// Whether anybody says how many there are.
    pub is_size_known: bool,
    /// The factor of the size.
    pub size: Fraction,
    /// How many new accounts per week it takes, where that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_accounts_per_week: Option<u32>,
    /// The factor of the intake.
    pub intake: Fraction,
    /// The factor of the category.
    pub category: Fraction,
}

impl DrawWeight {
    /// The weight of a server that can be drawn at `now`; none for those that never are.
    pub(super) fn of(server: &RankedServer, rules: &DrawRules, now: Timestamp) -> Option<Self> {
        let category = match server.category {
            Category::A => Fraction::ONE,
            Category::B if rules.category_b > Fraction::ZERO => rules.category_b,
            _ => return None,
        };
        let intake = intake(server);
        if !takes_newcomers(server, intake, now) {
            return None;
        }
        let known = active_accounts(server).map(|it| *it.value);
        let accounts = known.unwrap_or(SizeRule::UNKNOWN).max(SizeRule::SMALLEST);
        let new_accounts_per_week = intake.and_then(|intake| intake.new_accounts_per_week);
        let size = rules.size.factor(accounts);
        let intake = rules.intake_factor(new_accounts_per_week);
        let weight = size.times(intake).times(category);
        let weight = weight.max(Fraction::from_millionths(1));
        let is_size_known = known.is_some();
        Some(Self {
            weight,
            accounts,
            is_size_known,
            size,
            new_accounts_per_week,
            intake,
            category,
        })
    }
}
