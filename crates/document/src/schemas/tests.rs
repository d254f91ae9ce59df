use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jsonschema::Validator;

use super::*;
use crate::vectors::{Vector, all_documents, full};
use crate::{RawDocument, VerifyError};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas")
}

/// With WELLSPRING_WRITE_SCHEMAS=1 this writes them.
#[test]
fn the_files_are_what_is_made_here() {
    let writes = std::env::var_os("WELLSPRING_WRITE_SCHEMAS").is_some_and(|value| value == "1");
    for kind in Kind::ALL {
        let path = folder().join(file_name(kind));
        let made = serde_json::to_string_pretty(&schema(kind)).unwrap() + "\n";
        if writes {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written == made, "{} is not what is made here", path.display());
    }
}

#[test]
fn every_rule_is_about_a_type_that_documents_have() {
    let schemas = Kind::ALL.map(schema);
    for (name, _) in rules::additions() {
        let roots = ["Profile", "EndorsementList", "ObservationReport", "Index", "ViewManifest"];
        let is_root = roots.contains(&name);
        let is_known = is_root || schemas.iter().any(|it| it["$defs"].get(name).is_some());
        assert!(is_known, "{name}");
    }
}

struct Schemas(BTreeMap<&'static str, Validator>);

impl Schemas {
    fn new() -> Self {
        let compiled = |kind| jsonschema::draft202012::new(&schema(kind)).unwrap();
        Self(Kind::ALL.into_iter().map(|kind| (kind.type_name(), compiled(kind))).collect())
    }

    /// Whether a document fits the schema of the kind that it says it is.
    fn fit(&self, document: &Value) -> bool {
        let kind = document["type"].as_str().and_then(|name| self.0.get(name));
        kind.is_some_and(|schema| schema.is_valid(document))
    }
}

fn read(vector: &Vector) -> Value {
    crate::json::read(&vector.content.to_bytes(), Kind::LARGEST_BYTES).unwrap()
}

#[test]
fn every_good_vector_fits() {
    let schemas = Schemas::new();
    for vector in all_documents().iter().filter(|vector| vector.expected.is_ok()) {
        assert!(schemas.fit(&read(vector)), "{}", vector.name);
    }
}

/// The vectors that a schema passes although a member of theirs is wrong. The reasons stand in
/// docs/implementers.md.
#[test]
fn a_schema_refuses_every_bad_member_but_these() {
    let schemas = Schemas::new();
    let codes = ["schema.bad-member", "envelope.bad-member", "envelope.wrong-context"];
    let bad = |vector: &&Vector| vector.expected.is_err_and(|code| codes.contains(&code));
    let documents = all_documents();
    let bad: Vec<_> = documents.iter().filter(bad).collect();
    let passed: Vec<_> =
        bad.iter().filter(|vector| schemas.fit(&read(vector))).map(|it| &*it.name).collect();
    assert!(bad.len() >= 80, "{}", bad.len());
    insta::assert_snapshot!(passed.join("\n"), @"
    schema-profile-website-dots
    schema-profile-percent
    schema-profile-maintenance
    schema-list-server-twice
    schema-list-warn-for-long
    schema-list-review-from-the-future
    schema-list-reached-in-the-future
    schema-list-read-in-the-future
    schema-list-known-after-review
    schema-list-curator-twice
    schema-report-from-the-future
    schema-report-sight-from-the-future
    schema-report-more-answers
    schema-report-first-seen
    schema-report-server-twice
    schema-index-views-order
    schema-index-view-twice
    schema-index-parts-order
    schema-index-part-twice
    schema-index-parts-overlap
    schema-index-parts-overlap-backwards
    schema-index-parts-overlap-all
    schema-index-part-of-too-many
    schema-view-from-the-future
    schema-view-policy-long
    schema-view-parts-overlap
    ");
}

/// What verification says of the members: nothing, or the rule that is broken. Key histories
/// are judged after them, so an empty one spares the signatures.
fn fault(document: &Value) -> Option<String> {
    let mut document = document.clone();
    document["key_history"] = json!([]);
    let bytes = serde_json::to_vec(&document).unwrap();
    match RawDocument::new(bytes).verify_any().unwrap_err() {
        VerifyError::BadMember(member) | VerifyError::BadEnvelope(member) => Some(member.rule),
        error if error.code() == "history.empty" => None,
        error => Some(error.code().to_owned()),
    }
}

/// Every place in a value, but for proofs and keys.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, it)| (n.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inner {
        if !["key_history", "proof", "type"].contains(&name.as_str()) {
            let place = format!("{at}/{name}");
            self::places(value, &place, places);
            places.push(place);
        }
    }
}

/// Values that are put in the place of a value: other types, bounds and what is next to them.
fn replacements(value: &Value) -> Vec<Value> {
    let mut others = vec![json!(null), json!(true), json!([]), json!({}), json!(0), json!("a")];
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => others.extend(numbers()),
        Value::String(text) => others.extend(texts(text)),
        Value::Array(items) => {
            let twice = items.iter().chain(items).cloned();
            others.push(twice.collect());
            others.extend(items.first().map(|item| json!(vec![item; 101])));
        }
        Value::Object(members) => {
            for name in members.keys() {
                let mut without = members.clone();
                let value = without.remove(name).unwrap();
                others.push(json!(without));
                without.insert(format!("{name}x"), value);
                others.push(json!(without));
            }
        }
    }
    others
}

