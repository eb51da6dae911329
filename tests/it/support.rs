//! What the tests share.

pub mod chaos_proxy;
pub mod client;
pub mod daemon;
pub mod log;
pub mod look;
pub mod openapi;
pub mod rabbit;
pub mod random;
pub mod raw;
pub mod reference;
pub mod server;
pub mod tls_proxy;
pub mod two;
pub mod world;

use std::time::Duration;

/// Longer than anything takes that works, on a machine that has other work as well.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for it, and fails the test if it does not come.
pub async fn soon<T>(what: &str, it: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, it).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Lets the others work for a moment before one looks again: to yield in a loop would keep a core from them.
pub async fn breath() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
