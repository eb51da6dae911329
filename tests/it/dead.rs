//! The dead letters of a real RabbitMQ: read, replayed, dropped, whatever goes wrong.

#[path = "dead/crowd.rs"]
mod crowd;
#[path = "dead/program.rs"]
mod program;
#[path = "dead/replay.rs"]
mod replay;
#[path = "dead/wear.rs"]
mod wear;

use std::collections::{BTreeMap, BTreeSet};

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use okta_provisioner::broker::dead::{Fate, Letter, Tally, collapse, go_through};
use okta_provisioner::broker::{Publisher, Settings};

use crate::support::rabbit::Rabbit;
use crate::support::{breath, soon};

/// The letters as they are now, each with its body.
async fn letters(settings: &Settings) -> Vec<(Letter, Vec<u8>)> {
    let mut seen = Vec::new();
    let keep = |letter: &Letter, body: &[u8]| {
        seen.push((letter.clone(), body.to_vec()));
        Fate::Keep
    };
    soon("the letters", go_through(settings, keep)).await.expect("letters");
    seen
}

/// Puts all that are there to this end.
async fn all(settings: &Settings, fate: Fate) -> Tally {
    soon("the letters", go_through(settings, |_, _| fate)).await.expect("letters")
}

/// Has everything declared.
async fn declare(settings: &Settings) {
    Publisher::connect(settings).await.expect("a publisher").close().await;
}

/// Puts messages straight into the dead-letter queue.
async fn put(rabbit: &Rabbit, bodies: &[String]) {
    let channel = rabbit.channel().await;
    let dead = rabbit.settings.dead_letter();
    let count = bodies.len();
    for body in bodies {
        let (exchange, key) = (dead.as_str().into(), "hr.test".into());
        let options = BasicPublishOptions::default();
        let sent =
            channel.basic_publish(exchange, key, options, body.as_bytes(), BasicProperties::default()).await;
        drop(sent.expect("a channel"));
    }
    waits(rabbit, &dead, count).await;
}

/// Until so many messages are ready in a queue.
async fn waits(rabbit: &Rabbit, queue: &str, count: usize) {
    let ready = async {
        while rabbit.ready(queue).await != u32::try_from(count).ok() {
            breath().await;
        }
    };
    soon("the messages", ready).await;
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("letter {number}")).collect()
}

/// The bodies, each once.
fn bodies(letters: &[(Letter, Vec<u8>)]) -> BTreeSet<String> {
    letters.iter().map(|(_, body)| String::from_utf8_lossy(body).into_owned()).collect()
}

/// Takes all messages out of the queue that the daemon reads, and counts each body.
async fn drained(rabbit: &Rabbit, count: usize) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for _ in 0..count {
        let delivery = rabbit.pop(&rabbit.settings.queue).await;
        *seen.entry(String::from_utf8_lossy(&delivery.data).into_owned()).or_default() += 1;
    }
    seen
}

/// The letters, copies as one.
async fn collapsed(settings: &Settings) -> Vec<Letter> {
    collapse(letters(settings).await.into_iter().map(|(letter, _)| letter).collect())
}
