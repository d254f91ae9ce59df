//! Bytes that are no list, each refused for its own reason.

use wellspring_matrix::{ListError, MAX_LIST_BYTES, MAX_REMARKS, read_list};

/// The code and the whole chain of messages.
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    let error = read_list(bytes.as_ref()).unwrap_err();
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    format!("{} – {error}{}", error.code(), source.unwrap_or_default())
}

#[test]
fn what_is_not_json_is_refused_with_the_rule_that_it_breaks() {
    insta::assert_snapshot!(refusal(""), @"json.truncated – the list is not JSON that can be read: the text ends before the value is complete (at byte 0)");
    insta::assert_snapshot!(refusal("<html>"), @"json.syntax – the list is not JSON that can be read: not JSON: expected a value (at byte 0)");
    insta::assert_snapshot!(refusal(r#"[{"name": "example.org"#), @"json.truncated – the list is not JSON that can be read: [0].name: the text ends before the value is complete (at byte 22)");
    insta::assert_snapshot!(refusal("\u{feff}[]"), @"json.byte-order-mark – the list is not JSON that can be read: the text begins with a byte-order mark; JSON has none (RFC 8259, section 8.1) (at byte 0)");
    insta::assert_snapshot!(refusal(b"[\"\xff\"]"), @"json.invalid-utf8 – the list is not JSON that can be read: not valid UTF-8 (at byte 2)");
    insta::assert_snapshot!(refusal("[] []"), @"json.trailing-data – the list is not JSON that can be read: something follows after the end of the value (at byte 3)");
    let twice = r#"{"public_servers": [{"name": "a.example", "n\u0061me": "b.example"}]}"#;
    insta::assert_snapshot!(refusal(twice), @r#"json.duplicate-member – the list is not JSON that can be read: public_servers[0]: the member "name" appears twice (at byte 42)"#);
}

#[test]
fn size_and_depth_are_bounded() {
    insta::assert_snapshot!(refusal(vec![b' '; 10_000_000]), @"json.too-large – the list is not JSON that can be read: larger than the 4194304 bytes allowed for it (at byte 4194304)");
    insta::assert_snapshot!(refusal("[".repeat(MAX_LIST_BYTES)), @"json.too-deep – the list is not JSON that can be read: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than 64 levels (at byte 64)");
}

#[test]
fn json_of_another_kind_is_refused_with_what_it_is() {
    insta::assert_snapshot!(refusal("7"), @r#"list.unknown-shape – this is no list of homeservers that can be read: it must be an array of servers (joinmatrix until 2023) or an object with an array "public_servers" (joinmatrix, FluffyChat), but it is a number"#);
    insta::assert_snapshot!(refusal(r#"{"servers": [{"name": "example.org"}]}"#), @r#"list.unknown-shape – this is no list of homeservers that can be read: it must be an array of servers (joinmatrix until 2023) or an object with an array "public_servers" (joinmatrix, FluffyChat), but it is an object without it"#);
    insta::assert_snapshot!(refusal(r#"{"public_servers": {"name": "example.org"}}"#), @r#"list.not-an-array – the member "public_servers" of a list must be an array of servers, but it is an object"#);
    insta::assert_snapshot!(refusal(r#"{"public_servers": [], "private_servers": "none"}"#), @r#"list.not-an-array – the member "private_servers" of a list must be an array of servers, but it is a text"#);
}

#[test]
fn a_list_without_any_server_is_refused() {
    insta::assert_snapshot!(refusal("[]"), @r#"list.no-servers – the list names no server: none of its 0 entries is an object whose "name" is a server name"#);
    insta::assert_snapshot!(refusal(r#"{"public_servers": null}"#), @r#"list.no-servers – the list names no server: none of its 0 entries is an object whose "name" is a server name"#);
    insta::assert_snapshot!(refusal(r#"[1, {"name": "NO"}]"#), @r#"list.no-servers – the list names no server: none of its 2 entries is an object whose "name" is a server name"#);
}

#[test]
fn entries_and_remarks_are_bounded_in_number() {
    let entries = format!("[{}]", vec!["{}"; 100_001].join(","));
    insta::assert_snapshot!(refusal(entries), @"list.too-many-entries – a list names at most 100000 servers; this one has 100001 entries");

    let members: Vec<_> = (0..=MAX_REMARKS).map(|index| format!("\"{index}\":1")).collect();
    let list = |count| format!(r#"[{{"name":"example.org",{}}}]"#, members[..count].join(","));
    assert_eq!(read_list(list(MAX_REMARKS).as_bytes()).unwrap().remarks.len(), MAX_REMARKS);
    insta::assert_snapshot!(refusal(list(MAX_REMARKS + 1)), @"list.too-many-remarks – more than 50000 values of the list cannot be carried over; it must be of another kind than it seems");
    assert!(matches!(
        read_list(list(MAX_REMARKS + 1).as_bytes()),
        Err(ListError::TooManyRemarks { .. })
    ));
}
