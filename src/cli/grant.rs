//! Wishes on the command line: left in the ledger, and watched until they are granted.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::style::{WARN, plain};
use crate::engine::clock::Clock;
use crate::ledger::{Lock, Report, Wish};

/// How often, and how many times, it is looked whether the daemon has granted them.
const LOOK: Duration = Duration::from_millis(100);
const MOST: u32 = 50;

/// Leaves wishes, all or none. Tells whether they hold by now: where no daemon runs, they do from its next start on.
pub(super) fn leave(wishes: &[Wish], path: &Path, clock: &Clock) -> anyhow::Result<bool> {
    let last = Wish::leave_all(wishes, path, clock.now())?;
    let report = Report::open(path)?;
    for _ in 0..MOST {
        if report.is_granted(last)? {
            return Ok(true);
        }
        if !Lock::is_held(path) {
            break;
        }
        std::thread::sleep(LOOK);
    }
    Ok(false)
}

/// For people: what is said of wishes that nobody has granted yet.
pub(super) fn not_yet(path: &Path) -> &'static str {
    if Lock::is_held(path) {
        "asked, and not in force yet: the daemon has not come to it; see `okta-provisioner status`"
    } else {
        "asked; in force from the daemon's next start on"
    }
}

/// Lists the pauses and modes that have been asked for and are not in force yet.
pub(super) fn list(out: &mut impl Write, report: &Report) -> anyhow::Result<()> {
    for wish in report.ungranted()? {
        writeln!(out, "{WARN}asked for, and not in force yet:{WARN:#} {}", plain(&wish))?;
    }
    Ok(())
}
