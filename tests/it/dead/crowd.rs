//! Many letters, and more than one who wants them.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use okta_provisioner::broker::Error;

use super::{Fate, all, bodies, declare, drained, go_through, letters, numbered, put, waits};
use crate::support::{rabbit, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_are_listed_and_all_are_there_afterwards() {
    rabbit::with(async |rabbit| {
        declare(&rabbit.settings).await;
        put(rabbit, &numbered(10_000)).await;
        for _ in 0..2 {
            let seen = letters(&rabbit.settings).await;
            assert_eq!((seen.len(), bodies(&seen).len()), (10_000, 10_000));
        }
        // The third reader renews them.
        assert_eq!(letters(&rabbit.settings).await.len(), 10_000);
        assert_eq!(bodies(&letters(&rabbit.settings).await).len(), 10_000);
        assert_eq!(all(&rabbit.settings, Fate::Drop).await.dropped, 10_000);
        assert!(letters(&rabbit.settings).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_operators_at_once_each_has_all_or_is_told_of_the_other() {
    rabbit::with(async |rabbit| {
        declare(&rabbit.settings).await;
        put(rabbit, &numbered(300)).await;
        let read = async || {
            let mut seen = 0;
            let keep = |_: &_, _: &[u8]| {
                seen += 1;
                Fate::Keep
            };
            let outcome = soon("the letters", Box::pin(go_through(&rabbit.settings, keep))).await;
            match outcome {
                Ok(_) => assert_eq!(seen, 300),
                Err(Error::Busy { .. }) => assert_eq!(seen, 0),
                Err(error) => panic!("{error}"),
            }
        };
        for _ in 0..6 {
            tokio::join!(read(), read(), read());
            waits(rabbit, &rabbit.settings.dead_letter(), 300).await;
        }
        assert_eq!(bodies(&letters(&rabbit.settings).await).len(), 300);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_the_middle_of_a_replay_loses_none() {
    rabbit::with(async |rabbit| {
        declare(&rabbit.settings).await;
        put(rabbit, &numbered(250)).await;
        let mut seen = 0;
        let die = |_: &_, _: &[u8]| {
            seen += 1;
            assert!(seen <= 150, "the power is gone");
            Fate::Replay
        };
        let crash = AssertUnwindSafe(go_through(&rabbit.settings, die)).catch_unwind();
        assert!(crash.await.is_err(), "a crash");
        // One batch was through, and is replayed once; the other letters are all still here.
        waits(rabbit, &rabbit.settings.dead_letter(), 150).await;
        waits(rabbit, &rabbit.settings.queue, 100).await;
        assert_eq!(all(&rabbit.settings, Fate::Replay).await.replayed, 150);
        let seen = drained(rabbit, 250).await;
        assert_eq!(seen.len(), 250, "each of them, once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_one_letter_and_replayed_once() {
    rabbit::with(async |rabbit| {
        let copies: Vec<String> = (0..230).map(|number| format!("letter {}", number % 2)).collect();
        declare(&rabbit.settings).await;
        put(rabbit, &copies).await;
        let seen = super::collapsed(&rabbit.settings).await;
        assert_eq!(seen.iter().map(|letter| letter.copies).collect::<Vec<_>>(), [115, 115]);
        let tally = all(&rabbit.settings, Fate::Replay).await;
        assert_eq!((tally.replayed, tally.dropped), (2, 228));
        assert_eq!(drained(rabbit, 2).await.len(), 2);
        assert!(letters(&rabbit.settings).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_stay_where_the_exchange_has_no_queue_for_them() {
    rabbit::with(async |rabbit| {
        declare(&rabbit.settings).await;
        put(rabbit, &numbered(3)).await;
        rabbit.delete_queue(&rabbit.settings.queue).await;
        let error = go_through(&rabbit.settings, |_, _| Fate::Replay).await.expect_err("no queue");
        assert!(matches!(error, Error::Unroutable { .. }), "{error}");
        waits(rabbit, &rabbit.settings.dead_letter(), 3).await;
    })
    .await;
}
