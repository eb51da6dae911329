//! People who leave.

use chrono::TimeDelta;
use serde_json::json;

use super::{get, leaving, lifecycle, person, rules, story, story_of, update, usual, with};
use crate::support::world::{NONE, Setup, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_last_day_ends_when_it_ends_where_the_person_is() {
    story(async |world| {
        let ann = with(&person("Ann", "2026-12-01"), &json!({"work.site": "Auckland"}));
        world.say(&event("hired", "1", "2026-11-20", &ann)).await;
        let id = world.id("ann@example.com");
        world.until("2026-12-10T09:00").await;
        world.calls();
        let today = json!({"employee.lastDayOfWork": "2026-12-10"});
        world.say(&event("terminated", "1", "2026-12-10T08:00", &today)).await;
        world.until("2026-12-10T10:59").await;
        assert_eq!(world.calls(), NONE);
        world.until("2026-12-10T11:00").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        assert_eq!(world.status("ann@example.com"), "DEPROVISIONED");
        let last = world.entries("1").pop().expect("a decision");
        assert_eq!(last.code, "user.deactivated");
        assert_eq!(last.reason.as_deref(), Some("left by employee.lastDayOfWork"));
        world.until("2026-12-20").await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sooner_of_the_two_leave_dates_counts() {
    story(async |world| {
        let id = leaving(world).await;
        let dates = json!({"internal.terminationDate": "2026-12-31", "employee.lastDayOfWork": "2026-12-04"});
        world.say(&event("terminated", "1", "2026-12-01", &dates)).await;
        world.until("2026-12-05").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_cancelled_in_time_is_no_call() {
    story(async |world| {
        leaving(world).await;
        world.until("2026-12-09").await;
        world.say(&event("changed", "1", "2026-12-09", &json!({"employee.lastDayOfWork": null}))).await;
        world.until("2026-12-20").await;
        assert_eq!(
            (world.calls(), world.status("ann@example.com")),
            (NONE.to_vec(), "PROVISIONED".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_whose_record_is_blocked_is_cut_on_time() {
    story(async |world| {
        let id = leaving(world).await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"root.surname": "Lee 🦊"}))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("bad_profile")));
        world.until("2026-12-10T23:59").await;
        assert_eq!(world.calls(), NONE);
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_for_somebody_who_has_left_are_not_sent() {
    story(async |world| {
        let id = leaving(world).await;
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        world.say(&event("changed", "1", "2026-12-11", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_may_be_suspended_first_and_deactivated_after_the_grace() {
    let setup = Setup { rules: rules(&json!({"leaver": "suspend_first"})), ..usual() };
    story_of(
        setup,
        |_| {},
        async |world| {
            let id = leaving(world).await;
            world.until("2026-12-02").await;
            world.sandbox.set_status(&id, "ACTIVE");
            world.until("2026-12-10T23:50").await;
            assert_eq!(world.calls(), NONE);
            world.until("2026-12-11").await;
            let cut = [get(&id), lifecycle(&id, "suspend"), super::clear_sessions(&id)];
            assert_eq!(world.calls(), cut);
            world.until("2026-12-17T23:59").await;
            assert_eq!(
                (world.calls(), world.status("ann@example.com")),
                (NONE.to_vec(), "SUSPENDED".to_owned())
            );
            world.until("2026-12-18").await;
            assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_file_is_cut_at_once_and_comes_back_with_a_new_hire() {
    story(async |world| {
        let id = leaving(world).await;
        world.say(&event("deleted", "1", "2026-12-01", &json!({}))).await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        let again = json!({"work.startDate": "2026-12-01", "employee.lastDayOfWork": null});
        world.say(&event("hired", "1", "2026-12-01T00:01", &again)).await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_held_while_another_file_has_the_same_email() {
    story(async |world| {
        let id = leaving(world).await;
        // HR makes a new file for the same human, and deletes the old one.
        world.say(&event("hired", "2", "2026-11-30", &person("Ann", "2026-12-01"))).await;
        world.say(&event("deleted", "1", "2026-12-01", &json!({}))).await;
        world.until("2026-12-20").await;
        assert_eq!(
            (world.calls(), world.status("ann@example.com")),
            (NONE.to_vec(), "PROVISIONED".to_owned())
        );
        assert_eq!((world.block("1"), world.block("2")), (Some("deletion_held"), Some("login_taken")));
        assert!(world.decisions("1").contains(&"employee.held".to_owned()));

        // An operator links the account to the new file.
        world.link("2", &id).await;
        assert_eq!(world.calls(), [update(&id, &json!({"employeeNumber": "2"}))]);
        assert_eq!(
            (world.block("1"), world.block("2"), world.status("ann@example.com")),
            (None, None, "PROVISIONED".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_turns_up_for_a_leaver_is_cut() {
    story(async |world| {
        // Blocked for want of a name, so that IT makes an account by hand; then access is revoked.
        let nameless = with(&person("Ann", "2026-11-01"), &json!({"root.surname": null}));
        world.say(&event("hired", "1", "2026-11-01", &nameless)).await;
        let by_hand = json!({"login": "ann.by.hand@example.com", "email": "ann@example.com",
            "firstName": "Ann", "lastName": "Lee", "employeeNumber": "1"});
        let id = world.sandbox.insert(by_hand, "ACTIVE");
        world.say(&event("access_revoked", "1", "2026-12-01", &json!({}))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), None), "nobody knows of it yet");
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(world.calls(), [lifecycle(&id, "suspend"), super::clear_sessions(&id)]);
        // Somebody gives it back by hand, and it is cut again.
        world.pass(TimeDelta::minutes(1)).await;
        world.sandbox.set_status(&id, "ACTIVE");
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(world.status("ann.by.hand@example.com"), "SUSPENDED");
    })
    .await;
}
