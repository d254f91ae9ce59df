//! The strict reader beside `serde_json`, on text that nobody would write.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use proptest::prelude::*;
use wellspring_document::json::{self, Value};

/// Pieces of JSON and of what looks like it.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "{\"a\":1}", "[]", " ", "\n", "\r\t", "true",
    "false", "null", "nul", "0", "-0", "-", "1", "12", "1.5", ".5", "5.", "1e3", "1E-3", "1e+", "01",
    "9007199254740991", "9007199254740993", "18446744073709551616", "1e400", "-1e-400", "0.1", "\\",
    "\\n", "\\u0061", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ufffe", "\\u00", "\\x", "é", "😀",
    "\u{fdd0}", "\u{feff}", "\0", "\u{7f}", "\u{2028}", "/**/",
];

/// Pieces thrown together, with a few bytes of any kind among them.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A value, with numbers and names of every sort.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,3}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A value as text, with a few bytes replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    (any_value(), any::<bool>(), changes).prop_map(|(value, pretty, changes)| {
        let write = if pretty { serde_json::to_vec_pretty } else { serde_json::to_vec };
        let mut bytes = write(&value).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

/// Whatever is read here, `serde_json` reads as well, and as the same value. What only it
/// reads is refused here for one of the rules that it does not have.
fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let theirs: Result<Value, _> = serde_json::from_slice(bytes);
    match json::read(bytes, bytes.len()) {
        Ok(ours) => {
            let theirs = theirs.map_err(|error| TestCaseError::fail(format!("{error}: {ours}")))?;
            let canonical = json::canonical(&ours);
            prop_assert_eq!(&canonical, &json::canonical(&theirs));
            match json::read(&canonical, canonical.len()) {
                Ok(again) => prop_assert_eq!(again, ours),
                // RFC 8785 writes 1e20 as an integer, which nobody may write as one.
                Err(error) => prop_assert_eq!(error.code(), "json.integer-too-large"),
            }
        }
        Err(error) if theirs.is_ok() => {
            let stricter = [
                "json.duplicate-member",
                "json.integer-too-large",
                "json.noncharacter",
                "json.too-deep",
            ];
            prop_assert!(stricter.contains(&error.code()), "{}", error);
        }
        Err(error) => prop_assert!(error.offset() <= bytes.len()),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn pieces_thrown_together_are_read_as_by_serde_json(bytes in soup()) {
        compare(&bytes)?;
    }

    #[test]
    fn damaged_values_are_read_as_by_serde_json(bytes in damaged()) {
        compare(&bytes)?;
    }
}

/// Deep text must not exhaust the stack, whatever opens it.
#[test]
fn deep_text_is_refused_alike() {
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
        for depth in [32, 63, 64, 65, 128, 100_000] {
            compare(opening.repeat(depth).as_bytes()).unwrap();
        }
    }
}
