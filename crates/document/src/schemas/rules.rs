//! What the types do not say: bounds, and rules between members.

use serde_json::{Value, json};

use super::forms::name;
use crate::profile::{
    MAX_APPROVAL_HOURS, MAX_DAYS, MAX_KWH_PER_MONTH, MAX_MEBIBYTES, MAX_MINIMUM_AGE, MAX_MONTHS,
    MAX_NEW_ACCOUNTS_PER_WEEK, MAX_PEOPLE, MAX_RESOURCE_AMOUNT,
};
use crate::{
    CriterionId, Kind, MAX_ACCOUNTS, MAX_CHECKS, MAX_CURATOR_OPINIONS, MAX_ENTRIES, MAX_LATENCY_MS,
    MAX_LIST_ITEMS, MAX_PART_BYTES, MAX_PARTS, MAX_VIEWS, Money,
};

fn at_most(maximum: impl Into<u64>) -> Value {
    json!({ "maximum": maximum.into() })
}

fn set() -> Value {
    json!({ "uniqueItems": true })
}

fn one_or_more_of(members: &[&str]) -> Value {
    members.iter().map(|member| json!({ "required": [member] })).collect()
}

/// Holds where the member is one of these words.
fn is_one_of(member: &str, words: &[&str]) -> Value {
    json!({ "properties": { member: { "enum": words } }, "required": [member] })
}

/// Additions to the schema of each type, by its name. Objects are merged, everything else
/// takes the place of what was there.
pub(super) fn additions() -> Vec<(&'static str, Value)> {
    [profile(), operation(), others(), trees()].into_iter().flatten().collect()
}

/// The first sections of a profile.
fn profile() -> Vec<(&'static str, Value)> {
    vec![
        // A profile must have a name; what somebody else knows of a server need not.
        (
            "Profile",
            json!({
                "required": ["server_name", "about"],
                "properties": { "about": { "required": ["name"] } },
            }),
        ),
        (
            "About",
            json!({
                "properties": { "name": name(), "languages": set(), "topics": set() },
            }),
        ),
        (
            "Registration",
            json!({ "properties": {
            "methods": set(),
            "approval_hours": at_most(MAX_APPROVAL_HOURS),
            "minimum_age": at_most(MAX_MINIMUM_AGE),
        } }),
        ),
        (
            "Intake",
            json!({ "properties": {
            "new_accounts_per_week": at_most(MAX_NEW_ACCOUNTS_PER_WEEK),
        } }),
        ),
        (
            "Operator",
            json!({ "properties": {
            "name": name(),
            "staff_countries": set(),
            "people_with_full_access": at_most(MAX_PEOPLE),
        } }),
        ),
        ("TeamMember", json!({ "properties": { "role": name(), "links": set() } })),
        ("SupportContact", json!({ "anyOf": one_or_more_of(&["matrix_id", "email_address"]) })),
        (
            "Contact",
            json!({
                "anyOf": one_or_more_of(&["email_address", "matrix_id", "page"]),
            }),
        ),
        ("Hosting", json!({ "properties": { "countries": set() } })),
        (
            "Energy",
            json!({
                "properties": { "kwh_per_month": at_most(MAX_KWH_PER_MONTH) },
                "dependentRequired": { "measurement": ["kwh_per_month"] },
            }),
        ),
        (
            "ResourceUse",
            json!({
                "properties": { "resource": name(), "amount_per_month": at_most(MAX_RESOURCE_AMOUNT) },
                "dependentRequired": { "amount_per_month": ["unit"], "unit": ["amount_per_month"] },
            }),
        ),
        ("Money", json!({ "properties": { "amount_minor": at_most(Money::MAX_MINOR) } })),
        (
            "Pricing",
            json!({
                "properties": { "trial_days": at_most(MAX_DAYS) },
                "if": is_one_of("model", &["free", "donation"]),
                "then": { "properties": { "plans": { "items": { "properties": { "price": {
                    "properties": { "amount_minor": { "const": 0 } },
                } } } } } },
            }),
        ),
        (
            "Plan",
            json!({
                "properties": { "name": name(), "storage_mib": at_most(MAX_MEBIBYTES) },
            }),
        ),
        (
            "Finance",
            json!({ "properties": {
            "report_interval_months": { "minimum": 1, "maximum": MAX_MONTHS },
            "months_covered": at_most(MAX_MONTHS),
        } }),
        ),
        ("FundingSource", json!({ "properties": { "name": name(), "percent": at_most(100_u8) } })),
    ]
}

