//! The files: documents as raw bytes, and an index that says what each must come to.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::{
    Content, ISSUED_AT, Part, Vector, acceptance, all_documents, any_document, codes, parts, texts,
};
use crate::json::Value;
use crate::{AnyVerified, BytesHash, Kind, RawDocument, VerifyError};
use crate::{EndorsementList, ObservationReport, Profile, ViewManifest};

/// Rises when a reader of the index has to change.
pub(super) const FORMAT: u32 = 1;

const ABOUT: &str = "Test vectors for documents of Wellspring; docs/implementers.md explains them.";

#[derive(Serialize)]
struct Entry {
    name: String,
    /// `file` or `generate`.
    #[serde(flatten)]
    content: BTreeMap<&'static str, Value>,
    about: String,
    /// The kind that the reader asks for.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    asked_for: Option<&'static str>,
    holds: bool,
    #[serde(flatten)]
    verdict: Verdict,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Verdict {
    Holds {
        kind: &'static str,
        issuer: String,
        subject: String,
        sequence: u64,
        key_version: u32,
        signers: Vec<String>,
        identity: String,
        sha256: String,
    },
    Refused {
        code: &'static str,
        determined: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
}

/// Whether a reader that is built on a library for JSON can be asked for this very code.
/// Such libraries say that a text is no JSON, and seldom in which way.
pub(super) fn is_determined(name: &str, code: &str) -> bool {
    let vague = [
        "json.truncated",
        "json.syntax",
        "json.trailing-data",
        "json.control-character",
        "json.bad-escape",
    ];
    // Two faults, of which a library may meet the later one first.
    let several = ["json-duplicate-before-syntax", "json-depth-bomb"];
    !vague.contains(&code) && !several.contains(&name)
}

fn verify(raw: RawDocument, asked_for: Option<Kind>) -> Result<AnyVerified, VerifyError> {
    match asked_for {
        None => raw.verify_any(),
        Some(Kind::Profile) => raw.verify::<Profile>().map(AnyVerified::Profile),
        Some(Kind::EndorsementList) => {
            raw.verify::<EndorsementList>().map(AnyVerified::EndorsementList)
        }
        Some(Kind::ObservationReport) => {
            raw.verify::<ObservationReport>().map(AnyVerified::ObservationReport)
        }
        Some(Kind::Index) => raw.verify::<crate::Index>().map(AnyVerified::Index),
        Some(Kind::View) => raw.verify::<ViewManifest>().map(AnyVerified::View),
    }
}

/// What this crate says of a vector, after it has been compared with what is expected.
fn verdict(vector: &Vector) -> Verdict {
    let bytes = vector.content.to_bytes();
    let found = verify(RawDocument::new(bytes), vector.asked_for);
    let code = found.as_ref().map(drop).map_err(VerifyError::code);
    assert_eq!(code, vector.expected, "{}", vector.name);
    match found {
        Ok(document) => Verdict::Holds {
            kind: document.kind().type_name(),
            issuer: document.issuer().to_string(),
            subject: document.subject(),
            sequence: document.sequence(),
            key_version: document.key_version(),
            signers: document.signers().iter().map(ToString::to_string).collect(),
            identity: document.identity().to_string(),
            sha256: document.bytes_hash().to_string(),
        },
        Err(error) => {
            assert_eq!(error.code(), codes::of_document(&error), "{}", vector.name);
            let place = match &error {
                VerifyError::Unreadable(error) => error.place(),
                VerifyError::BadEnvelope(member) | VerifyError::BadMember(member) => &member.place,
                _ => "",
            };
            if let Some(expected) = vector.place {
                assert_eq!(place, expected, "{}: {error}", vector.name);
            }
            let code = error.code();
            let determined = is_determined(&vector.name, code);
            let place = (determined && !place.is_empty()).then(|| place.to_owned());
            Verdict::Refused { code, determined, place }
        }
    }
}

fn document_file(name: &str) -> String {
    format!("documents/{name}.json")
}

/// The files that the index names.
pub(super) struct Contents(BTreeMap<String, Vec<u8>>);

impl Contents {
    /// The member of an entry that says where its bytes are, or how they are made.
    pub(super) fn add(&mut self, file: &str, content: &Content) -> (&'static str, Value) {
        match content {
            Content::Stored(bytes) => {
                self.0.insert(file.to_owned(), bytes.clone());
                ("file", json!(file))
            }
            Content::Generated(parts) => ("generate", parts.iter().map(part).collect()),
        }
    }
}

/// The index and every file that it names.
pub(super) fn files() -> BTreeMap<String, Vec<u8>> {
    let mut contents = Contents(BTreeMap::new());
    let mut documents = Vec::new();
    for vector in all_documents() {
        let verdict = verdict(&vector);
        let (place, content) = contents.add(&document_file(&vector.name), &vector.content);
        documents.push(Entry {
            name: vector.name,
            content: BTreeMap::from([(place, content)]),
            about: vector.about,
            asked_for: vector.asked_for.map(Kind::type_name),
            holds: vector.expected.is_ok(),
            verdict,
        });
    }
    let parts = parts::read(&mut contents);
    let mut files = contents.0;
    let mut proofs = Vec::new();
    for vector in any_document::vectors() {
        let report = vector.check();
        let signers: Vec<_> = report.signers.iter().map(|key| format!("did:key:{key}")).collect();
        let file = format!("proofs/{}.json", vector.name);
        files.insert(file.clone(), vector.bytes);
        proofs.push(json!({
            "file": file,
            "about": vector.about,
            "now": ISSUED_AT,
            "holds": report.holds(),
            "signers": signers,
            "problems": vector.problems,
        }));
    }
    let (acceptance, further) = acceptance::files();
    files.extend(further);
    // Bytes as they are: line breaks included.
    let attributes = b"documents/* -text\nproofs/* -text\nacceptance/*/* -text\nparts/* -text\n";
    files.insert(".gitattributes".to_owned(), attributes.to_vec());
    files.insert("index.json".to_owned(), index(&documents, &proofs, &acceptance, &parts));
    files
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({ "text": text }),
        Part::Repeat(text, times) => json!({ "repeat": text, "times": times }),
        Part::Document(name, _) => json!({ "file": document_file(name) }),
    }
}

#[derive(Serialize)]
struct Index<'a> {
    format: u32,
    about: &'static str,
    documents: &'a [Entry],
    proofs: &'a [Value],
    acceptance: &'a [Value],
    parts: &'a [Value],
    made_parts: Vec<Value>,
    canonical_forms: Vec<Value>,
    server_names: Vec<Value>,
    timestamps: Vec<Value>,
    dates: Vec<Value>,
    proof_times: Vec<Value>,
    public_keys: Vec<Value>,
    issuer_ids: Vec<Value>,
    links: Vec<Value>,
}

