//! Having the daemon compare, and watching.

use std::path::Path;

use anyhow::bail;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::cli::onlooker::{self, LOOK};
use crate::cli::operator;
use crate::cli::style::plain;
use crate::cli::sync::Bar;
use crate::engine::clock::Clock;
use crate::engine::{Compared, Comparing};
use crate::ledger::{Drift, Lock, Report, Verb, Wish, key};

/// Has the daemon compare, and returns what came of it and all that is open.
pub(super) async fn ask(path: &Path, repair: bool, clock: &Clock) -> anyhow::Result<(Compared, Vec<Drift>)> {
    let argument = repair.then(|| "repair".to_owned());
    let wish = Wish { verb: Verb::Reconcile, employee: None, argument, operator: operator() };
    let title = "users listed in Okta by the daemon";
    onlooker::ask(wish, path, clock, title, async |report, asked, bar| {
        Ok((watch(report, path, asked, repair, bar).await?, report.drift()?))
    })
    .await
}

async fn watch(
    report: &Report,
    path: &Path,
    asked: DateTime<Utc>,
    repair: bool,
    bar: &mut Bar,
) -> anyhow::Result<Compared> {
    loop {
        // Looked at first: what it has done last is in the ledger then.
        let is_held = Lock::is_held(path);
        let done = read::<Compared>(report.meta(key::RECONCILED)?);
        let ours = |done: &Compared| done.began >= asked && (!repair || done.repairing.is_some());
        if let Some(done) = done.filter(ours) {
            return Ok(done);
        }
        if !is_held {
            bail!("the daemon has ended; run `reconcile` again");
        }
        if let Some(why) = report.meta(key::HALTED)? {
            bail!("calls to Okta are stopped, so it cannot be listed: {}", plain(&why));
        }
        if let Some(Comparing { listed, .. }) = read(report.meta(key::RECONCILING)?) {
            bar.show(listed);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn read<T: DeserializeOwned>(json: Option<String>) -> Option<T> {
    json.and_then(|json| serde_json::from_str(&json).ok())
}
