//! Parts of `endorsements.toml` as the program writes them.

use std::mem;

use anyhow::Context as _;
use toml_edit::{DocumentMut, InlineTable, Item, RawString, Table, TableLike, Value};
use wellspring_document::{CriterionId, Date, Endorsement, Finding};

/// Members of an entry that are days, written as such and not as text.
const DAYS: [&str; 3] = ["reviewed_at", "known_since", "expires_at"];

/// A whole entry: its members in the order of the specification, nested ones behind dots
/// (`facts.about.website = …`).
pub(super) fn entry(entry: &Endorsement) -> anyhow::Result<Table> {
    let text = toml::to_string(entry).context("an entry could not be written as TOML")?;
    let mut document: DocumentMut =
        text.parse().context("an entry could not be written as TOML")?;
    let mut table = mem::take(document.as_table_mut());
    for day in DAYS {
        let written = table.get(day).and_then(Item::as_str).and_then(|text| text.parse().ok());
        if let Some(day_value) = written {
            set(&mut table, day, Value::Datetime(toml_edit::Formatted::new(day_value)));
        }
    }
    dot(&mut table);
    Ok(table)
}

/// Turns the tables below this one into dotted keys, and lists of tables into values.
fn dot(table: &mut Table) {
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => {
                inner.set_dotted(true);
                inner.set_position(None);
                inner.decor_mut().clear();
                dot(inner);
            }
            Item::ArrayOfTables(inner) => {
                let array = mem::take(inner).into_array();
                *item = Item::Value(Value::Array(array));
            }
            Item::Value(_) | Item::None => {}
        }
    }
}

/// Sets a member and keeps the comment behind its value.
pub(super) fn set(table: &mut Table, member: &str, value: impl Into<Value>) {
    let mut value = value.into();
    if let Some(before) = table.get(member).and_then(Item::as_value) {
        *value.decor_mut() = before.decor().clone();
    }
    match table.get_mut(member) {
        // Inserting would take the comments above it away.
        Some(item) => *item = Item::Value(value),
        None => drop(table.insert(member, Item::Value(value))),
    }
}

/// Sets what was found by a criterion.
pub(super) fn set_finding(table: &mut Table, criterion: &CriterionId, finding: &Finding) {
    let mut written = InlineTable::new();
    written.insert("met", finding.met.into());
    if let Some(note) = &finding.note {
        let texts = note.iter().map(|(language, text)| (language.as_str(), text.as_str()));
        written.insert("note", Value::InlineTable(texts.collect()));
    }
    if table.get("criteria").and_then(Item::as_table_like).is_none() {
        let mut criteria = Table::new();
        criteria.set_dotted(true);
        table.insert("criteria", Item::Table(criteria));
    }
    if let Some(criteria) = table.get_mut("criteria").and_then(Item::as_table_like_mut) {
        criteria.insert(criterion.as_str(), toml_edit::value(written));
    }
}

/// Adds a line of comment above a member, below those that are there.
pub(super) fn comment(table: &mut Table, member: &str, line: &str) {
    if let Some(mut key) = table.key_mut(member) {
        let decor = key.leaf_decor_mut();
        let above = decor.prefix().and_then(RawString::as_str).unwrap_or_default();
        let above = format!("{above}# {line}\n");
        decor.set_prefix(above);
    }
}

/// Sets a member to a day.
pub(super) fn set_day(table: &mut Table, member: &str, day: Date) {
    match day.to_string().parse::<toml_edit::Datetime>() {
        Ok(day) => set(table, member, day),
        Err(_) => set(table, member, day.to_string()),
    }
}

/// Sets one part of a member that has several, like one language of a text.
pub(super) fn set_part(table: &mut Table, member: &str, part: &str, value: &str) {
    let parts = table.get_mut(member).and_then(Item::as_table_like_mut);
    match parts {
        Some(parts) => insert(parts, part, value),
        None => {
            let mut parts = Table::new();
            parts.set_dotted(true);
            insert(&mut parts, part, value);
            table.insert(member, Item::Table(parts));
        }
    }
}

fn insert(parts: &mut dyn TableLike, part: &str, value: &str) {
    parts.insert(part, toml_edit::value(value));
}

/// What stands above a new entry: what was there, and an empty line.
pub(super) fn before_new_entry(above: &str) -> String {
    match above.trim_end() {
        "" => "\n".to_owned(),
        above => format!("{above}\n\n"),
    }
}

/// Of the comments above an entry those that an empty line parts from it: they belong to
/// the file and not to the entry.
pub(super) fn general_comments(above: &str) -> &str {
    match above.rfind("\n\n") {
        Some(position) if !above[..position].trim().is_empty() => &above[..position + 1],
        _ => "",
    }
}
