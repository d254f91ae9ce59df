//! The specification states the limits and the codes that the program has.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use wellspring_document::profile::Logo;
use wellspring_document::{
    CLOCK_SKEW_SECONDS, CriterionId, EmailAddress, KeyHistory, KeyPrefix, KeyState, Kind, Label,
    LanguageTag, Link, ListSource, LongText, MAX_ACCOUNTS, MAX_ADVERSE_DAYS, MAX_CHECKS,
    MAX_CURATOR_OPINIONS, MAX_ENTRIES, MAX_LANGUAGES, MAX_LATENCY_MS, MAX_LIST_ITEMS,
    MAX_MATRIX_ID_BYTES, MAX_NAME_CHARACTERS, MAX_PART_BYTES, MAX_PARTS, MAX_POLICY_VALUES,
    MAX_RECORD_BYTES, MAX_VIEWS, ServerName, Text, json, profile, proof,
};
use wellspring_document::{KeyBranches, Money};

macro_rules! limits {
    ($($limit:expr),* $(,)?) => {
        BTreeMap::from([$((
            stringify!($limit).replace([' ', '(', ')'], ""),
            i128::try_from($limit).unwrap(),
        )),*])
    };
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A section of the specification, without its title.
fn section(number: u8) -> String {
    let page = fs::read_to_string(repository().join("docs/specification.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n## {number} ")).unwrap();
    let (section, _) = section.split_once(&format!("\n## {} ", number + 1)).unwrap();
    section.to_owned()
}

/// The rows `| name | number | … |` of the tables of limits that concern documents.
fn stated() -> BTreeMap<String, i128> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`').to_owned();
        Some((name, cells.next()?.trim().parse().unwrap()))
    };
    section(11).lines().filter_map(row).collect()
}

#[test]
fn every_limit_of_documents_is_stated_with_its_value() {
    let stated = stated();
    let limits = limits![
        Kind::Profile.max_bytes(),
        Kind::EndorsementList.max_bytes(),
        Kind::ObservationReport.max_bytes(),
        Kind::Index.max_bytes(),
        Kind::View.max_bytes(),
        Kind::LARGEST_BYTES,
        Kind::Profile.max_lifetime_days(),
        Kind::EndorsementList.max_lifetime_days(),
        Kind::ObservationReport.max_lifetime_days(),
        Kind::Index.max_lifetime_days(),
        Kind::View.max_lifetime_days(),
        json::MAX_DEPTH,
        json::MAX_VALUES,
        json::MAX_INTEGER,
        proof::MAX_PROOFS,
        KeyHistory::MAX_STATES,
        KeyState::MAX_KEYS,
        KeyBranches::MAX_RIVALS,
        CLOCK_SKEW_SECONDS,
        ServerName::MAX_LENGTH,
        Text::MAX_CHARACTERS,
        Text::MAX_BYTES,
        LongText::MAX_CHARACTERS,
        LongText::MAX_BYTES,
        MAX_NAME_CHARACTERS,
        MAX_LANGUAGES,
        LanguageTag::MAX_LENGTH,
        Label::MAX_LENGTH,
        CriterionId::MAX_LENGTH,
        MAX_MATRIX_ID_BYTES,
        EmailAddress::MAX_LENGTH,
        Link::MAX_BYTES,
        ListSource::MAX_FILE_NAME_BYTES,
        Money::MAX_MINOR,
        Logo::MAX_BYTES,
        Logo::MAX_PIXELS,
        MAX_LIST_ITEMS,
        MAX_ENTRIES,
        MAX_CURATOR_OPINIONS,
        MAX_ADVERSE_DAYS,
        MAX_ACCOUNTS,
        profile::MAX_DAYS,
        profile::MAX_MONTHS,
        profile::MAX_MEBIBYTES,
        profile::MAX_PEOPLE,
        profile::MAX_APPROVAL_HOURS,
        profile::MAX_MINIMUM_AGE,
        profile::MAX_NEW_ACCOUNTS_PER_WEEK,
        profile::MAX_KWH_PER_MONTH,
        profile::MAX_RESOURCE_AMOUNT,
        MAX_LATENCY_MS,
        MAX_CHECKS,
        MAX_VIEWS,
        MAX_POLICY_VALUES,
        MAX_PARTS,
        MAX_PART_BYTES,
        MAX_RECORD_BYTES,
        KeyPrefix::MAX_BITS,
    ];
    for (name, value) in &limits {
        assert_eq!(stated.get(name), Some(value), "{name}");
    }
}

/// The files with the program's code of these folders, without tests.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name().into_string().unwrap();
        if path.is_dir() && !["tests", "vectors", "schemas"].contains(&name.as_str()) {
            sources(&path, found);
        } else if name.ends_with(".rs") && !["tests.rs", "vectors.rs"].contains(&name.as_str()) {
            let text = fs::read_to_string(&path).unwrap();
            let (code, _) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
            found.push(code.to_owned());
        }
    }
}

/// `family.reason`, in quotes of that kind, for each of these families.
fn codes(text: &str, quote: char, families: &[&str]) -> BTreeSet<String> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')
    };
    let is_code = |text: &&str| {
        let parts = text.split_once('.');
        parts.is_some_and(|(family, reason)| families.contains(&family) && is_word(reason))
    };
    text.split(quote).filter(is_code).map(str::to_owned).collect()
}

/// Every code that the program can give for a document, a text of it, or the place it came
/// from, and no other. The vectors have a refusal for each that a document can have.
#[test]
fn every_code_stands_in_the_tables_and_every_code_of_the_tables_exists() {
    let families = [
        "json",
        "envelope",
        "schema",
        "history",
        "proof",
        "accept",
        "server-name",
        "sign",
        "cosign",
        "key",
        "paper",
        "fetch",
        "url",
        "address",
        "source",
        "part",
        "tree",
        "mirror",
    ];
    let mut files = Vec::new();
    for folder in
        ["crates/document/src", "crates/fetch/src", "crates/node/src/sync", "crates/node/src/tree"]
    {
        sources(&repository().join(folder), &mut files);
    }
    let given: BTreeSet<_> = files.iter().flat_map(|file| codes(file, '"', &families)).collect();
    let cell =
        |line: &str| line.strip_prefix("| ").and_then(|it| it.split('|').next().map(str::to_owned));
    let stated: BTreeSet<_> = section(10)
        .lines()
        .filter_map(cell)
        .flat_map(|cell| codes(&cell, '`', &families))
        .collect();
    let missing: Vec<_> = given.difference(&stated).collect();
    assert_eq!(missing, Vec::<&String>::new(), "given and not stated");
    let unknown: Vec<_> = stated.difference(&given).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "stated and never given");
    assert!(given.len() > 100, "{}", given.len());
}
