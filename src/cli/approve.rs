//! `approve`: an operator's word on who is held.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use serde::Serialize;

use super::style::{BOLD, DIM, WARN, plain, table, time};
use super::{Which, grant, operator};
use crate::app::settings::Settings;
use crate::domain::condition::{Condition, ConditionError};
use crate::domain::field;
use crate::engine::clock::Clock;
use crate::ledger::{Held, Report, Wish, Word};

/// Let through who is held, or refuse them; without arguments: list them
///
/// Who is held keeps access, or the former profile, until somebody decides here or HR takes it back. A word is about
/// what HR calls for now: if that changes, it is decided anew. Who is let through is not counted against any limit.
///
/// A batch takes in others for ten minutes at most, and nobody any more once something of it was decided. With
/// --batch, --where and --all only those are meant about whom nothing has been decided yet: to overturn a word, name
/// the people.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner approve                              who is held, and why
  okta-provisioner approve 1001 1002 --why 'they did leave, ticket 4711'
  okta-provisioner approve --batch 3 --reject           HR was wrong: nothing of it is done
  okta-provisioner approve --batch 3 --count 14         only if nobody has joined the 14 on the list
  okta-provisioner approve --where 'work.department == \"Sales\"'
  okta-provisioner approve --all                        everybody about whom nothing has been decided yet")]
pub(super) struct Approve {
    /// HR's ids of the people
    #[arg(value_name = "EMPLOYEE")]
    employees: Vec<String>,
    /// All of one batch
    #[arg(long, value_name = "N", conflicts_with = "employees")]
    batch: Option<i64>,
    /// All for whom this is true: an expression over HR's fields (Jinja)
    #[arg(long = "where", value_name = "EXPR", conflicts_with_all = ["employees", "batch"])]
    condition: Option<String>,
    /// Everybody who waits for a decision
    #[arg(long, conflicts_with_all = ["employees", "batch", "condition"])]
    all: bool,
    /// Only if it is about so many people, as the list said: others may have come since
    #[arg(long, value_name = "N", conflicts_with = "employees")]
    count: Option<usize>,
    /// Refuse: it stays held until HR says something else
    #[arg(long)]
    reject: bool,
    /// The reason, for the record
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// What came of it.
#[derive(Default, Serialize)]
struct Outcome {
    /// Whom the word is about.
    decided: Vec<String>,
    /// Who was meant and is not decided about, with the reason.
    skipped: BTreeMap<String, String>,
}

impl Outcome {
    /// What of it had no effect, by who is held afterwards.
    fn heed(&mut self, held: &[Held], reject: bool) {
        let stays = |employee: &String| {
            let held = held.iter().find(|held| held.employee == *employee);
            match held.map(|held| held.reason) {
                Some("rejected") => !reject,
                Some("over_limit" | "cut_in_okta") => true,
                _ => false,
            }
        };
        let (vain, decided) = std::mem::take(&mut self.decided).into_iter().partition(stays);
        self.decided = decided;
        let why = "it had no effect: somebody else has decided, or HR calls for something else by now";
        self.skipped.extend(Vec::into_iter(vain).map(|employee| (employee, why.to_owned())));
    }
}

impl Approve {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let held = Report::open(&path)?.held()?;
        let mut out = anstream::stdout();
        if self.employees.is_empty() && self.batch.is_none() && self.condition.is_none() && !self.all {
            if self.reject || self.why.is_some() || self.count.is_some() {
                bail!("name whom this is about: employees, --batch, --where or --all");
            }
            if self.json {
                writeln!(out, "{}", serde_json::to_string(&held)?)?;
            } else {
                write!(out, "{}", list(&held))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut outcome = Outcome::default();
        let chosen = self.choose(&held, settings, &mut outcome)?;
        if let Some(count) = self.count.filter(|count| *count != chosen.len()) {
            bail!("this is about {}, not {count}: nothing is decided; see the list again", chosen.len());
        }
        let named = !self.employees.is_empty();
        let mut wishes: Vec<Wish> = Vec::new();
        for held in chosen {
            if let Some(why) = refusal(held, self.reject) {
                outcome.skipped.insert(held.employee.clone(), why.to_owned());
            } else {
                wishes.push(Word::wish(held, self.reject, named, self.why.clone(), operator()));
                outcome.decided.push(held.employee.clone());
            }
        }
        let mut note = "";
        if !wishes.is_empty() {
            if grant::leave(&wishes, &path, clock)? {
                outcome.heed(&Report::open(&path)?.held()?, self.reject);
            } else {
                note = grant::not_yet(&path);
            }
        }
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&outcome)?)?;
        } else {
            write!(out, "{}", told(&outcome, self.reject))?;
            if !note.is_empty() {
                writeln!(out, "{WARN}{note}{WARN:#}")?;
            }
        }
        Ok(if outcome.skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whom this is about.
    fn choose<'a>(
        &self,
        held: &'a [Held],
        settings: &Settings,
        outcome: &mut Outcome,
    ) -> anyhow::Result<Vec<&'a Held>> {
        if let Some(source) = &self.condition {
            return by_condition(source, held, settings, outcome);
        }
        if let Some(batch) = self.batch {
            let chosen: Vec<_> = undecided(held).filter(|held| held.batch == Some(batch)).collect();
            if chosen.is_empty() {
                bail!(
                    "nobody of batch {batch} waits for a decision; `okta-provisioner approve` lists who does"
                );
            }
            return Ok(chosen);
        }
        if self.all {
            return Ok(undecided(held).collect());
        }
        let mut chosen = Vec::new();
        for id in &self.employees {
            match held.iter().find(|held| held.employee == *id) {
                Some(held) => chosen.push(held),
                None => drop(outcome.skipped.insert(id.clone(), "is not held".to_owned())),
            }
        }
        Ok(chosen)
    }
}

