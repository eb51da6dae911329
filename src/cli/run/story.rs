//! A story: what HR does in a company in memory, lived through as fast as the daemon can follow.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};

use super::company::Company;
use crate::app::compose::Pulse;
use crate::engine::clock::Clock;
use crate::sandbox::bob::{Fate, act_times};

/// How long what is due at one instant may take, in real time.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often, and how long, somebody is waited for who woke up and may wait for a later instant already.
const LATE: u32 = 2000;
const BREATH: Duration = Duration::from_millis(1);
/// What the last act leads to: midnight comes everywhere.
const EPILOGUE: TimeDelta = TimeDelta::hours(36);
/// How long after their account is there people log in.
const LOG_IN: TimeDelta = TimeDelta::hours(8);

/// Acts, each with its time.
pub(super) struct Story {
    acts: String,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

impl Story {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let acts =
            std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let times = act_times(&acts).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
            bail!("{} holds no act", path.display())
        };
        Ok(Self { begins: *first, ends: *last + EPILOGUE, acts })
    }

    /// When the first act happens.
    pub(super) fn begins(&self) -> DateTime<Utc> {
        self.begins
    }

    /// Lives through it. At each instant at which something is to happen the clock waits until that has been done,
    /// however long it takes: the end is the same on any machine.
    pub(super) async fn live(
        &self,
        company: &Company,
        pulse: &Pulse,
        clock: &Clock,
        speed: Option<u32>,
    ) -> anyhow::Result<()> {
        let Company { bob, .. } = company;
        let acts = bob.play(&self.acts).map_err(anyhow::Error::msg)?;
        let mut late = 0;
        loop {
            let done = tokio::time::timeout(PATIENCE, done(company, pulse)).await;
            done.with_context(|| format!("what happened at {} was not done within a minute", clock.now()))?;
            company.log_in(clock.now() - LOG_IN);
            if clock.now() >= self.ends {
                break;
            }
            let awaited = [clock.next_awaited(), bob.next(), Some(self.ends)].into_iter().flatten().min();
            let mut by = awaited.map_or(TimeDelta::zero(), |at| at - clock.now());
            if by <= TimeDelta::zero() {
                // Somebody is at work on what they woke up for, or waits in the midst of it.
                late += 1;
                if late < LATE {
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
                by = TimeDelta::minutes(1);
            }
            late = 0;
            if let Some(speed) = speed {
                tokio::time::sleep(by.to_std().unwrap_or_default() / speed).await;
            }
            clock.advance(by);
        }
        let refused = bob.acts_refused();
        ensure!(refused.is_empty(), "HR could not do everything: {}", refused.join("; "));
        let [webhooks, reads, writes] = company.tally();
        tracing::info!(
            code = "story.ended",
            "the story is over: HR did {acts} things, sent {webhooks} webhooks and answered {reads} calls; \
             Okta was written to {writes} times"
        );
        Ok(())
    }
}

/// Everything that is due at this instant: HR's acts, webhooks, messages, reads, calls.
async fn done(company: &Company, pulse: &Pulse) {
    company.bob.deliver().await;
    let webhooks = company.bob.webhooks();
    let taken = webhooks.iter().filter(|webhook| webhook.fate == Fate::Taken).count();
    pulse.quiet(taken).await;
}
