//! How many calls may be made now: learnt from the limits that answers show, and never waiting itself.

mod window;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::limits::Limits;
use crate::domain::urgency::Urgency;
use window::Window;

/// When to come back if only an answer is missing that is on its way.
const SOON: Duration = Duration::from_millis(50);

/// Okta counts calls in buckets of endpoints (Okta API: rate limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    /// Create, list, search, lifecycle and sessions.
    Users,
    /// Update by id.
    Update,
    /// Get by id or login.
    Get,
    /// Everything else.
    Other,
}

/// Why a call may not be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many calls are in flight as may be; the next answer frees a slot.
    Slot,
    /// The budget is spent, or not known yet: worth asking again at this instant of our clock, or
    /// as soon as an answer has come.
    Budget(DateTime<Utc>),
}

/// One call that was admitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    /// What it counts against.
    pub bucket: Bucket,
    generation: u32,
}

/// How an admitted call ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// It never left.
    Unsent,
    /// It may have reached Okta; nothing came back.
    Lost,
    /// Okta, or something before it, answered.
    Answered(Limits),
}

#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    window: Option<Window>,
    in_flight: u32,
    /// A 429 closed the bucket until then, by our clock.
    closed_until: Option<DateTime<Utc>>,
    /// Answers show no limits: a proxy strips them.
    unmetered: bool,
}

/// The budget of all buckets and of the calls in flight.
#[derive(Debug)]
pub(super) struct Budget {
    share: f64,
    most_in_flight: usize,
    /// How many may be in flight now: `most_in_flight`, less after a concurrency 429.
    allowed: usize,
    in_flight: usize,
    /// Counts the concurrency 429s obeyed, so that calls sent before one do not lower it again.
    generation: u32,
    good: usize,
    skew: Option<TimeDelta>,
    meters: [Meter; 4],
}

impl Budget {
    /// A budget that uses `share` (over 0, at most 1) of each limit and `most_in_flight` calls at once.
    pub fn new(share: f64, most_in_flight: usize) -> Self {
        Self {
            share,
            most_in_flight,
            allowed: most_in_flight,
            in_flight: 0,
            generation: 0,
            good: 0,
            skew: None,
            meters: [Meter::default(); 4],
        }
    }

    /// Okta's clock less ours, by the latest answer.
    pub fn skew(&self) -> Option<TimeDelta> {
        self.skew
    }

    /// How many more calls may be in flight.
    pub fn slots_free(&self) -> usize {
        self.allowed.saturating_sub(self.in_flight)
    }

    /// Admits one call, or says when to ask again.
    pub fn take(&mut self, bucket: Bucket, urgency: Urgency, now: DateTime<Utc>) -> Result<Ticket, Refusal> {
        if self.slots_free() == 0 {
            return Err(Refusal::Slot);
        }
        let okta_now = now + self.skew.unwrap_or_default();
        let meter = &mut self.meters[bucket as usize];
        if let Some(until) = meter.closed_until {
            // Further ahead than any wait can be: our clock was set back.
            if now < until && until - now <= longest() {
                return Err(Refusal::Budget(until));
            }
            *meter = Meter { window: None, closed_until: None, ..*meter };
        }
        meter.window = meter.window.filter(|window| window.is_open(okta_now));
        match meter.window {
            None if meter.unmetered || meter.in_flight == 0 => {}
            None => return Err(Refusal::Budget(now + SOON)),
            Some(window) => {
                let kept = window.kept(self.share, urgency, okta_now);
                if window.left(self.share) <= kept.saturating_add(meter.in_flight) {
                    // What is in flight may have been counted already: its answers will tell.
                    let until = if meter.in_flight > 0 && window.left(self.share) > kept {
                        now + SOON
                    } else {
                        now + window.wait(self.share, urgency, okta_now).min(longest())
                    };
                    return Err(Refusal::Budget(until));
                }
            }
        }
        Ok(self.force(bucket))
    }

    /// Admits one call whatever the limits: a probe, which is one call a minute.
    pub fn force(&mut self, bucket: Bucket) -> Ticket {
        self.in_flight += 1;
        self.meters[bucket as usize].in_flight += 1;
        Ticket { bucket, generation: self.generation }
    }

    /// Learns from how a call ended.
    pub fn settle(&mut self, ticket: Ticket, outcome: Outcome, now: DateTime<Utc>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let meter = &mut self.meters[ticket.bucket as usize];
        meter.in_flight = meter.in_flight.saturating_sub(1);
        let limits = match outcome {
            Outcome::Unsent => return,
            Outcome::Lost => return meter.window.iter_mut().for_each(Window::count_lost),
            Outcome::Answered(limits) => limits,
        };
        if let Some(date) = limits.date {
            self.skew = Some(date - now);
        }
        if limits.is_concurrency() {
            if ticket.generation == self.generation {
                self.allowed = (self.allowed / 2).max(1);
                self.generation = self.generation.wrapping_add(1);
                self.good = 0;
            }
            return;
        }
        if limits.status == 429 {
            meter.closed_until = limits.wait().map(|wait| now + wait);
            return;
        }
        match Window::shown(&limits, now + self.skew.unwrap_or_default()) {
            Some(shown) => {
                meter.unmetered = false;
                meter.window = Some(meter.window.map_or(shown, |known| known.merge(shown)));
            }
            // An error page of a gateway says nothing about what Okta sends.
            None => meter.unmetered |= meter.window.is_none() && limits.status < 400,
        }
        if limits.status < 500 && self.allowed < self.most_in_flight {
            self.good += 1;
            if self.good >= 10 * self.allowed {
                self.allowed += 1;
                self.good = 0;
            }
        }
    }
}

fn longest() -> TimeDelta {
    TimeDelta::from_std(super::limits::LONGEST).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests;
