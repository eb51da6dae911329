//! The crash story: whatever is killed, cut or failing, the org ends as the facts say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use okta_provisioner::app::settings::Settings;
use okta_provisioner::broker::Publisher;
use okta_provisioner::domain::access::Access;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::employee::{Employee, Memory};
use okta_provisioner::domain::event::Event;
use okta_provisioner::domain::facts::Facts;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::ledger::{Filter, Report};
use okta_provisioner::sandbox::{self, Sandbox};
use serde_json::{Value, json};

use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Config, Daemon};
use crate::support::rabbit;
use crate::support::random::Random;

const PEOPLE: usize = 320;
const EVENTS: usize = 2_100;
const KILLS: usize = 12;
const CUTS: usize = 6;
const TOKEN: &str = "00sandboxTokenOfTheTests";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nobody_doubled_whatever_is_killed() {
    rabbit::with(async |rabbit| {
        let mut random = Random::seeded("crash story");
        let clock = Clock::system();
        let sandbox = Sandbox::start(sandbox::Options {
            limit: 1_000_000,
            ..sandbox::Options::new(TOKEN, clock.as_fn())
        })
        .await
        .expect("a free port");
        sandbox.record(false);
        let proxy = ChaosProxy::start(&rabbit::address()).await;
        let broker = rabbit.via(proxy.address());
        let folder = tempfile::tempdir().expect("a folder");
        // Half the company is cut within a minute.
        let more = "[log]\nlevel = \"info\"\n[guard]\ncuts_share = 1.0\nrevocations_share = 1.0\n\
                    renames_share = 1.0\nrewrites_share = 1.0\nfield_share = 1.0\n";
        let config =
            Config { org_url: &sandbox.url(), token: TOKEN, broker: &broker, folder: folder.path(), more };
        let file = config.write();
        let rules = Settings::load(Some(&file)).expect("a good configuration").rules;

        let events = history(&mut random, clock.now());
        let mut queue: Vec<&Value> = events.iter().collect();
        for _ in 0..EVENTS / 5 {
            queue.push(&events[random.below(EVENTS)]);
        }
        random.shuffle(&mut queue);
        let publisher = Publisher::connect(&rabbit.settings).await.expect("a broker");
        let mut confirms = Vec::new();
        for event in &queue {
            let body = event.to_string();
            confirms.push(
                publisher.publish("hr.test", body.as_bytes(), &BTreeMap::new()).await.expect("a broker"),
            );
        }
        for confirm in confirms {
            confirm.wait().await.expect("a queue");
        }

        sandbox.faults().random(random.next(), 0.05, true);
        let mut daemon = Daemon::start(&file);
        daemon.said("daemon.started").await;
        for blow in 0..KILLS + CUTS {
            // At a random instant, told by how much the daemon has said since the last blow.
            for _ in 0..random.between(1, 180) {
                if daemon.line_within(Duration::from_secs(2)).await.is_none() {
                    break;
                }
            }
            if blow % 3 == 2 {
                proxy.cut().await;
            } else {
                daemon.kill().await;
                daemon = Daemon::start(&file);
                daemon.said("daemon.started").await;
            }
        }
        let ids: BTreeSet<&str> = events.iter().filter_map(|event| event["id"].as_str()).collect();
        let report = Report::open(&config.ledger()).expect("a ledger");
        let rest = async {
            while !all_done(&report, &ids, clock.now()) {
                daemon.line_within(Duration::from_millis(300)).await;
                while daemon.line_within(Duration::from_millis(20)).await.is_some() {}
            }
        };
        tokio::time::timeout(Duration::from_mins(3), rest).await.expect("an end within 3 minutes");
        let (status, _) = daemon.terminate().await;
        assert!(status.success(), "{status}");
        rabbit.assert_empty(&rabbit.settings.dead_letter()).await;
        rabbit.assert_empty(&rabbit.settings.queue).await;
        agree(&rules, &events, &sandbox, clock.now());
        publisher.close().await;
        sandbox.stop().await;
    })
    .await;
}

