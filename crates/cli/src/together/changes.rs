//! What two documents say differently, so that whoever signs knows what they sign.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use wellspring_document::{KeyHistory, KeyState, PublicKey};

/// Members that every document has, which are told on their own.
pub(crate) const ENVELOPE: [&str; 7] =
    ["type", "issuer", "key_history", "sequence", "issued_at", "expires_at", "proof"];

/// One member that is not as it was.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    /// Its path: `about.name.en`, `entries[example.org].verdict`.
    member: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Value>,
}

/// What a document says, without its envelope; nothing where it is no object.
pub(crate) fn says(bytes: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
    }
    value
}

/// All that differs between two values, down to the single members. Lists of entries are
/// compared by what they are about, and other lists as sets.
pub(crate) fn between(before: Option<&Value>, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", before, Some(after), &mut changes);
    changes
}

fn compare(member: &str, from: Option<&Value>, to: Option<&Value>, changes: &mut Vec<Change>) {
    if from == to {
        return;
    }
    let told = changes.len();
    if let (Some(from), Some(to)) = (named(from), named(to)) {
        let names: BTreeSet<_> = from.keys().chain(to.keys()).collect();
        for name in names {
            let path = match (name.starts_with('['), member.is_empty()) {
                (true, _) | (false, true) => format!("{member}{name}"),
                (false, false) => format!("{member}.{name}"),
            };
            compare(&path, from.get(name).copied(), to.get(name).copied(), changes);
        }
    }
    // Some differences are in no part: what is or becomes empty, and the order of a list.
    if changes.len() == told || to.is_some_and(is_empty) {
        let from = from.cloned();
        changes.push(Change { member: member.to_owned(), from, to: to.cloned() });
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The parts of a value by name: the members of an object, the items of a list. What is not
/// there has no parts, so what was added or removed is told part by part as well.
fn named(value: Option<&Value>) -> Option<BTreeMap<String, &Value>> {
    match value {
        None => Some(BTreeMap::new()),
        Some(Value::Object(members)) => {
            Some(members.iter().map(|(name, value)| (bare_or_quoted(name, "-_"), value)).collect())
        }
        Some(Value::Array(items)) => {
            let mut parts = BTreeMap::new();
            for item in items {
                let first = format!("[{}]", name_of(item));
                let (mut name, mut count) = (first.clone(), 1);
                while parts.contains_key(&name) {
                    count += 1;
                    name = format!("{first}#{count}");
                }
                parts.insert(name, item);
            }
            Some(parts)
        }
        Some(_) => None,
    }
}

/// What an item of a list is about; a plain value is its own name.
fn name_of(item: &Value) -> String {
    let text = |name: &&str| item.get(name).and_then(Value::as_str);
    match item {
        Value::String(text) => quoted(text),
        _ => match ["server_name", "issuer", "name"].iter().find_map(text) {
            Some(name) => bare_or_quoted(name, "-_.:"),
            None => visible(&item.to_string()),
        },
    }
}

/// A name as it stands in a path. What could be taken for another path is quoted: a member
/// that calls itself `about.name` is none of `about`.
fn bare_or_quoted(name: &str, marks: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || marks.contains(it);
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text between quotes, of which it holds none that could be taken for its end.
fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .flat_map(|it| {
            let escape = (it != '\'').then(|| it.escape_debug());
            escape.into_iter().flatten().chain((it == '\'').then_some(it))
        })
        .collect();
    format!("\"{inner}\"")
}

/// JSON on one line, with nothing that a terminal hides. Its quotes are escaped already.
fn visible(json: &str) -> String {
    let is_plain = |it: char| matches!(it, '"' | '\'' | '\\');
    json.chars().fold(String::new(), |mut all, it| {
        match is_plain(it) {
            true => all.push(it),
            false => all.extend(it.escape_debug()),
        }
        all
    })
}

/// As many characters of a value as are shown: enough for every text that a person writes.
const SHOWN_CHARACTERS: usize = 2_000;

struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            Value::String(text) => quoted(text),
            other => visible(&other.to_string()),
        };
        write!(f, "{}", excerpt(&text))?;
        match text.chars().count() {
            0..=SHOWN_CHARACTERS => Ok(()),
            count => write!(f, " ({count} characters)"),
        }
    }
}

