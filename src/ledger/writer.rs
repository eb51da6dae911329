//! One thread that owns the connection: it drains its mailbox into one transaction, then answers all.

use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::LedgerError;
use super::meter::Meter;

/// More than this in one transaction would make the first wait for the last.
const GROUP: usize = 512;

/// Does one caller's work in the transaction, or tells the caller why there is none.
type Job = Box<dyn FnOnce(Result<&Transaction, LedgerError>) -> Result<Answer, LedgerError> + Send>;
/// Tells the caller that the work is on disk, or why it is not.
type Answer = Box<dyn FnOnce(Option<LedgerError>)>;

#[derive(Clone, Debug)]
pub(super) struct Writer {
    mailbox: mpsc::UnboundedSender<Job>,
    meter: Meter,
}

impl Writer {
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (mailbox, jobs) = mpsc::unbounded_channel();
        let meter = Meter::new();
        let counted = meter.clone();
        thread::Builder::new().name("ledger".into()).spawn(move || serve(connection, jobs, &counted))?;
        Ok(Self { mailbox, meter })
    }

    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Runs `work` in a transaction that it may share with others; the answer means "on disk".
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.call_then(work, |value| value).await
    }

    /// The same, and then `after` with what came of it: on the writer's thread, once it is on disk, and before
    /// whatever comes behind that.
    pub async fn call_then<T: 'static, U: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, LedgerError> + Send + 'static,
        after: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, LedgerError> {
        let (reply, answer) = oneshot::channel();
        // A reply that nobody waits for any more is no fault: what is done is done.
        let job: Job = Box::new(move |tx| match tx.and_then(work) {
            Ok(value) => Ok(Box::new(move |failure| {
                let _ = reply.send(failure.map_or_else(|| Ok(after(value)), Err));
            })),
            Err(error) => {
                let _ = reply.send(Err(error.clone()));
                Err(error)
            }
        });
        self.mailbox.send(job).map_err(|_| LedgerError::Gone)?;
        answer.await.map_err(|_| LedgerError::Gone)?
    }
}

fn serve(mut connection: Connection, mut jobs: mpsc::UnboundedReceiver<Job>, meter: &Meter) {
    while let Some(first) = jobs.blocking_recv() {
        match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(tx) => group(tx, first, &mut jobs, meter),
            Err(error) => drop(first(Err(error.into()))),
        }
    }
}

/// One transaction, in which each job stands or falls by itself: what one of them cannot read or
/// store must not keep the others off the disk.
fn group(tx: Transaction, first: Job, jobs: &mut mpsc::UnboundedReceiver<Job>, meter: &Meter) {
    let timer = meter.seconds.start_timer();
    let mut answers = Vec::new();
    let mut next = Some(first);
    let mut failure = None;
    while let Some(job) = next {
        let ended = match execute(&tx, "SAVEPOINT job") {
            Ok(()) => job(Ok(&tx)),
            Err(error) => job(Err(error)),
        };
        let undone = if ended.is_err() { execute(&tx, "ROLLBACK TO job") } else { Ok(()) };
        answers.extend(ended.ok());
        // Where the disk is full, SQLite may have taken back everything by itself.
        if let Err(error) = undone.and_then(|()| execute(&tx, "RELEASE job")) {
            failure = Some(error);
            break;
        }
        next = if answers.len() < GROUP { jobs.try_recv().ok() } else { None };
    }
    let failure = match failure {
        Some(error) => {
            let _ = tx.rollback();
            Some(error)
        }
        None => tx.commit().err().map(LedgerError::from),
    };
    timer.observe_duration();
    #[expect(clippy::cast_precision_loss, reason = "there are a few hundred at most")]
    meter.jobs.observe(answers.len() as f64);
    for answer in answers {
        answer(failure.clone());
    }
}

/// A statement of the savepoint's, planned once.
fn execute(tx: &Transaction, sql: &str) -> Result<(), LedgerError> {
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}
