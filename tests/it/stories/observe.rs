//! What is announced while observing is what is done afterwards.

use std::collections::BTreeSet;

use okta_provisioner::ledger::{Entry, Verb};
use okta_provisioner::sandbox::Sandbox;
use serde_json::json;

use super::{create, lifecycle, person, profile, story, story_of, update, usual};
use crate::support::world::{NONE, Setup, World, event};

/// One thing that is done to an account: its name, and the attributes that it is about.
type Deed = (String, BTreeSet<String>);

fn deed(entry: Entry) -> Deed {
    (entry.code, entry.fields.into_iter().collect())
}

/// What was announced last for a person; nothing if that was taken back.
fn announced(world: &World, employee: &str) -> Vec<Deed> {
    let observed: Vec<_> = world.entries(employee).into_iter().filter(|entry| entry.observed).collect();
    let Some(last) = observed.last().map(|entry| entry.at) else { return Vec::new() };
    let last: Vec<_> = observed.into_iter().filter(|entry| entry.at == last).collect();
    let withdrawn = last.iter().any(|entry| entry.code == "employee.released");
    last.into_iter().filter(|_| !withdrawn).map(deed).collect()
}

/// What has been done to accounts since this place of the record.
fn done(world: &World, employee: &str, after: i64) -> Vec<Deed> {
    let entries = world.entries(employee).into_iter();
    let own = |entry: &Entry| entry.seq > after && entry.code.starts_with("user.") && !entry.observed;
    entries.filter(own).filter(|entry| entry.code != "user.adopted").map(deed).collect()
}

/// The place of the last row of the record about these people.
fn place(world: &World, people: &[&str]) -> i64 {
    people.iter().flat_map(|id| world.entries(id)).map(|entry| entry.seq).max().unwrap_or_default()
}

const PEOPLE: [&str; 7] = ["1", "2", "3", "4", "5", "6", "7"];

fn plant(org: &Sandbox) {
    for (id, name) in [("1", "Ann"), ("2", "Ben"), ("3", "Cyd"), ("4", "Dan"), ("7", "Gus")] {
        org.insert(profile(name, id), "ACTIVE");
    }
    // Eve left last year, and comes back.
    org.insert(profile("Eve", "5"), "DEPROVISIONED");
}

