//! What `/metrics` shows of a small company, and that promtool finds no fault with it.

use chrono::TimeDelta;
use serde_json::json;

use crate::alarms;
use crate::stories::rules;
use crate::support::look::Looker;
use crate::support::rabbit;
use crate::support::world::{Setup, World, event};

fn named(id: &str) -> serde_json::Value {
    json!({
        "root.email": format!("mira{id}@example.com"), "root.firstName": "Mira", "root.surname": "Castellan",
        "work.startDate": "2026-11-01",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_measured() {
    rabbit::with(async |rabbit| {
        let setup = Setup {
            rules: rules(&json!({})),
            at: "2026-12-01",
            limit: 600,
            apply: true,
            bob: false,
            http: true,
        };
        let mut world = World::start(rabbit, setup, |_| {}).await;
        let look = Looker::at(world.http_url());
        look.metric("okta_provisioner_broker_connected 1").await;
        world.say(&event("hired", "1", "2026-11-30", &named("1"))).await;
        world.say(&event("hired", "1", "2026-11-30", &named("1"))).await;
        world.say(&event("hired", "2", "2026-11-30", &json!({"work.startDate": "2026-11-01"}))).await;
        world.say_raw(b"{}").await;
        let text = look.metric("okta_provisioner_events_total{result=\"rejected\",type=\"unknown\"} 1").await;
        for line in [
            "events_total{result=\"accepted\",type=\"hired\"} 2",
            "events_total{result=\"unchanged\",type=\"hired\"} 1",
            "people{access=\"active\"} 2",
            "blocked_people{reason=\"bad_profile\"} 1",
            "waiting_people{for=\"block\"} 1",
            "held_leavers 0",
            "due_people{urgency=\"leaver\"} 0",
            "leaver_lateness_seconds 0",
            "okta_calls_total{bucket=\"users\",status=\"200\",verdict=\"done\"} ",
            "okta_budget_limit{bucket=\"users\"} 600",
            "okta_halted 0",
            "observing 0",
            "paused 0",
            "expect_events_within_seconds 259200",
            "ledger_commit_jobs_count ",
            "ledger_commit_seconds_sum ",
        ] {
            assert!(text.contains(&format!("\nokta_provisioner_{line}")), "{line} in:\n{text}");
        }
        // Some of this is counted from the second look on.
        look.metric("okta_provisioner_decisions_total{code=\"user.created\"} 1").await;
        look.metric("okta_provisioner_hr_to_okta_seconds_count{code=\"user.created\"} 1").await;
        look.metric("okta_provisioner_last_event_timestamp_seconds 1796083200").await;
        look.metric("okta_provisioner_queue_messages{queue=\"events\"} 0").await;

        // A leaver who is not cut in time is late, whatever the cause.
        world.sandbox.set_token("00Another");
        world
            .tell(&event("terminated", "1", "2026-12-01", &json!({"internal.terminationDate": "2026-11-30"})))
            .await;
        world.halted().await;
        world.clock.advance(TimeDelta::minutes(10));
        look.metric("okta_provisioner_okta_halted 1").await;
        look.metric("okta_provisioner_leaver_lateness_seconds 600").await;
        look.metric("okta_provisioner_due_people{urgency=\"leaver\"} 1").await;
        look.metric("okta_provisioner_oldest_due_seconds{urgency=\"leaver\"} 600").await;
        world.sandbox.set_token(crate::support::world::TOKEN);
        world.resumed().await;
        world.quiet().await;
        assert_eq!(world.status("mira1@example.com"), "DEPROVISIONED");
        look.metric("okta_provisioner_leaver_lateness_seconds 0").await;
        alarms::metrics::well_formed(&world.http_url()).await;
        world.end().await;
    })
    .await;
}
