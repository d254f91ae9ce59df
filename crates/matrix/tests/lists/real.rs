//! The lists that exist, read whole. They are not part of the project; where they are
//! not at hand, these tests say so and do nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use wellspring_document::Endorsement;
use wellspring_matrix::{Effect, ListFormat, ListReading, Remark, read_list};

use crate::assert_valid;

pub(crate) fn real_list(path: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    let bytes = std::fs::read(&path);
    if bytes.is_err() {
        println!("skipped: {} is not at hand", path.display());
    }
    bytes.ok()
}

/// Shows that every part of every value of every entry is accounted for: it is in a
/// remark, or it is a fact, because without it the server would be read differently.
fn assert_accounted_for(array: Option<&str>, list: &Value, reading: &ListReading) {
    let alone = |entry: &Map<String, Value>| {
        let list = array.map_or_else(|| json!([entry]), |array| json!({ array: [entry] }));
        read_list(list.to_string().as_bytes()).unwrap().servers
    };
    let entries = array.map_or(list, |array| &list[array]).as_array().unwrap();
    for (index, entry) in entries.iter().enumerate() {
        let entry = entry.as_object().unwrap();
        let place = format!("{}[{index}]", array.unwrap_or_default());
        let whole = alone(entry);
        let is_remarked = |member: &str, part: &Value| {
            let part = part.to_string();
            reading.remarks.iter().any(|remark| {
                remark.entry.as_ref() == Some(&place)
                    && remark.member.as_deref() == Some(member)
                    && remark.value == part
            })
        };
        for (member, value) in entry.iter().filter(|(member, _)| *member != "name") {
            for (part, rest) in parts(value) {
                let mut without = entry.clone();
                without.insert(member.clone(), rest);
                assert!(
                    is_remarked(member, &part) || alone(&without) != whole,
                    "{place}.{member}: {part} is neither a fact nor in a remark"
                );
            }
        }
    }
}

/// The parts of a value that say something of their own, each with what is left of the
/// value without it: the items of an array, the notes between semicolons, the words in
/// brackets and those before them.
fn parts(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => (0..items.len())
            .map(|index| {
                let mut rest = items.clone();
                let part = rest.remove(index);
                (part, Value::Array(rest))
            })
            .collect(),
        Value::String(text) if text.contains("; ") => {
            let notes: Vec<_> = text.split("; ").collect();
            let without = |index| [&notes[..index], &notes[index + 1..]].concat().join("; ");
            (0..notes.len()).map(|index| (json!(notes[index]), json!(without(index)))).collect()
        }
        Value::String(text) => {
            match text.strip_suffix(')').and_then(|text| text.split_once(" (")) {
                Some((before, inside)) => {
                    vec![
                        (json!(before), json!(format!("({inside})"))),
                        (json!(inside), json!(before)),
                    ]
                }
                None if text.is_empty() => Vec::new(),
                None => vec![(value.clone(), Value::Null)],
            }
        }
        _ => vec![(value.clone(), Value::Null)],
    }
}

/// How many values there are in what the readings say.
fn facts(servers: &[Endorsement]) -> BTreeMap<String, usize> {
    fn count(value: &Value, path: &str, facts: &mut BTreeMap<String, usize>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                let is_localized = matches!(name.as_str(), "en" | "und");
                let path = if is_localized { path.to_owned() } else { format!("{path}.{name}") };
                count(value, path.trim_start_matches('.'), facts);
            }),
            Value::Array(items) => items.iter().for_each(|item| count(item, path, facts)),
            _ => *facts.entry(path.to_owned()).or_default() += 1,
        }
    }
    let mut facts = BTreeMap::new();
    for server in servers {
        count(&serde_json::to_value(server).unwrap(), "", &mut facts);
    }
    facts
}

fn remarks(remarks: &[Remark]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for remark in remarks {
        let member = remark.member.as_deref().unwrap_or("the entry");
        *counts.entry(format!("{member}: {}", remark.reason.code())).or_default() += 1;
    }
    counts
}

fn table(counts: &BTreeMap<String, usize>) -> String {
    counts.iter().map(|(what, count)| format!("{count:3} {what}\n")).collect()
}

#[test]
fn the_joinmatrix_list_of_2023_imports_whole() {
    let Some(bytes) = real_list("joinmatrix/servers-2023-12-22.json") else { return };
    let reading = read_list(&bytes).unwrap();

    assert_eq!(reading.format, ListFormat::JoinmatrixArray);
    assert_eq!(reading.servers.len(), 79);
    assert!(reading.remarks.iter().all(|remark| remark.reason.effect() != Effect::Skipped));
    assert_valid(&reading.servers);
    assert_accounted_for(None, &serde_json::from_slice(&bytes).unwrap(), &reading);
    insta::assert_snapshot!(table(&facts(&reading.servers)), @r"
     6 facts.about.audience
    36 facts.about.languages
    78 facts.about.website
    11 facts.hosting.countries
    70 facts.operator.country
     4 facts.operator.name
    37 facts.policies.privacy
    41 facts.policies.terms
    57 facts.registration.captcha
    57 facts.registration.email_required
    72 facts.registration.link
    63 facts.registration.methods
     1 facts.registration.minimum_age
    79 facts.registration.mode
    55 facts.registration.note
    79 facts.service.software.name
    79 facts.service.software.version
    61 labels
    79 server_name
    79 verdict
    ");
    insta::assert_snapshot!(table(&remarks(&reading.remarks)), @r"
    79 domain: list-member.host
    22 email: list-member.other-sign-up
     1 info: list-member.invalid-link
     1 jurisdiction: list-member.unknown-country
     8 jurisdiction: list-member.unsure
    22 recaptcha: list-member.other-sign-up
     3 reg_method: list-member.unknown-method
     1 remarks: list-member.unsure
    ");
}

#[test]
fn the_fluffychat_list_imports_whole() {
    let Some(bytes) = real_list("fluffychat/recommended_homeservers.json") else { return };
    let reading = read_list(&bytes).unwrap();

    assert_eq!(reading.format, ListFormat::Fluffychat);
    assert_valid(&reading.servers);
    let list = serde_json::from_slice(&bytes).unwrap();
    assert_accounted_for(Some("public_servers"), &list, &reading);
    insta::assert_snapshot!(table(&facts(&reading.servers)), @r"
    3 facts.about.audience
    3 facts.about.description
    4 facts.about.languages
    3 facts.about.website
    3 facts.registration.methods
    3 server_name
    3 verdict
    ");
    insta::assert_snapshot!(table(&remarks(&reading.remarks)), @"  3 languages: list-member.all-languages");
}
