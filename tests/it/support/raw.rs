//! A server that answers bytes as they are, or breaks off.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How one answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The connection stays open for the next call.
    Open,
    /// It is closed.
    Closed,
    /// It is reset.
    Reset,
    /// Nothing more is said, and it stays open.
    Silent,
    /// It is reset when the request has come, before it is read; nothing is said.
    ResetUnread,
}

/// Answers each request with the same bytes and the same end.
pub struct Raw {
    /// `host:port`.
    pub address: String,
    requests: Arc<AtomicUsize>,
}

impl Raw {
    pub async fn start(says: impl Into<Vec<u8>>, end: End) -> Self {
        Self::script(vec![(says.into(), end)]).await
    }

    /// Answers one after the other on a connection; the last one again and again.
    pub async fn script(answers: Vec<(Vec<u8>, End)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answers, counted) = (answers.clone(), Arc::clone(&counted));
                tokio::spawn(async move { serve(socket, &answers, &counted).await });
            }
        });
        Self { address, requests }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came whole.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut socket: TcpStream, answers: &[(Vec<u8>, End)], requests: &AtomicUsize) {
    let mut at = 0;
    loop {
        let (says, end) = &answers[at.min(answers.len() - 1)];
        if *end == End::ResetUnread {
            let _ = socket.peek(&mut [0]).await;
            let _ = socket.set_zero_linger();
            return;
        }
        if !read_request(&mut socket).await {
            return;
        }
        requests.fetch_add(1, Ordering::SeqCst);
        if socket.write_all(says).await.is_err() {
            return;
        }
        match end {
            End::Open => at += 1,
            End::Closed => return,
            End::Reset | End::ResetUnread => {
                let _ = socket.set_zero_linger();
                return;
            }
            End::Silent => {
                // Until the other side has had enough.
                let _ = socket.read(&mut [0; 64]).await;
                return;
            }
        }
    }
}

/// Reads one request to its end, or tells that there is none. A TLS handshake counts as one.
async fn read_request(socket: &mut TcpStream) -> bool {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length"));
            if read.len() >= end + 4 + length {
                return true;
            }
        }
        let mut buffer = [0; 4096];
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(some) => read.extend_from_slice(&buffer[..some]),
        }
        if read.first() == Some(&0x16) {
            return true;
        }
    }
}
