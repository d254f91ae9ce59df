//! What a curator looks at, with what is known already.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use wellspring_document::{CriterionId, Endorsement, EndorsementList, Finding, Profile};
use wellspring_ranking::{Criterion, Language, Sentence as _};

/// What most curators look at, with the members of a profile in which an operator answers
/// it. They are a beginning, and nobody has to use them; what a curator finds of a criterion
/// that nodes know counts as evidence there.
const USUAL: [(Criterion, &[&str]); 12] = [
    (Criterion::Team, &["operator.name", "operator.country", "operator.team"]),
    (Criterion::Contacts, &["contacts.contacts"]),
    (Criterion::RegistrationDefined, &["registration"]),
    (Criterion::Rules, &["policies.rules"]),
    (Criterion::Privacy, &["policies.privacy"]),
    (Criterion::ModerationContact, &["policies.moderation"]),
    (Criterion::ReadersStated, &["data_access"]),
    (Criterion::ReportLinked, &["finance.report"]),
    (Criterion::MonthsCovered, &["finance.months_covered", "pricing"]),
    (Criterion::SeveralPeople, &["operator.people_with_full_access"]),
    (Criterion::AccountExport, &["portability"]),
    (Criterion::ShutdownNotice, &["service.shutdown_notice_days", "service.change_notice_days"]),
];

/// The longest excerpt of what an operator says, in characters: two lines of a terminal.
const SHOWN_CHARACTERS: usize = 160;

/// A criterion and what is known about it.
#[derive(Debug, Serialize)]
pub(super) struct Question {
    pub(super) criterion: CriterionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// What the operator says: members of the profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    declared: Vec<Declared>,
    /// What this curator found the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) found_before: Option<Finding>,
}

#[derive(Debug, Serialize)]
struct Declared {
    member: &'static str,
    value: Value,
}

/// The criteria that the list uses, and the usual ones.
pub(super) fn questions(
    list: &EndorsementList,
    before: Option<&Endorsement>,
    profile: Option<&Profile>,
) -> Vec<Question> {
    let profile = profile.and_then(|profile| serde_json::to_value(profile).ok());
    let used: BTreeSet<_> = list.entries.iter().flat_map(|entry| entry.criteria.keys()).collect();
    let usual = USUAL.iter().filter_map(|(usual, _)| CriterionId::new(usual.as_str()).ok());
    let own = used.into_iter().filter(|id| !USUAL.iter().any(|it| it.0.as_str() == id.as_str()));
    let all = own.cloned().chain(usual);
    all.map(|criterion| {
        let usual = USUAL.iter().find(|(usual, _)| usual.as_str() == criterion.as_str());
        let declared = usual.map(|(_, members)| declared(profile.as_ref(), members));
        let known = Criterion::of_id(&criterion);
        Question {
            question: known.map(|known| known.sentence(Language::English)),
            declared: declared.unwrap_or_default(),
            found_before: before.and_then(|entry| entry.criteria.get(&criterion).cloned()),
            criterion,
        }
    })
    .collect()
}

fn declared(profile: Option<&Value>, members: &[&'static str]) -> Vec<Declared> {
    let find = |member: &&'static str| {
        let value = member.split('.').try_fold(profile?, |value, name| value.get(name))?;
        Some(Declared { member, value: value.clone() })
    };
    members.iter().filter_map(find).collect()
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}  {}", self.criterion, self.question.as_deref().unwrap_or_default())?;
        for Declared { member, value } in &self.declared {
            let text = value.to_string();
            let shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
            let more = if shown.len() < text.len() { "…" } else { "" };
            writeln!(f, "    the operator says  {member} = {shown}{more}")?;
        }
        if let Some(Finding { met, note }) = &self.found_before {
            let met = if *met { "met" } else { "not met" };
            let note = note.as_ref().map(|note| format!(": {}", note.pick(&[]).1));
            writeln!(f, "    you found          {met}{}", note.unwrap_or_default())?;
        }
        Ok(())
    }
}
