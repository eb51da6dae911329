//! People who are not, or no longer, this program's business.

use okta_provisioner::domain::condition::Condition;
use serde_json::json;

use super::{create, lifecycle, person, profile, story_of, update, usual, with};
use crate::support::world::{NONE, Setup, event};

/// Only employees count, not contractors.
fn employees_only() -> Setup {
    let mut setup = usual();
    let condition = "work.custom.contract != 'Contractor'";
    setup.rules.access.scope.condition = Some(Condition::compile(condition).expect("a condition"));
    setup
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_out_of_scope_is_neither_created_nor_adopted_nor_cut() {
    let plant = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(profile("Ann", "1"), "ACTIVE");
    };
    story_of(employees_only(), plant, async |world| {
        let contractor = json!({"work.custom.contract": "Contractor", "work.title": "Consultant"});
        for (name, employee) in [("Ann", "1"), ("Ben", "2")] {
            let hired = with(&person(name, "2026-12-01"), &contractor);
            world.say(&event("hired", employee, "2026-11-20", &hired)).await;
            let leaves = json!({"employee.lastDayOfWork": "2026-12-01"});
            world.say(&event("terminated", employee, "2026-11-21", &leaves)).await;
        }
        world.until("2026-12-03").await;
        assert_eq!((world.calls(), world.status("ann@example.com")), (NONE.to_vec(), "ACTIVE".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_leaves_the_scope_keeps_the_account_and_is_still_cut_on_the_last_day() {
    story_of(
        employees_only(),
        |_| {},
        async |world| {
            let employee = json!({"work.custom.contract": "Permanent"});
            world
                .say(&event("hired", "1", "2026-11-20", &with(&person("Ann", "2026-12-01"), &employee)))
                .await;
            assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
            let id = world.id("ann@example.com");
            let moved = json!({"work.custom.contract": "Contractor", "work.title": "Consultant"});
            world.say(&event("changed", "1", "2026-12-01", &moved)).await;
            assert_eq!(world.calls(), NONE);
            world
                .say(&event(
                    "terminated",
                    "1",
                    "2026-12-01",
                    &json!({"employee.lastDayOfWork": "2026-12-04"}),
                ))
                .await;
            world.until("2026-12-04T23:59").await;
            assert_eq!(world.calls(), NONE);
            world.until("2026-12-05").await;
            assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_cannot_be_told_holds_back_changes_and_no_cut() {
    story_of(
        employees_only(),
        |_| {},
        async |world| {
            world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
            assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("scope_unknown")));
            let told = json!({"work.custom.contract": "Permanent"});
            world.say(&event("changed", "1", "2026-11-21", &told)).await;
            assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
            let id = world.id("ann@example.com");
            world.say(&event("changed", "1", "2026-11-22", &json!({"work.title": "Chef"}))).await;
            assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
            world.say(&event("deleted", "1", "2026-11-23", &json!({}))).await;
            assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        },
    )
    .await;
}
