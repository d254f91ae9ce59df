//! The test vectors in `tests/vectors/`, for other implementations of documents.
//!
//! Everything there is made here, from fixed keys and rules; `docs/implementers.md` says how
//! it is used. Each vector is checked against this crate before it is written, and the files
//! must be what is made:
//!
//! ```text
//! WELLSPRING_WRITE_VECTORS=1 cargo test -p wellspring-document vectors
//! ```

mod acceptance;
mod any_document;
mod codes;
mod envelope;
pub(crate) mod full;
mod good;
mod history;
mod index;
mod json;
mod parts;
mod proofs;
mod schema;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::base58::reference::to_base58btc;
use crate::digest::sha256;
use crate::envelope::tests::{ISSUED_AT, keys, time};
use crate::json::{Map, Value, canonical, read};
use crate::proof;
use crate::{Kind, PublicKey};

/// The bytes of a document, or the rule by which to make those that nobody wants to store.
pub(crate) enum Content {
    Stored(Vec<u8>),
    Generated(Vec<Part>),
}

/// A piece of a generated document.
pub(crate) enum Part {
    Text(String),
    Repeat(&'static str, usize),
    /// The bytes of another vector.
    Document(&'static str, Vec<u8>),
}

impl Content {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Stored(bytes) => bytes.clone(),
            Self::Generated(parts) => parts.iter().flat_map(Part::to_bytes).collect(),
        }
    }
}

impl Part {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Repeat(text, times) => text.repeat(*times).into_bytes(),
            Self::Document(_, bytes) => bytes.clone(),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Stored(bytes)
    }
}

impl From<&Value> for Content {
    fn from(document: &Value) -> Self {
        Self::Stored(canonical(document))
    }
}

/// One document and what its verification comes to.
pub(crate) struct Vector {
    pub(crate) name: String,
    about: String,
    pub(crate) content: Content,
    /// The kind that the reader asked for; any where there is none.
    asked_for: Option<Kind>,
    /// Nothing, or the code of the refusal.
    pub(crate) expected: Result<(), &'static str>,
    /// The member at fault, where a test says which it must be.
    place: Option<&'static str>,
}

