use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wellspring_document::BytesHash;

use crate::network::Traffic;

/// What a host does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers.
    Page {
        /// The status.
        status: u16,
        /// The header lines, without those that follow from the body.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Bytes,
    },
    /// Sends bytes as they are, in the place of an answer, and goes on in some way.
    Raw {
        /// The bytes: what may be a head, and what may be a body.
        bytes: Bytes,
        /// How it goes on.
        then: Then,
    },
    /// Says nothing, for as long as the other side holds out.
    Stall,
    /// Hangs up without a word.
    HangUp,
}

/// How a host goes on after bytes of its own making.
#[derive(Debug, Clone)]
pub enum Then {
    /// Says that this was all.
    Close,
    /// Is gone, without saying that this was all.
    HangUp,
    /// Sends these bytes again and again, for as long as the other side reads.
    Repeat(Bytes),
    /// Sends this byte once a second, for as long as the other side reads.
    Drip(u8),
}

impl Reply {
    /// A file, with an `ETag` made from its bytes.
    pub fn file(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = format!("\"{}\"", BytesHash::of(&body));
        Self::file_with_etag(body, &etag)
    }

    /// A file with this `ETag`.
    pub fn file_with_etag(body: impl Into<Bytes>, etag: &str) -> Self {
        Self::Page { status: 200, headers: vec![(ETAG, etag.to_owned())], body: body.into() }
    }

    /// A status and nothing else.
    pub const fn status(status: u16) -> Self {
        Self::Page { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// A head of these lines, the first of them with the status, and a body, as they are.
    pub fn raw(lines: &[&str], body: impl AsRef<[u8]>, then: Then) -> Self {
        let head = format!("HTTP/1.1 {}\r\n\r\n", lines.join("\r\n"));
        Self::Raw { bytes: [head.as_bytes(), body.as_ref()].concat().into(), then }
    }

    /// A redirect.
    pub fn redirect(target: &str) -> Self {
        let headers = vec![("Location", target.to_owned())];
        Self::Page { status: 302, headers, body: Bytes::new() }
    }

    /// "Not modified" in the place of the file that the other side has.
    pub(crate) fn unless_known(self, known: Option<&str>) -> Self {
        match &self {
            Self::Page { status: 200, headers, .. }
                if known.is_some_and(|known| {
                    headers.iter().any(|(name, value)| *name == ETAG && value == known)
                }) =>
            {
                Self::status(304)
            }
            _ => self,
        }
    }

    pub(crate) const fn code(&self) -> Option<u16> {
        match self {
            Self::Page { status, .. } => Some(*status),
            Self::Raw { .. } | Self::Stall | Self::HangUp => None,
        }
    }
}

const ETAG: &str = "ETag";

/// A request that a host got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The host, as the request names it.
    pub host: String,
    /// The path.
    pub path: String,
    /// The `If-None-Match`: what the other side has already.
    pub etag: Option<String>,
    /// The status that it was answered with; nothing where it was not.
    pub status: Option<u16>,
}

/// One host. What it answers can be changed at any time.
#[derive(Clone)]
pub struct Host {
    name: String,
    traffic: Arc<Traffic>,
}

impl Host {
    /// Where an operator publishes a profile.
    pub const PROFILE: &str = "/.well-known/wellspring/profile.json";
    /// Where a curator publishes a list.
    pub const LIST: &str = "/.well-known/wellspring/endorsements.json";

    pub(crate) const fn new(name: String, traffic: Arc<Traffic>) -> Self {
        Self { name, traffic }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.name)
    }

    /// From now on, gives this reply at the path. At all others it has nothing (404).
    pub fn reply(&self, path: &str, reply: Reply) {
        let at = (self.name.clone(), path.to_owned());
        self.traffic.state().replies.insert(at, reply);
    }

    /// Serves the server's profile.
    pub fn serve_profile(&self, document: &Bytes) {
        self.reply(Self::PROFILE, Reply::file(document.clone()));
    }

    /// Serves a curator's list.
    pub fn serve_list(&self, document: &Bytes) {
        self.reply(Self::LIST, Reply::file(document.clone()));
    }

    /// The statuses of its answers so far.
    pub fn statuses(&self) -> Vec<Option<u16>> {
        let state = self.traffic.state();
        let mine = state.requests.iter().filter(|request| request.host == self.name);
        mine.map(|request| request.status).collect()
    }
}

pub(crate) async fn accept_for_ever(
    listener: std::net::TcpListener,
    acceptor: TlsAcceptor,
    traffic: Arc<Traffic>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, traffic) = (acceptor.clone(), Arc::clone(&traffic));
        tokio::spawn(async move {
            // A client that gives up or is killed ends only its connection.
            let _ = converse(stream, acceptor, &traffic).await;
        });
    }
}

pub(crate) async fn greet_for_ever(listener: std::net::TcpListener, greeting: &'static [u8]) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((mut stream, _)) = listener.accept().await {
        // To hang up on what nobody read would look like a broken line. The other side may
        // have gone already.
        let _ = stream.read(&mut [0; 16_384]).await;
        let _ = stream.write_all(greeting).await;
    }
}

/// One connection: one request, one reply.
async fn converse(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    traffic: &Traffic,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let request = request(&head);
    let host = request.host.clone();
    match traffic.arrive(request).await {
        Reply::Page { status, headers, body } => {
            let mut answer = format!("HTTP/1.1 {status} -\r\nConnection: close\r\n");
            for (name, value) in headers {
                answer.push_str(&format!("{name}: {value}\r\n"));
            }
            if status != 304 {
                answer.push_str(&format!("Content-Length: {}\r\n", body.len()));
            }
            answer.push_str("\r\n");
            stream.write_all(&[answer.as_bytes(), &body].concat()).await?;
            stream.shutdown().await?;
            traffic.answered(&host);
            Ok(())
        }
        Reply::Raw { bytes, then } => {
            stream.write_all(&bytes).await?;
            go_on(&mut stream, &then).await
        }
        // Until the other side hangs up.
        Reply::Stall => {
            let outcome = stream.read_u8().await.map(drop);
            traffic.state().abandoned += 1;
            outcome
        }
        Reply::HangUp => Ok(()),
    }
}

async fn go_on(stream: &mut BufReader<TlsStream<TcpStream>>, then: &Then) -> std::io::Result<()> {
    match then {
        Then::Close => stream.shutdown().await,
        Then::HangUp => stream.flush().await,
        Then::Repeat(bytes) => loop {
            stream.write_all(bytes).await?;
        },
        Then::Drip(byte) => loop {
            stream.write_all(&[*byte]).await?;
            stream.flush().await?;
            // How slow it is decides nothing: it would never come to an end.
            tokio::time::sleep(Duration::from_secs(1)).await;
        },
    }
}

fn request(head: &str) -> Request {
    let mut lines = head.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let header = |wanted: &str| {
        let mut lines = lines.clone().filter_map(|line| line.split_once(": "));
        let line = lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        line.map(|(_, value)| value.to_owned())
    };
    Request {
        host: header("host").unwrap_or_default(),
        path: path.to_owned(),
        etag: header("if-none-match"),
        status: None,
    }
}
