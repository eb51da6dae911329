//! What is done with letters, a hundred at a time: published, confirmed, and only then taken out.

use std::collections::HashSet;
use std::mem;

use futures_util::future::try_join_all;
use lapin::Connection;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::types::FieldTable;

use super::history::{History, returns};
use super::{Fate, Letter, Tally};
use crate::broker::dead_letter::copy;
use crate::broker::publish::Outbox;
use crate::broker::{Error, Settings};

/// So many are on their way at once.
const BATCH: usize = 100;
/// A letter that was given back so often is renewed.
const WORN: i64 = 2;
/// And every one once so many are in hand: the broker hands out no more than 65,535 that are.
const MOST_KEPT: usize = 60_000;

/// Letters in hand, and what became of the others.
pub(super) struct Work<'a> {
    connection: &'a Connection,
    settings: &'a Settings,
    /// To where events come in, and to where dead letters do; opened when first needed.
    events: Option<Outbox>,
    dead: Option<Outbox>,
    replays: Vec<Delivery>,
    renewals: Vec<Delivery>,
    /// Copies among them: their first one is replayed before they are taken out.
    drops: Vec<Delivery>,
    replayed: HashSet<String>,
    kept: usize,
    pub tally: Tally,
}

impl<'a> Work<'a> {
    pub fn new(connection: &'a Connection, settings: &'a Settings) -> Self {
        Self {
            connection,
            settings,
            events: None,
            dead: None,
            replays: Vec::new(),
            renewals: Vec::new(),
            drops: Vec::new(),
            replayed: HashSet::new(),
            kept: 0,
            tally: Tally::default(),
        }
    }

    /// Does with a letter what is to become of it, sooner or later.
    pub async fn take(&mut self, letter: Letter, fate: Fate, delivery: Delivery) -> Result<(), Error> {
        self.tally.letters += 1;
        match fate {
            Fate::Replay if self.replayed.insert(letter.digest) => self.replays.push(delivery),
            Fate::Replay | Fate::Drop => self.drops.push(delivery),
            Fate::Keep if self.kept >= MOST_KEPT || is_worn(&delivery) => self.renewals.push(delivery),
            Fate::Keep => self.kept += 1,
        }
        if self.replays.len() + self.renewals.len() + self.drops.len() < BATCH {
            return Ok(());
        }
        self.finish().await
    }

    /// Does what is still to be done.
    pub async fn finish(&mut self) -> Result<(), Error> {
        let (replays, renewals, drops) =
            (mem::take(&mut self.replays), mem::take(&mut self.renewals), mem::take(&mut self.drops));
        if !replays.is_empty() {
            let outbox = opened(&mut self.events, self.connection, &self.settings.exchange).await?;
            publish(outbox, &replays, |history, headers| history.past().write(headers)).await?;
            acknowledge(&replays).await?;
            self.tally.replayed += replays.len();
        }
        if !renewals.is_empty() {
            let outbox = opened(&mut self.dead, self.connection, &self.settings.dead_letter()).await?;
            publish(outbox, &renewals, History::write).await?;
            acknowledge(&renewals).await?;
        }
        acknowledge(&drops).await?;
        self.tally.dropped += drops.len();
        Ok(())
    }
}

fn is_worn(delivery: &Delivery) -> bool {
    delivery.properties.headers().as_ref().map_or(0, returns) >= WORN
}

async fn opened<'o>(
    outbox: &'o mut Option<Outbox>,
    connection: &Connection,
    exchange: &str,
) -> Result<&'o Outbox, Error> {
    if outbox.is_none() {
        *outbox = Some(Outbox::open(connection, exchange).await?);
    }
    Ok(outbox.as_ref().expect("just opened"))
}

/// Returns once the broker has taken over every one.
async fn publish(
    outbox: &Outbox,
    letters: &[Delivery],
    headers: impl Fn(History, &FieldTable) -> FieldTable,
) -> Result<(), Error> {
    let none = FieldTable::default();
    let mut confirms = Vec::with_capacity(letters.len());
    for letter in letters {
        let old = letter.properties.headers().as_ref().unwrap_or(&none);
        let properties = copy(&letter.properties).with_headers(headers(History::read(old), old));
        confirms.push(outbox.publish(letter.routing_key.as_str(), &letter.data, properties).await?);
    }
    for confirm in confirms {
        confirm.wait().await?;
    }
    Ok(())
}

async fn acknowledge(letters: &[Delivery]) -> Result<(), Error> {
    let acks = letters.iter().map(|letter| letter.ack(BasicAckOptions::default()));
    let acked = try_join_all(acks).await.map_err(|error| Error::on("an acknowledgement", &error))?;
    if acked.contains(&false) {
        return Err(Error::Lost { why: "before all acknowledgements went out".to_owned() });
    }
    Ok(())
}
