//! Which Bob fields a formula reads.

use std::collections::{BTreeSet, HashSet};

use minijinja::Error;

use super::of_the_author;

/// The Bob fields that a formula reads; `names_in` has the engine find the names in a source.
pub(in crate::domain) fn fields(
    source: &str,
    names_in: impl Fn(String) -> Result<HashSet<String>, Error>,
) -> Result<BTreeSet<String>, String> {
    let mut fields: BTreeSet<String> =
        names_in(source.to_owned()).map_err(|error| of_the_author(&error))?.into_iter().collect();
    fields.extend(names_in(without_slices(source)).unwrap_or_default());
    for field in &fields {
        if !field.contains('.') {
            return Err(format!("`{field}` is not a Bob field id such as work.title; texts stand in quotes"));
        }
        // The engine has no methods, and would read this as a field that never comes.
        if source.contains(&format!("{field}(")) {
            return Err(format!("`{field}()` cannot be called; use a filter such as work.title | upper"));
        }
        let below = format!("{field}.");
        if let Some(inner) = fields.iter().find(|other| other.starts_with(&below)) {
            return Err(format!("`{field}` and `{inner}` cannot both be read: one holds the other"));
        }
    }
    Ok(fields)
}

/// The engine overlooks what is sliced: in `root.firstName[:1]` it finds no name.
fn without_slices(source: &str) -> String {
    let is_slice = |inner: &str| inner.contains(':') && !inner.contains(['[', '{', '"', '\'']);
    let mut whole = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('[') {
        whole.push_str(before);
        rest = match after.split_once(']') {
            Some((inner, behind)) if is_slice(inner) => behind,
            _ => {
                whole.push('[');
                after
            }
        };
    }
    whole + rest
}
