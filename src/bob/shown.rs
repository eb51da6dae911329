//! Where an answer shows a field: every nesting that Bob writes it in.

use serde_json::{Map, Value};

/// Fields of this category stand at the top (Bob API: people).
const ROOT: &str = "root.";

/// What an answer shows of a field, or of something that it is part of: a null there clears it. Nothing
/// where it is not shown; several where it is written in several forms.
pub(super) fn shown<'v>(answer: &'v Map<String, Value>, id: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    look(answer, id, &mut found);
    if let Some(bare) = id.strip_prefix(ROOT) {
        look(answer, bare, &mut found);
    }
    found
}

/// Looks for `a.b.c`, `a.b` and `a`, each with dots, or as `/a/b` with its value wrapped.
fn look<'v>(object: &'v Map<String, Value>, id: &str, found: &mut Vec<&'v Value>) {
    let ends = id.match_indices('.').map(|(at, _)| at).chain([id.len()]);
    for end in ends {
        let rest = id[end..].trim_start_matches('.');
        if let Some(value) = object.get(&id[..end]) {
            enter(value, rest, found);
        }
        if let Some(value) = object.get(&format!("/{}", id[..end].replace('.', "/"))) {
            enter(value.get("value").unwrap_or(value), rest, found);
        }
    }
}

fn enter<'v>(value: &'v Value, rest: &str, found: &mut Vec<&'v Value>) {
    match value {
        value if rest.is_empty() => found.push(value),
        Value::Null => found.push(value),
        Value::Object(below) => look(below, rest, found),
        _ => {}
    }
}
