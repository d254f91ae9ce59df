use std::io::Write as _;

use super::{MAX_INTEGER, Map, Value, plain_length};

/// Room for a proof or a key state, so that writing one asks for memory once.
const USUAL_BYTES: usize = 1_024;

/// The canonical bytes of a value (RFC 8785): members sorted by the UTF-16 code units of
/// their names, no white space, numbers and strings as ECMAScript prints them.
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    write_value(value, &mut out);
    out
}

/// The canonical bytes of an object as if its member `omitted` were not there.
pub(crate) fn canonical_without(object: &Map<String, Value>, omitted: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    write_object(object, Some(omitted), &mut out);
    out
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => write_object(members, None, out),
    }
}

fn write_object(object: &Map<String, Value>, omitted: Option<&str>, out: &mut Vec<u8>) {
    let members = object.iter().filter(|(name, _)| Some(name.as_str()) != omitted);
    out.push(b'{');
    if is_in_canonical_order(object) {
        write_members(members, out);
    } else {
        let mut sorted: Vec<_> = members.collect();
        sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        write_members(sorted.into_iter(), out);
    }
    out.push(b'}');
}

fn write_members<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, out: &mut Vec<u8>) {
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        write_value(value, out);
    }
}

/// Whether iterating over the object gives RFC 8785's order. The order of UTF-8 bytes is
/// the order of UTF-16 code units unless a character is U+E000 or above (first byte 0xEE
/// or above).
fn is_in_canonical_order(object: &Map<String, Value>) -> bool {
    let sorts_alike = |name: &String| name.is_ascii() || name.bytes().all(|byte| byte < 0xEE);
    object.keys().all(sorts_alike) && object.keys().is_sorted()
}

fn write_number(number: &serde_json::Number, out: &mut Vec<u8>) {
    match number.as_i64() {
        Some(integer) if (-MAX_INTEGER..=MAX_INTEGER).contains(&integer) => {
            let written = write!(out, "{integer}");
            debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        }
        _ => {
            // A JSON number of serde_json is always finite.
            let double = number.as_f64().unwrap_or_default();
            out.extend_from_slice(ryu_js::Buffer::new().format_finite(double).as_bytes());
        }
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, special) = rest.split_at(plain_length(rest));
        out.extend_from_slice(plain);
        let Some((special, after)) = special.split_first() else { break };
        write_escape(*special, out);
        rest = after;
    }
    out.push(b'"');
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        0x08 => out.extend_from_slice(b"\\b"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\n' => out.extend_from_slice(b"\\n"),
        0x0C => out.extend_from_slice(b"\\f"),
        b'\r' => out.extend_from_slice(b"\\r"),
        control => {
            let written = write!(out, "\\u{control:04x}");
            debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::json::read;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\u{0}-\u{1f}\"\\\\\u{7f}\u{e000}-\u{ffff}\u{10000}-\u{10ffff}]{0,8}"
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map("[a-z\u{d7ff}-\u{10ffff}]{0,3}", inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn same_bytes_as_the_reference(value in any_value()) {
            prop_assert_eq!(canonical(&value), serde_jcs::to_vec(&value).unwrap());
        }

        #[test]
        fn canonical_bytes_read_back_to_themselves(value in any_value()) {
            let bytes = canonical(&value);
            // Integers past 2^53 - 1, noncharacters and the like are refused; whatever is
            // read is canonical already.
            if let Ok(again) = read(&bytes, bytes.len()) {
                prop_assert_eq!(canonical(&again), bytes);
            }
        }
    }

    #[test]
    fn members_sort_by_utf16_code_units() {
        let value = json!({ "\u{10000}": 1, "\u{e000}": 2, "a": 3 });
        assert_eq!(
            String::from_utf8(canonical(&value)).unwrap(),
            "{\"a\":3,\"\u{10000}\":1,\"\u{e000}\":2}"
        );
    }

    #[test]
    fn omitting_a_member_leaves_the_others() {
        let value = json!({ "a": 1, "proof": {}, "z": { "proof": 2 } });
        let bytes = canonical_without(value.as_object().unwrap(), "proof");
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"a":1,"z":{"proof":2}}"#);
    }
}
