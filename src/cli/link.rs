//! `link`: say by hand whose account it is.

use std::io::Write;
use std::process::ExitCode;

use super::{Which, operator};
use crate::app::settings::Settings;
use crate::engine::clock::Clock;
use crate::ledger::{Verb, Wish};

/// Say which Okta account is somebody's, where the daemon cannot tell
///
/// Whoever the account was linked to before is without one from then on.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  okta-provisioner link 1001 00u1abcd2EFGHIJKL3x7")]
pub(super) struct Link {
    /// HR's id of the person
    employee: String,
    /// Okta's id of the account
    #[arg(value_parser = okta_id)]
    okta_id: String,
    #[command(flatten)]
    which: Which,
}

fn okta_id(text: &str) -> Result<String, String> {
    let fits = text.starts_with("00u") && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err("Okta's ids of users look like 00u1abcd2EFGHIJKL3x7".into()) }
}

impl Link {
    pub fn execute(self, settings: &Settings, clock: &Clock) -> anyhow::Result<ExitCode> {
        let Self { employee, okta_id, which } = self;
        let message =
            format!("{employee}: will be linked to {okta_id}; see `okta-provisioner show {employee}`");
        let wish = Wish {
            verb: Verb::Link,
            employee: Some(employee),
            argument: Some(okta_id),
            operator: operator(),
        };
        wish.leave(&which.path(settings), clock.now())?;
        writeln!(anstream::stdout(), "{message}")?;
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::okta_id;

    #[test]
    fn a_login_is_not_taken_for_an_id() {
        assert!(okta_id("00u1abcd2EFGHIJKL3x7").is_ok());
        assert!(okta_id("mira@example.com").is_err() && okta_id("00u1/../groups").is_err());
    }
}
