//! The daemon's port: Bob's webhooks come in, and whoever looks after the daemon sees how it fares.
//!
//! A webhook is left with the broker before it is answered with thanks.
//!
//! Whoever finds the port can send anything: nothing is parsed before its signature holds, and what a stranger
//! can make us hold is bounded. 256 connections at once, each with a head and a small body of 16 KiB at most,
//! and 16 larger bodies of at most 256 KiB: 12 MiB, and none of it for longer than a few seconds.

mod asked;
mod health;
mod metrics;
mod refusal;
mod reply;
mod tally;
mod v1;
mod view;
mod webhook;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::instrument::WithSubscriber;

use self::refusal::Refusal;
use self::tally::Tally;
use self::view::View;
pub use self::view::Watched;
use crate::broker::{self, Depths};
use crate::engine::clock::Clock;

/// Open connections; whoever comes then waits until one closes.
const CONNECTIONS: usize = 256;
/// How long the head of a request may take, and how long a connection may lie idle before it.
const HEAD: Duration = Duration::from_secs(10);
/// The largest head of a request, and what is read of a body at once, in bytes.
const BUFFER: usize = 16 * 1024;
/// How long a connection may be used: somebody who never reads our answers must not keep it.
const LIFE: Duration = Duration::from_mins(5);
/// How long a request in hand may take once its connection is to end; longer than any takes.
const GRACE: Duration = Duration::from_secs(15);
/// After an `accept` that failed, for want of file handles most likely.
const BREATH: Duration = Duration::from_millis(50);

/// What is served.
pub struct Options {
    /// The secrets of the webhook, any of which may have signed; none: no webhooks are taken.
    pub secrets: Vec<SecretString>,
    /// Where the webhooks are published to.
    pub broker: broker::Settings,
    /// What can be looked at, if anything.
    pub watched: Option<Watched>,
    /// Tells when a webhook was received.
    pub clock: Clock,
}

/// Serves until `stop`; then takes no more, finishes the requests in hand and returns: `POST /hooks/bob` if there is
/// a secret, `GET /healthz`, `/readyz`, `/metrics` and `/v1/…` if there is something to look at.
///
/// A webhook is published as it came, with its `type` as the routing key (`unknown` without one), and the
/// headers `type`, `employee-id` and `received-at` (RFC 3339) as far as they are known. It is answered with 200
/// once the broker has confirmed it, and with 503 when it has not within 8 s: Bob sends it again then.
pub async fn serve(listener: TcpListener, options: Options, stop: CancellationToken) {
    let Options { secrets, broker, watched, clock } = options;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(code = "http.listening", %address, "health, metrics and what is known can be looked at");
        if !secrets.is_empty() {
            tracing::info!(code = "webhook.listening", %address, "Bob's webhooks are taken at POST {}", webhook::PATH);
        }
    }
    let (tally, beside) = (Arc::new(Tally::default()), TaskTracker::new());
    let mut router = Router::new();
    if let Some(watched) = watched {
        let (known, depths) = watch::channel(Depths::default());
        let (broker, stop) = (broker.clone(), stop.clone());
        beside.spawn(async move { broker::depths(&broker, known, stop).await }.with_current_subscriber());
        router = router.merge(view::router(Arc::new(View::new(watched, depths))));
    }
    router = if secrets.is_empty() {
        router.fallback(async || Refusal::Path)
    } else {
        let (outlet, connected) = broker::outlet(broker);
        // It ends with the last request, which holds the outlet.
        beside.spawn(connected.with_current_subscriber());
        router.merge(webhook::router(secrets, clock, outlet, Arc::clone(&tally)))
    };
    beside.close();
    tokio::select! {
        () = async { accept(listener, router, stop).await; beside.wait().await } => {}
        () = tally.tell() => {}
    }
    tally.say();
}

async fn accept(listener: TcpListener, router: Router, stop: CancellationToken) {
    let (room, attended) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    let next = async || {
        let place = Arc::clone(&room).acquire_owned().await.expect("a semaphore that nobody closes");
        (place, listener.accept().await)
    };
    while let Some((place, accepted)) = stop.run_until_cancelled(next()).await {
        let Ok((stream, _)) = accepted else {
            sleep(BREATH).await;
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        let attend = async move {
            attend(stream, router, stop).await;
            drop(place);
        };
        attended.spawn(attend.with_current_subscriber());
    }
    drop(listener);
    attended.close();
    attended.wait().await;
}

/// One connection, from its first request to its last.
async fn attend(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are small: without this each would wait for the peer's delayed ack.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    tokio::select! {
        // However it ends, the peer knows.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}
