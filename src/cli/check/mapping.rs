//! The mapping's own tests: files with HR's fields and what must become of them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::findings::Findings;
use crate::app::settings;
use crate::cli::style::count;
use crate::domain::decide::Rules;
use crate::domain::field;
use crate::domain::mapping::Known;

/// The HR id of the people in tests that give none.
const SOMEBODY: &str = "1001";

/// A `[[test]]`. Its values are made up: they may be shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    name: String,
    given: BTreeMap<String, Value>,
    #[serde(default)]
    given_empty: Vec<String>,
    #[serde(default)]
    existing: bool,
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    #[serde(default)]
    expect_absent: Vec<String>,
    #[serde(default)]
    expect_cleared: Vec<String>,
    expect_blocked: Option<String>,
}

/// Runs all tests in a folder. One that is not there holds none, unless it was asked for.
pub(super) fn check(
    rules: &Rules,
    folder: &Path,
    asked: bool,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let files = match files(folder) {
        Ok(files) => files,
        Err(_) if !asked => return Ok(()),
        Err(error) => return findings.bad("mapping", format!("{}: {error}", folder.display())),
    };
    let (mut run, mut failed) = (0, 0);
    for file in files {
        let tests = match read(&file) {
            Ok(tests) => tests,
            Err(problem) => {
                findings.bad("mapping", format!("{}{problem}", file.display()))?;
                continue;
            }
        };
        for test in tests {
            run += 1;
            let problems = test.run(rules);
            failed += i64::from(!problems.is_empty());
            for problem in problems {
                findings.bad("mapping", format!("{}: {}: {problem}", file.display(), test.name))?;
            }
        }
    }
    if run > 0 && failed == 0 {
        findings.good("mapping", format!("{} in {} hold", count(run, "test"), folder.display()))?;
    }
    if run == 0 && asked {
        findings.bad("mapping", format!("{} holds no [[test]]", folder.display()))?;
    }
    Ok(())
}

/// The TOML files of a folder by name.
fn files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut files: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<Test>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!(": cannot be read: {error}"))?;
    settings::list(&text, "test")
}

