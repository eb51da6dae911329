//! `mode`: whether Okta is written to.

use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;

use super::{Which, grant, operator};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Report, Summary, Verb, Wish, mode};

/// Write to Okta, or only decide: show which, or say which from now on
///
/// Observing, the daemon takes events, decides and records everything it would do, once each, and writes nothing to
/// Okta; calls under way end. Applying, it does what is right by then. Either holds until the other is said, also over
/// restarts.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  okta-provisioner mode\n  okta-provisioner mode observe\n  okta-provisioner mode apply"
)]
pub(super) struct Mode {
    /// The mode from now on
    wanted: Option<Wanted>,
    /// Print the present mode as JSON
    #[arg(long, conflicts_with = "wanted")]
    json: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Clone, Copy, ValueEnum)]
enum Wanted {
    /// Decides and records, and writes nothing to Okta
    Observe,
    /// Writes to Okta
    Apply,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Self::Observe => mode::OBSERVE,
            Self::Apply => mode::APPLY,
        }
    }
}

impl Mode {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let path = self.which.path(settings);
        let mut out = anstream::stdout();
        let Some(wanted) = self.wanted else {
            let report = Report::open(&path)?;
            let Summary { mode, .. } = report.summary(clock.now())?;
            if self.json {
                let present = if mode.is_some() { mode::OBSERVE } else { mode::APPLY };
                writeln!(out, "{}", json!({ "mode": present, "why": mode }))?;
            } else {
                writeln!(out, "{}", words(mode.as_deref()))?;
                grant::list(&mut out, &report)?;
            }
            return Ok(ExitCode::SUCCESS);
        };
        let argument = Some(wanted.as_str().to_owned());
        let wish = Wish { verb: Verb::Mode, employee: None, argument, operator: operator() };
        if !grant::leave(&[wish], &path, clock)? {
            writeln!(out, "{}: {}", wanted.as_str(), grant::not_yet(&path))?;
            return Ok(ExitCode::SUCCESS);
        }
        match wanted {
            Wanted::Observe => {
                writeln!(out, "from now on nothing is written to Okta; see `okta-provisioner tail`")?;
            }
            Wanted::Apply => writeln!(out, "from now on Okta is written to; see `okta-provisioner tail`")?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The mode that the ledger says, in words.
pub(super) fn words(said: Option<&str>) -> &'static str {
    match said {
        None => "apply: writes to Okta",
        Some(mode::OPERATOR) => {
            "observe: decides, and writes nothing to Okta until `okta-provisioner mode apply`"
        }
        Some(_) => {
            "observe: first run beside an org that has users; decides, and writes nothing to Okta until \
             `okta-provisioner mode apply`"
        }
    }
}
