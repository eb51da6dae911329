//! Recorded user schemas: each is read, and says nothing against the mapping that comes with the program.

use std::collections::BTreeMap;

use okta_provisioner::app::settings::Settings;
use okta_provisioner::domain::schema::{Attribute, Schema};
use serde_json::Value;

use crate::support::reference::reference;

/// Base and custom attributes of a recorded body.
fn schema(body: &Value) -> Schema {
    let part = |part: &str| -> BTreeMap<String, Attribute> {
        let properties = body["definitions"][part]["properties"].clone();
        serde_json::from_value(properties).unwrap_or_else(|error| panic!("{part}: {error}"))
    };
    let mut all = part("base");
    all.extend(part("custom"));
    all
}

#[test]
fn recorded_schemas_are_read_and_fit_the_mapping() {
    let Some(exchanges) = reference("OKTA_EXCHANGES") else { return };
    let mapping = &Settings::load(None).expect("the defaults").rules.mapping;
    let mut read = 0;
    for line in exchanges.lines() {
        let exchange: Value = serde_json::from_str(line).expect("JSON");
        let path = exchange["request"]["path"].as_str().expect("a path");
        let body = &exchange["response"]["body"];
        let body =
            body.as_str().map_or_else(|| body.clone(), |text| serde_json::from_str(text).unwrap_or_default());
        if !path.starts_with("/api/v1/meta/schemas/user/") || body["definitions"]["base"].is_null() {
            continue;
        }
        read += 1;
        let schema = schema(&body);
        let under = mapping.under(&schema);
        assert_eq!((schema["login"].max_length, schema["mobilePhone"].max_length), (Some(100), Some(100)));
        // Orgs differ in what they require beside the four; nothing that is mapped is missing or read-only.
        let misfits: Vec<String> = under.misfits().iter().map(ToString::to_string).collect();
        assert_eq!(misfits, [""; 0], "{}", exchange["id"]);
        assert!(under.checks_like(mapping), "{}: an org like any other", exchange["id"]);
    }
    println!("{read} recorded user schemas");
    assert!(read >= 5, "only {read}");
}
