//! `pause` and `resume`: what the daemon leaves alone for a while.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, ValueEnum};

use super::style::{plain, when};
use super::{Which, grant, operator};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Pause, Report, Scope, Verb, Wish, pause_argument};

/// Make no changes in Okta for a while: none at all, none of one kind, or none for some people
///
/// Whatever would be done waits, and is done once it is resumed. Events are taken, everybody is decided on, and
/// Okta and HR are read as usual. It holds until `resume`, also over restarts. Without arguments it shows what is
/// paused. Who must lose access and waits because of it keeps access: `status` says so.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  okta-provisioner pause --step deactivate --why \"HR cleans up its records\"\n  \
                  okta-provisioner pause 1001 1002\n  okta-provisioner pause --all\n  okta-provisioner pause"
)]
pub(super) struct Stop {
    #[command(flatten)]
    what: What,
    /// Why, for those who find it paused
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Print what is paused as JSON
    #[arg(long, conflicts_with_all = ["employees", "steps", "all", "why"])]
    json: bool,
    #[command(flatten)]
    which: Which,
}

/// Make changes again that were paused
///
/// What has waited is done at once, as it is right by then. `--all` leaves nothing paused.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  okta-provisioner resume --step deactivate\n  okta-provisioner resume 1001\n  \
                  okta-provisioner resume --all"
)]
#[command(group(ArgGroup::new("resumed").args(["employees", "steps", "all"]).required(true).multiple(true)))]
pub(super) struct Resume {
    #[command(flatten)]
    what: What,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    which: Which,
}

#[derive(clap::Args)]
struct What {
    /// HR's ids of people
    employees: Vec<String>,
    /// A kind of change
    #[arg(long = "step", value_name = "STEP")]
    steps: Vec<Kind>,
    /// Everything
    #[arg(long, conflicts_with_all = ["employees", "steps"])]
    all: bool,
}

/// The kinds of change.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Create,
    Update,
    Activate,
    Suspend,
    Unsuspend,
    ClearSessions,
    Deactivate,
}

impl Kind {
    /// As steps are named.
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::ClearSessions => "clear sessions",
            Self::Deactivate => "deactivate",
        }
    }
}

impl What {
    fn scopes(self) -> Vec<Scope> {
        let steps = self.steps.into_iter().map(|kind| Scope::Step(kind.name().to_owned()));
        let people = self.employees.into_iter().map(Scope::Employee);
        self.all.then_some(Scope::All).into_iter().chain(steps).chain(people).collect()
    }
}

impl Stop {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let now = clock.now();
        let scopes = self.what.scopes();
        let mut out = anstream::stdout();
        if scopes.is_empty() {
            let report = Report::open(&path)?;
            let pauses = report.paused()?;
            if self.json {
                writeln!(out, "{}", serde_json::to_string(&pauses)?)?;
            } else if pauses.is_empty() {
                writeln!(out, "nothing is paused")?;
            }
            if !self.json {
                grant::list(&mut out, &report)?;
            }
            for pause in pauses.iter().filter(|_| !self.json) {
                writeln!(out, "{}", line(pause, now))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let wishes: Vec<Wish> =
            scopes.iter().map(|scope| wish(Verb::Pause, scope, self.why.as_deref())).collect();
        let granted = grant::leave(&wishes, &path, clock)?;
        for scope in scopes {
            let what = if granted { "paused until `okta-provisioner resume`" } else { grant::not_yet(&path) };
            writeln!(out, "{}: {what}", named(&scope))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Resume {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let scopes = self.what.scopes();
        let wishes: Vec<Wish> =
            scopes.iter().map(|scope| wish(Verb::Resume, scope, self.why.as_deref())).collect();
        let granted = grant::leave(&wishes, &path, clock)?;
        for scope in scopes {
            let what = if granted { "goes on" } else { grant::not_yet(&path) };
            writeln!(anstream::stdout(), "{}: {what}", named(&scope))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn wish(verb: Verb, scope: &Scope, why: Option<&str>) -> Wish {
    let employee = match scope {
        Scope::Employee(id) => Some(id.clone()),
        Scope::All | Scope::Step(_) => None,
    };
    Wish { verb, employee, argument: Some(pause_argument(scope, why)), operator: operator() }
}

/// What a scope is in words.
fn named(scope: &Scope) -> String {
    match scope {
        Scope::All => "everything".into(),
        Scope::Step(name) => name.clone(),
        Scope::Employee(id) => format!("employee {id}"),
    }
}

/// A pause in a line.
pub(super) fn line(pause: &Pause, now: DateTime<Utc>) -> String {
    let by = pause.operator.as_deref().map(|name| format!(" by {}", plain(name))).unwrap_or_default();
    let why = pause.why.as_deref().map(|why| format!(": {}", plain(why))).unwrap_or_default();
    format!("{} since {}{by}{why}", plain(&named(&pause.scope)), when(pause.at, now))
}
