//! The request body: there or not, of a type that the operation takes, and after its schema.

use okta_provisioner::sandbox::Call;
use serde_json::Value;

use super::{Checked, Operation, schema};

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
    // A schema without a word about further properties allows them; Okta does not.
    let known = operation.book.resolve(wanted)["properties"].as_object();
    for name in body.as_object().into_iter().flat_map(|body| body.keys()) {
        if !known.is_some_and(|known| known.contains_key(name)) {
            checked.wrong.push(format!("body: unknown property {name}"));
        }
    }
    for wrong in schema::errors(operation.book, wanted, body) {
        let known =
            MORE_THAN_THE_FILE.iter().any(|(at, value)| wrong.starts_with(&format!("{at}: {value} ")));
        if !known {
            checked.wrong.push(format!("body{wrong}"));
        }
    }
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
