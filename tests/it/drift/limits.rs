//! A repair is work like any other.

use chrono::TimeDelta;
use okta_provisioner::sandbox::Fault;
use serde_json::json;

use super::{id, open, staff, told};
use crate::stories::update;
use crate::support::world::{NONE, event};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_about_to_be_worked_on_is_no_drift() {
    staff(&["Ann"], async |world| {
        let ann = id(world, "Ann");
        world.sandbox.faults().fail_next_on(1000, Fault::Status(503), "POST", "/api/v1/users/");
        world.tell(&event("changed", "1", "2026-12-01", &json!({"work.title": "Chef"}))).await;
        world.pass(TimeDelta::minutes(1)).await;
        let found = world.reconcile(true).await;
        assert_eq!((found.found.len(), found.repairing, told(world).len()), (0, Some(0), 0));
        world.sandbox.faults().clear();
        world.pass(TimeDelta::hours(2)).await;
        assert_eq!(world.calls().last(), Some(&update(&ann, &json!({"title": "Chef"}))));
        assert_eq!((told(world).len(), open(world)), (0, json!([])));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_lacks_most_of_the_linked_accounts_is_not_believed() {
    let names: Vec<String> = (0..15).map(|number| format!("P{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    staff(&names, async |world| {
        names.iter().take(12).for_each(|name| world.sandbox.remove(&id(world, name)));
        world.pass(TimeDelta::minutes(1)).await;
        let found = world.reconcile(true).await;
        assert_eq!((found.found.len(), found.repairing, found.doubtful), (0, Some(0), Some((12, 15))));
        assert_eq!(world.calls(), NONE);
    })
    .await;
}
