//! Policies that begin as one that comes with the program.

use serde::Deserialize as _;
use toml::{Table, Value};
use wellspring_ranking::{Policy, ShippedPolicy};

use super::{Config, ConfigError, explain_toml};

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
        fill(policy).map_err(|error| refuse(&error))?;
    }
    Config::deserialize(table).map_err(|error| refuse(&error))
}

/// Reads a policy alone, written as under `[community.policy]`.
///
/// # Errors
/// Where the text is not TOML, a key is unknown, or the policy breaks a rule.
pub fn read_policy(text: &str) -> Result<Policy, ConfigError> {
    let refuse = |error: toml::de::Error| ConfigError::Toml(explain_toml(text, &error));
    let mut policy: Policy = toml::from_str(text).map_err(refuse)?;
    if policy.based_on.is_some() {
        let mut table: Table = toml::from_str(text).map_err(refuse)?;
        fill(&mut table).map_err(refuse)?;
        policy = Policy::deserialize(table).map_err(refuse)?;
    }
    policy.check().map_err(|error| ConfigError::Toml(error.to_string()))?;
    Ok(policy)
}

/// Gives a policy the members that it leaves out, where it names what it is based on.
fn fill(policy: &mut Table) -> Result<(), toml::de::Error> {
    let name = policy.get("based_on").and_then(Value::as_str).unwrap_or_default();
    let Ok(shipped) = name.parse::<ShippedPolicy>() else { return Ok(()) };
    let mut base: Table = toml::from_str(shipped.text())?;
    lay_over(&mut base, std::mem::take(policy));
    *policy = base;
    Ok(())
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
