//! `sandbox`: an Okta org in memory, and with `--bob` a company's HR too, for trying things out.

mod bob;

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::engine::clock::Clock;
use crate::sandbox::{About, GUESSES, Options, Plan, SWITCHES, Sandbox};

/// Serve an Okta org in memory: its Users API, states, limits and errors; and HR's side of Bob
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner sandbox
  okta-provisioner sandbox --listen 127.0.0.1:9000 --latency 50ms --limit 100
  okta-provisioner sandbox --bob
  okta-provisioner sandbox --bob --acts year.ndjson --webhook http://127.0.0.1:8090/hooks/bob

Its own calls, without a token, from this machine only, by its address or as localhost, and from no web page:
  GET    /sandbox/calls       what was called; DELETE forgets it (with --record)
  POST   /sandbox/faults      {\"fault\": \"status\", \"status\": 503, \"after\": true, \"times\": 3,
                               \"method\": \"POST\", \"path\": \"/api/v1/users\"}; DELETE takes all back
         fault: status, html, drop (each before the deed, or \"after\"), delay (\"ms\"), truncated, empty,
         bad_gzip, torn, held, rate_limit, concurrency_limit; until taken back: down, search_lag (\"ms\"),
         hide_new_users (\"ms\" or \"gets\"), transitions_take (\"ms\"), random (\"rate\", \"seed\", \"after\")
  GET    /sandbox/switches    what nobody knows of Okta, and how it stands; PATCH {\"NAME\": true}
  POST   /sandbox/users       {\"profile\": {…}, \"status\": \"ACTIVE\"}
  PUT    /sandbox/users/KEY/status {\"status\": \"SUSPENDED\"}; DELETE /sandbox/users/KEY; id or login

With --bob, on Bob's own port beside the same calls, faults and switches:
  GET    /sandbox/hr          everybody in short; /sandbox/hr/WHO one record in full, by id or email
  GET    /sandbox/webhooks    what was sent and how it was answered; POST {\"url\": …, \"secret\": …} connects
  POST   /sandbox/acts        acts, one a line, each with the time \"at\" at which HR will do it (UTC)
  POST   /sandbox/hr          what HR does, as Bob tells it; days left out are today:
         {\"do\": \"hire\", \"id\": \"1001\", \"start\": \"2027-01-04\", \"fields\": {\"root.email\": \"ann@example.com\",
          \"root.firstName\": \"Ann\", \"root.surname\": \"Smith\", \"work.site\": \"London\"}}
         {\"do\": \"change\", \"who\": \"ann@example.com\", \"fields\": {\"work.title\": \"Engineer\"}, \"from\": \"2027-02-01\"}
         {\"do\": \"move_start\", \"who\": \"1001\", \"start\": \"2027-01-11\"}, cancel_hire (no webhook)
         {\"do\": \"terminate\", \"who\": \"1001\", \"on\": \"2027-06-30\", \"last_day\": \"2027-06-15\", \"revoke\": true},
          move_termination, cancel_termination (no webhook)
         {\"do\": \"leave\", \"who\": \"1001\", \"from\": \"2027-03-01\", \"remain_active\": false}, back
         {\"do\": \"rehire\", \"who\": \"1001\", \"start\": \"2027-09-01\"}, revoke, delete
         {\"do\": \"site\", \"name\": \"Berlin\", \"zone\": \"Europe/Berlin\"}, {\"do\": \"line\", \"up\": false}
  curl -d '{\"do\": \"hire\", \"fields\": {\"root.email\": \"ann@example.com\"}}' http://127.0.0.1:8070/sandbox/hr")]
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
    #[command(flatten)]
    bob: bob::Args,
}

/// A plan of Okta's by its name.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Named {
    Integrator,
    Enterprise,
    Workforce,
}

/// Okta's switches and Bob's: no two have the same name.
fn switches() -> impl Iterator<Item = &'static About> {
    SWITCHES.iter().chain(&bob::SWITCHES)
}

fn switch(name: &str) -> Result<&'static str, String> {
    let found = switches().find(|about| about.name == name);
    found.map(|about| about.name).ok_or_else(|| "there is no such switch; --switches lists them".into())
}

impl Serve {
    pub async fn execute(self, clock: &Clock) -> anyhow::Result<ExitCode> {
        let mut out = anstream::stdout();
        if self.switches {
            describe(&mut out, "Okta", &SWITCHES, &GUESSES)?;
            writeln!(out)?;
            describe(&mut out, "Bob", &bob::SWITCHES, &bob::GUESSES)?;
            return Ok(ExitCode::SUCCESS);
        }
        let Self { listen: addr, latency, limit, plan, concurrency, ref token, .. } = self;
        let plan = plan.map(|plan| match plan {
            Named::Integrator => Plan::Integrator,
            Named::Enterprise => Plan::Enterprise,
            Named::Workforce => Plan::Workforce,
        });
        let mut terminated = signal(SignalKind::terminate())?;
        let options =
            Options { addr, latency, limit, concurrency, plan, ..Options::new(token, clock.as_fn()) };
        let sandbox = Sandbox::start(options).await.with_context(|| format!("cannot listen on {addr}"))?;
        // Where nobody asks for them they would pile up.
        sandbox.record(self.record);
        let hr = self.bob.start(clock, self.record).await?;
        for about in switches().filter(|about| self.flip.contains(&about.name)) {
            if SWITCHES.iter().any(|okta| okta.name == about.name) {
                sandbox.set_switch(about.name, !about.default);
            } else if let Some(hr) = &hr {
                hr.set_switch(about.name, !about.default);
            }
        }
        writeln!(out, "Okta in memory on {} until Ctrl-C. To use it:", sandbox.url())?;
        writeln!(out, "  export OKTA_PROVISIONER__OKTA__ORG_URL={}", sandbox.url())?;
        writeln!(out, "  export OKTA_PROVISIONER__OKTA__API_TOKEN={token}")?;
        if let Some(hr) = &hr {
            self.bob.tell(&mut out, hr).await?;
        }
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
        if let Some(hr) = hr {
            hr.stop().await;
        }
        sandbox.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is not known of a system, and how its double decides it.
fn describe(out: &mut impl Write, system: &str, switches: &[About], guesses: &[&str]) -> std::io::Result<()> {
    writeln!(out, "What is not known of {system}:\n")?;
    for about in switches {
        let default = if about.default { "on" } else { "off" };
        writeln!(out, "{} ({default})\n    on: {}\n    {}", about.name, about.decides, about.unknown)?;
    }
    writeln!(out, "\nGuesses that are no switch; build nothing on them:")?;
    guesses.iter().try_for_each(|guess| writeln!(out, "  - {guess}"))
}
