//! What is coming is told beforehand, and comes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use okta_provisioner::domain::guard::Limit;
use serde_json::{Value, json};

use super::{person, rules, story, story_of, usual, with};
use crate::support::world::{Setup, World, event};

type Done = (DateTime<Utc>, String, String);

/// What was announced, a word for each call.
fn announced(upcoming: &Value) -> BTreeSet<Done> {
    let coming = upcoming["coming"].as_array().expect("a list");
    let each = coming.iter().flat_map(|one| {
        let at = one["at"].as_str().unwrap().parse().unwrap();
        let words = one["changes"].as_array().expect("words");
        words.iter().map(move |word| {
            (at, one["employee"].as_str().unwrap().to_owned(), word.as_str().unwrap().to_owned())
        })
    });
    each.collect()
}

/// What was done since an instant, in the same words.
fn done(world: &World, employees: &[&str], since: DateTime<Utc>) -> BTreeSet<Done> {
    let mut done = BTreeSet::new();
    for employee in employees {
        for entry in world.entries(employee).into_iter().filter(|entry| entry.at > since) {
            let call = match entry.code.as_str() {
                "user.created" => "create",
                "user.activated" => "activate",
                "user.reactivated" => "reactivate",
                "user.suspended" => "suspend",
                "user.sessions_cleared" => "clear sessions",
                "user.unsuspended" => "unsuspend",
                "user.deactivated" => "deactivate",
                "user.updated" => "update",
                "user.adopted" => "link",
                _ => continue,
            };
            done.insert((entry.at, (*employee).to_owned(), call.to_owned()));
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_is_what_is_done() {
    let policy = json!({"leaver": "suspend_first", "grace": "3d", "days_before": 2});
    let setup = Setup { rules: rules(&policy), ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            // 1 starts in Auckland, 2 leaves and comes back, 3 leaves for good, 4 is not complete, 5 has no account yet and leaves again.
            let auckland = with(&person("Ann", "2026-12-09"), &json!({"work.site": "Auckland"}));
            world.say(&event("hired", "1", "2026-11-20", &auckland)).await;
            world.say(&event("hired", "2", "2026-11-20", &person("Bea", "2026-01-01"))).await;
            world.say(&event("hired", "3", "2026-11-20", &person("Cy", "2026-01-01"))).await;
            for login in ["bea@example.com", "cy@example.com"] {
                let id = world.id(login);
                world.sandbox.set_status(&id, "ACTIVE");
            }
            world
                .say(&event(
                    "terminated",
                    "2",
                    "2026-11-21",
                    &json!({"employee.lastDayOfWork": "2026-12-05"}),
                ))
                .await;
            world.say(&event("rehired", "2", "2026-11-22", &json!({"work.startDate": "2026-12-20"}))).await;
            world
                .say(&event(
                    "terminated",
                    "3",
                    "2026-11-21",
                    &json!({"internal.terminationDate": "2026-12-10"}),
                ))
                .await;
            let nameless = with(&person("Di", "2026-12-12"), &json!({"root.surname": null}));
            world.say(&event("hired", "4", "2026-11-20", &nameless)).await;
            world.until("2026-12-01T01:00").await;

            let upcoming = world.upcoming(30);
            let since = world.clock.now();
            let announced = announced(&upcoming);
            assert!(announced.len() >= 9, "{announced:?}");
            let instants: BTreeSet<_> = announced.iter().map(|(at, ..)| *at).collect();
            for at in instants {
                world.until_instant(at).await;
            }
            world.until("2026-12-31").await;
            assert_eq!(done(world, &["1", "2", "3", "4"], since), announced);
            let coming = upcoming["coming"].as_array().unwrap();
            let of = |id: &str| coming.iter().filter(|one| one["employee"] == id).collect::<Vec<_>>();
            // Two days before the first one, at midnight in Auckland.
            assert_eq!(
                (&of("1")[0]["at"], &of("1")[0]["local"]),
                (&json!("2026-12-06T11:00:00Z"), &json!("2026-12-07T00:00:00+13:00"))
            );
            assert_eq!(
                (&of("1")[0]["zone"], &of("1")[0]["login"]),
                (&json!("Pacific/Auckland"), &json!("ann@example.com"))
            );
            assert_eq!(of("3")[1]["at"], "2026-12-14T00:00:00Z", "the end of the grace");
            assert_eq!(
                (&of("4")[0]["waits"]["for"], &of("4")[0]["changes"]),
                (&json!("bad_profile"), &json!([]))
            );
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_hr_moved_says_from_when() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-11-01"))).await;
        let leaves = |date: &str| json!({"employee.lastDayOfWork": date});
        world.say(&event("terminated", "1", "2026-11-21", &leaves("2026-12-10"))).await;
        assert_eq!(world.upcoming(30)["coming"][0]["moved"], Value::Null);
        world.until("2026-12-02").await;
        world.say(&event("changed", "1", "2026-12-02", &json!({"work.title": "Chef"}))).await;
        world.until("2026-12-03").await;
        world.say(&event("changed", "1", "2026-12-03", &leaves("2026-12-20"))).await;
        let upcoming = world.upcoming(30);
        assert_eq!(upcoming["coming"].as_array().unwrap().len(), 1);
        assert_eq!(upcoming["coming"][0]["at"], "2026-12-21T00:00:00Z");
        let moved = json!({"from": "2026-12-11T00:00:00Z", "recorded_at": "2026-12-03T00:00:00Z",
            "event": "1-changed-2026-12-03"});
        assert_eq!(upcoming["coming"][0]["moved"], moved);

        // It is over and done with: a later leave is another one.
        world.until("2026-12-21").await;
        let back = json!({"work.startDate": "2026-12-22"});
        world.say(&event("rehired", "1", "2026-12-21", &back)).await;
        world.until("2026-12-22").await;
        world.say(&event("terminated", "1", "2026-12-22", &leaves("2027-01-05"))).await;
        let upcoming = world.upcoming(30);
        assert_eq!(upcoming["coming"][0]["at"], "2027-01-06T00:00:00Z");
        assert_eq!(upcoming["coming"][0]["moved"], Value::Null, "{upcoming}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_today_is_told_as_well() {
    story(async |world| {
        let nameless = with(&person("Ann", "2026-11-01"), &json!({"root.surname": null}));
        world.say(&event("hired", "1", "2026-11-20", &nameless)).await;
        world.say(&event("hired", "2", "2026-11-20", &person("Bea", "2026-11-01"))).await;
        let upcoming = world.upcoming(14);
        let waiting = upcoming["waiting"].as_array().unwrap();
        assert_eq!(waiting.len(), 1, "{upcoming}");
        assert_eq!(
            (&waiting[0]["employee"], &waiting[0]["waits"]["for"]),
            (&json!("1"), &json!("bad_profile"))
        );
        assert_eq!(upcoming["coming"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_be_held_or_is_protected_is_told_before_the_day() {
    let mut rules = rules(&json!({"leaver": "suspend_first", "grace": "1d"}));
    rules.guard.cuts = Limit { count: 2, share: 0.0 };
    rules.guard.field = None;
    rules.protect.employees.insert("5".into());
    story_of(
        Setup { rules, ..usual() },
        |_| {},
        async |world| {
            for (id, name) in [("1", "Ann"), ("2", "Bea"), ("3", "Cy"), ("4", "Di"), ("5", "Ed")] {
                world.say(&event("hired", id, "2026-11-20", &person(name, "2026-01-01"))).await;
                let account = world.id(&format!("{}@example.com", name.to_lowercase()));
                world.sandbox.set_status(&account, "ACTIVE");
                let day = if id == "4" { "2026-12-11" } else { "2026-12-10" };
                let leaves = json!({"employee.lastDayOfWork": day});
                world.say(&event("terminated", id, "2026-11-21", &leaves)).await;
            }
            let upcoming = world.upcoming(14);
            let coming = upcoming["coming"].as_array().unwrap();
            let waits = |id: &str| {
                let of = coming.iter().filter(|one| one["employee"] == id);
                of.map(|one| one["waits"]["for"].as_str().map(str::to_owned)).collect::<Vec<_>>()
            };
            let [held, protected] = ["over_limit", "protected"].map(|code| Some(code.to_owned()));
            assert_eq!((waits("1"), waits("2")), (vec![None, None], vec![None, None]), "both steps of both");
            assert_eq!((waits("3")[0].clone(), waits("5")[0].clone()), (held, protected), "{upcoming}");
            assert_eq!(waits("4"), [None, None], "a day later there is room again");
            world.until("2026-12-11").await;
            assert_eq!(["1", "2", "3", "5"].map(|id| world.block(id)).iter().flatten().count(), 2);
            assert_eq!(world.block("5"), Some("protected"));
            // Who is held shows among those who wait, with the batch that an operator decides on.
            let waiting = world.upcoming(14)["waiting"].clone();
            let held = waiting.as_array().unwrap().iter().filter(|one| one["waits"]["for"] == "over_limit");
            assert_eq!(held.count(), 1, "{waiting}");
        },
    )
    .await;
}
