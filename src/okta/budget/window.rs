//! One window of one bucket, as Okta's answers show it.

use chrono::{DateTime, TimeDelta, Utc};

use super::Limits;
use super::longest;
use crate::domain::urgency::Urgency;

/// Okta's clock shows whole seconds, so a window is surely over one second after its end.
const MARGIN: TimeDelta = TimeDelta::seconds(1);
/// So long before the window's end, what was kept for leavers is given to all.
const RELEASE: TimeDelta = TimeDelta::seconds(3);
/// What an answer showed longer ago, other clients of the org may have spent since.
const FRESH: TimeDelta = TimeDelta::seconds(1);
/// Calls of others to expect for each of ours, at most.
const MOST_OTHERS: u32 = 10;

/// Whether a window has a call left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Yes.
    Free,
    /// Perhaps: the answers on their way will tell.
    Awaited,
    /// No.
    Spent,
}

/// A window whose limits are known. Times are by Okta's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// How many calls it has, for all who share it.
    pub limit: u32,
    /// Calls of others in it, as far as answers have shown.
    pub others: u32,
    /// Calls of others to expect while one of ours is on its way.
    pace: u32,
    /// The least that an answer showed.
    remaining: u32,
    reset: DateTime<Utc>,
    /// Calls of ours that were counted in it.
    spent: u32,
    /// When the latest answer came, by our clock: a late one moves what we take for Okta's.
    seen_at: DateTime<Utc>,
}

impl Window {
    /// The window that an answer shows, if it shows one.
    pub fn shown(limits: &Limits, now: DateTime<Utc>, okta_now: DateTime<Utc>) -> Option<Self> {
        let reset = DateTime::from_timestamp(limits.reset?, 0)?.min(okta_now + longest());
        let limit = limits.limit.filter(|limit| *limit > 0)?;
        Some(Self { limit, others: 0, pace: 0, remaining: limits.remaining?, reset, spent: 1, seen_at: now })
    }

    /// Answers arrive in any order: the least of one window holds, and an earlier window says nothing.
    pub fn merge(self, shown: Self) -> Self {
        if shown.reset > self.reset + MARGIN {
            shown
        } else if shown.reset + MARGIN < self.reset {
            self
        } else {
            Self {
                remaining: shown.remaining.min(self.remaining),
                reset: shown.reset.max(self.reset),
                spent: self.spent.saturating_add(1),
                others: self.others,
                pace: self.pace,
                ..shown
            }
        }
    }

    /// Finds out how much others have spent; so many calls of ours may be counted already.
    pub fn compare(&mut self, in_flight: u32) {
        let counted = self.limit.saturating_sub(self.remaining);
        let others = counted.saturating_sub(self.spent.saturating_add(in_flight));
        // A burst is over after some answers that show no more of it.
        let more = others.saturating_sub(self.others).min(MOST_OTHERS);
        self.pace = more.max(self.pace - self.pace.div_ceil(4));
        self.others = self.others.max(others);
    }

    /// Counts a call that Okta may have counted, though no answer came.
    pub fn count_lost(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
        self.spent = self.spent.saturating_add(1);
    }

    /// Whether it still holds. An end further ahead than any window's means that our clock was set back.
    pub fn is_open(&self, okta_now: DateTime<Utc>) -> bool {
        okta_now < self.reset + MARGIN && self.reset - okta_now <= longest()
    }

    /// Whether what it shows is what still holds, whoever else uses it.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (now - self.seen_at).abs() <= FRESH
    }

    /// Whether one more call may be made, while so many are in flight.
    pub fn room(&self, share: f64, urgency: Urgency, in_flight: u32, okta_now: DateTime<Utc>) -> Room {
        let kept = self.kept(share, urgency, okta_now);
        let (all, own) = (self.remaining.saturating_sub(kept), self.own(share).saturating_sub(kept));
        // While our calls are on their way others go on as they did: the last ones go one at a time.
        let last_ones = self.others > 0 && all <= MOST_OTHERS;
        let expected = if last_ones { MOST_OTHERS } else { self.pace + 1 };
        if all == 0 || own == 0 {
            Room::Spent
        } else if all <= in_flight.saturating_mul(expected) || own <= in_flight {
            Room::Awaited
        } else {
            Room::Free
        }
    }

    /// How long until a call of this urgency has a chance, if none is left for it now.
    pub fn wait(&self, share: f64, urgency: Urgency, okta_now: DateTime<Utc>) -> TimeDelta {
        let left = self.left(share);
        let shared_out = matches!(urgency, Urgency::Joiner | Urgency::Change) && left > 0;
        let until = if shared_out { self.reset - RELEASE } else { self.reset + MARGIN };
        (until - okta_now).clamp(TimeDelta::zero(), longest())
    }

    /// Calls that are left for us.
    pub fn left(&self, share: f64) -> u32 {
        self.remaining.min(self.own(share))
    }

    /// Calls of our share that are left, those in flight not yet taken off.
    fn own(&self, share: f64) -> u32 {
        ours(self.limit, share).saturating_sub(self.spent)
    }

    /// Calls that are not for this urgency.
    fn kept(&self, share: f64, urgency: Urgency, okta_now: DateTime<Utc>) -> u32 {
        let ours = ours(self.limit, share);
        match urgency {
            Urgency::Leaver => 0,
            Urgency::Repair => ours / 2,
            Urgency::Joiner | Urgency::Change if okta_now >= self.reset - RELEASE => 0,
            Urgency::Joiner | Urgency::Change => ours / 10,
        }
    }
}

/// Our share of a limit: whole calls, at least one.
pub(super) fn ours(limit: u32, share: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the share is over 0 and at most 1, so the product is between 0 and the limit"
    )]
    let ours = (f64::from(limit) * share).floor() as u32;
    ours.max(1)
}
