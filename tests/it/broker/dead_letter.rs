//! What is rejected is set aside, or stays where it is.

use lapin::BasicProperties;
use lapin::options::{BasicPublishOptions, QueueBindOptions};
use lapin::types::{AMQPValue, FieldTable};

use okta_provisioner::broker::Settings;
use tracing::instrument::WithSubscriber as _;

use super::{Consumer, publish};
use crate::support::log::Log;
use crate::support::rabbit::{self, Rabbit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_message_is_set_aside_with_its_reason_and_headers() {
    rabbit::with(async |rabbit| {
        let mut consumer = Consumer::start(rabbit.settings.clone());
        consumer.consuming().await;
        let mut headers = FieldTable::default();
        headers.insert("x-origin".into(), AMQPValue::LongString("payroll".into()));
        let properties = BasicProperties::default()
            .with_headers(headers)
            .with_message_id("m-1".into())
            .with_content_type("text/plain".into())
            // Either would be the end of a plain copy.
            .with_expiration("600000".into())
            .with_user_id("guest".into());
        rabbit
            .channel()
            .await
            .basic_publish(
                rabbit.settings.exchange.as_str().into(),
                "hr.odd".into(),
                BasicPublishOptions::default(),
                b"bad \xff",
                properties,
            )
            .await
            .expect("published");
        publish(&rabbit.settings, &[b"good"]).await;
        assert_eq!(consumer.drain(2).await.len(), 2);
        consumer.stopped().await;

        let letter = rabbit.pop(&rabbit.settings.dead_letter()).await;
        assert_eq!((letter.data.as_slice(), letter.routing_key.as_str()), (b"bad \xff".as_slice(), "hr.odd"));
        let properties = &letter.properties;
        assert_eq!(properties.message_id(), &Some("m-1".into()));
        assert_eq!(properties.content_type(), &Some("text/plain".into()));
        assert_eq!((properties.delivery_mode(), properties.expiration()), (&Some(2), &None));
        let headers = properties.headers().clone().expect("headers");
        for (name, value) in
            [("x-origin", "payroll"), ("x-reason", "field `x` is no date"), ("x-employee", "7")]
        {
            assert_eq!(headers.inner().get(name), Some(&AMQPValue::LongString(value.into())), "{name}");
        }
        rabbit.assert_empty(&rabbit.settings.dead_letter()).await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_dead_letter_exchange_nothing_is_lost() {
    survives(async |rabbit| rabbit.delete_exchange(&rabbit.settings.dead_letter()).await, "does not exist")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_dead_letter_queue_nothing_is_lost() {
    survives(async |rabbit| rabbit.delete_queue(&rabbit.settings.dead_letter()).await, "has no queue").await;
}

/// Breaks the dead letters while a batch is in hand, and sees the consumer through.
async fn survives(break_it: impl AsyncFnOnce(&Rabbit), reason: &str) {
    rabbit::with(async |rabbit| {
        publish(&rabbit.settings, &[b"bad", b"good"]).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        let held = consumer.batch().await;
        break_it(rabbit).await;
        let first = held.bodies();
        held.answer();
        consumer.waiting(reason).await;

        let expected: &[&str] = if first.len() == 2 { &["bad"] } else { &["bad", "good"] };
        assert_eq!(consumer.drain(expected.len()).await, expected, "only what was rejected comes again");
        consumer.stopped().await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
        let letter = rabbit.pop(&rabbit.settings.dead_letter()).await;
        assert_eq!(letter.data, b"bad");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_that_nobody_keeps_are_told_once() {
    rabbit::with(async |rabbit| {
        publish(&rabbit.settings, &[b"bad"]).await;
        let dead = rabbit.settings.dead_letter();
        let channel = rabbit.channel().await;
        let (queue, exchange) = (dead.as_str().into(), dead.as_str().into());
        channel.queue_unbind(queue, exchange, "#".into(), FieldTable::default()).await.expect("unbound");
        let log = Log::default();
        let settings = Settings { declare: false, ..rabbit.settings.clone() };
        let mut consumer = async { Consumer::start(settings) }.with_subscriber(log.subscriber()).await;
        for _ in 0..3 {
            assert_eq!(consumer.drain(1).await, ["bad"]);
            consumer.waiting("has no queue").await;
        }
        assert_eq!((log.count("broker.connected"), log.count("broker.lost")), (1, 1));

        let (options, none) = (QueueBindOptions::default(), FieldTable::default());
        let (queue, exchange) = (dead.as_str().into(), dead.as_str().into());
        channel.queue_bind(queue, exchange, "#".into(), options, none).await.expect("bound");
        assert_eq!(consumer.drain(1).await, ["bad"]);
        assert_eq!(rabbit.pop(&dead).await.data, b"bad");
        consumer.stopped().await;
        assert_eq!((log.count("broker.connected"), log.count("broker.lost")), (2, 1));
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}