/// The events of some careers, each person's in no order in particular.
fn history(random: &mut Random, now: DateTime<Utc>) -> Vec<Value> {
    let mut events = Vec::new();
    for id in 0..EVENTS {
        // Everybody is hired first; what else happens is chance.
        let person = if id < PEOPLE { id } else { random.below(PEOPLE) };
        let mut day = |least, most| {
            let day = now.date_naive() + TimeDelta::days(random.between(least, most));
            json!(day.to_string())
        };
        let (past, future, early) = (day(-40, -3), day(3, 40), day(-400, -60));
        let fields = |fields: Value| fields;
        let (kind, fields) = if id < PEOPLE {
            let whole = json!({
                "root.email": format!("p{person}@example.com"), "root.firstName": "Pat", "root.surname": format!("No{person}"),
                "work.title": "Cook", "work.startDate": if random.percent(90) { early } else { future },
            });
            ("hired", whole)
        } else {
            match random.below(20) {
                0..=6 => ("changed", json!({"work.title": format!("Title {}", random.below(9))})),
                7..=8 => (
                    "changed",
                    json!({"work.department": if random.percent(30) { Value::Null } else { json!(format!("D{id}")) }}),
                ),
                9..=10 => ("changed", json!({"root.email": format!("p{person}.{id}@example.com")})),
                11..=12 => ("terminated", fields(json!({"internal.terminationDate": past}))),
                13 => ("terminated", json!({"employee.lastDayOfWork": future})),
                14 => ("changed", json!({"internal.terminationDate": null, "employee.lastDayOfWork": null})),
                15 => ("rehired", json!({"work.startDate": past, "work.title": "Again"})),
                16 => ("access_revoked", json!({})),
                17 => ("access_restored", json!({})),
                18 => ("changed", json!({"work.startDate": if random.percent(50) { early } else { future }})),
                _ => ("deleted", json!({})),
            }
        };
        let time = now - TimeDelta::minutes(random.between(10, 40_000));
        events.push(json!({
            "specversion": "1.0", "id": format!("e{id}"), "source": "/crash", "type": format!("hr.employee.{kind}"),
            "subject": format!("{person}"), "time": time.to_rfc3339(), "data": {"fields": fields},
        }));
    }
    events
}

/// Whether every event has been taken and everybody has been dealt with.
fn all_done(report: &Report, ids: &BTreeSet<&str>, now: DateTime<Utc>) -> bool {
    let summary = report.summary(now).expect("a readable ledger");
    let waiting = summary.waiting.iter().any(|(what, _)| what == "retry" || what == "mirror");
    if summary.due > 0 || waiting {
        return false;
    }
    let entries = report.activity(&Filter::default(), usize::MAX).expect("a readable ledger");
    let taken: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.event.as_deref()).collect();
    ids.iter().all(|id| taken.contains(id))
}

/// The org is what the domain says for the union of all events, merged in the order of their making.
fn agree(rules: &Rules, events: &[Value], sandbox: &Sandbox, now: DateTime<Utc>) {
    let tracked = rules.tracked();
    let mut facts: BTreeMap<String, Facts> = BTreeMap::new();
    for event in events {
        let event = Event::decode(event.to_string().as_bytes(), now).expect("a good event");
        facts.entry(event.employee.clone()).or_default().merge(&event, &tracked);
    }
    let users = sandbox.users();
    let mut seen = BTreeMap::new();
    for (person, facts) in facts {
        let employee = Employee::new(&person, facts, Memory::default());
        let mine: Vec<_> =
            users.iter().filter(|user| user["profile"]["employeeNumber"] == person.as_str()).collect();
        assert!(mine.len() <= 1, "employee {person} has {} accounts", mine.len());
        let status = mine.first().map_or("none", |user| user["status"].as_str().expect("a status"));
        let access = rules.desired(&employee, now).access;
        *seen.entry(format!("{} → {status}", access.as_str())).or_insert(0) += 1;
        match access {
            Access::Active => {
                assert_eq!(status, "PROVISIONED", "employee {person}");
                let wanted = rules
                    .mapping
                    .profile(|name| employee.known(name), false)
                    .expect("a good profile")
                    .profile;
                for (name, value) in &wanted {
                    assert_eq!(&mine[0]["profile"][name], value, "employee {person}: {name}");
                }
            }
            // Nobody has logged in, so that a suspension is a deactivation.
            Access::Deactivated | Access::Suspended => {
                assert!(matches!(status, "none" | "DEPROVISIONED"), "employee {person} is {status}");
            }
            // One that exists is left alone.
            Access::Absent | Access::Staged | Access::Unmanaged => {}
        }
    }
    println!("{seen:#?}");
}
