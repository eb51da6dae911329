//! Schemas of OpenAPI 3.0 as JSON Schema, for requests.

use std::collections::BTreeSet;

use jsonschema::Draft;
use serde_json::{Map, Value, json};

use super::Book;

/// What is wrong with a value by a schema of the file, each as `/profile/title: …`.
pub fn errors(book: &Book, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = translated(schema);
    let mut needed = Map::new();
    let mut open: BTreeSet<String> = references(schema);
    while let Some(name) = open.pop_first() {
        let found = &book.0["components"]["schemas"][&name];
        open.extend(references(found).into_iter().filter(|name| !needed.contains_key(name)));
        needed.insert(name, translated(found));
    }
    if root.get("$ref").is_some() {
        // Beside a reference nothing else counts, nor would what it refers to.
        root = json!({"allOf": [root]});
    }
    root["components"] = json!({"schemas": needed});
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
    let validator = options.build(&root).unwrap_or_else(|error| panic!("a schema of the file: {error}"));
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The schemas that this one names.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|text| text.strip_prefix("#/components/schemas/")).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

/// The words in which the two differ: `nullable`, and `readOnly`, which a request must not give.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Object(object) if object.get("readOnly") == Some(&Value::Bool(true)) => {
            json!({"not": {}})
        }
        Value::Object(object) => {
            let mut object: Map<String, Value> =
                object.iter().map(|(name, value)| (name.clone(), translated(value))).collect();
            if object.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(kind) = object.get("type").cloned() {
                    object.insert("type".into(), json!([kind, "null"]));
                }
                if let Some(Value::Array(choices)) = object.get_mut("enum") {
                    choices.push(Value::Null);
                }
            }
            Value::Object(object)
        }
        Value::Array(items) => items.iter().map(translated).collect(),
        plain => plain.clone(),
    }
}
