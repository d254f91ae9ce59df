//! Who runs a server.

use wellspring_document::profile::LegalForm;

use super::grounds::{Asked, Grounds};

pub(super) fn not_private_person(asked: Asked<'_>) -> Grounds<'_> {
    let form = asked.said(|sections| sections.operator?.legal_form.as_ref());
    Grounds::claimed(form, |form| *form != LegalForm::Individual)
}

pub(super) fn association(asked: Asked<'_>) -> Grounds<'_> {
    let form = asked.said(|sections| sections.operator?.legal_form.as_ref());
    Grounds::claimed(form, |form| matches!(form, LegalForm::Association | LegalForm::Cooperative))
}

pub(super) fn non_profit(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::claimed(asked.said(|sections| sections.operator?.non_profit.as_ref()), |it| *it)
}

pub(super) fn several_people(asked: Asked<'_>) -> Grounds<'_> {
    let people = asked.said(|sections| sections.operator?.people_with_full_access.as_ref());
    Grounds::claimed(people, |people| *people >= 2)
}
