use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use super::router;
use crate::Node;

/// How long a connection may take to send the head of a request, its idle time before
/// included. A browser needs far less, and a connection that says nothing costs a file
/// descriptor.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves a node on a listener until `stop` is done and the requests under way are answered.
/// A visitor that reads slowly can make that last; whoever wants to end earlier drops this.
pub async fn serve(
    mut listener: TcpListener,
    node: &Arc<Node>,
    stop: impl Future<Output = ()> + Send,
) {
    let service = TowerToHyperService::new(router(node));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        // The trait's `accept` goes on where the system runs out of file descriptors.
        let stream = tokio::select! {
            (stream, _) = axum::serve::Listener::accept(&mut listener) => stream,
            () = &mut stop => break,
        };
        let connection = http.serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        // Where it fails, the visitor has gone or does not speak HTTP: nobody is to be told.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    connections.shutdown().await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::web::tests::example;

    #[tokio::test]
    async fn a_connection_that_says_nothing_whole_is_closed() {
        let (_dir, node, _) = example().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { serve(listener, &node, std::future::pending()).await });

        // From here on time passes as soon as everybody waits for it.
        tokio::time::pause();
        for said in ["", "GET / HTTP/1.1\r\nHost: x\r\n"] {
            let mut visitor = TcpStream::connect(address).await.unwrap();
            visitor.write_all(said.as_bytes()).await.unwrap();
            let begun = tokio::time::Instant::now();
            visitor.read_to_end(&mut Vec::new()).await.unwrap();
            assert!(begun.elapsed() >= HEAD_TIMEOUT, "{:?}", begun.elapsed());
        }
    }
}
