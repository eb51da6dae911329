//! What goes wrong, and how many more calls that may cost.

use std::time::Duration;

use okta_provisioner::sandbox::{Fault, Sandbox};

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

const LOST: Trouble = of("reply lost", Fault::ReplyLost, Done);

/// What goes wrong with the call itself.
pub const FIRST: [Trouble; 20] = [
    of("500", Fault::Status(500), Undone),
    of("503, read-only mode", Fault::Status(503), Undone),
    of("connection closed before", Fault::Dropped, Undone),
    of("page of a proxy, 502", Fault::Html(502), Undone),
    of("page instead of the answer, 200", Fault::Html(200), Undone),
    of("412", Fault::Status(412), Undone),
    of("404, by a replica that lags", Fault::Status(404), Undone),
    of("403 by a proxy", Fault::Html(403), Undone),
    of("500 after acting", Fault::StatusAfter(500), Done),
    of("503 after acting", Fault::StatusAfter(503), Done),
    of("page of a proxy after acting, 502", Fault::HtmlAfter(502), Done),
    of("half of the JSON", Fault::Truncated, Done),
    of("no body", Fault::Empty, Done),
    of("gzip that is none", Fault::BadGzip, Done),
    of("connection broken within the answer", Fault::Torn, Done),
    LOST,
    of("reply after the timeout", Fault::Delay(Duration::from_mins(1)), Done),
    of("429, rate", Fault::RateLimit, Refused),
    of("429, concurrency", Fault::ConcurrencyLimit, Refused),
    of("409, still being activated", Fault::Status(409), Refused),
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

/// What an org is like, whatever happens to a call.
#[derive(Clone, Copy)]
pub struct Weather {
    name: &'static str,
    pub set: fn(&Sandbox),
    /// How many more calls it may cost.
    more: fn(Operation) -> usize,
}

/// Orders that are not about one call. A lost reply is what makes us look.
const WEATHERS: [Weather; 5] = [
    Weather {
        name: "lists lag by two hours",
        set: |org| org.faults().search_lag(Duration::from_hours(2)),
        more: |_| 0,
    },
    Weather {
        name: "a new user is not found at first",
        set: |org| org.faults().hide_new_users_from(1),
        more: |operation| usize::from(matches!(operation, Operation::Create | Operation::Activate)),
    },
    Weather {
        name: "a new user is not found for 5 s",
        set: |org| org.faults().hide_new_users(Duration::from_secs(5)),
        // A create that finds the login taken by whom two looks by login do not find: twice, as the looks
        // are ever further apart, and a last look.
        more: |operation| match operation {
            Operation::Create => 7,
            Operation::Activate => 1,
            _ => 0,
        },
    },
    Weather {
        name: "activations take 50 s",
        set: |org| org.faults().transitions_take(Duration::from_secs(50)),
        // The update of a rehire waits until the activation is over.
        more: |operation| usize::from(operation == Operation::Rehire),
    },
    Weather {
        name: "deactivated users can be updated",
        set: |org| org.allow_updates_to_deactivated(true),
        more: |_| 0,
    },
];

/// One row: what goes wrong with the call, how often in a row, and what with the first look.
#[derive(Clone, Copy)]
pub struct Case {
    pub weather: Option<Weather>,
    pub first: Option<(Trouble, usize)>,
    pub second: Option<Trouble>,
}

impl Case {
    /// Every row of the table.
    pub fn all() -> Vec<Self> {
        let nothing = Self { weather: None, first: None, second: None };
        let with = |trouble, times| Self { first: Some((trouble, times)), ..nothing };
        let mut all = vec![nothing];
        all.extend(FIRST.map(|trouble| with(trouble, 1)));
        // What follows depends on what a fault leaves, not on the fault.
        let typical = FIRST.into_iter().filter(|trouble| {
            matches!(trouble.fault, Fault::Dropped | Fault::ReplyLost | Fault::ConcurrencyLimit)
        });
        for trouble in typical {
            if trouble.leaves != Refused {
                all.extend(SECOND.map(|second| Self { second: Some(second), ..with(trouble, 1) }));
            }
            if trouble.leaves != Done {
                all.push(with(trouble, 2));
            }
        }
        for weather in WEATHERS {
            let fine = Self { weather: Some(weather), ..nothing };
            all.push(fine);
            all.push(Self { first: Some((LOST, 1)), ..fine });
        }
        all
    }

    pub fn name(self) -> String {
        if let Some(weather) = self.weather {
            let lost = if self.first.is_some() { ", and a reply is lost" } else { "" };
            return format!("{}{lost}", weather.name);
        }
        match (self.first, self.second) {
            (None, _) => "nothing".into(),
            (Some((first, 1)), None) => first.name.into(),
            (Some((first, times)), None) => format!("{}, {times} times", first.name),
            (Some((first, _)), Some(second)) => format!("{}, then {} on the look", first.name, second.name),
        }
    }

    /// Whether an operation can meet it: a create that says "not found" means a group, and of a 204 no body
    /// can be spoilt.
    pub fn meets(self, operation: Operation) -> bool {
        let Some((first, _)) = self.first else { return true };
        match first.fault {
            Fault::Status(404) => operation != Operation::Create,
            Fault::Truncated | Fault::Empty | Fault::BadGzip | Fault::Torn => {
                operation != Operation::ClearSessions
            }
            _ => true,
        }
    }

    /// Whether its time is spent waiting for an answer.
    pub fn waits(self) -> bool {
        self.first.is_some_and(|(first, _)| matches!(first.fault, Fault::Delay(_)))
    }

    /// How long the client waits for an answer: much longer than one takes that comes.
    pub fn timeout(self) -> Duration {
        Duration::from_secs(if self.waits() { 5 } else { 10 })
    }

    /// The fewest calls that an operation can do with if all that was ordered went wrong: each fault costs one.
    pub fn least(self, operation: Operation) -> usize {
        let first = self.first.map_or(0, |(_, times)| times);
        operation.calls() + first + usize::from(self.second.is_some())
    }

    /// The most calls that an operation may need.
    pub fn most(self, operation: Operation) -> usize {
        let first = self.first.map_or(0, |(first, times)| first.more(operation) * times);
        let weather = self.weather.map_or(0, |weather| (weather.more)(operation));
        operation.calls() + first + weather + usize::from(self.second.is_some())
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
