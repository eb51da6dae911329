//! Reading everybody from HR, and taking in what no event had told.

mod daily;
mod when;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(super) use self::daily::run;
pub use self::when::Daily;
use super::announce;
use super::clock::Clock;
use crate::bob::{Client, Fault, Reading, Verdict};
use crate::domain::event::Event;
use crate::domain::news::News;
use crate::ledger::{Found, Ledger, LedgerError, key};
use crate::retry;

/// People are taken in by so many: one write to the disk each.
const CHUNK: usize = 500;
/// How often somebody is asked for by id before that is left to the next run.
const MOST_ATTEMPTS: u32 = 5;
/// So many people in a row whom HR does not answer for are not about somebody.
const SEVERAL: u32 = 3;
/// After one for whom it does not, the next is asked for later.
const PAUSE: Duration = Duration::from_secs(1);

/// One reading of everybody.
pub struct Sync<'a> {
    /// Where what HR says is kept.
    pub ledger: &'a Ledger,
    /// HR.
    pub bob: &'a Client,
    /// The time.
    pub clock: &'a Clock,
    /// How long a read may lag behind a change.
    pub settle: TimeDelta,
    /// Whether an operator's command reads, and no daemon.
    pub by_hand: bool,
}

/// What a reading of everybody has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// When everybody was asked for.
    pub began: DateTime<Utc>,
    /// When everything was taken in.
    pub ended: DateTime<Utc>,
    /// How many people HR has.
    pub people: usize,
    /// People of whom no event had told that they start.
    pub joined: usize,
    /// People whose fields are others than events had told.
    pub changed: usize,
    /// People of whom no event had told that they leave.
    pub left: usize,
    /// People whose leave or start was taken back.
    pub cancelled: usize,
    /// People whom HR's list left out for the first time.
    pub missing: usize,
    /// People whom HR does not know any more; counted in `left` as well.
    pub gone: usize,
    /// So many were left out, of so many, that nobody was taken for gone.
    pub doubtful: Option<(usize, usize)>,
    /// Entries of the list that were no person that could be read: then nobody is taken for missing.
    pub unreadable: usize,
    /// Tracked fields that HR showed of nobody.
    pub hidden: BTreeSet<String>,
    /// Calls for people.
    pub calls: u32,
}

/// How the present reading of everybody fares, for who looks at the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When it began, or was to begin.
    pub began: DateTime<Utc>,
    /// Whether it is a `sync` that reads, and no daemon.
    pub by_hand: bool,
    /// How far it is.
    pub stage: Stage,
}

/// How far a reading of everybody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// So many people have been taken in.
    People(usize),
    /// It failed for this reason, and will be begun anew.
    Failed(String),
    /// HR is not called before this instant; why, the ledger says elsewhere.
    Waits(DateTime<Utc>),
    /// There is no HR to read from.
    NoHr,
}

impl Progress {
    /// What a daemon says of it.
    pub(super) fn of_daemon(began: DateTime<Utc>, stage: Stage) -> Self {
        Self { began, by_hand: false, stage }
    }

    pub(super) async fn leave(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        let text = serde_json::to_string(self)?;
        ledger.set_meta(key::SYNCING, Some(text)).await
    }
}

