//! Bytes that are no strict JSON, or are at its limits.

use serde_json::json;

use super::{
    Content, Part, Vector, canonical, one_key, profile, resigned, short, signed, unsigned,
};
use crate::Kind;
use crate::json::{MAX_DEPTH, MAX_VALUES, Value};

/// The shortest profile as text, with one place changed after it was signed. Most of these
/// texts would hold in the eyes of a reader that does not mind.
fn with(from: &str, to: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(canonical(&short())).unwrap();
    let (before, after) = text.split_once(from).unwrap();
    [before.as_bytes(), to, after.as_bytes()].concat()
}

fn before_sequence(members: &str) -> Vec<u8> {
    with("\"sequence\":1", format!("{members}\"sequence\":1").as_bytes())
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = encodings();
    vectors.extend(duplicates());
    vectors.extend(strings_and_numbers());
    vectors.extend(grammar());
    vectors.extend(limits());
    vectors
}

fn encodings() -> Vec<Vector> {
    let text = canonical(&short());
    let utf_16 = String::from_utf8(text.clone()).unwrap();
    let utf_16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(utf_16.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    vec![
        Vector::bad(
            "json.byte-order-mark",
            "json-byte-order-mark",
            "A good profile after a byte-order mark.",
            [b"\xEF\xBB\xBF", &text[..]].concat(),
        ),
        Vector::bad(
            "json.invalid-utf8",
            "json-utf16",
            "A good profile in UTF-16 with its byte-order mark.",
            utf_16,
        ),
        Vector::bad(
            "json.invalid-utf8",
            "json-overlong",
            "The name has an overlong encoding of U+0000.",
            with("Garden", b"Gar\xC0\x80den"),
        ),
        Vector::bad(
            "json.invalid-utf8",
            "json-surrogate-bytes",
            "The name has a surrogate half encoded as if it were a character (CESU-8).",
            with("Garden", b"Gar\xED\xA0\x80den"),
        ),
        Vector::bad(
            "json.invalid-utf8",
            "json-latin-1",
            "The name is in Latin-1.",
            with("Garden", b"G\xE4rten"),
        ),
        Vector::bad(
            "json.invalid-utf8",
            "json-bad-utf8-after-error",
            "Not UTF-8, far behind a duplicate member: the encoding is judged first.",
            [&before_sequence("\"sequence\":1,")[..], b"\xFF"].concat(),
        ),
    ]
}

fn duplicates() -> Vec<Vector> {
    let case =
        |name, about, bytes: Vec<u8>| Vector::bad("json.duplicate-member", name, about, bytes);
    let names = json!({ "\u{e9}": 1, "e\u{301}": 2 });
    vec![
        case(
            "json-duplicate-same",
            "`sequence` twice with equal values; whichever a reader keeps was signed.",
            before_sequence("\"sequence\":1,"),
        ),
        case(
            "json-duplicate-first",
            "`sequence` twice; a reader that keeps the last sees what was signed.",
            before_sequence("\"sequence\":9,"),
        ),
        case(
            "json-duplicate-last",
            "`sequence` twice; a reader that keeps the first sees what was signed.",
            with("\"sequence\":1", b"\"sequence\":1,\"sequence\":9"),
        ),
        case(
            "json-duplicate-escaped",
            "`sequence` twice, once with an escaped letter.",
            before_sequence("\"\\u0073equence\":1,"),
        ),
        case(
            "json-duplicate-nested",
            "A duplicate inside of an unknown member.",
            before_sequence("\"later\":[{\"a\":0,\"a\":0}],"),
        )
        .at("later[0]"),
        case(
            "json-duplicate-proof",
            "`proof` of the key state twice, the first one text.",
            with("\"proof\":{", b"\"proof\":\"\",\"proof\":{"),
        )
        .at("key_history[0]"),
        case(
            "json-duplicate-in-proof",
            "`created` twice in the proof of the key state.",
            with("\"created\":", b"\"created\":\"2026-11-22T10:00:00Z\",\"created\":"),
        )
        .at("key_history[0].proof"),
        case(
            "json-duplicate-before-syntax",
            "A duplicate, and behind it no JSON: the first fault from the left is the reason.",
            before_sequence("\"sequence\":1,\"sequence\":1,]"),
        ),
        Vector::good(
            "good-names-by-code-points",
            "Names of members that differ in normalisation only (NFC, NFD) are two members.",
            &resigned(|d| d["later"] = names),
        ),
    ]
}

fn strings_and_numbers() -> Vec<Vector> {
    let later = |code, name, about, value: &str| {
        Vector::bad(code, name, about, before_sequence(&format!("\"later\":{value},"))).at("later")
    };
    vec![
        Vector::bad(
            "json.control-character",
            "json-line-break-in-string",
            "A line break stands in the name as it is.",
            with("Garden", b"Gar\nden"),
        )
        .at("about.name.en"),
        Vector::bad(
            "json.control-character",
            "json-nul-in-string",
            "U+0000 stands in the name as it is.",
            with("Garden", b"Gar\0den"),
        )
        .at("about.name.en"),
        later(
            "json.bad-escape",
            "json-escape-x",
            "An escape that JSON does not have.",
            r#""\x41""#,
        ),
        later(
            "json.bad-escape",
            "json-escape-not-hexadecimal",
            "An escape with a digit that is none.",
            r#""\u12G4""#,
        ),
        later(
            "json.lone-surrogate",
            "json-lone-high-surrogate",
            "The first half of a surrogate pair alone.",
            r#""\ud800""#,
        ),
        later(
            "json.lone-surrogate",
            "json-lone-low-surrogate",
            "The second half of a surrogate pair alone.",
            r#""\udc00""#,
        ),
        later(
            "json.lone-surrogate",
            "json-surrogates-reversed",
            "A surrogate pair in the wrong order.",
            r#""\ude00\ud83d""#,
        ),
        Vector::bad(
            "json.lone-surrogate",
            "json-lone-surrogate-in-name",
            "Half a surrogate pair in the name of a member.",
            before_sequence("\"\\ud800\":0,"),
        ),
        Vector::bad(
            "json.noncharacter",
            "json-noncharacter",
            "U+FFFF stands in the name of the server as it is.",
            with("Garden", "Gar\u{ffff}den".as_bytes()),
        )
        .at("about.name.en"),
        later(
            "json.noncharacter",
            "json-noncharacter-escaped",
            "U+FDD0 as an escape.",
            r#""\ufdd0""#,
        ),
        later(
            "json.noncharacter",
            "json-noncharacter-pair",
            "U+1FFFE as an escaped surrogate pair.",
            r#""\ud83f\udffe""#,
        ),
        later(
            "json.integer-too-large",
            "json-integer-2-53",
            "2^53, which is the double next to 2^53 - 1.",
            "9007199254740992",
        ),
        later("json.integer-too-large", "json-integer-minus-2-53", "-2^53.", "-9007199254740992"),
        later(
            "json.integer-too-large",
            "json-integer-2-53-plus-1",
            "2^53 + 1, which as a double is 2^53.",
            "9007199254740993",
        ),
        later(
            "json.integer-too-large",
            "json-integer-long",
            "An integer of 400 digits.",
            &"9".repeat(400),
        ),
        later(
            "json.number-too-large",
            "json-number-infinite",
            "A number beyond the doubles.",
            "1e400",
        ),
        later(
            "json.number-too-large",
            "json-number-long-exponent",
            "An exponent of 400 digits.",
            &format!("1e{}", "9".repeat(400)),
        ),
        Vector::bad(
            "json.integer-too-large",
            "json-sequence-2-53",
            "The sequence is 2^53.",
            with("\"sequence\":1", b"\"sequence\":9007199254740992"),
        )
        .at("sequence"),
    ]
}

fn grammar() -> Vec<Vector> {
    let text = canonical(&short());
    let later = |code, name, about, value: &str| {
        Vector::bad(code, name, about, before_sequence(&format!("\"later\":{value},"))).at("later")
    };
    vec![
        Vector::bad("json.truncated", "json-empty", "No bytes at all.", Vec::new()),
        Vector::bad(
            "json.truncated",
            "json-white-space",
            "White space and nothing else.",
            b" \r\n\t".to_vec(),
        ),
        Vector::bad(
            "json.truncated",
            "json-truncated",
            "The last brace is missing.",
            text[..text.len() - 1].to_vec(),
        ),
        Vector::bad(
            "json.truncated",
            "json-truncated-string",
            "The text ends inside of a string.",
            text[..text.len() - 20].to_vec(),
        ),
        Vector::bad(
            "json.trailing-data",
            "json-trailing-brace",
            "One brace too many.",
            [&text[..], b"}"].concat(),
        ),
        Vector::bad(
            "json.trailing-data",
            "json-two-documents",
            "Two documents one after the other.",
            [&text[..], b"\n", &text[..]].concat(),
        ),
        Vector::bad(
            "json.trailing-data",
            "json-trailing-nul",
            "A NUL behind the document.",
            [&text[..], b"\0"].concat(),
        ),
        Vector::bad(
            "json.trailing-data",
            "json-trailing-no-break-space",
            "U+00A0 behind the document is no white space.",
            [&text[..], "\u{a0}".as_bytes()].concat(),
        ),
        Vector::bad(
            "json.syntax",
            "json-trailing-comma",
            "A comma before a closing brace.",
            with("\"type\":\"wellspring.profile.v1\"}", b"\"type\":\"wellspring.profile.v1\",}"),
        ),
        Vector::bad("json.syntax", "json-comment", "A comment.", before_sequence("/* */")),
        Vector::bad(
            "json.syntax",
            "json-single-quotes",
            "A name in single quotes.",
            with("\"sequence\"", b"'sequence'"),
        ),
        later("json.syntax", "json-nan", "NaN.", "NaN"),
        later("json.syntax", "json-infinity", "Infinity.", "-Infinity"),
        later("json.syntax", "json-leading-zero", "A number with a leading zero.", "01"),
        later("json.syntax", "json-leading-plus", "A number with a plus sign.", "+1"),
        later("json.syntax", "json-bare-fraction", "A number that ends with its point.", "1."),
        later("json.syntax", "json-literal-upper-case", "TRUE.", "TRUE"),
        Vector::bad(
            "envelope.not-an-object",
            "json-array",
            "An array that holds a good profile.",
            [b"[", &text[..], b"]"].concat(),
        ),
        Vector::bad(
            "envelope.not-an-object",
            "json-string",
            "A string.",
            b"\"wellspring.profile.v1\"".to_vec(),
        ),
        Vector::bad("envelope.not-an-object", "json-null", "null.", b"null".to_vec()),
    ]
}

/// `{"a":…}` nested so that the document has this many levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(0), |inner, _| json!([inner]))
}

