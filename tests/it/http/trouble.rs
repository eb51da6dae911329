//! The broker is away, silent, or has no queue: Bob is told to come again, and then nothing is missing.

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;

use super::*;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::rabbit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_broker_is_away_bob_is_told_to_come_again() {
    rabbit::with(async |rabbit| {
        let proxy = ChaosProxy::start(&rabbit::address()).await;
        proxy.block().await;
        let hook = Hook::start(&rabbit.via(proxy.address()), &[SECRET]).await;
        proxy.tried(1).await;
        let answer = hook.post(V2.as_bytes()).await;
        assert_eq!(answer.status, 503);
        assert!(answer.head.contains("retry-after: 30"), "{}", answer.head);
        assert_eq!(answer.body, "RabbitMQ has not taken the webhook over; send it again later.");
        proxy.restore();
        hook.post_until_taken(V2.as_bytes()).await;
        assert_eq!((hook.log.count("broker.outlet_lost"), hook.log.count("broker.outlet_connected")), (1, 1));

        proxy.block().await;
        let refused = hook.post(br#"{"n":2}"#).await.status;
        assert_eq!(refused, 503);
        proxy.restore();
        let refused = hook.post_until_taken(br#"{"n":2}"#).await;
        assert!(refused.iter().all(|status| *status == 503), "{refused:?}");
        assert_eq!((hook.log.count("broker.outlet_lost"), hook.log.count("broker.outlet_connected")), (2, 2));
        for body in [V2.as_bytes(), br#"{"n":2}"#] {
            assert_eq!(rabbit.pop(&rabbit.settings.queue).await.data, body);
        }
        let log = hook.log.clone();
        hook.stopped().await;
        assert_eq!(log.count("employeeId") + log.count(SECRET), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_does_not_confirm_is_as_good_as_away() {
    rabbit::with(async |rabbit| {
        let proxy = ChaosProxy::start(&rabbit::address()).await;
        let hook = Hook::start(&rabbit.via(proxy.address()), &[SECRET]).await;
        assert_eq!(hook.post(V2.as_bytes()).await.status, 200);
        proxy.freeze();
        assert_eq!(hook.post(br#"{"n":2}"#).await.status, 503);
        assert_eq!(hook.log.count("no answer within 7 s"), 1);
        assert_eq!(hook.post(br#"{"n":2}"#).await.status, 503, "at once, while it connects again");
        proxy.thaw().await;
        hook.post_until_taken(br#"{"n":2}"#).await;
        hook.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reaches_no_queue_is_not_taken() {
    rabbit::with(async |rabbit| {
        let settings = Settings { declare: false, ..rabbit.settings.clone() };
        let (exchange, queue) = (settings.exchange.as_str(), settings.queue.as_str());
        let channel = rabbit.channel().await;
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel
            .exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default())
            .await
            .unwrap();
        let hook = Hook::start(&settings, &[SECRET]).await;
        assert_eq!(hook.post(V2.as_bytes()).await.status, 503);
        assert_eq!(hook.log.count("has no queue for routing key"), 1);
        channel
            .queue_declare(queue.into(), QueueDeclareOptions::default(), FieldTable::default())
            .await
            .unwrap();
        channel
            .queue_bind(
                queue.into(),
                exchange.into(),
                "#".into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        hook.post_until_taken(V2.as_bytes()).await;
        assert_eq!((hook.log.count("broker.outlet_lost"), hook.log.count("broker.outlet_connected")), (1, 2));
        assert_eq!(rabbit.pop(queue).await.data, V2.as_bytes());
        hook.stopped().await;
    })
    .await;
}

/// More at once than one batch holds: all are taken, each once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_all_taken() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let bodies: Vec<String> = (0..100).map(|n| format!("{{\"n\":{n}}}")).collect();
        let answers =
            futures_util::future::join_all(bodies.iter().map(|body| hook.post(body.as_bytes()))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let mut kept = Vec::new();
        for _ in 0..bodies.len() {
            kept.push(String::from_utf8(rabbit.pop(&rabbit.settings.queue).await.data).unwrap());
        }
        kept.sort_by_key(|body| (body.len(), body.clone()));
        assert_eq!(kept, bodies);
        rabbit.assert_empty(&rabbit.settings.queue).await;
        hook.stopped().await;
    })
    .await;
}
