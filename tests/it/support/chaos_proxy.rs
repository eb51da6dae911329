//! A TCP proxy that a test can cut, block and restore: the network on a bad day.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::soon;

#[derive(Clone, Copy, Default)]
struct Gate {
    blocked: bool,
    /// Nothing passes, and nobody is told.
    frozen: bool,
    /// Counts up whenever all connections are dropped.
    cuts: u32,
}

/// Listens on a free port of the loopback, until it is dropped.
pub struct ChaosProxy {
    address: SocketAddr,
    gate: watch::Sender<Gate>,
    attempts: watch::Receiver<usize>,
    /// The connections that stand, each by the number of cuts before it.
    open: watch::Receiver<Vec<u32>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl ChaosProxy {
    /// Passes everything on to `upstream`, `host:port`.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let gate = watch::Sender::new(Gate::default());
        let (count, attempts) = watch::channel(0);
        let (opened, open) = watch::channel(Vec::new());
        let accepting = tokio::spawn(accept(listener, upstream.to_owned(), gate.clone(), count, opened));
        Self { address, gate, attempts, open, accepting }
    }

    /// Where to connect instead.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops all connections, and returns when they are gone; new ones are let through.
    pub async fn cut(&self) {
        self.gate.send_modify(|gate| gate.cuts += 1);
        self.dropped().await;
    }

    /// Drops all connections, and returns when they are gone; every new one is dropped at once.
    pub async fn block(&self) {
        self.gate.send_modify(|gate| {
            gate.blocked = true;
            gate.cuts += 1;
        });
        self.dropped().await;
    }

    /// Passes nothing on any more; all connections stand, and new ones do too.
    pub fn freeze(&self) {
        self.gate.send_modify(|gate| gate.frozen = true);
    }

    /// Drops what was frozen; new connections are let through.
    pub async fn thaw(&self) {
        self.gate.send_modify(|gate| gate.frozen = false);
        self.cut().await;
    }

    async fn dropped(&self) {
        let cuts = self.gate.borrow().cuts;
        let none_older = |open: &Vec<u32>| open.iter().all(|since| *since >= cuts);
        soon("dropped connections", self.open.clone().wait_for(none_older)).await.expect("a proxy that runs");
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.gate.send_modify(|gate| gate.blocked = false);
    }

    /// Waits until so many connections have been tried, since the start.
    pub async fn tried(&self, times: usize) {
        let mut attempts = self.attempts.clone();
        soon("connections", attempts.wait_for(|tried| *tried >= times)).await.expect("a proxy that runs");
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.gate.send_modify(|gate| gate.cuts += 1);
    }
}

async fn accept(
    listener: TcpListener,
    upstream: String,
    gate: watch::Sender<Gate>,
    count: watch::Sender<usize>,
    open: watch::Sender<Vec<u32>>,
) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut gate = gate.subscribe();
        let seen = *gate.borrow_and_update();
        if !seen.blocked {
            let (upstream, open) = (upstream.clone(), open.clone());
            open.send_modify(|open| open.push(seen.cuts));
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(upstream).await {
                    let _ = (client.set_nodelay(true), server.set_nodelay(true));
                    let frozen = tokio::select! {
                        now = gate.wait_for(|now| now.cuts != seen.cuts || now.frozen) => {
                            now.is_ok_and(|now| now.cuts == seen.cuts)
                        }
                        _ = copy_bidirectional(&mut client, &mut server) => false,
                    };
                    if frozen {
                        let _ = gate.wait_for(|now| now.cuts != seen.cuts).await;
                    }
                }
                drop(client);
                open.send_modify(|open| {
                    let this = open.iter().position(|since| *since == seen.cuts);
                    open.swap_remove(this.expect("an open connection"));
                });
            });
        }
        count.send_modify(|tried| *tried += 1);
    }
}
