use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpSocket;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use crate::host::{Host, Reply, Request, accept_for_ever, greet_for_ever};
use crate::{PATIENCE, RUNTIME};

/// What a host is like before it gets a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// The time of its certificate is over.
    Expired,
    /// The time of its certificate has not come.
    NotYetValid,
    /// It vouches for itself.
    SelfSigned,
    /// It speaks HTTP without TLS.
    Plain,
    /// It hangs up on everybody.
    Shut,
    /// It says nothing, not even TLS.
    Silent,
    /// Nothing listens there.
    Closed,
}

/// Hosts on this machine under a certificate authority that nobody else knows.
pub struct Network {
    authority: CertifiedIssuer<'static, KeyPair>,
    hosts: Mutex<BTreeMap<String, SocketAddr>>,
    traffic: Arc<Traffic>,
}

/// What the hosts have to say, and what was asked of them.
#[derive(Default)]
pub(crate) struct Traffic {
    state: Mutex<State>,
    /// For tests, which wait outside the runtime.
    happened: Condvar,
    /// For connections, which wait inside.
    opened: Notify,
}

#[derive(Default)]
pub(crate) struct State {
    /// By host and path.
    pub(crate) replies: BTreeMap<(String, String), Reply>,
    pub(crate) requests: Vec<Request>,
    /// How many more requests are answered; all where nothing is set.
    gate: Option<usize>,
    /// Hosts that answer one after the other, in this order.
    turns: VecDeque<String>,
    answered: usize,
    waiting: usize,
    /// How many silent hosts the other side gave up on.
    pub(crate) abandoned: usize,
}

impl Traffic {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until the request may be answered, then takes it down and gives the reply.
    pub(crate) async fn arrive(&self, request: Request) -> Reply {
        if !self.enter(&request.host) {
            self.state().waiting += 1;
            self.happened.notify_all();
            loop {
                let opened = self.opened.notified();
                if self.enter(&request.host) {
                    break;
                }
                opened.await;
            }
            self.state().waiting -= 1;
        }
        let mut state = self.state();
        let at = (request.host.clone(), request.path.clone());
        let reply = state.replies.get(&at).cloned().unwrap_or_else(|| Reply::status(404));
        let reply = reply.unless_known(request.etag.as_deref());
        state.requests.push(Request { status: reply.code(), ..request });
        self.happened.notify_all();
        reply
    }

    fn enter(&self, host: &str) -> bool {
        let mut state = self.state();
        let is_in_turn = state.turns.front().is_none_or(|next| next == host)
            || !state.turns.iter().any(|later| later == host);
        if !is_in_turn {
            return false;
        }
        match &mut state.gate {
            Some(0) => return false,
            Some(left) => *left -= 1,
            None => {}
        }
        true
    }

    /// The answer is on the wire.
    pub(crate) fn answered(&self, host: &str) {
        let mut state = self.state();
        state.answered += 1;
        state.turns.pop_front_if(|next| next == host);
        self.happened.notify_all();
        self.opened.notify_waiters();
    }

    /// Waits for something to be true of what happened so far.
    fn wait_until(&self, what: &str, mut is_so: impl FnMut(&State) -> bool) {
        let not_yet = |state: &mut State| !is_so(state);
        let (state, outcome) =
            self.happened.wait_timeout_while(self.state(), PATIENCE, not_yet).unwrap();
        assert!(!outcome.timed_out(), "waited in vain until {what}; {:#?}", state.requests);
    }
}

