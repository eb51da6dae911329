//! What goes wrong, and how many more calls that may cost.

use std::time::Duration;

use okta_provisioner::sandbox::Fault;

use super::operation::Operation;

/// What a fault leaves us with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Okta said that it has done nothing: the same call once more.
    Refused,
    /// Nothing was done, and we cannot know: a look, and the same call once more.
    Undone,
    /// It was done, and we cannot know: a look.
    Done,
}

use Leaves::{Done, Refused, Undone};

#[derive(Clone, Copy)]
pub struct Trouble {
    pub name: &'static str,
    pub fault: Fault,
    pub leaves: Leaves,
}

/// What goes wrong with the call itself.
pub const FIRST: [Trouble; 15] = [
    of("500", Fault::Status(500), Undone),
    of("503, read-only mode", Fault::Status(503), Undone),
    of("connection closed before", Fault::Dropped, Undone),
    of("page of a proxy, 502", Fault::Html(502), Undone),
    of("page instead of the answer, 200", Fault::Html(200), Undone),
    of("412", Fault::Status(412), Undone),
    of("404, by a replica that lags", Fault::Status(404), Undone),
    of("500 after acting", Fault::StatusAfter(500), Done),
    of("503 after acting", Fault::StatusAfter(503), Done),
    of("reply lost", Fault::ReplyLost, Done),
    of("reply after the timeout", Fault::Delay(Duration::from_millis(1200)), Done),
    of("429, rate", Fault::RateLimit, Refused),
    of("429, concurrency", Fault::ConcurrencyLimit, Refused),
    of("409, still being activated", Fault::Status(409), Refused),
    of("403 by a proxy", Fault::Html(403), Refused),
];

/// What then goes wrong with the look.
pub const SECOND: [Trouble; 4] = [
    of("500", Fault::Status(500), Undone),
    of("closed", Fault::Dropped, Undone),
    of("429", Fault::RateLimit, Refused),
    of("404", Fault::Status(404), Undone),
];

const fn of(name: &'static str, fault: Fault, leaves: Leaves) -> Trouble {
    Trouble { name, fault, leaves }
}

/// One row: what goes wrong with the call, how often in a row, and what with the first look.
#[derive(Clone, Copy)]
pub struct Case {
    pub first: Option<(Trouble, usize)>,
    pub second: Option<Trouble>,
}

impl Case {
    /// Every row of the table.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self { first: None, second: None }];
        all.extend(FIRST.map(|trouble| Self { first: Some((trouble, 1)), second: None }));
        // What follows depends on what a fault leaves, not on the fault.
        let typical = FIRST.into_iter().filter(|trouble| {
            matches!(trouble.fault, Fault::Dropped | Fault::ReplyLost | Fault::ConcurrencyLimit)
        });
        for trouble in typical {
            if trouble.leaves != Refused {
                all.extend(SECOND.map(|second| Self { first: Some((trouble, 1)), second: Some(second) }));
            }
            if trouble.leaves != Done {
                all.push(Self { first: Some((trouble, 2)), second: None });
            }
        }
        all
    }

    pub fn name(self) -> String {
        match (self.first, self.second) {
            (None, _) => "nothing".into(),
            (Some((first, 1)), None) => first.name.into(),
            (Some((first, times)), None) => format!("{}, {times} times", first.name),
            (Some((first, _)), Some(second)) => format!("{}, then {} on the look", first.name, second.name),
        }
    }

    /// Whether an operation can meet it: a create that says "not found" means a group.
    pub fn meets(self, operation: Operation) -> bool {
        let unknown = self.first.is_some_and(|(first, _)| first.fault == Fault::Status(404));
        operation != Operation::Create || !unknown
    }

    /// How long the client waits for an answer; short where one comes too late.
    pub fn timeout(self) -> Duration {
        let late = self.first.is_some_and(|(first, _)| matches!(first.fault, Fault::Delay(_)));
        if late { Duration::from_millis(400) } else { Duration::from_secs(10) }
    }

    /// The most calls that an operation may need.
    pub fn most(self, operation: Operation) -> usize {
        let first = self.first.map_or(0, |(first, times)| first.more(operation) * times);
        operation.calls() + first + usize::from(self.second.is_some())
    }
}

impl Trouble {
    /// How many calls more than without it.
    fn more(self, operation: Operation) -> usize {
        // Reads by login may lag: one that finds nothing does not count until another one agrees.
        let looks = if operation == Operation::Create && self.leaves == Undone { 2 } else { 1 };
        match self.leaves {
            // After the minute that a rate limit takes, a status must be seen anew before a suspension.
            Refused => 1 + usize::from(self.fault == Fault::RateLimit && operation.wants_fresh_status()),
            Done if operation.shows() => looks,
            Done | Undone => looks + 1,
        }
    }
}
