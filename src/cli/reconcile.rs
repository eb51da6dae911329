//! `reconcile`: compares all of Okta with what should be.

mod daemon;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use serde::Serialize;

use super::style::{BAD, BOLD, DIM, GOOD, WARN, count, plain, property, span, table};
use super::{Which, sync};
use crate::app::settings::Settings;
use crate::domain::drift::Kind;
use crate::engine::Compared;
use crate::engine::clock::Clock;
use crate::ledger::{Drift, Ledger, Lock};
use crate::okta::Client;

/// Compare all of Okta with what should be, and show what differs
///
/// Okta's users are listed, 200 a call, and held against what HR said: accounts that were changed, suspended or
/// deactivated by hand, leavers with a live account, people without one, accounts that look like somebody's and are not
/// linked. Nothing is written to Okta.
///
/// With --repair the daemon puts right what HR owns, by the same turns, limits and holds as ever, after all other work.
/// What Okta owns, and whatever a person decided in Okta (a deactivation, a suspension), is only shown.
///
/// If the daemon runs it does the comparing, and records what is new; else it is done on a copy of the ledger in memory.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner reconcile
  okta-provisioner reconcile --json | jq '.drift[] | select(.kind == \"leaver_active\")'
  okta-provisioner reconcile --repair")]
pub(super) struct Reconcile {
    /// Have the daemon put right what HR owns
    #[arg(long)]
    repair: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// What came of it.
#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    compared: Compared,
    drift: Vec<Drift>,
}

impl Reconcile {
    pub async fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let (compared, drift) = if Lock::is_held(&path) {
            daemon::ask(&path, self.repair, clock).await?
        } else {
            if self.repair {
                bail!(
                    "no daemon runs on this ledger, and only it repairs: start it, or leave --repair out to look"
                );
            }
            if self.which.sandbox {
                bail!("the sandbox's org is in the memory of `run --sandbox`, which must run for this");
            }
            let (org_url, token) = settings.org()?;
            let okta = Client::new(settings.okta_options(org_url, token, clock.as_fn()))?;
            let ledger = Ledger::copy(&path, Arc::clone(&settings.rules))?;
            if !ledger.recall_schema().await? {
                ledger.heed_schema(okta.schema().await?.value, clock.now()).await?;
            }
            let began = clock.now();
            let listed = sync::list(&ledger, &okta, clock).await?;
            Compared::with(&ledger, listed, began, clock.now()).await?
        };
        let outcome = Outcome { compared, drift };
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&outcome)?)?;
        } else {
            write!(out, "{}", render(&outcome))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn render(Outcome { compared, drift }: &Outcome) -> String {
    let took = span(compared.ended - compared.began);
    let accounts = i64::try_from(compared.accounts).unwrap_or(i64::MAX);
    let (accounts, people) = (count(accounts, "account"), compared.people);
    let mut text = property("compared", format_args!("{accounts} with {people} people, in {took}"));
    if drift.is_empty() {
        text += &property("found", format_args!("{GOOD}nothing{GOOD:#}"));
    } else {
        let new = compared.new;
        text += &property("found", format_args!("{}, {new} of them new", drift.len()));
    }
    if let Some((missing, of)) = compared.doubtful {
        let what = "none of them is taken for gone: does the token's role cover every user?";
        let missing =
            format_args!("{WARN}{missing} of {of} linked accounts are not in Okta's list{WARN:#}; {what}");
        text += &property("doubtful", missing);
    }
    if let Some(repairing) = compared.repairing {
        let people = if repairing == 1 { "person" } else { "people" };
        text +=
            &property("repairing", format_args!("{repairing} {people}, after all other work; see `tail`"));
    }
    let mut kinds: BTreeMap<Kind, Vec<Vec<String>>> = BTreeMap::new();
    for one in drift {
        kinds.entry(one.finding.kind).or_default().push(cells(one));
    }
    for (kind, rows) in kinds {
        let style = if kind == Kind::LeaverActive { BAD } else { WARN };
        let (number, meaning) = (rows.len(), meaning(kind));
        let _ = writeln!(text, "{style}{kind}{style:#} {BOLD}{number}{BOLD:#} {DIM}{meaning}{DIM:#}");
        text += &table(&rows);
    }
    text
}

fn cells(Drift { finding, login, .. }: &Drift) -> Vec<String> {
    let employee = finding.employee.as_deref().map_or_else(|| "-".to_owned(), plain);
    let account = finding.okta_id.as_ref().map_or_else(|| "-".to_owned(), |id| id.0.clone());
    let login = login.as_deref().map_or_else(|| "-".to_owned(), plain);
    let fields = finding.fields.join(", ");
    let repair = if finding.repairable { "--repair" } else { "" };
    vec![employee, login, account, repair.to_owned(), fields, plain(&finding.reason)]
}

/// What a kind means, and who does what about it.
fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::LeaverActive => "must have no access, and have a live account",
        Kind::NoAccount => "should have an account, and have none",
        Kind::Gone => "linked to accounts that Okta does not list",
        Kind::Status => "in another state than we left them in",
        Kind::Changed => "changed in Okta, in attributes that HR owns",
        Kind::OwnedByOkta => "changed in Okta, in attributes that Okta owns: left as they are",
        Kind::Unlinked => "look like somebody's, and are not linked to them: see `link`",
        Kind::Unknown => "have an HR id that HR has not told of",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::OktaId;
    use crate::domain::drift::Finding;

    #[test]
    fn it_is_told_by_what_matters() {
        let finding = |kind, fields: &[&str], repairable| Finding {
            kind,
            employee: Some("7".into()),
            okta_id: Some(OktaId("00u7".into())),
            fields: fields.iter().map(ToString::to_string).collect(),
            reason: "HR says otherwise".into(),
            repairable,
        };
        let drift = |finding| Drift {
            finding,
            login: Some("a@x.com".into()),
            found_at: chrono::DateTime::UNIX_EPOCH,
        };
        let outcome = Outcome {
            compared: Compared {
                accounts: 2,
                people: 1,
                new: 1,
                doubtful: Some((12, 15)),
                repairing: Some(1),
                ..Compared::default()
            },
            drift: vec![
                drift(finding(Kind::OwnedByOkta, &["city"], false)),
                drift(finding(Kind::Changed, &["title", "department"], true)),
            ],
        };
        let text = anstream::adapter::strip_str(&render(&outcome)).to_string();
        let expected = "\
compared   2 accounts with 1 people, in 0ms
found      2, 1 of them new
doubtful   12 of 15 linked accounts are not in Okta's list; none of them is taken for gone: does the token's role cover every user?
repairing  1 person, after all other work; see `tail`
changed 1 changed in Okta, in attributes that HR owns
  7  a@x.com  00u7  --repair  title, department  HR says otherwise
owned_by_okta 1 changed in Okta, in attributes that Okta owns: left as they are
  7  a@x.com  00u7    city  HR says otherwise
";
        assert_eq!(text, expected);
        let json = serde_json::to_value(&outcome).unwrap();
        assert_eq!((&json["drift"][1]["kind"], &json["accounts"]), (&"changed".into(), &2.into()));
    }
}
