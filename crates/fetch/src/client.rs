//! The guarded client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
};
use reqwest::{RequestBuilder, Response, StatusCode};
use thiserror::Error;
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use crate::address::AddressRefusal;
use crate::answer::{Absence, Answer, Validators};
use crate::development::ExtraRoots;
use crate::error::{Failure, FetchError, retry_after};
use crate::limits::{Concurrency, GetLimits, Places, Timeouts};
use crate::policy::AddressPolicy;
use crate::resolver::{GuardedResolver, Lookup, SystemLookup};
use crate::url_rule::{UrlRefusal, judge, require_plain_text};
use crate::user_agent::UserAgent;

/// How many redirects are followed. One to another host and one to the right path are common;
/// more than three are a loop or a game.
pub const MAX_REDIRECTS: usize = 3;

/// What a [`Client`] is made from.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The name under which it asks.
    pub user_agent: UserAgent,
    /// Which addresses it may connect to.
    pub policy: AddressPolicy,
    /// Which certificate authorities it trusts besides the platform's.
    pub extra_roots: ExtraRoots,
    /// How many requests run at once.
    pub concurrency: Concurrency,
    /// How long a host may be silent.
    pub timeouts: Timeouts,
}

impl ClientConfig {
    /// The configuration of a node on the internet.
    #[must_use]
    pub fn public(user_agent: UserAgent) -> Self {
        Self {
            user_agent,
            policy: AddressPolicy::public_only(),
            extra_roots: ExtraRoots::none(),
            concurrency: Concurrency::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// Fetches files over https from public hosts, and nothing else. See the [crate](crate) for what
/// it refuses.
///
/// Clones share connections and limits; a program has one.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    policy: Arc<AddressPolicy>,
    resolver: GuardedResolver,
    places: Arc<Places>,
    timeouts: Timeouts,
}

/// Why no client could be made.
#[derive(Debug, Error)]
#[error(
    "the HTTPS client cannot start; check that the system's certificate authorities are installed \
     (package ca-certificates on most systems)"
)]
pub struct ClientError {
    source: reqwest::Error,
}

/// One address of a name and whether it may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgedAddress {
    /// The address and the port that would be connected to.
    pub socket: SocketAddr,
    /// Whether that is allowed.
    pub verdict: Result<(), AddressRefusal>,
}

