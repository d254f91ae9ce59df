//! Documents in which every member that this version knows stands at least once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{altered, object, one_key, state_hash, unsigned};
use crate::Kind;
use crate::json::Value;

/// One of each kind.
pub(crate) fn all() -> [Value; 5] {
    [profile(), adopted_list(), report(), index(), view()]
}

pub(crate) fn profile() -> Value {
    let mut body = json!({ "server_name": "garden.example:8448" });
    for part in [presentation(), operation()] {
        for (name, section) in object(&part) {
            body[name] = section.clone();
        }
    }
    unsigned(Kind::Profile, &one_key(), body)
}

pub(crate) fn list() -> Value {
    let body = json!({
        "curator": {
            "name": { "en": "Curators" },
            "website": "https://curators.example/",
            "criteria_page": "https://curators.example/criteria",
            "contact": { "email_address": "post@curators.example" },
            "how_to_apply": { "en": "Write to us." },
        },
        "entries": entries(),
        "curators": [
            {
                "issuer": state_hash(&json!({ "version": 2 })),
                "opinion": "recommend",
                "name": { "en": "Neighbours" },
                "list_url": "https://neighbours.example/list.json",
                "reason": { "en": "They look closely." },
            },
            { "issuer": state_hash(&json!({ "version": 3 })), "opinion": "distrust" },
        ],
    });
    unsigned(Kind::EndorsementList, &one_key(), body)
}

pub(crate) fn adopted_list() -> Value {
    altered(list(), |d| {
        d["adopted_from"] = json!({
            "source": "https://lists.example/servers.json",
            "format": "joinmatrix",
            "read_at": "2026-11-22T09:00:00Z",
            "list_date": "2026-11-01",
            "vouched_since": "2026-10-01",
            "credit": { "name": "The list's author", "link": "https://lists.example/" },
        });
    })
}

/// Who the server is, and what one pays.
fn presentation() -> Value {
    json!({
        "about": {
            "name": { "en": "Garden", "de": "Garten", "zh-Hant-TW": "花園" },
            "description": { "en": "A server for gardeners.\nEverybody is welcome." },
            "website": "https://garden.example/",
            "logo": logo(),
            "languages": ["en", "de"],
            "topics": ["gardening", "free-software"],
            "audience": "public",
            "since": "2019-03-01",
            "listing": "listed",
        },
        "registration": {
            "mode": "approval",
            "methods": ["password", "form"],
            "link": "https://garden.example/join",
            "email_required": false,
            "captcha": true,
            "approval_hours": 48,
            "minimum_age": 16,
            "note": { "en": "Tell us what you grow." },
            "intake": {
                "accepting_until": "2027-06-30",
                "new_accounts_per_week": 20,
                "paused": false,
            },
        },
        "operator": {
            "name": { "en": "Garden Association" },
            "legal_form": "association",
            "non_profit": true,
            "register_entry": {
                "register": "Vereinsregister Berlin",
                "number": "VR 12345",
                "link": "https://register.example/12345",
            },
            "country": "DE",
            "staff_countries": ["DE", "NL"],
            "people_with_full_access": 2,
            "team": [{
                "role": { "en": "Administrator" },
                "name": "Rose",
                "matrix_id": "@rose:garden.example:8448",
                "links": ["https://garden.example/rose"],
            }],
        },
        "contacts": {
            "contacts": [{
                "role": "m.role.admin",
                "matrix_id": "@admin:garden.example:8448",
                "email_address": "admin@garden.example",
            }],
            "support_page": "https://garden.example/help",
            "data_protection": { "page": "https://garden.example/data" },
        },
        "pricing": {
            "model": "donation",
            "link": "https://garden.example/donate",
            "plans": [{
                "name": { "en": "Bed" },
                "price": { "amount_minor": 0, "currency": "EUR" },
                "period": "year",
                "per": "person",
                "storage_mib": 1024,
            }],
            "group_accounts": false,
            "price_follows_cost": true,
            "trial_days": 0,
        },
        "finance": {
            "report": "https://garden.example/finance",
            "last_report": "2026-03-31",
            "report_interval_months": 12,
            "months_covered": 18,
            "monthly_cost": { "amount_minor": 3500, "currency": "EUR" },
            "monthly_income": { "amount_minor": 400000, "currency": "JPY" },
            "funding_sources": [
                { "kind": "donations", "name": { "en": "Gardeners" }, "percent": 100 },
            ],
        },
    })
}

