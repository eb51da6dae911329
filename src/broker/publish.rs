//! Publishes, and does not call it done before the broker has taken the message over.

use std::collections::BTreeMap;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, PublisherConfirm};

use tokio::time::timeout;

use super::error::short;
use super::{Error, Settings, connect, topology};

/// A broker that is short of memory or disk reads nothing and confirms nothing.
const CONFIRM: Duration = Duration::from_secs(30);
/// Kept on disk by the broker.
pub(super) const PERSISTENT: u8 = 2;

/// Publishes events to `broker.exchange`. Many may be in flight: publish all, then await the confirms.
pub struct Publisher {
    connection: Connection,
    outbox: Outbox,
    content_type: &'static str,
}

impl Publisher {
    /// Connects. What is not there yet is declared, so that an event sent before the daemon's first
    /// start is kept; with `declare = false` a missing exchange is an error.
    ///
    /// # Errors
    /// What stands in the way, with what to do about it.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let connection = connect::open(settings, "publisher").await?;
        let ready = async {
            if settings.declare {
                topology::ensure(&connection, settings).await?;
            } else {
                let channel = channel(&connection).await?;
                topology::events(settings)?.exchange(&channel, true).await?;
            }
            Outbox::open(&connection, &settings.exchange).await
        };
        let outbox = connect::answered(ready).await?;
        Ok(Self { connection, outbox, content_type: "application/cloudevents+json" })
    }

    /// The same, for what is another kind of JSON than `CloudEvents`.
    pub(super) fn of(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    /// Whether the connection stands.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.status().connected()
    }

    /// Hands one event (JSON) to the connection, persistent and mandatory. The answer is a future: the
    /// event is safe once that says so, not before.
    ///
    /// # Errors
    /// The connection is gone, or the routing key is longer than 255 bytes.
    pub async fn publish(
        &self,
        routing_key: &str,
        body: &[u8],
        headers: &BTreeMap<String, String>,
    ) -> Result<Confirm, Error> {
        let mut properties = BasicProperties::default()
            .with_content_type(self.content_type.into())
            .with_delivery_mode(PERSISTENT);
        if !headers.is_empty() {
            let mut table = FieldTable::default();
            for (name, value) in headers {
                table.insert(short(name)?, AMQPValue::LongString(value.as_str().into()));
            }
            properties = properties.with_headers(table);
        }
        self.outbox.publish(routing_key, body, properties).await
    }

    /// Says goodbye to the broker. Await every [`Confirm`] first.
    pub async fn close(self) {
        connect::close(&self.connection).await;
    }
}

/// A message on its way.
#[must_use = "the message is safe only once this says so"]
pub struct Confirm {
    exchange: String,
    pending: PublisherConfirm,
}

impl Confirm {
    /// Waits until the broker has taken the message over. With several in flight, the failure of an
    /// unroutable one may show at another's confirm: all are good only if each is.
    ///
    /// # Errors
    /// It reached no queue, or the broker refused it, or the connection was lost and nobody knows.
    pub async fn wait(self) -> Result<(), Error> {
        let Self { exchange, pending } = self;
        let Ok(answer) = timeout(CONFIRM, pending).await else { return Err(silent(exchange)) };
        match answer {
            Ok(Confirmation::Ack(None)) => Ok(()),
            Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => {
                Err(Error::Unroutable { exchange, routing_key: returned.routing_key.to_string() })
            }
            Ok(Confirmation::Nack(None)) => Err(Error::NotTaken {
                exchange,
                why: "it refused; is the queue full or without quorum?".into(),
            }),
            Ok(Confirmation::NotRequested) => {
                Err(Error::NotTaken { exchange, why: "it was not asked to confirm".into() })
            }
            Err(error) => Err(Error::on(format!("exchange `{exchange}`"), &error)),
        }
    }
}

/// A channel on which every message is confirmed.
pub(super) struct Outbox {
    channel: Channel,
    exchange: String,
}

impl Outbox {
    pub(super) async fn open(connection: &Connection, exchange: &str) -> Result<Self, Error> {
        let channel = channel(connection).await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(|error| Error::on("publisher confirms", &error))?;
        Ok(Self { channel, exchange: exchange.to_owned() })
    }

    pub(super) async fn publish(
        &self,
        routing_key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> Result<Confirm, Error> {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let (exchange, key) = (short(&self.exchange)?, short(routing_key)?);
        let sending = self.channel.basic_publish(exchange, key, options, body, properties);
        let Ok(sent) = timeout(CONFIRM, sending).await else { return Err(silent(self.exchange.clone())) };
        let pending = sent.map_err(|error| Error::on(format!("exchange `{}`", self.exchange), &error))?;
        Ok(Confirm { exchange: self.exchange.clone(), pending })
    }
}

fn silent(exchange: String) -> Error {
    let why = format!("no answer within {} s; is the broker short of memory or disk?", CONFIRM.as_secs());
    Error::NotTaken { exchange, why }
}

pub(super) async fn channel(connection: &Connection) -> Result<Channel, Error> {
    connection.create_channel().await.map_err(|error| Error::on("a new channel", &error))
}
