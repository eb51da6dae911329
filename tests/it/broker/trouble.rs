//! A broker that is away, or not as it should be: waited for, told once, recovered from.

use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use okta_provisioner::broker::{Error, Publisher, Settings, probe};
use tracing::instrument::WithSubscriber as _;

use super::{Consumer, publish};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::log::Log;
use crate::support::rabbit::{self, address, url};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_is_waited_for_and_told_once() {
    rabbit::with(async |rabbit| {
        let proxy = ChaosProxy::start(&address()).await;
        proxy.block().await;
        let log = Log::default();
        let settings = rabbit.via(proxy.address());
        let mut consumer = async { Consumer::start(settings) }.with_subscriber(log.subscriber()).await;

        proxy.tried(3).await;
        consumer.waiting("no broker answers").await;
        assert_eq!((log.count("broker.lost"), log.count("broker.connected")), (1, 0));
        proxy.restore();
        consumer.consuming().await;
        assert_eq!((log.count("broker.lost"), log.count("broker.connected")), (1, 1));

        // A session that finished a batch has stood: the delays are short again. That it did, shows in its
        // asking for the next one.
        publish(&rabbit.settings, &[b"one"]).await;
        consumer.drain(1).await;
        publish(&rabbit.settings, &[b"two"]).await;
        let held = consumer.batch().await;
        proxy.block().await;
        held.answer();
        consumer.waiting("no broker answers").await;
        proxy.restore();
        consumer.consuming().await;
        publish(&rabbit.settings, &[b"three"]).await;
        while !consumer.drain(1).await.contains(&"three".to_owned()) {}
        consumer.stopped().await;
        assert_eq!((log.count("broker.lost"), log.count("broker.connected")), (2, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_other_arguments_is_named_and_mended_by_deleting_it() {
    rabbit::with(async |rabbit| {
        let queue = rabbit.settings.queue.as_str();
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        let dead = rabbit.settings.dead_letter();
        arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString(dead.as_str().into()));
        rabbit.channel().await.queue_declare(queue.into(), options, arguments).await.unwrap();
        let mut consumer = Consumer::start(rabbit.settings.clone());
        let reason = consumer.waiting("other arguments").await;
        assert!(reason.contains(queue) && reason.contains("x-single-active-consumer"), "{reason}");
        let problems = probe(&rabbit.settings).await.unwrap().problems;
        assert!(matches!(problems.as_slice(), [Error::Differs { .. }]), "{problems:?}");

        rabbit.delete_queue(queue).await;
        consumer.consuming().await;
        publish(&rabbit.settings, &[b"one"]).await;
        assert_eq!(consumer.drain(1).await, ["one"]);
        consumer.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_declaring_what_is_missing_is_waited_for() {
    rabbit::with(async |rabbit| {
        let settings = Settings { declare: false, ..rabbit.settings.clone() };
        let mut consumer = Consumer::start(settings);
        consumer.waiting("does not exist").await;
        assert_eq!(rabbit.ready(&rabbit.settings.queue).await, None);

        Publisher::connect(&rabbit.settings).await.expect("declared by somebody else").close().await;
        consumer.consuming().await;
        consumer.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_under_the_consumer_is_declared_anew() {
    rabbit::with(async |rabbit| {
        let mut consumer = Consumer::start(rabbit.settings.clone());
        consumer.consuming().await;
        rabbit.delete_queue(&rabbit.settings.queue).await;
        consumer.waiting("was deleted").await;
        consumer.consuming().await;
        publish(&rabbit.settings, &[b"one"]).await;
        assert_eq!(consumer.drain(1).await, ["one"]);
        consumer.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_let_in_is_told_what_to_do() {
    rabbit::with(async |rabbit| {
        let with = |url: String| Settings { url: url.into(), ..rabbit.settings.clone() };
        let error = probe(&with(format!("amqp://nobody:hunter2@{}/%2f", address()))).await.unwrap_err();
        assert!(matches!(&error, Error::Login { user, .. } if user == "nobody"), "{error}");
        assert!(!format!("{error}{error:?}").contains("hunter2"));

        let base = url().rsplit_once('/').expect("a vhost").0.to_owned();
        let error = probe(&with(format!("{base}/no-such-vhost"))).await.unwrap_err();
        assert!(matches!(&error, Error::Vhost { vhost, .. } if vhost == "no-such-vhost"), "{error}");

        let error = probe(&with("amqp://127.0.0.1:1".to_owned())).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable { at, .. } if at == "127.0.0.1:1"), "{error}");

        let long = Settings { queue: "q".repeat(300), ..rabbit.settings.clone() };
        assert!(matches!(probe(&long).await, Err(Error::Name { .. })));
    })
    .await;
}
