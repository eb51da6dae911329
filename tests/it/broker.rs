//! The broker room against a real RabbitMQ.

mod dead_letter;
mod delivery;
mod publish;
mod tls;
mod trouble;

use std::collections::BTreeMap;

use okta_provisioner::broker::{Message, Outcome, Publisher, Settings, State, consume};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber as _;

use crate::support::soon;

type Answer = Result<Vec<Outcome>, String>;

/// A consumer whose batches the test answers by hand.
struct Consumer {
    batches: mpsc::Receiver<Batch>,
    state: watch::Receiver<State>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What `take` was given, and is waiting with.
struct Batch {
    messages: Vec<Message>,
    answer: oneshot::Sender<Answer>,
}

impl Batch {
    fn bodies(&self) -> Vec<String> {
        self.messages.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect()
    }

    /// Rejects what begins with `bad`, accepts the rest.
    fn answer(self) {
        let outcome = |message: &Message| {
            if message.body.starts_with(b"bad") {
                Outcome::Rejected {
                    reason: "field `x` is no date".to_owned(),
                    employee: Some("7".to_owned()),
                    at: chrono::DateTime::UNIX_EPOCH,
                }
            } else {
                Outcome::Accepted
            }
        };
        let outcomes = self.messages.iter().map(outcome).collect();
        self.answer_with(Ok(outcomes));
    }

    fn answer_with(self, answer: Answer) {
        self.answer.send(answer).expect("a consumer that waits for the answer");
    }
}

impl Consumer {
    fn start(settings: Settings) -> Self {
        let (asks, batches) = mpsc::channel(1);
        let (changes, state) = watch::channel(State::Connecting);
        let stop = CancellationToken::new();
        let until = stop.clone();
        let take = async move |messages| {
            let (answer, answered) = oneshot::channel();
            asks.send(Batch { messages, answer }).await.map_err(|_| "the test is over".to_owned())?;
            answered.await.map_err(|_| "the test did not answer".to_owned())?
        };
        let task = tokio::spawn(
            async move { consume(&settings, take, changes, until).await }.with_current_subscriber(),
        );
        Self { batches, state, stop, task }
    }

    async fn batch(&mut self) -> Batch {
        soon("a batch", self.batches.recv()).await.expect("a consumer that runs")
    }

    async fn consuming(&mut self) {
        soon("consuming", self.state.wait_for(|state| *state == State::Consuming)).await.expect("a consumer");
    }

    /// Waits for a reason that holds `words`.
    async fn waiting(&mut self, words: &str) -> String {
        let held = |state: &State| matches!(state, State::Waiting { reason } if reason.contains(words));
        let state = soon(words, self.state.wait_for(held)).await.expect("a consumer").clone();
        let State::Waiting { reason } = state else { unreachable!("it was waiting") };
        reason
    }

    /// Waits until it is connected and stores nothing, for a reason that holds `words`.
    async fn holding(&mut self, words: &str) {
        let held = |state: &State| matches!(state, State::Holding { reason } if reason.contains(words));
        let state = soon(words, self.state.wait_for(held)).await.expect("a consumer").clone();
        assert!(state.is_connected(), "the session is as it should be");
    }

    /// Answers batches until it has seen so many messages, and gives their bodies in order.
    async fn drain(&mut self, count: usize) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.len() < count {
            let batch = self.batch().await;
            seen.extend(batch.bodies());
            batch.answer();
        }
        seen
    }

    async fn stopped(self) {
        self.stop.cancel();
        soon("the end", self.task).await.expect("no panic");
    }
}

/// Publishes the bodies, in order, and returns when all are in the queue.
async fn publish(settings: &Settings, bodies: &[&[u8]]) {
    let publisher = Publisher::connect(settings).await.expect("a publisher");
    let mut confirms = Vec::new();
    for body in bodies {
        confirms.push(
            publisher.publish("hr.employee.changed", body, &BTreeMap::new()).await.expect("a connection"),
        );
    }
    for confirm in confirms {
        soon("a confirm", confirm.wait()).await.expect("a confirmed message");
    }
    publisher.close().await;
}
