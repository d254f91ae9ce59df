//! Policies that begin as one that comes with the program.

use serde::Deserialize as _;
use toml::{Table, Value};
use wellspring_ranking::ShippedPolicy;

use super::{Config, ConfigError};

/// Reads a configuration in which a policy names what it is `based_on`: every member that it
/// leaves out has the value from there. Lists are taken as they are, not added to.
pub(super) fn read(text: &str) -> Result<Config, ConfigError> {
    let refuse = |error: &toml::de::Error| ConfigError::Toml(error.message().to_owned());
    let mut table: Table = toml::from_str(text).map_err(|error| refuse(&error))?;
    let communities = table.get_mut("community").and_then(Value::as_array_mut);
    for community in communities.into_iter().flatten() {
        let Some(policy) = community.get_mut("policy").and_then(Value::as_table_mut) else {
            continue;
        };
        let name = policy.get("based_on").and_then(Value::as_str).unwrap_or_default();
        let Ok(shipped) = name.parse::<ShippedPolicy>() else { continue };
        let mut base: Table = toml::from_str(shipped.text()).map_err(|error| refuse(&error))?;
        lay_over(&mut base, std::mem::take(policy));
        *policy = base;
    }
    Config::deserialize(table).map_err(|error| refuse(&error))
}

fn lay_over(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => lay_over(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
