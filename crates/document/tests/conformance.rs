//! Test data that others published: RFC 8785, the JSON parsing suite and the W3C's worked
//! example of `eddsa-jcs-2022`.
//!
//! The files are not part of the project. Where they are absent, each test says so and
//! passes.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::json;
use wellspring_document::json::{self, Value};
use wellspring_document::proof::{self, ProofReport};
use wellspring_document::{BytesHash, Timestamp};

/// Larger than any of the files.
const MAX_BYTES: usize = 1_000_000;

/// A folder of published vectors; nothing, and a line that says so, where it is absent.
fn vectors(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(name);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display())).unwrap()
}

/// The text of a file without the line break that editors leave at its end.
fn text(path: &Path) -> String {
    String::from_utf8(bytes(path)).unwrap().trim_end().to_owned()
}

fn check(document: &Value, now: Timestamp) -> ProofReport {
    proof::check(&json::canonical(document), MAX_BYTES, now).unwrap()
}

fn value(path: &Path) -> Value {
    let value = json::read(&bytes(path), MAX_BYTES);
    value.map_err(|error| format!("{}: {error}", path.display())).unwrap()
}

#[test]
fn rfc_8785_files_give_exactly_their_canonical_bytes() {
    let Some(folder) = vectors("jcs") else { return };
    let mut pairs = 0;
    for entry in fs::read_dir(folder.join("input")).unwrap() {
        let input = entry.unwrap().path();
        let expected = bytes(&folder.join("output").join(input.file_name().unwrap()));
        let canonical = json::canonical(&value(&input));
        assert_eq!(canonical, expected, "{}", input.display());
        // Canonical bytes are their own canonical form.
        assert_eq!(json::canonical(&json::read(&canonical, MAX_BYTES).unwrap()), canonical);
        let hexadecimal: Vec<String> = canonical.iter().map(|byte| format!("{byte:02x}")).collect();
        let published =
            text(&folder.join("outhex").join(input.with_extension("txt").file_name().unwrap()));
        assert!(published.split_ascii_whitespace().eq(&hexadecimal), "{}", input.display());
        pairs += 1;
    }
    assert_eq!(pairs, 6);
}

/// RFC 8785, appendix B: doubles by their bits, and how they are written. The two cases
/// that are no JSON numbers (NaN, infinity) cannot be values here.
#[test]
fn rfc_8785_numbers_are_written_as_ecmascript_does() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let double = f64::from_bits(bits);
        let written = String::from_utf8(json::canonical(&Value::from(double))).unwrap();
        assert_eq!(written, expected, "{bits:016x}");
        // Read again with an exponent, so that it is no integer past 2^53 - 1, it is the
        // same double.
        let spelling =
            if expected.contains('e') { written.clone() } else { format!("{written}e0") };
        let again = json::read(spelling.as_bytes(), MAX_BYTES).unwrap();
        assert_eq!(again.as_f64(), Some(double), "{spelling}");
        assert_eq!(String::from_utf8(json::canonical(&again)).unwrap(), expected);
    }
}

/// Texts of the parsing suite that other readers must take and this one refuses, by the
/// rules of I-JSON.
const REFUSED_BY_I_JSON: [(&str, &str); 10] = [
    ("y_object_duplicated_key.json", "json.duplicate-member"),
    ("y_object_duplicated_key_and_value.json", "json.duplicate-member"),
    ("y_string_escaped_noncharacter.json", "json.noncharacter"),
    ("y_string_last_surrogates_1_and_2.json", "json.noncharacter"),
    ("y_string_nonCharacterInUTF-8_U+10FFFF.json", "json.noncharacter"),
    ("y_string_nonCharacterInUTF-8_U+FFFF.json", "json.noncharacter"),
    ("y_string_unicode_U+10FFFE_nonchar.json", "json.noncharacter"),
    ("y_string_unicode_U+1FFFE_nonchar.json", "json.noncharacter"),
    ("y_string_unicode_U+FDD0_nonchar.json", "json.noncharacter"),
    ("y_string_unicode_U+FFFE_nonchar.json", "json.noncharacter"),
];

