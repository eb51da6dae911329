//! What checks find, told as it is found.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use anstyle::Style;
use serde_json::json;

use crate::cli::style::{BAD, GOOD, WARN, plain};

/// Prints findings and remembers whether one was bad.
pub(super) struct Findings {
    json: bool,
    bad: bool,
}

impl Findings {
    pub fn new(json: bool) -> Self {
        Self { json, bad: false }
    }

    pub fn good(&mut self, check: &str, message: impl Display) -> anyhow::Result<()> {
        self.tell(check, "ok", GOOD, &message)
    }

    /// It works, but somebody should look.
    pub fn warn(&mut self, check: &str, message: impl Display) -> anyhow::Result<()> {
        self.tell(check, "warning", WARN, &message)
    }

    /// The daemon cannot do its work like this.
    pub fn bad(&mut self, check: &str, message: impl Display) -> anyhow::Result<()> {
        self.bad = true;
        self.tell(check, "problem", BAD, &message)
    }

    pub fn exit(&self) -> ExitCode {
        if self.bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn tell(&self, check: &str, result: &str, style: Style, message: &dyn Display) -> anyhow::Result<()> {
        let message = message.to_string();
        let mut out = anstream::stdout();
        if self.json {
            writeln!(out, "{}", json!({ "check": check, "result": result, "message": message }))?;
        } else {
            writeln!(out, "{style}{result:8}{style:#} {check:14} {}", plain(&message))?;
        }
        Ok(())
    }
}
