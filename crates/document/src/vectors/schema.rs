//! Members of the kinds that break a rule. A verifier that leaves the kinds' own members to
//! others passes these by.

use serde_json::json;

use super::{Alteration, Vector, altered, full, remove, signed};
use crate::json::Value;

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = of("profile", full::profile, &profiles());
    vectors.extend(of("list", full::adopted_list, &lists()));
    vectors.extend(of("report", full::report, &reports()));
    vectors.extend(of("index", full::index, &indexes()));
    vectors.extend(of("view", full::view, &views()));
    vectors
}

/// A name, the member at fault, a sentence, and what is altered before signing.
type Case = (&'static str, &'static str, &'static str, Alteration);

fn of(kind: &str, document: fn() -> Value, cases: &[Case]) -> Vec<Vector> {
    let vector = |(name, place, about, alter): &Case| {
        let document = signed(altered(document(), alter), &[1]);
        let name = format!("schema-{kind}-{name}");
        Vector::bad("schema.bad-member", &name, about, &document).at(place)
    };
    cases.iter().map(vector).collect()
}

fn profiles() -> [Case; 28] {
    [
        ("no-server-name", "server_name", "No server.", |d| remove(d, "server_name")),
        ("server-name-null", "server_name", "The server is null.", |d| {
            d["server_name"] = json!(null);
        }),
        ("server-name-upper-case", "server_name", "The server in upper case.", |d| {
            d["server_name"] = json!("Garden.example");
        }),
        ("no-about", "about.name", "No `about`.", |d| remove(d, "about")),
        ("no-name", "about.name", "No name.", |d| remove(&mut d["about"], "name")),
        ("name-text", "about.name", "The name is text, without a language.", |d| {
            d["about"]["name"] = json!("Garden");
        }),
        ("name-empty", "about.name", "The name is in no language.", |d| {
            d["about"]["name"] = json!({});
        }),
        ("name-long", "about.name.en", "A name of 101 characters.", |d| {
            d["about"]["name"] = json!({ "en": "a".repeat(101) });
        }),
        ("name-blank", "about.name.en", "A name that shows nothing.", |d| {
            d["about"]["name"] = json!({ "en": " \u{200b}" });
        }),
        ("name-override", "about.name.en", "A character in the name reverses what follows.", |d| {
            d["about"]["name"] = json!({ "en": "Gar\u{202e}den" });
        }),
        ("name-lines", "about.name.en", "A name of two lines.", |d| {
            d["about"]["name"] = json!({ "en": "Gar\nden" });
        }),
        ("language-case", "about.name.EN", "A language in upper case.", |d| {
            d["about"]["name"] = json!({ "EN": "Garden" });
        }),
        ("website-http", "about.website", "A link without TLS.", |d| {
            d["about"]["website"] = json!("http://garden.example/");
        }),
        ("website-user", "about.website", "A link with a user name before its host.", |d| {
            d["about"]["website"] = json!("https://bank.example@garden.example/");
        }),
        ("website-characters", "about.website", "A link in other than ASCII characters.", |d| {
            d["about"]["website"] = json!("https://garden.example/über");
        }),
        ("website-dots", "about.website", "A link with a segment that leads up.", |d| {
            d["about"]["website"] = json!("https://garden.example/a/%2e%2E/b");
        }),
        ("languages-repeated", "about.languages[1]", "A language twice.", |d| {
            d["about"]["languages"] = json!(["en", "en"]);
        }),
        ("audience-unknown", "about.audience", "A word that is not in the list.", |d| {
            d["about"]["audience"] = json!("everybody");
        }),
        ("audience-object", "about.audience", "A word as the name of a member.", |d| {
            d["about"]["audience"] = json!({ "public": null });
        }),
        ("since-time", "about.since", "A time in place of a date.", |d| {
            d["about"]["since"] = json!("2019-03-01T00:00:00Z");
        }),
        ("registration-array", "registration", "A section as an array of its values.", |d| {
            d["registration"] = json!(["open"]);
        }),
        ("registration-null", "registration", "A section that is null.", |d| {
            d["registration"] = json!(null);
        }),
        ("age-text", "registration.minimum_age", "A number as text.", |d| {
            d["registration"]["minimum_age"] = json!("16");
        }),
        ("age-121", "registration.minimum_age", "A number above its limit.", |d| {
            d["registration"]["minimum_age"] = json!(121);
        }),
        ("country", "operator.country", "A country that does not exist.", |d| {
            d["operator"]["country"] = json!("UK");
        }),
        ("free-with-price", "pricing.plans[0].price", "A free plan that costs something.", |d| {
            d["pricing"] = json!({ "model": "free", "plans": [{
                "name": { "en": "Small" }, "period": "month", "per": "person",
                "price": { "amount_minor": 100, "currency": "EUR" },
            }] });
        }),
        ("percent", "finance.funding_sources", "Shares of more than the whole.", |d| {
            let source = json!({ "kind": "donations", "percent": 51 });
            d["finance"]["funding_sources"] = json!([source, source]);
        }),
        (
            "maintenance",
            "service.maintenance[0].ends_at",
            "Work that ends before it begins.",
            |d| {
                d["service"]["maintenance"][0]["ends_at"] = json!("2026-12-01T01:00:00Z");
            },
        ),
    ]
}

fn lists() -> [Case; 14] {
    [
        ("no-curator", "curator", "No curator.", |d| remove(d, "curator")),
        ("verdict", "entries[0].verdict", "An unknown verdict.", |d| {
            d["entries"][0]["verdict"] = json!("recommend");
        }),
        ("server-twice", "entries[1].server_name", "Two entries about one server.", |d| {
            d["entries"][1]["server_name"] = json!("garden.example");
        }),
        ("warn-without-reason", "entries[2].reason", "A warning without a reason.", |d| {
            remove(&mut d["entries"][2], "reason");
        }),
        ("warn-for-ever", "entries[2].expires_at", "A warning without an end.", |d| {
            remove(&mut d["entries"][2], "expires_at");
        }),
        ("warn-for-long", "entries[2].expires_at", "A warning for 1,097 days.", |d| {
            d["entries"][2]["expires_at"] = json!("2029-11-21");
        }),
        ("warn-without-objection", "entries[2].objection", "No way to object.", |d| {
            remove(&mut d["entries"][2], "objection");
        }),
        ("objection-empty", "entries[2].objection", "A contact that leads nowhere.", |d| {
            d["entries"][2]["objection"] = json!({});
        }),
        ("review-from-the-future", "entries[0].reviewed_at", "Reviewed two days later.", |d| {
            d["entries"][0]["reviewed_at"] = json!("2026-11-24");
        }),
        ("reached-in-the-future", "entries[0].reached.at", "Reached two days later.", |d| {
            d["entries"][0]["reached"]["at"] = json!("2026-11-24");
        }),
        ("read-in-the-future", "adopted_from.read_at", "Taken over two days later.", |d| {
            d["adopted_from"]["read_at"] = json!("2026-11-23T10:00:01Z");
        }),
        ("known-after-review", "entries[0].known_since", "Known only after the review.", |d| {
            d["entries"][0]["known_since"] = json!("2026-11-21");
        }),
        ("curator-twice", "curators[1].issuer", "Two opinions of one curator.", |d| {
            d["curators"][1]["issuer"] = d["curators"][0]["issuer"].clone();
        }),
        (
            "finding",
            "entries[0].criteria.finance.report-public.met",
            "A finding without a verdict.",
            |d| {
                d["entries"][0]["criteria"]["finance.report-public"] = json!({});
            },
        ),
    ]
}

fn reports() -> [Case; 11] {
    [
        ("no-observer", "observer", "No observer.", |d| remove(d, "observer")),
        ("no-time", "entries[0].observed_at", "No time of observation.", |d| {
            remove(&mut d["entries"][0], "observed_at");
        }),
        ("from-the-future", "entries[1].observed_at", "Observed more than a day later.", |d| {
            d["entries"][1]["observed_at"] = json!("2026-11-23T10:00:01Z");
        }),
        (
            "sight-from-the-future",
            "entries[0].profile.seen_at",
            "Seen more than a day later.",
            |d| {
                d["entries"][0]["profile"]["seen_at"] = json!("2026-11-23T10:00:01Z");
            },
        ),
        ("latency", "entries[0].latency_ms", "A latency with a fraction.", |d| {
            d["entries"][0]["latency_ms"] = json!(42.5);
        }),
        ("no-checks", "entries[0].uptime.24h.made", "A window without checks.", |d| {
            d["entries"][0]["uptime"]["24h"] = json!({ "answered": 0, "made": 0 });
        }),
        ("more-answers", "entries[0].uptime.24h.answered", "More answers than checks.", |d| {
            d["entries"][0]["uptime"]["24h"]["answered"] = json!(289);
        }),
        ("first-seen", "entries[0].first_seen_at", "First seen after the observation.", |d| {
            d["entries"][0]["first_seen_at"] = json!("2026-11-22T10:00:00Z");
        }),
        ("sight-without-issuer", "entries[0].profile.issuer", "Served, but by whom?", |d| {
            remove(&mut d["entries"][0]["profile"], "issuer");
        }),
        ("sight-identity", "entries[0].profile.identity", "An identity in upper case.", |d| {
            d["entries"][0]["profile"]["identity"] = json!("A".repeat(64));
        }),
        ("server-twice", "entries[1].server_name", "Two entries about one server.", |d| {
            d["entries"][1]["server_name"] = json!("garden.example");
        }),
    ]
}

fn indexes() -> [Case; 17] {
    [
        ("views-order", "views[1].community", "Views that are not ordered by their names.", |d| {
            d["views"].as_array_mut().unwrap().reverse();
        }),
        ("view-twice", "views[1].community", "Two views of one community.", |d| {
            d["views"][1] = d["views"][0].clone();
        }),
        ("view-community", "views[0].community", "A community in upper case.", |d| {
            d["views"][0]["community"] = json!("Default");
        }),
        ("view-large", "views[0].size", "A view larger than any can be.", |d| {
            d["views"][0]["size"] = json!(16_000_001);
        }),
        ("view-without-hash", "views[0].hash", "A view without its hash.", |d| {
            remove(&mut d["views"][0], "hash");
        }),
        ("views-many", "views", "A hundred and one views.", |d| {
            let view = |number: usize| json!({ "community": format!("{number:03}"), "hash": "1".repeat(64), "size": 1 });
            d["views"] = (0..101).map(view).collect();
        }),
        ("parts-order", "parts[1].prefix", "Parts that are not in order.", |d| {
            d["parts"].as_array_mut().unwrap().reverse();
        }),
        ("part-twice", "parts[1].prefix", "Two parts with one prefix.", |d| {
            d["parts"][1] = d["parts"][0].clone();
        }),
        ("parts-overlap", "parts[1].prefix", "A prefix that begins with the one before.", |d| {
            d["parts"][1]["prefix"] = json!("01");
        }),
        (
            "parts-overlap-backwards",
            "parts[1].prefix",
            "A prefix with which the one before begins.",
            |d| {
                d["parts"][0]["prefix"] = json!("10");
                d["parts"][1]["prefix"] = json!("1");
            },
        ),
        ("parts-overlap-all", "parts[1].prefix", "A part of everything, and more.", |d| {
            d["parts"][0]["prefix"] = json!("");
        }),
        ("prefix-digits", "parts[0].prefix", "A prefix in hexadecimal.", |d| {
            d["parts"][0]["prefix"] = json!("0a");
        }),
        ("prefix-long", "parts[1].prefix", "A prefix of 65 bits.", |d| {
            d["parts"][1]["prefix"] = json!("1".repeat(65));
        }),
        ("part-large", "parts[0].size", "A part larger than any may be.", |d| {
            d["parts"][0]["size"] = json!(1_000_001);
        }),
        ("part-empty", "parts[0].records", "A part without records.", |d| {
            d["parts"][0]["records"] = json!(0);
        }),
        ("part-of-too-many", "parts[2].records", "As many records as bytes.", |d| {
            d["parts"][2]["records"] = json!(300);
        }),
        ("part-hash", "parts[0].hash", "A hash in upper case.", |d| {
            d["parts"][0]["hash"] = json!("A".repeat(64));
        }),
    ]
}

fn views() -> [Case; 9] {
    [
        ("no-community", "community", "No community.", |d| remove(d, "community")),
        ("community-long", "community", "A community of 33 characters.", |d| {
            d["community"] = json!("a".repeat(33));
        }),
        ("community-empty", "community", "A community without a name.", |d| {
            d["community"] = json!("");
        }),
        ("no-now", "now", "A view of no moment.", |d| remove(d, "now")),
        ("from-the-future", "now", "Made for a moment after it was signed.", |d| {
            d["now"] = json!("2026-11-22T10:00:01Z");
        }),
        ("no-policy", "policy", "No policy.", |d| remove(d, "policy")),
        ("policy-list", "policy", "A policy that is no object.", |d| d["policy"] = json!([])),
        ("policy-long", "policy.a[9999]", "A policy of 10,001 values.", |d| {
            d["policy"] = json!({ "a": vec![0; 10_000] });
        }),
        ("parts-overlap", "parts[1].prefix", "Parts of which one begins as the other.", |d| {
            d["parts"][1]["prefix"] = json!("01");
        }),
    ]
}
