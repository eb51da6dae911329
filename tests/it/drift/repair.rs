//! What is found, by whom, and what becomes of it.

use chrono::TimeDelta;
use serde_json::json;

use super::{id, open, staff, told};
use crate::stories::{get, lifecycle, person, profile, update, with};
use crate::support::world::{NONE, event};

#[tokio::test(flavor = "multi_thread")]
async fn everything_done_by_hand_is_told_once_and_only_what_hr_owns_is_put_right() {
    staff(&["Ann", "Ben", "Cat", "Dan", "Eve", "Fay"], async |world| {
        world.pass(TimeDelta::minutes(1)).await;
        let [ann, ben, cat, dan, eve] = ["Ann", "Ben", "Cat", "Dan", "Eve"].map(|name| id(world, name));
        world.sandbox.set_profile(&ann, json!({"title": "Boss", "nickName": "Annie"}));
        world.sandbox.set_profile(&ben, json!({"city": "Paris"}));
        world.sandbox.set_status(&cat, "SUSPENDED");
        world.sandbox.set_status(&dan, "DEPROVISIONED");
        world.sandbox.remove(&eve);
        let double = with(&profile("Fay2", "6"), &json!({"login": "fay2@example.com"}));
        world.sandbox.insert(double, "ACTIVE");
        world.sandbox.insert(profile("Gus", "77"), "ACTIVE");
        world.sandbox.insert(with(&profile("Hal", ""), &json!({"employeeNumber": null})), "ACTIVE");
        world.pass(TimeDelta::minutes(1)).await;

        let found = world.reconcile(false).await;
        assert_eq!((found.accounts, found.people, found.new, found.repairing), (9, 6, 7, None));
        let expected = [
            "drift.found - unknown",
            "drift.found 1 changed title",
            "drift.found 2 owned_by_okta city",
            "drift.found 3 status",
            "drift.found 4 status",
            "drift.found 5 gone",
            "drift.found 6 unlinked",
        ];
        assert_eq!(told(world), expected);
        // Again, and nothing is new; nothing was written.
        assert_eq!(world.reconcile(false).await.new, 0);
        assert_eq!((told(world).len(), world.calls()), (7, NONE.to_vec()));

        let found = world.reconcile(true).await;
        assert_eq!((found.new, found.repairing), (0, Some(2)));
        let mut calls = world.calls();
        calls.sort_by_key(|(call, _)| call.clone());
        assert_eq!(calls, [get(&eve), update(&ann, &json!({"title": "Cook"}))]);
        world.pass(TimeDelta::minutes(2)).await;
        let calls = world.calls();
        assert_eq!((&calls[0], calls[1].0.as_str()), (&get(&eve), "POST /api/v1/users?activate=true"));
        assert_eq!(calls.len(), 2);
        assert_eq!(told(world)[8..], ["drift.repaired 1 changed title", "drift.repaired 5 gone"]);
        assert_eq!(world.status("cat@example.com"), "SUSPENDED");
        assert_eq!(world.status("dan@example.com"), "DEPROVISIONED");
        assert_eq!(
            open(world),
            json!([["status", 2], ["owned_by_okta", 1], ["unlinked", 1], ["unknown", 1]])
        );
        // What a person puts right is over.
        world.sandbox.set_status(&cat, "ACTIVE");
        world.sandbox.set_profile(&ben, json!({"city": "London"}));
        world.pass(TimeDelta::minutes(1)).await;
        world.reconcile(false).await;
        assert_eq!(open(world), json!([["status", 1], ["unlinked", 1], ["unknown", 1]]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hourly_list_tells_of_it_and_leaves_it_until_the_person_has_a_turn_anyway() {
    staff(&["Ann"], async |world| {
        world.pass(TimeDelta::minutes(1)).await;
        let ann = id(world, "Ann");
        world.sandbox.set_profile(&ann, json!({"title": "Boss", "city": "Paris"}));
        for _ in 0..3 {
            world.pass(TimeDelta::hours(1)).await;
        }
        assert_eq!(told(world), ["drift.found 1 changed title", "drift.found 1 owned_by_okta city"]);
        assert_eq!(
            (world.calls(), open(world)),
            (NONE.to_vec(), json!([["changed", 1], ["owned_by_okta", 1]]))
        );
        world.say(&event("changed", "1", "2026-12-01", &json!({"root.surname": "Ray"}))).await;
        assert_eq!(world.calls(), [update(&ann, &json!({"lastName": "Ray", "title": "Cook"}))]);
        assert_eq!(open(world), json!([["owned_by_okta", 1]]));
        // And again by hand, which is news.
        world.pass(TimeDelta::minutes(1)).await;
        world.sandbox.set_profile(&ann, json!({"title": "Boss"}));
        world.pass(TimeDelta::hours(1)).await;
        assert_eq!(told(world).iter().filter(|line| line.ends_with("changed title")).count(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_given_back_their_account_by_hand_is_cut_again_and_told() {
    staff(&["Ann"], async |world| {
        let ann = id(world, "Ann");
        let gone = json!({"employee.lastDayOfWork": "2026-12-02"});
        world.say(&event("terminated", "1", "2026-12-01", &gone)).await;
        world.until("2026-12-03").await;
        assert_eq!(world.calls(), [lifecycle(&ann, "deactivate")]);
        world.pass(TimeDelta::minutes(1)).await;
        world.sandbox.set_status(&ann, "ACTIVE");
        world.pass(TimeDelta::hours(1)).await;
        assert_eq!(world.calls().last(), Some(&lifecycle(&ann, "deactivate")));
        assert_eq!(open(world), json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_who_cannot_be_cut_is_told_as_an_error_and_not_repaired() {
    staff(&["Ann"], async |world| {
        let zed = with(&person("Zed", "2026-01-01"), &json!({"root.surname": "Lee"}));
        let left = json!({"employee.lastDayOfWork": "2026-11-29"});
        let hired = event("hired", "9", "2026-11-20", &zed);
        world.say_together(&[hired, event("terminated", "9", "2026-11-21", &left)]).await;
        // Of the leaver's login, and younger than the leave: whose account is it?
        let by_hand = with(&profile("Zed", ""), &json!({"employeeNumber": null}));
        world.sandbox.insert(by_hand, "ACTIVE");
        world.pass(TimeDelta::minutes(5)).await;
        let found = world.reconcile(true).await;
        assert_eq!(
            (told(world), found.repairing),
            (vec!["drift.leaver_active 9 leaver_active".into()], Some(0))
        );
        assert_eq!((world.calls(), world.block("9")), (NONE.to_vec(), Some("whose_account")));
    })
    .await;
}
