//! HR saves something: Bob tells of it, it is read, and Okta has it.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{create, person, profile, story_of, update, usual};
use crate::support::world::{NONE, Setup, World, event};

/// A world whose HR is a Bob.
pub async fn bobs(tell: impl AsyncFnOnce(&mut World)) {
    story_of(Setup { bob: true, ..usual() }, |_| {}, tell).await;
}

/// What HR is told of a new person.
pub fn hired(name: &str) -> Value {
    let mut fields = person(name, "2026-11-02");
    fields.as_object_mut().expect("an object").remove("work.startDate");
    fields["work.site"] = json!("London");
    fields
}

/// Ann works here as number 1, and all that HR had to say of it has been read.
pub async fn employed(world: &mut World) -> String {
    world.hire("1", "2026-11-02", &hired("Ann"));
    world.deliver().await;
    world.go(TimeDelta::minutes(1)).await;
    assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    assert_eq!(world.bob_calls(), ["person 1", "person 1"], "at once, and when it is sure to be seen");
    // No two reads are of one moment.
    world.go(TimeDelta::seconds(1)).await;
    world.id("ann@example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_two_reads_and_one_update() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().change("1", json!({"work.title": "Chef"}));
        world.deliver().await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        assert_eq!(world.entries("1").last().expect("a decision").lag_ms, Some(0), "since Bob told of it");
        world.go(TimeDelta::seconds(24)).await;
        assert_eq!(world.bob_calls(), [""; 0]);
        let decisions = world.decisions("1").len();
        world.go(TimeDelta::seconds(1)).await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        assert_eq!(world.decisions("1").len(), decisions, "what says nothing new leaves no trace");
        world.go(TimeDelta::hours(2)).await;
        assert_eq!((world.bob_calls().len(), world.calls()), (0, NONE.to_vec()));
        assert_eq!(world.person("1").read_wanted, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_quick_changes_are_two_reads_and_one_update() {
    bobs(async |world| {
        let id = employed(world).await;
        for n in 0..10 {
            world.bob().change("1", json!({"work.title": format!("Chef {n}")}));
        }
        world.deliver().await;
        world.go(TimeDelta::minutes(2)).await;
        assert_eq!(world.bob_calls(), ["person 1", "person 1"]);
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef 9"}))]);
        // Over some seconds: the first is seen at once, and what comes after is seen together.
        for n in 0..10 {
            world.bob().change("1", json!({"work.title": format!("Cook {n}")}));
            world.deliver().await;
            world.go(TimeDelta::seconds(1)).await;
        }
        world.go(TimeDelta::minutes(2)).await;
        assert_eq!(world.bob_calls(), ["person 1", "person 1"]);
        let updates = ["Cook 0", "Cook 9"].map(|title| update(&id, &json!({"title": title})));
        assert_eq!(world.calls(), updates);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_without_end_is_read_all_the_same() {
    bobs(async |world| {
        employed(world).await;
        for n in 0..20 {
            world.bob().change("1", json!({"work.title": format!("Chef {n}")}));
            world.deliver().await;
            world.go(TimeDelta::seconds(10)).await;
        }
        let reads = world.bob_calls().len();
        assert!((4..=9).contains(&reads), "{reads} reads in 200 s");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_read_does_not_show_yet_is_seen_by_the_second() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().read_lag(Duration::from_secs(20));
        world.bob().change("1", json!({"work.title": "Chef"}));
        world.deliver().await;
        assert_eq!((world.bob_calls(), world.calls()), (vec!["person 1".to_owned()], NONE.to_vec()));
        world.go(TimeDelta::seconds(25)).await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_may_not_be_seen_stays_as_it_was() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().hide("work.title");
        world.bob().change("1", json!({"work.title": "Chef", "root.surname": "King"}));
        world.deliver().await;
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), [update(&id, &json!({"lastName": "King"}))]);
        assert_eq!(world.person("1").facts.text("work.title"), Some("Cook"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_a_fact_at_once_and_a_read_that_finds_nobody_settles_it() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().delete("1");
        world.deliver().await;
        assert_eq!(world.calls(), [super::lifecycle(&id, "deactivate")]);
        world.go(TimeDelta::hours(2)).await;
        assert_eq!(world.bob_calls(), ["person 1", "person 1"]);
        assert_eq!((world.calls(), world.person("1").read_wanted), (NONE.to_vec(), None));
        assert_eq!(world.count("employee.unknown_in_hr"), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_hr_does_not_know_is_told_of_once_and_left_alone() {
    bobs(async |world| {
        world.say(&event("hired", "77", "2026-11-20", &person("Ben", "2026-11-20"))).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "77"))]);
        let news = json!({"companyId": 1, "type": "employee.updated", "version": "v2",
            "triggeredAt": "2026-12-01T00:00:00", "data": {"employeeId": "77"}});
        world.say(&news).await;
        world.go(TimeDelta::hours(2)).await;
        assert_eq!(world.bob_calls(), ["person 77", "person 77"]);
        assert_eq!((world.calls(), world.count("employee.unknown_in_hr")), (NONE.to_vec(), 1));
        assert_eq!(world.status("ben@example.com"), "PROVISIONED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_moved_or_taken_back_makes_no_account() {
    bobs(async |world| {
        world.hire("1", "2026-12-03", &hired("Ann"));
        world.hire("2", "2026-12-03", &hired("Ben"));
        world.deliver().await;
        world.go(TimeDelta::minutes(1)).await;
        assert_eq!(world.calls(), NONE);
        world.bob().move_start("1", "2026-12-05");
        world.bob().cancel_hire("2");
        world.go(TimeDelta::hours(36)).await;
        world.go_until("2026-12-04").await;
        assert_eq!(world.calls(), NONE, "the daily reading has seen what no webhook tells");
        world.go_until("2026-12-05").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    })
    .await;
}
