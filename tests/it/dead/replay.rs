//! Given another chance: good by now, or back with a history.

use chrono::TimeDelta;
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::types::FieldTable;
use serde_json::json;

use super::{Fate, all, collapsed, declare, go_through, letters, waits};
use crate::stories::{person, rules};
use crate::support::rabbit;
use crate::support::world::{Setup, World, event};

fn setup() -> Setup {
    Setup { rules: rules(&json!({})), at: "2026-12-01", limit: 600, apply: true, bob: false, http: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_good_by_now_is_done_and_what_is_not_comes_back_with_its_history() {
    rabbit::with(async |rabbit| {
        let dead = rabbit.settings.dead_letter();
        let mut world = World::start(rabbit, setup(), |_| {}).await;
        // Of tomorrow, which nobody can know today; and never anything.
        world.say(&event("hired", "1", "2026-12-02", &person("Ann", "2026-12-01"))).await;
        world.say_raw(b"{ no JSON").await;
        waits(rabbit, &dead, 2).await;
        let seen = collapsed(&rabbit.settings).await;
        let ann = seen.iter().find(|letter| letter.employee.is_some()).expect("hers");
        assert_eq!(
            (ann.employee.as_deref(), ann.failures, ann.routing_key.as_str()),
            (Some("1"), 1, "hr.test")
        );
        assert!(ann.reason.contains("ahead of our clock"), "{}", ann.reason);
        assert_eq!(ann.failed_at, Some(world.clock.now()));
        assert_eq!(world.users(), 0);

        world.pass(TimeDelta::days(2)).await;
        assert_eq!(all(&rabbit.settings, Fate::Replay).await.replayed, 2);
        world.taken(4).await;
        assert_eq!(world.status("ann@example.com"), "PROVISIONED");
        waits(rabbit, &dead, 1).await;
        let back = collapsed(&rabbit.settings).await.remove(0);
        assert_eq!((back.failures, back.earlier.len(), back.copies), (2, 1, 1));
        assert_eq!(back.failed_at, Some(world.clock.now()));
        assert_eq!(back.first_failed_at, Some(world.clock.now() - TimeDelta::days(2)));
        assert_eq!(seen.iter().find(|letter| letter.employee.is_none()).expect("it").id, back.id);

        let tally = go_through(&rabbit.settings, |letter, _| {
            if letter.reason.starts_with("not JSON") { Fate::Drop } else { Fate::Keep }
        });
        assert_eq!(tally.await.expect("letters").dropped, 1);
        assert!(letters(&rabbit.settings).await.is_empty());
        world.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_broker_itself_gave_up_says_so_and_can_be_replayed() {
    rabbit::with(async |rabbit| {
        let settings = &rabbit.settings;
        declare(settings).await;
        let brief = BasicProperties::default().with_expiration("1".into()).with_user_id("guest".into());
        let (exchange, key) = (settings.exchange.as_str().into(), "hr.brief".into());
        let channel = rabbit.channel().await;
        let sent =
            channel.basic_publish(exchange, key, BasicPublishOptions::default(), b"brief", brief).await;
        drop(sent.expect("a channel"));
        waits(rabbit, &settings.dead_letter(), 1).await;
        let letter = collapsed(settings).await.remove(0);
        assert!(letter.reason.starts_with("RabbitMQ: expired: "), "{}", letter.reason);
        assert_eq!((letter.failures, letter.routing_key.as_str()), (1, "hr.brief"));
        assert!(letter.failed_at.is_some());
        assert_eq!(all(settings, Fate::Replay).await.replayed, 1);
        let again = rabbit.pop(&settings.queue).await;
        assert_eq!((again.data.as_slice(), again.routing_key.as_str()), (b"brief".as_slice(), "hr.brief"));
        assert_eq!(again.properties.expiration(), &None);
        let headers: FieldTable = again.properties.headers().clone().expect("a history");
        assert!(!headers.contains_key("x-death") && headers.contains_key("x-failures"), "{headers:?}");
    })
    .await;
}