/// How the server is run.
fn operation() -> Value {
    json!({
        "hosting": {
            "provider": "Greenhouse Hosting",
            "countries": ["DE", "NL"],
            "own_hardware": true,
            "energy": {
                "supplier": "Sun and Wind",
                "renewable": true,
                "kwh_per_month": 90,
                "measurement": "metered",
                "note": { "en": "With cooling." },
            },
            "other_resources": [{
                "resource": { "en": "Water" },
                "amount_per_month": 200,
                "unit": "l",
                "report": "https://garden.example/water",
            }],
        },
        "limits": {
            "upload_mib": 50,
            "storage_per_account_mib": 1024,
            "message_retention": { "forever": true },
            "media_retention": { "days": 365 },
            "user_settable": ["message-retention"],
        },
        "policies": policies(),
        "data_access": {
            "who_can_read": { "en": "Two administrators." },
            "people": 2,
            "secured_by": { "en": "Keys on cards." },
            "logged": true,
            "encrypted_at_rest": true,
            "backups": { "made": true, "encrypted": true, "kept_days": 30, "countries": ["DE"] },
            "statement": { "en": "We read nothing." },
        },
        "service": service(),
        "portability": {
            "account_export": true,
            "account_import": false,
            "deactivation": true,
            "guides": [{ "title": { "en": "Leaving" }, "link": "https://garden.example/leave" }],
        },
        "applies_to": [{
            "issuer": state_hash(&json!({ "version": 1 })),
            "message": { "en": "Please come and look." },
        }],
        "replies": [
            {
                "criterion": "finance.report-public",
                "text": { "en": "The report will be public in spring." },
                "written_at": "2026-11-01",
            },
            {
                "document": "1".repeat(64),
                "text": { "en": "That was repaired." },
                "written_at": "2026-11-02",
            },
            {
                "issuer": state_hash(&json!({ "version": 2 })),
                "text": { "en": "They never asked us." },
                "written_at": "2026-11-03",
            },
        ],
    })
}

fn policies() -> Value {
    json!({
        "terms": "https://garden.example/terms",
        "privacy": "https://garden.example/privacy",
        "rules": "https://garden.example/rules",
        "business_model_comparison": "https://garden.example/why",
        "legal_positions": [{
            "country": "DE",
            "text": { "en": "Courts can order us to hand out what we have." },
            "link": "https://garden.example/law",
        }],
        "moderation": {
            "policy": "https://garden.example/moderation",
            "decided_by": { "en": "The association's board." },
            "criteria": { "en": "Be kind." },
            "appeal": { "en": "Write to the assembly." },
            "report_contact": { "email_address": "abuse@garden.example" },
            "policy_lists": [{
                "name": { "en": "Weeds" },
                "room": "#weeds:garden.example",
                "link": "https://garden.example/weeds",
            }],
        },
    })
}

fn service() -> Value {
    json!({
        "software": { "name": "Synapse", "version": "1.140.0" },
        "features": ["sliding-sync"],
        "federation": "open",
        "bridges": ["irc"],
        "calls": { "one_to_one": true, "group": false },
        "room_directory": true,
        "active_accounts": 340,
        "status_page": "https://status.garden.example/",
        "maintenance": [{
            "starts_at": "2026-12-01T02:00:00Z",
            "ends_at": "2026-12-01T04:00:00Z",
            "note": { "en": "New disks." },
        }],
        "incidents": [{
            "date": "2026-02-03",
            "summary": { "en": "A flood." },
            "post_mortem": "https://garden.example/flood",
        }],
        "shutdown_notice_days": 90,
        "change_notice_days": 30,
    })
}

/// A picture of one pixel, as far as anybody looks at it.
fn logo() -> String {
    let mut png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0DIHDR".to_vec();
    png.extend([0, 0, 0, 1, 0, 0, 0, 1]);
    format!("data:image/png;base64,{}", STANDARD.encode(png))
}

