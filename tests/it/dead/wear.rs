//! Reading changes nothing, however often.

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use okta_provisioner::broker::Settings;

use super::{bodies, collapsed, declare, letters, numbered, put, waits};
use crate::support::rabbit::{self, Rabbit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_gives_a_message_out_three_times_at_most_keeps_all_after_thirty_readings() {
    rabbit::with(async |rabbit| {
        let settings = theirs(rabbit, 3).await;
        put(rabbit, &numbered(7)).await;
        let first = collapsed(&settings).await;
        for _ in 0..30 {
            let seen = letters(&settings).await;
            assert_eq!((seen.len(), bodies(&seen).len()), (7, 7), "{seen:?}");
        }
        let last = collapsed(&settings).await;
        let ids = |letters: &[_]| {
            letters.iter().map(|letter: &super::Letter| letter.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&first), ids(&last));
        waits(rabbit, &settings.dead_letter(), 7).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_queue_has_none_and_one_that_is_not_there_yet_has_none_either() {
    rabbit::with(async |rabbit| {
        assert!(letters(&rabbit.settings).await.is_empty());
        declare(&rabbit.settings).await;
        put(rabbit, &[]).await;
        assert!(letters(&rabbit.settings).await.is_empty());
        let theirs =
            Settings { declare: false, queue: "it.nowhere.events".into(), ..rabbit.settings.clone() };
        let error = super::go_through(&theirs, |_, _| super::Fate::Keep).await.expect_err("missing");
        assert!(error.to_string().contains("it.nowhere.dead` does not exist"), "{error}");
    })
    .await;
}

/// The dead letters as the broker's operators declared them, with a limit of deliveries of their own.
async fn theirs(rabbit: &Rabbit, limit: i64) -> Settings {
    let channel = rabbit.channel().await;
    let dead = rabbit.settings.dead_letter();
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(limit));
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel
        .exchange_declare(dead.as_str().into(), ExchangeKind::Fanout, durable, FieldTable::default())
        .await
        .expect("an exchange");
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(dead.as_str().into(), durable, arguments).await.expect("a queue");
    let (queue, exchange) = (dead.as_str().into(), dead.as_str().into());
    channel
        .queue_bind(queue, exchange, "#".into(), QueueBindOptions::default(), FieldTable::default())
        .await
        .expect("a binding");
    Settings { declare: false, ..rabbit.settings.clone() }
}
