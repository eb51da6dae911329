//! The rows of the mapping: the operator's over the built-in ones, by attribute.

use std::path::Path;

use serde_json::Value;

use super::layers::{Layers, strict};
use super::{Settings, SettingsError, compile};
use crate::domain::decide::Rules;
use crate::domain::mapping::Row;

/// The rows in the order of the defaults, new ones after them.
pub(super) fn rows(layers: &Layers, problems: &mut Vec<String>) -> Vec<Row> {
    let mut rows: Vec<Row> = layers.defaults.get("mapping").expect("the built-in rows");
    let own = layers.file.get("mapping").cloned();
    // What is no list has been told already.
    let own: Vec<Value> = own.and_then(|own| own.try_deserialize().ok()).unwrap_or_default();
    let path = layers.file_path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for (index, row) in own.iter().enumerate() {
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
                _ if off != &Value::Bool(true) || row.as_object().is_none_or(|row| row.len() != 2) => {
                    problems.push(problem("a row to be removed has `okta` and `off = true`, nothing else"));
                }
                Some(known) => drop(rows.remove(known)),
                None => problems.push(problem("there is no such row to be removed")),
            }
            continue;
        }
        match (strict(row.clone()), known) {
            (Ok(row), Some(known)) => rows[known] = row,
            (Ok(row), None) => rows.push(row),
            (Err(text), _) => problems.push(problem(&text)),
        }
    }
    rows
}

impl Settings {
    /// The rules with the mapping of another settings file, whose other sections do not count: its rows over the
    /// built-in ones.
    ///
    /// # Errors
    /// Everything that is wrong with its rows.
    pub fn rules_with_mapping(&self, path: &Path) -> Result<Rules, SettingsError> {
        let mut problems = Vec::new();
        let layers = Layers::read(Some(path), [], &mut problems);
        let rows = rows(&layers, &mut problems);
        match compile(&rows, &mut problems) {
            Some(mapping) if problems.is_empty() => Ok(Rules { mapping, ..Rules::clone(&self.rules) }),
            _ => Err(SettingsError(problems)),
        }
    }
}
