//! How many messages lie in the queues: asked again and again, over one connection that is kept.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::publish::channel;
use super::{Error, Settings, connect, topology};
use crate::retry;

/// How often.
const EVERY: Duration = Duration::from_secs(15);

/// How many messages wait in the queues, as far as that was answered lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    /// In the queue that this program reads, those left out that it has in hand.
    pub events: Option<u32>,
    /// In the dead-letter queue.
    pub dead: Option<u32>,
}

/// Asks until `stop`. What goes wrong is said by who consumes; then nothing is known until it works again.
pub async fn depths(settings: &Settings, known: watch::Sender<Depths>, stop: CancellationToken) {
    let mut attempt = 0;
    let ask = async {
        loop {
            // It always ends with an error.
            let _ = session(settings, &known, &mut attempt).await;
            known.send_replace(Depths::default());
            attempt += 1;
            sleep(retry::delay(attempt, &retry::RECONNECT)).await;
        }
    };
    stop.run_until_cancelled(ask).await;
}

async fn session(settings: &Settings, known: &watch::Sender<Depths>, attempt: &mut u32) -> Result<(), Error> {
    let (events, dead) = (topology::events(settings)?, topology::dead_letters(settings)?);
    let connection = connect::open(settings, "meter").await?;
    let channel = connect::answered(channel(&connection)).await?;
    loop {
        let asked = async { Ok((events.queue(&channel, true).await?, dead.queue(&channel, true).await?)) };
        let (events, dead) = connect::answered(asked).await?;
        known.send_replace(Depths { events: Some(events.message_count()), dead: Some(dead.message_count()) });
        *attempt = 0;
        sleep(EVERY).await;
    }
}