/// Those who are held by a limit, and about whom nobody has decided yet.
fn undecided(held: &[Held]) -> impl Iterator<Item = &Held> {
    held.iter().filter(|held| held.reason == "over_limit")
}

fn by_condition<'a>(
    source: &str,
    held: &'a [Held],
    settings: &Settings,
    outcome: &mut Outcome,
) -> anyhow::Result<Vec<&'a Held>> {
    let condition = match Condition::compile(source) {
        Ok(condition) => condition,
        Err(problem) => bail!("--where: {problem}"),
    };
    let tracked = settings.rules.tracked();
    let unknown = |field: &&String| !tracked.contains(*field) && *field != field::ID;
    let unknown: Vec<_> = condition.fields().iter().filter(unknown).cloned().collect();
    if !unknown.is_empty() {
        bail!("--where: the ledger does not keep {}: no setting names it", unknown.join(", "));
    }
    let mut chosen = Vec::new();
    for held in undecided(held) {
        match condition.holds(|field| held.person.known(field)) {
            Ok(true) => chosen.push(held),
            Ok(false) => {}
            Err(error) => {
                let why = match error {
                    ConditionError::Unknown(fields) => format!("HR has not sent {}", fields.join(", ")),
                    ConditionError::Failed(failure) => format!("the expression failed: {failure}"),
                    ConditionError::NotBoolean => bail!("--where: this is no yes or no"),
                };
                outcome.skipped.insert(held.employee.clone(), why);
            }
        }
    }
    Ok(chosen)
}

/// Why a word about somebody would be of no use.
fn refusal(held: &Held, reject: bool) -> Option<&'static str> {
    match held.reason {
        "cut_in_okta" if !reject => None,
        // Of what has been refused an approval may be on its way that nobody has seen to yet.
        "over_limit" | "rejected" => None,
        "protected" => Some(
            "is protected, and never cut by the daemon: cut by hand in Okta, or take out of the protection, then \
             `retry`",
        ),
        _ => Some("waits for something else than a word: see `show`"),
    }
}

fn told(outcome: &Outcome, reject: bool) -> String {
    let Outcome { decided, skipped } = outcome;
    let what = if reject { "refused: so it stays until HR says something else" } else { "let through" };
    let mut text = match decided.as_slice() {
        [] if skipped.is_empty() => "nobody is meant by this\n".to_owned(),
        [] => String::new(),
        [one] => format!("{}: {what}; see `okta-provisioner show {}`\n", plain(one), plain(one)),
        many => {
            let all = plain(&many.join(", "));
            format!("{} people: {what}; see `okta-provisioner tail`: {all}\n", many.len())
        }
    };
    for (employee, why) in skipped {
        let _ = writeln!(text, "{WARN}{}{WARN:#}: {why}", plain(employee));
    }
    text
}

