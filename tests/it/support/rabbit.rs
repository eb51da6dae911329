//! The real broker, with exchanges and queues of each test's own.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use okta_provisioner::broker::Settings;

use super::{log, soon};

/// A connection to look and meddle with, and settings whose names nobody else uses.
pub struct Rabbit {
    connection: Connection,
    /// What the room under test is given.
    pub settings: Settings,
}

/// Where the broker is.
pub fn url() -> String {
    std::env::var("BROKER_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned())
}

/// The broker's URL in three: up to the host, host and port, the rest.
fn parts() -> (String, String, String) {
    let url = url();
    let plain = url.strip_prefix("amqp://").expect("the tests need a BROKER_URL that begins with amqp://");
    let end = plain.find(['/', '?']).unwrap_or(plain.len());
    let (authority, rest) = plain.split_at(end);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("guest:guest", authority));
    let port = if host.contains(':') { "" } else { ":5672" };
    (format!("amqp://{user}@"), format!("{host}{port}"), rest.to_owned())
}

/// `host:port` of the broker.
pub fn address() -> String {
    parts().1
}

/// The broker's URL, by another way.
pub fn url_via(way: impl std::fmt::Display) -> String {
    let (before, _, after) = parts();
    format!("{before}{way}{after}")
}

/// Runs a test with names of its own, and deletes them afterwards whatever happens.
pub async fn with(test: impl AsyncFnOnce(&Rabbit)) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    log::listen();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let name = format!("it.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let connection = Connection::connect(&url(), ConnectionProperties::default()).await;
    let connection = connection.unwrap_or_else(|error| {
        panic!("no broker answers at {}: {error}; ./deploy/test starts one", address())
    });
    let settings = Settings {
        url: url().into(),
        exchange: format!("{name}.hr"),
        queue: format!("{name}.events"),
        prefetch: 500,
        declare: true,
        ca_file: None,
    };
    let rabbit = Rabbit { connection, settings };
    rabbit.delete_all().await;
    let outcome = AssertUnwindSafe(test(&rabbit)).catch_unwind().await;
    rabbit.delete_all().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Rabbit {
    /// The settings, by another way to the broker.
    pub fn via(&self, way: impl std::fmt::Display) -> Settings {
        Settings { url: url_via(way).into(), ..self.settings.clone() }
    }

    /// A new channel; one that saw an error is closed.
    pub async fn channel(&self) -> Channel {
        self.connection.create_channel().await.expect("a channel")
    }

    /// How many messages are ready in the queue; nothing if there is no such queue.
    pub async fn ready(&self, queue: &str) -> Option<u32> {
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        let declared = self.channel().await.queue_declare(queue.into(), options, FieldTable::default()).await;
        declared.ok().map(|queue| queue.message_count())
    }

    /// Waits for the next message of the queue, and takes it out. (RabbitMQ does not support `get` on a
    /// queue with a single active consumer.)
    pub async fn pop(&self, queue: &str) -> Delivery {
        let channel = self.channel().await;
        channel.basic_qos(1, BasicQosOptions::default()).await.expect("a channel");
        let (tag, options) = ("test".into(), BasicConsumeOptions::default());
        let consumer = channel.basic_consume(queue.into(), tag, options, FieldTable::default()).await;
        let mut consumer = consumer.expect("a queue");
        let next = soon("a message", consumer.next()).await;
        let delivery = next.expect("a consumer").expect("a message");
        delivery.ack(BasicAckOptions::default()).await.expect("a channel");
        // The consumer must be gone before the next one comes. Dropped, it would cancel itself some time
        // later, and on a channel that is closed by then that ends the whole connection.
        let cancelled = channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await;
        cancelled.expect("a cancelled consumer");
        drop(consumer);
        let _ = channel.close(200, "OK".into()).await;
        delivery
    }

    /// Fails if anything is in the queue, or comes back to it from a consumer that is gone.
    pub async fn assert_empty(&self, queue: &str) {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let channel = self.channel().await;
        let sent = channel
            .basic_publish("".into(), queue.into(), options, b"last", BasicProperties::default())
            .await;
        sent.expect("a channel").await.expect("a queue");
        let first = self.pop(queue).await;
        assert_eq!(String::from_utf8_lossy(&first.data), "last", "{queue} is not empty");
    }

    /// Deletes a queue, with all that is in it.
    pub async fn delete_queue(&self, queue: &str) {
        let deleted = self.channel().await.queue_delete(queue.into(), QueueDeleteOptions::default()).await;
        deleted.expect("a deleted queue");
    }

    /// Deletes an exchange.
    pub async fn delete_exchange(&self, exchange: &str) {
        let deleted =
            self.channel().await.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await;
        deleted.expect("a deleted exchange");
    }

    async fn delete_all(&self) {
        for settings in [&self.settings, &self.settings.clone().sandbox()] {
            let dead = settings.dead_letter();
            for queue in [&settings.queue, &dead] {
                self.delete_queue(queue).await;
            }
            for exchange in [&settings.exchange, &dead] {
                self.delete_exchange(exchange).await;
            }
        }
    }
}
