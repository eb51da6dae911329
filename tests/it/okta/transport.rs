//! Calls that get no answer, or not all of one: what may have been done, and what certainly was not.

use std::time::Duration;

use futures_util::future::join_all;
use okta_provisioner::okta::{Client, Fault};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::calls::{CALLS, LEGEND, letter, make};
use super::options;
use crate::support::raw::{End, Raw};
use crate::support::server::{Says, Server};
use crate::support::tls_proxy::TlsProxy;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const UNSURE: &str = "RRRRRRRLLLLL";
/// Nothing was sent.
const LATER: &str = "LLLLLLLLLLLL";

/// Where to call, and what must live as long as the calls.
struct Place {
    origin: String,
    _held: Box<dyn std::any::Any>,
}

impl Place {
    fn of(origin: String, held: impl std::any::Any) -> Self {
        Self { origin, _held: Box::new(held) }
    }

    async fn raw(says: &[u8], end: End) -> Self {
        let server = Raw::start(says, end).await;
        Self::of(server.origin(), server)
    }
}

async fn nobody_listens() -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    Place::of(format!("http://{}", listener.local_addr().expect("its address")), ())
}

/// A listener that accepts nothing, and whose queue is full, so that a connection is never made.
async fn never_connected() -> Place {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(1).expect("it listens");
    let address = listener.local_addr().expect("its address");
    let mut held = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        held.push(connected);
        assert!(held.len() < 100, "the queue never fills");
    }
    Place::of(format!("http://{address}"), (listener, held))
}

async fn unknown_ca() -> Place {
    let proxy = TlsProxy::start("127.0.0.1:1").await;
    Place::of(format!("https://localhost:{}", proxy.address.port()), proxy)
}

async fn https(says: &[u8], end: End) -> Place {
    let Place { origin, _held: held } = Place::raw(says, end).await;
    Place { origin: origin.replace("http://", "https://"), _held: held }
}

async fn http_to_tls() -> Place {
    let proxy = TlsProxy::start("127.0.0.1:1").await;
    Place::of(format!("http://{}", proxy.address), proxy)
}

/// A handshake that is never answered.
async fn no_handshake() -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    Place::of(format!("https://{}", listener.local_addr().expect("its address")), listener)
}

/// Each failure with what the calls make of it, in the order of `CALLS`.
async fn failures() -> Vec<(&'static str, Place, &'static str)> {
    let half_head = b"HTTP/1.1 200 OK\r\ncontent-le";
    let half_body = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    vec![
        ("refused", nobody_listens().await, LATER),
        ("no such name", Place::of("https://no-such-org.invalid".into(), ()), LATER),
        ("no connection in time", never_connected().await, LATER),
        ("TLS: unknown CA", unknown_ca().await, LATER),
        (
            "TLS: the other side speaks plain HTTP",
            https(b"HTTP/1.1 400 Bad Request\r\n\r\n", End::Closed).await,
            LATER,
        ),
        ("TLS: reset in the handshake", https(b"", End::ResetUnread).await, LATER),
        ("TLS: no handshake in time", no_handshake().await, LATER),
        ("plain HTTP to TLS", http_to_tls().await, UNSURE),
        ("reset before the request is read", Place::raw(b"", End::ResetUnread).await, UNSURE),
        ("reset after the request is read", Place::raw(b"", End::Reset).await, UNSURE),
        ("closed after the request is read", Place::raw(b"", End::Closed).await, UNSURE),
        ("no answer in time", Place::raw(b"", End::Silent).await, UNSURE),
        ("half the headers, then closed", Place::raw(half_head, End::Closed).await, UNSURE),
        ("half the headers, then reset", Place::raw(half_head, End::Reset).await, UNSURE),
        ("half the headers, then silence", Place::raw(half_head, End::Silent).await, UNSURE),
        ("half the body, then closed", Place::raw(half_body, End::Closed).await, UNSURE),
        ("half the body, then reset", Place::raw(half_body, End::Reset).await, UNSURE),
        ("half the body, then silence", Place::raw(half_body, End::Silent).await, UNSURE),
        ("no HTTP", Place::raw(b"220 mail.example ESMTP\r\n", End::Closed).await, UNSURE),
        ("HTTP of another age", Place::raw(b"HTTP/9.9 200 OK\r\n\r\n", End::Closed).await, UNSURE),
    ]
}

