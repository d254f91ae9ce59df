use serde_json::{Value, json};

use super::*;
use crate::authoring::tests::full_list;
use crate::body::read_value;

fn list(entries: &Value) -> Value {
    json!({"curator": {"name": {"en": "Curators"}}, "entries": entries})
}

/// A warning that obeys every rule, with one member replaced, or removed by null.
fn warning_with(member: &str, value: Value) -> Value {
    let mut entry = json!({
        "server_name": "bad.example",
        "verdict": "warn",
        "reason": {"en": "Abuse goes unanswered"},
        "reviewed_at": "2026-10-01",
        "expires_at": "2027-04-01",
        "source": "https://curators.example/bad",
        "objection": {"page": "https://curators.example/objections"},
    });
    let members = entry.as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(member),
        value => members.insert(member.to_owned(), value),
    };
    list(&json!([entry]))
}

fn check(list: &Value) -> Result<(), InvalidMember> {
    read_value::<EndorsementList>(list).and_then(|list| list.validate())
}

fn refusal(list: &Value) -> String {
    check(list).unwrap_err().to_string()
}

#[test]
fn a_full_list_survives_json() {
    let list = full_list();
    let json = serde_json::to_value(&list).unwrap();
    assert_eq!(read_value::<EndorsementList>(&json), Ok(list));
}

/// A node may hold a million of them.
#[test]
fn an_entry_that_says_little_is_small() {
    assert!(size_of::<Endorsement>() <= 320, "{} bytes", size_of::<Endorsement>());
}

#[test]
fn the_subject_of_a_list_is_where_it_was_adopted_from() {
    let mut list = EndorsementList::new(Curator::new(Localized::english("Curators").unwrap()));
    assert_eq!(list.subject(), "");
    list.adopted_from = Some(AdoptedFrom {
        source: ListSource::file("servers.json").unwrap(),
        format: Label::new("joinmatrix").unwrap(),
        read_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        list_date: None,
        vouched_since: None,
        credit: None,
    });
    assert_eq!(list.subject(), "file:servers.json");
    assert_eq!(list.validate(), Ok(()));
}

