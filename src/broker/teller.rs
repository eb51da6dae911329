//! Tells what the consumer is doing: the present state to whoever watches, each change once to the log.

use tokio::sync::watch;

use super::{Error, State};

/// What has been told, and has not changed since.
pub(super) struct Teller {
    state: watch::Sender<State>,
    trouble: Option<Error>,
    paused: bool,
}

impl Teller {
    pub(super) fn new(state: watch::Sender<State>) -> Self {
        state.send_replace(State::Connecting);
        Self { state, trouble: None, paused: false }
    }

    /// Messages can come. That mends every trouble but one, which shows only when a message is rejected.
    pub(super) fn connected(&mut self) {
        if !matches!(self.trouble, Some(Error::DeadLetter { .. })) {
            self.consuming();
        }
        self.state.send_replace(State::Consuming);
    }

    /// A whole batch is done with.
    pub(super) fn settled(&mut self) {
        if self.trouble.is_some() {
            self.consuming();
        }
    }

    fn consuming(&mut self) {
        tracing::info!(code = "broker.connected", "messages are consumed");
        self.trouble = None;
    }

    /// The session is over, and the next one is some time away.
    pub(super) fn lost(&mut self, error: Error) {
        let reason = error.to_string();
        if !self.trouble.as_ref().is_some_and(|told| told.same_trouble(&error)) {
            tracing::warn!(code = "broker.lost", reason, "not consuming; it is tried again until it works");
            self.trouble = Some(error);
        }
        self.state.send_replace(State::Waiting { reason });
    }

    /// A batch could not be stored, and is kept.
    pub(super) fn paused(&mut self, reason: String) {
        if !self.paused {
            tracing::error!(code = "broker.paused", reason, "consuming is paused");
            self.paused = true;
        }
        self.state.send_replace(State::Holding { reason });
    }

    /// A batch was stored.
    pub(super) fn taken(&mut self) {
        if self.paused {
            tracing::info!(code = "broker.resumed", "messages can be stored again");
            self.paused = false;
            self.state.send_replace(State::Consuming);
        }
    }
}
