//! The network as the commands see it: one file over the guarded client.

use std::future::Future;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;
use wellspring_fetch::{
    Absence, AddressPolicy, Answer, Client, ClientConfig, Development, ExtraRoots, FetchError,
    GetLimits, Url, UserAgent, judge,
};
use wellspring_node::config::explain_toml;
use wellspring_node::mirror_client_config;

use crate::{answer, failure, file};

/// How the commands reach the network.
#[derive(Debug, Clone, Args)]
pub(crate) struct Network {
    /// A node's configuration file whose development section applies
    ///
    /// For trying things out on one's own machine: it can allow loopback addresses, trust a
    /// further certificate authority and give names fixed addresses. Nothing else of the
    /// file is used.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,
}

/// A file that a host gave.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// Where it came from after redirects.
    pub(crate) final_url: Url,
}

/// Why there is no file.
#[derive(Debug)]
pub(crate) struct NotFetched {
    /// The stable code.
    pub(crate) code: &'static str,
    /// One sentence that names the address.
    pub(crate) message: String,
}

impl std::fmt::Display for NotFetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotFetched {}

impl From<FetchError> for NotFetched {
    fn from(error: FetchError) -> Self {
        Self { code: error.code(), message: failure::sentence_of(&error) }
    }
}

/// The part of a configuration file that this reads.
#[derive(Default, Deserialize)]
struct DevelopmentSection {
    #[serde(default)]
    development: Development,
}

impl Network {
    /// Fetches one file.
    ///
    /// # Errors
    /// Where the configuration or the system's certificates cannot be used, or, as a
    /// [`NotFetched`], where the host gives no such file.
    pub(crate) fn get(&self, url: &str, max_bytes: usize) -> anyhow::Result<Fetched> {
        let client = self.client()?;
        let url = judge(url, &self.policy()?).map_err(|refusal| NotFetched {
            code: refusal.code(),
            message: format!("{url} is not fetched: {}", failure::sentence_of(&refusal)),
        })?;
        let answer = block_on(client.get(&url, &GetLimits::up_to(max_bytes), None))?;
        let absent = |code, words| NotFetched { code, message: format!("{url}: {words}") };
        match answer.map_err(NotFetched::from)? {
            Answer::Fresh { bytes, final_url, .. } => {
                Ok(Fetched { bytes: bytes.to_vec(), final_url })
            }
            Answer::Absent { absence: Absence::NotFound } => Err(absent(
                "fetch.not-found",
                "the host has no such file (status 404); check the address, or upload the file",
            )
            .into()),
            Answer::Absent { absence: Absence::Gone } => Err(absent(
                "fetch.gone",
                "the host says that the file was removed on purpose (status 410)",
            )
            .into()),
            // Nothing was asked that could be answered so; the client refuses it before.
            Answer::NotModified { .. } => {
                Err(absent("fetch.unasked-not-modified", "no file came").into())
            }
        }
    }

    /// Which addresses may be connected to.
    pub(crate) fn policy(&self) -> anyhow::Result<AddressPolicy> {
        Ok(AddressPolicy::for_development(&self.development()?)?)
    }

    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(self.client_config()?)?)
    }

    /// A client for the many files of a tree that somebody named.
    pub(crate) fn tree_client(&self) -> anyhow::Result<Client> {
        Ok(Client::new(mirror_client_config(self.client_config()?))?)
    }

    fn client_config(&self) -> anyhow::Result<ClientConfig> {
        let development = self.development()?;
        let mut config = ClientConfig::public(UserAgent::without_contact());
        if !development.is_default() {
            let base = self.config.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
            config.policy = AddressPolicy::for_development(&development)?;
            config.extra_roots = ExtraRoots::read(base, &development.extra_roots)?;
            development.warnings().iter().for_each(|warning| answer::warn(warning));
        }
        Ok(config)
    }

    fn development(&self) -> anyhow::Result<Development> {
        let Some(path) = &self.config else { return Ok(Development::default()) };
        let text = file::read_text(path)?;
        let section: DevelopmentSection = toml::from_str(&text).map_err(|error| {
            anyhow::anyhow!("{} {}", path.display(), explain_toml(&text, &error))
        })?;
        Ok(section.development)
    }
}

/// Runs a request to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime could not start")?;
    Ok(runtime.block_on(work))
}
