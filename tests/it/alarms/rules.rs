//! The alarms by themselves: promtool's own checks, and the README's table.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{promtool, shipped};
use crate::readme;

/// The alarms as they are shipped.
pub fn alarms() -> Vec<Value> {
    let text = fs::read_to_string(shipped("prometheus/rules.yml")).expect("the rules");
    let mut file: Value = serde_saphyr::from_str(&text).expect("YAML");
    let rules = file["groups"][0]["rules"].take();
    serde_json::from_value(rules).expect("a list of rules")
}

#[test]
fn the_rules_hold_and_do_what_their_tests_say() {
    promtool(&["check", "rules"], &[&shipped("prometheus/rules.yml")]);
    let tests = ["prometheus/rules_test.yml", "prometheus/rules_days_test.yml"].map(shipped);
    promtool(&["test", "rules"], &tests.each_ref().map(AsRef::as_ref));
    promtool(&["check", "config", "--syntax-only"], &[&shipped("prometheus/prometheus.example.yml")]);
}

#[test]
fn each_alarm_is_tested_both_ways() {
    let mut tests = String::new();
    for file in ["prometheus/rules_test.yml", "prometheus/rules_days_test.yml"] {
        tests += &fs::read_to_string(shipped(file)).expect("the tests of the rules");
    }
    for alarm in alarms() {
        let name = alarm["alert"].as_str().expect("only alarms");
        let fires = format!("alertname=\"{name}\"");
        let stories = tests.split("- name:").filter(|story| story.contains(&fires));
        let looks: Vec<&str> =
            stories.flat_map(str::lines).filter(|line| line.contains("exp_samples")).collect();
        assert!(!looks.is_empty(), "no test has {name} fire");
        assert!(looks.iter().any(|look| !look.contains(&fires)), "no test of {name} has it silent");
    }
}

#[test]
fn the_readme_tells_of_each_alarm_what_its_annotations_tell() {
    let text = fs::read_to_string(readme::root().join("README.md")).expect("a README");
    let plain = |cell: &str| cell.replace('`', "");
    let told: BTreeSet<Vec<String>> = readme::table(&text, "| alarm |")
        .into_iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let word = |value: &Value| value.as_str().expect("text").to_owned();
    let shipped: BTreeSet<Vec<String>> = alarms()
        .iter()
        .map(|alarm| {
            let (labels, notes) = (&alarm["labels"], &alarm["annotations"]);
            assert!(!word(&notes["summary"]).is_empty(), "{alarm}");
            let name = word(&alarm["alert"]);
            let name = name.strip_prefix("OktaProvisioner").expect("our prefix");
            vec![
                name.to_owned(),
                word(&labels["severity"]),
                word(&notes["description"]),
                word(&notes["action"]),
            ]
        })
        .collect();
    assert!(shipped.iter().all(|row| ["page", "ticket"].contains(&row[1].as_str())), "{shipped:?}");
    assert_eq!(told, shipped);
}
