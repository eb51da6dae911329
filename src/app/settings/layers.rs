//! Which value of a key counts, where it comes from, and whether it is one.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::CONFIG;

/// The manual and the defaults in one.
pub(super) const DEFAULTS: &str = include_str!("../../../config/default.toml");

const PREFIX: &str = "OKTA_PROVISIONER";

/// Keys whose values may not show in an error.
const SECRETS: [(&str, &str); 2] = [("okta", "api_token"), ("broker", "url")];

/// The three layers.
pub(super) struct Layers {
    pub defaults: Table,
    pub file: Table,
    pub file_path: Option<PathBuf>,
    variables: Vec<Variable>,
}

/// `OKTA_PROVISIONER__SECTION__KEY`
struct Variable {
    name: String,
    section: String,
    key: String,
    text: String,
}

/// Where a value was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    File(&'a Path),
    Variable(&'a str),
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Variable(name) => f.write_str(name),
        }
    }
}

impl Layers {
    pub fn read(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Vec<String>,
    ) -> Self {
        let defaults: Table = DEFAULTS.parse().expect("the built-in defaults are TOML");
        let mut named = None;
        let mut variables = Vec::new();
        for (name, text) in env {
            let name = name.to_string_lossy().into_owned();
            if name == CONFIG {
                named = Some(PathBuf::from(text)).filter(|path| !path.as_os_str().is_empty());
            } else if name.to_ascii_uppercase().starts_with(PREFIX) && !is_of_kubernetes(&name) {
                match variable(&name, text, &defaults) {
                    Ok(variable) => variables.push(variable),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        variables.sort_by(|one, other| one.name.cmp(&other.name));
        let file_path = path.map(Path::to_owned).or(named);
        let file = file_path.as_deref().map(|path| table(path, &defaults, problems)).unwrap_or_default();
        Self { defaults, file, file_path, variables }
    }

    /// What the operator wrote for the keys of a section, by key: the file's first, then the environment's.
    fn written(&self, section: &str) -> impl Iterator<Item = (&str, Origin<'_>, Vec<Value>)> {
        let path = self.file_path.as_deref().unwrap_or(Path::new(""));
        let of_file = self.file.get(section).and_then(Value::as_table).into_iter().flatten();
        let of_file =
            of_file.map(move |(key, value)| (key.as_str(), Origin::File(path), vec![value.clone()]));
        let variables = self.variables.iter().filter(move |variable| variable.section == section);
        of_file.chain(variables.map(|v| (v.key.as_str(), Origin::Variable(&v.name), readings(&v.text))))
    }

    /// Where a key of a section was written, and what, if it is a text.
    pub fn origin(&self, section: &str, key: &str) -> Option<(Origin<'_>, Option<String>)> {
        let all = self.written(section).filter(|(written, ..)| *written == key);
        all.last().map(|(_, origin, values)| (origin, values[0].as_str().map(str::to_owned)))
    }

    /// A section. Each key is tried by itself on the defaults, so that all bad ones are found; they keep
    /// their default here.
    pub fn section<T: DeserializeOwned>(&self, name: &str, problems: &mut Vec<String>) -> T {
        let mut table = self.defaults[name].as_table().expect("a section").clone();
        for (key, origin, values) in self.written(name) {
            let mut refusal = None;
            let fits = values.into_iter().find(|value| {
                let mut trial = table.clone();
                trial.insert(key.to_owned(), value.clone());
                let result = trial.try_into::<T>();
                refusal = result.as_ref().err().map(|error| error.message().to_owned()).or(refusal.take());
                result.is_ok()
            });
            match (fits, refusal) {
                (Some(value), _) => drop(table.insert(key.to_owned(), value)),
                // The words of the refusal may hold the value.
                (None, Some(_)) if SECRETS.contains(&(name, key)) => {
                    problems.push(format!("{origin}: {name}.{key} must be a text"));
                }
                (None, refusal) => {
                    problems.push(format!("{origin}: {name}.{key}: {}", refusal.unwrap_or_default()));
                }
            }
        }
        table.try_into().expect("every key has been tried")
    }
}

/// A text as it is, and what TOML makes of it: the first one that fits counts, so that a token of
/// digits stays a text.
fn readings(text: &str) -> Vec<Value> {
    let parsed = format!("value = {text}").parse::<Table>().ok().filter(|table| table.len() == 1);
    let parsed = parsed.and_then(|mut table| table.remove("value"));
    [Some(Value::String(text.to_owned())), parsed].into_iter().flatten().collect()
}

fn variable(name: &str, text: OsString, defaults: &Table) -> Result<Variable, String> {
    let form = format!("variables of this program are called {PREFIX}__SECTION__KEY, or {CONFIG}");
    let unmatched = || format!("{name}: no such setting; {form}");
    let rest = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix("__")).ok_or_else(unmatched)?;
    let (section, key) = rest.split_once("__").ok_or_else(unmatched)?;
    if rest != rest.to_ascii_uppercase()
        || !defaults.get(&section.to_ascii_lowercase()).is_some_and(Value::is_table)
    {
        return Err(unmatched());
    }
    let text = text.into_string().map_err(|_| format!("{name}: its value is not UTF-8"))?;
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    Ok(Variable { name: name.to_owned(), section, key, text })
}

/// Kubernetes tells each pod of a service called `okta-provisioner` where that is.
fn is_of_kubernetes(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default();
    !rest.contains("__") && ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"].iter().any(|of| rest.starts_with(of))
}

fn table(path: &Path, defaults: &Table, problems: &mut Vec<String>) -> Table {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(format!("{}: cannot be read: {error}", path.display()));
            return Table::new();
        }
    };
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            // Only the message: the whole error quotes the line, which may hold a token.
            let error: toml::de::Error = error;
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            problems.push(format!("{} line {line}: {}", path.display(), error.message().trim()));
            return Table::new();
        }
    };
    for (name, value) in &table {
        let known = defaults.get(name);
        if known.is_none() {
            let sections = defaults.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            problems.push(format!("{}: no section is called {name}; there are {sections}", path.display()));
        } else if known.map(Value::type_str) != Some(value.type_str()) {
            let form = if name == "mapping" { "[[mapping]]" } else { &format!("[{name}]") };
            problems.push(format!("{}: {name} must be written as {form}", path.display()));
        }
    }
    table
}
