//! Which room may import which, as a table; and every file belongs to a room.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with those that it may import. Whoever adds a room adds a row.
const ROOMS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("retry", &[]),
    ("ledger", &["domain"]),
    ("okta", &["domain", "retry"]),
    ("bob", &["domain", "retry"]),
    ("engine", &["domain", "retry", "ledger", "okta", "bob"]),
    ("broker", &["domain", "retry", "engine"]),
    ("http", &["domain", "bob", "broker", "engine", "ledger"]),
    ("sandbox", &[]),
    ("app", &["domain", "retry", "ledger", "okta", "bob", "engine", "broker", "http", "sandbox"]),
    ("cli", &["domain", "retry", "ledger", "okta", "bob", "engine", "broker", "http", "sandbox", "app"]),
];

/// The files that put the rooms together.
const ROOTS: [&str; 2] = ["lib", "main"];

/// The rooms that a source names after `crate::`, alone, in braces, or nested in braces.
fn imports(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut rooms = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        // As in `pub(crate::room)`, but not as in `some_crate::`.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = code[at + path.len()..].trim_start();
        match rest.strip_prefix('{') {
            None => rooms.extend(name(rest)),
            Some(list) => rooms.extend(first_names(list)),
        }
    }
    rooms
}

fn name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The first name of each entry of a list in braces that has just been opened.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut fresh, mut names) = (0, true, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                names.extend(name(&list[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// The Rust files below a folder.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What the table does not allow, a line each.
fn faults(src: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for path in sources(src) {
        let inside = path.strip_prefix(src).expect("inside");
        let top = inside.components().next().expect("a name").as_os_str().to_string_lossy();
        let room = top.trim_end_matches(".rs");
        if ROOTS.contains(&room) {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{}: no room of the table", inside.display()));
            continue;
        };
        let source = fs::read_to_string(&path).expect("a source");
        if source.contains("super::super::") {
            faults.push(format!("{}: climbs by super::super, name the path from crate", inside.display()));
        }
        for import in imports(&source) {
            if import != room && !allowed.contains(&import.as_str()) {
                faults.push(format!("{}: {room} may not import {import}", inside.display()));
            }
        }
    }
    faults.sort();
    faults
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(root.join("lib.rs").is_file() && sources(&root).len() > 50, "the sources are elsewhere");
    let faults = faults(&root);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_is_not_allowed_is_found() {
    let root = tempfile::tempdir().unwrap();
    for (path, source) in [
        ("lib.rs", "pub mod domain;\nuse crate::cli::main;"),
        ("retry.rs", "//! See [`crate::okta`].\nuse backoff::some_crate::okta;"),
        ("domain.rs", "fn now() { crate::engine::clock::now() }"),
        ("domain/plan.rs", "use crate::domain::{access, plan::Step};"),
        ("ledger/row.rs", "use crate::{\n    domain::{self, okta},\n    okta::Client,\n};"),
        ("okta/read.rs", "use crate::retry; // and crate::ledger\nuse super::super::ledger;"),
        ("helpers/text.rs", ""),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, source).unwrap();
    }
    let expected = [
        "domain.rs: domain may not import engine",
        "helpers/text.rs: no room of the table",
        "ledger/row.rs: ledger may not import okta",
        "okta/read.rs: climbs by super::super, name the path from crate",
    ];
    assert_eq!(faults(root.path()), expected);
}
