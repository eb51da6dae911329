//! How far it is, on standard error, for a person at a terminal.

use std::io::{IsTerminal, Write};

/// A line that is written again and again.
pub(in crate::cli) struct Bar {
    what: &'static str,
    shown: bool,
}

impl Bar {
    /// Of so many of something; silent where nobody looks on.
    pub fn new(what: &'static str) -> Self {
        Self { what, shown: std::io::stderr().is_terminal() }
    }

    pub fn show(&mut self, number: usize) {
        if self.shown {
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "\r{number:>8} {}", self.what).and_then(|()| stderr.flush());
        }
    }

    pub fn end(&mut self) {
        if self.shown {
            let _ = writeln!(std::io::stderr());
        }
    }
}
