use serde::{Deserialize, Serialize};

use super::section;
use crate::body::{InvalidMember, Place};
use crate::{CountryCode, Link, Localized, Text};

/// The most energy that can be stated, in kWh per month: a large power station's.
pub const MAX_KWH_PER_MONTH: u32 = 1_000_000_000;

/// The largest amount of another resource that can be stated per month.
pub const MAX_RESOURCE_AMOUNT: u64 = 1_000_000_000_000;

section! {
    /// Where a server stands and what it consumes.
    pub struct Hosting {
        /// Whose data centre or rented machine it is, by its own name.
        pub provider: Option<Text>,
        /// The countries in which data lie, all different.
        pub countries: Vec<CountryCode>,
        /// Whether the operator owns the hardware.
        pub own_hardware: Option<bool>,
        /// The energy.
        pub energy: Option<Energy>,
        /// Other resources that the operator reports: water, hardware, carbon dioxide.
        pub other_resources: Vec<ResourceUse>,
    }
}

section! {
    /// The energy that a server uses.
    pub struct Energy {
        /// Who supplies it, by its own name.
        pub supplier: Option<Text>,
        /// Whether all of it comes from renewable sources.
        pub renewable: Option<bool>,
        /// How much it is, in kWh per month; at most 10^9.
        pub kwh_per_month: Option<u32>,
        /// How that number was found.
        pub measurement: Option<EnergyMeasurement>,
        /// What the number covers.
        pub note: Option<Localized>,
    }
}

impl Hosting {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("countries").distinct(&self.countries)?;
        at.member("energy").optional(&self.energy, |energy, at| {
            if energy.measurement.is_some() && energy.kwh_per_month.is_none() {
                return Err(at.member("kwh_per_month").refuse("is required with measurement"));
            }
            at.member("kwh_per_month").number(energy.kwh_per_month, MAX_KWH_PER_MONTH.into())
        })?;
        at.member("other_resources").each(&self.other_resources, |resource, at| {
            at.member("resource").name(&resource.resource)?;
            if resource.amount_per_month.is_some() != resource.unit.is_some() {
                return Err(at.refuse("must have amount_per_month and unit together"));
            }
            at.member("amount_per_month").number(resource.amount_per_month, MAX_RESOURCE_AMOUNT)
        })
    }
}

/// How an amount of energy was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EnergyMeasurement {
    /// Read from a meter.
    Metered,
    /// Told by the hosting provider.
    StatedByProvider,
    /// Estimated by the operator.
    Estimated,
}

/// How much of a resource other than energy a server uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResourceUse {
    /// What is used.
    pub resource: Localized,
    /// How much per month, in `unit`; at most 10^12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_per_month: Option<u64>,
    /// The unit of that amount: `l`, `kg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// The report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Link>,
}
