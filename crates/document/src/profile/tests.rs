use serde_json::{Value, json};

use super::*;
use crate::authoring::tests::full_profile;
use crate::body::read_value;

/// The full profile as JSON, with one member replaced.
fn profile_with(path: &str, value: Value) -> Value {
    let mut profile = serde_json::to_value(full_profile()).unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap();
    profile.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    profile
}

fn refusal(path: &str, value: Value) -> String {
    let profile = profile_with(path, value);
    match read_value::<Profile>(&profile).and_then(|profile| profile.validate()) {
        Ok(()) => panic!("{path} was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_full_profile_survives_json() {
    let profile = full_profile();
    let json = serde_json::to_value(&profile).unwrap();
    let read_back: Profile = read_value(&json).unwrap();
    assert_eq!(read_back, profile);
    assert_eq!(read_back.validate(), Ok(()));
    assert_eq!(serde_json::to_value(&read_back).unwrap(), json);
    assert_eq!(profile.subject(), "garden.example");
}

#[test]
fn the_shortest_profile_is_two_names() {
    let name = Localized::english("Garden").unwrap();
    let profile = Profile::new(ServerName::parse("garden.example").unwrap(), name);
    assert_eq!(profile.validate(), Ok(()));
    let json = json!({"server_name": "garden.example", "about": {"name": {"en": "Garden"}}});
    assert_eq!(serde_json::to_value(&profile).unwrap(), json);
    assert_eq!(read_value::<Profile>(&json), Ok(profile));
}

#[test]
fn an_empty_section_is_not_written() {
    let mut profile = full_profile();
    profile.registration = Some(Registration::default());
    let json = serde_json::to_value(&profile).unwrap();
    assert_eq!(json.get("registration"), None);
}

#[test]
fn members_of_newer_versions_are_passed_over() {
    let json = profile_with("/hosting/cooling", json!({"by": ["air"], "since": null}));
    assert_eq!(read_value::<Profile>(&json), Ok(full_profile()));
}

#[test]
fn names_are_required() {
    insta::assert_snapshot!(refusal("/about", json!({})), @"about.name: is required");
    let without_server = read_value::<Profile>(&json!({"about": {"name": {"en": "Garden"}}}));
    insta::assert_snapshot!(without_server.unwrap_err(), @"server_name: is required");
}

#[test]
fn members_that_break_a_rule_are_refused() {
    let long = "a".repeat(101);
    let many: Vec<String> = (0..101).map(|n| format!("topic-{n}")).collect();
    insta::assert_snapshot!(refusal("/server_name", json!("Garden.example")), @r#"server_name: "Garden.example" has an upper-case letter; server names in documents are lower case"#);
    insta::assert_snapshot!(refusal("/about/name", json!({"de": long})), @"about.name.de: must have at most 100 characters, as a name, not 101");
    insta::assert_snapshot!(refusal("/about/topics", json!(many)), @"about.topics: must have at most 100 items, not 101");
    insta::assert_snapshot!(refusal("/about/languages", json!(["de", "en", "de"])), @"about.languages[2]: must not repeat item 0");
    insta::assert_snapshot!(refusal("/about/logo", json!("https://a.example/logo.png")), @"about.logo: must begin with data:image/png;base64, and hold the picture itself");
    insta::assert_snapshot!(refusal("/registration/approval_hours", json!(10_000)), @"registration.approval_hours: must be at most 8784, not 10000");
    insta::assert_snapshot!(refusal("/registration/minimum_age", json!(121)), @"registration.minimum_age: must be at most 120, not 121");
    insta::assert_snapshot!(refusal("/registration/methods", json!(["form", "form"])), @"registration.methods[1]: must not repeat item 0");
    insta::assert_snapshot!(refusal("/operator/country", json!("Germany")), @"operator.country: must be a country code of ISO 3166-1 in two capital letters, like DE or GB");
    insta::assert_snapshot!(refusal("/operator/team", json!([{"name": "Rowan"}])), @"operator.team[0].role: is required");
    insta::assert_snapshot!(refusal("/contacts/contacts", json!([{"role": "m.role.admin"}])), @"contacts.contacts[0]: must have a matrix_id or an email_address");
    insta::assert_snapshot!(refusal("/contacts/data_protection", json!({})), @"contacts.data_protection: must have an email_address, a matrix_id or a page");
    insta::assert_snapshot!(refusal("/hosting/energy", json!({"measurement": "metered"})), @"hosting.energy.kwh_per_month: is required with measurement");
    insta::assert_snapshot!(refusal("/hosting/other_resources", json!([{"resource": {"en": "water"}, "unit": "l"}])), @"hosting.other_resources[0]: must have amount_per_month and unit together");
    insta::assert_snapshot!(refusal("/pricing/model", json!("free")), @"pricing.plans[0].price: must be 0 where the pricing model is free or donation; or use mixed");
    insta::assert_snapshot!(refusal("/finance/monthly_cost", json!({"amount_minor": 2 * 10_u64.pow(15), "currency": "EUR"})), @"finance.monthly_cost.amount_minor: must be at most 1000000000000000, not 2000000000000000");
    insta::assert_snapshot!(refusal("/finance/monthly_cost", json!({"amount_minor": 10_u64.pow(16), "currency": "EUR"})), @"finance.monthly_cost.amount_minor: must be a whole number from 0 to 2^53 - 1, not 10000000000000000");
    insta::assert_snapshot!(refusal("/finance/report_interval_months", json!(0)), @"finance.report_interval_months: must be at least 1");
    insta::assert_snapshot!(refusal("/finance/funding_sources", json!([{"kind": "grants", "percent": 60}, {"kind": "sponsors", "percent": 60}])), @"finance.funding_sources: must add up to at most 100 percent, not 120");
    insta::assert_snapshot!(refusal("/limits/media_retention", json!({"days": 3, "forever": true})), @"limits.media_retention: must have either days, at least 1, or forever = true");
    insta::assert_snapshot!(refusal("/policies/legal_positions", json!([{"country": "DE", "text": {"en": "a"}}, {"country": "DE", "text": {"en": "b"}}])), @"policies.legal_positions[1]: must not repeat item 0");
    insta::assert_snapshot!(refusal("/policies/moderation/policy_lists", json!([{}])), @"policies.moderation.policy_lists[0]: must have a name, a room or a link");
    insta::assert_snapshot!(refusal("/data_access/people", json!(100_001)), @"data_access.people: must be at most 100000, not 100001");
    insta::assert_snapshot!(refusal("/data_access/backups", json!({"made": false, "kept_days": 3})), @"data_access.backups: must say nothing else where made = false");
    insta::assert_snapshot!(refusal("/service/active_accounts", json!(10_000_000_001_u64)), @"service.active_accounts: must be at most 10000000000, not 10000000001");
    insta::assert_snapshot!(refusal("/service/maintenance", json!([{"starts_at": "2026-12-05T20:00:00Z", "ends_at": "2026-12-05T20:00:00Z"}])), @"service.maintenance[0].ends_at: must be later than starts_at");
    insta::assert_snapshot!(refusal("/applies_to", json!([{"issuer": "z6Mk"}])), @r#"applies_to[0].issuer: "z6Mk" is not an issuer id; one begins with zQm and has 47 characters"#);
    insta::assert_snapshot!(refusal("/replies", json!([{"text": {"en": "a"}, "written_at": "2026-03-02"}])), @"replies[0]: must answer exactly one of document, issuer and criterion");
}

#[test]
fn only_the_whole_unlisted_file_is_the_wish_not_to_be_listed() {
    for text in ["{\"listing\": \"unlisted\"}", " {\n\"listing\":\"\\u0075nlisted\" } "] {
        assert!(is_unlisted_wish(text.as_bytes()), "{text}");
    }
    for text in [
        "{\"listing\": \"listed\"}",
        "{\"listing\": true}",
        "{\"listing\": \"unlisted\", \"listing\": \"unlisted\"}",
        "{\"listing\": \"unlisted\", \"type\": \"wellspring.profile.v1\"}",
        "\"unlisted\"",
        "{\"listing\": \"unlisted\"} {}",
        "",
    ] {
        assert!(!is_unlisted_wish(text.as_bytes()), "{text}");
    }
}