/// A reading that did not come to its end. What was taken in stays; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// HR did not answer as it should.
    #[error(transparent)]
    Bob(#[from] Fault),
    /// What it answered cannot be written down.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Sync<'_> {
    /// Reads everybody. `tell` hears how many people have been taken in, each time that there are more.
    ///
    /// # Errors
    ///
    /// HR or the ledger.
    pub async fn run(&self, mut tell: impl FnMut(usize)) -> Result<Outcome, SyncError> {
        let began = self.clock.now();
        let mut outcome = Outcome { began, calls: 1, ..Outcome::default() };
        self.note(began, 0).await?;
        let mut everybody = self.bob.everybody().await?;
        let (mut listed, mut chunk, mut said) = (HashSet::new(), Vec::with_capacity(CHUNK), began);
        loop {
            let reading = everybody.next().await?;
            let ended = reading.is_none();
            if let Some(reading) = reading {
                outcome.see(&reading);
                listed.insert(reading.employee.clone());
                said = reading.asked;
                chunk.push(self.event(reading));
            }
            if chunk.len() == CHUNK || ended {
                self.take_in(std::mem::take(&mut chunk), began, &mut outcome).await?;
                self.note(began, outcome.people).await?;
                tell(outcome.people);
            }
            if ended {
                break;
            }
        }
        outcome.unreadable = everybody.left_out();
        if outcome.unreadable == 0 {
            self.look_for_missing(listed, said, &mut outcome).await?;
        }
        outcome.ended = self.clock.now();
        let told = serde_json::to_string(&outcome).map_err(LedgerError::from)?;
        self.ledger.set_meta(key::SYNCED, Some(told)).await?;
        self.ledger.set_meta(key::SYNCING, None).await?;
        Ok(outcome)
    }

    /// Tells whoever looks how many people have been taken in.
    async fn note(&self, began: DateTime<Utc>, people: usize) -> Result<(), LedgerError> {
        Progress { began, by_hand: self.by_hand, stage: Stage::People(people) }.leave(self.ledger).await
    }

    fn event(&self, reading: Reading) -> Event {
        Event::read(reading.employee, reading.asked, self.settle, reading.fields)
    }

    async fn take_in(
        &self,
        reads: Vec<Event>,
        asked: DateTime<Utc>,
        outcome: &mut Outcome,
    ) -> Result<(), LedgerError> {
        let found = self.ledger.compare(reads, asked, self.settle, self.clock.now()).await?;
        for Found { news, activity } in found {
            announce(&activity);
            *match news {
                News::Joined => &mut outcome.joined,
                News::Changed => &mut outcome.changed,
                News::Left => &mut outcome.left,
                News::Cancelled => &mut outcome.cancelled,
            } += 1;
        }
        Ok(())
    }

    /// Whom a complete list leaves out is noted, and asked for by id if a list of another day did so too. `said`:
    /// when the list was asked for, by HR's clock.
    async fn look_for_missing(
        &self,
        listed: HashSet<String>,
        said: DateTime<Utc>,
        outcome: &mut Outcome,
    ) -> Result<(), SyncError> {
        let missing = self.ledger.missing(Arc::new(listed), outcome.began).await?;
        outcome.doubtful = missing.doubtful;
        outcome.missing = missing.noted.len();
        missing.noted.iter().for_each(announce);
        let mut failing = 0;
        for id in missing.again {
            let asked = self.clock.now();
            let answer = self.ask(&id, &mut outcome.calls).await;
            failing = if answer.is_ok() { 0 } else { failing + 1 };
            let event = match answer {
                Ok(Some(reading)) => self.event(reading),
                Ok(None) => {
                    outcome.gone += 1;
                    Event::gone(id, said, self.settle)
                }
                Err(fault) if fault.may_be_ones_own() && fault.status.is_some() && failing < SEVERAL => {
                    tracing::warn!(
                        code = "reconcile.unclear",
                        employee = id,
                        reason = %fault,
                        "HR's list leaves this person out, and HR does not answer as it should when asked for them by id: \
                         nothing is done; asked again after the next list"
                    );
                    // Bob locks out who is refused too often.
                    self.clock.sleep(PAUSE).await;
                    continue;
                }
                Err(fault) => return Err(fault.into()),
            };
            self.take_in(vec![event], asked, outcome).await?;
        }
        Ok(())
    }

    async fn ask(&self, id: &str, calls: &mut u32) -> Result<Option<Reading>, Fault> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            *calls += 1;
            let fault = match self.bob.person(id).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            match fault.verdict {
                Verdict::Retry { after } if attempt < MOST_ATTEMPTS => {
                    let delay = retry::delay(attempt, &retry::CALLS);
                    self.clock.sleep(delay.max(after.unwrap_or_default())).await;
                }
                _ => return Err(fault),
            }
        }
    }
}

impl Outcome {
    fn see(&mut self, reading: &Reading) {
        if self.people == 0 {
            self.hidden.clone_from(&reading.omitted);
        }
        self.people += 1;
        self.hidden.retain(|field| reading.omitted.contains(field));
    }
}
