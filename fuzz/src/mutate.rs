//! Mutation of JSON that stays JSON, so that what lies behind the reader is reached.

use serde_json::{Value, json};

/// Mutates the first `size` bytes of `data`: as JSON every other time, where they are any.
pub fn json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut chance = Chance(u64::from(seed) * 2 + 1);
    let read = || serde_json::from_slice::<Value>(&data[..size]).ok();
    let Some(mut value) = chance.one_in(2).then(read).flatten() else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    let mut donor = value.clone();
    let donor = pick(&mut donor, &mut chance).clone();
    let target = pick(&mut value, &mut chance);
    alter(target, donor, &mut chance);
    let text = value.to_string();
    if text.len() > max_size.min(data.len()) {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// A small generator (xorshift64*): which numbers it gives matters little.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap_or_default() % limit.max(1)
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

/// Some value within `value`.
fn pick<'a>(value: &'a mut Value, chance: &mut Chance) -> &'a mut Value {
    let inside = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if inside == 0 || chance.one_in(4) {
        return value;
    }
    let index = chance.below(inside);
    let next = match value {
        Value::Array(items) => &mut items[index],
        Value::Object(members) => match members.values_mut().nth(index) {
            Some(member) => member,
            None => unreachable!("index is below the number of members"),
        },
        _ => unreachable!("only arrays and objects have something inside"),
    };
    pick(next, chance)
}

fn alter(value: &mut Value, donor: Value, chance: &mut Chance) {
    match (chance.below(5), value) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let index = chance.below(members.len());
            let name = members.keys().nth(index).cloned();
            members.remove(&name.unwrap_or_default());
        }
        (1, Value::Object(members)) => {
            let name = NAMES[chance.below(NAMES.len())];
            members.insert(name.to_owned(), if chance.one_in(2) { donor } else { other(chance) });
        }
        (0, Value::Array(items)) if !items.is_empty() => {
            items.remove(chance.below(items.len()));
        }
        (1, Value::Array(items)) => {
            items.insert(chance.below(items.len() + 1), donor);
        }
        (2, Value::Array(items)) if items.len() > 1 => {
            let (a, b) = (chance.below(items.len()), chance.below(items.len()));
            items.swap(a, b);
        }
        (0 | 1, Value::Number(number)) => {
            let step = [1, -1, 10, -86_400][chance.below(4)];
            let moved = number.as_i64().and_then(|number| number.checked_add(step));
            *number = moved.unwrap_or_default().into();
        }
        (0 | 1, Value::String(text)) => {
            let mut characters: Vec<char> = text.chars().collect();
            let new = ['a', '0', '.', '-', ':', 'Z', ' ', '\u{202e}', 'ü', '\u{e000}', '\u{1f600}'];
            let at = chance.below(characters.len() + 1);
            match chance.below(3) {
                0 if at < characters.len() => drop(characters.remove(at)),
                1 if at < characters.len() => characters[at] = new[chance.below(new.len())],
                _ => characters.insert(at, new[chance.below(new.len())]),
            }
            *text = characters.into_iter().collect();
        }
        (2, value) => *value = donor,
        (_, value) => *value = other(chance),
    }
}

/// Names of members that mean something somewhere.
const NAMES: &[&str] = &[
    "type",
    "@context",
    "proof",
    "key_history",
    "sequence",
    "issued_at",
    "expires_at",
    "about",
    "name",
    "en",
    "de",
    "registration",
    "mode",
    "operator",
    "contacts",
    "page",
    "website",
    "service",
    "entries",
    "server_name",
    "verdict",
    "reason",
    "criteria",
    "facts",
    "curators",
    "issuer",
    "observer",
    "uptime",
    "24h",
    "public_servers",
    "private_servers",
    "software",
    "languages",
    "from",
    "signing",
    "threshold",
    "recovery",
    "recovery_threshold",
    "signed_by",
    "minute",
    "after",
    "document",
    "keys",
    "",
    "\u{e000}",
    "\u{10000}",
    "previousProof",
    "expires",
];

/// A value that may be where another was.
fn other(chance: &mut Chance) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(16),
        json!(17),
        json!(32),
        json!(33),
        json!(9_007_199_254_740_991_i64),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("en"),
        json!("a.example"),
        json!("https://a.example/"),
        json!("2026-11-22"),
        json!("2026-11-22T10:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!([]),
        json!({}),
        json!([1]),
        json!([1, 2, 3]),
        json!({ "en": "text" }),
        json!("https://w3id.org/security/data-integrity/v2"),
        json!("wellspring.endorsement-list.v1"),
        json!("wellspring.observation-report.v1"),
        json!("x".repeat(200)),
    ];
    let index = chance.below(values.len());
    values.into_iter().nth(index).unwrap_or_default()
}
