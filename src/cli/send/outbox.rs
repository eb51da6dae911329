//! Publishing many: a window of messages under way, each counted once the broker has confirmed it.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use anyhow::{Context, anyhow};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::event::routing_key;
use crate::broker::{Publisher, Settings};

/// The most messages that are not confirmed yet.
const WINDOW: usize = 1000;

pub(super) struct Outbox<'a> {
    pub settings: &'a Settings,
    /// How long to wait after each message.
    pub pace: Option<Duration>,
}

impl Outbox<'_> {
    /// Publishes what `fill` makes of every line (counted from 1) when its turn comes, and tells how many there
    /// were, once all are safe.
    pub async fn send(
        &self,
        lines: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static,
        fill: impl Fn(&[u8], u32) -> Vec<u8>,
    ) -> anyhow::Result<u32> {
        let publisher = Publisher::connect(self.settings).await?;
        // Reading blocks, and standard input may take its time: meanwhile confirms are to be heard.
        let (reader, mut lines_read) = mpsc::channel(WINDOW);
        std::thread::spawn(move || lines.into_iter().try_for_each(|line| reader.blocking_send(line)));
        let mut pending = FuturesUnordered::new();
        let (mut sent, mut safe) = (0_u32, 0_u32);
        let window = if self.pace.is_some() { 1 } else { WINDOW };
        let failed = loop {
            tokio::select! {
                line = lines_read.recv(), if pending.len() < window => {
                    let Some(line) = line else { break None };
                    let line = line.context("the events cannot be read")?;
                    sent += 1;
                    let body = fill(&line, sent);
                    match publisher.publish(&routing_key(&body), &body, &BTreeMap::new()).await {
                        Ok(confirm) => pending.push(confirm.wait()),
                        Err(error) => break Some(error),
                    }
                }
                Some(confirmed) = pending.next() => {
                    if let Err(error) = confirmed { break Some(error) }
                    safe += 1;
                    if let Some(pace) = self.pace { tokio::time::sleep(pace).await }
                }
            }
        };
        let mut failed = failed;
        while let Some(confirmed) = pending.next().await {
            match confirmed {
                Ok(()) => safe += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        publisher.close().await;
        match failed {
            None => Ok(sent),
            Some(error) => {
                Err(anyhow!(error).context(format!("of {sent} events sent, {safe} were confirmed")))
            }
        }
    }
}
