//! Connections that can be cut: a fault closes one without a byte of an answer.

use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::http::{Request as HttpRequest, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::request::Request;

const MAX_BODY_BYTES: usize = 1 << 20;

/// The connection that a request came by.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) scissors: Scissors,
    /// It is this machine that calls.
    pub(super) local: bool,
}

impl Peer {
    /// The whole request; none where half a body came, or far too much of one: then the line is cut, and the call
    /// never took place.
    pub(super) async fn hear(&self, request: HttpRequest<Body>) -> Option<Request> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY_BYTES).await.ok();
        if body.is_none() {
            self.scissors.cut();
        }
        body.map(|body| Request::new(&head, &body))
    }

    /// What goes back after a pause; without a response the line is cut.
    pub(super) async fn say(&self, response: Option<Response<Body>>, pause: Duration) -> Response<Body> {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        response.unwrap_or_else(|| {
            self.scissors.cut();
            Response::default()
        })
    }
}

/// Cuts a connection.
#[derive(Clone, Default)]
pub(super) struct Scissors(Arc<AtomicBool>);

impl Scissors {
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Lines>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        Self { scissors: stream.io().scissors.clone(), local: is_local(*stream.remote_addr()) }
    }
}

/// Where both families are listened for, `127.0.0.1` comes as `::ffff:127.0.0.1`.
fn is_local(peer: SocketAddr) -> bool {
    peer.ip().to_canonical().is_loopback()
}

/// The URL under which a listener is found from this machine: nobody can call "all addresses".
pub(super) fn url(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// The listening end.
pub(super) struct Lines(pub(super) TcpListener);

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, peer)) => {
                    // Answers are small: without this each would wait for the peer's delayed ack.
                    let _ = stream.set_nodelay(true);
                    return (Line { stream, scissors: Scissors::default() }, peer);
                }
                // Out of file handles, most likely: some will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection. Once cut, the first write fails, and with it the connection.
pub(super) struct Line {
    stream: TcpStream,
    scissors: Scissors,
}

impl Line {
    fn whole(&self) -> io::Result<()> {
        if self.scissors.0.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_both_families_and_the_url_can_be_called() {
        for (peer, local) in
            [("127.0.0.1:1", true), ("[::1]:1", true), ("[::ffff:127.0.0.1]:1", true), ("10.0.0.1:1", false)]
        {
            assert_eq!(is_local(peer.parse().expect("an address")), local, "{peer}");
        }
        for (listening, called) in
            [("[::]:80", "[::1]:80"), ("0.0.0.0:80", "127.0.0.1:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(url(listening.parse().expect("an address")), format!("http://{called}"));
        }
    }
}
