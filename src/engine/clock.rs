//! The time, and the one place that asks the system for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// Sleeping longer in one go would miss a change of the system's clock.
const NAP: Duration = Duration::from_secs(30);
/// A system's clock is set right by less than this all the time.
const SLACK: Duration = Duration::from_secs(1);

/// Where the time comes from; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    shown: watch::Sender<Shown>,
    /// The instants that are waited for, and by how many.
    awaited: Mutex<BTreeMap<DateTime<Utc>, usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    now: DateTime<Utc>,
    /// What it would show had it never been set back.
    even: DateTime<Utc>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn manual(at: DateTime<Utc>) -> Self {
        let shown = watch::Sender::new(Shown { now: at, even: at });
        let manual = Manual { shown, awaited: Mutex::default() };
        Self(Source::Manual(Arc::new(manual)))
    }

    /// What it shows.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            // What is stored has milliseconds; what is compared with it should not have more.
            Source::System => Utc::now().trunc_subsecs(3),
            Source::Manual(manual) => manual.shown.borrow().now,
        }
    }

    /// The same as a function, for rooms that know no clock.
    #[must_use]
    pub fn as_fn(&self) -> Arc<dyn Fn() -> DateTime<Utc> + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    /// Lets time pass by a manual clock, or sets it back by a negative span; the system's moves by itself.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(manual) = &self.0 {
            manual.shown.send_modify(|shown| {
                shown.now += by;
                shown.even += by.max(TimeDelta::zero());
            });
        }
    }

    /// The first instant that anybody waits for by a manual clock.
    #[must_use]
    pub fn next_awaited(&self) -> Option<DateTime<Utc>> {
        match &self.0 {
            Source::System => None,
            Source::Manual(manual) => manual.awaited().keys().next().copied(),
        }
    }

    /// Waits until the clock shows this instant or a later one. If the clock is set back meanwhile, it
    /// does not wait longer for that. A manual clock knows from the call on that the
    /// instant is awaited.
    pub fn sleep_until(&self, at: DateTime<Utc>) -> impl Future<Output = ()> + Send + '_ {
        let wake = self.wake_at(at);
        async move { drop(wake.await) }
    }

    /// The same; a manual clock takes the instant for awaited until what this gives is dropped, so that whoever
    /// moves the clock can let somebody finish what they woke up for.
    pub fn wake_at(&self, at: DateTime<Utc>) -> impl Future<Output = Awake<'_>> + Send + '_ {
        let awaited = match &self.0 {
            Source::System => None,
            Source::Manual(manual) => Some(Awaited::new(manual, at)),
        };
        async move {
            self.sleep_past(at).await;
            Awake { _awaited: awaited }
        }
    }

    /// The same for what may as well be done some hours later: whoever moves a manual clock from one awaited
    /// instant to the next need not stop at this one.
    pub async fn sleep_past(&self, at: DateTime<Utc>) {
        match &self.0 {
            Source::System => self.sleep_by_the_system(at).await,
            Source::Manual(manual) => {
                let mut shown = manual.shown.subscribe();
                let Shown { now, even } = *shown.borrow_and_update();
                let over = |shown: &Shown| shown.now >= at || shown.even - even >= at - now;
                // It cannot close: we hold the sender.
                let _ = shown.wait_for(over).await;
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    async fn sleep_by_the_system(&self, at: DateTime<Utc>) {
        let left = || (at - self.now()).to_std().unwrap_or_default();
        let (began, most) = (tokio::time::Instant::now(), left() + SLACK);
        while !left().is_zero() && began.elapsed() < most {
            tokio::time::sleep(left().min(NAP)).await;
        }
    }

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)).await;
    }
}

/// Real time that has passed, however the clocks are set: how long there has been no answer, or how old one is.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// How long ago that was.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Somebody is at work on what they woke up for.
#[derive(Debug)]
pub struct Awake<'c> {
    _awaited: Option<Awaited<'c>>,
}

impl Manual {
    fn awaited(&self) -> MutexGuard<'_, BTreeMap<DateTime<Utc>, usize>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant is waited for as long as this lives.
#[derive(Debug)]
struct Awaited<'m>(&'m Manual, DateTime<Utc>);

impl<'m> Awaited<'m> {
    fn new(manual: &'m Manual, at: DateTime<Utc>) -> Self {
        *manual.awaited().entry(at).or_default() += 1;
        Self(manual, at)
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut awaited = self.0.awaited();
        if let Some(waiting) = awaited.get_mut(&self.1) {
            *waiting -= 1;
            if *waiting == 0 {
                awaited.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_instant_is_awaited_until_whoever_woke_up_for_it_is_done() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let in_hours = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        let (woken, later) = (clock.wake_at(in_hours(1)), clock.sleep_until(in_hours(3)));
        clock.advance(TimeDelta::hours(2));
        clock.sleep_past(in_hours(2)).await;
        let awake = woken.await;
        assert_eq!(clock.next_awaited(), Some(in_hours(1)), "at work");
        drop(awake);
        assert_eq!(clock.next_awaited(), Some(in_hours(3)));
        drop(later);
        let past = clock.sleep_past(in_hours(4));
        assert_eq!(clock.next_awaited(), None, "nobody need stop for it");
        clock.advance(TimeDelta::hours(2));
        past.await;
    }
}