/// Who is held, each batch with its reason on top.
fn list(held: &[Held]) -> String {
    let mut text = String::new();
    for people in held.chunk_by(|one, other| (one.batch, &one.text) == (other.batch, &other.text)) {
        let (number, reason) = (people.len(), plain(&people[0].text));
        let _ = match people[0].batch {
            Some(batch) => writeln!(text, "{BOLD}batch {batch}: {number}{BOLD:#}  {reason}"),
            None => writeln!(text, "{BOLD}{number}{BOLD:#}  {reason}"),
        };
        text += &table(&people.iter().map(row).collect::<Vec<_>>());
    }
    if held.is_empty() {
        let _ = writeln!(text, "{DIM}nobody is held{DIM:#}");
    }
    text
}

fn row(held: &Held) -> Vec<String> {
    let told = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), plain);
    let since = held.since.map(|at| time(at).to_string()).unwrap_or_default();
    vec![plain(&held.employee), told(held.login.as_deref()), told(held.why.as_deref()), since]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::employee::{Employee, Memory};
    use crate::domain::facts::Facts;

    fn held(employee: &str, batch: Option<i64>, reason: &'static str) -> Held {
        Held {
            employee: employee.into(),
            login: Some(format!("p{employee}@x.com")),
            access: Some("deactivated".into()),
            why: Some("left by employee.lastDayOfWork".into()),
            reason,
            text: format!("{reason}: told"),
            batch,
            since: batch.map(|_| "2026-12-01T09:00:00Z".parse().unwrap()),
            wish: String::new(),
            person: Employee::new(employee, Facts::default(), Memory::default()),
        }
    }

    #[test]
    fn each_batch_has_its_reason_and_its_people() {
        let all = [
            held("1", Some(3), "over_limit"),
            held("2", Some(3), "over_limit"),
            held("3", None, "protected"),
        ];
        let expected = "\
batch 3: 2  over_limit: told
  1  p1@x.com  left by employee.lastDayOfWork  2026-12-01 09:00:00Z
  2  p2@x.com  left by employee.lastDayOfWork  2026-12-01 09:00:00Z
1  protected: told
  3  p3@x.com  left by employee.lastDayOfWork
";
        assert_eq!(anstream::adapter::strip_str(&list(&all)).to_string(), expected);
        assert_eq!(anstream::adapter::strip_str(&list(&[])).to_string(), "nobody is held\n");
    }

    #[test]
    fn a_word_that_would_be_of_no_use_says_why() {
        assert_eq!(refusal(&held("1", Some(1), "over_limit"), false), None);
        assert_eq!(refusal(&held("1", Some(1), "rejected"), false), None, "a change of mind");
        for (reason, reject, said) in [("protected", false, "never cut"), ("whose_account", false, "`show`")]
        {
            assert!(
                refusal(&held("1", None, reason), reject).is_some_and(|why| why.contains(said)),
                "{reason}"
            );
        }
        let mut vain = Outcome { decided: vec!["1".into(), "2".into(), "3".into()], ..Outcome::default() };
        vain.heed(&[held("1", Some(1), "rejected"), held("2", Some(1), "over_limit")], true);
        assert_eq!(
            (vain.decided.len(), vain.skipped.keys().cloned().collect::<Vec<_>>()),
            (2, vec!["2".to_owned()])
        );
        vain.heed(&[held("1", Some(1), "rejected")], false);
        assert_eq!(vain.decided, ["3"]);
        let outcome = Outcome {
            decided: vec!["1".into(), "2".into()],
            skipped: [("3".into(), "is not held".into())].into(),
        };
        let text = told(&outcome, true);
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "2 people: refused: so it stays until HR says something else; see `okta-provisioner tail`: 1, 2\n\
             3: is not held\n"
        );
    }
}
