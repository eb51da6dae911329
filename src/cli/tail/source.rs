//! The file that is followed, which may not be there yet, and may be replaced.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::POLL;
use crate::ledger::{OpenError, Report};

/// How many looks a ledger that is being made is given until it can be read.
const PATIENCE: u32 = 25;

/// The ledger at a path, as long as it is the same file.
pub(super) struct Source {
    pub report: Report,
    /// The hash of the last row that was shown.
    pub last: Option<String>,
    file: Option<(u64, u64)>,
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        // Looked at first: one that is replaced in between is opened once more.
        let file = file(path);
        Ok(Self { report: Report::open(path)?, last: None, file })
    }

    /// Opens it once it is there.
    pub async fn wait(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            let _ = writeln!(
                anstream::stderr(),
                "{} does not exist yet; waiting until `run` has made it",
                path.display()
            );
        }
        while !path.exists() {
            tokio::time::sleep(POLL).await;
        }
        let mut looks = 0;
        loop {
            match Self::open(path) {
                Err(_) if looks < PATIENCE => looks += 1,
                opened => return opened,
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Whether another file is at the path by now, or none.
    pub fn is_replaced(&self, path: &Path) -> bool {
        file(path) != self.file
    }
}

fn file(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