fn entries() -> Value {
    json!([
        {
            "server_name": "garden.example",
            "issuer": state_hash(&one_key()[0]),
            "verdict": "endorse",
            "labels": ["friendly"],
            "reviewed_at": "2026-11-20",
            "known_since": "2020-01-01",
            "criteria": {
                "finance.report-public": { "met": false, "note": { "en": "Promised." } },
            },
            "reached": { "how": { "en": "By e-mail." }, "at": "2026-11-19" },
        },
        {
            "server_name": "meadow.example",
            "verdict": "list",
            "facts": {
                "about": { "name": { "en": "Meadow" } },
                "registration": { "mode": "open" },
                "operator": { "country": "NL" },
                "hosting": { "countries": ["NL"] },
                "policies": { "rules": "https://meadow.example/rules" },
                "service": { "federation": "open" },
            },
            "active_accounts": 12000,
            "imported_from": "https://lists.example/servers.json",
        },
        {
            "server_name": "swamp.example",
            "verdict": "warn",
            "reason": { "en": "Nobody answers reports." },
            "reviewed_at": "2026-11-20",
            "expires_at": "2027-05-20",
            "source": "https://curators.example/swamp",
            "objection": { "page": "https://curators.example/object" },
        },
        {
            "server_name": "[2001:db8::1]:8448",
            "verdict": "reject",
            "reason": { "en": "Sends spam." },
            "reviewed_at": "2026-11-23",
            "expires_at": "2029-11-23",
            "source": "https://curators.example/spam",
            "objection": { "matrix_id": "@objections:curators.example" },
        },
    ])
}

pub(crate) fn report() -> Value {
    let body = json!({
        "observer": {
            "name": { "en": "Observer" },
            "website": "https://observer.example/",
            "contact": { "email_address": "post@observer.example" },
        },
        "entries": [
            {
                "server_name": "garden.example",
                "observed_at": "2026-11-22T09:59:00Z",
                "client_reachable": true,
                "federation_reachable": true,
                "latency_ms": 42,
                "tls_expires_at": "2027-01-31T00:00:00Z",
                "software": { "name": "Synapse", "version": "1.140.0" },
                "registration_flows": [{ "stages": ["m.login.terms", "m.login.email.identity"] }],
                "registration": "open",
                "room_directory": true,
                "ipv6": true,
                "uptime": {
                    "24h": { "answered": 288, "made": 288 },
                    "7d": { "answered": 2016, "made": 2016 },
                    "30d": { "answered": 8640, "made": 8640 },
                    "90d": { "answered": 25900, "made": 25920 },
                },
                "profile": {
                    "status": "served",
                    "identity": "0".repeat(64),
                    "issuer": state_hash(&one_key()[0]),
                    "seen_at": "2026-11-22T09:59:00Z",
                    "first_seen_at": "2026-01-01T00:00:00Z",
                    "profile_first_seen_at": "2025-01-01T00:00:00Z",
                    "issuer_first_seen_at": "2025-12-01T00:00:00Z",
                },
                "first_seen_at": "2025-01-01T00:00:00Z",
            },
            {
                "server_name": "192.0.2.7",
                "observed_at": "2026-11-22T09:59:30Z",
                "client_reachable": false,
                "registration_flows": [],
            },
        ],
    });
    unsigned(Kind::ObservationReport, &one_key(), body)
}

/// Parts as a manifest names them, of bytes that are nowhere.
fn part_refs() -> Value {
    json!([
        { "prefix": "0", "hash": "a".repeat(64), "size": 1_000_000, "records": 1234 },
        { "prefix": "101", "hash": "b".repeat(64), "size": 20_000, "records": 1 },
        { "prefix": "11", "hash": "c".repeat(64), "size": 300, "records": 299 },
    ])
}

pub(crate) fn index() -> Value {
    let body = json!({
        "views": [
            { "community": "de-nord", "hash": "1".repeat(64), "size": 4_000 },
            { "community": "default", "hash": "2".repeat(64), "size": 16_000_000 },
        ],
        "parts": part_refs(),
    });
    unsigned(Kind::Index, &one_key(), body)
}

pub(crate) fn view() -> Value {
    let body = json!({
        "community": "de-nord",
        "now": "2026-11-22T09:59:59Z",
        "policy": {
            "name": "Nord",
            "own": state_hash(&one_key()[0]),
            "curators": [{ "issuer": state_hash(&one_key()[0]), "trust": 0.8 }],
            "trust": { "depth": 2 },
            "distrusted": [],
        },
        "parts": part_refs(),
    });
    unsigned(Kind::View, &one_key(), body)
}
