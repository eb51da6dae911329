//! The dashboard: it loads anywhere, and every panel asks what can be asked.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{promtool, shipped};

fn dashboard() -> Value {
    let text = fs::read_to_string(shipped("grafana/okta-provisioner.json")).expect("the dashboard");
    serde_json::from_str(&text).expect("JSON")
}

fn panels() -> Vec<Value> {
    let panels = dashboard()["panels"].as_array().expect("panels").clone();
    panels.into_iter().filter(|panel| panel["type"] != "row").collect()
}

/// What its panels ask, as Grafana asks it once somebody has chosen.
pub fn expressions() -> Vec<String> {
    let panels = panels();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let asked = targets.map(|target| target["expr"].as_str().expect("an expression"));
    asked.map(|asked| asked.replace("$instance", ".+").replace("$__rate_interval", "1m")).collect()
}

#[test]
fn every_panel_asks_what_prometheus_understands() {
    let expressions = expressions();
    assert!(expressions.len() > 25, "{expressions:?}");
    assert!(!expressions.concat().contains('$'), "a variable that nobody fills: {expressions:?}");
    let rule = |(number, expression)| json!({"record": format!("panel:{number}"), "expr": expression});
    let rules: Vec<Value> = expressions.iter().enumerate().map(rule).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("panels.yml");
    // JSON is YAML.
    fs::write(&file, json!({"groups": [{"name": "panels", "rules": rules}]}).to_string()).expect("a file");
    promtool(&["check", "rules"], &[&file]);
}

#[test]
fn it_belongs_to_no_grafana_and_no_panel_covers_another() {
    let dashboard = dashboard();
    assert!(dashboard["id"].is_null(), "an id is one Grafana's");
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    assert_eq!(dashboard["templating"]["list"][0]["name"], "datasource");
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        assert!(ids.insert(panel["id"].as_u64().expect("a number")), "{panel}");
        let at = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
        for (x, y) in
            (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(x < 24 && taken.insert((x, y)), "over the edge, or over another one: {panel}");
        }
    }
    for panel in panels() {
        assert_eq!(panel["datasource"], source, "{panel}");
        assert!(
            panel["targets"].as_array().expect("targets").iter().all(|t| t["datasource"] == source),
            "{panel}"
        );
        assert!(!panel["description"].as_str().expect("a description").is_empty(), "{panel}");
    }
}
