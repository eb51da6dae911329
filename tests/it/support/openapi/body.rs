//! The request body: there or not, of a type that the operation takes, and after its schema.

use okta_provisioner::sandbox::Call;
use serde_json::Value;

use super::{Book, Checked, Operation, schema};

/// What the file forbids and Okta takes, each with how we know.
const MORE_THAN_THE_FILE: [(&str, &str); 1] = [
    // The file calls most attributes nullable and this one not; Okta's schema of the attribute makes no
    // such difference, and a partial update clears any that is not required.
    ("/profile/department", "null"),
];

pub fn check(operation: &Operation<'_>, call: &Call, checked: &mut Checked) {
    let declared = operation.own.get("requestBody").map(|body| operation.book.resolve(body));
    let body = &call.body;
    let Some(declared) = declared else {
        if !body.is_null() {
            checked.wrong.push("body: the operation takes none".into());
        }
        return;
    };
    if body.is_null() {
        if declared["required"] == true {
            checked.wrong.push("body: missing".into());
        }
        return;
    }
    let kind = call.header("content-type").unwrap_or_default();
    let Some(content) = declared["content"].get(kind) else {
        checked.wrong.push(format!("body: content-type {kind:?} is not taken"));
        return;
    };
    let wanted = &content["schema"];
    names(body, "", 2, checked);
    unknown(operation.book, &[wanted], body, "body", checked);
    for wrong in schema::errors(operation.book, wanted, body) {
        let known =
            MORE_THAN_THE_FILE.iter().any(|(at, value)| wrong.starts_with(&format!("{at}: {value} ")));
        if !known {
            checked.wrong.push(format!("body{wrong}"));
        }
    }
}

/// A schema without a word about further properties allows them; Okta does not, but where none is named.
fn unknown(book: &Book, schemas: &[&Value], value: &Value, at: &str, checked: &mut Checked) {
    let parts: Vec<&Value> = schemas.iter().flat_map(|schema| parts(book, schema)).collect();
    let below = |key: &str| parts.iter().filter_map(|part| part.get(key)).collect::<Vec<_>>();
    if let Value::Array(items) = value {
        let schemas = below("items");
        for item in items {
            unknown(book, &schemas, item, at, checked);
        }
    }
    let is_open = below("properties").is_empty()
        || below("additionalProperties").iter().any(|more| **more == Value::Bool(true) || more.is_object());
    for (name, value) in value.as_object().into_iter().flatten() {
        let schemas: Vec<&Value> =
            below("properties").iter().filter_map(|properties| properties.get(name)).collect();
        if !schemas.is_empty() {
            unknown(book, &schemas, value, &format!("{at}/{name}"), checked);
        } else if !is_open {
            checked.wrong.push(format!("{at}: unknown property {name}"));
        }
    }
}

/// A schema, and those that it is made of.
fn parts<'b>(book: &'b Book, schema: &'b Value) -> Vec<&'b Value> {
    let schema = book.resolve(schema);
    let made_of = ["allOf", "anyOf", "oneOf"].iter().filter_map(|word| schema[word].as_array()).flatten();
    std::iter::once(schema).chain(made_of.flat_map(|part| parts(book, part))).collect()
}

fn names(value: &Value, above: &str, depth: usize, checked: &mut Checked) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = format!("{above}{name}");
        if depth > 1 && value.is_object() {
            names(value, &format!("{name}."), depth - 1, checked);
        } else {
            checked.properties.insert(name);
        }
    }
}
