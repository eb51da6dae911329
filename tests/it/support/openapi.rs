//! Okta's OpenAPI file, and whether a request is one that it allows.
//!
//! `OKTA_OPENAPI` names the file. It is in the dialect of OpenAPI 3.0, which is JSON Schema draft 4 but
//! for a few words.

mod body;
mod headers;
mod query;
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use okta_provisioner::sandbox::{Call, Sandbox};
use serde_json::{Map, Value};

use super::reference::reference;

/// What we call and the file does not have: Okta describes it elsewhere.
const NOT_IN_THE_FILE: [(&str, &str); 2] =
    [("GET", "/api/v1/users/{id}/roles"), ("GET", "/api/v1/iam/assignees/users")];

/// The file, read.
pub struct Book(Value);

/// What a request is by the file, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Checked {
    /// The file's name of the operation; empty if it has none of this kind.
    pub operation: String,
    /// The method, and the path with its parameters in braces.
    pub endpoint: String,
    /// Parameters that the request gave, each as `query.limit`.
    pub parameters: BTreeSet<String>,
    /// Properties of the body, each as `profile.title`.
    pub properties: BTreeSet<String>,
    /// What the file does not allow.
    pub wrong: Vec<String>,
}

/// One operation, with what it says about its path.
struct Operation<'b> {
    book: &'b Book,
    template: &'b str,
    shared: &'b Map<String, Value>,
    own: &'b Map<String, Value>,
}

impl Book {
    /// The file that `OKTA_OPENAPI` names; without one it says that something was skipped, and why.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub fn open() -> Option<&'static Self> {
        static BOOK: OnceLock<Option<Book>> = OnceLock::new();
        BOOK.get_or_init(|| reference("OKTA_OPENAPI").map(|text| Self::read(&text))).as_ref()
    }

    /// Reading so much YAML takes a fifth of a second, in each of a hundred processes: what the first has
    /// read, the others take from a file that names the text by its hash.
    fn read(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let dump = folder.join(format!("openapi-{:016x}.json", hasher.finish()));
        if let Some(book) = fs::read(&dump).ok().and_then(|dump| serde_json::from_slice(&dump).ok()) {
            return Self(book);
        }
        let mut book: Value = serde_saphyr::from_str(text).expect("an OpenAPI file in YAML");
        assert!(book["openapi"].as_str().is_some_and(|version| version.starts_with("3.0")), "OpenAPI 3.0");
        book["components"]["examples"].take();
        let mut new = tempfile::NamedTempFile::new_in(folder).expect("a folder to write to");
        new.write_all(book.to_string().as_bytes()).expect("a disk to write to");
        new.persist(dump).expect("a disk to write to");
        Self(book)
    }

    /// Holds one request against the file.
    pub fn check(&self, call: &Call) -> Checked {
        let mut checked = Checked::default();
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let named =
            |(method, template): &&(&str, &str)| call.method == *method && fit(template, path).is_some();
        if let Some((method, template)) = NOT_IN_THE_FILE.iter().find(named) {
            checked.endpoint = format!("{method} {template}");
            return checked;
        }
        match self.operation(&call.method, path) {
            Err(why) => checked.wrong.push(why),
            Ok((operation, values)) => {
                operation.own["operationId"].as_str().unwrap_or_default().clone_into(&mut checked.operation);
                checked.endpoint = format!("{} {}", call.method, operation.template);
                query::path(&operation, &values, &mut checked);
                query::query(&operation, query, &mut checked);
                headers::check(&operation, call, &mut checked);
                body::check(&operation, call, &mut checked);
            }
        }
        checked
    }

    /// The operation of a path, and the values of its parameters in their order. A path that is written
    /// out in the file goes before one with parameters.
    fn operation<'b>(&'b self, method: &str, path: &str) -> Result<(Operation<'b>, Vec<String>), String> {
        let paths = self.0["paths"].as_object().expect("paths");
        let mut fitting: Vec<_> = paths
            .iter()
            .filter_map(|(template, item)| fit(template, path).map(|values| (values, template, item)))
            .collect();
        fitting.sort_by_key(|(values, ..)| values.len());
        let Some((values, template, item)) = fitting.into_iter().next() else {
            return Err(format!("{path}: no such path"));
        };
        let shared = item.as_object().expect("operations");
        let Some(own) = shared.get(&method.to_lowercase()).and_then(Value::as_object) else {
            return Err(format!("{template}: no method {method}"));
        };
        Ok((Operation { book: self, template, shared, own }, values))
    }

    /// What this is, or refers to.
    fn resolve<'b>(&'b self, mut value: &'b Value) -> &'b Value {
        while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("a reference within the file");
            value = self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} refers to nothing"));
        }
        value
    }
}

impl<'b> Operation<'b> {
    /// The parameters of one kind (`path`, `query`, `header`).
    fn parameters(&self, kind: &str) -> Vec<&'b Value> {
        let all =
            [self.shared, self.own].into_iter().filter_map(|object| object.get("parameters")?.as_array());
        all.flatten().map(|given| self.book.resolve(given)).filter(|given| given["in"] == kind).collect()
    }
}

/// The values of the parameters, if the path is one of this template.
fn fit(template: &str, path: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) if wanted.starts_with('{') => values.push(given.to_owned()),
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// Watches a sandbox. When it is dropped, every request until then has been one that Okta's file allows,
/// or the test fails.
pub struct ByTheBook(Arc<Mutex<Vec<Call>>>);

impl ByTheBook {
    /// From now on.
    pub fn watch(sandbox: &Sandbox) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        if std::env::var_os("OKTA_OPENAPI").is_some() {
            sandbox.on_call(Arc::new(move |call| {
                // The one call that is an admin's, and not ours.
                if !(call.method == "POST" && call.path.starts_with("/api/v1/meta/")) {
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
                }
            }));
        }
        Self(calls)
    }
}

impl Drop for ByTheBook {
    fn drop(&mut self) {
        let calls = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if calls.is_empty() || std::thread::panicking() {
            return;
        }
        let Some(book) = Book::open() else { return };
        for call in calls {
            let wrong = book.check(&call).wrong;
            assert!(wrong.is_empty(), "not by Okta's book: {wrong:#?}\n{call:#?}");
        }
    }
}
