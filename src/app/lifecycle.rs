//! Signals in, and all tasks out together: half a daemon is worse than none.

use std::time::Duration;

use anyhow::{anyhow, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longer than the calls in flight are given.
const PATIENCE: Duration = Duration::from_secs(20);

/// Cancels the token at the first SIGTERM or SIGINT, and leaves at once at the second.
///
/// # Errors
///
/// The signals cannot be watched.
pub fn watch_signals() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = stop.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        };
        next().await;
        tracing::info!(
            code = "daemon.stopping",
            "stopping: calls in flight get 10 s; a second signal leaves at once"
        );
        token.cancel();
        next().await;
        std::process::exit(1);
    });
    Ok(stop)
}

/// Tasks that live and end together.
pub struct Tasks {
    running: JoinSet<&'static str>,
    stop: CancellationToken,
}

impl Tasks {
    /// None yet; they are to end when `stop` is cancelled.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self { running: JoinSet::new(), stop }
    }

    /// Starts one.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(async move {
            task.await;
            name
        });
    }

    /// Waits for all of them. The first that ends before it was told to, or panics, takes the others
    /// along.
    ///
    /// # Errors
    ///
    /// Which one did, or that some did not end in time.
    pub async fn all(mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        while let Some(ended) = self.next().await? {
            let stopping = self.stop.is_cancelled();
            let fault = match ended {
                Ok(_) if stopping => continue,
                Ok(name) => anyhow!("the task `{name}` ended by itself"),
                Err(panic) => anyhow!("a task panicked: {panic}"),
            };
            tracing::error!(code = "daemon.broken", "{fault}; leaving");
            outcome = outcome.and(Err(fault));
            self.stop.cancel();
        }
        outcome
    }

    async fn next(&mut self) -> anyhow::Result<Option<Result<&'static str, tokio::task::JoinError>>> {
        tokio::select! {
            biased;
            ended = self.running.join_next() => Ok(ended),
            () = async { self.stop.cancelled().await; tokio::time::sleep(PATIENCE).await } => {
                bail!("{} tasks did not end within {} s", self.running.len(), PATIENCE.as_secs())
            }
        }
    }
}
