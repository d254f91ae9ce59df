//! What is judged without a document: canonical forms, server names, times, keys, issuers.

use serde_json::json;

use super::{one_key, public, state_hash};
use crate::base58::reference::{base58btc, to_base58btc};
use crate::json::{Value, canonical, read};
use crate::proof::{CRYPTOSUITE, PROOF_PURPOSE, PROOF_TYPE};
use crate::{Date, IssuerId, PublicKey, ServerName, Timestamp, proof};

/// The Multikeys of a point of small order, of no point, and of a point with a y of p + 3.
pub(super) const REFUSED_POINTS: [&str; 3] = [
    "z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj",
    "z6Mkeb4rtEhc8DUtvt5ehaVjdx3TLbQPpnTArkXhqfb1Mq75",
    "z6Mkvg2JPc7mj3oXZCpWHB9ScRB6BvScZqnrR4Ew9Gjrd75G",
];

/// A key for key agreement, which signs nothing.
pub(super) const X25519: &str = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc";

/// The point of the seed 1 plus one of order 8: neither of small nor of prime order.
pub(super) const MIXED_ORDER: &str = "z6MkiUjogJARiE4P3xBZMSrbNayBEocfXDx9ix8kQeBatvgP";

/// Texts, and the code for which each is refused.
pub(super) fn canonical_forms() -> Vec<(Vec<u8>, Option<&'static str>)> {
    let taken: [&str; 30] = [
        "null",
        " [ ] ",
        "{}",
        "{\"b\":1,\"a\":2}",
        "{\"a\":{\"c\":[1 , 2],\"b\":null}}",
        "{\"\u{ff61}\":1,\"\u{10000}\":2,\"z\":3,\"\":4}",
        "{\"\\u20ac\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{f6}\":6}",
        "{\"aa\":1,\"a\":2,\"A\":3,\"a\\u0000\":4}",
        "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
        "\"\\b\\f\\n\\r\\t\\u007f\\u0080\\u2028\\u001f\\u0000\"",
        "\"\\ud83d\\ude00 \\uD83D\\uDE00\"",
        "\"e\\u0301\\u00e9\"",
        "[0,-0,0.0,-0.0,0e1,1e-400,-1e-400]",
        "[1,1.0,1e0,10e-1,0.1e1]",
        "[9007199254740991,-9007199254740991,9007199254740991.0]",
        "[9007199254740992.0,9007199254740993.0,-9007199254740992e0]",
        "[1e20,1e21,1e22,123456789012345680000.0]",
        "[1e-6,1e-7,0.000001,0.0000001,123e-9]",
        "[0.1,0.2,0.30000000000000004,0.1000000000000000055]",
        "[5e-324,2e-324,2.5e-324,2.2250738585072014e-308]",
        "[1.7976931348623157e308,-1.7976931348623157e308]",
        "[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]",
        "[333333333.3333332,333333333.33333325,333333333.3333333,333333333.3333334]",
        "[9.999999999999997e22,1e23,295147905179352830000.0]",
        "[4.35,0.00001,-0.0000033333333333333333,1424953923781206.2]",
        "[true,false,null]",
        "\t\r\n [1]\t\r\n ",
        "{\"proof\":1,\"a\":{\"proof\":2}}",
        "{\"__proto__\":1,\"constructor\":2,\"2\":3,\"10\":4}",
        "[1.00000000000000011102230246251565,1.00000000000000011102230246251566]",
    ];
    let refused: [(&[u8], &str); 31] = [
        (b"", "json.truncated"),
        (b"\xEF\xBB\xBF{}", "json.byte-order-mark"),
        (b"\xFF\xFE{\0}\0", "json.invalid-utf8"),
        (b"\"\xC0\x80\"", "json.invalid-utf8"),
        (b"\"\xF4\x90\x80\x80\"", "json.invalid-utf8"),
        (b"tru", "json.truncated"),
        (b"trux", "json.syntax"),
        (b"truex", "json.trailing-data"),
        (b"[truex]", "json.syntax"),
        (b"-", "json.truncated"),
        (b"-x", "json.syntax"),
        (b"1.", "json.truncated"),
        (b"[1.]", "json.syntax"),
        (b"[1e+]", "json.syntax"),
        (b"00", "json.syntax"),
        (b"-01", "json.syntax"),
        (b"0x1", "json.trailing-data"),
        (b"\x0b1", "json.syntax"),
        (b"[1,]", "json.syntax"),
        (b"{\"a\" 1}", "json.syntax"),
        (b"{\"a\":1}}", "json.trailing-data"),
        (br#"{"a":1,"\u0061":2}"#, "json.duplicate-member"),
        (b"\"a\x1f\"", "json.control-character"),
        (br#""\u00g0""#, "json.bad-escape"),
        (br#""\ud800\ud800""#, "json.lone-surrogate"),
        (br#""\ud800\n""#, "json.lone-surrogate"),
        (b"\"\xEF\xBF\xBE\"", "json.noncharacter"),
        (b"\"\xF4\x8F\xBF\xBF\"", "json.noncharacter"),
        (b"-9007199254740992", "json.integer-too-large"),
        (b"1.7976931348623159e308", "json.number-too-large"),
        (b"-1e309", "json.number-too-large"),
    ];
    let deepest = "[".repeat(65) + &"]".repeat(65);
    taken
        .into_iter()
        .map(|text| (text.as_bytes().to_vec(), None))
        .chain(refused.into_iter().map(|(bytes, code)| (bytes.to_vec(), Some(code))))
        .chain([(deepest.into_bytes(), Some("json.too-deep"))])
        .collect()
}

/// The canonical form, after it has been compared with what is expected.
pub(super) fn canonical_form(
    bytes: &[u8],
    expected: Option<&'static str>,
) -> Result<String, &'static str> {
    let found = match read(bytes, 100_000) {
        Ok(value) => Ok(String::from_utf8(canonical(&value)).unwrap()),
        Err(error) => {
            assert_eq!(error.code(), super::codes::of_read_rule(error.rule()));
            Err(error.code())
        }
    };
    assert_eq!(found.as_ref().err().copied(), expected, "{}", String::from_utf8_lossy(bytes));
    found
}

pub(super) fn server_names() -> Vec<(String, Result<(), &'static str>)> {
    let taken = [
        "example.org",
        "localhost",
        "a",
        "matrix.example.org:8448",
        "example.org:1",
        "example.org:65535",
        "xn--bcher-kva.example",
        "a-b--c.example",
        "1.example",
        "1.2.3.4.example",
        "0xg.example",
        "192.0.2.1",
        "0.0.0.0",
        "255.255.255.255:443",
        "[2001:db8::1]",
        "[2001:db8::1]:8448",
        "[::]",
        "[::ffff:192.0.2.1]",
        "[2001:db8:0:1:1:1:1:1]",
        "[2001:db8::1:0:0:1]",
    ];
    let refused = [
        ("", "empty"),
        ("https://example.org", "more-than-a-name"),
        ("example.org/", "more-than-a-name"),
        ("../etc/passwd", "more-than-a-name"),
        ("@admin:example.org", "more-than-a-name"),
        ("#room:example.org", "more-than-a-name"),
        ("!room:example.org", "more-than-a-name"),
        ("Example.org", "upper-case"),
        ("example.org.", "trailing-dot"),
        ("example.org.:8448", "trailing-dot"),
        ("example .org", "forbidden-character"),
        (" example.org", "forbidden-character"),
        ("example.org\n", "forbidden-character"),
        ("ex\u{e4}mple.org", "forbidden-character"),
        ("exa_mple.org", "forbidden-character"),
        ("example\u{3002}org", "forbidden-character"),
        ("user@example.org", "forbidden-character"),
        ("example..org", "bad-label"),
        (".example.org", "bad-label"),
        (".", "bad-label"),
        ("-example.org", "bad-label"),
        ("example-.org", "bad-label"),
        (":8448", "bad-label"),
        ("256.0.0.1", "bad-address"),
        ("127.1", "bad-address"),
        ("1", "bad-address"),
        ("127.0.0.01", "bad-address"),
        ("1.2.3.4.5", "bad-address"),
        ("0x7f.0x1", "bad-address"),
        ("example.0x", "bad-address"),
        ("example.1", "bad-address"),
        ("[2001:db8::1", "bad-address"),
        ("[2001:db8:0::1]", "bad-address"),
        ("[2001:0db8::1]", "bad-address"),
        ("[2001:db8::1:1:1:1:1]", "bad-address"),
        ("[fe80::1%25eth0]", "bad-address"),
        ("[::ffff:c000:201]", "bad-address"),
        ("[192.0.2.1]", "bad-address"),
        ("[]", "bad-address"),
        ("[::1]x", "bad-address"),
        ("2001:db8::1", "bad-port"),
        ("example.org:", "bad-port"),
        ("example.org:0", "bad-port"),
        ("example.org:08448", "bad-port"),
        ("example.org:65536", "bad-port"),
        ("example.org:+1", "bad-port"),
        ("example.org:80:80", "bad-port"),
        ("example.org:x", "bad-port"),
    ];
    let longest = format!("{}.example", ["a".repeat(63), "b".repeat(63), "c".repeat(63)].join("."));
    let padded = format!("{}.{longest}", "d".repeat(ServerName::MAX_LENGTH - longest.len() - 1));
    let mut names: Vec<(String, Result<(), &str>)> =
        taken.into_iter().map(|name| (name.to_owned(), Ok(()))).collect();
    names.push((padded.clone(), Ok(())));
    names.push((format!("{}.example", "a".repeat(64)), Err("bad-label")));
    names.push((format!("d{padded}"), Err("too-long")));
    names.extend(refused.into_iter().map(|(name, code)| (name.to_owned(), Err(code))));
    names.into_iter().map(|(name, verdict)| (name.clone(), judged(&name, verdict))).collect()
}

/// The verdict on a server name, with its whole code.
fn judged(name: &str, expected: Result<(), &str>) -> Result<(), &'static str> {
    let found = ServerName::parse(name).map(drop).map_err(|error| {
        assert_eq!(error.code(), super::codes::of_server_name(&error));
        error.code()
    });
    let expected = expected.map_err(|code| format!("server-name.{code}"));
    assert_eq!(found.map_err(str::to_owned), expected, "{name:?}");
    found
}

/// Texts, and the seconds since 1970 of those that are timestamps.
pub(super) fn timestamps() -> Vec<(&'static str, Option<i64>)> {
    let taken = [
        "1970-01-01T00:00:00Z",
        "2000-02-29T23:59:59Z",
        "2024-02-29T00:00:00Z",
        "2026-11-22T10:00:00Z",
        "9999-12-31T23:59:59Z",
    ];
    let refused = [
        "",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22T10:00Z",
        "2026-11-22T10:00:00z",
        "2026-11-22t10:00:00Z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00.0Z",
        "2026-11-22T10:00:00+00:00",
        "2026-11-22T10:00:00Z ",
        "2026-11-22T10:00:00Z\n",
        " 2026-11-22T10:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "2026-11-31T10:00:00Z",
        "2026-00-22T10:00:00Z",
        "2026-13-22T10:00:00Z",
        "2026-11-00T10:00:00Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "+2026-11-22T10:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-1-22T10:00:00Z",
        "\u{662}\u{660}\u{662}\u{666}-11-22T10:00:00Z",
    ];
    let seconds = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::unix);
    let all = taken.iter().chain(&refused).map(|text| (*text, seconds(text)));
    let all: Vec<_> = all.collect();
    assert_eq!(all.iter().filter(|(_, seconds)| seconds.is_some()).count(), taken.len());
    all
}

/// Texts, and whether each is a date.
pub(super) fn dates() -> Vec<(&'static str, bool)> {
    let taken = ["1970-01-01", "2000-02-29", "2024-02-29", "2026-11-22", "9999-12-31"];
    let refused = [
        "",
        "2026-11",
        "2026-11-22T00:00:00Z",
        "2026-11-22 ",
        "2026-11-22\n",
        "2026-2-9",
        "26-11-22",
        "20261122",
        "2026/11/22",
        "2026-02-29",
        "2100-02-29",
        "2026-11-31",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "1969-12-31",
        "10000-01-01",
        "-026-11-22",
    ];
    let all = taken.iter().map(|text| (*text, true));
    let all: Vec<_> = all.chain(refused.iter().map(|text| (*text, false))).collect();
    assert!(all.iter().all(|(text, taken)| text.parse::<Date>().is_ok() == *taken));
    all
}

/// Texts, and whether each can be the `created` of a proof.
pub(super) fn proof_times() -> Vec<(&'static str, bool)> {
    let taken = [
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00.1Z",
        "2026-11-22T10:00:00.123456789Z",
        "2026-11-22T10:00:00+01:00",
        "2026-11-22T10:00:00-00:00",
        "2026-11-22T10:00:00+23:59",
        "2026-11-22T10:00:00-23:59",
        "0000-02-29T00:00:00Z",
        "0000-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-23:59",
    ];
    let refused = [
        "",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22T10:00Z",
        "2026-11-22t10:00:00Z",
        "2026-11-22T10:00:00z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00,5Z",
        "2026-11-22T10:00:00.1234567890Z",
        "2026-11-22T10:00:00+0100",
        "2026-11-22T10:00:00+01",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+01:60",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:00:60Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29T10:00:00Z",
        "-001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-11-22T10:00:00Z[UTC]",
        "2026-11-22T10:00:00Z\n",
    ];
    let all = taken.iter().map(|text| (*text, true));
    let all: Vec<_> = all.chain(refused.iter().map(|text| (*text, false))).collect();
    for (text, is_taken) in &all {
        let document = json!({ "proof": {
            "type": PROOF_TYPE,
            "cryptosuite": CRYPTOSUITE,
            "proofPurpose": PROOF_PURPOSE,
            "created": text,
        } });
        let report = proof::check(&canonical(&document), 1_000, Timestamp::MIN).unwrap();
        // What comes after the dates is missing here.
        let code = if *is_taken { "proof.wrong-verification-method" } else { "proof.bad-date" };
        assert_eq!(report.problems[0].code(), code, "{text}");
    }
    all
}

/// Multikeys, what they are, and whether they are taken.
pub(super) fn public_keys() -> Vec<(String, &'static str, bool)> {
    let one = public(1).to_string();
    let [weak, off_curve, unreduced] = REFUSED_POINTS;
    let multikey = |bytes: [u8; 32]| to_base58btc(&[&[0xED, 0x01][..], &bytes].concat());
    let with = |lowest: u8, middle: u8, highest: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (lowest, highest);
        multikey(bytes)
    };
    let order_eight = [
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ];
    let [eight, other_eight] = order_eight.map(|text| {
        let digest: crate::Identity = text.parse().unwrap();
        multikey(*digest.as_bytes())
    });
    let keys = vec![
        (one.clone(), "The key of the seed 01 32 times.", true),
        (public(2).to_string(), "The key of the seed 02 32 times.", true),
        (
            "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2".to_owned(),
            "The key of the W3C's example.",
            true,
        ),
        (MIXED_ORDER.to_owned(), "A point of neither small nor prime order.", true),
        (with(0x03, 0, 0), "The point with y = 3.", true),
        (String::new(), "Nothing.", false),
        (one[1..].to_owned(), "Without the z.", false),
        (one.to_uppercase(), "In upper case.", false),
        (format!("{one} "), "A space behind it, which some decoders skip.", false),
        (format!("{one}\n"), "A line break behind it.", false),
        (one.replacen('z', "z1", 1), "A zero byte in front.", false),
        (one[..one.len() - 1].to_owned(), "A letter too few.", false),
        (format!("{one}1"), "A letter too many.", false),
        (one.replacen('k', "0", 1), "A letter that base58 does not have.", false),
        (format!("did:key:{one}"), "A did:key.", false),
        (format!("z{}", "1".repeat(1000)), "A thousand zero bytes.", false),
        (X25519.to_owned(), "A key for key agreement (X25519).", false),
        (to_base58btc(&base58btc(&one).unwrap()[2..]), "32 bytes without the multicodec.", false),
        (off_curve.to_owned(), "y = 2: no point of the curve.", false),
        (unreduced.to_owned(), "y = p + 3: the point y = 3, not reduced.", false),
        (with(0xED, 0xFF, 0x7F), "y = p: the point y = 0, not reduced.", false),
        (weak.to_owned(), "The neutral element, y = 1.", false),
        (with(0x01, 0, 0x80), "The neutral element with the sign that x = 0 does not have.", false),
        (with(0xEE, 0xFF, 0x7F), "The neutral element, not reduced: y = p + 1.", false),
        (with(0xEC, 0xFF, 0x7F), "The point of order 2, y = -1.", false),
        (with(0xEC, 0xFF, 0xFF), "The same with a sign.", false),
        (with(0x00, 0, 0), "A point of order 4, y = 0.", false),
        (with(0x00, 0, 0x80), "The other point of order 4.", false),
        (eight, "A point of order 8.", false),
        (other_eight, "Another point of order 8.", false),
    ];
    assert!(keys.iter().all(|(text, _, taken)| PublicKey::parse(text).is_ok() == *taken));
    keys
}