fn limits() -> Vec<Vector> {
    let nested_text = |levels| "[".repeat(levels) + &"]".repeat(levels);
    let deep = before_sequence(&format!("\"later\":{},", nested_text(MAX_DEPTH)));
    let mut vectors = vec![
        Vector::good(
            "good-deepest",
            "64 levels: the document and 63 arrays inside of each other.",
            &resigned(|d| d["later"] = nested(MAX_DEPTH - 1)),
        ),
        Vector::bad("json.too-deep", "json-too-deep", "65 levels.", deep),
        Vector::bad(
            "json.too-deep",
            "json-depth-bomb",
            "A hundred thousand opening brackets and no end.",
            Content::Generated(vec![Part::Repeat("[", 100_000)]),
        ),
        Vector::bad(
            "json.too-many-values",
            "json-too-many-values",
            "An array of 1,000,000 numbers, so 1,000,001 values.",
            Content::Generated(vec![
                Part::Text("[0".to_owned()),
                Part::Repeat(",0", MAX_VALUES - 1),
                Part::Text("]".to_owned()),
            ]),
        ),
        most_values(),
    ];
    vectors.extend(sizes());
    vectors
}

/// A list with exactly as many values as a text may have, in an unknown member.
fn most_values() -> Vector {
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(members) => members.values().map(count).sum(),
            _ => 0,
        }
    }
    let list = |zeros| {
        let body = json!({ "curator": { "name": { "en": "Curators" } }, "later": vec![0; zeros] });
        signed(unsigned(Kind::EndorsementList, &one_key(), body), &[1])
    };
    let zeros = MAX_VALUES - count(&list(0));
    let text = String::from_utf8(canonical(&list(zeros))).unwrap();
    let (before, rest) = text.split_once("\"later\":[0").unwrap();
    let after = &rest[2 * (zeros - 1)..];
    let parts = vec![
        Part::Text(format!("{before}\"later\":[0")),
        Part::Repeat(",0", zeros - 1),
        Part::Text(after.to_owned()),
    ];
    Vector::good(
        "good-most-values",
        "1,000,000 values, most of them in an unknown member.",
        Content::Generated(parts),
    )
}

