//! The two ends of a company in memory: its HR and its Okta org.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;

use crate::app::compose::Target;
use crate::app::settings;
use crate::engine::clock::Clock;
use crate::ledger::Lock;
use crate::sandbox::bob::Webhook;
use crate::sandbox::{Bob, BobOptions, Options, Sandbox};

/// The token, the service user and the secret of what is in memory are no secrets.
const TOKEN: &str = "sandbox";

pub(super) struct Company {
    pub(super) bob: Bob,
    pub(super) okta: Sandbox,
}

impl Company {
    /// Opens both, and listens where webhooks will come to.
    pub(super) async fn open(hr: SocketAddr, clock: &Clock) -> anyhow::Result<(Self, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no free port")?;
        let url = format!("http://{}/hooks/bob", listener.local_addr()?);
        let webhook = Some(Webhook { url, secret: TOKEN.to_owned() });
        let okta = Sandbox::start(Options::new(TOKEN, clock.as_fn())).await.context("no free port")?;
        let options = BobOptions { addr: hr, webhook, ..BobOptions::new(TOKEN, TOKEN, clock.as_fn()) };
        let bob = Bob::start(options).await.with_context(|| format!("--hr: cannot listen on {hr}"))?;
        tracing::info!(
            code = "sandbox.hr",
            control = bob.control(),
            "HR is in memory; press Save there: POST an act to this address and /hr (see `run --help`)"
        );
        Ok((Self { bob, okta }, listener))
    }

    /// What the settings say of HR, whose reads may lag so far behind.
    pub(super) fn hr(&self, settle: TimeDelta) -> anyhow::Result<settings::Bob> {
        Ok(settings::Bob {
            url: self.bob.url().parse()?,
            user: TOKEN.to_owned(),
            token: TOKEN.into(),
            settle,
            reverify_patience: TimeDelta::minutes(15),
        })
    }

    /// What a daemon works on.
    pub(super) fn target<'a>(
        &self,
        ledger: &'a Path,
        lock: Lock,
        listener: TcpListener,
    ) -> anyhow::Result<Target<'a>> {
        Ok(Target {
            org_url: self.okta.url().parse()?,
            token: TOKEN.into(),
            ledger,
            lock,
            apply: true,
            listener: Some(listener),
            secrets: vec![TOKEN.into()],
        })
    }

    /// Whoever has had an account since then logs in, if they have not.
    pub(super) fn log_in(&self, since: DateTime<Utc>) {
        for user in self.okta.users() {
            let changed = user["statusChanged"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
            if user["status"] == "PROVISIONED" && changed.is_some_and(|at| at <= since) {
                self.okta.set_status(user["id"].as_str().unwrap_or_default(), "ACTIVE");
            }
        }
    }

    /// Where nobody will ask for the calls they would pile up.
    pub(super) fn forget_calls(&self) {
        self.bob.record(false);
        self.okta.record(false);
    }

    /// What it took: HR's webhooks, reads of HR, writes to Okta.
    pub(super) fn tally(&self) -> [usize; 3] {
        let writes = self.okta.calls().iter().filter(|call| call.method != "GET").count();
        [self.bob.webhooks().len(), self.bob.calls().len(), writes]
    }

    pub(super) async fn close(self) {
        self.bob.stop().await;
        self.okta.stop().await;
    }
}

/// An org in memory has forgotten everything; a ledger that has not would look for accounts in vain.
pub(super) fn forget(path: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("the sandbox's old ledger {} is in the way", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
