//! What a curator looks at, with what is known already.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use wellspring_document::{CriterionId, Endorsement, EndorsementList, Finding, Profile};

/// What most curators look at: the criterion, the question, and the members of a profile in
/// which an operator answers it. They are a beginning, and nobody has to use them.
const QUESTIONS: [(&str, &str, &[&str]); 10] = [
    ("operator.named", "Is it clear who runs the server?", &["operator.name", "operator.country"]),
    ("operator.reachable", "Can the operator be reached?", &["contacts.contacts"]),
    ("registration.clear", "Is it clear who gets an account, and how?", &["registration"]),
    ("policies.rules", "Are there rules for living together?", &["policies.rules"]),
    ("policies.privacy", "Is there a privacy statement?", &["policies.privacy"]),
    ("moderation.works", "Are reports of abuse answered?", &["policies.moderation"]),
    ("data-access.told", "Is it told who can read what users write?", &["data_access"]),
    ("finance.lasting", "Is the server paid for, and for how long?", &["finance", "pricing"]),
    ("portability.leaving", "Can people leave with what is theirs?", &["portability"]),
    (
        "service.notice",
        "Would users be told before it closes?",
        &["service.shutdown_notice_days", "service.change_notice_days"],
    ),
];

/// The longest excerpt of what an operator says, in characters: two lines of a terminal.
const SHOWN_CHARACTERS: usize = 160;

/// A criterion and what is known about it.
#[derive(Debug, Serialize)]
pub(super) struct Question {
    pub(super) criterion: CriterionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'static str>,
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
    let usual = QUESTIONS.iter().filter_map(|(id, ..)| CriterionId::new(*id).ok());
    let own = used.into_iter().filter(|id| !QUESTIONS.iter().any(|it| it.0 == id.as_str()));
    let all = own.cloned().chain(usual);
    all.map(|criterion| {
        let usual = QUESTIONS.iter().find(|(id, ..)| *id == criterion.as_str());
        let declared = usual.map(|(.., members)| declared(profile.as_ref(), members));
        Question {
            question: usual.map(|(_, question, _)| *question),
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
        writeln!(f, "  {}  {}", self.criterion, self.question.unwrap_or_default())?;
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
