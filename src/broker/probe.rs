//! Looks at the broker for `check`, and changes nothing.

use lapin::{Connection, Queue};

use super::publish::channel;
use super::topology::{self, Pair};
use super::{Error, Settings, connect};

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Messages ready in the queue; nothing if there is no queue yet.
    pub waiting: Option<u32>,
    /// Consumers of the queue; nothing if there is no queue yet.
    pub consumers: Option<u32>,
    /// Messages set aside in the dead-letter queue; nothing if there is none yet.
    pub set_aside: Option<u32>,
    /// What an operator has to mend, each with how. With `declare = true`, what is not there yet is no
    /// problem: the daemon declares it.
    pub problems: Vec<Error>,
}

/// Connects, and looks for the exchanges and queues.
///
/// # Errors
/// The broker cannot be reached or does not let us in.
pub async fn probe(settings: &Settings) -> Result<Report, Error> {
    let (events, dead) = (topology::events(settings)?, topology::dead_letters(settings)?);
    let connection = connect::open(settings, "check").await?;
    let mut report = Report::default();
    for (pair, is_events) in [(events, true), (dead, false)] {
        let exchange = connect::answered(exchange(&connection, &pair, settings.declare)).await;
        let queue = connect::answered(queue(&connection, &pair, settings.declare)).await;
        if let Ok(Some(queue)) = &queue {
            if is_events {
                report.waiting = Some(queue.message_count());
                report.consumers = Some(queue.consumer_count());
            } else {
                report.set_aside = Some(queue.message_count());
            }
        }
        report.problems.extend(exchange.err().into_iter().chain(queue.err()));
    }
    connect::close(&connection).await;
    Ok(report)
}

// A refusal closes the channel, so each question has its own. What exists is also declared, which changes
// nothing and is how the broker tells that it was made otherwise.

async fn exchange(connection: &Connection, pair: &Pair, declare: bool) -> Result<(), Error> {
    let channel = channel(connection).await?;
    match pair.exchange(&channel, true).await {
        Ok(()) if declare => pair.exchange(&channel, false).await,
        Err(Error::Missing { .. }) if declare => Ok(()),
        found => found,
    }
}

async fn queue(connection: &Connection, pair: &Pair, declare: bool) -> Result<Option<Queue>, Error> {
    let channel = channel(connection).await?;
    match pair.queue(&channel, true).await {
        Ok(_) if declare => pair.queue(&channel, false).await.map(Some),
        Err(Error::Missing { .. }) if declare => Ok(None),
        found => found.map(Some),
    }
}