impl Test {
    /// What is otherwise than expected.
    fn run(&self, rules: &Rules) -> Vec<String> {
        let (mapping, read) = (&rules.mapping, rules.tracked());
        let unread = self.given.keys().chain(&self.given_empty);
        let unread = unread.filter(|name| *name != field::ID && !read.contains(*name));
        let mut problems: Vec<String> =
            unread.map(|name| format!("{name} is given, and nothing reads it")).collect();
        let somebody = Value::from(SOMEBODY);
        let lookup = |name: &str| match self.given.get(name) {
            Some(value) => Known::from(Some(value)),
            None if self.given_empty.iter().any(|empty| empty == name) => Known::Null,
            None if name == field::ID => Known::Value(&somebody),
            None => Known::Unknown,
        };
        let output = match mapping.profile(lookup, !self.existing) {
            Ok(output) => output,
            Err(block) => {
                let blocks = |name: &String| block.0.iter().any(|refusal| refusal.attribute == *name);
                let expected = self.expect_blocked.as_ref().is_some_and(blocks);
                if !expected {
                    problems.push(format!("is blocked: {block}"));
                }
                return problems;
            }
        };
        if let Some(name) = &self.expect_blocked {
            problems.push(format!("is not blocked, though {name} should be missing or bad"));
        }
        let got = |name: &str| match output.profile.get(name) {
            None => match output.omitted.iter().find(|refusal| refusal.attribute == name) {
                Some(refusal) => format!("left out: {}", refusal.rule),
                None => "left alone".to_owned(),
            },
            Some(Value::Null) => "cleared".to_owned(),
            Some(value) => value.to_string(),
        };
        let source = |name: &str| mapping.source(name).unwrap_or("not mapped").to_owned();
        let mut tell = |name: &str, expected: String| {
            problems.push(format!("{name} is {}, expected {expected} ({})", got(name), source(name)));
        };
        for (name, value) in &self.expect {
            if output.profile.get(name) != Some(value) {
                tell(name, value.to_string());
            }
        }
        for name in self.expect_absent.iter().filter(|name| output.profile.contains_key(*name)) {
            tell(name, "left alone".to_owned());
        }
        for name in &self.expect_cleared {
            if output.profile.get(name) != Some(&Value::Null) {
                tell(name, "cleared".to_owned());
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;

    /// The problems of tests under the built-in mapping.
    fn problems(text: &str) -> Vec<String> {
        let settings = Settings::load(None).unwrap();
        let tests: Vec<Test> = settings::list(text, "test").unwrap();
        tests.iter().flat_map(|test| test.run(&settings.rules)).collect()
    }

    const PERSON: &str = r#""root.email" = "a@x.com", "root.firstName" = "A", "root.surname" = "B""#;

    #[test]
    fn the_example_holds_under_both_examples_of_settings() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let example = std::fs::read_to_string(folder.join("tests/example.toml")).unwrap();
        let tests: Vec<Test> = settings::list(&example, "test").unwrap();
        assert_eq!(tests.len(), 4);
        let production = Settings::load(None).unwrap();
        let production = production.rules_with_mapping(&folder.join("production.example.toml")).unwrap();
        for test in tests {
            assert_eq!(test.run(&production), [""; 0], "{}", test.name);
        }
        assert_eq!(problems(&example), [""; 0]);
    }

    #[test]
    fn what_is_otherwise_is_told_by_its_attribute() {
        let of = |given: &str, more: &str| {
            problems(&format!("[[test]]\nname = \"t\"\ngiven = {{ {PERSON}{given} }}\n{more}"))
        };
        for (given, more, problem) in [
            (
                r#", "work.title" = "Cook""#,
                r#"expect = { title = "Chef" }"#,
                "title is \"Cook\", expected \"Chef\" (work.title)",
            ),
            ("", r#"expect = { title = "Chef" }"#, "title is left alone, expected \"Chef\" (work.title)"),
            ("", r#"expect = { nickName = "x" }"#, "nickName is left alone, expected \"x\" (not mapped)"),
            (
                r#", "work.title" = "Cook""#,
                r#"expect_absent = ["title"]"#,
                "title is \"Cook\", expected left alone (work.title)",
            ),
            (
                r#", "work.title" = "Cook""#,
                "existing = true\nexpect_cleared = [\"title\"]",
                "title is \"Cook\", expected cleared (work.title)",
            ),
            (
                r#", "address.country" = "Mars""#,
                r#"expect = { countryCode = "DE" }"#,
                "countryCode is left out: not a country known by its English name or ISO 3166 code, expected \"DE\" (address.country)",
            ),
            (r#", "work.tittle" = "Cook""#, "", "work.tittle is given, and nothing reads it"),
            ("", r#"given_empty = ["work.tittle"]"#, "work.tittle is given, and nothing reads it"),
            ("", r#"expect_blocked = "login""#, "is not blocked, though login should be missing or bad"),
        ] {
            assert_eq!(of(given, more), [problem], "{given} {more}");
        }
        // What somebody's access depends on is read, and so is the id.
        assert_eq!(of(r#", "work.startDate" = "2026-12-01", "root.id" = "7""#, ""), [""; 0]);
        let nameless =
            "[[test]]\nname = \"t\"\ngiven = { \"root.email\" = \"a@x.com\", \"root.surname\" = \"B\" }\n";
        assert_eq!(
            problems(nameless),
            ["is blocked: firstName: is missing, HR has not sent it yet (root.firstName)"]
        );
        assert_eq!(problems(&format!("{nameless}expect_blocked = \"firstName\"")), [""; 0]);
        assert_eq!(problems(&format!("{nameless}expect_blocked = \"login\"")).len(), 1);
    }
}
