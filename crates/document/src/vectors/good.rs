//! Documents that hold: of every kind, and in every spelling.

use serde_json::json;

use super::{
    Vector, altered, canonical, one_key, public, resigned, short, signed, state_hash, unsigned,
};
use crate::Kind;
use crate::json::Value;

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = kinds();
    vectors.extend(spellings());
    vectors.extend(numbers());
    vectors.extend(text());
    vectors
}

pub(super) fn full_profile() -> Value {
    unsigned(Kind::Profile, &one_key(), full_profile_body())
}

pub(super) fn full_list() -> Value {
    unsigned(Kind::EndorsementList, &one_key(), full_list_body())
}

pub(super) fn full_report() -> Value {
    unsigned(Kind::ObservationReport, &one_key(), full_report_body())
}

fn kinds() -> Vec<Vector> {
    let list = json!({ "curator": { "name": { "en": "Curators" } } });
    let report = json!({ "observer": { "name": { "en": "Observer" } } });
    let adopted = altered(full_list(), |d| {
        d["adopted_from"] = json!({
            "source": "https://lists.example/servers.json",
            "format": "joinmatrix",
            "read_at": "2026-11-22T09:00:00Z",
            "list_date": "2026-11-01",
            "credit": { "name": "The list's author", "link": "https://lists.example/" },
        });
    });
    let one = |document| signed(document, &[1]);
    vec![
        Vector::good("good-profile", "The shortest profile.", &short()),
        Vector::good(
            "good-profile-asked-for",
            "A profile, and a profile was asked for.",
            &resigned(|d| d["sequence"] = json!(2)),
        )
        .asked_for(Kind::Profile),
        Vector::good("good-profile-full", "A profile with every section.", &one(full_profile())),
        Vector::good(
            "good-profile-unlisted",
            "A profile of a server that does not want to be listed.",
            &resigned(|d| d["about"]["listing"] = json!("unlisted")),
        ),
        Vector::good(
            "good-list",
            "The shortest endorsement list.",
            &one(unsigned(Kind::EndorsementList, &one_key(), list)),
        ),
        Vector::good("good-list-full", "All verdicts, with their grounds.", &one(full_list())),
        Vector::good(
            "good-list-adopted",
            "A list that a node adopted: its subject is where it was read.",
            &one(adopted),
        ),
        Vector::good(
            "good-report",
            "The shortest observation report.",
            &one(unsigned(Kind::ObservationReport, &one_key(), report)),
        ),
        Vector::good("good-report-full", "A report about two servers.", &one(full_report())),
    ]
}

fn full_profile_body() -> Value {
    let mut body = json!({
        "server_name": "garden.example:8448",
        "about": {
            "name": { "en": "Garden", "de": "Garten", "zh-Hant-TW": "花園" },
            "description": { "en": "A server for gardeners.\nEverybody is welcome." },
            "website": "https://garden.example/",
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
            "approval_hours": 48,
            "minimum_age": 16,
            "intake": { "accepting_until": "2027-06-30", "new_accounts_per_week": 20 },
        },
        "operator": {
            "name": { "en": "Garden Association" },
            "legal_form": "association",
            "non_profit": true,
            "country": "DE",
            "people_with_full_access": 2,
        },
        "contacts": {
            "contacts": [{ "role": "m.role.admin", "matrix_id": "@admin:garden.example:8448" }],
            "support_page": "https://garden.example/help",
        },
        "pricing": { "model": "donation", "trial_days": 0 },
        "finance": {
            "report_interval_months": 12,
            "monthly_cost": { "amount_minor": 3500, "currency": "EUR" },
            "funding_sources": [{ "kind": "donations", "percent": 100 }],
        },
        "limits": { "upload_mib": 50, "message_retention": { "forever": true } },
    });
    let further = json!({
        "hosting": { "countries": ["DE", "NL"], "energy": { "renewable": true } },
        "policies": {
            "privacy": "https://garden.example/privacy",
            "moderation": { "policy": "https://garden.example/rules" },
        },
        "data_access": {
            "people": 2,
            "backups": { "made": true, "encrypted": true, "kept_days": 30, "countries": ["DE"] },
        },
        "service": {
            "software": { "name": "Synapse", "version": "1.140.0" },
            "federation": "open",
            "active_accounts": 340,
            "maintenance": [
                { "starts_at": "2026-12-01T02:00:00Z", "ends_at": "2026-12-01T04:00:00Z" },
            ],
        },
        "portability": { "account_export": true, "deactivation": true },
        "applies_to": [{ "issuer": state_hash(&json!({ "version": 1 })) }],
        "replies": [{
            "criterion": "finance.report-public",
            "text": { "en": "The report will be public in spring." },
            "written_at": "2026-11-01",
        }],
    });
    for (name, section) in super::object(&further) {
        body[name] = section.clone();
    }
    body
}

