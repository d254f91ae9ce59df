//! Documents that hold: of every kind, and in every spelling.

use serde_json::json;

use super::{
    ISSUED_AT, Vector, altered, canonical, full, one_key, public, resigned, short, signed, unsigned,
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

/// A view without parts, by this policy.
fn view(policy: &Value) -> Value {
    let body = json!({ "community": "a", "now": ISSUED_AT, "policy": policy });
    unsigned(Kind::View, &one_key(), body)
}

fn kinds() -> Vec<Vector> {
    let list = json!({ "curator": { "name": { "en": "Curators" } } });
    let report = json!({ "observer": { "name": { "en": "Observer" } } });
    let one = |document| signed(document, &[1]);
    vec![
        Vector::good("good-profile", "The shortest profile.", &short()),
        Vector::good(
            "good-profile-asked-for",
            "A profile, and a profile was asked for.",
            &resigned(|d| d["sequence"] = json!(2)),
        )
        .asked_for(Kind::Profile),
        Vector::good("good-profile-full", "A profile with every member.", &one(full::profile())),
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
        Vector::good("good-list-full", "All verdicts, with their grounds.", &one(full::list())),
        Vector::good(
            "good-list-adopted",
            "A list that a node adopted: its subject is where it was read.",
            &one(full::adopted_list()),
        ),
        Vector::good(
            "good-report",
            "The shortest observation report.",
            &one(unsigned(Kind::ObservationReport, &one_key(), report)),
        ),
        Vector::good("good-report-full", "A report about two servers.", &one(full::report())),
        Vector::good(
            "good-index",
            "The index of a node that has nothing.",
            &one(unsigned(Kind::Index, &one_key(), json!({}))),
        ),
        Vector::good("good-index-full", "Two views and three parts.", &one(full::index())),
        Vector::good(
            "good-index-asked-for",
            "An index, and an index was asked for. All of it is in one part.",
            &one(altered(full::index(), |d| {
                d["parts"] = json!([
                    { "prefix": "", "hash": "a".repeat(64), "size": 2, "records": 1 },
                ]);
            })),
        )
        .asked_for(Kind::Index),
        Vector::good("good-view", "The shortest view.", &one(view(&json!({})))),
        Vector::good("good-view-full", "A view with a policy and parts.", &one(full::view())),
        Vector::good(
            "good-view-asked-for",
            "A view of the moment at which it was signed, and a view was asked for.",
            &one(altered(full::view(), |d| d["now"] = json!(ISSUED_AT))),
        )
        .asked_for(Kind::View),
        Vector::good(
            "good-view-policy-of-any-values",
            "What a policy says is for those who rank; here it has as many values as it may.",
            &one(view(&json!({ "a": [null, 0.5, "", -1, {}], "b": vec![0; 9_993] }))),
        ),
    ]
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
