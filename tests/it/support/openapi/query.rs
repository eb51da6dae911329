//! Parameters of the path and the query: known, given once, of their type.

use serde_json::Value;
use url::form_urlencoded;

use super::{Checked, Operation, schema};

/// Each value in the path, which stands there percent-encoded.
pub fn path(operation: &Operation<'_>, values: &[String], checked: &mut Checked) {
    let declared = operation.parameters("path");
    let names = operation.template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    for (name, value) in names.zip(values) {
        // `+` stands for itself in a path.
        let pair = format!("{name}={}", value.replace('+', "%2B"));
        let value = form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
        let value = value.unwrap_or_default();
        if value.is_empty() {
            checked.wrong.push(format!("path parameter {name}: empty"));
        }
        match declared.iter().find(|parameter| parameter["name"] == name) {
            Some(parameter) => one(operation, parameter, "path", &value, checked),
            None => checked.wrong.push(format!("path parameter {name}: not declared")),
        }
    }
}

/// Each pair of the query.
pub fn query(operation: &Operation<'_>, query: &str, checked: &mut Checked) {
    let declared = operation.parameters("query");
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if checked.parameters.contains(&format!("query.{name}")) {
            checked.wrong.push(format!("query parameter {name}: given twice"));
        }
        match declared.iter().find(|parameter| parameter["name"] == *name) {
            Some(parameter) => one(operation, parameter, "query", &value, checked),
            None => checked.wrong.push(format!("query parameter {name}: unknown")),
        }
    }
    for parameter in declared.iter().filter(|parameter| parameter["required"] == true) {
        let name = parameter["name"].as_str().unwrap_or_default();
        if !checked.parameters.contains(&format!("query.{name}")) {
            checked.wrong.push(format!("query parameter {name}: missing"));
        }
    }
}

/// One parameter's text, as a value of the type that it should have.
pub fn one(operation: &Operation<'_>, parameter: &Value, kind: &str, text: &str, checked: &mut Checked) {
    let name = parameter["name"].as_str().unwrap_or_default();
    checked.parameters.insert(format!("{kind}.{name}"));
    let declared = &parameter["schema"];
    let value = match operation.book.resolve(declared)["type"].as_str() {
        Some("boolean" | "integer" | "number") => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => Value::from(text),
    };
    for wrong in schema::errors(operation.book, declared, &value) {
        checked.wrong.push(format!("{kind} parameter {name}: {wrong}"));
    }
}
