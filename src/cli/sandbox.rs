//! `sandbox`: an Okta org in memory, for trying things out.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::engine::clock::Clock;
use crate::sandbox::{Options, Sandbox};

/// Serve an Okta org in memory: its Users API, states, limits and errors
#[derive(clap::Args)]
#[command(after_help = "Examples:
  okta-provisioner sandbox
  okta-provisioner sandbox --listen 127.0.0.1:9000 --latency 50ms --limit 100")]
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
    /// The API token that it takes
    #[arg(long, default_value = "sandbox")]
    token: String,
}

impl Serve {
    pub async fn execute(self, clock: &Clock) -> anyhow::Result<ExitCode> {
        let Self { listen: addr, latency, limit, token } = self;
        let mut terminated = signal(SignalKind::terminate())?;
        let options =
            Options { addr, token: token.clone(), latency, limit, ..Options::new("", clock.as_fn()) };
        let sandbox = Sandbox::start(options).await.with_context(|| format!("cannot listen on {addr}"))?;
        // Nobody asks for them here, and they would pile up.
        sandbox.record(false);
        let mut out = anstream::stdout();
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