fn numbers() -> Vec<Value> {
    let bounds = [
        100,
        120,
        3_653,
        8_784,
        100_000,
        600_000,
        10_000_000,
        1_000_000_000,
        1_073_741_824,
        10_000_000_000,
        1_000_000_000_000,
        1_000_000_000_000_000,
        9_007_199_254_740_990_u64,
    ];
    let around = bounds.into_iter().flat_map(|bound| [json!(bound), json!(bound + 1)]);
    around.chain([json!(1), json!(-1), json!(2.5), json!(1e16)]).collect()
}

fn texts(text: &str) -> Vec<Value> {
    let lengths = [64, 65, 100, 101, 255, 256, 500, 501, 2_048, 2_049, 5_000, 5_001];
    let long = lengths.map(|length| json!("a".repeat(length)));
    let others = [
        "",
        "en",
        "1-a",
        "-",
        "a\nb",
        " \u{200b}",
        "a\u{202e}b",
        "😀",
        "2026-02-29",
        "2026-02-30",
        "1969-12-31",
        "10000-01-01",
        "1.2.3",
        "[::0]",
        "file:list",
        "file:a/b",
        "https://a.example/../b",
        "https://a.example/%zz",
        "https://a.example:0/",
        "https://1.2/",
        "https://[::0]/",
        "https://A.example/a?b#c",
        "https://a.example/ü",
    ];
    let altered = [
        text.to_uppercase(),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text}x"),
        format!("{text}:80"),
        format!("{text}:65536"),
        text.chars().skip(1).collect(),
    ];
    long.into_iter().chain(others.map(Value::from)).chain(altered.map(Value::from)).collect()
}

/// The names of all members in a value, or below `properties` in a schema.
fn names(value: &Value, is_schema: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, is_schema, found)),
        Value::Object(members) => {
            for (name, value) in members {
                let inner = value.as_object().filter(|_| is_schema && name == "properties");
                found.extend(inner.into_iter().flat_map(Map::keys).cloned());
                found.extend((!is_schema).then(|| name.clone()));
                names(value, is_schema, found);
            }
        }
        _ => {}
    }
}

/// So that what follows looks at all of them.
#[test]
fn the_full_documents_have_every_member_that_a_schema_names() {
    let (mut named, mut there) = (BTreeSet::new(), BTreeSet::new());
    Kind::ALL.iter().for_each(|kind| names(&schema(*kind), true, &mut named));
    for document in full::all() {
        names(&crate::vectors::signed(document, &[1]), false, &mut there);
    }
    let missing: Vec<_> = named.difference(&there).map(String::as_str).collect();
    let of_the_envelope =
        ["@context", "expires", "previous", "previousProof", "recovery_keys", "recovery_threshold"];
    assert_eq!(missing, of_the_envelope);
}

/// A schema must never refuse what the program takes; what it passes although the program
/// refuses it is listed here, rule by rule.
#[test]
fn schema_and_program_agree_about_every_alteration_but_these() {
    let schemas = Schemas::new();
    let (mut passed, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut agreed = 0;
    for document in full::all() {
        let document = crate::vectors::signed(document, &[1]);
        let mut all = Vec::new();
        places(&document, "", &mut all);
        // One of each: entries and languages are judged alike.
        all.retain(|place| {
            let is_item = place.ends_with(|it: char| it.is_ascii_digit());
            let names = place.rsplit('/').filter(|it| it.parse::<u8>().is_err());
            seen.insert((is_item, names.take(2).map(str::to_owned).collect::<Vec<_>>()))
        });
        for place in all {
            for other in replacements(document.pointer(&place).unwrap()) {
                let mut altered = document.clone();
                *altered.pointer_mut(&place).unwrap() = other.clone();
                let fits = schemas.fit(&altered);
                match fault(&altered) {
                    None => assert!(fits, "{place}: {other} is taken"),
                    Some(fault) if fits => drop(passed.insert(without_digits(&fault))),
                    Some(_) => agreed += 1,
                }
            }
        }
    }
    assert!(agreed > 5_000, "{agreed}");
    insta::assert_snapshot!(passed.into_iter().collect::<Vec<_>>().join("\n"), @r#"
    "--" is not a date of the form -- (years  to )
    ".." has no valid IP address as its host
    "[::]" has no valid IP address as its host
    must add up to at most  percent, not
    must be an https link, or "file:" and a file name without a path
    must be at least , and less than size
    must be at most made (), not
    must be one or more labels with dots between them, as finance.report-public, of at most  characters
    must be valid base with padding
    must be written https://.../, so that all programs read it alike
    must be written https://[::]/, so that all programs read it alike
    must be written https://a.example/b, so that all programs read it alike
    must come after that of the view before, and not twice
    must come after the one before, and neither may begin with the other
    must not appear twice
    must not appear twice; entry  is about garden.example
    must not repeat item
    "#);
}

/// The rule, whatever numbers it is about.
fn without_digits(rule: &str) -> String {
    rule.split(|it: char| it.is_ascii_digit()).collect::<String>().trim_end().to_owned()
}