/// Issuer ids, what they are, and whether they are taken.
pub(super) fn issuer_ids() -> Vec<(String, &'static str, bool)> {
    let id = state_hash(&one_key()[0]);
    let digest = base58btc(&id).unwrap()[2..].to_vec();
    let multihash = |prefix: &[u8], digest: &[u8]| to_base58btc(&[prefix, digest].concat());
    let ids = vec![
        (id.clone(), "The issuer with the key of the seed 01 32 times.", true),
        (multihash(&[0x12, 0x20], &[0; 32]), "A hash of zeros.", true),
        (multihash(&[0x12, 0x20], &[0xFF; 32]), "A hash of ones.", true),
        (String::new(), "Nothing.", false),
        (id[1..].to_owned(), "Without the z.", false),
        (format!("{id} "), "A space behind it.", false),
        (id.replacen('z', "z1", 1), "A zero byte in front.", false),
        (to_base58btc(&digest), "The digest without its code and length.", false),
        (multihash(&[0x12, 0x20], &digest[..31]), "A byte too few.", false),
        (multihash(&[0x12, 0x1F], &digest[..31]), "A digest of 31 bytes.", false),
        (multihash(&[0x16, 0x20], &digest), "SHA3-256.", false),
        (public(1).to_string(), "A key.", false),
        ("garden.example".to_owned(), "A domain.", false),
    ];
    assert!(ids.iter().all(|(text, _, taken)| IssuerId::parse(text).is_ok() == *taken));
    ids
}

