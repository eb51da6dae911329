//! What Prometheus makes of us: the alarms, the dashboard, and a real one on a bad day.

mod bad_day;
mod dashboard;
pub mod metrics;
mod prometheus;
mod rules;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file that is shipped.
fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

/// One of Prometheus' programs: where a variable of its name says, else on the PATH, else where `deploy/promtool` has
/// put it.
fn program(name: &str) -> PathBuf {
    if let Some(named) = env::var_os(name.to_uppercase()) {
        return named.into();
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("prometheus/usr/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).chain([unpacked]).map(|folder| folder.join(name));
    found.into_iter().find(|program| program.is_file()).unwrap_or_else(|| {
        panic!(
            "there is no {name}: ./deploy/promtool gets one, and ./deploy/test calls it; or set {}",
            name.to_uppercase()
        )
    })
}

/// Runs promtool, and fails with what it says if it finds fault.
fn promtool(arguments: &[&str], files: &[&Path]) {
    let done = Command::new(program("promtool")).args(arguments).args(files).output().expect("promtool");
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "promtool {arguments:?}: {}", String::from_utf8_lossy(&said));
}