fn client(origin: &str) -> Client {
    let mut options = options(origin);
    options.timeout = Duration::from_secs(2);
    Client::new(options).expect("a client")
}

async fn fault(client: &Client, call: &str) -> Fault {
    let fault = make(client, call).await.expect_err("no answer");
    assert_eq!(client.slots_free(), 10, "{call}: the slot is free again");
    fault
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_fail_has_its_verdict_for_each_call_a_table() {
    println!("{}\n{LEGEND}\n", CALLS.join(", "));
    let mut wrong = Vec::new();
    for (what, place, expected) in failures().await {
        let mut faults = Vec::new();
        if what.contains("in time") || what.contains("silence") {
            // All at once, each with a client of its own, made before any call is under way: that takes its time.
            let clients = CALLS.map(|_| client(&place.origin));
            let calls = CALLS.iter().zip(&clients).map(|(call, client)| fault(client, call));
            faults = join_all(calls).await;
        } else {
            let client = client(&place.origin);
            for call in CALLS {
                faults.push(fault(&client, call).await);
            }
        }
        let letters: String = faults.iter().map(|fault| letter(&Err(fault.clone()))).collect();
        println!("{letters}  {what}: {}", faults[0]);
        if letters != expected {
            wrong.push(format!("{what}: {letters}, not {expected}"));
        }
        for fault in faults {
            assert!(fault.unreachable, "{what}: it looks like an outage");
            assert!(!format!("{fault} {fault:?}").contains("a/b@"), "{fault:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The server gives up a connection that was kept, at the moment when a call is sent on it.
#[tokio::test]
async fn a_write_on_a_connection_that_breaks_is_not_repeated() {
    for end in [End::Reset, End::Closed] {
        let server = Raw::script(vec![(OK.to_vec(), End::Open), (Vec::new(), end)]).await;
        let client = client(&server.origin());
        assert_eq!(letter(&make(&client, "suspend").await), 'O');
        assert_eq!(letter(&make(&client, "suspend").await), 'R', "{end:?}");
        assert_eq!(server.requests(), 2, "{end:?}");
    }
}

/// Nobody can tell whether a connection is closed before or while a call is sent on it.
#[tokio::test]
async fn a_write_on_a_connection_that_was_closed_is_sent_once_or_not_known() {
    for end in [End::Closed, End::Reset] {
        for _ in 0..20 {
            let server = Raw::start(OK, end).await;
            let client = client(&server.origin());
            for sent in 1..=2 {
                match make(&client, "create").await {
                    // It is no user, but it is an answer.
                    Err(fault) if fault.status == Some(200) => assert_eq!(server.requests(), sent),
                    result => assert_eq!(letter(&result), 'R', "{result:?}"),
                }
            }
            assert!(server.requests() <= 2);
        }
    }
}

/// A certificate that would do, but for another name. The program reads the CA at its start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_must_be_for_the_orgs_name() {
    let server = Server::start((0..9).map(|_| Says(401, vec![], super::refusal("E0000011", "")))).await;
    let proxy = TlsProxy::start(server.origin.trim_start_matches("http://")).await;
    let folder = TempDir::new().expect("a folder");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &proxy.ca_pem).expect("the CA");
    for (host, expected) in
        [("localhost", "E0000011"), ("127.0.0.1", "no connection to Okta (invalid peer certificate")]
    {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_okta-provisioner"))
            .arg("check")
            .current_dir(folder.path())
            .env_clear()
            .env("SSL_CERT_FILE", &ca)
            .env("OKTA_PROVISIONER__BROKER__URL", "amqp://u:canary@127.0.0.1:1/%2f")
            .env("OKTA_PROVISIONER__OKTA__ORG_URL", format!("https://{host}:{}", proxy.address.port()))
            .env("OKTA_PROVISIONER__OKTA__API_TOKEN", "canary")
            .output()
            .await
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(expected), "{host}: {said}");
    }
}
