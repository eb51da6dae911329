//! Which value of a key counts, where it comes from, and whether it is one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::CONFIG;

/// The manual and the defaults in one.
pub(super) const DEFAULTS: &str = include_str!("../../../config/default.toml");

const PREFIX: &str = "OKTA_PROVISIONER";

/// Keys whose values may not show in an error.
const SECRETS: [(&str, &str); 5] =
    [("okta", "api_token"), ("broker", "url"), ("bob", "token"), ("webhook", "secret"), ("http", "token")];

/// The three layers.
pub(super) struct Layers {
    pub defaults: Config,
    pub file: BTreeMap<String, Value>,
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
        let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let defaults = defaults.build().expect("the built-in defaults are TOML");
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
        let file = file_path.as_deref().map(|path| read(path, &defaults, problems)).unwrap_or_default();
        Self { defaults, file, file_path, variables }
    }

    /// What the operator wrote for the keys of a section, by key: the file's first, then the environment's.
    fn written(&self, section: &str) -> impl Iterator<Item = (&str, Origin<'_>, Vec<Value>)> {
        let path = self.file_path.as_deref().unwrap_or(Path::new(""));
        // In order, so that two runs tell their problems alike.
        let of_file: BTreeMap<_, _> = self.file.get(section).and_then(table).into_iter().flatten().collect();
        let of_file = of_file
            .into_iter()
            .map(move |(key, value)| (key.as_str(), Origin::File(path), vec![value.clone()]));
        let variables = self.variables.iter().filter(move |variable| variable.section == section);
        of_file.chain(variables.map(|v| (v.key.as_str(), Origin::Variable(&v.name), readings(&v.text))))
    }

    /// Where a key of a section was written, and what, if it is a text.
    pub fn origin(&self, section: &str, key: &str) -> Option<(Origin<'_>, Option<String>)> {
        let all = self.written(section).filter(|(written, ..)| *written == key);
        all.last().map(|(_, origin, values)| match &values[0].kind {
            ValueKind::String(text) => (origin, Some(text.clone())),
            _ => (origin, None),
        })
    }

    /// A section. Each key is tried by itself on the defaults, so that all bad ones are found; they keep
    /// their default here.
    pub fn section<T: DeserializeOwned>(&self, name: &str, problems: &mut Vec<String>) -> T {
        let mut layered = Config::builder().add_source(self.defaults.clone());
        for (key, origin, values) in self.written(name) {
            let over = |value| {
                // To config, a dot or a bracket in a key begins a path into the value.
                let plain = !key.contains(['.', '[']);
                let over = plain.then(|| layered.clone().set_override(format!("{name}.{key}"), value).ok());
                let over = over.flatten().ok_or("there is no such key")?;
                let section = over.build_cloned().and_then(|all| all.get(name));
                strict::<T>(section.map_err(|error| error.to_string())?).map(|_| over)
            };
            match values.into_iter().map(over).reduce(Result::or).expect("at least one reading") {
                Ok(over) => layered = over,
                // The words of the refusal may hold the value.
                Err(_) if SECRETS.contains(&(name, key)) => {
                    problems.push(format!("{origin}: {name}.{key} must be a text"));
                }
                Err(refusal) => problems.push(format!("{origin}: {name}.{key}: {refusal}")),
            }
        }
        let section = layered.build().and_then(|all| all.get(name)).expect("the defaults have it");
        strict(section).expect("every key has been tried")
    }
}

/// A value as a `T`. By itself config takes 0.5 for true, and 7 for a text; by way of JSON it does not.
pub(super) fn strict<T: DeserializeOwned>(value: Json) -> Result<T, String> {
    // They are null in JSON, which would be as good as not set.
    if value.as_object().is_some_and(|table| table.values().any(Json::is_null)) {
        return Err("nan and inf are no values".to_owned());
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Value>, ConfigError> {
    Ok(File::from_str(text, FileFormat::Toml).collect()?.into_iter().collect())
}

fn table(value: &Value) -> Option<&Map<String, Value>> {
    if let ValueKind::Table(table) = &value.kind { Some(table) } else { None }
}

/// A text as it is, and what TOML makes of it: the first one that fits counts, so that a token of
/// digits stays a text.
fn readings(text: &str) -> Vec<Value> {
    let parsed = parse(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    let parsed = parsed.and_then(|mut table| table.remove("value"));
    [Some(text.into()), parsed].into_iter().flatten().collect()
}

fn variable(name: &str, text: OsString, defaults: &Config) -> Result<Variable, String> {
    let form = format!("variables of this program are called {PREFIX}__SECTION__KEY, or {CONFIG}");
    let unmatched = || format!("{name}: no such setting; {form}");
    let rest = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix("__")).ok_or_else(unmatched)?;
    let (section, key) = rest.split_once("__").ok_or_else(unmatched)?;
    let upper = rest == rest.to_ascii_uppercase();
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    let known = table(&defaults.cache).and_then(|sections| sections.get(&section)).and_then(table);
    if !upper || known.is_none() {
        return Err(unmatched());
    }
    let text = text.into_string().map_err(|_| format!("{name}: its value is not UTF-8"))?;
    Ok(Variable { name: name.to_owned(), section, key, text })
}

/// Kubernetes tells each pod of a service called `okta-provisioner` where that is.
fn is_of_kubernetes(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default();
    !rest.contains("__") && ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"].iter().any(|of| rest.starts_with(of))
}

fn read(path: &Path, defaults: &Config, problems: &mut Vec<String>) -> BTreeMap<String, Value> {
    let path_text = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(format!("{path_text}: cannot be read: {error}"));
            return BTreeMap::new();
        }
    };
    let file = match parse(&text) {
        Ok(file) => file,
        Err(error) => {
            problems.push(format!("{path_text}{}", place_and_reason(&error)));
            return BTreeMap::new();
        }
    };
    let sections: BTreeMap<_, _> = table(&defaults.cache).into_iter().flatten().collect();
    for (name, value) in &file {
        let known = sections.get(name);
        if known.is_none() {
            let sections = sections.keys().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            problems.push(format!("{path_text}: no section is called {name}; there are {sections}"));
        } else if known.map(|known| discriminant(&known.kind)) != Some(discriminant(&value.kind)) {
            let form = if name == "mapping" { "[[mapping]]" } else { &format!("[{name}]") };
            problems.push(format!("{path_text}: {name} must be written as {form}"));
        }
    }
    file
}

/// The line and the reason. Between them the error's text quotes the line, which may hold a token.
fn place_and_reason(error: &ConfigError) -> String {
    let text = error.to_string();
    let mut lines = text.lines();
    let place = lines.next().and_then(|first| first.strip_prefix("TOML parse error at "));
    let Some((line, _column)) = place.and_then(|place| place.split_once(',')) else {
        return ": a number in it is out of range".to_owned();
    };
    // The quote is three lines: a margin, the line, and a mark under it.
    format!(" {line}: {}", lines.skip(3).collect::<Vec<_>>().join(" "))
}
