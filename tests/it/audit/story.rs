//! One person, and every question that an auditor has about her, answered by the export alone.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{exported, run};
use crate::stories::person;
use crate::support::rabbit;
use crate::support::world::{Setup, World, event};

/// The days of somebody who is hired, changes, is renamed, is to leave and stays, leaves, and comes back.
async fn live(world: &mut World) {
    let mut says = Vec::new();
    says.push(("2026-12-01", event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))));
    let mut on = |kind, day: &'static str, fields: Value| says.push((day, event(kind, "1", day, &fields)));
    on("changed", "2026-12-02", json!({"work.title": "Chef"}));
    on("changed", "2026-12-03", json!({"work.department": "Kitchen", "work.title": "Head chef"}));
    on("changed", "2026-12-04", json!({"root.email": "ann.king@example.com", "root.surname": "King"}));
    on("terminated", "2026-12-05", json!({"employee.lastDayOfWork": "2026-12-08"}));
    on("changed", "2026-12-06", json!({"employee.lastDayOfWork": null}));
    on("terminated", "2026-12-07", json!({"employee.lastDayOfWork": "2026-12-10"}));
    on("rehired", "2026-12-20", json!({"work.startDate": "2027-01-04"}));
    for (day, event) in &says {
        world.until(day).await;
        world.say(event).await;
        if *day == "2026-12-07" {
            world.until("2026-12-11").await;
        }
    }
    world.until("2027-01-04").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_about_a_person_is_answered_by_the_export_alone() {
    rabbit::with(async |rabbit| {
        let rules = crate::stories::rules(&json!({}));
        let setup = Setup { rules, at: "2026-12-01", limit: 600, apply: true, bob: false, http: false };
        let mut world = World::start(rabbit, setup, |_| {}).await;
        live(&mut world).await;
        let rows = exported(world.ledger(), &["--employee", "1"]);
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        // What was done, when, because of which rule, on whose word.
        let done: Vec<_> = rows
            .iter()
            .filter(|row| text(row, "code").starts_with("user."))
            .map(|row| ["code", "at", "reason", "event", "source"].map(|key| text(row, key)))
            .collect();
        let expected = [
            ["user.created", "2026-12-01T00:00:00Z", "employed", "1-hired-2026-11-20"],
            ["user.updated", "2026-12-02T00:00:00Z", "employed", "1-changed-2026-12-02"],
            ["user.updated", "2026-12-03T00:00:00Z", "employed", "1-changed-2026-12-03"],
            ["user.renamed", "2026-12-04T00:00:00Z", "employed", "1-changed-2026-12-04"],
            [
                "user.deactivated",
                "2026-12-11T00:00:00Z",
                "left by employee.lastDayOfWork",
                "1-terminated-2026-12-07",
            ],
            ["user.reactivated", "2027-01-04T00:00:00Z", "employed", "1-rehired-2026-12-20"],
        ];
        let expected = expected.map(|row| [row[0], row[1], row[2], row[3], "/hr"].map(str::to_owned));
        assert_eq!(done, expected);
        // Each call has its answer's id, and no two the same.
        let mut requests: Vec<_> =
            rows.iter().filter(|row| row["calls"] != 0).map(|row| text(row, "request_id")).collect();
        assert!(requests.len() >= expected.len() && requests.iter().all(|id| !id.is_empty()), "{rows:#?}");
        requests.sort();
        requests.dedup();
        assert!(requests.len() >= expected.len());
        // Which attributes, by name and never by value.
        let fields = |day: &str| {
            let row = rows.iter().find(|row| text(row, "at").starts_with(day) && row["calls"] != 0);
            row.map(|row| row["fields"].clone())
        };
        assert_eq!(fields("2026-12-03"), Some(json!(["department", "title"])));
        assert_eq!(fields("2026-12-04"), Some(json!(["email", "lastName", "login"])));
        assert!(
            !rows
                .iter()
                .any(|row| row.to_string().contains("Kitchen") || row["reason"].to_string().contains("King"))
        );
        // Every word of HR's is there, the leave that was called off among them, which made no call.
        let told: Vec<_> = rows
            .iter()
            .filter(|row| text(row, "code") == "event.accepted")
            .map(|row| text(row, "event"))
            .collect();
        assert_eq!(told.len(), 8);
        assert!(told.contains(&"1-terminated-2026-12-05".to_owned()) && fields("2026-12-08").is_none());
        // And nobody has touched the record, until somebody does.
        let (status, out, _) = run(world.ledger(), &["audit", "verify", "--json"]);
        let found: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((status, &found["broken"]), (0, &Value::Null));
        let head = text(&found["head"], "hash");
        let cut = rows.iter().find(|row| text(row, "code") == "user.deactivated").expect("the cut");
        let seq = cut["seq"].as_i64().expect("a number");
        let (status, out, _) = run(world.ledger(), &["audit", "verify", "--head", &text(cut, "hash")]);
        assert!(
            status == 0 && out.contains(&format!("the given hash is that of row {seq} of 2026-12-11")),
            "{out}"
        );
        let earlier = "UPDATE activity SET at = at - 86400000 WHERE code = 'user.deactivated'";
        Connection::open(world.ledger()).expect("a file").execute_batch(earlier).expect("tampered");
        let (status, out, _) = run(world.ledger(), &["audit", "verify", "--head", &head]);
        assert!(
            status == 1 && out.starts_with(&format!("broken  row {seq} is not what was written")),
            "{out}"
        );
        world.end().await;
    })
    .await;
}
