//! The dead letters: gone through once, each kept, replayed or dropped.
//!
//! A broker counts how often a quorum queue has a message back from a reader, and takes it away after so many times
//! (RabbitMQ 4: twenty). So a letter that was read before is not given back but renewed: published anew as it is,
//! and taken out once the broker has confirmed that. A crash in between leaves a copy, which is the same letter.

mod history;
mod letter;
mod work;

use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use tokio::time::{sleep, timeout};

pub(super) use self::history::History;
pub use self::letter::{Letter, collapse};
use self::work::Work;
use super::error::short;
use super::publish::channel;
use super::{Error, Settings, connect, topology};

/// When none comes for so long, the queue is asked whether there are any.
const PAUSE: Duration = Duration::from_secs(2);

/// After so many pauses a broker that says that there are some, and hands out none, is not waited for any longer.
const MOST_PAUSES: u32 = 15;
/// How often it is looked whether another reader has ended, and after how long each.
const MOST_LOOKS: u32 = 40;
const LOOK: Duration = Duration::from_millis(250);
/// How many may be in hand at once: without a number, quorum queues hand out 2,000 only.
const IN_HAND: u16 = u16::MAX;

/// What is to become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It is published to `broker.exchange` again, as it first came, and taken out once that is confirmed.
    Replay,
    /// It is taken out.
    Drop,
}

/// What became of the letters, copies counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there were.
    pub letters: usize,
    /// How many are in the exchange's queues again.
    pub replayed: usize,
    /// How many were taken out, by wish or as copies of what was replayed.
    pub dropped: usize,
}

/// Goes once through the letters that are there now. `judge` gets each one with its body, in the order of the queue.
/// What comes meanwhile stays.
///
/// # Errors
/// The broker, or somebody else who reads the letters now. What was not replayed or dropped until then stays; of the
/// last hundred replayed some may stay as well.
pub async fn go_through(
    settings: &Settings,
    judge: impl FnMut(&Letter, &[u8]) -> Fate,
) -> Result<Tally, Error> {
    let connection = connect::open(settings, "dead letters").await?;
    let outcome = read(&connection, settings, judge).await;
    connect::close(&connection).await;
    outcome
}

/// What the queue says of itself.
struct Seen {
    ready: usize,
    readers: u32,
}

async fn read(
    connection: &Connection,
    settings: &Settings,
    mut judge: impl FnMut(&Letter, &[u8]) -> Fate,
) -> Result<Tally, Error> {
    let name = short(&settings.dead_letter())?;
    let nothing = Tally::default();
    let mut looks = 0;
    let before = loop {
        let Some(seen) = connect::answered(look(connection, settings)).await? else { return Ok(nothing) };
        looks += 1;
        match seen.readers {
            0 => break seen,
            _ if looks == MOST_LOOKS => return Err(Error::Busy { queue: name.to_string() }),
            // One that has just ended counts until the queue has its letters back.
            _ => sleep(LOOK).await,
        }
    };
    if before.ready == 0 {
        return Ok(nothing);
    }
    let inbox = channel(connection).await?;
    let mut consumer = connect::answered(consume(&inbox, &name)).await?;
    let mut work = Work::new(connection, settings);
    // Two that began at once both see each other now, and both leave everything as it is.
    let alone = connect::answered(look(connection, settings)).await?.is_some_and(|seen| seen.readers <= 1);
    let outcome = if alone {
        each(connection, settings, &mut consumer, before.ready, async |delivery| {
            let letter = Letter::read(&delivery);
            let fate = judge(&letter, &delivery.data);
            work.take(letter, fate, delivery).await
        })
        .await
    } else {
        Err(Error::Busy { queue: name.to_string() })
    };
    let outcome = match outcome {
        Ok(()) => work.finish().await,
        Err(error) => Err(error),
    };
    leave(&inbox, consumer).await;
    outcome.map(|()| work.tally)
}

/// Takes so many letters from the queue, or as many as there are.
async fn each(
    connection: &Connection,
    settings: &Settings,
    consumer: &mut Consumer,
    most: usize,
    mut take: impl AsyncFnMut(Delivery) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut taken, mut pauses, mut empty) = (0, 0, false);
    while taken < most {
        match timeout(PAUSE, consumer.next()).await {
            Ok(Some(Ok(delivery))) => {
                (taken, pauses, empty) = (taken + 1, 0, false);
                take(delivery).await?;
            }
            Ok(Some(Err(error))) => {
                return Err(Error::on(format!("queue `{}`", settings.dead_letter()), &error));
            }
            Ok(None) => return Err(Error::Cancelled { queue: settings.dead_letter() }),
            // Some may have expired since they were counted.
            Err(_) if empty => return Ok(()),
            Err(_) if pauses == MOST_PAUSES => {
                let why = format!("it hands out no more than {taken} of {most} dead letters");
                return Err(Error::Lost { why });
            }
            Err(_) => {
                pauses += 1;
                let seen = connect::answered(look(connection, settings)).await?;
                empty = seen.is_none_or(|seen| seen.ready == 0);
            }
        }
    }
    Ok(())
}

/// The queue as it is; nothing where it is still to be declared.
async fn look(connection: &Connection, settings: &Settings) -> Result<Option<Seen>, Error> {
    let asking = channel(connection).await?;
    let seen = match topology::dead_letters(settings)?.queue(&asking, true).await {
        Ok(queue) => Seen { ready: queue.message_count() as usize, readers: queue.consumer_count() },
        Err(Error::Missing { .. }) if settings.declare => return Ok(None),
        Err(error) => return Err(error),
    };
    let _ = asking.close(200, "OK".into()).await;
    Ok(Some(seen))
}

async fn consume(inbox: &Channel, queue: &ShortString) -> Result<Consumer, Error> {
    let wrong = |error| Error::on(format!("queue `{queue}`"), &error);
    inbox.basic_qos(IN_HAND, BasicQosOptions::default()).await.map_err(wrong)?;
    let (tag, options) = ("okta-provisioner dead".into(), BasicConsumeOptions::default());
    let consumer = inbox.basic_consume(queue.clone(), tag, options, FieldTable::default()).await;
    consumer.map_err(wrong)
}

/// Gives everything back that is still in hand. Where it fails, the end of the connection does it.
async fn leave(inbox: &Channel, consumer: Consumer) {
    let _ = timeout(PAUSE, inbox.basic_cancel(consumer.tag(), BasicCancelOptions::default())).await;
    // Later it would cancel itself, on a channel that is closed by then.
    drop(consumer);
    // In this form newer brokers do not count it as a failure.
    let all = BasicNackOptions { multiple: true, requeue: true };
    let _ = timeout(PAUSE, inbox.basic_nack(0, all)).await;
    let _ = timeout(PAUSE, inbox.close(200, "OK".into())).await;
}
