//! A bad day, as a real Prometheus sees it: the right alarms fire, no others, and each ends with its trouble.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use okta_provisioner::broker::Publisher;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::metrics;
use super::prometheus::Prometheus;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Config, Daemon};
use crate::support::{PATIENCE, rabbit, soon};

const PEOPLE: usize = 300;
/// Whom HR's bad filter has leave.
const FILTERED: usize = 120;
/// Who leaves before that, as HR means it.
const LEAVER: usize = 200;
/// The share of all that the guard lets go in a day.
const LIMIT: usize = 15;
const TOKEN: &str = "00sandboxTokenOfTheTests";
const NOBODY: [&str; 0] = [];

/// HR, on a clock that gives each event its own instant.
struct Hr {
    publisher: Publisher,
    clock: Clock,
}

impl Hr {
    async fn says(&self, kind: &str, people: impl Iterator<Item = usize>, fields: impl Fn(usize) -> Value) {
        let mut confirms = Vec::new();
        for person in people {
            let now = self.clock.now();
            let event = json!({
                "specversion": "1.0", "id": format!("{person}-{kind}-{}", now.timestamp_micros()), "source": "/hr",
                "type": format!("hr.employee.{kind}"), "subject": person.to_string(), "time": now.to_rfc3339(),
                "data": {"fields": fields(person)},
            });
            confirms.push(self.publish(event.to_string().as_bytes()).await);
        }
        for confirm in confirms {
            confirm.wait().await.expect("a queue");
        }
    }

    async fn publish(&self, body: &[u8]) -> okta_provisioner::broker::Confirm {
        self.publisher.publish("hr.test", body, &BTreeMap::new()).await.expect("a broker")
    }

    /// The day before yesterday: whatever the zone, it is over.
    fn past(&self) -> Value {
        json!((self.clock.now() - chrono::TimeDelta::days(2)).date_naive())
    }
}

fn login(person: usize) -> String {
    format!("p{person}@acme.example")
}

/// An account that agrees with what HR will say.
fn plant(sandbox: &Sandbox, person: usize) {
    let login = login(person);
    let profile = json!({"login": login, "email": login, "firstName": "Mira", "lastName": "Castellan",
        "displayName": "Mira Castellan", "employeeNumber": person.to_string()});
    sandbox.insert(profile, "ACTIVE");
}

fn cut(sandbox: &Sandbox) -> usize {
    sandbox.users().iter().filter(|user| user["status"] == "DEPROVISIONED").count()
}

/// A daemon whose log somebody reads: a full pipe would stop it.
struct Attended {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    end: JoinHandle<()>,
}

impl Attended {
    async fn start(config: &Path) -> Self {
        let mut daemon = Daemon::start(config);
        let line = daemon.said("http.listening").await;
        let address = line["address"].as_str().expect("an address").parse().expect("host and port");
        daemon.said("broker.connected").await;
        let (stop, mut stopped) = oneshot::channel();
        let end = tokio::spawn(async move {
            while tokio::select! { _ = &mut stopped => false, _ = daemon.line_within(PATIENCE) => true } {}
            let (status, _) = daemon.terminate().await;
            assert!(status.success(), "{status}");
        });
        Self { address, stop, end }
    }

    async fn terminate(self) {
        self.stop.send(()).expect("somebody who reads");
        soon("the end", self.end).await.expect("a good end");
    }
}

async fn command(config: &Path, words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    let done = command.arg("--config").arg(config).args(words).output().await.expect("the program");
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_raises_the_right_alarms_and_no_others() {
    rabbit::with(async |rabbit| {
        let clock = Clock::system();
        let options = sandbox::Options { limit: 1_000_000, ..sandbox::Options::new(TOKEN, clock.as_fn()) };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        sandbox.record(false);
        for person in 0..PEOPLE {
            plant(&sandbox, person);
        }
        let proxy = ChaosProxy::start(&rabbit::address()).await;
        let broker = rabbit.via(proxy.address());
        let folder = tempfile::tempdir().expect("a folder");
        let more = "[http]\nlisten = \"127.0.0.1:0\"\n";
        let config =
            Config { org_url: &sandbox.url(), token: TOKEN, broker: &broker, folder: folder.path(), more };
        let file = config.write();
        let daemon = Attended::start(&file).await;
        let mut prometheus = Prometheus::start().await;
        prometheus.scrape(daemon.address).expect("a file");
        let hr = Hr { publisher: Publisher::connect(&rabbit.settings).await.expect("a broker"), clock };

        let hired = |person| {
            json!({"work.startDate": "2020-03-02", "root.email": login(person), "root.firstName": "Mira",
                "root.surname": "Castellan", "root.displayName": "Mira Castellan"})
        };
        hr.says("hired", 0..PEOPLE, hired).await;
        prometheus.sees(&format!("okta_provisioner_people{{access=\"active\"}} == {PEOPLE}")).await;
        prometheus.fires(&NOBODY).await;

        proxy.block().await;
        prometheus.fires(&["BrokerLost"]).await;
        proxy.restore();
        prometheus.fires(&NOBODY).await;

        let past = hr.past();
        // Somebody takes the token away; somebody leaves; and a message is none.
        sandbox.set_token("00anotherToken");
        hr.says("terminated", LEAVER..=LEAVER, |_| json!({"employee.lastDayOfWork": past})).await;
        hr.publish(b"{").await.wait().await.expect("a queue");
        prometheus.fires(&["Halted", "LeaverLate", "DeadLetters"]).await;
        sandbox.set_token(TOKEN);
        rabbit.pop(&rabbit.settings.dead_letter()).await;
        prometheus.fires(&NOBODY).await;

        // HR's export blanks a filter. One command refuses the batch.
        hr.says("terminated", 0..FILTERED, |_| json!({"employee.lastDayOfWork": past})).await;
        prometheus.fires(&["LeaversHeld"]).await;
        prometheus.sees(&format!("okta_provisioner_held_leavers == {}", FILTERED + 1 - LIMIT)).await;
        assert_eq!(cut(&sandbox), LIMIT);
        metrics::check(&format!("http://{}", daemon.address)).await;
        command(&file, &["approve", "--reject", "--all"]).await;
        prometheus.fires(&NOBODY).await;
        hr.says("changed", 0..FILTERED, |_| json!({"employee.lastDayOfWork": null})).await;
        prometheus.sees(&format!("okta_provisioner_people{{access=\"active\"}} == {}", PEOPLE - 1)).await;

        daemon.terminate().await;
        prometheus.fires(&["Down"]).await;

        let more = "[http]\nlisten = \"127.0.0.1:0\"\nexpect_events_within = \"1s\"\n";
        Config { more, ..config }.write();
        let daemon = Attended::start(&file).await;
        prometheus.scrape(daemon.address).expect("a file");
        prometheus.fires(&["Silence"]).await;
        daemon.terminate().await;
        sandbox.stop().await;
    })
    .await;
}
