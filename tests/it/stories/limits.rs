//! What a limit is asked about, where somebody is to be cut for more than one reason, or changed more than once.

use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::guard::{Guard, Limit};
use serde_json::{Value, json};

use super::{person, rules, story_of, usual};
use crate::support::world::{Setup, World, event};

/// Rules under which so many cuts, renames and rewrites each go through.
fn limited(policy: &Value, most: u32) -> Setup {
    let few = Limit { count: most, share: 0.0 };
    let guard = Guard { cuts: few, renames: few, rewrites: few, field: None, ..Guard::default() };
    Setup { rules: Rules { guard, ..rules(policy) }, limit: 600, ..usual() }
}

/// They work here from December on.
async fn at_work(world: &mut World, names: &[&str]) {
    for (name, id) in names.iter().zip(1..) {
        world.say(&event("hired", &format!("{id}"), "2026-11-20", &person(name, "2026-12-01"))).await;
        world.sandbox.set_status(&world.id(&email(name)), "ACTIVE");
    }
}

fn email(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

fn left(id: &str, at: &str, last: &str) -> Value {
    event("terminated", id, at, &json!({"employee.lastDayOfWork": last}))
}

#[tokio::test(flavor = "multi_thread")]
async fn security_revokes_the_access_of_somebody_whose_leave_was_refused() {
    let tell = async |world: &mut World| {
        at_work(world, &["Ann"]).await;
        world.until("2026-12-02").await;
        world.say(&left("1", "2026-12-02", "2026-12-01")).await;
        world.until("2026-12-02T01:00").await;
        assert_eq!(world.block("1"), Some("over_limit"));
        world.approve(&["1", "--reject"], 1).await;
        assert_eq!(world.block("1"), Some("rejected"));
        world.say(&event("access_revoked", "1", "2026-12-02T01:00", &json!({}))).await;
        world.until("2026-12-02T03:00").await;
        assert_eq!((world.block("1"), &*world.status("ann@example.com")), (None, "DEPROVISIONED"));
    };
    story_of(limited(&json!({}), 0), |_| {}, tell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_for_an_absence_is_no_leaver_halfway_out() {
    let policy = json!({
        "on_leave": "suspend", "leave_statuses": ["parental leave"], "leaver": "suspend_first", "grace": "7d",
    });
    let names = ["Ann", "Bea", "Cyd", "Dan", "Eve"];
    let tell = async |world: &mut World| {
        at_work(world, &names).await;
        for (id, day) in (1..=names.len()).zip(3..) {
            let day = format!("2026-12-{day:02}");
            world.until(&day).await;
            let absent = json!({"internal.lifecycleStatus": "parental leave"});
            world.say(&event("changed", &id.to_string(), &day, &absent)).await;
        }
        let with = |world: &World, status: &str| {
            names.iter().filter(|name| world.status(&email(name)) == status).count()
        };
        assert_eq!(with(world, "SUSPENDED"), names.len());
        world.until("2026-12-20").await;
        let all = (1..=names.len()).map(|id| left(&id.to_string(), "2026-12-20", "2026-12-19"));
        world.say_together(&all.collect::<Vec<_>>()).await;
        world.until("2026-12-26T23:00").await;
        assert_eq!(with(world, "SUSPENDED"), names.len(), "the grace has begun with the leave");
        world.until("2026-12-27T03:00").await;
        assert_eq!((with(world, "SUSPENDED"), with(world, "DEPROVISIONED")), (2, 3), "and there is a limit");
    };
    story_of(limited(&policy, 3), |_| {}, tell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_refused_stays_so_whatever_else_changes() {
    let tell = async |world: &mut World| {
        at_work(world, &["Ann", "Bea"]).await;
        world.until("2026-12-01").await;
        for (id, name) in [("1", "ann.x"), ("2", "bea.x")] {
            let renamed = json!({"root.email": format!("{name}@example.com")});
            world.say(&event("changed", id, "2026-12-01", &renamed)).await;
        }
        world.approve(&["2", "--reject"], 1).await;
        world.until("2026-12-02T12:00").await;
        assert_eq!(world.block("2"), Some("rejected"));
        world.say(&event("changed", "2", "2026-12-02", &json!({"work.title": "Chef"}))).await;
        assert_eq!((world.block("2"), &*world.status("bea@example.com")), (Some("rejected"), "ACTIVE"));
    };
    story_of(limited(&json!({}), 1), |_| {}, tell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_before_the_first_day_keeps_nobody_out() {
    let tell = async |world: &mut World| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-05"))).await;
        assert_eq!(world.status("ann@example.com"), "STAGED");
        world.say(&event("changed", "1", "2026-12-01", &json!({"root.surname": "Ray"}))).await;
        assert_eq!(world.block("1"), None);
        world.until("2026-12-06").await;
        assert_eq!((world.block("1"), &*world.status("ann@example.com")), (None, "PROVISIONED"));
    };
    story_of(limited(&json!({"days_before": 5}), 0), |_| {}, tell).await;
}
