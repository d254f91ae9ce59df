//! Reads a policy: any object, but not one of more values than it may have. A signature is not
//! looked at before the members are, and a million tiny objects would claim some 300 MB.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::MAX_POLICY_VALUES;
use crate::json::{Map, Value};

pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    // The policy itself is not one of the values in it.
    let left = Cell::new(MAX_POLICY_VALUES + 1);
    match Bounded(&left).deserialize(deserializer)? {
        Value::Object(policy) => Ok(policy),
        _ => Err(Error::custom("must be an object { … }")),
    }
}

/// How many values are inside of `policy`.
pub(super) fn count(policy: &Map<String, Value>) -> usize {
    fn inside(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(|item| 1 + inside(item)).sum(),
            Value::Object(members) => count(members),
            _ => 0,
        }
    }
    policy.values().map(|value| 1 + inside(value)).sum()
}

pub(super) fn rule() -> String {
    format!("is more than the {MAX_POLICY_VALUES} values that a policy may have")
}

/// Reads a value, if so many are left.
#[derive(Clone, Copy)]
struct Bounded<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.ok_or_else(|| Error::custom(rule()))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            found.push(item);
        }
        Ok(found.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(name) = members.next_key()? {
            found.insert(name, members.next_value_seed(self)?);
        }
        Ok(found.into())
    }
}