impl Network {
    /// A network without hosts.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Self {
            authority: CertifiedIssuer::self_signed(params, key).unwrap(),
            hosts: Mutex::default(),
            traffic: Arc::default(),
        }
    }

    /// A host of this name, at an address of its own.
    pub fn host(&self, name: &str) -> Host {
        self.hosts_together(name, [name.to_owned()]).remove(0)
    }

    /// Hosts of these names, at one address and with one certificate, for names that
    /// `certified` covers: `*.example.test`.
    pub fn hosts_together(
        &self,
        certified: &str,
        names: impl IntoIterator<Item = String>,
    ) -> Vec<Host> {
        let certificate = CertificateParams::new(vec![certified.to_owned()]).unwrap();
        let address = self.listen(server_config(&certificate, Some(&self.authority)));
        names.into_iter().map(|name| self.host_at(address, name)).collect()
    }

    /// A host that nobody should talk to, at an address of its own. Where there was a host of
    /// this name, it is in its place for every [`Config`](crate::Config) made from now on.
    pub fn host_behind(&self, entrance: Entrance, name: &str) -> Host {
        let mut certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let address = match entrance {
            Entrance::Expired => {
                certificate.not_after = date_time_ymd(2001, 1, 1);
                self.listen(server_config(&certificate, Some(&self.authority)))
            }
            Entrance::NotYetValid => {
                certificate.not_before = date_time_ymd(3001, 1, 1);
                self.listen(server_config(&certificate, Some(&self.authority)))
            }
            Entrance::SelfSigned => self.listen(server_config(&certificate, None)),
            Entrance::Plain => self.greet_with(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            Entrance::Shut => self.greet_with(b""),
            Entrance::Silent => {
                // The system makes the connections.
                let listener = std::net::TcpListener::bind(self.next_address()).unwrap();
                let address = listener.local_addr().unwrap();
                hold(listener);
                address
            }
            Entrance::Closed => {
                // The port stays taken, so that nobody else comes to listen there.
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind(self.next_address()).unwrap();
                let address = socket.local_addr().unwrap();
                hold(socket);
                address
            }
        };
        self.host_at(address, name.to_owned())
    }

    fn host_at(&self, address: SocketAddr, name: String) -> Host {
        self.hosts.lock().unwrap().insert(name.clone(), address);
        Host::new(name, Arc::clone(&self.traffic))
    }

    /// Serves at a new address with this certificate.
    fn listen(&self, config: ServerConfig) -> SocketAddr {
        let listener = std::net::TcpListener::bind(self.next_address()).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        RUNTIME.spawn(accept_for_ever(listener, acceptor, Arc::clone(&self.traffic)));
        address
    }

    /// Says this to whoever connects to a new address, and hangs up.
    fn greet_with(&self, greeting: &'static [u8]) -> SocketAddr {
        let listener = std::net::TcpListener::bind(self.next_address()).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        RUNTIME.spawn(greet_for_ever(listener, greeting));
        address
    }

    /// From 127.0.0.2 on, where all of 127.0.0.0/8 is this machine; that is so on Linux.
    /// Elsewhere every address is 127.0.0.1, and only the ports differ.
    fn next_address(&self) -> SocketAddr {
        if !cfg!(target_os = "linux") {
            return (Ipv4Addr::LOCALHOST, 0).into();
        }
        let taken = self.hosts.lock().unwrap().values().map(SocketAddr::ip).max();
        let last = match taken {
            Some(IpAddr::V4(address)) => address,
            _ => Ipv4Addr::LOCALHOST,
        };
        (Ipv4Addr::from(u32::from(last) + 1), 0).into()
    }

    /// The certificate of the authority, as PEM.
    pub(crate) fn authority_pem(&self) -> String {
        self.authority.pem()
    }

    /// Where each host is.
    pub(crate) fn addresses(&self) -> BTreeMap<String, SocketAddr> {
        self.hosts.lock().unwrap().clone()
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.traffic.state().requests.clone()
    }

    /// How many silent hosts ([`Reply::Stall`]) the other side has given up on.
    pub fn abandoned(&self) -> usize {
        self.traffic.state().abandoned
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.traffic.state().requests.clear();
    }

    /// From now on, answers so many requests; those after it are left waiting.
    pub fn answer_only(&self, count: usize) {
        let mut state = self.traffic.state();
        state.gate = Some(count);
        state.answered = 0;
    }

    /// Answers all requests again, those that are left waiting, too.
    pub fn answer_all(&self) {
        self.traffic.state().gate = None;
        self.traffic.opened.notify_waiters();
    }

    /// From now on, each of these hosts answers only after the one before it has, once.
    pub fn answer_in_order<'a>(&self, hosts: impl IntoIterator<Item = &'a str>) {
        self.traffic.state().turns = hosts.into_iter().map(str::to_owned).collect();
    }

    /// Waits until the number given to [`Network::answer_only`] is used up and somebody is
    /// left waiting.
    pub fn wait_until_stuck(&self, count: usize) {
        let is_stuck = |state: &State| state.answered == count && state.waiting > 0;
        self.traffic.wait_until("a request is left waiting", is_stuck);
    }

    /// Waits until the requests so far fulfil a condition.
    pub fn wait_until(&self, what: &str, mut is_so: impl FnMut(&[Request]) -> bool) {
        self.traffic.wait_until(what, |state| is_so(&state.requests));
    }
}

/// Keeps something for as long as the tests run.
fn hold<T: Send + 'static>(value: T) {
    RUNTIME.spawn(async move {
        let _held = value;
        std::future::pending::<()>().await;
    });
}

/// The TLS of a host with a certificate by an authority, or by itself.
fn server_config(
    certificate: &CertificateParams,
    authority: Option<&CertifiedIssuer<'static, KeyPair>>,
) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => certificate.signed_by(&key, authority),
        None => certificate.self_signed(&key),
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap().der().clone()], key)
        .unwrap()
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}
