//! `RabbitMQ`: messages come in batches, and are acknowledged once they are somebody else's duty.
//!
//! One session connects, declares, consumes and says why it ended; an outer loop waits and starts the next.

mod connect;
mod consume;
pub mod dead;
mod dead_letter;
mod depth;
mod error;
mod outlet;
mod probe;
mod publish;
mod session;
mod teller;
mod topology;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

pub use consume::consume;
pub use depth::{Depths, depths};
pub use error::Error;
pub use outlet::{Outlet, Parcel, outlet};
pub use probe::{Report, probe};
pub use publish::{Confirm, Publisher};

/// Where the messages are, and how they are taken.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `amqp://` or `amqps://user:password@host:port/vhost`, the default vhost being written `%2f`.
    /// Of its parameters, `heartbeat` (seconds, 15 if none) and `connection_timeout` (milliseconds,
    /// 10,000 if none, TLS and login included) count.
    pub url: SecretString,
    /// The topic exchange that HR's events are published to.
    pub exchange: String,
    /// The queue that this program reads.
    pub queue: String,
    /// How many messages the broker hands out before it wants an acknowledgement; the largest batch.
    pub prefetch: u16,
    /// Whether exchanges and queues are declared; false only verifies that they are there.
    pub declare: bool,
    /// A PEM file with the certificates of the CAs to trust, instead of the platform's.
    pub ca_file: Option<PathBuf>,
}

impl Settings {
    /// The name of the dead-letter exchange and of its queue: the queue's name, `.events` at its end
    /// replaced by `.dead`.
    #[must_use]
    pub fn dead_letter(&self) -> String {
        format!("{}.dead", self.queue.strip_suffix(".events").unwrap_or(&self.queue))
    }

    /// The same broker, with an exchange and queues of their own for what is only tried out; they are declared. What
    /// is invented must never reach somebody's daemon, nor what is real the one in memory.
    #[must_use]
    pub fn sandbox(self) -> Self {
        let queue = match self.queue.strip_suffix(".events") {
            Some(name) => format!("{name}.sandbox.events"),
            None => format!("{}.sandbox", self.queue),
        };
        Self { exchange: format!("{}.sandbox", self.exchange), queue, declare: true, ..self }
    }
}

/// A message as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The bytes, whatever they are.
    pub body: Vec<u8>,
    /// Whether the broker handed it out before, and no acknowledgement came back.
    pub redelivered: bool,
}

// Not derived: a body holds people's data.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("bytes", &self.body.len())
            .field("redelivered", &self.redelivered)
            .finish()
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk: acknowledge it.
    Accepted,
    /// It can never be accepted: set it aside for a person to read, then acknowledge it.
    Rejected {
        /// Why, in words for that person; names of fields, never values.
        reason: String,
        /// The employee id, if one could be read.
        employee: Option<String>,
        /// When that was found.
        at: DateTime<Utc>,
    },
}

/// What the consumer is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way to the broker for the first time.
    Connecting,
    /// Messages come in as they are published.
    Consuming,
    /// Messages come in, and cannot be stored: the last ones are kept and tried again, no others are taken.
    Holding {
        /// Why.
        reason: String,
    },
    /// Nothing comes in; it tries again by itself.
    Waiting {
        /// What happened, and what to do about it.
        reason: String,
    },
}

impl State {
    /// Whether there is a session with the broker, whatever becomes of the messages.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Consuming | Self::Holding { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(queue: &str) -> Settings {
        Settings {
            url: "amqp://localhost".into(),
            exchange: "hr.lifecycle".into(),
            queue: queue.into(),
            prefetch: 1,
            declare: false,
            ca_file: None,
        }
    }

    #[test]
    fn the_sandbox_shares_no_name_with_what_is_real() {
        for (queue, own, dead) in [
            ("okta-provisioner.events", "okta-provisioner.sandbox.events", "okta-provisioner.sandbox.dead"),
            ("hr", "hr.sandbox", "hr.sandbox.dead"),
        ] {
            let sandbox = settings(queue).sandbox();
            assert_eq!((sandbox.exchange.as_str(), sandbox.queue.as_str()), ("hr.lifecycle.sandbox", own));
            assert_eq!((sandbox.dead_letter().as_str(), sandbox.declare), (dead, true));
        }
    }

    #[test]
    fn the_dead_letters_are_named_after_the_queue() {
        let named = |queue: &str| settings(queue).dead_letter();
        assert_eq!(named("okta-provisioner.events"), "okta-provisioner.dead");
        assert_eq!(named("hr"), "hr.dead");
        assert_eq!(named("a.events.b"), "a.events.b.dead");
    }
}
