//! `sandbox`: an Okta org in memory, for trying things out.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::engine::clock::Clock;
use crate::sandbox::{GUESSES, Options, Plan, SWITCHES, Sandbox};

/// Serve an Okta org in memory: its Users API, states, limits and errors
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner sandbox
  okta-provisioner sandbox --listen 127.0.0.1:9000 --latency 50ms --limit 100

Its own calls, without a token, from this machine only, by its address or as localhost, and from no web page:
  GET    /sandbox/calls       what was called; DELETE forgets it (with --record)
  POST   /sandbox/faults      {\"fault\": \"status\", \"status\": 503, \"after\": true, \"times\": 3,
                               \"method\": \"POST\", \"path\": \"/api/v1/users\"}; DELETE takes all back
         fault: status, html, drop (each before the deed, or \"after\"), delay (\"ms\"), truncated, empty,
         bad_gzip, torn, rate_limit, concurrency_limit; until taken back: down, search_lag (\"ms\"),
         hide_new_users (\"ms\" or \"gets\"), transitions_take (\"ms\"), random (\"rate\", \"seed\", \"after\")
  GET    /sandbox/switches    what nobody knows of Okta, and how it stands; PATCH {\"NAME\": true}
  POST   /sandbox/users       {\"profile\": {…}, \"status\": \"ACTIVE\"}
  PUT    /sandbox/users/KEY/status {\"status\": \"SUSPENDED\"}; DELETE /sandbox/users/KEY; id or login")]
pub(super) struct Serve {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How long each answer is held back
    #[arg(long, value_name = "SPAN", default_value = "0ms", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// Calls per minute for each kind of call
    #[arg(long, value_name = "CALLS", default_value_t = 600)]
    limit: u32,
    /// The limits of one of Okta's plans in place of --limit
    #[arg(long, value_enum, conflicts_with = "limit")]
    plan: Option<Named>,
    /// How many calls may be in flight at once
    #[arg(long, value_name = "CALLS", default_value_t = 75)]
    concurrency: usize,
    /// The API token that it takes
    #[arg(long, default_value = "sandbox")]
    token: String,
    /// Turn a switch over (see --switches); may be repeated
    #[arg(long, value_name = "NAME", value_parser = switch)]
    flip: Vec<&'static str>,
    /// Keep every call for GET /sandbox/calls
    #[arg(long)]
    record: bool,
    /// Print what is not known of Okta, and how the sandbox decides it, instead of serving
    #[arg(long)]
    switches: bool,
}

/// A plan of Okta's by its name.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Named {
    Integrator,
    Enterprise,
    Workforce,
}

fn switch(name: &str) -> Result<&'static str, String> {
    let found = SWITCHES.iter().find(|about| about.name == name);
    found.map(|about| about.name).ok_or_else(|| "there is no such switch; --switches lists them".into())
}

impl Serve {
    pub async fn execute(self, clock: &Clock) -> anyhow::Result<ExitCode> {
        let mut out = anstream::stdout();
        if self.switches {
            for about in SWITCHES {
                let default = if about.default { "on" } else { "off" };
                writeln!(
                    out,
                    "{} ({default})\n    on: {}\n    {}",
                    about.name, about.decides, about.unknown
                )?;
            }
            writeln!(out, "\nGuesses that are no switch; build nothing on them:")?;
            for guess in GUESSES {
                writeln!(out, "  - {guess}")?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let Self { listen: addr, latency, limit, plan, concurrency, token, .. } = self;
        let plan = plan.map(|plan| match plan {
            Named::Integrator => Plan::Integrator,
            Named::Enterprise => Plan::Enterprise,
            Named::Workforce => Plan::Workforce,
        });
        let mut terminated = signal(SignalKind::terminate())?;
        let options =
            Options { addr, latency, limit, concurrency, plan, ..Options::new(&token, clock.as_fn()) };
        let sandbox = Sandbox::start(options).await.with_context(|| format!("cannot listen on {addr}"))?;
        // Where nobody asks for them they would pile up.
        sandbox.record(self.record);
        for name in &self.flip {
            let default = SWITCHES.iter().any(|about| about.name == *name && about.default);
            sandbox.set_switch(name, !default);
        }
        writeln!(out, "Okta in memory on {} until Ctrl-C. To use it:", sandbox.url())?;
        writeln!(out, "  export OKTA_PROVISIONER__OKTA__ORG_URL={}", sandbox.url())?;
        writeln!(out, "  export OKTA_PROVISIONER__OKTA__API_TOKEN={token}")?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
        sandbox.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}
