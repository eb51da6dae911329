//! Health under each fault: which one it is shows within seconds, and that it is over.

use std::process::Command;
use std::time::Duration;

use okta_provisioner::engine::clock::{Clock, Stopwatch};
use okta_provisioner::sandbox::{self, Sandbox};

use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Config, Daemon};
use crate::support::look::Looker;
use crate::support::rabbit;

const TOKEN: &str = "00sandboxTokenOfTheTests";

/// How soon a fault is to show, and that it is over; in tenths of a second that are counted one by one: they get longer
/// where this test waits for a core, as the daemon then does.
const SHOWN: u32 = 50;
const OVER: u32 = 150;

/// Waits for it no longer than that, and prints how long it took.
async fn within<T>(tenths: u32, what: &str, it: impl Future<Output = T>) -> T {
    let watch = Stopwatch::start();
    let too_long = async {
        for _ in 0..tenths {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let came = tokio::select! {
        came = it => came,
        () = too_long => panic!("{what}: not within {tenths} tenths of a second"),
    };
    println!("{what}: after {:?}", watch.elapsed());
    came
}

/// The reason for which the daemon is not ready, once this check shows it.
async fn shows(look: &Looker, name: &str) -> String {
    let (status, reason) = within(SHOWN, name, look.check(name, false)).await;
    assert_eq!(status, 503);
    reason
}

/// The fault is mended, and that shows as well.
async fn is_over(look: &Looker) {
    within(OVER, "ready again", look.ready()).await;
}

/// Lets a process write files up to this size.
fn limit_files(pid: u32, size: &str) {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &pid.to_string(), &format!("--fsize={size}:unlimited")]);
    assert!(command.status().expect("prlimit, of util-linux").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_shows_with_its_reason_and_goes_when_it_is_mended() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
        let org = sandbox.url().trim_start_matches("http://").to_owned();
        let (broker, okta) = (ChaosProxy::start(&rabbit::address()).await, ChaosProxy::start(&org).await);
        let folder = tempfile::tempdir().expect("a folder");
        let settings = rabbit.via(broker.address());
        let org_url = format!("http://{}", okta.address());
        let config =
            Config { org_url: &org_url, token: TOKEN, broker: &settings, folder: folder.path(), more: "" };
        let mut daemon = Daemon::start_unlimited(&config.write());
        let look = Looker::of(&mut daemon).await;
        look.ready().await;

        broker.block().await;
        let reason = shows(&look, "broker").await;
        assert!(reason.contains("broker"), "{reason}");
        broker.restore();
        is_over(&look).await;

        okta.block().await;
        let reason = shows(&look, "okta").await;
        assert!(reason.contains("Okta") || reason.contains("connection"), "{reason}");
        okta.restore();
        is_over(&look).await;

        okta.freeze();
        let reason = shows(&look, "okta").await;
        assert!(reason.starts_with("no answer from Okta for "), "{reason}");
        okta.thaw().await;
        is_over(&look).await;

        sandbox.set_token("00Another");
        let reason = shows(&look, "okta").await;
        assert!(reason.contains("the API token is not accepted"), "{reason}");
        look.metric("okta_provisioner_okta_halted 1").await;
        sandbox.set_token(TOKEN);
        is_over(&look).await;
        look.metric("okta_provisioner_okta_halted 0").await;

        limit_files(daemon.pid(), "1");
        let reason = shows(&look, "ledger").await;
        assert!(reason.starts_with("ledger: "), "{reason}");
        look.metric("okta_provisioner_ledger_writable 0").await;
        assert_eq!(look.text("/healthz").await, (200, "ok\n".into()), "a restart would not help");
        limit_files(daemon.pid(), "unlimited");
        is_over(&look).await;
        look.metric("okta_provisioner_ledger_writable 1").await;

        look.metric("okta_provisioner_ledger_readable 1").await;
        let (ledger, away) = (config.ledger(), folder.path().join("away.sqlite3"));
        std::fs::rename(&ledger, &away).expect("a file");
        look.metric("okta_provisioner_ledger_readable 0").await;
        std::fs::rename(&away, &ledger).expect("a file");
        look.metric("okta_provisioner_ledger_readable 1").await;

        let (status, _) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        sandbox.stop().await;
    })
    .await;
}

/// Whoever asks without end costs a call in two seconds at most, and none while others make calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_costs_few_calls() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, clock.as_fn())).await.expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config {
            org_url: &sandbox.url(),
            token: TOKEN,
            broker: &rabbit.settings,
            folder: folder.path(),
            more: "",
        };
        let mut daemon = Daemon::start(&config.write());
        let look = Looker::of(&mut daemon).await;
        look.ready().await;
        let began = clock.now();
        let before = sandbox.calls().len();
        for _ in 0..300 {
            assert_eq!(look.text("/readyz").await.0, 200);
        }
        let took = (clock.now() - began).num_seconds();
        let calls = sandbox.calls().len() - before;
        let most = usize::try_from(2 + took / 2).expect("a short while");
        assert!(calls <= most, "{calls} calls in {took} s");
        let (status, _) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        sandbox.stop().await;
    })
    .await;
}
