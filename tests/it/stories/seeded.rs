//! Weeks of anything, from a seed: the mirror says what Okta holds after every call, and nobody is looked at
//! without a reason.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::{Value, json};

use super::{person, story};
use crate::support::random::Random;
use crate::support::world::{World, event};

const PEOPLE: usize = 8;
const STEPS: usize = 80;
const FAULTS: [Fault; 8] = [
    Fault::Status(500),
    Fault::StatusAfter(500),
    Fault::StatusAfter(503),
    Fault::Dropped,
    Fault::ReplyLost,
    Fault::RateLimit,
    Fault::ConcurrencyLimit,
    Fault::Html(502),
];

/// What became of the calls, by the answer that came before: failed calls, and looks that followed.
#[derive(Default)]
struct Tally {
    calls: usize,
    failed: BTreeMap<String, usize>,
    looks: BTreeMap<String, usize>,
}

const FRESHNESS: &str = "none, and a suspension needs a status of this minute";

impl Tally {
    /// The calls that came of what HR said of somebody.
    fn add(&mut self, world: &World, employee: usize) {
        let access = world.known(&employee.to_string()).and_then(|person| person.access);
        let suspends = access.as_deref() == Some("suspended");
        let mut last: Option<String> = None;
        let calls = world.sandbox.take_calls();
        let own = |path: &str| path.starts_with("/api/v1/users/") && !path.ends_with("/me");
        for call in calls.iter().filter(|call| own(&call.path) || call.method != "GET") {
            self.calls += 1;
            let answer = match call.status {
                0 => format!("{} without an answer", call.method),
                status => format!("{} {status}", call.method),
            };
            if call.method == "GET" {
                let refused =
                    last.as_ref().is_some_and(|last| last.ends_with(" 429") && !last.starts_with("GET"));
                assert!(!refused, "a refusal leaves nothing to look for: {calls:#?}");
                let why = last.take().unwrap_or_else(|| FRESHNESS.to_owned());
                *self.looks.entry(why).or_default() += 1;
            }
            let failed = call.status == 0 || call.status >= 400;
            if failed {
                *self.failed.entry(answer.clone()).or_default() += 1;
            }
            // When a refused suspension may be tried again, the status is no longer of the last minute.
            last = (failed && !(call.status == 429 && suspends)).then_some(answer);
        }
    }

    fn print(&self) {
        println!("{} calls for people", self.calls);
        for (answer, count) in &self.failed {
            let looks = self.looks.get(answer).copied().unwrap_or_default();
            println!("{count:4} × {answer:24} {looks:4} looks");
        }
        let fresh = self.looks.get(FRESHNESS).copied().unwrap_or_default();
        println!("       {fresh:4} looks without a failure: a suspension needs a status of the last minute");
    }
}

/// What HR says next of somebody; the minute makes each later than the one before.
fn anything(random: &mut Random, employee: usize, step: usize, world: &World) -> Value {
    let at = world.clock.now().format("%Y-%m-%dT%H:%M").to_string();
    let id = employee.to_string();
    let name = format!("Person{employee}");
    let day = |ahead: i64| (world.clock.now() + TimeDelta::days(ahead)).format("%Y-%m-%d").to_string();
    let fields = match if step < PEOPLE { 0 } else { random.below(10) } {
        0 => return event("hired", &id, &at, &person(&name, "2026-12-01")),
        1 | 2 => json!({"root.email": format!("{name}.{step}@example.com")}),
        3 => return event("terminated", &id, &at, &json!({"employee.lastDayOfWork": day(-1)})),
        4 => {
            return event(
                "rehired",
                &id,
                &at,
                &json!({"work.startDate": day(0), "employee.lastDayOfWork": null}),
            );
        }
        5 => return event("access_revoked", &id, &at, &json!({})),
        6 => return event("access_restored", &id, &at, &json!({})),
        _ => json!({"work.title": (*random_of(random, &["Cook", "Chef", "Baker"])), "work.department":
            random_of(random, &[json!("Kitchen"), json!(null), json!("Bar")])}),
    };
    event("changed", &id, &at, &fields)
}

