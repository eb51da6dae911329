//! A publisher that stays connected by itself: for whoever cannot wait until the broker is back.
//!
//! One task has the connection. It takes what lies ready, publishes all of it, waits for all confirms, and
//! then answers everybody: a message that came back may show at another's confirm, so a batch is good only
//! as a whole.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::{Error, Publisher, Settings};
use crate::retry;

/// The most messages in one batch, and the most that wait for the next one.
const BATCH: usize = 32;
/// How long a batch may stay unconfirmed: less than Bob waits for an answer (10 s).
const CONFIRM: Duration = Duration::from_secs(7);
/// How often an idle connection is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The near end. Clones share the connection; when the last one is dropped, it is closed.
#[derive(Clone)]
pub struct Outlet(mpsc::Sender<Job>);

/// A message to be published to `broker.exchange`, persistent and mandatory.
pub struct Parcel {
    /// At most 255 bytes.
    pub routing_key: String,
    /// JSON.
    pub body: Vec<u8>,
    /// Small: they must fit into one frame (128 KiB).
    pub headers: BTreeMap<String, String>,
}

struct Job {
    parcel: Parcel,
    answer: oneshot::Sender<Result<(), Error>>,
}

impl Outlet {
    /// Publishes, and returns once the broker has taken the message over. Messages of which nobody waits for
    /// the outcome any more may be left out.
    ///
    /// # Errors
    /// Why it is not known to be safe: at once while the broker is away, else within 7 s. It may have
    /// arrived all the same.
    pub async fn publish(&self, parcel: Parcel) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let gone = || Error::Lost { why: "nothing is published any more".to_owned() };
        self.0.send(Job { parcel, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// An outlet, and the task to run for it: connected at once and again whenever the connection is lost, until
/// the outlet is dropped. It says each change once.
pub fn outlet(settings: Settings) -> (Outlet, impl Future<Output = ()> + Send) {
    let (sender, jobs) = mpsc::channel(BATCH);
    (Outlet(sender), Keeper { settings, jobs, trouble: None }.keep())
}

struct Keeper {
    settings: Settings,
    jobs: mpsc::Receiver<Job>,
    /// What was said last and still holds.
    trouble: Option<Error>,
}

impl Keeper {
    async fn keep(mut self) {
        let mut attempt = 0;
        loop {
            let settings = self.settings.clone();
            match self.meanwhile(Publisher::connect(&settings)).await {
                None => return,
                Some(Err(error)) => self.lost(error),
                Some(Ok(publisher)) => {
                    let publisher = publisher.of("application/json");
                    if !self.pass_on(&publisher, &mut attempt).await {
                        return publisher.close().await;
                    }
                    // To a broker that is silent, this takes a while.
                    self.meanwhile(publisher.close()).await;
                }
            }
            attempt += 1;
            if self.meanwhile(sleep(retry::delay(attempt, &retry::RECONNECT))).await.is_none() {
                return;
            }
        }
    }

    /// Waits for it, and refuses whatever comes meanwhile. Before there was any trouble, it is let wait.
    /// Nothing once nobody is left who could want anything.
    async fn meanwhile<T>(&mut self, it: impl Future<Output = T>) -> Option<T> {
        let mut it = pin!(it);
        loop {
            let Some(trouble) = &self.trouble else { return Some(it.await) };
            tokio::select! {
                it = &mut it => return Some(it),
                job = self.jobs.recv() => {
                    // Whoever has stopped waiting needs no answer.
                    let _ = job?.answer.send(Err(trouble.clone()));
                }
            }
        }
    }

    /// Publishes until something goes wrong, and says what; or until nobody is left, which is false.
    /// `attempt` begins anew once the connection was of use.
    async fn pass_on(&mut self, publisher: &Publisher, attempt: &mut u32) -> bool {
        // What shows only in publishing is not mended by a connection.
        if !matches!(self.trouble, Some(Error::Unroutable { .. } | Error::NotTaken { .. })) {
            self.connected();
        }
        loop {
            let first = tokio::select! {
                job = self.jobs.recv() => job,
                () = sleep(LOOK) => {
                    if !publisher.is_connected() {
                        self.lost(Error::Lost { why: "it is closed".to_owned() });
                        return true;
                    }
                    *attempt = 0;
                    continue;
                }
            };
            let Some(first) = first else { return false };
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(job) = self.jobs.try_recv()
            {
                batch.push(job);
            }
            batch.retain(|job| !job.answer.is_closed());
            if batch.is_empty() {
                continue;
            }
            let sent =
                timeout(CONFIRM, publish(publisher, &batch)).await.unwrap_or_else(|_| Err(self.silent()));
            match &sent {
                Err(error) => self.lost(error.clone()),
                Ok(()) if self.trouble.is_some() => self.connected(),
                Ok(()) => {}
            }
            let failed = sent.is_err();
            for job in batch {
                let _ = job.answer.send(sent.clone());
            }
            if failed {
                return true;
            }
            *attempt = 0;
        }
    }

    fn connected(&mut self) {
        tracing::info!(code = "broker.outlet_connected", "messages can be published");
        self.trouble = None;
    }

    fn lost(&mut self, error: Error) {
        if !self.trouble.as_ref().is_some_and(|told| told.same_trouble(&error)) {
            let reason = error.to_string();
            tracing::warn!(
                code = "broker.outlet_lost",
                reason,
                "nothing is published; it is tried again until it works"
            );
            self.trouble = Some(error);
        }
    }

    fn silent(&self) -> Error {
        let why = format!("no answer within {} s; is the broker short of memory or disk?", CONFIRM.as_secs());
        Error::NotTaken { exchange: self.settings.exchange.clone(), why }
    }
}

async fn publish(publisher: &Publisher, batch: &[Job]) -> Result<(), Error> {
    let mut confirms = Vec::with_capacity(batch.len());
    for Job { parcel, .. } in batch {
        confirms.push(publisher.publish(&parcel.routing_key, &parcel.body, &parcel.headers).await?);
    }
    for confirm in confirms {
        confirm.wait().await?;
    }
    Ok(())
}
