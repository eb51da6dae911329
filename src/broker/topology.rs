//! The exchanges and queues: declared, or only verified.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, ExchangeKind, Queue};

use super::error::short;
use super::{Error, Settings};

/// One exchange and the queue that gets everything from it.
pub(super) struct Pair {
    exchange: ShortString,
    kind: ExchangeKind,
    queue: ShortString,
    arguments: FieldTable,
}

/// What HR publishes to, and what we read.
pub(super) fn events(settings: &Settings) -> Result<Pair, Error> {
    let mut arguments = quorum();
    // Two daemons by mistake must not share the events out between two ledgers.
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    arguments.insert(
        "x-dead-letter-exchange".into(),
        AMQPValue::LongString(settings.dead_letter().as_str().into()),
    );
    Ok(Pair {
        exchange: short(&settings.exchange)?,
        kind: ExchangeKind::Topic,
        queue: short(&settings.queue)?,
        arguments,
    })
}

/// Where what nobody can read is set aside.
pub(super) fn dead_letters(settings: &Settings) -> Result<Pair, Error> {
    let name = short(&settings.dead_letter())?;
    Ok(Pair { exchange: name.clone(), kind: ExchangeKind::Fanout, queue: name, arguments: quorum() })
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

/// Makes sure that all is there: declared, or with `declare = false` only looked for.
pub(super) async fn ensure(connection: &Connection, settings: &Settings) -> Result<(), Error> {
    for pair in [dead_letters(settings)?, events(settings)?] {
        let channel =
            connection.create_channel().await.map_err(|error| Error::on("the connection", &error))?;
        pair.exchange(&channel, !settings.declare).await?;
        pair.queue(&channel, !settings.declare).await?;
        if settings.declare {
            pair.bind(&channel).await?;
        }
    }
    Ok(())
}

impl Pair {
    /// Declares the exchange; `passive` fails if it is not there. A failure closes the channel.
    pub(super) async fn exchange(&self, channel: &Channel, passive: bool) -> Result<(), Error> {
        let options = ExchangeDeclareOptions { passive, durable: true, ..Default::default() };
        channel
            .exchange_declare(self.exchange.clone(), self.kind.clone(), options, FieldTable::default())
            .await
            .map_err(|error| Error::on(format!("exchange `{}`", self.exchange), &error))
    }

    /// Declares the queue; `passive` fails if it is not there. A failure closes the channel.
    pub(super) async fn queue(&self, channel: &Channel, passive: bool) -> Result<Queue, Error> {
        let options = QueueDeclareOptions { passive, durable: true, ..Default::default() };
        channel
            .queue_declare(self.queue.clone(), options, self.arguments.clone())
            .await
            .map_err(|error| Error::on(format!("queue `{}`", self.queue), &error))
    }

    async fn bind(&self, channel: &Channel) -> Result<(), Error> {
        let (queue, exchange) = (self.queue.clone(), self.exchange.clone());
        channel
            .queue_bind(queue, exchange, "#".into(), QueueBindOptions::default(), FieldTable::default())
            .await
            .map_err(|error| Error::on(format!("the binding of queue `{}`", self.queue), &error))
    }
}
