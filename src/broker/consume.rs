//! The loop around the sessions: waits, and connects again.

use std::fmt;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::session::Session;
use super::teller::Teller;
use super::{Message, Outcome, Settings, State};
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
    let mut teller = Teller::new(state);
    let mut attempt = 0;
    while !stop.is_cancelled() {
        let mut session =
            Session { settings, take: &mut take, teller: &mut teller, stop: &stop, stood: false };
        let Err(error) = session.run().await else { return };
        attempt = if session.stood { 1 } else { attempt + 1 };
        teller.lost(error);
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(retry::delay(attempt, &retry::RECONNECT)) => {}
        }
    }
}
