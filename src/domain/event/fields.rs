//! Every way in which HR writes fields, as flat dotted ids.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Flattens `"work.title"`, `{"work": {"title": …}}` and `"/work/title": {"value": …}` alike to
/// `work.title`. A bare name at the top is a field of `root` (Bob API: root fields sit at the top
/// level). Strings are trimmed, an empty one is null; an object without keys says nothing.
///
/// # Errors
///
/// Names the field that is given two values.
pub fn flatten(object: Map<String, Value>) -> Result<BTreeMap<String, Value>, String> {
    let mut flat = Flat::default();
    for (key, value) in object {
        if let Some(path) = key.strip_prefix('/') {
            let value = match value {
                Value::Object(mut wrapped) if wrapped.contains_key("value") => {
                    wrapped.remove("value").unwrap_or_default()
                }
                plain => plain,
            };
            flat.put(path.replace('/', "."), value)?;
        } else if key.contains('.') || value.is_object() {
            flat.put(key, value)?;
        } else {
            if value.is_null() {
                // Either a field of root or a whole category: both are cleared.
                flat.put(key.clone(), Value::Null)?;
            }
            flat.put(format!("root.{key}"), value)?;
        }
    }
    flat.finish()
}

#[derive(Default)]
struct Flat(BTreeMap<String, Value>);

impl Flat {
    fn put(&mut self, id: String, value: Value) -> Result<(), String> {
        if let Value::Object(below) = value {
            return below.into_iter().try_for_each(|(key, value)| self.put(format!("{id}.{key}"), value));
        }
        let value = tidy(value);
        match self.0.get(&id) {
            Some(other) if *other != value => Err(format!("{id} is given two values")),
            _ => {
                self.0.insert(id, value);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<BTreeMap<String, Value>, String> {
        for (id, value) in &self.0 {
            let cleared = |parent: &str| self.0.get(parent).is_some_and(Value::is_null);
            if !value.is_null() && parents(id).any(cleared) {
                return Err(format!(
                    "{id} is given two values: it is set, and cleared with what it is part of"
                ));
            }
        }
        Ok(self.0)
    }
}

/// `work.reportsTo` and `work` for `work.reportsTo.id`.
pub fn parents(id: &str) -> impl Iterator<Item = &str> {
    id.rmatch_indices('.').map(|(at, _)| &id[..at])
}

/// A value as it is kept: texts trimmed, an empty one null, and no such items in a list.
#[must_use]
pub fn tidy(value: Value) -> Value {
    match value {
        Value::String(text) => match text.trim() {
            "" => Value::Null,
            trimmed if trimmed.len() == text.len() => Value::String(text),
            trimmed => Value::String(trimmed.to_owned()),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(tidy).filter(|v| !v.is_null()).collect()),
        other => other,
    }
}
