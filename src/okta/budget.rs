//! How many calls may be made now: learnt from the limits that answers show, and never waiting itself.

mod window;

use chrono::{DateTime, TimeDelta, Utc};

use super::limits::Limits;
use crate::domain::urgency::Urgency;
use window::{Room, Window};

/// While nothing is known, one more call goes after each of these without an answer.
const HUNG: TimeDelta = TimeDelta::seconds(3);
/// While nothing is known of a window but its limit, this part of it may be spent, and not more calls than that.
const FEW: (u32, u32) = (50, 8);

/// Okta counts calls in buckets of endpoints (Okta API: rate limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bucket {
    /// Create, list, search, lifecycle and sessions.
    Users,
    /// Update by id.
    Update,
    /// Get by id or login.
    Get,
    /// Groups and their members.
    Groups,
    /// Everything else.
    Other,
}

/// Why a call may not be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As many calls are in flight as may be; the next answer frees a slot.
    Slot,
    /// Nobody knows whether there is budget; an answer that is on its way will tell.
    Answer,
    /// The budget is spent until this instant of our clock.
    Spent(DateTime<Utc>),
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
    /// Of the last window known: its limit, and whether others used it.
    last: Option<(u32, bool)>,
    /// Since when there is something in flight and no answer has come.
    unanswered_since: Option<DateTime<Utc>>,
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
    meters: [Meter; 5],
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
            meters: [Meter::default(); 5],
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

    /// Admits one call, or says what must happen first.
    pub fn take(&mut self, bucket: Bucket, urgency: Urgency, now: DateTime<Utc>) -> Result<Ticket, Refusal> {
        if self.slots_free() == 0 {
            return Err(Refusal::Slot);
        }
        let okta_now = now + self.skew.unwrap_or_default();
        let share = self.share;
        let meter = &mut self.meters[bucket as usize];
        if let Some(until) = meter.closed_until {
            // Further ahead than any wait can be: our clock was set back.
            if now < until && until - now <= longest() {
                return Err(Refusal::Spent(until));
            }
            *meter = Meter { window: None, closed_until: None, ..*meter };
        }
        meter.window = meter.window.filter(|window| window.is_open(okta_now));
        if let Some(window) = meter.window {
            match window.room(share, urgency, meter.in_flight, okta_now) {
                Room::Free => {}
                Room::Awaited => return Err(Refusal::Answer),
                Room::Spent => return Err(Refusal::Spent(now + window.wait(share, urgency, okta_now))),
            }
        }
        let known = meter.unmetered || meter.window.is_some_and(|window| window.is_fresh(now));
        if !known && meter.in_flight >= meter.venture(share, urgency, now) {
            return Err(Refusal::Answer);
        }
        Ok(self.force(bucket, now))
    }

    /// Admits one call whatever the limits: a probe, which is one call a minute.
    pub fn force(&mut self, bucket: Bucket, now: DateTime<Utc>) -> Ticket {
        self.in_flight += 1;
        let meter = &mut self.meters[bucket as usize];
        meter.in_flight += 1;
        meter.unanswered_since.get_or_insert(now);
        Ticket { bucket, generation: self.generation }
    }

    /// Learns from how a call ended.
    pub fn settle(&mut self, ticket: Ticket, outcome: Outcome, now: DateTime<Utc>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let meter = &mut self.meters[ticket.bucket as usize];
        meter.in_flight = meter.in_flight.saturating_sub(1);
        meter.unanswered_since = (meter.in_flight > 0).then_some(now);
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
            meter.last = meter.last.map(|(limit, _)| (limit, true));
            return;
        }
        match Window::shown(&limits, now, now + self.skew.unwrap_or_default()) {
            Some(shown) => {
                meter.unmetered = false;
                let mut window = meter.window.map_or(shown, |known| known.merge(shown));
                window.compare(meter.in_flight);
                meter.last = Some((window.limit, window.others > 0));
                meter.window = Some(window);
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

impl Meter {
    /// How many calls may be in flight while nobody knows what is left: one, or a few if a window
    /// that has just begun is ours alone; one more for a leaver, and one more whenever answers fail
    /// to come, so that a call that hangs does not hold up the rest.
    fn venture(&self, share: f64, urgency: Urgency, now: DateTime<Utc>) -> u32 {
        let few = match self.last {
            Some((limit, false)) if self.window.is_none() => {
                (window::ours(limit, share) / FEW.0).clamp(1, FEW.1)
            }
            _ => 1,
        };
        let hung = self.unanswered_since.map_or(0, |since| (now - since).num_seconds() / HUNG.num_seconds());
        few + u32::from(urgency == Urgency::Leaver) + u32::try_from(hung).unwrap_or_default()
    }
}

fn longest() -> TimeDelta {
    TimeDelta::from_std(super::limits::LONGEST).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