#[test]
fn the_json_parsing_suite_is_judged_as_it_asks() {
    let Some(folder) = vectors("json") else { return };
    let archive = fs::File::open(folder.join("JSONTestSuite.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    let start = Instant::now();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = name.to_owned();
        let mut text = Vec::new();
        std::io::copy(&mut entry, &mut text).unwrap();
        let code = json::read(&text, MAX_BYTES).map_or_else(|error| error.code(), |_| "taken");
        let exception = REFUSED_BY_I_JSON.iter().find(|(file, _)| *file == name);
        match (&name[..2], exception) {
            (_, Some((_, expected))) => assert_eq!(code, *expected, "{name}"),
            ("y_", None) => {
                assert_eq!(code, "taken", "{name}");
                taken += 1;
            }
            ("n_", None) => {
                assert_ne!(code, "taken", "{name}");
                refused += 1;
            }
            // Left to the implementation; that it returns at all is the test.
            ("i_", None) => either += 1,
            _ => {}
        }
    }
    // Some are as long and as deep as they can be. A second is a thousand times too much.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!((taken, refused, either), (95 - REFUSED_BY_I_JSON.len(), 188, 35));
}

#[test]
fn each_step_of_the_w3c_example_gives_the_published_value() {
    let Some(folder) = vectors("eddsa-jcs-2022") else { return };
    let published = |name: &str| text(&folder.join(name));
    let signed = value(&folder.join("signedJCS.json"));

    let report = check(&signed, "2023-02-24T23:36:38Z".parse().unwrap());
    assert!(report.holds(), "{:?}", report.problems);
    let key_pair = value(&folder.join("keyPair.json"));
    let signers: Vec<String> = report.signers.iter().map(ToString::to_string).collect();
    assert_eq!(signers, [key_pair["publicKeyMultibase"].as_str().unwrap()]);

    // The document and the proof, canonical and hashed.
    let mut document = signed;
    let mut proof = document.as_object_mut().unwrap().remove("proof").unwrap();
    let proof_value = proof.as_object_mut().unwrap().remove("proofValue").unwrap();
    assert_eq!(document, value(&folder.join("unsigned.json")));
    assert_eq!(proof, value(&folder.join("proofConfigJCS.json")));
    let (document, proof) = (json::canonical(&document), json::canonical(&proof));
    assert_eq!(String::from_utf8(document.clone()).unwrap(), published("canonDocJCS.txt"));
    assert_eq!(String::from_utf8(proof.clone()).unwrap(), published("proofCanonJCS.txt"));
    let (document, proof) = (BytesHash::of(&document), BytesHash::of(&proof));
    assert_eq!(document.to_string(), published("docHashJCS.txt"));
    assert_eq!(proof.to_string(), published("proofHashJCS.txt"));
    assert_eq!(format!("{proof}{document}"), published("combinedHashJCS.txt"));

    // The signature over both hashes.
    assert_eq!(proof_value, published("sigBTC58JCS.txt"));
    let signature = bs58::decode(&published("sigBTC58JCS.txt")[1..]).into_vec().unwrap();
    let hexadecimal: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hexadecimal, published("sigHexJCS.txt"));
    let message = [*proof.as_bytes(), *document.as_bytes()].concat();
    let key = VerifyingKey::from_bytes(report.signers.first().unwrap().as_bytes()).unwrap();
    let signature = Signature::from_slice(&signature).unwrap();
    assert!(key.verify_strict(&message, &signature).is_ok());
}

#[test]
fn the_w3c_example_does_not_survive_an_alteration() {
    let Some(folder) = vectors("eddsa-jcs-2022") else { return };
    type Alteration = fn(&mut Value);
    let alterations: [(&str, Alteration); 8] = [
        ("proof.invalid-signature", |d| d["name"] = json!("Alumni credential")),
        ("proof.invalid-signature", |d| d["credentialSubject"]["degree"] = json!("Master")),
        ("proof.invalid-signature", |d| d["proof"]["created"] = json!("2023-02-24T23:36:39Z")),
        // The standard compares only the beginning; appended contexts could change meanings.
        ("proof.context-mismatch", |d| {
            d["@context"].as_array_mut().unwrap().push(json!("https://attacker.example/"));
        }),
        ("proof.wrong-cryptosuite", |d| d["proof"]["cryptosuite"] = json!("eddsa-rdfc-2022")),
        ("proof.wrong-type", |d| d["proof"]["type"] = json!("Ed25519Signature2020")),
        ("proof.wrong-purpose", |d| d["proof"]["proofPurpose"] = json!("authentication")),
        ("proof.missing", |d| drop(d.as_object_mut().unwrap().remove("proof"))),
    ];
    let now: Timestamp = "2023-02-24T23:36:38Z".parse().unwrap();
    for (code, alter) in alterations {
        let mut document = value(&folder.join("signedJCS.json"));
        alter(&mut document);
        let report = check(&document, now);
        assert!(!report.holds());
        assert_eq!(report.problems[0].code(), code);
    }
}
