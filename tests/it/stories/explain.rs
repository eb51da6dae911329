//! Every decision can be explained afterwards: event, rule, call, answer.

use serde_json::{Value, json};

use super::{person, story};
use crate::support::world::{World, event};

/// Ann's life: hired, changed twice, renamed, a termination called off, a termination, and back again.
pub async fn life(world: &mut World) {
    world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
    world.until("2026-12-02").await;
    world.say(&event("changed", "1", "2026-12-02", &json!({"work.title": "Chef"}))).await;
    world.until("2026-12-03").await;
    world.say(&event("changed", "1", "2026-12-03", &json!({"work.department": "Kitchen"}))).await;
    world.until("2026-12-04").await;
    world.say(&event("changed", "1", "2026-12-04", &json!({"root.email": "ann.rose@example.com"}))).await;
    world.until("2026-12-05").await;
    world
        .say(&event("terminated", "1", "2026-12-05", &json!({"employee.lastDayOfWork": "2026-12-20"})))
        .await;
    world.until("2026-12-08").await;
    world.say(&event("changed", "1", "2026-12-08", &json!({"employee.lastDayOfWork": null}))).await;
    world.until("2026-12-10").await;
    world
        .say(&event("terminated", "1", "2026-12-10", &json!({"employee.lastDayOfWork": "2026-12-31"})))
        .await;
    world.until("2027-01-01").await;
    world.until("2027-01-10").await;
    world.say(&event("rehired", "1", "2027-01-10", &json!({"work.startDate": "2027-01-15"}))).await;
    world.until("2027-01-15").await;
}

/// Each decision: its code, the rule or reason, whether it has Okta's request id, and the events it rests on.
fn told(explained: &Value) -> Vec<(String, String, bool, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = explained["history"].as_array().expect("a history");
    let told = steps.iter().map(|step| {
        let because = step["because"].as_array().expect("events").iter().map(|cause| text(&cause["event"]));
        let reason = text(&step["reason"]);
        (text(&step["code"]), reason, step["request_id"].is_string(), because.collect())
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_of_a_life_has_its_event_its_rule_its_call_and_its_answer() {
    story(async |world| {
        life(world).await;
        let explained = world.explain("1", false);
        let did: Vec<_> =
            told(&explained).into_iter().filter(|(code, ..)| code.starts_with("user.")).collect();
        let expected = [
            ("user.created", "employed", "1-hired-2026-11-20"),
            ("user.updated", "employed", "1-changed-2026-12-02"),
            ("user.updated", "employed", "1-changed-2026-12-03"),
            ("user.renamed", "employed", "1-changed-2026-12-04"),
            ("user.deactivated", "left by employee.lastDayOfWork", "1-terminated-2026-12-10"),
            ("user.reactivated", "employed", "1-rehired-2027-01-10"),
        ]
        .map(|(code, why, event)| (code.to_owned(), why.to_owned(), true, vec![event.to_owned()]));
        assert_eq!(did, expected);
        let events: Vec<_> = explained["history"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|step| step["code"] == "event.accepted")
            .filter_map(|step| step["event"].as_str())
            .collect();
        assert_eq!(events.len(), 8, "those that led to no call as well: {events:?}");
        let fields = |event: &str| {
            let steps = explained["history"].as_array().unwrap();
            steps.iter().find(|step| step["event"] == event).unwrap()["fields"].clone()
        };
        assert_eq!(fields("1-changed-2026-12-08"), json!(["employee.lastDayOfWork"]), "the one called off");
        let shown = explained.to_string();
        assert!(!shown.contains("Kitchen") && !shown.contains("Chef"), "no values: {shown}");
        assert!(world.explain("1", true).to_string().contains("Kitchen"));
    })
    .await;
}

/// The rule that decided, and what is said of the one that asks whether the person has left.
fn rules(explained: &Value) -> (String, String) {
    let rules = explained["rules"].as_array().expect("rules");
    let matched = rules.iter().find(|traced| traced["verdict"] == "matched").expect("one that decided");
    let left = rules.iter().find(|traced| traced["rule"] == "left").expect("that rule");
    (matched["rule"].as_str().unwrap().to_owned(), left["why"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_is_explained_rule_by_rule_and_row_by_row() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        world
            .say(&event("terminated", "1", "2026-11-30", &json!({"employee.lastDayOfWork": "2026-12-10"})))
            .await;
        let explained = world.explain("1", false);
        assert_eq!(explained["access"], "active");
        let still = "employee.lastDayOfWork is still to come, 2026-12-11T00:00:00Z".to_owned();
        assert_eq!(rules(&explained), ("employed".to_owned(), still));
        assert_eq!(explained["next"], "rest");
        assert_eq!(explained["coming"][0]["changes"], json!(["deactivate"]));
        assert_eq!(explained["coming"][0]["at"], "2026-12-11T00:00:00Z");
        let how = explained["account"]["how"].as_str().unwrap();
        assert!(how.starts_with("created by this program 2026-12-01"), "{how}");
        let row = |name: &str| {
            let rows = explained["mapping"].as_array().unwrap();
            rows.iter().find(|row| row["attribute"] == name).unwrap().clone()
        };
        assert_eq!(row("title")["standing"], "same");
        assert_eq!(
            row("department"),
            json!({"attribute": "department", "fields": [["work.department", "unknown"]],
            "standing": "unknown", "why": null, "value": null, "okta": null})
        );

        let id = world.id("ann@example.com");
        world.until("2026-12-11").await;
        let explained = world.explain("1", true);
        assert_eq!(rules(&explained).0, "left");
        assert_eq!((&explained["access"], &explained["account"]["id"]), (&json!("deactivated"), &json!(id)));
        assert_eq!(explained["account"]["status"], "DEPROVISIONED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_found_says_by_what() {
    let old = |org: &okta_provisioner::sandbox::Sandbox| {
        org.insert(json!({"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}), "ACTIVE");
    };
    super::story_with(old, async |world| {
        world.say(&event("hired", "1", "2026-11-20", &person("Ann", "2026-12-01"))).await;
        let explained = world.explain("1", false);
        let how = explained["account"]["how"].as_str().unwrap();
        assert!(how.ends_with("employed; found by its login"), "{how}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_says_what_for() {
    story(async |world| {
        let mut fields = person("Ann", "2026-12-01");
        fields["root.surname"] = Value::Null;
        world.say(&event("hired", "1", "2026-11-20", &fields)).await;
        let explained = world.explain("1", false);
        assert_eq!((&explained["next"], &explained["account"]), (&json!("block"), &Value::Null));
        assert_eq!(explained["waits"]["for"], "bad_profile");
        let rows = explained["mapping"].as_array().unwrap();
        let last_name = rows.iter().find(|row| row["attribute"] == "lastName").unwrap();
        assert_eq!((&last_name["standing"], &last_name["why"]), (&json!("blocks"), &json!("is missing")));
        assert_eq!(last_name["fields"], json!([["root.surname", "empty"]]));
    })
    .await;
}
