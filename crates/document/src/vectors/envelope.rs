//! The members that every document has, and the order in which they are judged.

use serde_json::json;

use super::{
    Alteration, ISSUED_AT, Vector, altered, canonical, one_key, profile, remove, resigned, short,
    signed, state_hash, unsigned,
};
use crate::json::Value;
use crate::proof::CONTEXT;
use crate::{Kind, proof};

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = kinds();
    vectors.extend(members());
    vectors.extend(times());
    vectors.extend(orders());
    vectors
}

fn kinds() -> Vec<Vector> {
    let types: [(&str, &str, Alteration); 7] = [
        ("no-type", "`type` is missing.", |d| remove(d, "type")),
        ("type-null", "`type` is null.", |d| d["type"] = json!(null)),
        ("type-number", "`type` is a number.", |d| d["type"] = json!(1)),
        ("type-array", "`type` is an array of one type.", |d| {
            d["type"] = json!(["wellspring.profile.v1"]);
        }),
        ("type-later-version", "A `type` of a later version.", |d| {
            d["type"] = json!("wellspring.profile.v2");
        }),
        ("type-upper-case", "`type` in another case.", |d| {
            d["type"] = json!("Wellspring.profile.v1");
        }),
        ("type-white-space", "`type` with a space behind it.", |d| {
            d["type"] = json!("wellspring.profile.v1 ");
        }),
    ];
    let contexts: [(&str, &str, Alteration); 5] = [
        ("context-other", "Another `@context`.", |d| {
            d["@context"] = json!("https://www.w3.org/ns/credentials/v2");
        }),
        ("context-array", "The right `@context` in an array.", |d| {
            d["@context"] = json!([CONTEXT]);
        }),
        ("context-more", "A second `@context` behind the right one.", |d| {
            d["@context"] = json!([CONTEXT, "https://context.example/"]);
        }),
        ("context-null", "`@context` is null in place of absent.", |d| {
            d["@context"] = json!(null);
        }),
        ("context-slash", "The right `@context` with a slash behind it.", |d| {
            d["@context"] = json!(format!("{CONTEXT}/"));
        }),
    ];
    let unknown = types.map(|case| ("envelope.unknown-type", case));
    let wrong = contexts.map(|case| ("envelope.wrong-context", case));
    let mut vectors = resigned_vectors("envelope", unknown);
    vectors.extend(resigned_vectors("envelope", wrong));
    vectors.push(
        Vector::bad(
            "envelope.wrong-kind",
            "envelope-wrong-kind",
            "A good profile, where an endorsement list was asked for.",
            &short(),
        )
        .asked_for(Kind::EndorsementList),
    );
    let hidden = altered(short(), |d| {
        d["type"] = json!("wellspring.endorsement-list.v1");
        d["curator"] = json!({ "name": { "en": "Curators" } });
    });
    vectors.push(Vector::bad(
        "proof.invalid-signature",
        "envelope-profile-made-a-list",
        "A profile whose type was changed after it was signed, with what a list needs.",
        &altered(hidden, |d| d["expires_at"] = json!("2026-12-22T10:00:00Z")),
    ));
    vectors
}

