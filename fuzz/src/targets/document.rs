//! The verification of any bytes as a document.

use serde_json::Value;
use wellspring_document::json::{canonical, read};
use wellspring_document::{
    AnyVerified, Body, BytesHash, EndorsementList, Index, Kind, ObservationReport, Profile,
    RawDocument, SigningKey, Timestamp, Verified, VerifyError, ViewManifest, sign_again,
};

use super::assert_fit_to_be_shown;
use super::signer::hash_without;

/// Verifies any bytes.
pub fn run(data: &[u8]) {
    let _ = verify(data);
}

/// Verifies bytes and asserts what must hold of the outcome, whichever it is.
pub fn verify(bytes: &[u8]) -> Result<AnyVerified, VerifyError> {
    let raw = RawDocument::new(bytes.to_vec());
    let outcome = raw.clone().verify_any();
    let as_kinds = [
        (Kind::Profile, raw.clone().verify::<Profile>().map(drop)),
        (Kind::EndorsementList, raw.clone().verify::<EndorsementList>().map(drop)),
        (Kind::ObservationReport, raw.clone().verify::<ObservationReport>().map(drop)),
        (Kind::Index, raw.clone().verify::<Index>().map(drop)),
        (Kind::View, raw.verify::<ViewManifest>().map(drop)),
    ];
    match &outcome {
        Err(error) => {
            assert_fit_to_be_shown(&error.to_string());
            assert!(error.code().contains('.'));
            assert!(as_kinds.iter().all(|(_, outcome)| outcome.is_err()), "{error}");
        }
        Ok(document) => {
            for (kind, outcome) in as_kinds {
                assert_eq!(outcome.is_ok(), kind == document.kind(), "as a {kind}: {outcome:?}");
            }
            assert_holds(document, bytes);
            match document {
                AnyVerified::Profile(document) => assert_body(document),
                AnyVerified::EndorsementList(document) => assert_body(document),
                AnyVerified::ObservationReport(document) => assert_body(document),
                AnyVerified::Index(document) => assert_body(document),
                AnyVerified::View(document) => assert_body(document),
            }
        }
    }
    outcome
}

/// What every verified document says of itself.
fn assert_holds(document: &AnyVerified, bytes: &[u8]) {
    let value = read(bytes, document.kind().max_bytes()).expect("a verified document is readable");
    let object = value.as_object().expect("a verified document is an object");
    assert_eq!(document.identity().to_string(), hex(&hash_without(object, "proof")));
    assert_eq!(document.bytes_hash(), BytesHash::of(bytes));
    assert_eq!(object["issuer"], document.issuer().as_str());
    assert_eq!(object["sequence"], document.sequence());
    assert!((1..1 << 53).contains(&document.sequence()));
    assert_eq!(object["type"], document.kind().type_name());

    let lifetime = document.expires_at().seconds_since(document.issued_at());
    assert!(lifetime > 0 && lifetime <= document.kind().max_lifetime_days() * 86_400);
    let quorum = &document.history().current().signing;
    assert!(document.signers().is_subset(&quorum.keys));
    assert!(document.signers().len() >= usize::try_from(quorum.threshold).expect("small"));

    // Any other spelling is the same document, as long as it is short enough.
    let mut backwards = String::new();
    spell_backwards(&value, &mut backwards);
    if backwards.len() <= document.kind().max_bytes() {
        let again = RawDocument::new(backwards).verify_any().expect("another spelling holds too");
        assert_eq!(again.identity(), document.identity());
        assert_eq!(again.signers(), document.signers());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The body is what a signer can sign again, and what nobody knew yet stays.
fn assert_body<T: Body>(document: &Verified<T>) {
    assert_eq!(document.body().validate(), Ok(()));
    // What says nothing is not written, so the second time all is as it was.
    let written = serde_json::to_value(document.body()).expect("a body can be written");
    let again: T = serde_json::from_value(written.clone()).expect("what was written can be read");
    assert_eq!(serde_json::to_value(&again).expect("a body can be written"), written);

    let key = SigningKey::from_seed([1; 32]);
    let history = document.history();
    if history.current().signing.threshold > 1
        || !history.current().signing.keys.contains(&key.public())
    {
        return;
    }
    match sign_again(document, history, document.sequence(), document.issued_at(), &[key]) {
        // RFC 8785 writes 1e20 as an integer, which nobody may write as one. And no proof is
        // made on the last day of the year 9999.
        Err(error) => assert!(
            error.code() == "json.integer-too-large"
                || document.issued_at() > Timestamp::MAX.plus_days(-2),
            "{error}"
        ),
        Ok(raw) => {
            let members = |bytes: &[u8]| {
                let value = read(bytes, T::KIND.max_bytes()).expect("is readable");
                let mut members = value.as_object().cloned().expect("is an object");
                members.retain(|name, _| !["proof", "expires_at"].contains(&name.as_str()));
                canonical(&members.into())
            };
            assert_eq!(members(raw.bytes()), members(document.bytes()));
        }
    }
}

/// The same value with members from the last to the first, white space, and every character
/// of every string escaped.
fn spell_backwards(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => spell_string(text, out),
        Value::Array(items) => {
            out.push_str("[\t");
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "\r\n, " } else { "" });
                spell_backwards(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push_str("{ ");
            for (index, (name, member)) in members.iter().rev().enumerate() {
                out.push_str(if index > 0 { " ,\n" } else { "" });
                spell_string(name, out);
                out.push_str(" : ");
                spell_backwards(member, out);
            }
            out.push_str(" }");
        }
        Value::Number(number) if number.is_i64() => out.push_str(&format!("{number}.0E+0")),
        other => out.push_str(&other.to_string()),
    }
}

fn spell_string(text: &str, out: &mut String) {
    out.push('"');
    for unit in text.encode_utf16() {
        out.push_str(&format!("\\u{unit:04X}"));
    }
    out.push('"');
}
