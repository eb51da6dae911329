//! The rows of the mapping: the operator's over the built-in ones, by attribute.

use serde::Deserialize;
use toml::{Table, Value};

use super::layers::Layers;
use crate::domain::mapping::Row;

/// The rows in the order of the defaults, new ones after them.
pub(super) fn rows(layers: &Layers, problems: &mut Vec<String>) -> Vec<Row> {
    let mut rows: Vec<Row> =
        tables(&layers.defaults).map(|row| parse(row).expect("a built-in row")).collect();
    let path = layers.file_path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for (index, row) in tables(&layers.file).enumerate() {
        let name = row.get("okta").and_then(Value::as_str).unwrap_or_default();
        let problem = |text: &str| format!("{path}: [[mapping]] row {} ({name}): {text}", index + 1);
        if seen.contains(&name) {
            problems.push(problem("this attribute has a row already; keep one of them"));
            continue;
        }
        seen.push(name);
        let known = rows.iter().position(|row| row.okta == name);
        if let Some(off) = row.get("off") {
            match known {
                _ if off != &Value::Boolean(true) || row.len() != 2 => {
                    problems.push(problem("a row to be removed has `okta` and `off = true`, nothing else"));
                }
                Some(known) => drop(rows.remove(known)),
                None => problems.push(problem("there is no such row to be removed")),
            }
            continue;
        }
        match (parse(row), known) {
            (Ok(row), Some(known)) => rows[known] = row,
            (Ok(row), None) => rows.push(row),
            (Err(text), _) => problems.push(problem(&text)),
        }
    }
    rows
}

fn tables(layer: &Table) -> impl Iterator<Item = &Table> {
    layer.get("mapping").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn parse(row: &Table) -> Result<Row, String> {
    Row::deserialize(row.clone()).map_err(|error| error.message().to_owned())
}
