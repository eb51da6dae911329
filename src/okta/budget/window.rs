//! One window of one bucket, as Okta's answers show it.

use chrono::{DateTime, TimeDelta, Utc};

use super::Limits;
use super::longest;
use crate::domain::urgency::Urgency;

/// Okta's clock shows whole seconds, so a window is surely over one second after its end.
const MARGIN: TimeDelta = TimeDelta::seconds(1);
/// So long before the window's end, what was kept for leavers is given to all.
const RELEASE: TimeDelta = TimeDelta::seconds(3);

/// A window whose limits are known. Times are by Okta's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    limit: u32,
    /// The least that an answer showed.
    remaining: u32,
    reset: DateTime<Utc>,
    /// Calls of ours that were counted in it.
    spent: u32,
}

impl Window {
    /// The window that an answer shows, if it shows one.
    pub fn shown(limits: &Limits, okta_now: DateTime<Utc>) -> Option<Self> {
        let reset = DateTime::from_timestamp(limits.reset?, 0)?;
        let limit = limits.limit.filter(|limit| *limit > 0)?;
        Some(Self { limit, remaining: limits.remaining?, reset: reset.min(okta_now + longest()), spent: 1 })
    }

    /// Answers arrive in any order: the least of one window holds, and an earlier window says nothing.
    pub fn merge(self, shown: Self) -> Self {
        if shown.reset > self.reset + MARGIN {
            shown
        } else if shown.reset + MARGIN < self.reset {
            self
        } else {
            Self {
                limit: shown.limit,
                remaining: shown.remaining.min(self.remaining),
                reset: shown.reset.max(self.reset),
                spent: self.spent.saturating_add(1),
            }
        }
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

    /// Calls left for us, those in flight not yet taken off.
    pub fn left(&self, share: f64) -> u32 {
        self.remaining.min(self.ours(share).saturating_sub(self.spent))
    }

    /// Calls that are not for this urgency.
    pub fn kept(&self, share: f64, urgency: Urgency, okta_now: DateTime<Utc>) -> u32 {
        let ours = self.ours(share);
        match urgency {
            Urgency::Leaver => 0,
            Urgency::Repair => ours / 2,
            Urgency::Joiner | Urgency::Change if okta_now >= self.reset - RELEASE => 0,
            Urgency::Joiner | Urgency::Change => ours / 10,
        }
    }

    /// How long until a call of this urgency has a chance, if none is left for it now.
    pub fn wait(&self, share: f64, urgency: Urgency, okta_now: DateTime<Utc>) -> TimeDelta {
        let shared_out = matches!(urgency, Urgency::Joiner | Urgency::Change) && self.left(share) > 0;
        let until = if shared_out { self.reset - RELEASE } else { self.reset + MARGIN };
        (until - okta_now).max(TimeDelta::zero())
    }

    fn ours(&self, share: f64) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the share is over 0 and at most 1, so the product is between 0 and the limit"
        )]
        let ours = (f64::from(self.limit) * share).floor() as u32;
        ours.max(1)
    }
}