fn full_list_body() -> Value {
    json!({
        "curator": {
            "name": { "en": "Curators" },
            "website": "https://curators.example/",
            "contact": { "email_address": "post@curators.example" },
            "how_to_apply": { "en": "Write to us." },
        },
        "entries": [
            {
                "server_name": "garden.example",
                "issuer": state_hash(&one_key()[0]),
                "verdict": "endorse",
                "labels": ["friendly"],
                "reviewed_at": "2026-11-20",
                "known_since": "2020-01-01",
                "criteria": { "finance.report-public": { "met": false } },
                "reached": { "how": { "en": "By e-mail." }, "at": "2026-11-19" },
            },
            {
                "server_name": "meadow.example",
                "verdict": "list",
                "facts": { "about": { "name": { "en": "Meadow" } } },
                "active_accounts": 12000,
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
        ],
        "curators": [
            { "issuer": state_hash(&json!({ "version": 2 })), "opinion": "recommend" },
            { "issuer": state_hash(&json!({ "version": 3 })), "opinion": "distrust" },
        ],
    })
}

fn full_report_body() -> Value {
    json!({
        "observer": { "name": { "en": "Observer" }, "website": "https://observer.example/" },
        "entries": [
            {
                "server_name": "garden.example",
                "observed_at": "2026-11-22T09:59:00Z",
                "client_reachable": true,
                "federation_reachable": true,
                "latency_ms": 42,
                "software": { "name": "Synapse", "version": "1.140.0" },
                "registration_flows": [{ "stages": ["m.login.terms", "m.login.email.identity"] }],
                "registration": "open",
                "uptime": {
                    "24h": { "answered": 288, "made": 288 },
                    "90d": { "answered": 25900, "made": 25920 },
                },
                "profile": {
                    "status": "served",
                    "identity": "0".repeat(64),
                    "issuer": state_hash(&one_key()[0]),
                    "seen_at": "2026-11-22T09:59:00Z",
                    "first_seen_at": "2026-01-01T00:00:00Z",
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
    })
}

/// Other bytes of the shortest profile: the same identity, and the same proof holds.
fn spellings() -> Vec<Vector> {
    let text = String::from_utf8(canonical(&short())).unwrap();
    let respelt = |name, about, changes: &[(&str, &str)]| {
        let mut respelt = text.clone();
        for (from, to) in changes {
            assert!(respelt.contains(from), "{from}");
            respelt = respelt.replacen(from, to, 1);
        }
        Vector::good(name, about, respelt.into_bytes())
    };
    let pretty = serde_json::to_string_pretty(&short()).unwrap();
    let reversed = {
        let document = short();
        let members = super::object(&document).iter().rev();
        let members: Vec<String> =
            members.map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!("{{{}}}", members.join(","))
    };
    vec![
        Vector::good(
            "good-spelling-pretty",
            "The shortest profile, indented and with a line break at its end.",
            format!("{pretty}\n").into_bytes(),
        ),
        Vector::good(
            "good-spelling-crlf",
            "Indented with tabs and line breaks of Windows.",
            pretty.replace('\n', "\r\n").replace("  ", "\t").into_bytes(),
        ),
        Vector::good("good-spelling-order", "Its members in another order.", reversed.into_bytes()),
        respelt(
            "good-spelling-escapes",
            "Letters of names and values are escaped, the slash too.",
            &[
                ("\"sequence\"", "\"\\u0073eq\\u0075ence\""),
                ("Garden", "\\u0047arden"),
                ("\"eddsa-jcs-2022\"", "\"eddsa\\u002djcs\\u002D2022\""),
            ],
        ),
        respelt(
            "good-spelling-number",
            "The sequence is written 10.0e-1.",
            &[("\"sequence\":1", "\"sequence\":10.0e-1")],
        ),
    ]
}

/// All of these numbers stand in an unknown member, and are what is signed as doubles.
fn numbers() -> Vec<Vector> {
    let numbers = json!([
        0.1,
        1e21,
        1e-7,
        123_456_789_012_345_680_000.0,
        5e-324,
        1.797_693_134_862_315_7e308,
        -2.5
    ]);
    let exact = resigned(|d| d["later"] = numbers);
    let text = String::from_utf8(canonical(&exact)).unwrap();
    let written = "[0.1,1e+21,1e-7,123456789012345680000,5e-324,1.7976931348623157e+308,-2.5]";
    assert!(text.contains(written), "{text}");
    // An integer beyond 2^53 - 1 is refused, so the canonical form of that one is no document.
    let readable = text.replace(
        written,
        "[0.1000000000000000055,1000000000000000000000.0,0.0000001,12345678901234568e4,\
         4.9E-324,17976931348623157e292,-25e-1]",
    );
    let zeros = resigned(|d| d["later"] = json!([0, 0, 0, 0, 1, 100]));
    let zeros = String::from_utf8(canonical(&zeros)).unwrap();
    let zeros_respelt = zeros.replace("[0,0,0,0,1,100]", "[-0,-0.0,0e999,1e-400,1.0,1E2]");
    assert_ne!(zeros, zeros_respelt);
    let most = json!(9_007_199_254_740_991_u64);
    vec![
        Vector::good(
            "good-numbers-rounded",
            "Numbers that round to doubles, in other spellings than the canonical ones.",
            readable.into_bytes(),
        ),
        Vector::bad(
            "json.integer-too-large",
            "json-canonical-form-unreadable",
            "The same in canonical form: 1.2345678901234568e20 is written there as an integer.",
            text.into_bytes(),
        )
        .at("later[3]"),
        Vector::good(
            "good-numbers-zero",
            "Zeros of either sign, numbers too small for a double, 1.0 and 1E2.",
            zeros_respelt.into_bytes(),
        ),
        Vector::good(
            "good-sequence-largest",
            "The largest sequence, 2^53 - 1.",
            &resigned(|d| d["sequence"] = most),
        ),
    ]
}

fn text() -> Vec<Vector> {
    let everything: String = (0..0x20_u8).map(char::from).chain("\"\\/\u{7f}".chars()).collect();
    vec![
        Vector::good(
            "good-unknown-members",
            "Unknown members at every level. They are kept, and they are signed.",
            &resigned(|d| {
                d["later"] = json!({ "note": "new", "nothing": null, "list": [true, [], {}] });
                d["about"]["mascot"] = json!("hedgehog");
            }),
        ),
        Vector::good(
            "good-names-sorted-by-utf16",
            "Names of members beyond U+FFFF, which sort before U+E000 to U+FFFF.",
            &resigned(|d| {
                d["later"] =
                    json!({ "\u{1F600}": 1, "\u{FB01}": 2, "\u{E000}": 3, "\u{10000}": 4, "z": 5 });
            }),
        ),
        Vector::good(
            "good-text-not-ascii",
            "A name in six scripts, with a joiner in an emoji.",
            &resigned(|d| {
                d["about"]["name"] = json!({
                    "de": "Größenwahn & Söhne",
                    "el": "Κήπος",
                    "ar": "حديقة",
                    "hi": "बग़ीचा",
                    "ja": "庭",
                    "en": "👩\u{200D}🌾 Garden",
                });
            }),
        ),
        Vector::good(
            "good-text-escapes",
            "All characters that the canonical form escapes, and two that it does not.",
            &resigned(|d| d["later"] = json!(everything)),
        ),
        Vector::good(
            "good-names-odd",
            "Names of members that are empty, or mean something in some languages.",
            &resigned(|d| {
                d["later"] =
                    json!({ "": 0, "__proto__": 1, "constructor": 2, "10": 3, "9": 4, "-1": 5 });
            }),
        ),
        Vector::good(
            "good-proof-deeper",
            "A member called `proof` deeper in the document is part of what is signed.",
            &resigned(|d| d["later"] = json!({ "proof": { "proofValue": public(9) } })),
        ),
    ]
}
