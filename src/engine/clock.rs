//! The time, and the one place that asks the system for it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// Sleeping longer in one go would miss a change of the system's clock.
const NAP: Duration = Duration::from_secs(30);

/// Where the time comes from; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<DateTime<Utc>>>),
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
        Self(Source::Manual(Arc::new(watch::Sender::new(at))))
    }

    /// What it shows.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            // What is stored has milliseconds; what is compared with it should not have more.
            Source::System => Utc::now().trunc_subsecs(3),
            Source::Manual(at) => *at.borrow(),
        }
    }

    /// The same as a function, for rooms that know no clock.
    #[must_use]
    pub fn as_fn(&self) -> Arc<dyn Fn() -> DateTime<Utc> + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    /// Moves a manual clock forward; the system's moves by itself.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(at) = &self.0 {
            at.send_modify(|at| *at += by);
        }
    }

    /// Waits until the clock shows this instant or a later one.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        match &self.0 {
            Source::System => {
                while let Ok(left) = (at - self.now()).to_std()
                    && !left.is_zero()
                {
                    tokio::time::sleep(left.min(NAP)).await;
                }
            }
            Source::Manual(shown) => {
                // It cannot close: we hold the sender.
                let _ = shown.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)).await;
    }
}
