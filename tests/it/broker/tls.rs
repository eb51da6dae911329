//! `amqps://`, and peers that are none.

use std::io::Write as _;

use okta_provisioner::broker::{Error, Settings, probe};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::support::rabbit::{self, address};
use crate::support::soon;
use crate::support::tls_proxy::{TlsProxy, authority};

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_needs_a_ca_that_signed_the_certificate() {
    rabbit::with(async |rabbit| {
        let proxy = TlsProxy::start(&address()).await;
        let at = |host: &str, ca_file: Option<&NamedTempFile>| {
            let plain = rabbit::url_via(format!("{host}:{}", proxy.address.port()));
            Settings {
                url: plain.replacen("amqp://", "amqps://", 1).into(),
                ca_file: ca_file.map(|file| file.path().to_owned()),
                ..rabbit.settings.clone()
            }
        };
        let (right, wrong, empty) = (file(&proxy.ca_pem), file(&authority().0), file("nothing"));
        assert_eq!(probe(&at("localhost", Some(&right))).await.map(|report| report.problems), Ok(vec![]));

        for (host, ca_file) in [("localhost", Some(&wrong)), ("localhost", None), ("127.0.0.1", Some(&right))]
        {
            let error = probe(&at(host, ca_file)).await.unwrap_err();
            assert!(matches!(&error, Error::Tls { .. }), "{error}");
            assert!(error.to_string().contains("broker.ca_file"), "{error}");
        }
        let error = probe(&at("localhost", Some(&empty))).await.unwrap_err();
        assert!(matches!(&error, Error::CaFile { .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_peer_is_given_up_and_its_connection_closed() {
    rabbit::with(async |rabbit| {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut settings = rabbit.via(silent.local_addr().expect("its address"));
        settings.url =
            format!("{}?connection_timeout=300", secrecy::ExposeSecret::expose_secret(&settings.url)).into();
        let (error, peer) = tokio::join!(probe(&settings), silent.accept());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("no answer within 0.3 s"), "{error}");
        // The header that it was greeted with, and then the end: no thread is left behind.
        let mut greeting = Vec::new();
        soon("the end", peer.expect("a connection").0.read_to_end(&mut greeting)).await.expect("an end");
        assert!(greeting.starts_with(b"AMQP"));
    })
    .await;
}
