//! How fast, how late and how large: the daemon as a process of its own, between a real broker and
//! the sandbox on the same machine. Figures are printed, nothing is asserted.
//!
//! `./deploy/bench` runs it; `PEOPLE` and `SINGLES` change how much it does.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

#[path = "../it/support/daemon.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod daemon;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use okta_provisioner::broker::{Publisher, Settings};
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const TOKEN: &str = "00sandboxTokenOfTheBenchmark";

/// What the daemon's file of the tests asks of its neighbours.
async fn soon<T>(_: &str, it: impl Future<Output = T>) -> T {
    it.await
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (people, singles) = (number("PEOPLE", 20_000), number("SINGLES", 2_000));
    let url = std::env::var("BROKER_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".into());
    let name = format!("bench.{}", std::process::id());
    let broker = Settings {
        url: url.clone().into(),
        exchange: format!("{name}.hr"),
        queue: format!("{name}.events"),
        prefetch: 500,
        declare: true,
        ca_file: None,
    };
    let clock = Clock::system();
    let options = sandbox::Options { limit: 100_000_000, ..sandbox::Options::new(TOKEN, clock.as_fn()) };
    let sandbox = Sandbox::start(options).await.expect("a free port");
    sandbox.record(false);
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let lists = Arc::new(AtomicUsize::new(0));
    let aside = Arc::clone(&lists);
    sandbox.on_call(Arc::new(move |call: &sandbox::Call| {
        if call.method == "GET" && (call.path.contains("search") || call.path.ends_with("/me")) {
            aside.fetch_add(1, Ordering::Relaxed);
        } else {
            let _ = arrivals.send(Instant::now());
        }
    }));

    let publisher = Publisher::connect(&broker).await.expect("a broker; ./deploy/bench starts one");
    let hires: Vec<Value> = (0..people).map(hire).collect();
    publish(&publisher, &hires).await;
    let folder = tempfile::tempdir().expect("a folder");
    let more = "[log]\nlevel = \"info\"\n";
    let config = daemon::Config {
        org_url: &sandbox.url(),
        token: TOKEN,
        broker: &broker,
        folder: folder.path(),
        more,
    };
    let log = folder.path().join("log");
    let mut daemon = start(&config.write(), &log);

    let mut last = Instant::now();
    let mut first = None;
    let mut calls = 0;
    while calls < people {
        last = arrived.recv().await.expect("a sandbox");
        first.get_or_insert(last);
        calls += 1;
    }
    while let Ok(at) = tokio::time::timeout(Duration::from_secs(1), arrived.recv()).await {
        last = at.expect("a sandbox");
        calls += 1;
    }
    let to_last = last.duration_since(first.expect("a call")).as_secs_f64();
    let connected = since_connected(&log, last);
    println!("{people} hires waiting in the queue");
    println!(
        "  from connecting to the broker to the last create: {connected:.2} s, {:.0} people per second",
        rate(people, connected)
    );
    println!(
        "  from the first create to the last:                {to_last:.2} s, {:.0} people per second",
        rate(people, to_last)
    );
    println!(
        "  calls per person: {:.4} ({calls} calls, {} lists and probes aside)",
        ratio(calls, people),
        lists.load(Ordering::Relaxed)
    );
    println!("  users in the org: {} of {people}", sandbox.users().len() - 1);
    println!("  peak memory of the daemon: {:.1} MiB", peak(daemon.id()));

    let mut waits = Vec::with_capacity(singles);
    for i in 0..singles {
        let event = change(i % people, i);
        let body = event.to_string();
        let sent = Instant::now();
        let confirm = publisher
            .publish("hr.employee.changed", body.as_bytes(), &BTreeMap::new())
            .await
            .expect("a broker");
        let at = arrived.recv().await.expect("a sandbox");
        waits.push(at.duration_since(sent).as_secs_f64() * 1e3);
        confirm.wait().await.expect("a queue");
        // Idle again.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waits.sort_by(f64::total_cmp);
    let part = |share: usize| {
        waits
            .get((waits.len() * share / 1000).min(waits.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    println!("{singles} single changes on an idle daemon, from publish to the call's arrival");
    println!(
        "  p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
        part(500),
        part(900),
        part(990),
        part(1000)
    );
    println!("  peak memory of the daemon: {:.1} MiB", peak(daemon.id()));
    daemon.kill().expect("a process");
    daemon.wait().expect("an end");
    publisher.close().await;
    sandbox.stop().await;
    clean(&url, &broker).await;
}

fn start(config: &Path, log: &Path) -> Child {
    let log = std::fs::File::create(log).expect("a file");
    Command::new(env!("CARGO_BIN_EXE_okta-provisioner"))
        .arg("--config")
        .arg(config)
        .arg("run")
        .stdout(Stdio::from(log))
        .spawn()
        .expect("the program")
}

/// Seconds from the daemon's word that it consumes to an instant.
fn since_connected(log: &Path, at: Instant) -> f64 {
    let text = std::fs::read_to_string(log).expect("a log");
    let line = text.lines().find(|line| line.contains("\"broker.connected\"")).expect("it consumes");
    let line: Value = serde_json::from_str(line).expect("JSON");
    let said: chrono::DateTime<chrono::Utc> =
        line["time"].as_str().and_then(|time| time.parse().ok()).expect("a time");
    let ago = (Clock::system().now() - said).to_std().expect("the past").as_secs_f64();
    ago - at.elapsed().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn ratio(one: usize, other: usize) -> f64 {
    one as f64 / other as f64
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn rate(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds
}

/// The most memory that a process has held, in MiB.
fn peak(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

async fn publish(publisher: &Publisher, events: &[Value]) {
    let mut confirms = Vec::with_capacity(events.len());
    for event in events {
        let body = event.to_string();
        confirms.push(
            publisher
                .publish("hr.employee.hired", body.as_bytes(), &BTreeMap::new())
                .await
                .expect("a broker"),
        );
    }
    for confirm in confirms {
        confirm.wait().await.expect("a queue");
    }
}

fn hire(i: usize) -> Value {
    event(
        "hired",
        i,
        &format!("h{i}"),
        &json!({
            "root.email": format!("person{i}@example.com"), "root.firstName": "Pat", "root.surname": format!("Number {i}"),
            "root.displayName": format!("Pat Number {i}"), "work.title": "Engineer", "work.department": "Research",
            "work.site": "Leeds", "work.startDate": "2020-02-01", "address.city": "Leeds", "address.country": "United Kingdom",
        }),
    )
}

fn change(person: usize, i: usize) -> Value {
    event("changed", person, &format!("c{i}"), &json!({"work.title": format!("Engineer {i}")}))
}

fn event(kind: &str, person: usize, id: &str, fields: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/bench", "type": format!("hr.employee.{kind}"),
        "subject": format!("{person}"), "time": Clock::system().now().to_rfc3339(), "data": {"fields": fields},
    })
}

async fn clean(url: &str, broker: &Settings) {
    use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
    let connection =
        lapin::Connection::connect(url, lapin::ConnectionProperties::default()).await.expect("a broker");
    let channel = connection.create_channel().await.expect("a channel");
    for name in [&broker.queue, &broker.dead_letter()] {
        let _ = channel.queue_delete(name.as_str().into(), QueueDeleteOptions::default()).await;
    }
    for name in [&broker.exchange, &broker.dead_letter()] {
        let _ = channel.exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default()).await;
    }
}