/// The sections of a profile about how a server is run.
fn operation() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Limits",
            json!({ "properties": {
            "upload_mib": at_most(MAX_MEBIBYTES),
            "storage_per_account_mib": at_most(MAX_MEBIBYTES),
            "user_settable": set(),
        } }),
        ),
        (
            "Retention",
            json!({
                "properties": {
                    "days": { "minimum": 1, "maximum": MAX_DAYS },
                    "forever": { "const": true },
                },
                "oneOf": one_or_more_of(&["days", "forever"]),
            }),
        ),
        (
            "PolicyList",
            json!({
                "properties": { "name": name() },
                "anyOf": one_or_more_of(&["name", "room", "link"]),
            }),
        ),
        ("DataAccess", json!({ "properties": { "people": at_most(MAX_PEOPLE) } })),
        (
            "Backups",
            json!({
                "properties": { "kept_days": at_most(MAX_DAYS), "countries": set() },
                "if": { "properties": { "made": { "const": false } }, "required": ["made"] },
                "then": { "properties": {
                    "encrypted": false,
                    "kept_days": false,
                    "countries": { "maxItems": 0 },
                } },
            }),
        ),
        (
            "Service",
            json!({ "properties": {
            "features": set(),
            "bridges": set(),
            "active_accounts": at_most(MAX_ACCOUNTS),
            "shutdown_notice_days": at_most(MAX_DAYS),
            "change_notice_days": at_most(MAX_DAYS),
        } }),
        ),
        ("Guide", json!({ "properties": { "title": name() } })),
        ("Reply", json!({ "oneOf": one_or_more_of(&["document", "issuer", "criterion"]) })),
    ]
}

/// Indexes and views.
fn trees() -> Vec<(&'static str, Value)> {
    let parts = || json!({ "maxItems": MAX_PARTS });
    vec![
        (
            "Index",
            json!({ "properties": { "views": { "maxItems": MAX_VIEWS }, "parts": parts() } }),
        ),
        ("ViewRef", json!({ "properties": { "size": { "maximum": Kind::View.max_bytes() } } })),
        ("ViewManifest", json!({ "properties": { "parts": parts() } })),
        (
            "PartRef",
            json!({ "properties": {
            "size": { "maximum": MAX_PART_BYTES },
            "records": { "minimum": 1, "maximum": MAX_PART_BYTES - 1 },
        } }),
        ),
    ]
}

/// Endorsement lists and observation reports.
fn others() -> Vec<(&'static str, Value)> {
    vec![
        (
            "EndorsementList",
            json!({ "properties": {
            "entries": { "maxItems": MAX_ENTRIES },
            "curators": { "maxItems": MAX_CURATOR_OPINIONS },
        } }),
        ),
        ("Curator", json!({ "properties": { "name": name() } })),
        (
            "Endorsement",
            json!({
                "properties": {
                    "labels": set(),
                    "active_accounts": at_most(MAX_ACCOUNTS),
                    "criteria": {
                        "maxProperties": MAX_LIST_ITEMS,
                        "propertyNames": { "maxLength": CriterionId::MAX_LENGTH },
                    },
                },
                "if": is_one_of("verdict", &["warn", "reject"]),
                "then": { "required": ["reason", "reviewed_at", "source", "expires_at", "objection"] },
            }),
        ),
        ("CuratorOpinion", json!({ "properties": { "name": name() } })),
        ("ObservationReport", json!({ "properties": { "entries": { "maxItems": MAX_ENTRIES } } })),
        ("Observer", json!({ "properties": { "name": name() } })),
        ("Observation", json!({ "properties": { "latency_ms": at_most(MAX_LATENCY_MS) } })),
        (
            "Checks",
            json!({ "properties": {
            "made": { "minimum": 1, "maximum": MAX_CHECKS },
            "answered": at_most(MAX_CHECKS),
        } }),
        ),
        (
            "Sight",
            json!({
                "if": is_one_of("status", &["served"]),
                "then": { "required": ["identity", "issuer"] },
                "dependentRequired": { "issuer_first_seen_at": ["issuer"] },
            }),
        ),
    ]
}