/// The bytes of a key or a digest after its two bytes of prefix, in hexadecimal.
pub(super) fn payload(text: &str) -> Value {
    let bytes = base58btc(text).unwrap();
    json!(to_hex(&bytes[2..]))
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Links, and the value of those that are taken.
pub(super) fn links() -> Vec<(String, Option<String>)> {
    let same = [
        "https://example.org/",
        "https://example.org:8448/a/b.html?c=d&e#f",
        "https://192.0.2.7/",
        "https://[2001:db8::1]:8080/",
        "https://matrix.to/#/#room:example.org",
        "https://xn--bcher-kva.example/%C3%9Cber",
        // Not looked at further.
        "https://xn--a/",
        "https://example.org/%2E%2E%2f",
        "https://example.org/a..b/...",
        "https://example.org/?../",
        "https://example.org/~a!$&'()*+,;=:@[]",
    ];
    let other = [
        ("https://example.org", "https://example.org/"),
        ("https://example.org?q", "https://example.org/?q"),
        ("https://example.org#f", "https://example.org/#f"),
        ("https://Example.ORG:443/A", "https://example.org/A"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]/"),
        ("https://example.org:4430", "https://example.org:4430/"),
    ];
    let refused = [
        "",
        "example.org",
        "http://example.org/",
        "HTTPS://example.org/",
        "https://",
        "https:///path",
        "https://?q",
        " https://example.org/",
        "https://example.org/\n",
        "https://example.org/a b",
        "https://example.org/a\\b",
        "https://example.org\\@evil.example/",
        "https://user@example.org/",
        "https://@example.org/",
        "https://example.org:0/",
        "https://example.org:080/",
        "https://example.org:/",
        "https://example.org:65536/",
        "https://example.org./",
        "https://a_b.example/",
        "https://-a.example/",
        "https://256.1.1.1/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://[::ffff:1.2.3.4%25eth0]/",
        "https://[2001:db8:0::1]/",
        "https://bücher.example/",
        "https://example.org/ü",
        "https://example.org/%",
        "https://example.org/%2",
        "https://example.org/%zz",
        "https://example.org/.",
        "https://example.org/../a",
        "https://example.org/a/%2e%2E/b",
        "https://example.org/a/.%2e?b",
        "https://example.org/\"a\"",
        "https://example.org/<a>",
        "https://example.org/a|b",
        "https://example.org/{a}",
        "https://example.org/a^b",
        "https://example.org/`",
    ];
    let long = |length: usize| format!("https://example.org/{}", "a".repeat(length - 20));
    let without_path = format!("https://example.org?{}", "a".repeat(2048 - 20));
    let mut all: Vec<(String, Option<String>)> =
        same.iter().map(|text| ((*text).to_owned(), Some((*text).to_owned()))).collect();
    all.extend(other.iter().map(|(text, kept)| ((*text).to_owned(), Some((*kept).to_owned()))));
    all.push((long(2048), Some(long(2048))));
    all.extend(refused.iter().map(|text| ((*text).to_owned(), None)));
    // The value would be longer than the text by the path that it lacks.
    all.extend([(long(2049), None), (without_path, None)]);
    for (text, kept) in &all {
        let found = crate::Link::new(text.as_str()).ok().map(|link| link.to_string());
        assert_eq!(found, *kept, "{text}");
    }
    all
}
