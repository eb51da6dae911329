//! Messages arrive, and are acknowledged when they should be.

use super::{Consumer, publish};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::rabbit::{self, address};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_before_it_is_taken() {
    rabbit::with(async |rabbit| {
        let proxy = ChaosProxy::start(&address()).await;
        publish(&rabbit.settings, &[b"one", b"two", b"three"]).await;
        let mut consumer = Consumer::start(rabbit.via(proxy.address()));

        let held = consumer.batch().await;
        assert!(!held.messages[0].redelivered);
        proxy.cut().await;
        held.answer();
        // What the broker did not hear of comes again, all of it and in order (more than once, if another
        // connection is lost); before that, perhaps the rest of what the lost connection had brought.
        let mut again: Vec<String> = Vec::new();
        while again.len() < 3 {
            let batch = consumer.batch().await;
            for message in batch.messages.iter().filter(|message| message.redelivered) {
                let body = String::from_utf8_lossy(&message.body).into_owned();
                if !again.contains(&body) {
                    again.push(body);
                }
            }
            batch.answer();
        }
        assert_eq!(again, ["one", "two", "three"]);
        // A quorum queue may still lose an acknowledgement to the end of its connection, so that what is left
        // in the queue now says nothing.
        consumer.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_in_hand_is_finished_before_stopping() {
    rabbit::with(async |rabbit| {
        publish(&rabbit.settings, &[b"one"]).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        let held = consumer.batch().await;
        consumer.stop.cancel();
        held.answer();
        consumer.stopped().await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_pauses_and_loses_nothing() {
    rabbit::with(async |rabbit| {
        publish(&rabbit.settings, &[b"one"]).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        for _ in 0..2 {
            let batch = consumer.batch().await;
            assert_eq!(batch.bodies(), ["one"]);
            assert!(!batch.messages[0].redelivered);
            batch.answer_with(Err("the disk is full".to_owned()));
            consumer.holding("the disk is full").await;
        }
        let batch = consumer.batch().await;
        assert_eq!(batch.bodies(), ["one"]);
        batch.answer();
        consumer.consuming().await;

        // An acknowledgement too many would have closed the channel and brought this one twice.
        publish(&rabbit.settings, &[b"two"]).await;
        let batch = consumer.batch().await;
        assert_eq!((batch.bodies(), batch.messages[0].redelivered), (vec!["two".to_owned()], false));
        batch.answer();
        consumer.stopped().await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_while_nothing_can_be_stored_leaves_the_message_in_the_queue() {
    rabbit::with(async |rabbit| {
        publish(&rabbit.settings, &[b"one"]).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        consumer.batch().await.answer_with(Err("the disk is full".to_owned()));
        consumer.holding("the disk is full").await;
        consumer.stopped().await;
        let kept = rabbit.pop(&rabbit.settings.queue).await;
        assert_eq!(kept.data, b"one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_arrives_as_it_was_sent() {
    rabbit::with(async |rabbit| {
        let large = vec![b'x'; 1024 * 1024];
        publish(&rabbit.settings, &[&large, b"\xff\xfe\x00", b""]).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        let mut bodies = Vec::new();
        while bodies.len() < 3 {
            let batch = consumer.batch().await;
            bodies.extend(batch.messages.iter().map(|message| message.body.clone()));
            batch.answer();
        }
        assert!(bodies[0] == large);
        assert_eq!(bodies[1..], [b"\xff\xfe\x00".to_vec(), Vec::new()]);
        consumer.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_flows_in_order_and_in_batches() {
    const COUNT: usize = 5_000;
    rabbit::with(async |rabbit| {
        let bodies: Vec<String> = (0..COUNT).map(|number| number.to_string()).collect();
        let slices: Vec<&[u8]> = bodies.iter().map(String::as_bytes).collect();
        publish(&rabbit.settings, &slices).await;
        let mut consumer = Consumer::start(rabbit.settings.clone());
        let mut seen = Vec::new();
        let mut batches = 0;
        while seen.len() < COUNT {
            let batch = consumer.batch().await;
            assert!(batch.messages.len() <= usize::from(rabbit.settings.prefetch));
            seen.extend(batch.bodies());
            batch.answer();
            batches += 1;
        }
        assert!(seen == bodies);
        assert!(batches < COUNT / 5, "{batches} batches");
        consumer.stopped().await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
    })
    .await;
}
