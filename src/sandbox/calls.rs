//! The record of every call, and waiting for one.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

/// One request that arrived, and what it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `GET`, `POST` …
    pub method: String,
    /// The path with its query, as sent.
    pub path: String,
    /// The JSON body; null if there was none, a string if it was no JSON.
    pub body: Value,
    /// The HTTP status of the answer; 0 if the connection was closed without one.
    pub status: u16,
    /// Name (lower case) and value of the request's headers that Okta reads, as sent and in their order;
    /// of `authorization` only the scheme.
    pub headers: Vec<(String, String)>,
}

impl Call {
    /// The value of the first header with this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Is shown every call while the sandbox is locked: it must neither block nor call the sandbox.
pub type OnCall = Arc<dyn Fn(&Call) + Send + Sync>;

pub(super) struct Record {
    inner: Mutex<Inner>,
    changed: Notify,
}

struct Inner {
    on: bool,
    calls: Vec<Call>,
    watcher: Option<OnCall>,
}

impl Record {
    pub(super) fn new() -> Self {
        let inner = Inner { on: true, calls: Vec::new(), watcher: None };
        Self { inner: Mutex::new(inner), changed: Notify::new() }
    }

    /// Takes the call only when somebody wants it.
    pub(super) fn add(&self, call: impl FnOnce() -> Call) {
        let mut inner = self.inner();
        if !inner.on && inner.watcher.is_none() {
            return;
        }
        let call = call();
        if let Some(watcher) = &inner.watcher {
            watcher(&call);
        }
        if inner.on {
            inner.calls.push(call);
            self.changed.notify_waiters();
        }
    }

    pub(super) fn switch(&self, on: bool) {
        self.inner().on = on;
    }

    pub(super) fn watch(&self, watcher: OnCall) {
        self.inner().watcher = Some(watcher);
    }

    pub(super) fn all(&self) -> Vec<Call> {
        self.inner().calls.clone()
    }

    pub(super) fn take(&self) -> Vec<Call> {
        mem::take(&mut self.inner().calls)
    }

    /// Returns when there are `n` calls or the time is up.
    pub(super) async fn wait_for(&self, n: usize, within: Duration) {
        let enough = async {
            loop {
                let changed = self.changed.notified();
                if self.inner().calls.len() >= n {
                    break;
                }
                changed.await;
            }
        };
        let _ = tokio::time::timeout(within, enough).await;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
