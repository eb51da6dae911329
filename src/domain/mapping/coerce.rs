//! From HR's data types to Okta's.

use serde_json::{Number, Value};

use crate::domain::attribute::{Kind, Rule};

/// The value in the attribute's type; null if there is nothing in it.
pub(super) fn coerce(value: &Value, kind: Kind) -> Result<Value, Rule> {
    if is_blank(value) {
        return Ok(Value::Null);
    }
    if value.is_object() {
        return Err(Rule::Structure);
    }
    match kind {
        Kind::String => text(value).map(|text| if text.is_empty() { Value::Null } else { text.into() }),
        Kind::Array => array(value),
        Kind::Number => number(value).map(Value::Number).ok_or(Rule::Kind(kind)),
        Kind::Integer => {
            number(value).and_then(|number| number.as_i64()).map(Value::from).ok_or(Rule::Kind(kind))
        }
        Kind::Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text.trim() == "true" => Ok(true.into()),
            Value::String(text) if text.trim() == "false" => Ok(false.into()),
            _ => Err(Rule::Kind(kind)),
        },
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        _ => false,
    }
}

fn text(value: &Value) -> Result<String, Rule> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Array(items) => {
            let texts = scalars(items)?.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
            Ok(texts.join(", "))
        }
        Value::Object(_) => Err(Rule::Structure),
    }
}

fn array(value: &Value) -> Result<Value, Rule> {
    let items = scalars(value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))?;
    let trimmed = |item: &Value| item.as_str().map_or_else(|| item.clone(), |text| text.trim().into());
    Ok(items.into_iter().map(trimmed).collect())
}

/// The items of a list that hold something; lists and objects in it have no place in Okta.
fn scalars(items: &[Value]) -> Result<Vec<&Value>, Rule> {
    if items.iter().any(|item| item.is_array() || item.is_object()) {
        return Err(Rule::Structure);
    }
    Ok(items.iter().filter(|item| !is_blank(item)).collect())
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        // JSON's own grammar: no `+1`, no `007`, no `NaN`.
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_take_the_type_of_their_attribute() {
        let bad = |kind| Err(Rule::Kind(kind));
        for (value, kind, made) in [
            (json!(" Ada "), Kind::String, Ok(json!("Ada"))),
            (json!(42), Kind::String, Ok(json!("42"))),
            (json!(4.5), Kind::String, Ok(json!("4.5"))),
            (json!(true), Kind::String, Ok(json!("true"))),
            (json!(["a", " b ", null, "", 3]), Kind::String, Ok(json!("a, b, 3"))),
            (json!([[], " "]), Kind::String, Ok(json!(null))),
            (json!("  "), Kind::String, Ok(json!(null))),
            (json!({"id": 1}), Kind::String, Err(Rule::Structure)),
            (json!([{"id": 1}]), Kind::String, Err(Rule::Structure)),
            (json!(["a", ["b"]]), Kind::String, Err(Rule::Structure)),
            (json!(42), Kind::Integer, Ok(json!(42))),
            (json!(" -42 "), Kind::Integer, Ok(json!(-42))),
            (json!("42.0"), Kind::Integer, bad(Kind::Integer)),
            (json!(1.5), Kind::Integer, bad(Kind::Integer)),
            (json!(u64::MAX), Kind::Integer, bad(Kind::Integer)),
            (json!("+1"), Kind::Integer, bad(Kind::Integer)),
            (json!("007"), Kind::Integer, bad(Kind::Integer)),
            (json!("12 days"), Kind::Integer, bad(Kind::Integer)),
            (json!(true), Kind::Integer, bad(Kind::Integer)),
            (json!([1]), Kind::Integer, bad(Kind::Integer)),
            (json!("0.5"), Kind::Number, Ok(json!(0.5))),
            (json!("NaN"), Kind::Number, bad(Kind::Number)),
            (json!("1e999"), Kind::Number, bad(Kind::Number)),
            (json!(false), Kind::Boolean, Ok(json!(false))),
            (json!("true"), Kind::Boolean, Ok(json!(true))),
            (json!("yes"), Kind::Boolean, bad(Kind::Boolean)),
            (json!(1), Kind::Boolean, bad(Kind::Boolean)),
            (json!(["a", null, " b "]), Kind::Array, Ok(json!(["a", "b"]))),
            (json!("a"), Kind::Array, Ok(json!(["a"]))),
            (json!(7), Kind::Array, Ok(json!([7]))),
            (json!([]), Kind::Array, Ok(json!(null))),
            (json!([["a"]]), Kind::Array, Err(Rule::Structure)),
            (json!({}), Kind::Array, Err(Rule::Structure)),
            (json!(null), Kind::Integer, Ok(json!(null))),
        ] {
            assert_eq!(coerce(&value, kind), made, "{value} as {kind:?}");
        }
    }
}
