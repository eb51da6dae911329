//! The org's own user schema: what it would refuse is known before a call, and what changes in it is heeded.

use std::sync::Arc;

use chrono::TimeDelta;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::event::Event;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{Engine, Parts};
use okta_provisioner::ledger::Ledger;
use okta_provisioner::okta::Client;
use okta_provisioner::sandbox::{self, Fault, Sandbox};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use super::{create, mapping, person, profile, rules, story_of, update, usual, with};
use crate::support::client::options;
use crate::support::log::{Log, listen};
use crate::support::world::{NONE, Setup, TOKEN, World, event, instant};

/// The usual world, with a row for `badge`.
fn badges() -> Setup {
    let mapping = mapping(&[json!({"okta": "badge", "bob": "work.badge"})]);
    Setup { rules: Rules { mapping, ..rules(&json!({})) }, ..usual() }
}

fn ann(badge: &str) -> Value {
    with(&person("Ann", "2026-12-01"), &json!({"work.badge": badge}))
}

/// An admin changes a custom attribute.
async fn describe(org: &Sandbox, name: &str, attribute: Value) {
    describe_part(org, "custom", name, attribute).await;
}

/// The same, or one of the `base` attributes.
async fn describe_part(org: &Sandbox, part: &str, name: &str, attribute: Value) {
    let body = json!({"definitions": {part: {"properties": {name: attribute}}}});
    let answer = reqwest::Client::new()
        .post(format!("{}/api/v1/meta/schemas/user/default", org.url()))
        .header("authorization", format!("SSWS {TOKEN}"))
        .json(&body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
}

/// Waits until Ann is no longer blocked, and what is due by then done.
async fn served(world: &World) {
    let served = async {
        while world.block("1").is_some() {
            crate::support::breath().await;
        }
    };
    crate::support::soon("the end of the block", served).await;
    world.quiet().await;
}

async fn in_a_world(setup: Setup, plant: impl FnOnce(&Sandbox), tell: impl AsyncFnOnce(&mut World, &Log)) {
    listen();
    let log = Log::default();
    let subscriber = log.subscriber();
    story_of(setup, plant, async |world| tell(world, &log).await).with_subscriber(subscriber).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_the_org_lacks_is_left_out_and_sent_when_it_is_there() {
    in_a_world(
        badges(),
        |_| {},
        async |world, log| {
            world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
            world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
            assert_eq!(world.calls(), [create(&profile("Ann", "1")), create(&profile("Ben", "2"))]);
            assert_eq!((world.block("1"), world.person("1").omitted), (None, None));
            assert_eq!(log.count("schema.attribute_missing"), 1, "said once, not of every person");

            let id = world.id("ann@example.com");
            world.sandbox.add_attribute("badge", "string");
            world.pass(TimeDelta::days(1)).await;
            assert_eq!(world.calls(), [update(&id, &json!({"badge": "B7"}))], "nobody had to do anything");
            world.pass(TimeDelta::days(3)).await;
            assert_eq!(world.calls(), NONE);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_made_of_the_orgs_type() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "integer");
    in_a_world(badges(), plant, async |world, _| {
        world.say(&event("hired", "1", "2026-11-20", &ann("7"))).await;
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &json!({"badge": 7})))]);
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.badge": "seven"}))).await;
        assert_eq!(world.calls(), NONE);
        assert!(
            world.person("1").omitted.is_some_and(|omitted| omitted.contains("badge: not a whole number"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_goes_is_noticed_by_the_first_refusal() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "string");
    in_a_world(badges(), plant, async |world, _| {
        world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
        let id = world.id("ann@example.com");
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &json!({"badge": "B7"})))]);
        world.pass(TimeDelta::hours(2)).await;
        describe(&world.sandbox, "badge", Value::Null).await;
        let news = json!({"work.badge": "B8", "work.title": "Chef"});
        world.say(&event("changed", "1", "2026-12-01", &news)).await;
        // One refusal; then the schema is read, and she is served without it.
        served(world).await;
        let refused = update(&id, &json!({"badge": "B8", "title": "Chef"}));
        assert_eq!(world.calls(), [refused, update(&id, &json!({"title": "Chef"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_soon_after_the_schema_was_read_is_remembered() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "string");
    in_a_world(badges(), plant, async |world, _| {
        describe(&world.sandbox, "badge", Value::Null).await;
        world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
        assert_eq!((world.calls().len(), world.block("1")), (1, Some("refused")), "it was read this minute");
        world.pass(TimeDelta::minutes(10)).await;
        served(world).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_could_not_be_read_is_asked_for_again_within_the_hour() {
    in_a_world(
        badges(),
        |_| {},
        async |world, _| {
            world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
            let id = world.id("ann@example.com");
            world.calls();
            world.sandbox.add_attribute("badge", "string");
            world.sandbox.faults().fail_next_on(2, Fault::Status(503), "GET", "/api/v1/meta");
            world.pass(TimeDelta::days(1)).await;
            world.pass(TimeDelta::hours(1)).await;
            assert_eq!(world.calls(), NONE, "not answered twice");
            world.pass(TimeDelta::hours(1)).await;
            assert_eq!(world.calls(), [update(&id, &json!({"badge": "B7"}))]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_the_org_comes_to_require_stops_nobody_who_is_there() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "string");
    in_a_world(badges(), plant, async |world, _| {
        world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
        let id = world.id("ann@example.com");
        describe(&world.sandbox, "badge", json!({"title": "Badge", "type": "string", "required": true}))
            .await;
        world.pass(TimeDelta::days(1)).await;
        world.calls();
        let news = json!({"work.badge": null, "work.title": "Chef"});
        world.say(&event("changed", "1", "2026-12-02", &news)).await;
        assert_eq!((world.calls(), world.block("1")), (vec![update(&id, &json!({"title": "Chef"}))], None));
        assert!(world.person("1").omitted.is_some_and(|omitted| omitted.contains("badge: is missing")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_configuration_is_adapted_to_under_the_schema_last_seen() {
    let clock = Clock::manual(instant("2026-12-01"));
    let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
    describe_part(&sandbox, "base", "login", json!({"pattern": ".+"})).await;
    let folder = tempfile::tempdir().expect("a folder");
    let start = async |fingerprint: &str| {
        let rules = Arc::new(usual().rules);
        let engine = Engine::new(Parts {
            ledger: Ledger::open(&folder.path().join("ledger"), &sandbox.url(), Arc::clone(&rules))
                .expect("a ledger"),
            okta: Client::new(options(&sandbox.url(), TOKEN, rules.attributes(), clock.as_fn()))
                .expect("a client"),
            clock: clock.clone(),
            stop: CancellationToken::new(),
            max_in_flight: 8,
            hr: None,
        });
        engine.prepare(fingerprint.to_owned(), true).await.expect("a ledger that can be written");
        engine
    };
    let engine = start("one").await;
    let hired = |id| {
        let hired = event(
            "hired",
            id,
            "2026-11-20",
            &with(&person("Ann", "2026-12-01"), &json!({"root.email": "ann"})),
        );
        Event::decode(hired.to_string().as_bytes(), clock.now()).expect("an event")
    };
    engine.ledger.merge(vec![hired("1"), hired("2")], clock.now()).await.expect("merged");
    let rivals = async |engine: &Engine| {
        engine.ledger.person("1").await.expect("read").expect("Ann").view.rivals.len()
    };
    assert_eq!(rivals(&engine).await, 1);
    drop(engine);
    assert_eq!(rivals(&start("two").await).await, 1, "who has the same login is still known");
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tighter_limit_is_kept_and_a_wider_one_used() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "string");
    in_a_world(badges(), plant, async |world, _| {
        describe(&world.sandbox, "badge", json!({"title": "Badge", "type": "string", "maxLength": 3})).await;
        world.restart().await;
        world.say(&event("hired", "1", "2026-11-20", &ann("B-777"))).await;
        assert_eq!(world.calls(), [create(&profile("Ann", "1"))], "left out, and not refused");
        assert!(
            world.person("1").omitted.is_some_and(|omitted| omitted.contains("longer than 3 characters"))
        );
        let id = world.id("ann@example.com");
        describe(&world.sandbox, "badge", json!({"title": "Badge", "type": "string", "maxLength": 10})).await;
        world.pass(TimeDelta::days(1)).await;
        assert_eq!(world.calls(), [update(&id, &json!({"badge": "B-777"}))]);
        assert_eq!(world.person("1").omitted, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_the_org_requires_blocks_who_has_none_until_it_does_not() {
    let plant = |org: &Sandbox| org.add_attribute("badge", "string");
    in_a_world(badges(), plant, async |world, _| {
        world.say(&event("hired", "2", "2026-11-20", &person("Ben", "2026-12-01"))).await;
        let ben = world.id("ben@example.com");
        world.calls();
        describe(&world.sandbox, "badge", json!({"title": "Badge", "type": "string", "required": true}))
            .await;
        world.pass(TimeDelta::days(1)).await;
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        assert_eq!((world.calls(), world.block("1")), (NONE.to_vec(), Some("bad_profile")));
        let reason = world.person("1").block.expect("a reason").to_string();
        assert!(reason.contains("badge: is missing, HR has not sent it yet"), "{reason}");
        // Nothing is asked again of somebody who is there.
        assert_eq!(world.block("2"), None);
        world.say(&event("changed", "1", "2026-12-01", &json!({"work.badge": "B1"}))).await;
        assert_eq!(world.calls(), [create(&with(&profile("Ann", "1"), &json!({"badge": "B1"})))]);
        world.say(&event("hired", "3", "2026-11-20", &person("Cat", "2026-12-01"))).await;
        assert_eq!((world.calls(), world.block("3")), (NONE.to_vec(), Some("bad_profile")));
        describe(&world.sandbox, "badge", json!({"title": "Badge", "type": "string", "required": false}))
            .await;
        world.pass(TimeDelta::days(1)).await;
        assert_eq!((world.calls(), world.block("3")), (vec![create(&profile("Cat", "3"))], None));
        world.say(&event("changed", "2", "2026-12-03", &json!({"work.badge": "B2"}))).await;
        assert_eq!(world.calls(), [update(&ben, &json!({"badge": "B2"}))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_okta_cannot_be_asked_the_schema_last_seen_holds() {
    in_a_world(
        badges(),
        |_| {},
        async |world, log| {
            world.sandbox.faults().down(true);
            world.restart().await;
            world.sandbox.faults().down(false);
            assert_eq!(log.count("schema.unreadable"), 1);
            assert_eq!(log.count("schema.attribute_missing"), 2, "said at each start");
            world.calls();
            world.say(&event("hired", "1", "2026-11-20", &ann("B7"))).await;
            assert_eq!(world.calls(), [create(&profile("Ann", "1"))], "known although it was not asked");
        },
    )
    .await;
}