/// A month of news.
async fn month(world: &mut World) {
    for (id, name) in [("1", "Ann"), ("2", "Ben"), ("3", "Cyd"), ("4", "Dan"), ("7", "Gus")] {
        world.say(&event("hired", id, "2026-11-20", &person(name, "2026-11-01"))).await;
    }
    world.say(&event("hired", "5", "2026-11-20", &person("Eve", "2026-12-10"))).await;
    world.say(&event("hired", "6", "2026-11-20", &person("Fay", "2026-12-15"))).await;
    let leaves = |day: &str| json!({"employee.lastDayOfWork": day});
    world.say(&event("terminated", "2", "2026-12-01", &leaves("2026-12-05"))).await;
    world.say(&event("terminated", "4", "2026-12-01", &leaves("2026-12-08"))).await;
    world.say(&event("terminated", "7", "2026-12-01", &leaves("2027-01-10"))).await;
    world.until("2026-12-04").await;
    world.say(&event("changed", "1", "2026-12-04", &json!({"work.title": "Chef"}))).await;
    world.until("2026-12-06").await;
    let other = json!({"root.surname": "Moss", "root.email": "cyd.moss@example.com"});
    world.say(&event("changed", "3", "2026-12-06", &other)).await;
    world.until("2026-12-09T08:00").await;
    // Dan is no leaver after all.
    world.say(&event("changed", "4", "2026-12-09", &json!({"employee.lastDayOfWork": null}))).await;
    world.until("2026-12-20").await;
    world
        .say(&event(
            "changed",
            "1",
            "2026-12-20",
            &json!({"work.title": "Head chef", "work.department": "Kitchen"}),
        ))
        .await;
    world.until("2026-12-31").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_month_of_observing_exactly_what_was_announced_is_done() {
    story_of(Setup { apply: false, ..usual() }, plant, async |world| {
        month(world).await;
        assert_eq!((world.calls(), world.users()), (NONE.to_vec(), 6), "nothing is written");
        assert_eq!(world.summary().mode.as_deref(), Some("first_run"));
        let expected = PEOPLE.map(|id| announced(world, id));
        let names = |deeds: &[Deed]| deeds.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&expected[1]), ["user.deactivated"]);
        assert_eq!(names(&expected[2]), ["user.renamed"]);
        assert_eq!(names(&expected[3]), [""; 0], "his leave was taken back");
        assert_eq!(names(&expected[4]), ["user.reactivated"]);
        assert_eq!(names(&expected[5]), ["user.created"]);

        // What was announced is not announced again by a restart, or because it is decided again.
        let rows = world.entries("1").len();
        world.restart().await;
        world.ask(Verb::Retry, Some("1"), None).await;
        assert_eq!(world.entries("1").iter().filter(|entry| entry.observed).count(), 2);
        assert_eq!(world.entries("1").len(), rows + 1, "only the word of the operator");

        let before = place(world, &PEOPLE);
        world.ask(Verb::Mode, None, Some("apply")).await;
        for (id, expected) in PEOPLE.iter().zip(&expected) {
            assert_eq!(&done(world, id, before), expected, "employee {id}");
        }
        let deeds: usize = expected.iter().map(Vec::len).sum();
        let calls = world.calls();
        assert_eq!(calls.iter().filter(|(call, _)| !call.starts_with("GET")).count(), deeds, "{calls:?}");
        // And from then on as ever, over restarts too.
        world.restart().await;
        world.until("2027-01-11").await;
        assert_eq!(world.calls().len(), 1);
        assert_eq!(world.status("gus@example.com"), "DEPROVISIONED");
        assert_eq!(world.summary().mode, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_facts_have_changed_since_what_is_right_by_then_is_done() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let ann = world.id("ann@example.com");
        world.calls();
        world.ask(Verb::Mode, None, Some("observe")).await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        world.say(&event("hired", "2", "2026-12-01", &person("Ben", "2026-12-01"))).await;
        world.pass(chrono::TimeDelta::minutes(1)).await;
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"work.title": "Baker"}))).await;
        assert_eq!((world.calls(), announced(world, "1").len()), (NONE.to_vec(), 1));
        world.pass(chrono::TimeDelta::minutes(1)).await;
        // Ben does not start after all, and nobody is told of an account that will not be.
        world.say(&event("changed", "2", "2026-12-01T00:02", &json!({"work.startDate": "2027-03-01"}))).await;
        assert_eq!(announced(world, "2"), []);
        world.ask(Verb::Mode, None, Some("apply")).await;
        assert_eq!(world.calls(), [update(&ann, &json!({"title": "Baker"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_word_is_over_the_configuration_and_over_restarts() {
    story(async |world| {
        world.kill().await;
        world.leave(Verb::Mode, None, Some("observe"));
        world.run().await;
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        // `first_run = "apply"` ends the first run only.
        world.restart().await;
        assert_eq!((world.calls(), world.summary().mode.as_deref()), (NONE.to_vec(), Some("operator")));
        world.ask(Verb::Mode, None, Some("apply")).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_cut_in_okta_comes_back_by_an_operators_word_only() {
    let plant = |org: &Sandbox| {
        org.insert(profile("Ann", "1"), "ACTIVE");
    };
    story_of(usual(), plant, async |world| {
        let ann = world.id("ann@example.com");
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-11-01"))).await;
        world.pass(chrono::TimeDelta::hours(2)).await;
        world.sandbox.set_status(&ann, "DEPROVISIONED");
        world.pass(chrono::TimeDelta::hours(2)).await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("cut_in_okta")));
        let word = json!({"wish": ann, "why": null}).to_string();
        world.ask(Verb::Approve, Some("1"), Some(&word)).await;
        let chef = update(&ann, &json!({"title": "Chef"}));
        assert_eq!(world.calls(), [lifecycle(&ann, "activate?sendEmail=true"), chef]);
        // It is used up.
        world.pass(chrono::TimeDelta::hours(2)).await;
        world.sandbox.set_status(&ann, "DEPROVISIONED");
        world.pass(chrono::TimeDelta::hours(2)).await;
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"work.title": "Cook"}))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("cut_in_okta")));
    })
    .await;
}