impl Vector {
    fn good(name: &str, about: &str, content: impl Into<Content>) -> Self {
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            content: content.into(),
            asked_for: None,
            expected: Ok(()),
            place: None,
        }
    }

    fn bad(code: &'static str, name: &str, about: &str, content: impl Into<Content>) -> Self {
        Self { expected: Err(code), ..Self::good(name, about, content) }
    }

    fn asked_for(self, kind: Kind) -> Self {
        Self { asked_for: Some(kind), ..self }
    }

    fn at(self, place: &'static str) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// What is done to a document before or after it is signed.
type Alteration = fn(&mut Value);

fn public(seed: u8) -> PublicKey {
    crate::envelope::tests::key(seed).public()
}

/// The hash of a key state, whatever it says.
fn state_hash(state: &Value) -> String {
    let digest = match state {
        Value::Object(state) => proof::hash_of(state),
        other => sha256(&canonical(other)),
    };
    to_base58btc(&[&[0x12, 0x20][..], &digest].concat())
}

/// `document` with proofs of the keys of these seeds.
pub(crate) fn signed(mut document: Value, seeds: &[u8]) -> Value {
    let object = document.as_object_mut().unwrap();
    proof::attach(object, &keys(seeds), time(ISSUED_AT));
    document
}

fn altered(mut document: Value, alter: impl FnOnce(&mut Value)) -> Value {
    alter(&mut document);
    document
}

fn remove(document: &mut Value, member: &str) {
    document.as_object_mut().unwrap().remove(member).unwrap();
}

/// The history of an issuer whose one key is that of the seed 1.
fn one_key() -> Vec<Value> {
    history::chain(&[history::Step::new(&[1], 1, &[1])])
}

/// A document without proofs: the members of the kind, and an envelope around them.
fn unsigned(kind: Kind, history: &[Value], body: Value) -> Value {
    let expires_at = match kind {
        Kind::Profile => "2027-11-22T10:00:00Z",
        Kind::EndorsementList => "2027-02-22T10:00:00Z",
        Kind::ObservationReport | Kind::Index | Kind::View => "2026-11-30T10:00:00Z",
    };
    let mut document = body;
    for (member, value) in [
        ("type", json!(kind.type_name())),
        ("issuer", json!(history.first().map_or_else(|| state_hash(&one_key()[0]), state_hash))),
        ("key_history", json!(history)),
        ("sequence", json!(1)),
        ("issued_at", json!(ISSUED_AT)),
        ("expires_at", json!(expires_at)),
    ] {
        document[member] = value;
    }
    document
}

/// The shortest profile, without proofs.
fn profile(history: &[Value]) -> Value {
    let body = json!({ "server_name": "garden.example", "about": { "name": { "en": "Garden" } } });
    unsigned(Kind::Profile, history, body)
}

/// The shortest profile of the issuer with one key.
fn short() -> Value {
    signed(profile(&one_key()), &[1])
}

/// The shortest profile after an alteration that its issuer signed.
fn resigned(alter: impl FnOnce(&mut Value)) -> Value {
    signed(altered(profile(&one_key()), alter), &[1])
}

pub(crate) fn all_documents() -> Vec<Vector> {
    let parts =
        [good::vectors, json::vectors, envelope::vectors, schema::vectors, history::vectors];
    parts.into_iter().flat_map(|make| make()).chain(proofs::vectors()).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

fn files_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// The index and the files that it names are what is made here. With
/// WELLSPRING_WRITE_VECTORS=1 this writes them.
#[test]
fn the_files_are_what_is_made_here() {
    let made = index::files();
    let folder = folder();
    if std::env::var_os("WELLSPRING_WRITE_VECTORS").is_some_and(|value| value == "1") {
        let _ = fs::remove_dir_all(&folder);
        for (name, bytes) in &made {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let mut written = BTreeMap::new();
    files_below(&folder, "", &mut written);
    let names = |files: &BTreeMap<String, _>| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&written), names(&made));
    for (name, bytes) in &made {
        assert!(written[name] == *bytes, "{name} is not what is made here");
    }
}

/// Small enough to be carried along by any project.
#[test]
fn the_files_are_many_and_small() {
    let made = index::files();
    let documents = all_documents();
    assert!(documents.len() >= 120, "{}", documents.len());
    assert!(made.values().all(|bytes| bytes.len() <= 300_000));
    let total: usize = made.values().map(Vec::len).sum();
    assert!(total <= 1_500_000, "{total}");
    let names: BTreeSet<_> = documents.iter().map(|vector| &vector.name).collect();
    assert_eq!(names.len(), documents.len(), "names are different");
    // What every reader of JSON can read, the strictest included.
    let index = read(&made["index.json"], 300_000).unwrap();
    assert_eq!(index["format"], index::FORMAT);
}

#[test]
fn every_code_of_a_refusal_has_a_vector() {
    let mut met: BTreeSet<&str> =
        all_documents().iter().filter_map(|vector| vector.expected.err()).collect();
    let missing = codes::of_documents().difference(&met).copied().collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a document");

    met = any_document::vectors().into_iter().flat_map(|vector| vector.problems).collect();
    let missing = codes::of_proofs().difference(&met).copied().collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a proof");

    met = acceptance::met();
    let missing = codes::of_acceptance().difference(&met).copied().collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a scenario");

    met = parts::met();
    let missing = codes::of_parts().difference(&met).copied().collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a part");

    met = texts::server_names().iter().filter_map(|(_, verdict)| verdict.err()).collect();
    let missing = codes::of_server_names().difference(&met).copied().collect::<Vec<_>>();
    assert_eq!(missing, Vec::<&str>::new(), "codes without a server name");

    met = texts::canonical_forms().iter().filter_map(|(.., code)| *code).collect();
    let missing = codes::of_reading().difference(&met).copied().collect::<Vec<_>>();
    // Both limits would need a megabyte; documents that are made by a rule show them.
    assert_eq!(missing, ["json.too-large", "json.too-many-values"]);
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
