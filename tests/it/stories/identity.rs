//! Whose account is whose.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Sandbox;
use serde_json::{Value, json};

use super::{create, get, lifecycle, person, profile, story, story_with, update, with};
use crate::support::world::{NONE, event};

/// An org that holds this one account.
fn holding(profile: Value, status: &str) -> impl FnOnce(&Sandbox) {
    move |org| {
        org.insert(profile, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_the_hr_id_is_adopted_and_brought_in_line() {
    let old = with(&profile("Ann", "1"), &json!({"login": "old@example.com", "title": "Intern"}));
    story_with(holding(old, "ACTIVE"), async |world| {
        let id = world.id("old@example.com");
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"login": "ann@example.com", "title": "Cook"}))]);
        assert_eq!((world.users(), world.status("ann@example.com")), (1, "ACTIVE".to_owned()));
        assert_eq!(world.decisions("1"), ["event.accepted", "user.adopted", "user.renamed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_the_login_is_adopted_and_brought_in_line() {
    // Letter case and diacritics do not count.
    let old = json!({"login": "Ánn@Example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"});
    story_with(holding(old, "STAGED"), async |world| {
        let id = world.id("ann@example.com");
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let changes = json!({"login": "ann@example.com", "title": "Cook", "employeeNumber": "1"});
        assert_eq!(world.calls(), [update(&id, &changes), lifecycle(&id, "activate?sendEmail=true")]);
        assert_eq!(world.users(), 1);
        assert_eq!(
            world.decisions("1"),
            ["event.accepted", "user.adopted", "user.renamed", "user.activated"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_taken_by_somebody_else_blocks_without_a_write() {
    story_with(holding(profile("Ann", "77"), "ACTIVE"), async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("login_taken")));
        assert_eq!(world.decisions("1"), ["event.accepted", "employee.blocked"]);
        world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        assert_eq!(world.calls(), [create(&profile("Ben", "2"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_taken_since_the_last_list_blocks_after_one_refusal() {
    story(async |world| {
        world.sandbox.insert(profile("Ann", "77"), "ACTIVE");
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1")), get("ann@example.com")]);
        assert_eq!((world.block("1"), world.users()), (Some("login_taken"), 1));
        world.until("2026-12-02").await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hires_with_one_email_the_first_is_created_and_the_other_when_it_is_given_up() {
    story(async |world| {
        let both = json!({"root.email": "lee@example.com"});
        world.say(&event("hired", "1", "2026-11-20", &with(&person("Ann", "2026-12-01"), &both))).await;
        world.say(&event("hired", "2", "2026-11-21", &with(&person("Ben", "2026-12-01"), &both))).await;
        let lee = json!({"login": "lee@example.com", "email": "lee@example.com"});
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &lee))]);
        assert_eq!(world.block("2"), Some("login_taken"));
        let id = world.id("lee@example.com");

        world.say(&event("changed", "1", "2026-12-01", &json!({"root.email": "ann@example.com"}))).await;
        let ann = json!({"login": "ann@example.com", "email": "ann@example.com"});
        assert_eq!(world.calls(), [update(&id, &ann), create(&with(&profile("Ben", "2"), &lee))]);
        assert_eq!((world.block("2"), world.users()), (None, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hires_next_week_with_one_email_the_older_claim_wins() {
    story(async |world| {
        let both = json!({"root.email": "lee@example.com"});
        world.say(&event("hired", "2", "2026-11-21", &with(&person("Ben", "2026-12-08"), &both))).await;
        world.say(&event("hired", "1", "2026-11-20", &with(&person("Ann", "2026-12-08"), &both))).await;
        world.until("2026-12-08").await;
        let lee = json!({"login": "lee@example.com", "email": "lee@example.com"});
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &lee))]);
        assert!(matches!(world.block("2"), Some("login_taken" | "email_shared")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_smiths_with_one_recycled_address_the_right_one_is_cut() {
    story(async |world| {
        let smith = json!({"root.email": "smith@example.com", "root.surname": "Smith"});
        let john = with(&person("John", "2026-12-01"), &smith);
        world.say(&event("hired", "1", "2026-11-20", &john)).await;
        world.say(&event("changed", "1", "2026-12-01", &json!({"root.email": "j.smith@example.com"}))).await;
        let jane = with(&person("Jane", "2026-12-01"), &smith);
        world.say(&event("hired", "2", "2026-12-01", &jane)).await;
        let (john, jane) = (world.id("j.smith@example.com"), world.id("smith@example.com"));
        assert_ne!(john, jane);
        world.calls();

        // John's last event still carries the address that is Jane's now.
        world.until("2026-12-02").await;
        let leaves = json!({"root.email": "smith@example.com", "employee.lastDayOfWork": "2026-12-01"});
        world.say(&event("terminated", "1", "2026-12-02", &leaves)).await;
        assert_eq!(world.calls(), [lifecycle(&john, "deactivate")]);
        assert_eq!(world.status("smith@example.com"), "PROVISIONED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_whom_only_a_login_names_is_not_cut_when_that_is_somebody_elses() {
    let jane = json!({"login": "smith@example.com", "email": "smith@example.com", "firstName": "Jane", "lastName": "Smith"});
    story_with(holding(jane, "ACTIVE"), async |world| {
        world.until("2026-12-03").await;
        let smith = json!({"root.email": "smith@example.com"});
        // John left before the account was made: it cannot be his.
        let john =
            with(&smith, &json!({"work.startDate": "2026-01-01", "employee.lastDayOfWork": "2026-11-01"}));
        world.say(&event("terminated", "1", "2026-11-01", &john)).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("whose_account")));
        let jane = with(&person("Jane", "2026-11-15"), &with(&smith, &json!({"root.surname": "Smith"})));
        world.say(&event("hired", "2", "2026-11-15", &jane)).await;
        let id = world.id("smith@example.com");
        assert_eq!(world.calls(), [update(&id, &json!({"employeeNumber": "2", "title": "Cook"}))]);
        assert_eq!((world.block("1"), world.block("2")), (None, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_whom_only_a_login_names_is_cut_when_nobody_else_claims_it() {
    let ann = json!({"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"});
    story_with(holding(ann, "ACTIVE"), async |world| {
        world.until("2026-12-03").await;
        let leaves = json!({"root.email": "ann@example.com", "employee.lastDayOfWork": "2026-12-02"});
        world.say(&event("terminated", "1", "2026-12-02", &leaves)).await;
        let id = world.id("ann@example.com");
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_account_that_is_gone_for_a_minute_is_made_anew() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let id = world.id("ann@example.com");
        world.calls();
        world.sandbox.remove(&id);
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"})), get(&id)]);
        world.pass(TimeDelta::seconds(59)).await;
        assert_eq!(world.calls(), NONE);
        world.pass(TimeDelta::seconds(1)).await;
        let anew = create(&with(&profile("Ann", "1"), &json!({"title": "Chef"})));
        assert_eq!(world.calls(), [get(&id), anew]);
        assert_ne!(world.id("ann@example.com"), id);
        let decisions = world.decisions("1");
        assert_eq!(decisions[decisions.len() - 2..], ["drift.found", "user.created"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_account_that_is_gone_is_replaced_by_the_one_with_the_hr_id() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let id = world.id("ann@example.com");
        world.sandbox.remove(&id);
        let other = world.sandbox.insert(profile("Ann", "1"), "ACTIVE");
        world.until("2026-12-01T02:00").await;
        world.calls();
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        world.pass(TimeDelta::minutes(1)).await;
        let title = json!({"title": "Chef"});
        assert_eq!(world.calls(), [update(&id, &title), get(&id), get(&id), update(&other, &title)]);
    })
    .await;
}