fn random_of<'a, T>(random: &mut Random, items: &'a [T]) -> &'a T {
    &items[random.below(items.len())]
}

/// Whoever waits for another attempt gets it.
async fn settle(world: &World) {
    for _ in 0..60 {
        world.quiet().await;
        let waits = |(what, _): &(String, i64)| matches!(what.as_str(), "retry" | "budget");
        if !world.summary().waiting.iter().any(waits) {
            return;
        }
        world.sandbox.faults().clear();
        world.pass(TimeDelta::seconds(61)).await;
    }
    panic!("somebody waits for ever: {:?}", world.summary());
}

/// Every account as the ledger has it and as Okta has it; times are Okta's business.
fn agree(world: &World, step: usize) {
    let mut linked = 0;
    for employee in 0..PEOPLE {
        let Some(account) = world.known(&employee.to_string()).and_then(|person| person.account) else {
            continue;
        };
        linked += 1;
        let user = world.sandbox.user_by_login(&account.id.0).expect("a linked account is there");
        let mapped = ["login", "email", "firstName", "lastName", "title", "department", "employeeNumber"];
        let stored: BTreeMap<String, Value> = mapped
            .into_iter()
            .map(|name| (name.to_owned(), user["profile"][name].clone()))
            .filter(|(_, value)| !value.is_null())
            .collect();
        assert_eq!(account.profile, stored, "profile of {employee} after step {step}");
        assert_eq!(account.status.as_str(), user["status"], "status of {employee} after step {step}");
        assert_eq!(account.login, stored["login"], "login of {employee} after step {step}");
    }
    assert_eq!(world.users(), linked, "an account for each who has one, after step {step}");
}

async fn weeks(world: &mut World, random: &mut Random, faults: usize) -> Tally {
    let mut tally = Tally::default();
    for step in 0..STEPS {
        world.clock.advance(TimeDelta::minutes(1));
        if random.percent(faults) {
            let fault = *random_of(random, &FAULTS);
            for (method, path) in
                [("POST", "/api/v1/users"), ("DELETE", "/api/v1/users"), ("GET", "/api/v1/users/")]
            {
                world.sandbox.faults().fail_next_on(1, fault, method, path);
            }
        }
        // Everybody is hired first.
        let employee = if step < PEOPLE { step } else { random.below(PEOPLE) };
        let said = anything(random, employee, step, world);
        world.say(&said).await;
        settle(world).await;
        agree(world, step);
        tally.add(world, employee);
        if random.percent(15) {
            // Somebody logs in, which only a list shows.
            world.sandbox.faults().clear();
            // Okta's times have whole seconds: of the same second a list shows nothing new.
            world.pass(TimeDelta::minutes(1)).await;
            let users = world.sandbox.users();
            if let Some(user) = users.iter().find(|user| user["status"] == "PROVISIONED") {
                world.sandbox.set_status(user["id"].as_str().expect("an id"), "ACTIVE");
            }
            world.pass(TimeDelta::minutes(61)).await;
            agree(world, step);
            tally.add(world, employee);
        }
    }
    tally.print();
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn without_faults_nobody_is_looked_at_table() {
    let mut random = Random::seeded("weeks without faults");
    story(async |world| {
        let tally = weeks(world, &mut random, 0).await;
        assert!(tally.calls > STEPS / 8, "{} calls", tally.calls);
        let failed: usize = tally.failed.values().sum();
        let looks: usize =
            tally.looks.iter().filter(|(why, _)| *why != FRESHNESS).map(|(_, looks)| looks).sum();
        assert_eq!((failed, looks), (0, 0), "{:?} {:?}", tally.failed, tally.looks);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_faults_each_look_has_its_reason_and_the_mirror_stays_true_table() {
    let mut random = Random::seeded("weeks with faults");
    story(async |world| {
        let tally = weeks(world, &mut random, 50).await;
        for (answer, looks) in tally.looks.iter().filter(|(why, _)| *why != FRESHNESS) {
            assert!(looks <= &tally.failed[answer], "{looks} looks after {answer}");
        }
        let failed: usize = tally.failed.values().sum();
        assert!(failed > 5, "{:?}", tally.failed);
    })
    .await;
}
