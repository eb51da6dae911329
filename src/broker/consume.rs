//! The loop around the sessions: waits, connects again, and tells each change of state once.

use std::fmt;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::session::Session;
use super::{Error, Message, Outcome, Settings, State};
use crate::retry;

/// Consumes until `stop`; then finishes the batch in hand, closes the connection and returns. It never
/// gives up: whatever the broker or the network does, it waits (up to 30 s) and tries again.
///
/// `take` gets each batch, in the order of the queue, and answers with one outcome per message, in order,
/// once they are on disk: only then is anything acknowledged. If it fails, nothing is, and it gets the same
/// batch again later. `state` always holds what the consumer is doing.
///
/// # Panics
/// If `take` answers with more or fewer outcomes than there are messages.
pub async fn consume<E: fmt::Display>(
    settings: &Settings,
    mut take: impl AsyncFnMut(Vec<Message>) -> Result<Vec<Outcome>, E>,
    state: watch::Sender<State>,
    stop: CancellationToken,
) {
    let mut told: Option<Error> = None;
    let mut attempt = 0;
    state.send_replace(State::Connecting);
    while !stop.is_cancelled() {
        let mut session = Session { settings, take: &mut take, state: &state, stop: &stop };
        let connected = || {
            tracing::info!(code = "broker.connected", queue = settings.queue, "consuming");
            state.send_replace(State::Consuming);
            told = None;
        };
        let end = session.run(connected).await;
        let Some(error) = end.error else { return };
        attempt = if end.stood { 1 } else { attempt + 1 };
        let reason = error.to_string();
        if !told.as_ref().is_some_and(|told| told.same_trouble(&error)) {
            tracing::warn!(code = "broker.lost", reason, "not consuming; it is tried again until it works");
            told = Some(error);
        }
        state.send_replace(State::Waiting { reason });
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(retry::delay(attempt, &retry::RECONNECT)) => {}
        }
    }
}
