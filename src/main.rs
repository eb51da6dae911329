//! The binary.
use okta_provisioner::app::{compose, lifecycle, settings::Settings, telemetry};
use okta_provisioner::engine::clock::Clock;
#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let args: Vec<String> = std::env::args().collect();
    let settings = Settings::load(Some(std::path::Path::new(&args[2])))?;
    let clock = Clock::system();
    telemetry::init(settings.log.format, settings.log.level, clock.as_fn())?;
    let stop = lifecycle::watch_signals()?;
    let (org_url, token) = settings.org()?;
    let target = compose::Target { org_url, token, ledger: &settings.ledger.path, apply: false };
    compose::run(&settings, target, clock, stop).await
}
