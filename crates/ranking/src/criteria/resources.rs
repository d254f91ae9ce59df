//! What a server consumes.

use wellspring_document::profile::Energy;

use super::grounds::{Asked, Claim, Grounds};

pub(super) fn energy_reported(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::published(energy(asked, |energy| energy.kwh_per_month.as_ref()))
}

pub(super) fn supplier_named(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::published(energy(asked, |energy| energy.supplier.as_ref()))
}

pub(super) fn renewable(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::claimed(energy(asked, |energy| energy.renewable.as_ref()), |it| *it)
}

fn energy<'a, T>(asked: Asked<'a>, pick: fn(&Energy) -> Option<&T>) -> Option<Claim<'a, T>> {
    asked.said(|sections| pick(sections.hosting?.energy.as_ref()?))
}

pub(super) fn other_reported(asked: Asked<'_>) -> Grounds<'_> {
    let others =
        asked.said(|sections| Some(&sections.hosting?.other_resources).filter(|it| !it.is_empty()));
    Grounds::published(others)
}
