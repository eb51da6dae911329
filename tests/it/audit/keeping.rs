//! The record is looked after: its head is logged, what is too old is pruned, and the rest is still a chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::engine::{Engine, Parts, keep_record};
use okta_provisioner::ledger::{Activity, Filter, Ledger, Pruned, Report, Verified, code};
use okta_provisioner::okta::Client;
use okta_provisioner::sandbox::{self, Sandbox};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use super::run;
use crate::people::rules;
use crate::support::client::options;
use crate::support::log::{Log, listen};
use crate::support::{breath, soon};

struct Book {
    folder: TempDir,
    ledger: Ledger,
}

impl Book {
    /// So many decisions, one each day from New Year on.
    async fn of(days: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite3"), "org", Arc::new(rules())).unwrap();
        let rows = (0..days).map(|n| Activity::new(code::CREATED, day(n)).about(&n.to_string()));
        ledger.note(rows.collect()).await.unwrap();
        Self { folder, ledger }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.sqlite3")
    }

    fn verify(&self, known: Option<&str>) -> Verified {
        Report::open(&self.path()).unwrap().verify(known).unwrap()
    }

    fn engine(&self, org: &str, clock: &Clock) -> Arc<Engine> {
        let options = options(org, "token", rules().attributes(), clock.as_fn());
        Arc::new(Engine::new(Parts {
            ledger: self.ledger.clone(),
            okta: Client::new(options).unwrap(),
            clock: clock.clone(),
            stop: CancellationToken::new(),
            max_in_flight: 1,
            hr: None,
        }))
    }
}

fn day(n: usize) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(i64::try_from(n).unwrap())
}

#[tokio::test]
async fn what_is_too_old_goes_from_the_beginning_and_the_rest_is_whole() {
    let book = Book::of(10).await;
    let heads: Vec<String> = Report::open(&book.path())
        .unwrap()
        .activity(&Filter::default(), 100)
        .unwrap()
        .into_iter()
        .map(|entry| entry.hash.unwrap())
        .collect();
    let Pruned::Rows(2, mark, _) = book.ledger.prune(day(5), 2, day(10)).await.unwrap() else {
        panic!("a bite")
    };
    assert_eq!((mark.seq, mark.at, &mark.hash), (2, day(1), &heads[1]));
    assert!(matches!(book.ledger.prune(day(5), 100, day(10)).await.unwrap(), Pruned::Rows(3, ..)));
    assert_eq!(book.ledger.prune(day(5), 100, day(10)).await.unwrap(), Pruned::Nothing);
    let found = book.verify(Some(&heads[7]));
    assert_eq!((found.rows, found.broken, found.first.unwrap().seq), (7, None, 6), "each bite is recorded");
    assert_eq!((found.pruned.unwrap().seq, found.known.unwrap().seq), (5, 8));
    assert_eq!(
        book.verify(Some(&heads[4])).known.unwrap().seq,
        5,
        "the last one that was pruned is known still"
    );
    assert!(book.verify(Some(&heads[0])).broken.is_some(), "those before it are not");
    // However old the last one is, the record goes on behind it.
    book.ledger.prune(day(100), 100, day(101)).await.unwrap();
    book.ledger.note(vec![Activity::new(code::CREATED, day(101))]).await.unwrap();
    let found = book.verify(None);
    assert_eq!((found.rows, found.broken, found.head.unwrap().seq), (3, None, 14));
    let (status, out, notes) = run(&book.path(), &["audit", "export"]);
    assert_eq!((status, out.lines().count()), (0, 3));
    assert!(notes.contains("decisions up to 2026-01-11 00:00:00Z have been pruned (row 11)"), "{notes}");
}

#[tokio::test]
async fn taking_more_than_was_pruned_is_found_and_nothing_hides_a_change() {
    let book = Book::of(10).await;
    book.ledger.prune(day(3), 100, day(10)).await.unwrap();
    let tamper = |sql: &str| Connection::open(book.path()).unwrap().execute_batch(sql).unwrap();
    tamper("UPDATE activity SET employee = 'x' WHERE seq = 6");
    assert!(matches!(book.ledger.prune(day(9), 100, day(10)).await.unwrap(), Pruned::Rows(2, ..)));
    assert_eq!(book.ledger.prune(day(9), 100, day(10)).await.unwrap(), Pruned::Broken(6));
    assert!(book.verify(None).broken.is_some());
    tamper("UPDATE activity SET employee = '5' WHERE seq = 6");
    assert_eq!(book.verify(None).broken, None);
    tamper("DELETE FROM activity WHERE seq = 6");
    assert!(book.verify(None).broken.is_some());
}

#[tokio::test(flavor = "current_thread")]
async fn the_head_is_logged_hourly_and_old_decisions_go_daily_once_the_clock_is_known_to_be_right() {
    listen();
    let book = Book::of(3).await;
    let clock = Clock::manual(day(10));
    // Okta's clock says that ours is ahead.
    let behind = Arc::new(AtomicI64::new(10));
    let (ours, days) = (clock.clone(), Arc::clone(&behind));
    let oktas = Arc::new(move || ours.now() - TimeDelta::days(days.load(Ordering::Relaxed)));
    let org = Sandbox::start(sandbox::Options::new("token", oktas)).await.unwrap();
    let (engine, log) = (book.engine(&org.url(), &clock), Log::default());
    let asked = async || {
        let permit = engine.okta.admit_get("nobody", Urgency::Repair, clock.now()).await.unwrap();
        engine.okta.get("nobody", permit).await.unwrap();
    };
    asked().await;
    let keeping = keep_record(Arc::clone(&engine), Some(TimeDelta::hours(9 * 24 + 2)))
        .with_subscriber(log.subscriber());
    let keeping = tokio::spawn(keeping);
    let said = async |words: &str, count: usize| {
        let said = async {
            while log.count(words) < count {
                breath().await;
            }
        };
        soon(words, said).await;
        assert_eq!(log.count(words), count, "{words}");
    };
    said("audit.head", 1).await;
    behind.store(0, Ordering::Relaxed);
    asked().await;
    assert_eq!(log.count("audit.pruned"), 0, "nothing is old by a clock that is ahead");
    clock.advance(TimeDelta::hours(1));
    said("audit.head", 2).await;
    said("audit.pruned", 1).await;
    assert_eq!(book.verify(None).rows, 3, "one is gone, and that is a decision of its own");
    clock.advance(TimeDelta::hours(1));
    said("audit.head", 3).await;
    clock.advance(TimeDelta::hours(23));
    said("audit.head", 4).await;
    said("audit.pruned", 2).await;
    let head = engine.ledger.head().await.unwrap().unwrap();
    assert_eq!(log.count(&head.hash), 1, "the last line has the head");
    assert_eq!(book.verify(Some(&head.hash)).broken, None);
    engine.stop.cancel();
    soon("the end", keeping).await.unwrap();
}
