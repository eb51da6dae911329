//! Reads that get no answer, or not all of one: each may be made again, and nobody seems to be gone.

use std::time::Duration;

use okta_provisioner::bob::{Client, Fault, Verdict};
use tokio::net::TcpListener;

use super::{Clock, TOKEN, options};
use crate::support::raw::{End, Raw};

async fn nobody_listens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("its address"))
}

/// What each read makes of a server; its answers never hold people.
async fn faults(client: &Client) -> Vec<Fault> {
    let ids = ["7001".to_owned()];
    let everybody = async { client.everybody().await?.next().await.map(|_| ()) };
    vec![
        client.person("7001").await.map(|_| ()).unwrap_err(),
        client.people(&ids).await.map(|_| ()).unwrap_err(),
        everybody.await.unwrap_err(),
        client.fields().await.map(|_| ()).unwrap_err(),
        client.lists().await.map(|_| ()).unwrap_err(),
        client.lifecycle("7001").await.map(|_| ()).unwrap_err(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_no_verdict_on_anybody_a_table() {
    let half_head = b"HTTP/1.1 200 OK\r\ncontent-le";
    let half_body = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    let empty = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let page = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>";
    let gateway = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 13\r\n\r\n<html></html>";
    for (what, says, end) in [
        ("reset before the request is read", &b""[..], End::ResetUnread),
        ("reset after the request is read", b"", End::Reset),
        ("closed after the request is read", b"", End::Closed),
        ("no answer in time", b"", End::Silent),
        ("half the headers, then closed", half_head, End::Closed),
        ("half the body, then closed", half_body, End::Closed),
        ("half the body, then reset", half_body, End::Reset),
        ("half the body, then silence", half_body, End::Silent),
        ("an empty body", empty, End::Open),
        ("a page", page, End::Open),
        ("a gateway's page", gateway, End::Open),
        ("no HTTP", b"220 mail.example ESMTP\r\n", End::Closed),
        ("refused", b"", End::Open),
    ] {
        let server = Raw::start(says, end).await;
        let origin = if what == "refused" { nobody_listens().await } else { server.origin() };
        let mut options = options(&origin, &Clock::default());
        options.timeout = Duration::from_millis(250);
        let client = Client::new(options).expect("a client");
        for (at, fault) in faults(&client).await.into_iter().enumerate() {
            if at == 0 {
                println!("{what}: {fault}");
            }
            assert_eq!(fault.verdict, Verdict::Retry { after: None }, "{what}: {fault}");
            assert!(!format!("{fault} {fault:?}").contains(TOKEN), "{fault:?}");
        }
    }
}