/// The beginning of a text that is escaped already.
fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

impl Change {
    /// Its path.
    pub(crate) fn member(&self) -> &str {
        &self.member
    }

    fn is_named_by(&self, item: &Value) -> bool {
        !matches!(item, Value::Object(_) | Value::Array(_))
            && self.member.ends_with(&format!("[{}]", name_of(item)))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = excerpt(&self.member);
        match (&self.from, &self.to) {
            // The item of a list that is a plain value is its own name.
            (None, Some(to)) if self.is_named_by(to) => {
                writeln!(f, "  added    {member}")
            }
            (Some(from), None) if self.is_named_by(from) => {
                writeln!(f, "  removed  {member}")
            }
            (None, Some(to)) => writeln!(f, "  added    {member}: {}", Shown(to)),
            (Some(from), None) => writeln!(f, "  removed  {member}: {}", Shown(from)),
            (from, to) => {
                writeln!(f, "  changed  {member}")?;
                from.iter().try_for_each(|from| writeln!(f, "    from   {}", Shown(from)))?;
                to.iter().try_for_each(|to| writeln!(f, "    to     {}", Shown(to)))
            }
        }
    }
}

/// What one key state changes of the one before.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KeyChange {
    version: u32,
    threshold: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold_before: Option<u32>,
    keys: Vec<PublicKey>,
    added: Vec<PublicKey>,
    removed: Vec<PublicKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_keys: Vec<PublicKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_threshold: Option<u32>,
    recovery_changed: bool,
}

impl KeyChange {
    pub(crate) fn of(version: u32, before: Option<&KeyState>, state: &KeyState) -> Self {
        let keys = &state.signing.keys;
        let keys_before = before.map(|it| it.signing.keys.clone()).unwrap_or_default();
        let recovery = state.recovery.as_ref();
        Self {
            version,
            threshold: state.signing.threshold,
            threshold_before: before.map(|it| it.signing.threshold),
            keys: keys.iter().copied().collect(),
            added: keys.difference(&keys_before).copied().collect(),
            removed: keys_before.difference(keys).copied().collect(),
            recovery_keys: recovery.iter().flat_map(|it| &it.keys).copied().collect(),
            recovery_threshold: recovery.map(|it| it.threshold),
            recovery_changed: before.is_some_and(|it| it.recovery != state.recovery),
        }
    }

    /// What happened to the keys between two histories of one issuer, the second of which goes
    /// on from the first.
    pub(crate) fn since(known: &KeyHistory, history: &KeyHistory) -> Vec<Self> {
        let states = history.states();
        let first = known.states().len().min(states.len());
        (first..states.len())
            .map(|place| {
                let before = place.checked_sub(1).map(|place| &states[place]);
                Self::of(u32::try_from(place + 1).unwrap_or(u32::MAX), before, &states[place])
            })
            .collect()
    }
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = match self.threshold_before {
            Some(before) if before != self.threshold => format!("; it was {before}"),
            _ => String::new(),
        };
        let of = self.keys.len();
        writeln!(
            f,
            "  state       {}: {} of {of} keys must sign{before}",
            self.version, self.threshold
        )?;
        for key in &self.keys {
            let new = self.threshold_before.is_some() && self.added.contains(key);
            writeln!(f, "    {key}{}", if new { "  new" } else { "" })?;
        }
        for key in &self.removed {
            writeln!(f, "  no longer   {key}")?;
        }
        let changed = if self.recovery_changed { ", CHANGED" } else { "" };
        let Some(threshold) = self.recovery_threshold else {
            return writeln!(
                f,
                "  recovery    none: lost or stolen keys cannot be replaced{changed}"
            );
        };
        let count = self.recovery_keys.len();
        writeln!(f, "  recovery    {threshold} of {count} keys can replace the others{changed}")?;
        self.recovery_keys.iter().try_for_each(|key| writeln!(f, "    {key}"))
    }
}
