//! The specification states the limits that the program has.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::collections::BTreeMap;
use std::path::Path;

use wellspring_document::profile::Logo;
use wellspring_document::{
    CLOCK_SKEW_SECONDS, CriterionId, EmailAddress, KeyHistory, KeyState, Kind, Label, LanguageTag,
    Link, ListSource, LongText, MAX_ACCOUNTS, MAX_ADVERSE_DAYS, MAX_CHECKS, MAX_CURATOR_OPINIONS,
    MAX_ENTRIES, MAX_LANGUAGES, MAX_LATENCY_MS, MAX_LIST_ITEMS, MAX_MATRIX_ID_BYTES,
    MAX_NAME_CHARACTERS, ServerName, Text, json, profile, proof,
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

/// The rows `| name | number | … |` of the tables of limits that concern documents.
fn stated() -> BTreeMap<String, i128> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/specification.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, limits) = page.split_once("\n## 11 ").unwrap();
    let (limits, _) = limits.split_once("\n## 12 ").unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`').to_owned();
        Some((name, cells.next()?.trim().parse().unwrap()))
    };
    limits.lines().filter_map(row).collect()
}

#[test]
fn every_limit_of_documents_is_stated_with_its_value() {
    let stated = stated();
    let limits = limits![
        Kind::Profile.max_bytes(),
        Kind::EndorsementList.max_bytes(),
        Kind::ObservationReport.max_bytes(),
        Kind::LARGEST_BYTES,
        Kind::Profile.max_lifetime_days(),
        Kind::EndorsementList.max_lifetime_days(),
        Kind::ObservationReport.max_lifetime_days(),
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
    ];
    for (name, value) in &limits {
        assert_eq!(stated.get(name), Some(value), "{name}");
    }
}
