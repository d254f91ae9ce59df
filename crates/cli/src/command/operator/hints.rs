//! What a profile could say and does not.

use serde::Serialize;
use serde_json::Value;
use wellspring_document::Profile;
use wellspring_document::profile::{Listing, RegistrationMode};

/// Something that would help readers. Never a fault: what is absent is not known.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Hint {
    /// The member that it is about.
    pub(super) member: &'static str,
    pub(super) message: String,
}

impl Hint {
    pub(super) fn new(member: &'static str, message: impl Into<String>) -> Self {
        Self { member, message: message.into() }
    }
}

/// Members without which somebody who looks for a server has to guess, the weightiest first.
const USEFUL: [(&str, &str); 13] = [
    ("about.description", "say what the server is and whom it is for"),
    ("about.languages", "say which languages are spoken"),
    ("registration.mode", "say who gets an account"),
    ("registration.link", "give the page on which to begin"),
    ("operator", "say who runs the server"),
    ("contacts", "say how to reach you"),
    ("policies.rules", "link the rules"),
    ("policies.privacy", "link the privacy statement"),
    ("hosting.countries", "say in which countries the data lie"),
    ("data_access", "say who can technically read what users write"),
    ("pricing", "say what an account costs, even if it is free"),
    ("portability", "say how people can leave again"),
    ("service.shutdown_notice_days", "say how early you would tell people that you close"),
];

/// What could be added to a profile.
pub(super) fn of(profile: &Profile) -> Vec<Hint> {
    let mut hints = Vec::new();
    let name = profile.about.name.as_ref();
    if name.is_some_and(|name| {
        name.iter().all(|(_, text)| text.as_str() == profile.server_name.as_str())
    }) {
        hints
            .push(Hint::new("about.name", "the name is still the server name; give it a real one"));
    }
    if profile.about.listing == Some(Listing::Unlisted) {
        hints.push(Hint::new("about.listing", "\"unlisted\" takes the server out of every list"));
    }
    let mode = profile.registration.as_ref().and_then(|registration| registration.mode);
    // A profile is an object of plain values, which always can be written as JSON.
    let written = serde_json::to_value(profile).unwrap_or_default();
    let missing =
        USEFUL.iter().filter(|(member, _)| !is_there(&written, member)).filter(|(member, _)| {
            *member != "registration.link" || mode != Some(RegistrationMode::Closed)
        });
    hints.extend(missing.map(|(member, advice)| Hint::new(member, *advice)));
    hints
}

fn is_there(profile: &Value, member: &str) -> bool {
    member.split('.').try_fold(profile, |value, name| value.get(name)).is_some()
}

#[cfg(test)]
mod tests {
    use wellspring_document::{Localized, ServerName, authoring};

    use super::*;

    #[test]
    fn every_useful_member_exists_in_the_template() {
        let template = authoring::PROFILE_TEMPLATE
            .replace("{server_name}", "example.org")
            .replace("{host}", "example.org");
        let filled: String = template
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(example) if !example.starts_with(' ') && !example.is_empty() => {
                    format!("{}\n", example.replace("[[replies]]", ""))
                }
                _ => format!("{line}\n"),
            })
            .take_while(|line| !line.starts_with("[[applies_to]]"))
            .collect();
        let profile: Profile = authoring::read(&filled).unwrap();
        let members: Vec<_> = of(&profile).iter().map(|hint| hint.member).collect();
        assert_eq!(members, ["about.name"; 0]);
    }

    #[test]
    fn an_empty_profile_gets_every_hint() {
        let name = ServerName::parse("example.org").unwrap();
        let profile = Profile::new(name, Localized::english("example.org").unwrap());
        assert_eq!(of(&profile).len(), USEFUL.len() + 1);
    }
}
