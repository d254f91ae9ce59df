//! One connection: to one address that was judged, for one request.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::error::Failure;
use crate::limits::Timeouts;

/// How many bytes may come before the head of an answer is complete, status line, header lines and
/// interim answers (1xx) together. Common servers send less than 2 kB. What comes with one last
/// read of the connection is not held against a head that it completes.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;

/// How many header lines an answer may have. Common servers send some twenty.
pub const MAX_HEADERS: usize = 100;

/// Makes connections.
pub(crate) struct Dialer {
    tls: TlsConnector,
    timeouts: Timeouts,
}

impl Dialer {
    /// Trusts the platform's certificate authorities and these.
    pub(crate) fn new(
        extra_roots: Vec<CertificateDer<'static>>,
        timeouts: Timeouts,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra_roots, Arc::clone(&provider))?;
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            // The name says that a verifier can be wrong. This one is the platform's.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A remembered session would let hosts recognise the node, and costs memory for each.
        tls.resumption = rustls::client::Resumption::disabled();
        Ok(Self { tls: TlsConnector::from(Arc::new(tls)), timeouts })
    }

    /// Connects to exactly this address, which must prove that it speaks for the URL's host.
    pub(crate) async fn connect(
        &self,
        socket: SocketAddr,
        url: &Url,
        limit: Duration,
    ) -> Result<Connection, Failure> {
        let too_slow = || Failure::ConnectTimeout { limit };
        let tcp = timeout(limit, TcpStream::connect(socket))
            .await
            .map_err(|_| too_slow())?
            .map_err(Failure::of_connection)?;
        // Only matters for speed: a request is one small packet.
        let _ = tcp.set_nodelay(true);
        let tls = timeout(limit, self.tls.connect(server_name(url)?, tcp))
            .await
            .map_err(|_| too_slow())?
            .map_err(Failure::of_handshake)?;
        let left = Arc::new(AtomicUsize::new(MAX_HEAD_BYTES));
        let stream = TokioIo::new(Headed { stream: tls, left: Arc::clone(&left) });
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(stream)
            .await
            .map_err(Failure::of_http)?;
        let mut driver = JoinSet::new();
        // What ends the connection also ends the request or the body, and is read there.
        driver.spawn(async move { drop(connection.await) });
        Ok(Connection { sender, left, idle: self.timeouts.idle, _driver: driver })
    }
}

fn server_name(url: &Url) -> Result<ServerName<'static>, Failure> {
    // The text without brackets is what the name of a certificate is read from.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    ServerName::try_from(host.to_owned())
        .map_err(|source| Failure::Unreachable { source: source.into() })
}

/// A connection that can carry one request. It ends with its value.
pub(crate) struct Connection {
    sender: http1::SendRequest<Empty<Bytes>>,
    left: Arc<AtomicUsize>,
    idle: Duration,
    _driver: JoinSet<()>,
}

impl Connection {
    /// Sends the request and waits for the head of the answer.
    pub(crate) async fn send(
        &mut self,
        request: Request<Empty<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let response = timeout(self.idle, self.sender.send_request(request))
            .await
            .map_err(|_| Failure::Silent { limit: self.idle })?
            .map_err(Failure::of_http)?;
        self.left.store(usize::MAX, Ordering::Relaxed);
        Ok(response)
    }

    /// Reads a body, and stops at the first byte too many, whatever length was announced.
    pub(crate) async fn body(
        &self,
        mut incoming: Incoming,
        max_bytes: usize,
    ) -> Result<Vec<u8>, Failure> {
        let too_large = Failure::TooLarge { limit: max_bytes };
        if incoming.size_hint().lower() > max_bytes as u64 {
            return Err(too_large);
        }
        // Grows with what came. An announced length reserves nothing.
        let mut body = Vec::new();
        while let Some(frame) = timeout(self.idle, incoming.frame())
            .await
            .map_err(|_| Failure::Silent { limit: self.idle })?
        {
            let Ok(piece) = frame.map_err(Failure::of_http)?.into_data() else { continue };
            if piece.len() > max_bytes - body.len() {
                return Err(too_large);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// A stream that gives only so many bytes until the head is complete. The HTTP library bounds one
/// head; a host that sends interim answers (1xx) sends one after the other.
struct Headed<Stream> {
    stream: Stream,
    left: Arc<AtomicUsize>,
}

/// More than [`MAX_HEAD_BYTES`] came before the head was complete.
#[derive(Debug, Error)]
#[error("more than {MAX_HEAD_BYTES} bytes came before the head of the answer was complete")]
pub(crate) struct HeadTooLarge;

impl<Stream: AsyncRead + Unpin> AsyncRead for Headed<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left.load(Ordering::Relaxed) == 0 {
            return Poll::Ready(Err(io::Error::other(HeadTooLarge)));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        // The other side may have lifted the limit in this moment, which must stay so.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            (left != usize::MAX).then(|| left.saturating_sub(read))
        });
        result
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for Headed<Stream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
