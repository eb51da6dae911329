//! The README's tables against the sources: whoever is called at night looks up what the log says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::layering::sources;

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts in quotes that follow `before`.
fn quoted<'a>(source: &'a str, before: &str) -> impl Iterator<Item = &'a str> {
    source.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

/// Every code that a log line, or a recorded decision, can have.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for path in sources(&root().join("src")) {
        if path.ends_with("tests.rs") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        let source = source.split("#[cfg(test)]").next().expect("a beginning");
        codes.extend(quoted(source, "code = \"").map(str::to_owned));
        for choice in source.split("let code = match").skip(1) {
            let choice = choice.split("};").next().expect("an end");
            codes.extend(quoted(choice, "=> \"").map(str::to_owned));
        }
        if path.ends_with("ledger/activity.rs") {
            codes.extend(quoted(source, "&str = \"").map(str::to_owned));
        }
    }
    codes
}

/// The rows of the table that begins with this head, each as its cells.
pub fn table(readme: &str, head: &str) -> Vec<Vec<String>> {
    let rows = readme.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The names in a cell; one that begins with a dot is of the family of the one before it.
fn names(cell: &str) -> Vec<String> {
    let mut family = "";
    let mut names = Vec::new();
    for name in cell.split('`').skip(1).step_by(2) {
        if let Some(rest) = name.strip_prefix('.') {
            names.push(format!("{family}.{rest}"));
        } else {
            family = name.split('.').next().expect("a family");
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn every_code_is_in_the_table_and_none_that_is_not_in_the_sources() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let rows = table(&readme, "| code |");
    let told: Vec<String> = rows.iter().flat_map(|row| names(&row[0])).collect();
    let once: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!(told.len(), once.len(), "a code is in two rows");
    let codes = codes();
    assert!(codes.contains("event.accepted") && codes.contains("schema.attribute_missing"), "{codes:?}");
    let missing: Vec<_> = codes.difference(&once).collect();
    let too_many: Vec<_> = once.difference(&codes).collect();
    assert!(missing.is_empty() && too_many.is_empty(), "missing: {missing:?}; too many: {too_many:?}");
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(!row[2].is_empty() || row[1] == "info", "what does it mean? {row:?}");
        assert!(!row[3].is_empty() || row[1].starts_with("info"), "what is to be done? {row:?}");
    }
}
