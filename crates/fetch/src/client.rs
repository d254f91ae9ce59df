//! The guarded client.

use std::hash::Hash;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, TRANSFER_ENCODING, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};
use url::{Host, Position, Url};

use crate::address::AddressRefusal;
use crate::answer::{Absence, Answer, Validators};
use crate::connection::{Connection, Dialer};
use crate::development::ExtraRoots;
use crate::error::{Failure, FetchError, retry_after};
use crate::limits::{Concurrency, GetLimits, Pace, Timeouts};
use crate::pace::{Turns, domain_of};
use crate::places::{Machine, Places};
use crate::policy::AddressPolicy;
use crate::resolver::{GuardedResolver, Lookup, SystemLookup};
use crate::schedule::fresh_for;
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
    /// How many begin in a time.
    pub pace: Pace,
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
            pace: Pace::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// Fetches files over https from public hosts, and nothing else. See the [crate](crate) for what
/// it refuses.
///
/// Clones share limits; a program has one. Each request has a connection of its own.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    user_agent: HeaderValue,
    policy: Arc<AddressPolicy>,
    resolver: GuardedResolver,
    dialer: Dialer,
    places: Places,
    domains: Turns<String>,
    machines: Turns<Machine>,
    timeouts: Timeouts,
}

/// Why no client could be made.
#[derive(Debug, Error)]
#[error(
    "the HTTPS client cannot start; check that the system's certificate authorities are installed \
     (package ca-certificates on most systems)"
)]
pub struct ClientError {
    source: rustls::Error,
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
        Self::with_lookup(config, Arc::new(SystemLookup))
    }

    pub(crate) fn with_lookup(
        config: ClientConfig,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, ClientError> {
        let ClientConfig { user_agent, policy, extra_roots, concurrency, pace, timeouts } = config;
        let policy = Arc::new(policy);
        let dialer = Dialer::new(extra_roots.certificates, timeouts)
            .map_err(|source| ClientError { source })?;
        let inner = Inner {
            user_agent: user_agent.header(),
            resolver: GuardedResolver::new(lookup, Arc::clone(&policy)),
            policy,
            dialer,
            places: Places::new(concurrency),
            domains: Turns::new(pace),
            machines: Turns::new(pace),
            timeouts,
        };
        Ok(Self { inner: Arc::new(inner) })
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
        let mut asking = Asking { limits, known, left: limits.deadline };
        let mut followed = 0;
        loop {
            let outcome = self.inner.ask(&hop, &mut asking).await;
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
        let inner = &self.inner;
        let found = match written_address(&url) {
            Some(address) => vec![address],
            None => {
                let (limit, place) = (inner.timeouts.connect, inner.resolver.place().await);
                let host = url.host_str().unwrap_or_default();
                timeout(limit, inner.resolver.addresses(host, place))
                    .await
                    .map_err(|_| Failure::LookupTimeout { host: host.to_owned(), limit })
                    .and_then(|found| found.map_err(Failure::from))
                    .map_err(|failure| FetchError::at(&url, failure))?
            }
        };
        let judged = |socket| {
            let socket = with_port(socket, &url);
            JudgedAddress { socket, verdict: inner.policy.judge_address(socket.ip()) }
        };
        Ok(found.into_iter().map(judged).collect())
    }

    /// A `Url` may come from anywhere, so it is judged again however often it was before.
    fn judge(&self, url: &Url) -> Result<Url, FetchError> {
        judge(url.as_str(), &self.inner.policy)
            .map_err(|source| FetchError::at(url, Failure::Url { source }))
    }
}

/// What one [`Client::get`] asks for, and the time that is left for it.
struct Asking<'a> {
    limits: &'a GetLimits,
    known: Option<&'a Validators>,
    left: Duration,
}

impl Asking<'_> {
    /// Works within the time that is left, and takes what it took from it.
    async fn within<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(began.elapsed());
        done.unwrap_or(Err(Failure::Deadline { limit: self.limits.deadline }))
    }
}

