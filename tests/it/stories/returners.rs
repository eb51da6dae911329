//! People who come back.

use serde_json::json;

use super::{get, leaving, lifecycle, person, profile, story, story_with, update};
use crate::support::world::{NONE, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_rehire_is_activated_then_updated() {
    story(async |world| {
        let id = leaving(world).await;
        world.until("2026-12-12").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        let back = json!({"work.startDate": "2026-12-12", "work.title": "Chef"});
        world.say(&event("rehired", "1", "2026-12-12", &back)).await;
        let steps = [lifecycle(&id, "activate?sendEmail=true"), update(&id, &json!({"title": "Chef"}))];
        assert_eq!(world.calls(), steps);
        assert_eq!(world.status("ann@example.com"), "PROVISIONED");
        let decisions = world.decisions("1");
        assert_eq!(decisions[decisions.len() - 3..], ["event.accepted", "user.reactivated", "user.updated"]);
        world.until("2027-02-01").await;
        assert_eq!(world.calls(), NONE, "the old last day is over and done with");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehire_recorded_before_the_last_day_is_cut_on_that_day_and_back_on_the_new_one() {
    story(async |world| {
        let id = leaving(world).await;
        world.until("2026-12-05").await;
        world.say(&event("rehired", "1", "2026-12-05", &json!({"work.startDate": "2027-01-04"}))).await;
        world.until("2026-12-10T23:59").await;
        assert_eq!(world.calls(), NONE);
        world.until("2026-12-11").await;
        assert_eq!(world.calls(), [lifecycle(&id, "deactivate")]);
        world.until("2027-01-03T23:59").await;
        assert_eq!(world.calls(), NONE);
        world.until("2027-01-04").await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_deactivated_by_hand_stays_so_whatever_title_the_person_gets() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let id = world.id("ann@example.com");
        world.until("2026-12-01T00:05").await;
        world.sandbox.set_status(&id, "DEPROVISIONED");
        world.calls();
        let change = json!({"title": "Chef"});
        world.say(&event("changed", "1", "2026-12-01T00:01", &json!({"work.title": "Chef"}))).await;
        assert_eq!(world.calls(), [update(&id, &change), get(&id)], "refused, and then looked at");
        assert_eq!(world.block("1"), Some("cut_in_okta"));
        world.say(&event("changed", "1", "2026-12-01T00:02", &json!({"work.title": "Baker"}))).await;
        world.until("2026-12-03").await;
        assert_eq!(
            (world.calls(), world.status("ann@example.com")),
            (NONE.to_vec(), "DEPROVISIONED".to_owned())
        );
        assert_eq!(world.count("employee.blocked"), 1);

        // Whoever cut her gives her back: then she is brought in line.
        world.sandbox.set_status(&id, "ACTIVE");
        world.until("2026-12-03T02:00").await;
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Baker"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehire_whose_first_time_was_before_ours_gets_the_old_account_back() {
    let old = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(profile("Ann", "1"), "DEPROVISIONED");
    };
    story_with(old, async |world| {
        let id = world.id("ann@example.com");
        world.say(&event("rehired", "1", "2026-11-20", &person("Ann", "2026-12-05"))).await;
        assert_eq!(world.calls(), NONE);
        world.until("2026-12-05").await;
        assert_eq!(world.calls(), [lifecycle(&id, "activate?sendEmail=true")]);
        assert_eq!(world.users(), 1);
    })
    .await;
}
