//! The ledger: can it be read and written, and is it this org's?

use std::fs::{File, OpenOptions};
use std::path::Path;

use chrono::DateTime;

use super::findings::Findings;
use super::{UNZONED, folder};
use crate::cli::style::count;
use crate::domain::zone::Zones;
use crate::ledger::Report;

pub(super) fn check(
    path: &Path,
    org: Option<&str>,
    zones: &Zones,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let shown = path.display();
    if !path.exists() {
        return match writable(&folder(path)) {
            Ok(()) => findings.good("ledger", format!("{shown} is not there yet; `run` makes it")),
            Err(error) => {
                let folder = folder(path);
                let what = "make that folder, and give it to the user that runs this";
                findings
                    .bad("ledger", format!("{shown} cannot be made in {}: {error}; {what}", folder.display()))
            }
        };
    }
    if let Err(error) = OpenOptions::new().write(true).open(path) {
        let what = "give the file and its folder to the user that runs this";
        return findings.bad("ledger", format!("{shown} cannot be written: {error}; {what}"));
    }
    // The time only counts who is due by then, which is not told here.
    let (summary, unzoned) = match Report::open(path) {
        Ok(report) => (report.summary(DateTime::UNIX_EPOCH)?, report.unzoned_sites(zones)?),
        Err(error) => return findings.bad("ledger", error),
    };
    match (summary.org.as_deref(), org) {
        (Some(owner), Some(org)) if owner != org => {
            let what = "another org needs a ledger of its own: set ledger.path";
            findings.bad("ledger", format!("{shown} belongs to {owner}, not to {org}; {what}"))?;
        }
        _ => findings.good("ledger", format!("{shown} knows {}", count(summary.employees, "employee")))?,
    }
    if summary.mode.is_some() {
        let what =
            "nothing is written to Okta; say `okta-provisioner mode apply` when its decisions are right";
        findings.warn("ledger", format!("still observing: {what}"))?;
    }
    for site in unzoned {
        findings.warn("sites", format!("{site} has no time zone: {UNZONED}"))?;
    }
    Ok(())
}

/// Whether files can be made in a folder.
fn writable(folder: &Path) -> std::io::Result<()> {
    let trial = folder.join(format!(".okta-provisioner-check-{}", std::process::id()));
    File::create_new(&trial)?;
    std::fs::remove_file(trial)
}