#[test]
fn a_source_is_a_link_or_a_bare_file_name() {
    for text in ["https://lists.example/servers.json", "file:servers 2023.json"] {
        assert_eq!(ListSource::new(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "file:",
        "file:/etc/passwd",
        "file:..\\a",
        "http://a.example/",
        "servers.json",
        "file:a\nb",
        &format!("file:{}", "a".repeat(256)),
    ] {
        assert_eq!(ListSource::new(text), Err(ListSourceError), "{text:?}");
    }
    insta::assert_snapshot!(ListSourceError, @r#"must be an https link, or "file:" and a file name without a path"#);
}

#[test]
fn praise_needs_no_grounds_but_warnings_do() {
    for verdict in ["endorse", "list"] {
        let entry = json!([{"server_name": "good.example", "verdict": verdict}]);
        assert_eq!(check(&list(&entry)), Ok(()));
    }
    assert_eq!(check(&warning_with("verdict", json!("reject"))), Ok(()));
    let without = |member: &str| refusal(&warning_with(member, Value::Null));
    insta::assert_snapshot!(without("reason"), @"entries[0].reason: is required with the verdict warn");
    insta::assert_snapshot!(without("reviewed_at"), @"entries[0].reviewed_at: is required with the verdict warn");
    insta::assert_snapshot!(without("source"), @"entries[0].source: is required with the verdict warn");
    insta::assert_snapshot!(without("expires_at"), @"entries[0].expires_at: is required with the verdict warn");
    insta::assert_snapshot!(without("objection"), @"entries[0].objection: is required with the verdict warn");
}

#[test]
fn members_that_break_a_rule_are_refused() {
    let with = |member: &str, value| refusal(&warning_with(member, value));
    insta::assert_snapshot!(with("verdict", json!("certify")), @r#"entries[0].verdict: must be one of endorse, list, warn, reject, not "certify""#);
    insta::assert_snapshot!(with("reason", json!({})), @"entries[0].reason: must have a text in at least one language");
    insta::assert_snapshot!(with("reason", json!({"en": "line\nbreak"})), @"entries[0].reason.en: must be one line of text; remove the line break after character 4");
    insta::assert_snapshot!(with("reviewed_at", json!("2026-13-01")), @r#"entries[0].reviewed_at: "2026-13-01" is not a date of the form 2026-11-22 (years 1970 to 9999)"#);
    insta::assert_snapshot!(with("expires_at", json!("2026-10-01")), @"entries[0].expires_at: must be later than reviewed_at");
    insta::assert_snapshot!(with("expires_at", json!("9999-12-31")), @"entries[0].expires_at: must be at most 1096 days after reviewed_at with the verdict warn");
    insta::assert_snapshot!(with("known_since", json!("2026-10-02")), @"entries[0].known_since: must not be later than reviewed_at");
    insta::assert_snapshot!(with("objection", json!({})), @"entries[0].objection: must have an email_address, a matrix_id or a page");
    insta::assert_snapshot!(with("labels", json!(["slow", "slow"])), @"entries[0].labels[1]: must not repeat item 0");
    insta::assert_snapshot!(with("criteria", json!({"Finance": {"met": true}})), @"entries[0].criteria.Finance: must be one or more labels with dots between them, as finance.report-public, of at most 100 characters");
    insta::assert_snapshot!(with("criteria", json!({"finance": {}})), @"entries[0].criteria.finance.met: is required");
    insta::assert_snapshot!(with("active_accounts", json!(MAX_ACCOUNTS + 1)), @"entries[0].active_accounts: must be at most 10000000000, not 10000000001");
    insta::assert_snapshot!(with("facts", json!({"operator": {"staff_countries": ["DE", "DE"]}})), @"entries[0].facts.operator.staff_countries[1]: must not repeat item 0");
}

#[test]
fn a_list_says_one_thing_about_each() {
    let entries = json!([
        {"server_name": "a.example", "verdict": "endorse"},
        {"server_name": "b.example", "verdict": "endorse"},
        {"server_name": "a.example", "verdict": "list"},
    ]);
    insta::assert_snapshot!(refusal(&list(&entries)), @"entries[2].server_name: must not appear twice; entry 0 is about a.example");

    let mut list = full_list();
    list.curators.extend(list.curators.clone());
    insta::assert_snapshot!(list.validate().unwrap_err(), @"curators[1].issuer: must not appear twice");
}

#[test]
fn criteria_are_labels_with_dots_between_them() {
    for name in ["finance-report", "identity.signed-profile", "a.b.c"] {
        assert!(CriterionId::new(name).is_ok(), "{name}");
    }
    for name in ["", ".", "a.", ".a", "a..b", "A.b", "a b", &"a".repeat(101)] {
        assert_eq!(CriterionId::new(name), Err(CriterionIdError), "{name}");
    }
}

#[test]
fn a_verdict_against_a_server_counts_for_three_years_at_most() {
    assert_eq!(check(&warning_with("expires_at", json!("2029-10-01"))), Ok(()));
    insta::assert_snapshot!(refusal(&warning_with("expires_at", json!("2029-10-02"))), @"entries[0].expires_at: must be at most 1096 days after reviewed_at with the verdict warn");
    let praise = json!([{
        "server_name": "good.example",
        "verdict": "endorse",
        "reviewed_at": "2026-10-01",
        "expires_at": "2040-01-01",
    }]);
    assert_eq!(check(&list(&praise)), Ok(()), "praise fades with its age by itself");
}

#[test]
fn nothing_was_seen_later_than_it_was_signed() {
    let issued_at = "2026-11-22T10:00:00Z".parse().unwrap();
    let at = |member: &str, value: Value| {
        let mut entry = json!({"server_name": "good.example", "verdict": "endorse"});
        entry.as_object_mut().unwrap().insert(member.to_owned(), value);
        let list = read_value::<EndorsementList>(&list(&json!([entry]))).unwrap();
        list.validate().and_then(|()| list.validate_at(issued_at)).map_err(|it| it.to_string())
    };
    let reached = |day: &str| json!({"how": {"en": "By e-mail"}, "at": day});
    // It is tomorrow already somewhere.
    assert_eq!(at("reviewed_at", json!("2026-11-23")), Ok(()));
    assert_eq!(at("known_since", json!("2026-11-23")), Ok(()));
    assert_eq!(at("reached", reached("2026-11-23")), Ok(()));
    insta::assert_snapshot!(at("reviewed_at", json!("2026-11-24")).unwrap_err(), @"entries[0].reviewed_at: must not be later than issued_at (2026-11-22)");
    insta::assert_snapshot!(at("known_since", json!("2100-01-01")).unwrap_err(), @"entries[0].known_since: must not be later than issued_at (2026-11-22)");
    insta::assert_snapshot!(at("reached", reached("2026-11-24")).unwrap_err(), @"entries[0].reached.at: must not be later than issued_at (2026-11-22)");
}
