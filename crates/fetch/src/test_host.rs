//! Hosts for tests: real TLS on loopback with a certificate authority of their own, and answers
//! written out byte by byte so that they can be as wrong as a test needs.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::resolver::{LookingUp, Lookup};

/// A certificate authority that nobody knows.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    fn server_config(&self, certificate: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

/// What a host does with one request.
pub(crate) enum Reply {
    /// Sends these bytes and closes.
    Close(Vec<u8>),
    /// Waits, then sends these bytes and closes.
    Late(Duration, Vec<u8>),
    /// Sends these bytes and then nothing more, keeping the connection open.
    Hang(Vec<u8>),
    /// Sends the first bytes and then the second over and over.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends these bytes one by one with a pause between them, over and over.
    Drip(Duration, Vec<u8>),
}

impl Reply {
    /// A whole answer: status line and header lines, then the body.
    pub(crate) fn new(head: &[&str], body: impl AsRef<[u8]>) -> Self {
        Self::Close(Self::bytes(head, body))
    }

    pub(crate) fn bytes(head: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {}\r\n\r\n", head.join("\r\n")).into_bytes();
        bytes.extend_from_slice(body.as_ref());
        bytes
    }

    /// The usual answer.
    pub(crate) fn ok(body: &str) -> Self {
        Self::new(&["200 OK", &format!("Content-Length: {}", body.len())], body)
    }

    pub(crate) fn redirect(target: &str) -> Self {
        Self::new(&["302 Found", &format!("Location: {target}"), "Content-Length: 0"], "")
    }
}

/// A host that answers every request by a function of the request's head. It ends with its value.
pub(crate) struct TestHost {
    socket: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    accepting: AbortHandle,
}

impl TestHost {
    /// Starts a host with a certificate for these names.
    pub(crate) async fn start(
        authority: &Authority,
        names: &[&str],
        answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self::start_with(authority, &CertificateParams::new(names).unwrap(), answer).await
    }

    /// Starts a host with this certificate.
    pub(crate) async fn start_with(
        authority: &Authority,
        certificate: &CertificateParams,
        answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_config(certificate)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let seen = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer, seen) = (acceptor.clone(), answer.clone(), seen.clone());
                tokio::spawn(async move {
                    // A client that gives up, as many tests want it to, ends only its connection.
                    let _ = serve(stream, acceptor, &*answer, &seen).await;
                });
            }
        });
        Self { socket, requests, accepting: accepting.abort_handle() }
    }

    pub(crate) fn socket(&self) -> SocketAddr {
        self.socket
    }

    pub(crate) fn port(&self) -> u16 {
        self.socket.port()
    }

    /// The heads of all requests so far, as they were sent.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    answer: &(impl Fn(&str) -> Reply + Sync),
    seen: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let reply = answer(&head);
    seen.lock().unwrap().push(head);
    match reply {
        Reply::Close(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Late(wait, bytes) => {
            tokio::time::sleep(wait).await;
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Hang(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            // Until the other side closes.
            stream.read_u8().await.map(drop)
        }
        Reply::Drip(pause, bytes) => loop {
            for byte in &bytes {
                stream.write_all(&[*byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        },
        Reply::Endless(start, more) => {
            stream.write_all(&start).await?;
            loop {
                stream.write_all(&more).await?;
            }
        }
    }
}

/// A resolver that gives the same answers to whatever name is asked, one after the other, and then
/// fails.
pub(crate) struct Answers {
    left: Mutex<VecDeque<Vec<IpAddr>>>,
}

impl Answers {
    pub(crate) fn new(answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Self { left: Mutex::new(answers.iter().map(parse).collect()) }
    }
}

impl Lookup for Answers {
    fn lookup(&self, _host: String) -> LookingUp {
        let next = self.left.lock().unwrap().pop_front();
        Box::pin(async move { next.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}
