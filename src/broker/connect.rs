//! Opens one connection, or says what stands in the way.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::tcp::{AMQPUriTcpExt, AsyncTcpStream, RustlsConnector, RustlsConnectorConfig, TLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties, ErrorKind, runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::error::words;
use super::{Error, Settings};

const TIMEOUT_MS: u64 = 10_000;
const HEARTBEAT_SECS: u16 = 15;
const ANSWER: Duration = Duration::from_secs(30);
const CLOSE: Duration = Duration::from_secs(5);

/// Connects and logs in, within the URL's `connection_timeout`. `purpose` is shown beside our name in
/// the broker's list of connections.
pub(super) async fn open(settings: &Settings, purpose: &str) -> Result<Connection, Error> {
    let uri = parse(settings.url.expose_secret())?;
    let (at, user, vhost) = (
        format!("{}:{}", uri.authority.host, uri.authority.port),
        uri.authority.userinfo.username.clone(),
        uri.vhost.clone(),
    );
    let limit = Duration::from_millis(uri.query.connection_timeout.unwrap_or(TIMEOUT_MS));
    let tls = match &settings.ca_file {
        Some(path) if uri.scheme == AMQPScheme::AMQPS => Some(trusting(path)?),
        _ => None,
    };
    let properties = ConnectionProperties::default()
        .with_connection_name(format!("okta-provisioner {purpose}").as_str().into());
    let lost = |error: &lapin::Error| Error::Unreachable { at: at.clone(), why: error.to_string() };
    let runtime = runtime::default_runtime().map_err(|error| lost(&error))?;

    let unfinished = Unfinished::default();
    let socket = unfinished.0.clone();
    let connecting = Connection::connector(
        uri,
        runtime,
        async move |mut uri: AMQPUri, runtime| {
            let host = uri.authority.host.clone();
            let secure = uri.scheme == AMQPScheme::AMQPS;
            uri.scheme = AMQPScheme::AMQP;
            let connecting = async {
                let plain = uri.connect_with_config_async(TLSConfig::default(), &runtime).await?;
                if let AsyncTcpStream::Plain(stream) = &plain {
                    let handle = TcpStream::from(stream.get_ref().as_fd().try_clone_to_owned()?);
                    *socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
                }
                match &tls {
                    _ if !secure => Ok(plain),
                    Some(trusted) => plain.into_rustls(trusted, &host).await,
                    None => plain.into_tls(&host, TLSConfig::default()).await,
                }
            };
            timeout(limit, connecting).await.unwrap_or_else(|late| Err(late.into())).map_err(Into::into)
        },
        properties,
    );
    let error = match timeout(limit, connecting).await {
        Ok(Ok(connection)) => {
            unfinished.finish();
            return Ok(connection);
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let why = format!("no answer within {} s", limit.as_secs_f32());
            return Err(Error::Unreachable { at, why });
        }
    };
    Err(match error.kind() {
        ErrorKind::ProtocolError(reply) if reply.get_id() == 403 => Error::Login { at, user },
        ErrorKind::ProtocolError(reply) if reply.get_id() == 530 => {
            Error::Vhost { at, user, vhost, why: words(reply.get_message()) }
        }
        ErrorKind::ProtocolError(reply) => Error::Unreachable { at, why: words(reply.get_message()) },
        ErrorKind::IOError(io) if is_tls(io) => Error::Tls { at, why: io.to_string() },
        _ => lost(&error),
    })
}

/// Bounds what is asked of an open connection: lapin may never answer if it drops at the wrong moment.
pub(super) async fn answered<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ANSWER, asked).await.unwrap_or_else(|_| {
        Err(Error::Lost { why: format!("it did not answer within {} s", ANSWER.as_secs()) })
    })
}

/// Says goodbye to the broker, which then hands out at once what was not acknowledged.
pub(super) async fn close(connection: &Connection) {
    let goodbye = connection.close(200, "OK".into());
    // Nothing is lost if it fails: the broker notices a connection that is gone.
    let _ = timeout(CLOSE, goodbye).await;
}

/// An attempt that is given up would leave its thread waiting for a silent peer for ever: shutting the
/// socket down ends it.
#[derive(Default)]
struct Unfinished(Arc<Mutex<Option<TcpStream>>>);

impl Unfinished {
    fn take(&self) -> Option<TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn finish(self) {
        self.take();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(socket) = self.take() {
            // It fails if the peer was faster, which is as good.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

fn parse(url: &str) -> Result<AMQPUri, Error> {
    let unusable = |why: &str| Error::Url { why: why.to_owned() };
    if !url.starts_with("amqp://") && !url.starts_with("amqps://") {
        return Err(unusable("it does not begin with amqp:// or amqps://"));
    }
    // The parser's error may repeat the URL, and with it the password.
    let mut uri: AMQPUri =
        url.parse().map_err(|_| unusable("it cannot be parsed (is a special character not %-encoded?)"))?;
    // The parser knows names and IPv4 only, and takes an IPv6 address for the local host.
    let authority = url.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        address.clone_into(&mut uri.authority.host);
    }
    uri.query.heartbeat.get_or_insert(HEARTBEAT_SECS);
    Ok(uri)
}

fn trusting(path: &Path) -> Result<RustlsConnector, Error> {
    let wrong = |why: String| Error::CaFile { path: path.to_owned(), why };
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    RustlsConnectorConfig::default()
        .with_parsable_certificates(certificates)
        .connector_with_no_client_auth()
        .map_err(|error| wrong(error.to_string()))
}

fn is_tls(error: &io::Error) -> bool {
    let mut cause = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_to_go() {
        for (url, host, port, vhost, heartbeat) in [
            ("amqp://localhost", "localhost", 5672, "/", 15),
            ("amqps://u:p@mq.example.com/hr?heartbeat=30", "mq.example.com", 5671, "hr", 30),
            ("amqp://u:p%40%2f@10.0.0.7:5673/%2f", "10.0.0.7", 5673, "/", 15),
            ("amqp://[2001:db8::7]:5673/%2f", "2001:db8::7", 5673, "/", 15),
        ] {
            let uri = parse(url).unwrap();
            assert_eq!((uri.authority.host.as_str(), uri.authority.port), (host, port), "{url}");
            assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), (vhost, Some(heartbeat)), "{url}");
        }
    }

    #[test]
    fn a_bad_url_is_named_without_its_password() {
        for url in [
            "http://u:hunter2@mq",
            "mq:hunter2",
            "amqp://u:hunter2@mq:port",
            "amqp://u:hunter2@mq?heartbeat=x",
            "",
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains("broker.url") && !error.contains("hunter2"), "{error}");
        }
    }
}
