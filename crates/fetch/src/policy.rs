//! What a node's configuration adds to the address rule.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use thiserror::Error;
use url::Host;

use crate::address::{AddressKind, AddressRefusal, require_public};
use crate::development::Development;

/// Whether this machine itself may be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loopback {
    /// The rule for every node on the internet.
    #[default]
    Refused,
    /// Only for development and tests: `127.0.0.0/8`, `::1` and names under `localhost`.
    Allowed,
}

/// Which addresses may be connected to, and which names have a fixed address.
///
/// Public addresses are always allowed and everything else is refused, except what a
/// [`Development`] configuration opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    loopback: Loopback,
    fixed: BTreeMap<String, SocketAddr>,
}

impl AddressPolicy {
    /// The rule for every node on the internet.
    #[must_use]
    pub fn public_only() -> Self {
        Self::default()
    }

    /// The rule with what a development configuration opens.
    ///
    /// # Errors
    ///
    /// A fixed pair whose name no URL could carry, or whose address is neither public nor an
    /// allowed loopback address.
    pub fn for_development(development: &Development) -> Result<Self, PolicyError> {
        let policy =
            Self { loopback: development.allow_loopback, fixed: development.hosts.clone() };
        for (host, socket) in &policy.fixed {
            require_plain_name(host)?;
            policy
                .judge_address(socket.ip())
                .map_err(|source| PolicyError::FixedAddress { host: host.clone(), source })?;
        }
        Ok(policy)
    }

    /// Whether a connection to this address is allowed.
    ///
    /// # Errors
    ///
    /// The range that makes the address something else than a public one.
    pub fn judge_address(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        match (require_public(address), self.loopback) {
            (Err(refusal), Loopback::Allowed) if refusal.kind == AddressKind::Loopback => Ok(()),
            (verdict, _) => verdict,
        }
    }

    /// Whether names under `localhost` may be looked up.
    pub(crate) fn loopback(&self) -> Loopback {
        self.loopback
    }

    /// The socket address that the configuration gives a name, if it does.
    pub(crate) fn fixed(&self, host: &str) -> Option<SocketAddr> {
        self.fixed.get(host).copied()
    }
}

/// Why a development configuration makes no policy.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The name of a fixed pair is not one that a URL's host could be.
    #[error(
        "development.hosts: {host:?} is not a host name in lower case without port and trailing \
         dot; write it as in a URL, for example \"a.test\""
    )]
    FixedName {
        /// The name as configured.
        host: String,
    },
    /// The address of a fixed pair may not be connected to.
    #[error(
        "development.hosts: the address of {host:?} may not be connected to; use a public \
         address, or a loopback address together with allow_loopback = true"
    )]
    FixedAddress {
        /// The name as configured.
        host: String,
        /// Why not.
        source: AddressRefusal,
    },
}

/// A pair is looked up by the host of a parsed URL, so only that spelling can ever match.
fn require_plain_name(host: &str) -> Result<(), PolicyError> {
    match Host::parse(host) {
        Ok(Host::Domain(parsed)) if parsed == host && !host.ends_with('.') => Ok(()),
        _ => Err(PolicyError::FixedName { host: host.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn development(allow_loopback: Loopback, host: &str, socket: &str) -> Development {
        let hosts = BTreeMap::from([(host.to_owned(), socket.parse().unwrap())]);
        Development { allow_loopback, hosts, ..Development::default() }
    }

    #[test]
    fn loopback_is_refused_unless_allowed_and_nothing_else_opens() {
        let open = Development { allow_loopback: Loopback::Allowed, ..Development::default() };
        let open = AddressPolicy::for_development(&open).unwrap();
        for address in ["127.0.0.1", "127.9.9.9", "::1"] {
            let address = address.parse().unwrap();
            assert!(open.judge_address(address).is_ok(), "{address}");
            assert!(AddressPolicy::public_only().judge_address(address).is_err(), "{address}");
        }
        for address in ["0.0.0.0", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1"] {
            assert!(open.judge_address(address.parse().unwrap()).is_err(), "{address}");
        }
    }

    #[test]
    fn a_fixed_pair_needs_an_address_that_may_be_connected_to() {
        let refused = |loopback, socket| {
            AddressPolicy::for_development(&development(loopback, "a.test", socket)).is_err()
        };
        assert!(!refused(Loopback::Allowed, "127.0.0.2:8443"));
        assert!(refused(Loopback::Refused, "127.0.0.2:8443"));
        assert!(!refused(Loopback::Refused, "8.8.8.8:443"));
        assert!(refused(Loopback::Allowed, "10.0.0.1:443"));
    }

    #[test]
    fn a_fixed_pair_needs_a_name_that_a_url_can_carry() {
        for host in
            ["A.test", "a.test.", "a.test:8443", "127.0.0.1", "[::1]", "", "0x7f.1", "ä.test"]
        {
            let refusal = AddressPolicy::for_development(&development(
                Loopback::Allowed,
                host,
                "127.0.0.2:1",
            ))
            .unwrap_err();
            assert!(matches!(refusal, PolicyError::FixedName { .. }), "{host}: {refusal}");
        }
    }
}
