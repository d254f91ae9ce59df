//! Looking names up, and handing out only what was judged.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address::AddressRefusal;
use crate::policy::AddressPolicy;

/// How many addresses of one name are tried at most, so that a name with hundreds of addresses
/// does not turn one fetch into hundreds of connections. All of them are judged.
pub const MAX_ADDRESSES: usize = 8;

/// How many lookups run at once. The system's resolver blocks a thread for as long as a dead name
/// server takes, longer than a fetch that gave up; this keeps such threads from piling up, and
/// leaves half of those that the runtime has for work that blocks.
const MAX_LOOKUPS: usize = 256;

pub(crate) type LookingUp = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Where addresses of names come from; tests put their own answers here.
pub(crate) trait Lookup: Send + Sync {
    fn lookup(&self, host: String) -> LookingUp;
}

/// The system's own resolver.
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> LookingUp {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|socket| socket.ip()).collect())
        })
    }
}

/// A place among the lookups.
pub(crate) struct LookupPlace(
    #[expect(dead_code, reason = "held until dropped")] Option<OwnedSemaphorePermit>,
);

/// The resolver behind every connection.
#[derive(Clone)]
pub(crate) struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
    policy: Arc<AddressPolicy>,
    places: Arc<Semaphore>,
}

impl GuardedResolver {
    pub(crate) fn new(lookup: Arc<dyn Lookup>, policy: Arc<AddressPolicy>) -> Self {
        Self { lookup, policy, places: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }

    /// Waits until another lookup may begin, which is no fault of the host.
    pub(crate) async fn place(&self) -> LookupPlace {
        // The semaphore is never closed, so a permit always comes.
        LookupPlace(Arc::clone(&self.places).acquire_owned().await.ok())
    }

    /// Every address of a name, not judged yet. Port 0 stands for the port of the URL.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        place: LookupPlace,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        if let Some(fixed) = self.policy.fixed(host) {
            return Ok(vec![fixed]);
        }
        let failed =
            |source| LookupError::Failed { host: host.to_owned(), source: Arc::new(source) };
        let looking_up = self.lookup.lookup(host.to_owned());
        // A task of its own, because it keeps its place until the system has answered, also when
        // nobody waits for the answer any more.
        let task = tokio::spawn(async move {
            let _place = place;
            looking_up.await
        });
        let found = task.await.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)?;
        if found.is_empty() {
            return Err(LookupError::NoAddress { host: host.to_owned() });
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }

    /// The addresses that may be connected to. One bad address refuses the name: a name that mixes
    /// public and inner addresses is no accident, and a fall-back would reach the inner one.
    pub(crate) async fn vetted(
        &self,
        host: &str,
        place: LookupPlace,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        let mut addresses = self.addresses(host, place).await?;
        for socket in &addresses {
            self.policy
                .judge_address(socket.ip())
                .map_err(|source| LookupError::Refused { host: host.to_owned(), source })?;
        }
        addresses.truncate(MAX_ADDRESSES);
        Ok(addresses)
    }
}

/// Why a name gave no address to connect to.
#[derive(Debug, Error)]
pub(crate) enum LookupError {
    #[error("the name {host} cannot be looked up")]
    Failed { host: String, source: Arc<io::Error> },
    #[error("the name {host} has no address")]
    NoAddress { host: String },
    #[error("the name {host} leads to an address that is not allowed")]
    Refused { host: String, source: AddressRefusal },
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::development::Development;
    use crate::policy::Loopback;
    use crate::test_host::Answers;

    fn resolver(policy: AddressPolicy, answers: &[&[&str]]) -> GuardedResolver {
        GuardedResolver::new(Arc::new(Answers::new(answers)), Arc::new(policy))
    }

    async fn vetted(resolver: &GuardedResolver) -> Result<Vec<String>, LookupError> {
        let vetted = resolver.vetted("host.example.org", resolver.place().await).await?;
        Ok(vetted.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn all_addresses_of_a_public_name_are_handed_on() {
        let resolver = resolver(AddressPolicy::public_only(), &[&["8.8.8.8", "2606:4700::1111"]]);
        assert_eq!(vetted(&resolver).await.unwrap(), ["8.8.8.8:0", "[2606:4700::1111]:0"]);
    }

    #[tokio::test]
    async fn one_bad_address_refuses_the_name() {
        for bad in ["127.0.0.1", "::1", "10.0.0.1", "fe80::1", "::ffff:8.8.8.8", "169.254.169.254"]
        {
            for answer in [[bad, "8.8.8.8"], ["8.8.8.8", bad]] {
                let resolver = resolver(AddressPolicy::public_only(), &[&answer]);
                let refusal = vetted(&resolver).await.unwrap_err();
                assert!(matches!(refusal, LookupError::Refused { .. }), "{bad}: {refusal}");
            }
        }
    }

    #[tokio::test]
    async fn a_bad_address_beyond_the_cap_still_refuses_the_name() {
        let mut answer = vec!["8.8.8.8"; MAX_ADDRESSES];
        let resolver_of = |answer: &[&str]| resolver(AddressPolicy::public_only(), &[answer]);
        answer.push("8.8.4.4");
        assert_eq!(vetted(&resolver_of(&answer)).await.unwrap().len(), MAX_ADDRESSES);
        answer.push("127.0.0.1");
        assert!(vetted(&resolver_of(&answer)).await.is_err());
    }

    #[tokio::test]
    async fn a_name_that_turns_to_loopback_is_refused_from_then_on() {
        let resolver = resolver(AddressPolicy::public_only(), &[&["8.8.8.8"], &["127.0.0.1"]]);
        assert!(vetted(&resolver).await.is_ok());
        let refusal = vetted(&resolver).await.unwrap_err();
        assert!(matches!(refusal, LookupError::Refused { .. }), "{refusal}");
    }

    #[tokio::test]
    async fn a_name_without_address_is_told_apart() {
        let resolver = resolver(AddressPolicy::public_only(), &[&[]]);
        assert!(matches!(vetted(&resolver).await, Err(LookupError::NoAddress { .. })));
        assert!(matches!(vetted(&resolver).await, Err(LookupError::Failed { .. })));
    }

    #[tokio::test]
    async fn a_fixed_name_is_not_looked_up() {
        let development = Development {
            allow_loopback: Loopback::Allowed,
            hosts: BTreeMap::from([(
                "host.example.org".to_owned(),
                "127.0.0.2:8443".parse().unwrap(),
            )]),
            ..Development::default()
        };
        let resolver = resolver(AddressPolicy::for_development(&development).unwrap(), &[]);
        assert_eq!(vetted(&resolver).await.unwrap(), ["127.0.0.2:8443"]);
    }

    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let found = SystemLookup.lookup("localhost".to_owned()).await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
        assert!(!found.is_empty());
    }
}
