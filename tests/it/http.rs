//! The receiver of Bob's webhooks, spoken to byte by byte, with a real broker behind it.

mod deliveries;
mod flood;
mod refusals;
mod slowness;
mod trouble;

use std::fmt::Write as _;
use std::net::SocketAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use okta_provisioner::broker::Settings;
use okta_provisioner::engine::clock::Clock;
use okta_provisioner::http::{Options, serve};
use sha2::Sha512;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use crate::support::log::Log;
use crate::support::{breath, soon};

const SECRET: &str = "a secret of Bob's";
const JSON: &str = "content-type: application/json\r\n";
const V2: &str = concat!(
    r#"{"companyId":7,"type":"employee.updated","triggeredBy":"system","triggeredAt":"2026-03-02T10:00:00.123456","#,
    r#""version":"v2","data":{"employeeId":"2834190035467633537","fieldUpdates":["work.title"]}}"#,
);

/// A running receiver.
struct Hook {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
    log: Log,
}

impl Hook {
    async fn start(broker: &Settings, secrets: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let secrets = secrets.iter().map(|secret| (*secret).into()).collect();
        let clock = Clock::manual("2026-03-02T10:00:01.5Z".parse().expect("an instant"));
        let (stop, log) = (CancellationToken::new(), Log::default());
        let serving =
            serve(listener, Options { secrets, broker: broker.clone(), watched: None, clock }, stop.clone());
        let task = tokio::spawn(serving.with_subscriber(log.subscriber()));
        Self { address, stop, task, log }
    }

    /// One request on a connection of its own.
    async fn ask(&self, request: &[u8]) -> Answer {
        let mut line = Line::open(self.address).await;
        line.send(request).await;
        line.answer().await.expect("an answer")
    }

    /// A webhook as Bob sends it.
    async fn post(&self, body: &[u8]) -> Answer {
        self.ask(&webhook(SECRET, body)).await
    }

    /// Posts until it is taken, and fails the test if it never is; gives the answers before.
    async fn post_until_taken(&self, body: &[u8]) -> Vec<u16> {
        let posting = async {
            let mut refused = Vec::new();
            loop {
                match self.post(body).await.status {
                    200 => return refused,
                    status => refused.push(status),
                }
                breath().await;
            }
        };
        soon("a webhook that is taken", posting).await
    }

    async fn stopped(self) {
        self.stop.cancel();
        soon("the end", self.task).await.expect("no panic");
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("a key");
    BASE64_STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

/// A request with these lines in its head.
fn request(lines: &str, body: &[u8]) -> Vec<u8> {
    let mut head = format!("POST /hooks/bob HTTP/1.1\r\nhost: hooks.example\r\n{lines}");
    write!(head, "content-length: {}\r\n\r\n", body.len()).expect("memory");
    [head.as_bytes(), body].concat()
}

fn webhook(secret: &str, body: &[u8]) -> Vec<u8> {
    request(&format!("{JSON}Bob-Signature: {}\r\n", signature(secret, body)), body)
}

/// One connection.
struct Line(BufReader<TcpStream>);

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Line {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a receiver that listens");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    /// Whoever refuses before the end may close before the end.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.get_mut().write_all(bytes).await;
    }

    /// The next answer; nothing once the connection is closed.
    async fn answer(&mut self) -> Option<Answer> {
        soon("an answer or the end", self.read()).await
    }

    async fn read(&mut self) -> Option<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !matches!(self.0.read_line(&mut head).await, Ok(1..)) {
                return None;
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head, body: String::from_utf8(body).ok()? })
    }
}