fn index(documents: &[Entry], proofs: &[Value], acceptance: &[Value], parts: &[Value]) -> Vec<u8> {
    let text = |(text, taken): (&str, bool)| json!({ "text": text, "taken": taken });
    let hexadecimal = |(text, about, taken): (String, &str, bool)| {
        let mut entry = json!({ "text": text, "about": about, "taken": taken });
        if taken {
            entry["bytes"] = texts::payload(&text);
        }
        entry
    };
    let index = Index {
        format: FORMAT,
        about: ABOUT,
        documents,
        proofs,
        acceptance,
        parts,
        made_parts: parts::made(),
        canonical_forms: texts::canonical_forms().into_iter().map(canonical_form).collect(),
        server_names: texts::server_names()
            .into_iter()
            .map(|(name, verdict)| match verdict {
                Ok(()) => json!({ "text": name, "taken": true }),
                Err(code) => json!({ "text": name, "taken": false, "code": code }),
            })
            .collect(),
        timestamps: texts::timestamps()
            .into_iter()
            .map(|(text, seconds)| match seconds {
                Some(unix) => json!({ "text": text, "taken": true, "unix": unix }),
                None => json!({ "text": text, "taken": false }),
            })
            .collect(),
        dates: texts::dates().into_iter().map(text).collect(),
        proof_times: texts::proof_times().into_iter().map(text).collect(),
        public_keys: texts::public_keys().into_iter().map(hexadecimal).collect(),
        issuer_ids: texts::issuer_ids().into_iter().map(hexadecimal).collect(),
        links: texts::links()
            .into_iter()
            .map(|(text, value)| match value {
                Some(value) => json!({ "text": text, "taken": true, "value": value }),
                None => json!({ "text": text, "taken": false }),
            })
            .collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&index).unwrap();
    bytes.push(b'\n');
    bytes
}

/// The text stands in the index where that can hold it: the index is strict JSON itself.
fn canonical_form((bytes, code): (Vec<u8>, Option<&'static str>)) -> Value {
    let form = texts::canonical_form(&bytes, code);
    let quoted = String::from_utf8(bytes.clone()).map(|text| json!(text));
    let text = quoted.ok().filter(|text| {
        let again = crate::json::read(text.to_string().as_bytes(), 100_000);
        again.is_ok_and(|again| again == *text) && !bytes.starts_with(b"\xEF\xBB\xBF")
    });
    let mut entry = match text {
        Some(text) => json!({ "text": text }),
        None => json!({ "hex": texts::to_hex(&bytes) }),
    };
    match form {
        Ok(form) => {
            entry["sha256"] = json!(BytesHash::of(form.as_bytes()));
            entry["canonical"] = json!(form);
        }
        Err(code) => {
            entry["code"] = json!(code);
            entry["determined"] = json!(is_determined("", code));
        }
    }
    entry
}
