//! A thousand bad requests a second against the daemon itself: its memory stays, and Bob gets through.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use okta_provisioner::sandbox::{self, Sandbox};
use tokio::process::Command;
use tokio::time::{MissedTickBehavior, interval};

use super::*;
use crate::support::daemon::{Config, Daemon};
use crate::support::rabbit;

const CONNECTIONS: u64 = 20;
const PER_SECOND: u64 = 1_000;
/// How many bad requests must have been answered; a busy machine may take longer for them.
const ENOUGH: u32 = 10_000;
const AT_MOST: i64 = 120;

/// What `/proc` says that a process holds in memory, in MiB.
fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process that runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    f64::from(kib) / 1024.0
}

/// Bad requests over one connection, as many as are due in this time; what became of them, by status.
async fn flood(address: SocketAddr, answered: Arc<AtomicU32>, stop: CancellationToken) -> BTreeMap<u16, u32> {
    let forged = signature("forged", b"");
    let small = V2.as_bytes();
    let large = vec![b' '; 200_000];
    let kinds = [
        request(JSON, small),
        webhook("forged", small),
        request("bob-signature: none\r\n", small),
        request("", b"Ping tesT"),
        b"GET /.env HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
    ];
    let rare = [
        request(&format!("bob-signature: {forged}\r\n"), &large),
        format!(
            "POST /hooks/bob HTTP/1.1\r\nhost: x\r\nbob-signature: {forged}\r\ncontent-length: 300000\r\n\r\n"
        )
        .into(),
        format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(100_000)).into_bytes(),
    ];
    let mut due = interval(Duration::from_millis(1000 * CONNECTIONS / PER_SECOND));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut counts, mut line) = (BTreeMap::new(), Line::open(address).await);
    for number in 0.. {
        if stop.run_until_cancelled(due.tick()).await.is_none() {
            break;
        }
        let request =
            if number % 100 == 99 { &rare[number / 100 % rare.len()] } else { &kinds[number % kinds.len()] };
        line.send(request).await;
        let answer = line.answer().await;
        answered.fetch_add(u32::from(answer.is_some()), Ordering::Relaxed);
        *counts.entry(answer.as_ref().map_or(0, |answer| answer.status)).or_default() += 1;
        // Who is refused before the end of the body has to come again.
        if answer.is_none_or(|answer| answer.head.contains("connection: close") || answer.status == 413) {
            line = Line::open(address).await;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_table_memory_stays_and_bob_gets_through() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox =
            Sandbox::start(sandbox::Options::new("token", clock.as_fn())).await.expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let more =
            format!("[webhook]\nsecret = {SECRET:?}\n[http]\nlisten = \"127.0.0.1:0\"\n").replace(' ', "");
        let secret = SECRET.replace(' ', "");
        let org_url = sandbox.url();
        let config = Config {
            org_url: &org_url,
            token: "token",
            broker: &rabbit.settings,
            folder: folder.path(),
            more: &more,
        };
        let mut daemon = Daemon::start(&config.write());
        let said = daemon.said("webhook.listening").await;
        let address = said["address"].as_str().expect("an address").parse().expect("an address");

        let stop = CancellationToken::new();
        let answered = Arc::new(AtomicU32::new(0));
        let flood = || tokio::spawn(flood(address, Arc::clone(&answered), stop.clone()));
        let floods: Vec<_> = (0..CONNECTIONS).map(|_| flood()).collect();
        let mut taken = 0;
        let mut due = interval(Duration::from_millis(100));
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let began = clock.now();
        let mut before = None;
        let took = || (clock.now() - began).num_seconds();
        // One second to get going, ten that count, and more until enough were answered.
        while took() < 11 || (answered.load(Ordering::Relaxed) < ENOUGH && took() < AT_MOST) {
            due.tick().await;
            let mut bob = Line::open(address).await;
            bob.send(&webhook(&secret, V2.replace("system", &taken.to_string()).as_bytes())).await;
            let status = bob.answer().await.map(|answer| answer.status);
            assert_eq!(status, Some(200), "webhook {taken}");
            taken += 1;
            if before.is_none() && took() >= 1 {
                before = Some(resident(daemon.pid()));
            }
        }
        let (before, after) = (before.expect("a second passed"), resident(daemon.pid()));
        let took = took();
        stop.cancel();
        let mut counts = BTreeMap::<u16, u32>::new();
        for flood in floods {
            for (status, count) in flood.await.expect("no panic") {
                *counts.entry(status).or_default() += count;
            }
        }
        let bad: u32 = counts.values().sum();
        println!("{bad} bad requests in {took} s, by status {counts:?}; {taken} good ones, all 200");
        println!("resident after one second {before:.1} MiB, at the end {after:.1} MiB");
        assert!(!counts.keys().any(|status| (200..300).contains(status)), "{counts:?}");
        assert!(
            counts.contains_key(&401) && counts.contains_key(&404) && counts.contains_key(&413),
            "{counts:?}"
        );
        let answered = answered.load(Ordering::Relaxed);
        assert!(answered >= ENOUGH, "only {answered} of {bad} in {took} s: {counts:?}");
        assert!(after < before + 32.0, "from {before} to {after} MiB");
        let (status, said) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        let refused = said.iter().filter(|line| line["code"] == "webhook.refused").count();
        let most = 3 + usize::try_from(took / 60).expect("a short while");
        assert!((1..=most).contains(&refused), "{refused} lines: at most one a minute, and one at the end");
        sandbox.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_in_use_is_told_at_the_start() {
    rabbit::with(async |rabbit| {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = taken.local_addr().expect("its address");
        let folder = tempfile::tempdir().expect("a folder");
        let more = format!("[webhook]\nsecret = 's'\n[http]\nlisten = '{address}'\n");
        let config = Config {
            org_url: "http://127.0.0.1:9",
            token: "token",
            broker: &rabbit.settings,
            folder: folder.path(),
            more: &more,
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command.arg("--config").arg(config.write()).arg("run").stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = soon("the end", command.output()).await.expect("the program");
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{errors}");
        assert!(errors.contains(&format!("http.listen: nothing can be served at {address}")), "{errors}");
    })
    .await;
}
