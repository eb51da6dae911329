//! The command line: one file per command.

mod approve;
mod audit;
mod check;
mod completions;
mod dead;
mod explain;
mod grant;
mod link;
mod mode;
mod moment;
mod pause;
mod plan;
mod reconcile;
mod retry;
mod run;
mod samples;
mod sandbox;
mod send;
mod show;
mod status;
mod style;
mod sync;
mod tail;
mod upcoming;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::settings::{Settings, SettingsError};
use crate::engine::clock::Clock;

/// Bad usage or configuration.
const USAGE: u8 = 2;

/// Provisions Okta users from HR's events.
///
/// HR's messages come in over RabbitMQ, a ledger remembers what they say, and each person's Okta account is made
/// to agree: created on the start date, changed when HR changes, cut when somebody leaves.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit status: 0 all is well, 1 something failed, 2 bad usage or configuration.",
    after_long_help = "\
Examples:
  okta-provisioner check                        is everything in place?
  okta-provisioner run                          the daemon
  okta-provisioner run --sandbox                the daemon, with an Okta org of its own in memory
  okta-provisioner sync --dry-run               everybody in Bob and in Okta: what would be done?
  okta-provisioner tail                         what it does, as it does it
  okta-provisioner show 1001                    one person, and why things are as they are
  okta-provisioner approve                      who is held back, for somebody to decide

Settings: --config FILE, else the file that OKTA_PROVISIONER_CONFIG names; over it, variables
such as OKTA_PROVISIONER__BROKER__PREFETCH. Every setting is explained in config/default.toml.
Exit status: 0 all is well, 1 something failed, 2 bad usage or configuration."
)]
struct Cli {
    /// The settings that differ from the defaults (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    Send(send::Send),
    Plan(plan::Plan),
    Status(status::Status),
    Show(show::Show),
    Explain(explain::Explain),
    Upcoming(upcoming::Upcoming),
    Tail(tail::Tail),
    Audit(audit::Audit),
    Retry(retry::Retry),
    Approve(approve::Approve),
    Pause(pause::Stop),
    Resume(pause::Resume),
    Mode(mode::Mode),
    Link(link::Link),
    Dead(dead::Dead),
    Sync(sync::Sync),
    Reconcile(reconcile::Reconcile),
    Sandbox(sandbox::Serve),
    Completions(completions::Completions),
}

/// The ledger that a command is about.
#[derive(clap::Args)]
struct Which {
    /// The ledger of `run --sandbox` in place of the real one
    #[arg(long)]
    sandbox: bool,
}

impl Which {
    fn path(&self, settings: &Settings) -> PathBuf {
        settings.ledger_path(self.sandbox)
    }
}

/// Who sits at the terminal, for the record of what they ask.
fn operator() -> Option<String> {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty())
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the runtime cannot be started")),
    };
    runtime.block_on(execute(cli)).unwrap_or_else(|error| fail(&error))
}

async fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let settings = || Settings::load(cli.config.as_deref());
    match cli.command {
        Command::Run(command) => command.execute(settings()?, clock).await,
        Command::Check(command) => command.execute(settings(), &clock).await,
        Command::Send(command) => command.execute(&settings()?, &clock).await,
        Command::Plan(command) => command.execute(settings()?, clock).await,
        Command::Status(command) => command.execute(&settings()?, &clock).await,
        Command::Show(command) => command.execute(&settings()?, &clock),
        Command::Explain(command) => command.execute(&settings()?, &clock),
        Command::Upcoming(command) => command.execute(&settings()?, &clock),
        Command::Tail(command) => command.execute(&settings()?, &clock).await,
        Command::Audit(command) => command.execute(&settings()?, &clock),
        Command::Retry(command) => command.execute(&settings()?, &clock),
        Command::Approve(command) => command.execute(&settings()?, &clock),
        Command::Pause(command) => command.execute(&settings()?, &clock),
        Command::Resume(command) => command.execute(&settings()?, &clock),
        Command::Mode(command) => command.execute(&settings()?, &clock),
        Command::Link(command) => command.execute(&settings()?, &clock),
        Command::Dead(command) => command.execute(settings()?, &clock).await,
        Command::Sync(command) => command.execute(settings()?, clock).await,
        Command::Reconcile(command) => command.execute(&settings()?, &clock).await,
        Command::Sandbox(command) => command.execute(&clock).await,
        Command::Completions(command) => command.execute(),
    }
}

/// Says what went wrong, and how bad it is. A reader that is gone (`tail | head`) is no failure.
fn fail(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let mut stderr = anstream::stderr();
    let red = style::BAD;
    for line in format!("{error:#}").lines() {
        let _ = writeln!(stderr, "{red}error:{red:#} {line}");
    }
    if error.is::<SettingsError>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| io(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_shows_how() {
        for command in Cli::command().get_subcommands_mut() {
            let name = command.get_name().to_owned();
            assert!(command.get_about().is_some(), "{name}");
            let help = command.render_long_help().to_string();
            assert!(help.contains("Examples:"), "{name}");
        }
    }

    #[test]
    fn only_a_reader_that_is_gone_is_no_failure() {
        let broken: anyhow::Error = std::io::Error::from(std::io::ErrorKind::BrokenPipe).into();
        assert!(is_broken_pipe(&broken.context("printing")));
        assert!(!is_broken_pipe(&std::io::Error::from(std::io::ErrorKind::NotFound).into()));
    }
}
