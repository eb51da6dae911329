//! People who start, and people who do not.

use serde_json::json;

use super::{create, lifecycle, person, profile, rules, story, story_of, usual, with};
use crate::support::world::{NONE, Setup, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_hire_due_today_is_one_call() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
        assert_eq!(world.status("ann@example.com"), "PROVISIONED");
        assert_eq!(world.decisions("1"), ["event.accepted", "user.created"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hire_due_next_week_is_created_when_that_day_begins_where_the_person_is() {
    story(async |world| {
        let ann = with(&person("Ann", "2026-12-08"), &json!({"work.site": "Auckland"}));
        world.say(&event("hired", "1", "2026-11-20", &ann)).await;
        assert_eq!(world.calls(), NONE);
        // 8 December begins in Auckland 13 hours before it does in London.
        world.until("2026-12-07T10:59").await;
        assert_eq!(world.calls(), NONE);
        world.until("2026-12-07T11:00").await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
        assert_eq!(world.decisions("1"), ["event.accepted", "employee.scheduled", "user.created"]);
        world.until("2026-12-09").await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_activation_mail_a_hire_is_two_calls() {
    let mut setup = usual();
    setup.rules.send_email = false;
    story_of(
        setup,
        |_| {},
        async |world| {
            world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
            let id = world.id("ann@example.com");
            let staged =
                ("POST /api/v1/users?activate=false".to_owned(), json!({"profile": profile("Ann", "1")}));
            assert_eq!(world.calls(), [staged, lifecycle(&id, "activate?sendEmail=false")]);
            assert_eq!(world.decisions("1"), ["event.accepted", "user.created", "user.activated"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_before_the_start_an_account_is_staged_and_on_the_day_activated() {
    let setup = Setup { rules: rules(&json!({"days_before": 3})), ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-08"))).await;
            assert_eq!(world.calls(), NONE);
            world.until("2026-12-05").await;
            let staged =
                ("POST /api/v1/users?activate=false".to_owned(), json!({"profile": profile("Ann", "1")}));
            assert_eq!(world.calls(), [staged]);
            world.until("2026-12-07T23:59").await;
            assert_eq!(
                (world.calls(), world.status("ann@example.com")),
                (NONE.to_vec(), "STAGED".to_owned())
            );
            world.until("2026-12-08").await;
            let id = world.id("ann@example.com");
            assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_show_is_never_created() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-08"))).await;
        let leaves = json!({"internal.terminationDate": "2026-12-07"});
        world.say(&event("terminated", "1", "2026-11-30", &leaves)).await;
        world.until("2026-12-20").await;
        assert_eq!(world.calls(), NONE);
        assert_eq!((world.users(), world.person("1").access.as_deref()), (0, Some("deactivated")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_date_that_moves_later_leaves_the_account_alone() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        world.calls();
        world.say(&event("changed", "1", "2026-11-30", &json!({"work.startDate": "2027-01-11"}))).await;
        world.until("2027-01-10").await;
        assert_eq!(
            (world.calls(), world.status("ann@example.com")),
            (NONE.to_vec(), "PROVISIONED".to_owned())
        );
        world.until("2027-01-11").await;
        assert_eq!(world.calls(), NONE, "nothing differs on the new day either");
    })
    .await;
}
