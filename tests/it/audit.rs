//! What an auditor asks, and what answers: the record of decisions, exported and verified.

mod export;
mod keeping;
mod levels;
mod story;
mod tail;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The program, on this ledger.
fn program(ledger: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
    command.env_clear().env("OKTA_PROVISIONER__LEDGER__PATH", ledger).stdin(Stdio::null());
    command
}

/// Its exit status, what it prints, and what it says besides.
fn run(ledger: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = program(ledger).args(arguments).output().expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit status"), text(output.stdout), text(output.stderr))
}

/// The decisions that `audit export` prints.
fn exported(ledger: &Path, arguments: &[&str]) -> Vec<Value> {
    let (status, out, errors) = run(ledger, &[&["audit", "export"], arguments].concat());
    assert_eq!(status, 0, "{errors}");
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
