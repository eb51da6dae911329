//! A daemon that comes to an org which has users already.

use serde_json::json;

use super::{lifecycle, person, profile, story_of, usual, with};
use crate::support::world::{NONE, Setup, event};

#[tokio::test(flavor = "multi_thread")]
async fn beside_an_org_with_users_it_decides_and_writes_nothing_until_told_to() {
    let setup = Setup { apply: false, ..usual() };
    let ann = with(&profile("Ann", "1"), &json!({"title": "Intern"}));
    let plant = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(ann, "ACTIVE");
    };
    story_of(setup, plant, async |world| {
        let id = world.id("ann@example.com");
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        let gone = with(&person("Ann", "2026-12-01"), &json!({"employee.lastDayOfWork": "2026-12-02"}));
        world.say(&event("terminated", "1", "2026-11-30", &gone)).await;
        world.until("2026-12-03").await;
        assert_eq!((world.calls(), world.users()), (NONE.to_vec(), 1));
        assert_eq!(world.summary().mode.as_deref(), Some("first_run"));
        let would = |employee: &str| {
            let entries = world.entries(employee).into_iter().filter(|entry| entry.observed);
            entries.map(|entry| entry.code).collect::<Vec<_>>()
        };
        assert_eq!(would("2"), ["user.created"]);
        assert!(would("1").starts_with(&["user.updated".into()]), "{:?}", would("1"));
        assert_eq!(would("1").last().map(String::as_str), Some("user.deactivated"));

        // Still so after a restart, until the configuration says otherwise.
        world.restart().await;
        assert_eq!(world.calls(), NONE);
        world.apply();
        world.restart().await;
        let calls = world.calls();
        assert_eq!((calls.len(), world.users()), (2, 2));
        assert!(calls.contains(&lifecycle(&id, "deactivate")), "{calls:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_an_empty_org_it_just_begins() {
    let setup = Setup { apply: false, ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
            assert_eq!(world.calls(), [super::create(&profile("Ann", "1"))]);
            world.restart().await;
            assert_eq!((world.calls(), world.summary().mode), (NONE.to_vec(), None));
        },
    )
    .await;
}