/// White space behind a document changes nothing but its size.
fn sizes() -> Vec<Vector> {
    let list = json!({ "curator": { "name": { "en": "Curators" } } });
    let report = json!({ "observer": { "name": { "en": "Observer" } } });
    let all = [
        (Kind::Profile, "good-profile", canonical(&short())),
        (
            Kind::EndorsementList,
            "good-list",
            canonical(&signed(unsigned(Kind::EndorsementList, &one_key(), list), &[1])),
        ),
        (
            Kind::ObservationReport,
            "good-report",
            canonical(&signed(unsigned(Kind::ObservationReport, &one_key(), report), &[1])),
        ),
    ];
    let mut vectors = Vec::new();
    for (kind, stored, bytes) in all {
        let padded = |size: usize| {
            let spaces = Part::Repeat(" ", size - bytes.len());
            Content::Generated(vec![Part::Document(stored, bytes.clone()), spaces])
        };
        let name = kind.to_string().replace(' ', "-");
        let largest = kind.max_bytes();
        vectors.push(Vector::good(
            &format!("good-largest-{name}"),
            &format!("A {kind} of {largest} bytes, most of them white space."),
            padded(largest),
        ));
        vectors.push(Vector::bad(
            "json.too-large",
            &format!("json-too-large-{name}"),
            &format!("A {kind} of {} bytes.", largest + 1),
            padded(largest + 1),
        ));
    }
    let too_large_and_broken = Content::Generated(vec![
        Part::Text("{".to_owned()),
        Part::Repeat(" ", Kind::Profile.max_bytes()),
    ]);
    vectors.push(
        Vector::bad(
            "json.too-large",
            "json-too-large-before-syntax",
            "Too large for the profile that was asked for, and no JSON: the size is judged first.",
            too_large_and_broken,
        )
        .asked_for(Kind::Profile),
    );
    let _ = profile;
    vectors
}
