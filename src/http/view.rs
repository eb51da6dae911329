//! What can be looked at over HTTP, and what it takes to look.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use secrecy::SecretString;
use tokio::sync::{Semaphore, watch};

use super::asked::Asked;
use super::health::{self, Questions};
use super::metrics::{self, Metrics};
use super::v1;
use crate::broker::{Depths, State};
use crate::engine::Engine;
use crate::ledger::{LookError, Report};

/// How many look at the ledger at once; others wait.
const READERS: usize = 2;

/// A daemon, for those who look at it.
pub struct Watched {
    /// Its loops.
    pub engine: Arc<Engine>,
    /// Its ledger's file.
    pub ledger: PathBuf,
    /// What the consumer is doing.
    pub broker: watch::Receiver<State>,
    /// What whoever wants to see people must show, as a bearer token. Without one, only programs on this machine may.
    pub token: Option<SecretString>,
    /// How long HR is silent at most, while all is well.
    pub expect_events_within: Option<Duration>,
}

/// The same, with what has been asked and measured so far.
pub(super) struct View {
    pub engine: Arc<Engine>,
    pub ledger: PathBuf,
    pub broker: watch::Receiver<State>,
    pub token: Option<SecretString>,
    pub questions: Questions,
    pub metrics: Metrics,
    pub readers: Arc<Semaphore>,
    /// What `/v1/status` gives.
    pub status: Asked<Result<String, String>>,
}

impl View {
    pub fn new(watched: Watched, depths: watch::Receiver<Depths>) -> Self {
        let Watched { engine, ledger, broker, token, expect_events_within } = watched;
        let metrics =
            Metrics::new(&engine, &ledger, depths, expect_events_within).expect("each name is taken once");
        let (questions, readers) = (Questions::new(), Arc::new(Semaphore::new(READERS)));
        Self { engine, ledger, broker, token, questions, metrics, readers, status: Asked::new() }
    }
}

/// All paths but the webhook's.
pub(super) fn router(view: Arc<View>) -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .nest("/v1", v1::router(&view))
        .with_state(view)
}

/// Looks at the ledger, over a connection of its own and where nobody else is kept waiting.
pub(super) async fn look<T: Send + 'static>(
    path: PathBuf,
    at: impl FnOnce(&Report) -> Result<T, LookError> + Send + 'static,
) -> Result<T, LookError> {
    let looking = tokio::task::spawn_blocking(move || at(&Report::open(&path)?));
    looking.await.expect("a look does not panic")
}

/// Does it where nobody else is kept waiting, with a place among those who look at once.
pub(super) async fn in_turn<T: Send + 'static>(
    readers: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let place = Arc::clone(readers).acquire_owned().await.expect("a semaphore that nobody closes");
    // Whoever hangs up does not end the work: the place is free when that has ended.
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    working.await.expect("a look does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_hangs_up_keeps_the_place_until_the_look_has_ended() {
        let readers = Arc::new(Semaphore::new(1));
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (end, ends) = std::sync::mpsc::channel();
        let asked = Arc::clone(&readers);
        let client = tokio::spawn(async move {
            in_turn(&asked, move || {
                begun.send(()).unwrap();
                ends.recv()
            })
            .await
        });
        begins.await.unwrap();
        client.abort();
        assert!(client.await.unwrap_err().is_cancelled());
        assert_eq!(readers.available_permits(), 0, "it still looks");
        end.send(()).unwrap();
        in_turn(&readers, || ()).await;
    }
}
