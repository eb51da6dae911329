//! `check`: is everything in place? Each finding on a line of its own, with what to do about it.

mod attributes;
mod bob;
mod findings;
mod ledger;
mod limits;
mod mapping;
mod okta;
mod permissions;
mod protect;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use self::findings::Findings;
use super::USAGE;
use super::style::count;
use crate::app::settings::{Settings, SettingsError};
use crate::broker;
use crate::engine::clock::Clock;

/// Check configuration, broker, ledger and Okta, and say what to do about each problem
///
/// Nothing is changed. Every check is made, whatever the others find. The exit status is 0 if the daemon can do its work,
/// 1 if it cannot, 2 if that is for the configuration.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner check
  okta-provisioner check --config new.toml --json
  okta-provisioner check --tests config/tests")]
pub(super) struct Check {
    /// Tests of the mapping: a folder of TOML files [default: `tests` beside the settings file, if it is there]
    #[arg(long, value_name = "FOLDER")]
    tests: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub async fn execute(
        self,
        settings: Result<Settings, SettingsError>,
        clock: &Clock,
    ) -> anyhow::Result<ExitCode> {
        let mut findings = Findings::new(self.json);
        let settings = match settings {
            Ok(settings) => settings,
            Err(SettingsError(problems)) => {
                for problem in problems {
                    findings.bad("configuration", problem)?;
                }
                return Ok(ExitCode::from(USAGE));
            }
        };
        let org = settings.org();
        match &org {
            Ok(_) => {
                let mapped = count(i64::try_from(settings.mapping.len())?, "attribute");
                findings.good("configuration", format!("good; {mapped} mapped"))?;
            }
            Err(SettingsError(problems)) => {
                for problem in problems {
                    findings.bad("configuration", problem)?;
                }
            }
        }
        for warning in &settings.warnings {
            findings.warn("configuration", warning)?;
        }
        let beside = || settings.file.as_deref().map(|file| folder(file).join("tests"));
        if let Some(tests) = self.tests.clone().or_else(beside) {
            mapping::check(&settings.rules, &tests, self.tests.is_some(), &mut findings)?;
        }
        check_broker(&settings, &mut findings).await?;
        let url = org.as_ref().ok().map(|(url, _)| url.to_string());
        let zones = &settings.rules.access.zones;
        ledger::check(&settings.ledger_path(false), url.as_deref(), zones, &mut findings)?;
        bob::check(&settings, clock, &mut findings).await?;
        bob::check_webhook(&settings, &mut findings)?;
        let Ok((url, token)) = org else {
            findings.warn("okta", "not looked at, as there is no address or token")?;
            return Ok(ExitCode::from(USAGE));
        };
        okta::check(&settings, url, token, clock, &mut findings).await?;
        Ok(findings.exit())
    }
}

async fn check_broker(settings: &Settings, findings: &mut Findings) -> anyhow::Result<()> {
    let report = match broker::probe(&settings.broker).await {
        Ok(report) => report,
        Err(error) => return findings.bad("broker", error),
    };
    findings.good("broker", "answers, and lets us in")?;
    for problem in &report.problems {
        findings.bad("queue", problem)?;
    }
    let queue = &settings.broker.queue;
    match (report.waiting, report.consumers) {
        (Some(waiting), Some(consumers)) => {
            let (waiting, consumers) = (count(waiting, "message"), count(consumers, "consumer"));
            findings.good("queue", format!("{queue} has {waiting} waiting and {consumers}"))?;
        }
        _ if settings.broker.declare => {
            findings.good("queue", format!("{queue} is not there yet; `run` makes it"))?;
        }
        _ => {}
    }
    if let Some(set_aside) = report.set_aside.filter(|number| *number > 0) {
        let (set_aside, dead) = (count(set_aside, "message"), settings.broker.dead_letter());
        findings.warn(
            "queue",
            format!("{dead} holds {set_aside} that could not be understood, or that RabbitMQ gave up; see `dead list`"),
        )?;
    }
    Ok(())
}

/// What a site without a time zone means, and what to do.
const UNZONED: &str = "days begin there as in timezone.default; add it to timezone.by_site";

/// The folder and name of a path, `.` where it has no folder.
fn folder(path: &std::path::Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| ".".into(), Into::into)
}