fn resigned_vectors(
    prefix: &str,
    cases: impl IntoIterator<Item = (&'static str, (&'static str, &'static str, Alteration))>,
) -> Vec<Vector> {
    cases
        .into_iter()
        .map(|(code, (name, about, alter))| {
            Vector::bad(code, &format!("{prefix}-{name}"), about, &resigned(alter))
        })
        .collect()
}

/// Each is signed as it is.
fn members() -> Vec<Vector> {
    let cases: [(&str, &str, &str, Alteration); 23] = [
        ("no-issuer", "issuer", "`issuer` is missing.", |d| remove(d, "issuer")),
        ("issuer-null", "issuer", "`issuer` is null.", |d| d["issuer"] = json!(null)),
        ("issuer-domain", "issuer", "`issuer` is a domain.", |d| {
            d["issuer"] = json!("garden.example");
        }),
        ("issuer-key", "issuer", "`issuer` is a key and not the hash of a state.", |d| {
            d["issuer"] = d["key_history"][0]["signing_keys"][0].clone();
        }),
        ("issuer-line-break", "issuer", "`issuer` ends with a line break.", |d| {
            d["issuer"] = json!(format!("{}\n", state_hash(&one_key()[0])));
        }),
        ("no-key-history", "key_history", "`key_history` is missing.", |d| {
            remove(d, "key_history");
        }),
        ("key-history-object", "key_history", "`key_history` is one state, no array.", |d| {
            d["key_history"] = d["key_history"][0].clone();
        }),
        ("key-history-null", "key_history", "`key_history` is null.", |d| {
            d["key_history"] = json!(null);
        }),
        ("no-sequence", "sequence", "`sequence` is missing.", |d| remove(d, "sequence")),
        ("sequence-text", "sequence", "`sequence` is text.", |d| d["sequence"] = json!("1")),
        ("sequence-true", "sequence", "`sequence` is true, which some take for 1.", |d| {
            d["sequence"] = json!(true);
        }),
        ("sequence-0", "sequence", "`sequence` is 0.", |d| d["sequence"] = json!(0)),
        ("sequence-negative", "sequence", "`sequence` is -1.", |d| d["sequence"] = json!(-1)),
        ("sequence-fraction", "sequence", "`sequence` is 1.5.", |d| d["sequence"] = json!(1.5)),
        ("sequence-array", "sequence", "`sequence` is an array.", |d| d["sequence"] = json!([1])),
        ("no-issued-at", "issued_at", "`issued_at` is missing.", |d| remove(d, "issued_at")),
        ("issued-at-offset", "issued_at", "`issued_at` has an offset in place of Z.", |d| {
            d["issued_at"] = json!("2026-11-22T10:00:00+00:00");
        }),
        ("issued-at-fraction", "issued_at", "`issued_at` has a fraction of a second.", |d| {
            d["issued_at"] = json!("2026-11-22T10:00:00.0Z");
        }),
        ("issued-at-unix", "issued_at", "`issued_at` is a number of seconds.", |d| {
            d["issued_at"] = json!(1_795_341_600);
        }),
        ("issued-at-no-day", "issued_at", "`issued_at` is on 31 November.", |d| {
            d["issued_at"] = json!("2026-11-31T10:00:00Z");
        }),
        ("no-expires-at", "expires_at", "`expires_at` is missing.", |d| {
            remove(d, "expires_at");
        }),
        ("expires-at-null", "expires_at", "`expires_at` is null: no document is for ever.", |d| {
            d["expires_at"] = json!(null);
        }),
        ("expires-at-date", "expires_at", "`expires_at` is a date.", |d| {
            d["expires_at"] = json!("2027-11-22");
        }),
    ];
    let mut vectors: Vec<Vector> = cases
        .into_iter()
        .map(|(name, place, about, alter)| {
            let name = format!("envelope-{name}");
            Vector::bad("envelope.bad-member", &name, about, &resigned(alter)).at(place)
        })
        .collect();
    // In canonical form that is an integer, and no document.
    let double = resigned(|d| d["sequence"] = json!(9_007_199_254_740_992.0));
    let double = String::from_utf8(canonical(&double)).unwrap();
    let double = double.replace("\"sequence\":9007199254740992", "\"sequence\":9007199254740992.0");
    vectors.push(
        Vector::bad(
            "envelope.bad-member",
            "envelope-sequence-2-53-double",
            "`sequence` is 9007199254740992.0: readable, but no whole number within 2^53 - 1.",
            double.into_bytes(),
        )
        .at("sequence"),
    );
    vectors
}

fn times() -> Vec<Vector> {
    let expiring = |kind: Kind, body: Value, expires_at: &str| {
        let mut document = unsigned(kind, &one_key(), body);
        document["expires_at"] = json!(expires_at);
        signed(document, &[1])
    };
    let bodies = [
        (
            Kind::Profile,
            json!({ "server_name": "garden.example", "about": { "name": { "en": "Garden" } } }),
            ["2027-12-27T10:00:00Z", "2027-12-27T10:00:01Z"],
        ),
        (
            Kind::EndorsementList,
            json!({ "curator": { "name": { "en": "Curators" } } }),
            ["2027-03-02T10:00:00Z", "2027-03-02T10:00:01Z"],
        ),
        (
            Kind::ObservationReport,
            json!({ "observer": { "name": { "en": "Observer" } } }),
            ["2026-11-30T10:00:00Z", "2026-11-30T10:00:01Z"],
        ),
    ];
    let mut vectors = Vec::new();
    for (kind, body, [last, too_late]) in bodies {
        let (name, days) = (kind.to_string().replace(' ', "-"), kind.max_lifetime_days());
        vectors.push(Vector::good(
            &format!("good-longest-lived-{name}"),
            &format!("A {kind} valid for exactly {days} days."),
            &expiring(kind, body.clone(), last),
        ));
        vectors.push(Vector::bad(
            "envelope.lifetime-too-long",
            &format!("envelope-lifetime-{name}"),
            &format!("A {kind} valid for {days} days and a second."),
            &expiring(kind, body, too_late),
        ));
    }
    let order = |name, about, expires_at: &'static str| {
        let document = resigned(|d| d["expires_at"] = json!(expires_at));
        Vector::bad("envelope.expires-before-issued", name, about, &document)
    };
    vectors.push(order("envelope-expires-at-once", "It expires when it is issued.", ISSUED_AT));
    vectors.push(order(
        "envelope-expires-before",
        "It expires a second before it is issued.",
        "2026-11-22T09:59:59Z",
    ));
    vectors.push(Vector::bad(
        "envelope.wrong-issuer",
        "envelope-wrong-issuer",
        "`issuer` is another issuer than that of the history.",
        &resigned(|d| {
            let other = super::history::chain(&[super::history::Step::new(&[2], 1, &[2])]);
            d["issuer"] = json!(state_hash(&other[0]));
        }),
    ));
    vectors.push(Vector::bad(
        "envelope.wrong-issuer",
        "envelope-issuer-of-last-state",
        "`issuer` is the hash of the last state; it is that of the first.",
        &{
            use super::history::{Step, chain};
            let states = chain(&[Step::new(&[1], 1, &[1]), Step::new(&[2], 1, &[1, 2])]);
            let document =
                altered(profile(&states), |d| d["issuer"] = json!(state_hash(&states[1])));
            signed(document, &[2])
        },
    ));
    vectors
}

