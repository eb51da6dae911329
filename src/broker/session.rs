//! One connection's life: declare, consume, settle batch after batch, and say why it ended.

use std::fmt;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Connection, Consumer};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::dead_letter::{self, Letter};
use super::error::short;
use super::publish::{Outbox, channel};
use super::teller::Teller;
use super::{Error, Message, Outcome, Settings, connect, topology};
use crate::retry;

/// When no message came for so long, the connection is looked at; if it is up, the session has stood.
const QUIET: Duration = Duration::from_secs(10);
/// lapin may never answer when the connection drops just as an acknowledgement goes out.
const ACK: Duration = Duration::from_secs(5);

/// One connection's life, and what it shares with the loop around it.
pub(super) struct Session<'a, F> {
    pub(super) settings: &'a Settings,
    pub(super) take: &'a mut F,
    pub(super) teller: &'a mut Teller,
    pub(super) stop: &'a CancellationToken,
    /// Whether it was of use, after which delays begin anew.
    pub(super) stood: bool,
}

impl<F, E> Session<'_, F>
where
    F: AsyncFnMut(Vec<Message>) -> Result<Vec<Outcome>, E>,
    E: fmt::Display,
{
    /// Runs until it is told to stop, or something ends it.
    pub(super) async fn run(&mut self) -> Result<(), Error> {
        let connection = tokio::select! {
            () = self.stop.cancelled() => return Ok(()),
            connection = connect::open(self.settings, "consumer") => connection?,
        };
        let end = self.consume(&connection).await;
        connect::close(&connection).await;
        end
    }

    async fn consume(&mut self, connection: &Connection) -> Result<(), Error> {
        let ready = async {
            topology::ensure(connection, self.settings).await?;
            let outbox = Outbox::open(connection, &self.settings.dead_letter()).await?;
            Ok((outbox, consumer(connection, self.settings).await?))
        };
        let (outbox, mut consumer) = tokio::select! {
            () = self.stop.cancelled() => return Ok(()),
            ready = connect::answered(ready) => ready?,
        };
        self.teller.connected();
        loop {
            let first = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                first = consumer.next() => first,
                () = sleep(QUIET) => {
                    if !connection.status().connected() {
                        return Err(Error::Lost { why: "it is closed".to_owned() });
                    }
                    self.stood = true;
                    continue;
                }
            };
            let batch = self.batch(first, &mut consumer)?;
            let Some(outcomes) = self.taken(&batch).await? else { return Ok(()) };
            settle(&batch, &outcomes, &outbox).await?;
            self.teller.settled();
            self.stood = true;
        }
    }

    /// The first delivery and what lies ready behind it: nobody waits for more.
    fn batch(
        &self,
        first: Option<lapin::Result<Delivery>>,
        consumer: &mut Consumer,
    ) -> Result<Vec<Delivery>, Error> {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(delivery) = next {
            match delivery {
                Some(Ok(delivery)) => batch.push(delivery),
                // Whatever came before is delivered again.
                Some(Err(error)) => {
                    return Err(Error::on(format!("queue `{}`", self.settings.queue), &error));
                }
                None => return Err(Error::Cancelled { queue: self.settings.queue.clone() }),
            }
            next = if batch.len() < usize::from(self.settings.prefetch) {
                consumer.next().now_or_never()
            } else {
                None
            };
        }
        Ok(batch)
    }

    /// Offers the batch until it is taken. Nothing if told to stop while it could not be.
    async fn taken(&mut self, batch: &[Delivery]) -> Result<Option<Vec<Outcome>>, Error> {
        let mut attempt = 0;
        loop {
            let messages = batch
                .iter()
                .map(|delivery| Message { body: delivery.data.clone(), redelivered: delivery.redelivered })
                .collect();
            let error = match (self.take)(messages).await {
                Ok(outcomes) => {
                    self.teller.taken();
                    return Ok(Some(outcomes));
                }
                Err(error) => error,
            };
            attempt += 1;
            self.teller.paused(format!(
                "messages cannot be stored: {error}; none is acknowledged, and it is tried again"
            ));
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                () = sleep(retry::delay(attempt, &retry::RECONNECT)) => {}
            }
            if batch.iter().any(|delivery| delivery.acker.poisoned()) {
                return Err(Error::Lost {
                    why: "it went away while messages could not be stored".to_owned(),
                });
            }
        }
    }
}

async fn consumer(connection: &Connection, settings: &Settings) -> Result<Consumer, Error> {
    let what = || format!("queue `{}`", settings.queue);
    let channel = channel(connection).await?;
    channel
        .basic_qos(settings.prefetch.max(1), BasicQosOptions::default())
        .await
        .map_err(|error| Error::on(what(), &error))?;
    channel
        .basic_consume(
            short(&settings.queue)?,
            "okta-provisioner".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(|error| Error::on(what(), &error))
}

/// Rejected ones are set aside first; then one acknowledgement covers the batch. If they cannot be, it
/// must not cover them: each accepted one is acknowledged by itself.
async fn settle(batch: &[Delivery], outcomes: &[Outcome], outbox: &Outbox) -> Result<(), Error> {
    assert_eq!(batch.len(), outcomes.len(), "one outcome for each message");
    let letters: Vec<Letter<'_>> = batch
        .iter()
        .zip(outcomes)
        .filter_map(|(delivery, outcome)| match outcome {
            Outcome::Accepted => None,
            Outcome::Rejected { reason, employee, at } => {
                Some(Letter { delivery, reason, employee: employee.as_deref(), at: *at })
            }
        })
        .collect();
    if let Err(error) = dead_letter::set_aside(outbox, &letters).await {
        let accepted = batch.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Accepted);
        // What cannot be acknowledged is delivered again, and then changes nothing.
        let _ = join_all(accepted.map(|(delivery, _)| ack(delivery, false))).await;
        return Err(error);
    }
    // That it was rejected is the engine's to say; this is that it is safe.
    if !letters.is_empty() {
        tracing::debug!(messages = letters.len(), "set aside in the dead-letter queue");
    }
    match batch.last() {
        Some(last) => ack(last, true).await,
        None => Ok(()),
    }
}

async fn ack(delivery: &Delivery, multiple: bool) -> Result<(), Error> {
    match timeout(ACK, delivery.ack(BasicAckOptions { multiple })).await {
        // `false` says that the connection is gone: the message is delivered again.
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Error::on("an acknowledgement", &error)),
        Err(_) => Err(Error::Lost { why: format!("no acknowledgement went out within {} s", ACK.as_secs()) }),
    }
}
