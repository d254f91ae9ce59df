//! Entries of joinmatrix's list until the end of 2023.

use wellspring_document::profile::{MAX_MINIMUM_AGE, RegistrationMode};
use wellspring_document::{LanguageTag, MAX_NAME_CHARACTERS, Text, TextError};

use super::entry::Entry;
use super::findings::{Findings, read_country};
use super::registration::{SignUp, read_method};
use super::remark::RemarkReason;

pub(super) fn read(entry: &mut Entry<'_>) -> Findings {
    let mut found = Findings::new(LanguageTag::english());
    entry.leave_out("domain", RemarkReason::Host);
    found.about.website = entry.link("info");
    read_jurisdiction(entry, &mut found);
    found.policies.terms = entry.link("tos");
    found.policies.privacy = entry.link("privacy");
    read_registration(entry, &mut found);
    for member in ["remarks", "antifeature"] {
        for note in entry.text(member).into_iter().flat_map(|text| text.split(';')) {
            read_note(entry, &mut found, member, note.trim());
        }
    }
    found.read_software(entry);
    found
}

/// "Norway (Finland)": the operator is in Norway, the server stands in Finland. Without
/// brackets both are in one country, or nobody looked; so nothing is said of the server.
fn read_jurisdiction(entry: &mut Entry<'_>, found: &mut Findings) {
    const MEMBER: &str = "jurisdiction";
    let Some(text) = entry.text(MEMBER) else { return };
    let in_brackets = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let (operator, server) = match in_brackets {
        Some((operator, server)) => (operator.trim_end(), Some(server)),
        None => (text, None),
    };
    found.operator.country = read_country(entry, MEMBER, operator);
    let server = server.and_then(|server| read_country(entry, MEMBER, server));
    found.hosting.countries.extend(server);
}

fn read_registration(entry: &mut Entry<'_>, found: &mut Findings) {
    let open = entry.boolean("open");
    found.registration.mode = open.map(|open| match open {
        true => RegistrationMode::Open,
        false => RegistrationMode::Approval,
    });
    match read_method(entry, found) {
        SignUp::Own => {
            found.registration.captcha = entry.boolean("recaptcha");
            found.registration.email_required = entry.boolean("email");
        }
        SignUp::Other => {
            entry.leave_out("recaptcha", RemarkReason::OtherSignUp);
            entry.leave_out("email", RemarkReason::OtherSignUp);
        }
    }
    found.registration.link = entry.link("reg_link");
}

/// One of the notes that `remarks` and `antifeature` hold.
fn read_note(entry: &mut Entry<'_>, found: &mut Findings, member: &'static str, note: &str) {
    if note.is_empty() {
    } else if note.ends_with('?') {
        entry.remark(member, note, RemarkReason::Unsure);
    } else if let Some(name) = after("in ", note) {
        found.add_language(entry, member, name);
    } else if let Some(years) = note.strip_suffix('+') {
        match years.parse() {
            Ok(age) if age <= MAX_MINIMUM_AGE => found.registration.minimum_age = Some(age),
            _ => entry.remark(member, note, RemarkReason::InvalidAge),
        }
    } else if let Some(name) = after("operated by ", note) {
        let name = entry.checked(member, note, operator_name(name));
        found.operator.name = name.map(|name| found.localized(name));
    } else if after("requires ", note).is_some() {
        found.note(entry, member, note);
    } else {
        found.add_label(entry, member, note);
    }
}

/// What follows after this beginning, written in any case.
fn after<'a>(beginning: &str, note: &'a str) -> Option<&'a str> {
    let (start, rest) = note.split_at_checked(beginning.len())?;
    start.eq_ignore_ascii_case(beginning).then(|| rest.trim_start())
}

/// A name as documents bound it: shorter than other text.
fn operator_name(name: &str) -> Result<Text, TextError> {
    match name.chars().count() {
        length if length > MAX_NAME_CHARACTERS => {
            Err(TextError::TooManyCharacters { length, max: MAX_NAME_CHARACTERS })
        }
        _ => Text::new(name),
    }
}