impl Inner {
    /// One request and its answer, at the first address of the host that can be connected to.
    ///
    /// Whatever it waits for, it holds nothing that others need: first comes the place among the
    /// requests to the host, then that among those to the address, last that among all.
    async fn ask(&self, hop: &Url, asking: &mut Asking<'_>) -> Result<Outcome, Failure> {
        let host = hop.host_str().unwrap_or_default();
        let _host = self.places.host(host).await;
        let addresses = match written_address(hop) {
            Some(address) => vec![address],
            None => self.look_up(host, asking).await?,
        };
        let mut untried = addresses.len();
        let mut last = Failure::NoAddress { host: host.to_owned() };
        for socket in addresses {
            untried -= 1;
            let connect = self.timeouts.connect / if untried == 0 { 1 } else { 2 };
            let socket = with_port(socket, hop);
            match self.ask_at(hop, (socket, connect), asking).await {
                Err(failure) if failure.is_no_connection() => last = failure,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    /// The addresses of a name, all of them judged.
    async fn look_up(
        &self,
        host: &str,
        asking: &mut Asking<'_>,
    ) -> Result<Vec<SocketAddr>, Failure> {
        if self.policy.fixed(host).is_none() {
            let domain = domain_of(host);
            let wait = turn(&self.domains, domain.clone().into_owned(), &domain)?;
            if !wait.is_zero() {
                sleep(wait).await;
            }
        }
        let place = self.resolver.place().await;
        let limit = self.timeouts.connect;
        asking
            .within(async {
                match timeout(limit, self.resolver.vetted(host, place)).await {
                    Ok(found) => found.map_err(Failure::from),
                    Err(_) => Err(Failure::LookupTimeout { host: host.to_owned(), limit }),
                }
            })
            .await
    }

    /// Asks at one address, with so much time for its connection.
    async fn ask_at(
        &self,
        hop: &Url,
        (socket, connect): (SocketAddr, Duration),
        asking: &mut Asking<'_>,
    ) -> Result<Outcome, Failure> {
        let mut machine = self.places.machine(socket).await;
        if let key @ Machine::Address(address) = Machine::at(socket) {
            let wait = turn(&self.machines, key, &address.to_string())?;
            if !wait.is_zero() {
                drop(machine.lane());
                sleep(wait).await;
            }
        }
        let (known, max_bytes) = (asking.known, asking.limits.max_bytes);
        let exchange = || async {
            let mut connection = self.dialer.connect(socket, hop, connect).await?;
            self.exchange(hop, &mut connection, max_bytes, known).await
        };
        let (lanes, mut patience) = (self.places.lanes(), self.timeouts.patience);
        let mut place = match machine.lane() {
            Some(place) => place,
            None => lanes.first().await,
        };
        loop {
            let began = Instant::now();
            let work = lanes.work(place, patience, asking.within(exchange()));
            if let Ok((done, place)) = work.await {
                machine.leave(place);
                return done;
            }
            asking.left = asking.left.saturating_sub(began.elapsed());
            patience = patience.saturating_mul(2);
            place = lanes.again().await;
        }
    }

    /// One request over a connection, and its answer, body included.
    async fn exchange(
        &self,
        hop: &Url,
        connection: &mut Connection,
        max_bytes: usize,
        known: Option<&Validators>,
    ) -> Result<Outcome, Failure> {
        let known = known.filter(|validators| validators.given_by() == hop.as_str());
        let response = connection.send(self.request(hop, known)?).await?;
        let status = response.status();
        match status {
            StatusCode::OK => {
                require_identity(response.headers())?;
                let (head, body) = response.into_parts();
                let bytes = connection.body(body, max_bytes).await?;
                Ok(Outcome::Answer(Answer::Fresh {
                    // The bytes may be kept for long; what the buffer had in reserve is not.
                    bytes: Bytes::from(bytes.into_boxed_slice()),
                    final_url: hop.clone(),
                    validators: Validators::from_headers(hop, &head.headers),
                    fresh_for: fresh_for(&head.headers),
                }))
            }
            StatusCode::NOT_MODIFIED if known.is_some() => {
                let fresh_for = fresh_for(response.headers());
                Ok(Outcome::Answer(Answer::NotModified { fresh_for }))
            }
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

    fn request(
        &self,
        hop: &Url,
        known: Option<&Validators>,
    ) -> Result<Request<Empty<Bytes>>, Failure> {
        let mut request = Request::get(&hop[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &hop[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT, "*/*")
            .header(ACCEPT_ENCODING, "identity")
            // A sync asks most hosts once.
            .header(CONNECTION, "close");
        if let Some(etag) = known.and_then(Validators::etag) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = known.and_then(Validators::last_modified) {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        request.body(Empty::new()).map_err(|source| Failure::NotExpressible { source })
    }

    /// Where a redirect leads, judged in full like the first URL.
    fn redirect_target(&self, hop: &Url, response: &Response<Incoming>) -> Result<Url, Failure> {
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
}

/// How long to wait until another request to this domain or address may begin.
fn turn<Key: Eq + Hash>(turns: &Turns<Key>, key: Key, of: &str) -> Result<Duration, Failure> {
    turns.take(key, Instant::now()).map_err(|_| Failure::Postponed { of: of.to_owned() })
}

/// The address that a URL names itself. It was judged with the URL.
fn written_address(url: &Url) -> Option<SocketAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(SocketAddr::new(address.into(), 0)),
        Host::Ipv6(address) => Some(SocketAddr::new(address.into(), 0)),
        Host::Domain(_) => None,
    }
}

/// Only a fixed address of the development configuration brings its own port.
fn with_port(mut socket: SocketAddr, url: &Url) -> SocketAddr {
    if socket.port() == 0 {
        socket.set_port(url.port_or_known_default().unwrap_or(443));
    }
    socket
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

/// Refuses a body that is not sent as it is. Nothing here decompresses: that is where a small body
/// becomes an endless one.
fn require_identity(headers: &HeaderMap) -> Result<(), Failure> {
    let is = |value: &HeaderValue, expected: &str| {
        value.as_bytes().eq_ignore_ascii_case(expected.as_bytes())
    };
    let content = headers.get_all(CONTENT_ENCODING).iter().find(|it| !is(it, "identity"));
    let transfer = headers.get_all(TRANSFER_ENCODING).iter().find(|it| !is(it, "chunked"));
    match content.or(transfer) {
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
