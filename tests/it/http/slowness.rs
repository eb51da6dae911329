//! Who is slow is let go, and keeps nobody waiting.

use super::*;
use crate::support::rabbit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_is_let_go_and_keeps_nobody_waiting() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let whole = webhook(SECRET, V2.as_bytes());
        // As many as there are places for bodies of unknown length, and more.
        let endless = format!(
            "POST /hooks/bob HTTP/1.1\r\nhost: x\r\nbob-signature: {}\r\ntransfer-encoding: chunked\r\n\r\n5\r\n",
            signature(SECRET, b"")
        );
        // Until then it is on its way to the broker, which takes time of its own.
        hook.post_until_taken(V2.as_bytes()).await;
        let mut slow = Vec::new();
        for _ in 0..20 {
            let mut line = Line::open(hook.address).await;
            line.send(endless.as_bytes()).await;
            slow.push(line);
        }
        let (mut nothing, mut head, mut body) = (
            Line::open(hook.address).await,
            Line::open(hook.address).await,
            Line::open(hook.address).await,
        );
        head.send(&whole[..60]).await;
        body.send(&whole[..whole.len() - 1]).await;
        tokio::select! {
            biased;
            _ = slow[0].answer() => panic!("a good webhook had to wait for the slow ones"),
            good = hook.post(V2.as_bytes()) => assert_eq!(good.status, 200),
        }
        assert_eq!(body.answer().await.unwrap().status, 408);
        let mut statuses = Vec::new();
        for line in &mut slow {
            let answer = line.answer().await.unwrap();
            let is_busy = answer.body == "Too many large webhooks are in hand; send it again later.";
            assert_eq!((is_busy, answer.head.contains("retry-after")), (answer.status == 503, is_busy));
            statuses.push(answer.status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [[408; 16].as_slice(), &[503; 4]].concat());
        assert!(nothing.answer().await.is_none());
        assert!(head.answer().await.is_none_or(|answer| answer.status == 408));
        let log = hook.log.clone();
        hook.stopped().await;
        assert!(log.count("too many large ones at once") > 0);
        assert_eq!(log.count("not taken by the broker"), 0, "which has taken all");
    })
    .await;
}

/// Bob gives a webhook 10 s; how much of that is ours, where nothing else is going on?
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_how_long_answers_take() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let clock = Clock::system();
        let mut line = Line::open(hook.address).await;
        let mut table = String::new();
        for (name, request, status) in [
            ("a webhook, confirmed", webhook(SECRET, V2.as_bytes()), 200),
            ("a wrong signature", webhook("x", V2.as_bytes()), 401),
        ] {
            let mut took = Vec::new();
            for _ in 0..300 {
                let before = clock.now();
                line.send(&request).await;
                assert_eq!(line.answer().await.unwrap().status, status);
                took.push((clock.now() - before).num_microseconds().expect("a short while"));
            }
            took.sort_unstable();
            let (median, p99, most) = (took[150], took[297], took[299]);
            writeln!(table, "{name:<22} p50 {median:>7} µs   p99 {p99:>7} µs   most {most:>7} µs")
                .expect("memory");
        }
        println!("{table}");
        hook.stopped().await;
    })
    .await;
}
