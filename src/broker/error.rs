//! What can go wrong with the broker, each with what to do about it.

use std::path::PathBuf;

use lapin::ErrorKind;
use lapin::types::ShortString;

/// Why nothing comes in or goes out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The URL cannot be used.
    #[error("broker.url is not usable: {why}; write amqp://user:password@host:5672/%2f, or amqps:// for TLS")]
    Url {
        /// What is wrong with it; never the URL itself, which holds a password.
        why: String,
    },
    /// The name of an exchange or queue, or a routing key, is longer than AMQP can say.
    #[error("the name `{}…` is {} bytes long, and AMQP allows 255", .name.chars().take(40).collect::<String>(), .name.len())]
    Name {
        /// The name.
        name: String,
    },
    /// `broker.ca_file` holds no certificate that can be used.
    #[error("broker.ca_file {}: {why}; it must be a readable PEM file with the CA's certificate", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing that speaks AMQP answers.
    #[error("no broker answers at {at}: {why}; check that RabbitMQ runs and that broker.url is right")]
    Unreachable {
        /// Host and port.
        at: String,
        /// The system's words.
        why: String,
    },
    /// The TLS handshake failed.
    #[error(
        "TLS with {at} failed: {why}; set broker.ca_file to the CA that signed the broker's certificate, and \
         use the host name that is in it"
    )]
    Tls {
        /// Host and port.
        at: String,
        /// The TLS library's words.
        why: String,
    },
    /// User and password are refused.
    #[error(
        "RabbitMQ at {at} refuses user `{user}`: check the password in broker.url (`guest` may log in from the \
         broker's own machine only)"
    )]
    Login {
        /// Host and port.
        at: String,
        /// The user's name.
        user: String,
    },
    /// The virtual host is not there, or not for this user.
    #[error(
        "RabbitMQ at {at} does not let user `{user}` into vhost `{vhost}`: {why}; create it or grant access \
         (rabbitmqctl add_vhost, set_permissions); the default vhost `/` is written %2f in broker.url"
    )]
    Vhost {
        /// Host and port.
        at: String,
        /// The user's name.
        user: String,
        /// The vhost.
        vhost: String,
        /// The broker's words.
        why: String,
    },
    /// The user may not do this.
    #[error(
        "RabbitMQ does not allow it on {what}: {why}; grant the permission (rabbitmqctl set_permissions)"
    )]
    Forbidden {
        /// The exchange or queue.
        what: String,
        /// The broker's words.
        why: String,
    },
    /// An exchange or queue is not there, and is not ours to make.
    #[error("{what} does not exist; create it, or set broker.declare = true to have it declared")]
    Missing {
        /// The exchange or queue.
        what: String,
    },
    /// An exchange or queue exists, made otherwise than we make it.
    #[error(
        "{what} exists with other arguments: {why}; empty and delete it (it is declared anew at once), or set \
         broker.declare = false to use it as it is"
    )]
    Differs {
        /// The exchange or queue.
        what: String,
        /// The broker's words, which name the argument.
        why: String,
    },
    /// A connection that stood is gone.
    #[error("the connection to the broker was lost: {why}; unacknowledged messages will be delivered again")]
    Lost {
        /// What was seen of it.
        why: String,
    },
    /// The broker took the queue away from the consumer.
    #[error("queue `{queue}` was deleted, or its leader is gone")]
    Cancelled {
        /// The queue.
        queue: String,
    },
    /// Somebody else has the dead letters in hand.
    #[error(
        "somebody else reads queue `{queue}` now: another `dead` command, or a consumer that is not ours; nothing was \
         changed, try again when it has ended"
    )]
    Busy {
        /// The queue.
        queue: String,
    },
    /// A published message reached no queue.
    #[error(
        "exchange `{exchange}` has no queue for routing key `{routing_key}`: nothing was kept; bind a queue to it"
    )]
    Unroutable {
        /// The exchange.
        exchange: String,
        /// The routing key of the message that came back.
        routing_key: String,
    },
    /// The broker did not take over a published message.
    #[error("the broker did not take the message published to exchange `{exchange}`: {why}")]
    NotTaken {
        /// The exchange.
        exchange: String,
        /// What happened instead.
        why: String,
    },
    /// Rejected messages cannot be set aside, so they are not acknowledged.
    #[error("{count} rejected messages could not be set aside and stay in the queue: {source}")]
    DeadLetter {
        /// How many.
        count: usize,
        /// Why.
        source: Box<Error>,
    },
}

impl Error {
    /// A failure on a connection that stands, in an operation on `what`.
    pub(super) fn on(what: impl Into<String>, error: &lapin::Error) -> Self {
        let ErrorKind::ProtocolError(reply) = error.kind() else {
            return Self::Lost { why: error.to_string() };
        };
        let (what, why) = (what.into(), words(reply.get_message()));
        match reply.get_id() {
            403 => Self::Forbidden { what, why },
            404 => Self::Missing { what },
            405 | 406 => Self::Differs { what, why },
            _ => Self::Lost { why },
        }
    }

    /// Whether two failures are one state of affairs, which is to be told once: an outage is a lost
    /// connection first and an unreachable broker afterwards.
    pub(super) fn same_trouble(&self, other: &Self) -> bool {
        let outage = |error: &Self| matches!(error, Self::Lost { .. } | Self::Unreachable { .. });
        match (self, other) {
            (Self::DeadLetter { source: one, .. }, Self::DeadLetter { source: two, .. }) => {
                one.same_trouble(two)
            }
            _ => outage(self) && outage(other) || self == other,
        }
    }
}

/// The broker's words without the code in front, which the variant says already.
pub(super) fn words(text: &ShortString) -> String {
    let text = text.as_str();
    text.split_once(" - ")
        .filter(|(code, _)| code.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .map_or(text, |(_, words)| words)
        .to_owned()
}

/// A name as AMQP carries it.
pub(super) fn short(name: &str) -> Result<ShortString, Error> {
    ShortString::try_new(name).map_err(|_| Error::Name { name: name.to_owned() })
}
