//! The commands that look ahead and back, as people start them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use okta_provisioner::app::settings::Settings;
use okta_provisioner::domain::account::{Account, OktaId, Status};
use okta_provisioner::domain::event::Event;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::ledger::Ledger;
use serde_json::{Value, json};
use tempfile::TempDir;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    let output = command.current_dir(folder).env_clear().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The objects that a command prints, a line each.
fn lines(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let (status, out, errors) = run(folder, arguments);
    assert_eq!((status, errors.as_str()), (0, ""), "{arguments:?}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn now() -> DateTime<Utc> {
    Clock::system().now()
}

/// A day from today on.
fn day(ahead: u64) -> String {
    (now().date_naive() + Days::new(ahead)).to_string()
}

fn event(id: usize, kind: &str, fields: &Value) -> Value {
    let time = now() - TimeDelta::hours(1);
    json!({"specversion": "1.0", "id": format!("e{id}-{kind}"), "source": "/hr", "type": format!("hr.employee.{kind}"),
        "subject": id.to_string(), "time": time.to_rfc3339(), "data": {"fields": fields}})
}

fn person(id: usize, start: &str) -> Value {
    json!({"work.startDate": start, "root.email": format!("p{id}@x.com"), "root.firstName": "Ann",
        "root.surname": "Lee", "work.title": "Cook", "work.department": format!("Dept {}", id % 3)})
}

fn account(id: usize, more: &Value) -> Account {
    let mut profile = json!({"login": format!("p{id}@x.com"), "email": format!("p{id}@x.com"), "firstName": "Ann",
        "lastName": "Lee", "title": "Cook", "department": format!("Dept {}", id % 3), "employeeNumber": id.to_string()});
    for (name, value) in more.as_object().unwrap() {
        profile[name] = value.clone();
    }
    let profile = profile.as_object().unwrap().clone();
    Account {
        id: OktaId(format!("00u{id}")),
        login: format!("p{id}@x.com"),
        status: Status::Active,
        created: DateTime::UNIX_EPOCH,
        status_changed: None,
        last_updated: now(),
        profile: profile.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        seen_at: now(),
    }
}

/// A ledger of these people, who have these accounts in a directory that has been listed.
async fn ledger(folder: &Path, events: &[Value], accounts: Vec<Account>) -> Ledger {
    let rules = Settings::load(None).unwrap().rules;
    let path = folder.join("okta-provisioner.sqlite3");
    let ledger = Ledger::open(&path, "https://acme.okta.com", Arc::clone(&rules)).unwrap();
    ledger.adapt("usual".into(), now()).await.unwrap();
    ledger.listed(accounts, now()).await.unwrap();
    ledger.mirrored(now()).await.unwrap();
    let decode = |event: &Value| Event::decode(event.to_string().as_bytes(), now()).unwrap();
    ledger.merge(events.iter().map(decode).collect(), now()).await.unwrap();
    ledger
}

#[tokio::test]
async fn a_plan_for_a_later_day_has_all_that_comes_by_itself_until_then() {
    let folder = TempDir::new().unwrap();
    let leaver = json!({"internal.terminationDate": day(4)});
    let events = [
        event(1, "hired", &person(1, &day(3))),
        event(2, "hired", &person(2, "2020-01-01")),
        event(2, "terminated", &leaver),
        event(3, "hired", &person(3, "2020-01-01")),
    ];
    let accounts = [2, 3].map(|id| account(id, &json!({}))).into();
    let _ledger = ledger(folder.path(), &events, accounts).await;
    let told = |arguments: &[&str]| {
        let lines = lines(folder.path(), arguments);
        let told = lines.iter().map(|line| {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            (text("employee"), text("at")[..10].to_owned(), text("next"))
        });
        told.collect::<Vec<_>>()
    };
    let on = |id: &str, ahead: u64, next: &str| (id.to_owned(), day(ahead), next.to_owned());
    assert_eq!(told(&["plan", "--json", "--at", &day(3)]), [on("1", 3, "create and activate")]);
    let all = [on("1", 3, "create and activate"), on("2", 5, "deactivate")];
    assert_eq!(told(&["plan", "--json", "--at", &day(5)]), all);
    assert_eq!(told(&["plan", "--json", "--at", &day(5), "--employee", "2"]), all[1..]);
    assert_eq!(told(&["plan", "--json", "--at", &day(5), "--employee", "3"]).len(), 1, "asked for, so told");

    // What HR may say changes it.
    let later = event(2, "changed", &json!({"internal.terminationDate": day(40)}));
    fs::write(folder.path().join("events"), format!("{later}\n")).unwrap();
    let changed = told(&["plan", "events", "--json", "--at", &day(5)]);
    assert_eq!((changed.len(), changed[0].2.as_str()), (1, "nothing"));

    assert_eq!(told(&["plan", "--json", "--at", &day(0)]), [], "today is not over");
    let (status, _, errors) = run(folder.path(), &["plan", "--at", "2020-01-01"]);
    assert!(status == 1 && errors.contains("--at is over"), "{errors}");
    assert_eq!(run(folder.path(), &["plan"]).0, 2, "a plan of nothing");
    let (status, _, errors) = run(folder.path(), &["plan", "--at", &day(1), "--employee", "9"]);
    assert!(status == 1 && errors.contains("no employee 9"), "{errors}");
}

#[tokio::test]
async fn what_stands_against_it_is_foretold_as_well() {
    let folder = TempDir::new().unwrap();
    let leaver = json!({"internal.terminationDate": day(4)});
    let events = [2, 3, 4].map(|id| {
        let fields = [person(id, "2020-01-01"), leaver.clone()].map(|part| part.as_object().unwrap().clone());
        event(id, "hired", &Value::Object(fields.into_iter().flatten().collect()))
    });
    let accounts = [2, 3, 4].map(|id| account(id, &json!({}))).into();
    let ledger = ledger(folder.path(), &events, accounts).await;
    let guard = "[guard]\ncuts_count = 1\ncuts_share = 0.0\nprotect_employees = [\"4\"]\n";
    fs::write(folder.path().join("few.toml"), guard).unwrap();
    let (at, few) = (day(6), ["--config", "few.toml"]);
    let waits = |arguments: &[&str]| {
        let lines = lines(folder.path(), &[&["plan", "--at", &at, "--json"], arguments].concat());
        lines.iter().map(|line| line["waits"]["for"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(waits(&few), [json!(null), json!("over_limit"), json!("protected")]);
    let (_, out, _) = run(folder.path(), &[&["plan", "--at", &at][..], &few].concat());
    assert!(out.contains("waits: protected: listed by guard.protect_employees"), "{out}");

    let said = async |arguments: &[&str]| {
        assert_eq!(run(folder.path(), arguments).0, 0);
        ledger.grant_wishes(now()).await.unwrap();
    };
    let (_, out, _) = run(folder.path(), &["pause", "--step", "deactivate"]);
    assert_eq!(out, "deactivate: asked; in force from the daemon's next start on\n");
    let (_, out, _) = run(folder.path(), &["pause"]);
    assert_eq!(out, "nothing is paused\nasked for, and not in force yet: pause step:deactivate\n");
    ledger.grant_wishes(now()).await.unwrap();
    assert_eq!(waits(&[]), ["paused"; 3]);
    said(&["resume", "--all"]).await;
    assert_eq!(waits(&[]), [json!(null), json!(null), json!(null)]);
    said(&["mode", "observe"]).await;
    for command in [&["plan", "--at", &at][..], &["upcoming"]] {
        let (_, out, _) = run(folder.path(), command);
        assert!(out.contains("observe: decides, and writes nothing to Okta"), "{command:?}: {out}");
    }
    let upcoming = lines(folder.path(), &["upcoming", "--json"]).remove(0);
    assert_eq!(upcoming["mode"], "operator");
    assert_eq!(run(folder.path(), &["resume"]).0, 2, "what?");
}

#[tokio::test]
async fn whoever_can_begin_without_an_update_does_not_wait_for_it() {
    let folder = TempDir::new().unwrap();
    let mut staged = account(1, &json!({"title": "Waiter"}));
    staged.status = Status::Staged;
    let ledger = ledger(folder.path(), &[event(1, "hired", &person(1, &day(0)))], vec![staged]).await;
    assert_eq!(run(folder.path(), &["pause", "--step", "update"]).0, 0);
    ledger.grant_wishes(now()).await.unwrap();
    let upcoming = lines(folder.path(), &["upcoming", "--json"]).remove(0);
    assert_eq!(upcoming["waiting"], json!([]));
}

#[tokio::test]
async fn another_mapping_tells_what_it_would_change_before_it_is_used() {
    let folder = TempDir::new().unwrap();
    let hired: Vec<Value> = (1..=6).map(|id| event(id, "hired", &person(id, "2020-01-01"))).collect();
    let accounts = [
        account(1, &json!({})),
        account(2, &json!({"title": null})),
        account(3, &json!({"title": "Chef"})),
        account(4, &json!({})),
    ];
    // 4 has a phone in Okta that HR says is none; 5 and 6 have no account.
    let phoneless = event(4, "changed", &json!({"work.workPhone": null}));
    let accounts: Vec<Account> = accounts
        .into_iter()
        .map(|mut account| {
            if account.id.0 == "00u4" {
                account.profile.insert("primaryPhone".into(), json!("+1"));
            }
            account
        })
        .collect();
    let ledger = ledger(folder.path(), &[&hired[..], &[phoneless]].concat(), accounts).await;
    let rows = r#"
[[mapping]]
okta = "title"
template = "{{ work.title }} ({{ work.department }})"
[[mapping]]
okta = "nickName"
bob = "root.firstName"
[[mapping]]
okta = "firstName"
bob = "root.callName"
[[mapping]]
okta = "department"
off = true
"#;
    fs::write(folder.path().join("new.toml"), format!("{rows}\n[okta]\nmax_in_flight = 3\n")).unwrap();
    let remap = lines(folder.path(), &["plan", "--mapping", "new.toml", "--json"]).remove(0);
    assert_eq!(remap["people"], 6);
    let everybody = json!(["1", "2", "3", "4", "5", "6"]);
    let blocked: Vec<_> = remap["blocked"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(json!(blocked), everybody, "firstName is unknown of all: {remap}");
    assert_eq!(
        (&remap["unknown_fields"], &remap["left"]),
        (&json!(["root.callName"]), &json!(["department"]))
    );
    assert_eq!(remap["attributes"], json!({}), "who is blocked changes in nothing");

    let without = rows.replace("root.callName", "root.firstName");
    fs::write(folder.path().join("new.toml"), without).unwrap();
    let remap = lines(folder.path(), &["plan", "--mapping", "new.toml", "--json"]).remove(0);
    let title = json!({"set": ["2"], "changed": ["1", "3", "4"], "cleared": [], "unseen": []});
    let nick = json!({"set": [], "changed": [], "cleared": [], "unseen": ["1", "2", "3", "4"]});
    // What the mapping in force is about to change anyway is not the new one's doing.
    assert_eq!(remap["attributes"], json!({"title": title, "nickName": nick}));
    assert_eq!(remap["blocked"], json!({}));
    assert_eq!(remap["taken"], json!({}), "a title is none");
    let (status, out, _) = run(folder.path(), &["plan", "--mapping", "new.toml"]);
    assert!(status == 0 && out.contains("title     changed"), "{out}");

    let email = "[[mapping]]\nokta = \"login\"\ntemplate = \"{{ root.id }}@y.com\"\n\
                 [[mapping]]\nokta = \"lastName\"\nvalue = \"Nobody\"\n";
    fs::write(folder.path().join("new.toml"), email).unwrap();
    let few = ["plan", "--mapping", "new.toml", "--json"];
    let remap = lines(folder.path(), &few).remove(0);
    let renamed = json!({"people": ["1", "2", "3", "4"], "limit": 10, "held": 0});
    assert_eq!(remap["taken"], json!({"rename": renamed}), "nobody is counted for two things");
    fs::write(folder.path().join("few.toml"), "[guard]\nrenames_count = 3\nrenames_share = 0.0\n").unwrap();
    let remap = lines(folder.path(), &[&few[..], &["--config", "few.toml"]].concat()).remove(0);
    assert_eq!(
        (&remap["taken"]["rename"]["limit"], &remap["taken"]["rename"]["held"]),
        (&json!(3), &json!(1))
    );

    // An account that only the new login leads to cannot be read: nobody is compared with another one's.
    let taken = Account { id: OktaId("00u9".into()), login: "1@y.com".into(), ..account(9, &json!({})) };
    ledger.listed(vec![taken], now()).await.unwrap();
    let file = rusqlite::Connection::open(folder.path().join("okta-provisioner.sqlite3")).unwrap();
    assert_eq!(file.execute("UPDATE account SET profile = 'damaged' WHERE id = '00u9'", []).unwrap(), 1);
    let remap = lines(folder.path(), &few).remove(0);
    assert_eq!((&remap["people"], &remap["taken"]["rename"]["people"]), (&json!(5), &json!(["2", "3", "4"])));

    fs::write(folder.path().join("new.toml"), "[[mapping]]\nokta = \"title\"\n").unwrap();
    let (status, _, errors) = run(folder.path(), &["plan", "--mapping", "new.toml"]);
    assert!(status == 2 && errors.contains("[[mapping]] title: needs exactly one of"), "{errors}");
}

#[tokio::test]
async fn upcoming_and_explain_tell_it_by_day_and_by_rule() {
    let folder = TempDir::new().unwrap();
    let events = [event(1, "hired", &person(1, &day(3)))];
    let _ledger = ledger(folder.path(), &events, Vec::new()).await;
    let (status, out, _) = run(folder.path(), &["upcoming"]);
    assert!(status == 0 && out.starts_with(&day(3)), "{out}");
    assert!(out.contains("00:00 UTC  1  p1@x.com  create, activate  employed"), "{out}");
    let (_, out, _) = run(folder.path(), &["upcoming", "--days", "1"]);
    assert!(out.contains("nothing is coming until"), "{out}");
    let (status, out, _) = run(folder.path(), &["explain", "1"]);
    assert!(status == 0 && out.contains("provisioned later?  yes        starts later"), "{out}");
    assert!(out.contains("title            ← work.title") && !out.contains("Cook"), "{out}");
    let (_, out, _) = run(folder.path(), &["explain", "1", "--values", "--at", &day(4)]);
    assert!(out.contains("employed?           yes  employed") && out.contains("Cook"), "{out}");
    let (status, _, errors) = run(folder.path(), &["explain", "9"]);
    assert!(status == 1 && errors.contains("no employee 9 is known"), "{errors}");
}

#[test]
fn check_runs_the_tests_of_the_mapping() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    fs::write(folder.path().join("own.toml"), "").unwrap();
    let test = "[[test]]\nname = \"t\"\ngiven = { \"root.email\" = \"a@x.com\", \"root.firstName\" = \"A\", \
                \"root.surname\" = \"B\" }\nexpect = { login = \"b@x.com\" }\n";
    fs::write(folder.path().join("tests/own.toml"), test).unwrap();
    let mapping = |arguments: &[&str]| {
        let (_, out, _) = run(folder.path(), &[&["check"], arguments].concat());
        out.lines().filter(|line| line.contains(" mapping ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(mapping(&[]), [""; 0], "no settings file, no folder beside it");
    let beside = mapping(&["--config", "own.toml"]);
    assert!(
        beside[0].starts_with("problem") && beside[0].contains("login is \"a@x.com\", expected \"b@x.com\""),
        "{beside:?}"
    );
    assert_eq!(mapping(&["--tests", "tests"]).len(), 1);
    fs::write(folder.path().join("tests/own.toml"), test.replace("b@x.com", "a@x.com")).unwrap();
    assert!(mapping(&["--tests", "tests"])[0].starts_with("ok"), "they hold");
    for (text, problem) in [
        ("[[test]]\nname = 1\n", "[[test]] 1: invalid type"),
        ("[[tests]]\n", "tests has no place here"),
        ("[[test", "line 1"),
        ("", "holds no [[test]]"),
    ] {
        fs::write(folder.path().join("tests/own.toml"), text).unwrap();
        let found = mapping(&["--tests", "tests"]);
        assert!(found.iter().any(|line| line.contains(problem)), "{text}: {found:?}");
    }
    assert!(mapping(&["--tests", "nowhere"])[0].starts_with("problem"));
}
