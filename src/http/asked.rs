//! A question to somebody who may not answer: put once at a time, however many want to know.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::instrument::WithSubscriber;

use crate::engine::clock::Stopwatch;

/// The question, and what is known of the answer.
pub(super) struct Asked<T>(Mutex<State<T>>);

struct State<T> {
    pending: Option<(Stopwatch, JoinHandle<T>)>,
    known: Option<(Stopwatch, Result<T, Duration>)>,
}

impl<T: Clone + Send + 'static> Asked<T> {
    pub fn new() -> Self {
        Self(Mutex::new(State { pending: None, known: None }))
    }

    /// The answer, which may be as old as `fresh`; or, if it does not come within `patience`, how long there has
    /// been none. Then it is still waited for, in the background, and nobody asks anew.
    pub async fn ask<F: Future<Output = T> + Send + 'static>(
        &self,
        fresh: Duration,
        patience: Duration,
        question: impl FnOnce() -> F,
    ) -> Result<T, Duration> {
        let mut state = self.0.lock().await;
        if let Some((at, known)) = &state.known
            && at.elapsed() <= fresh
        {
            return known.clone();
        }
        let put = || (Stopwatch::start(), tokio::spawn(question().with_current_subscriber()));
        let (since, answer) = state.pending.get_or_insert_with(put);
        let known = match timeout(patience, answer).await {
            Ok(answer) => {
                state.pending = None;
                Ok(answer.expect("a question does not panic"))
            }
            Err(_) => Err(since.elapsed()),
        };
        state.known = Some((Stopwatch::start(), known.clone()));
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    const EVER: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn an_answer_holds_for_a_while() {
        let asked = Asked::new();
        assert_eq!(asked.ask(EVER, EVER, || ready(1)).await, Ok(1));
        assert_eq!(asked.ask(EVER, EVER, || ready(2)).await, Ok(1));
        assert_eq!(asked.ask(Duration::ZERO, EVER, || ready(3)).await, Ok(3));
    }

    #[tokio::test]
    async fn nobody_asks_anew_while_there_is_no_answer() {
        let asked: Asked<u8> = Asked::new();
        assert!(asked.ask(Duration::ZERO, Duration::ZERO, pending).await.is_err());
        let again = async || asked.ask(Duration::ZERO, Duration::from_millis(1), || ready(1)).await;
        assert!(again().await.is_err(), "still the first question");
        let (answer, come) = tokio::sync::oneshot::channel();
        let asked: Asked<u8> = Asked::new();
        let first = asked.ask(Duration::ZERO, Duration::ZERO, || async { come.await.expect("an answer") });
        assert!(first.await.is_err());
        answer.send(7).unwrap();
        assert_eq!(asked.ask(Duration::ZERO, EVER, || ready(1)).await, Ok(7), "late, and yet the answer");
    }
}