impl Client {
    /// Makes a client. Reads the platform's certificate authorities and opens no connection.
    ///
    /// # Errors
    ///
    /// The platform has no certificate authorities, or an extra one cannot be used.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        Self::with_lookup(config, Arc::new(SystemLookup::default()))
    }

    pub(crate) fn with_lookup(
        config: ClientConfig,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, ClientError> {
        let ClientConfig { user_agent, policy, extra_roots, concurrency, timeouts } = config;
        let policy = Arc::new(policy);
        let resolver = GuardedResolver::new(lookup, Arc::clone(&policy));
        let http = reqwest::Client::builder()
            .user_agent(user_agent.header())
            .dns_resolver(resolver.clone())
            .tls_certs_merge(extra_roots.certificates)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A proxy from the environment would look names up elsewhere, unjudged.
            .no_proxy()
            // Another crate in the build could turn decoders on; a small body must stay small.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http1_only()
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.idle)
            // A sync asks most hosts once: keep a connection for a moment, not for the next sync.
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(5))
            .build()
            .map_err(|source| ClientError { source })?;
        let places = Arc::new(Places::new(concurrency));
        Ok(Self { http, policy, resolver, places, timeouts })
    }

    /// Fetches the file at a URL, following redirects.
    ///
    /// With `known`, the host is asked only for a file that differs from the one for which it gave
    /// those validators.
    ///
    /// # Errors
    ///
    /// Anything but the whole file, an asked-for "not modified", or the host's word that there is
    /// no such file. Nothing is retried.
    pub async fn get(
        &self,
        url: &Url,
        limits: &GetLimits,
        known: Option<&Validators>,
    ) -> Result<Answer, FetchError> {
        let mut hop = self.judge(url)?;
        let mut left = limits.deadline;
        let mut followed = 0;
        loop {
            let _place = self.places.take(hop.host_str().unwrap_or_default()).await;
            let started = Instant::now();
            let outcome = timeout(left, self.exchange(&hop, limits.max_bytes, known))
                .await
                .unwrap_or(Err(Failure::Deadline { limit: limits.deadline }));
            left = left.saturating_sub(started.elapsed());
            match outcome.map_err(|failure| FetchError::at(&hop, failure))? {
                Outcome::Answer(answer) => return Ok(answer),
                Outcome::Redirect(_) if followed == MAX_REDIRECTS => {
                    return Err(FetchError::at(&hop, Failure::TooManyRedirects));
                }
                Outcome::Redirect(target) => {
                    followed += 1;
                    hop = target;
                }
            }
        }
    }

    /// Looks up the host of a URL and judges every address, without connecting to any.
    ///
    /// An address written in the URL is judged as it stands, and a name with a fixed address is
    /// not looked up.
    ///
    /// # Errors
    ///
    /// A URL that may not be fetched, a name that cannot be looked up within the connect timeout
    /// or that has no address. A refused address is no error here but a verdict.
    pub async fn resolve(&self, url: &Url) -> Result<Vec<JudgedAddress>, FetchError> {
        let url = self.judge(url)?;
        let port = url.port_or_known_default().unwrap_or(443);
        let found = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Domain(name)) => {
                let limit = self.timeouts.connect;
                timeout(limit, self.resolver.addresses(name))
                    .await
                    .map_err(|_| Failure::Deadline { limit })
                    .and_then(|found| found.map_err(Failure::from))
                    .map_err(|failure| FetchError::at(&url, failure))?
            }
            None => Vec::new(),
        };
        Ok(found.into_iter().map(|socket| self.judge_socket(socket, port)).collect())
    }

    fn judge_socket(&self, mut socket: SocketAddr, port: u16) -> JudgedAddress {
        if socket.port() == 0 {
            socket.set_port(port);
        }
        JudgedAddress { socket, verdict: self.policy.judge_address(socket.ip()) }
    }

    /// A `Url` may come from anywhere, so it is judged again however often it was before.
    fn judge(&self, url: &Url) -> Result<Url, FetchError> {
        judge(url.as_str(), &self.policy)
            .map_err(|source| FetchError::at(url, Failure::Url { source }))
    }

    /// One request and its answer, body included.
    async fn exchange(
        &self,
        hop: &Url,
        max_bytes: usize,
        known: Option<&Validators>,
    ) -> Result<Outcome, Failure> {
        let known = known.filter(|validators| validators.given_by() == hop.as_str());
        let response = self
            .request(hop, known)
            .send()
            .await
            .map_err(|error| Failure::of_exchange(error, &self.timeouts))?;
        let status = response.status();
        match status {
            StatusCode::OK => self.read(hop, response, max_bytes).await.map(Outcome::Answer),
            StatusCode::NOT_MODIFIED if known.is_some() => Ok(Outcome::Answer(Answer::NotModified)),
            StatusCode::NOT_MODIFIED => Err(Failure::UnaskedNotModified),
            StatusCode::NOT_FOUND => Ok(Outcome::absent(Absence::NotFound)),
            StatusCode::GONE => Ok(Outcome::absent(Absence::Gone)),
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => {
                self.redirect_target(hop, &response).map(Outcome::Redirect)
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(Failure::Busy {
                status: status.as_u16(),
                retry_after: retry_after(response.headers()),
            }),
            _ => Err(Failure::Status { status: status.as_u16() }),
        }
    }

    fn request(&self, hop: &Url, known: Option<&Validators>) -> RequestBuilder {
        let mut target = hop.clone();
        target.set_fragment(None);
        let mut request = if self.has_fixed_address(hop) {
            // The port of a URL wins over that of an address, but a fixed pair names both: without
            // a port in the URL the pair's is used, and the host still hears what was asked for.
            // Clearing the port of an https URL cannot fail.
            let _ = target.set_port(None);
            self.http.get(target).header(HOST, hop.authority())
        } else {
            self.http.get(target)
        };
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(etag) = known.and_then(Validators::etag) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.and_then(Validators::last_modified) {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        request
    }

    fn has_fixed_address(&self, hop: &Url) -> bool {
        hop.host_str().is_some_and(|host| self.policy.fixed(host).is_some())
    }

    /// Where a redirect leads, judged in full like the first URL.
    fn redirect_target(&self, hop: &Url, response: &Response) -> Result<Url, Failure> {
        let status = response.status().as_u16();
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
            .ok_or(Failure::RedirectTarget { status })?;
        let judged = if Url::parse(target).is_ok() {
            judge(target, &self.policy)
        } else {
            self.judge_relative(hop, target)
        };
        judged.map_err(|source| Failure::Redirect { target: shortened(target), source })
    }

    fn judge_relative(&self, hop: &Url, target: &str) -> Result<Url, UrlRefusal> {
        require_plain_text(target)?;
        let joined = hop.join(target).map_err(|source| UrlRefusal::Malformed { source })?;
        judge(joined.as_str(), &self.policy)
    }

    /// Reads a body, and stops at the first byte too many, whatever length was announced.
    async fn read(
        &self,
        hop: &Url,
        mut response: Response,
        max_bytes: usize,
    ) -> Result<Answer, Failure> {
        require_identity(&response)?;
        let too_large = Failure::TooLarge { limit: max_bytes };
        if response.content_length().is_some_and(|length| length > max_bytes as u64) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        while let Some(piece) =
            response.chunk().await.map_err(|error| Failure::of_exchange(error, &self.timeouts))?
        {
            if piece.len() > max_bytes - body.len() {
                return Err(too_large);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer::Fresh {
            // The bytes may be kept for long; what the buffer had in reserve is not.
            bytes: Bytes::from(body.into_boxed_slice()),
            final_url: hop.clone(),
            validators: Validators::from_headers(hop, response.headers()),
        })
    }
}

/// What one exchange led to.
enum Outcome {
    Answer(Answer),
    Redirect(Url),
}

impl Outcome {
    fn absent(absence: Absence) -> Self {
        Self::Answer(Answer::Absent { absence })
    }
}

fn require_identity(response: &Response) -> Result<(), Failure> {
    match response
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .find(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        None => Ok(()),
        Some(encoding) => {
            let encoding = shortened(&String::from_utf8_lossy(encoding.as_bytes()));
            Err(Failure::Encoded { encoding })
        }
    }
}

/// A host's own text for a message: its beginning says enough.
fn shortened(text: &str) -> String {
    const MAX_CHARACTERS: usize = 200;
    match text.char_indices().nth(MAX_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests;