/// Documents that break two rules. The first in the specification's order is the reason.
fn orders() -> Vec<Vector> {
    let case = |code, name, about, document: Value| Vector::bad(code, name, about, &document);
    vec![
        case(
            "envelope.unknown-type",
            "order-type-before-context",
            "Wrong type and wrong context.",
            resigned(|d| {
                d["type"] = json!("profile");
                d["@context"] = json!([]);
            }),
        ),
        case(
            "envelope.wrong-context",
            "order-context-before-members",
            "Wrong context and no sequence.",
            resigned(|d| {
                d["@context"] = json!([]);
                remove(d, "sequence");
            }),
        ),
        case(
            "envelope.bad-member",
            "order-members-before-lifetime",
            "A sequence of 0 and a time of expiry before that of issue.",
            resigned(|d| {
                d["sequence"] = json!(0);
                d["expires_at"] = json!("2000-01-01T00:00:00Z");
            }),
        ),
        case(
            "envelope.lifetime-too-long",
            "order-lifetime-before-history",
            "Valid for too long, and no key state.",
            resigned(|d| {
                d["expires_at"] = json!("2029-01-01T00:00:00Z");
                d["key_history"] = json!([]);
            }),
        ),
        case(
            "schema.bad-member",
            "order-schema-before-history",
            "No server name, and no history.",
            resigned(|d| {
                remove(d, "server_name");
                remove(d, "key_history");
            }),
        ),
        case(
            "history.empty",
            "order-history-before-proof",
            "No key state and no proof.",
            altered(short(), |d| {
                d["key_history"] = json!([]);
                remove(d, "proof");
            }),
        ),
        case(
            "envelope.wrong-issuer",
            "order-issuer-before-proof",
            "Another issuer than that of the history, and no proof.",
            altered(short(), |d| {
                d["issuer"] = json!(format!("zQm{}", &state_hash(&json!({}))[3..]));
                remove(d, "proof");
            }),
        ),
        case(
            "proof.wrong-type",
            "order-type-of-proof-before-context",
            "A proof with another type and another context.",
            altered(short(), |d| {
                d["proof"]["type"] = json!("Ed25519Signature2020");
                d["proof"]["@context"] = json!(proof::CONTEXT);
            }),
        ),
    ]
}
