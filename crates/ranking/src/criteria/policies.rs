//! What a server asks of its users and promises them.

use wellspring_document::profile::Moderation;

use super::grounds::{Asked, Grounds};

pub(super) fn terms(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::published(asked.said(|sections| sections.policies?.terms.as_ref()))
}

pub(super) fn privacy(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::published(asked.said(|sections| sections.policies?.privacy.as_ref()))
}

pub(super) fn rules(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::published(asked.said(|sections| sections.policies?.rules.as_ref()))
}

pub(super) fn business_model(asked: Asked<'_>) -> Grounds<'_> {
    let found = asked.said(|sections| sections.policies?.business_model_comparison.as_ref());
    Grounds::published(found)
}

pub(super) fn moderation_policy(asked: Asked<'_>) -> Grounds<'_> {
    moderation(asked, |moderation| moderation.policy.as_ref())
}

pub(super) fn moderation_deciders(asked: Asked<'_>) -> Grounds<'_> {
    moderation(asked, |moderation| moderation.decided_by.as_ref())
}

pub(super) fn moderation_criteria(asked: Asked<'_>) -> Grounds<'_> {
    moderation(asked, |moderation| moderation.criteria.as_ref())
}

pub(super) fn moderation_appeal(asked: Asked<'_>) -> Grounds<'_> {
    moderation(asked, |moderation| moderation.appeal.as_ref())
}

pub(super) fn moderation_contact(asked: Asked<'_>) -> Grounds<'_> {
    moderation(asked, |moderation| moderation.report_contact.as_ref())
}

fn moderation<'a, T: 'a>(asked: Asked<'a>, pick: fn(&Moderation) -> Option<&T>) -> Grounds<'a> {
    Grounds::published(asked.said(|sections| pick(sections.policies?.moderation.as_ref()?)))
}

/// A policy that names no country asks for none, and then nobody knows the answer.
pub(super) fn legal_position(asked: Asked<'_>) -> Grounds<'_> {
    let Some(country) = &asked.terms.policy.criteria.country else { return Grounds::UNKNOWN };
    Grounds::published(asked.said(|sections| {
        sections.policies?.legal_positions.iter().find(|position| position.country == *country)
    }))
}
