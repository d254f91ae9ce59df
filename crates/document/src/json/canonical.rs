use std::io::Write as _;

use super::{Arena, Member, Members, Tree, Value, plain_length};

/// Room for a proof or a key state, so that writing one asks for memory once, and for so
/// little that the allocator has it at hand.
const FEW_BYTES: usize = 512;
/// Room for a usual document, likewise.
const USUAL_BYTES: usize = 4_096;
/// More members than this has no proof and no key state of what is known of them.
const FEW_MEMBERS: usize = 8;

/// The canonical bytes of a value (RFC 8785): members sorted by the UTF-16 code units of
/// their names, no white space, numbers and strings as ECMAScript prints them.
pub fn canonical(value: &Value) -> Vec<u8> {
    written(&Tree::of(value, &Arena::new()))
}

/// As [`canonical`], of a value that was read.
pub(crate) fn written(tree: &Tree<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL_BYTES);
    write_value(tree, &mut out);
    out
}

/// The canonical bytes of an object as if its member `omitted` were not there.
pub(crate) fn canonical_without(object: Members<'_>, omitted: &str) -> Vec<u8> {
    let members = object.iter().as_slice();
    let is_small = members.len() <= FEW_MEMBERS;
    let mut out = Vec::with_capacity(if is_small { FEW_BYTES } else { USUAL_BYTES });
    write_object(members, Some(omitted), &mut out);
    out
}

fn write_value(value: &Tree<'_>, out: &mut Vec<u8>) {
    match value {
        Tree::Null => out.extend_from_slice(b"null"),
        Tree::Bool(true) => out.extend_from_slice(b"true"),
        Tree::Bool(false) => out.extend_from_slice(b"false"),
        Tree::Integer(integer) => {
            let written = write!(out, "{integer}");
            debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        }
        Tree::Double(double) => {
            out.extend_from_slice(ryu_js::Buffer::new().format_finite(*double).as_bytes());
        }
        Tree::String(text) => write_string(text, out),
        Tree::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Tree::Object { members, .. } => write_object(members, None, out),
    }
}

fn write_object(members: &[Member<'_>], omitted: Option<&str>, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut is_first = true;
    for Member { name, value, .. } in members {
        if omitted == Some(name) {
            continue;
        }
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        write_string(name, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
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

/// Whether a canonical text has the character in this spelling, which begins with a backslash.
pub(super) fn is_escaped_so(character: char, spelling: &str) -> bool {
    let mut canonical = Vec::new();
    if let Ok(byte @ (b'"' | b'\\' | 0..=0x1F)) = u8::try_from(character) {
        write_escape(byte, &mut canonical);
    }
    canonical == spelling.as_bytes()
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
    use crate::json::{CanonicalText, read_text};

    fn has_double(tree: &Tree<'_>) -> bool {
        match tree {
            Tree::Double(_) => true,
            // 1e300 and the like.
            Tree::Array(items) => items.iter().any(has_double),
            Tree::Object { members, .. } => members.iter().any(|it| has_double(&it.value)),
            _ => false,
        }
    }

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

    /// The pieces of each object in the value are those that the writer would give.
    fn assert_pieces(canonical: CanonicalText<'_>, tree: &Tree<'_>) {
        if let Tree::Array(items) = tree {
            items.iter().for_each(|item| assert_pieces(canonical, item));
        }
        let Some(object) = tree.as_object() else { return };
        match canonical.of(object) {
            Some(text) => assert_eq!(text.as_bytes(), written(tree)),
            None => assert_eq!(object.iter().len(), 0),
        }
        assert_eq!(canonical.without(object, "\u{10ffff} is no name"), None);
        for Member { name, value, .. } in object.iter() {
            let pieces = canonical.without(object, name).expect("it has that member");
            assert_eq!(pieces.concat().as_bytes(), canonical_without(object, name));
            assert_pieces(canonical, value);
        }
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

        /// Whoever writes it, a text is taken for canonical only where it is, and then has
        /// the pieces that the writer would give.
        #[test]
        fn a_text_that_is_canonical_is_known_as_such(
            value in prop::collection::btree_map("[a-cp\\\\\n/]{0,2}|proof", any_value(), 0..6),
            text in "[{}\\[\\]:,\"\\\\untrfbA0-\u{e9}\u{1f600} ]{0,12}",
            spelling in 0..4_usize,
        ) {
            let value = Value::Object(value.into_iter().collect());
            let texts = [
                canonical(&value),
                serde_json::to_vec(&value).unwrap(),
                serde_json::to_vec_pretty(&value).unwrap(),
                format!("{{\"a\":\"{text}\",\"b\":[{text}],\"proof\":{text}}}").into_bytes(),
            ];
            let text = &texts[spelling];
            let arena = Arena::new();
            let Ok(read) = read_text(text, text.len(), &arena) else { return Ok(()) };
            let is_canonical = written(&read.tree) == *text;
            match &read.canonical {
                Some(_) => prop_assert!(is_canonical),
                // Numbers with a fraction are left to the writer.
                None => prop_assert!(!is_canonical || has_double(&read.tree)),
            }
            if let Some(canonical) = read.canonical {
                assert_pieces(canonical, &read.tree);
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
        let bytes =
            canonical_without(Members::of(value.as_object().unwrap(), &Arena::new()), "proof");
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"a":1,"z":{"proof":2}}"#);
    }
}
