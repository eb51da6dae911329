//! `sandbox --bob`: HR's side of it.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, anyhow};

use crate::engine::clock::Clock;
use crate::sandbox::bob::Webhook;
pub(super) use crate::sandbox::bob::{GUESSES, SWITCHES};
use crate::sandbox::{Bob, BobOptions};

/// What is said of Bob on the command line.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Serve Bob too: HR in memory, its People API, and webhooks signed as Bob signs them
    #[arg(long)]
    bob: bool,
    /// Where Bob listens; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8070", requires = "bob")]
    bob_listen: SocketAddr,
    /// The id of the service user
    #[arg(long, value_name = "ID", default_value = "SERVICE-SANDBOX", requires = "bob")]
    bob_user: String,
    /// The token of the service user
    #[arg(long, value_name = "TOKEN", default_value = "sandbox", requires = "bob")]
    bob_token: String,
    /// Where webhooks are sent
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8090/hooks/bob", requires = "bob")]
    webhook: String,
    /// What webhooks are signed with
    #[arg(long, value_name = "SECRET", default_value = "sandbox", requires = "bob")]
    webhook_secret: String,
    /// What HR will do, one JSON object a line, each with the time "at" (UTC) (see POST /sandbox/hr)
    #[arg(long, value_name = "FILE", requires = "bob")]
    acts: Option<PathBuf>,
}

impl Args {
    /// Serves Bob, if it was asked for.
    pub(super) async fn start(&self, clock: &Clock, record: bool) -> anyhow::Result<Option<Bob>> {
        if !self.bob {
            return Ok(None);
        }
        let webhook = Webhook { url: self.webhook.clone(), secret: self.webhook_secret.clone() };
        let options = BobOptions {
            addr: self.bob_listen,
            webhook: Some(webhook),
            ..BobOptions::new(&self.bob_user, &self.bob_token, clock.as_fn())
        };
        let bob = Bob::start(options).await;
        let bob = bob.with_context(|| format!("cannot listen on {}", self.bob_listen))?;
        bob.record(record);
        if let Some(file) = &self.acts {
            let acts = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            bob.play(&acts).map_err(|why| anyhow!("{}: {why}", file.display()))?;
        }
        bob.live();
        Ok(Some(bob))
    }

    /// Says how to use it.
    pub(super) async fn tell(&self, out: &mut impl Write, bob: &Bob) -> std::io::Result<()> {
        let Self { bob_user, bob_token, webhook, webhook_secret, .. } = self;
        writeln!(out, "Bob in memory on {}, where HR is driven at {}/hr:", bob.url(), bob.control())?;
        writeln!(out, "  export OKTA_PROVISIONER__BOB__URL={}", bob.url())?;
        writeln!(out, "  export OKTA_PROVISIONER__BOB__USER={bob_user}")?;
        writeln!(out, "  export OKTA_PROVISIONER__BOB__TOKEN={bob_token}")?;
        writeln!(out, "  export OKTA_PROVISIONER__WEBHOOK__SECRET={webhook_secret}")?;
        let taken = bob.ping().await.into_iter().flatten().any(|status| (200..300).contains(&status));
        let now =
            if taken { "it answers" } else { "nobody takes them there yet; Bob tries again for three days" };
        writeln!(out, "Its webhooks go to {webhook}: {now}.")
    }
}
