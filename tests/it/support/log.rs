//! A log that a test can read.

use std::io::Write;
use std::sync::{Arc, Mutex, Once};

use tracing::Subscriber;

/// What was logged, a line each.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Has all log lines looked at, by nobody. Without this, a line that first comes up on a thread without a
/// log is taken to interest no thread, and the logs of other tests miss it.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nobody = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
        tracing::subscriber::set_global_default(nobody).expect("no other log for all threads");
    });
}

impl Log {
    /// Writes here, from `INFO` up.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + 'static {
        let log = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish()
    }

    /// How many lines hold `words`.
    pub fn count(&self, words: &str) -> usize {
        let log = self.0.lock().expect("no panic while logging");
        String::from_utf8_lossy(&log).lines().filter(|line| line.contains(words)).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic while logging").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
