//! Answers without a code of Okta's: odd bodies, odd framing, odd statuses.

use serde_json::json;

use super::calls::{CALLS, LEGEND, forgetful, letter, make};
use super::{client, user};
use crate::support::raw::{End, Raw};

/// What something between us says about a login in the path is not about the org.
const NOWHERE: &str = "RRRRRRRLLHHH";
const MINUTE: &str = "MMMMMMMMMMMM";
const UNSURE: &str = "RRRRRRRLLLLL";
/// Good enough for a call that answers with an empty object.
const EMPTY: &str = "RROOOOOLLLLL";
/// An empty list.
const NOBODY: &str = "RRRRRRRLNOLL";
/// A user, as most calls give one; a lifecycle call looks for no more than an object.
const USER: &str = "OOOOOOOOLLOL";

/// An answer with the length of its body.
fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.as_ref().len());
    [length.as_bytes(), body.as_ref()].concat()
}

/// `{}` by gzip.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00";
const HTML: &str = "<html><title>Sign in</title></html>";

/// What it is, the bytes, what the calls make of it, and whether Okta seems to be down.
type Case = (String, Vec<u8>, &'static str, bool);

fn odd_successes() -> Vec<Case> {
    let whole = user("00u1", "ann@x.com").to_string();
    let half = &whole[..whole.len() / 2];
    let other = user("00u2", "a/b@x.com").to_string();
    let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(5 << 20));
    let envelope = json!({"errorCode": "E0000070", "errorSummary": "Waiting for ACK"}).to_string();
    let ok =
        |what: &str, body: &[u8], expected, down| (what.to_owned(), answer("200 OK", body), expected, down);
    vec![
        ok("a user", whole.as_bytes(), USER, false),
        // An update that shows somebody else.
        ok("another user", other.as_bytes(), "OROOOOONLLOL", false),
        ok("nothing", b"", UNSURE, true),
        ok("HTML", HTML.as_bytes(), UNSURE, true),
        ok("half a user", half.as_bytes(), UNSURE, true),
        ok("another shape", br#"{"ok":true}"#, EMPTY, false),
        ok("an empty list", b"[]", NOBODY, false),
        ok("a list of others", br#"[{"id":1}]"#, UNSURE, false),
        ok("a text", br#""done""#, UNSURE, false),
        ok("null", b"null", UNSURE, false),
        ok("no UTF-8", b"{\"id\":\"\xff\xfe\"}", UNSURE, true),
        ok("an error in a success", envelope.as_bytes(), UNSURE, false),
        ok("more than any answer", huge.as_bytes(), UNSURE, true),
        ("called gzip".into(), answer("200 OK\r\ncontent-encoding: gzip", "{}"), EMPTY, false),
        ("gzip".into(), answer("200 OK\r\ncontent-encoding: gzip", GZIP), UNSURE, true),
        ("HTTP/1.0".into(), b"HTTP/1.0 200 OK\r\n\r\n{}".to_vec(), EMPTY, false),
        ("HTTP/1.0, nothing".into(), b"HTTP/1.0 200 OK\r\n\r\n".to_vec(), UNSURE, true),
        ("201".into(), answer("201 Created", "{}"), EMPTY, false),
        ("202".into(), answer("202 Accepted", "{}"), UNSURE, false),
        ("203".into(), answer("203 Non-Authoritative Information", "{}"), UNSURE, false),
        // The error is that of an empty body.
        ("204".into(), b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), EMPTY, true),
        ("204 with a body".into(), answer("204 No Content", HTML), EMPTY, true),
        ("206".into(), answer("206 Partial Content", half), UNSURE, false),
        ("207".into(), answer("207 Multi-Status", "{}"), UNSURE, false),
        (
            "100 first".into(),
            [&b"HTTP/1.1 100 Continue\r\n\r\n"[..], &answer("200 OK", "{}")].concat(),
            EMPTY,
            false,
        ),
        (
            "103 first".into(),
            [&b"HTTP/1.1 103 Early Hints\r\n\r\n"[..], &answer("200 OK", "{}")].concat(),
            EMPTY,
            false,
        ),
    ]
}

fn odd_framing() -> Vec<Case> {
    let framed =
        |what: &str, says: &str, expected| (what.to_owned(), says.as_bytes().to_vec(), expected, true);
    vec![
        framed("a length too long", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", UNSURE),
        framed("a length too short", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{}", UNSURE),
        framed("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", UNSURE),
        framed(
            "chunks that break off",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
            UNSURE,
        ),
        framed("no chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}", UNSURE),
        framed("404, broken off", "HTTP/1.1 404 Not Found\r\ncontent-length: 99\r\n\r\n{", UNSURE),
        framed("400, broken off", "HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\n{", UNSURE),
        (
            "429, broken off".into(),
            b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 99\r\n\r\n{".to_vec(),
            MINUTE,
            false,
        ),
    ]
}

fn bare_statuses() -> Vec<Case> {
    let bodies = [
        HTML.to_owned(),
        String::new(),
        r#"{"errorCode":"E00000"#.to_owned(),
        r#"{"errorCode":7}"#.to_owned(),
        r#"{"message":"no"}"#.to_owned(),
        r#"[{"errorCode":"E0000001"}]"#.to_owned(),
    ];
    let mut cases = Vec::new();
    for (statuses, expected, down) in [
        (&[301, 302, 303, 307, 308, 401, 404][..], NOWHERE, true),
        (&[429], MINUTE, false),
        (
            // May be said of a call that Okta has answered.
            &[
                400, 402, 403, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 421, 422, 423, 425,
                426, 431, 451, 500, 501, 502, 503, 504, 520, 599, 999,
            ],
            UNSURE,
            true,
        ),
    ] {
        for (at, status) in statuses.iter().enumerate() {
            let body = &bodies[at % bodies.len()];
            cases.push((format!("{status} {body}"), answer(&format!("{status} x"), body), expected, down));
        }
    }
    for body in &bodies {
        cases.push((format!("404 {body}"), answer("404 x", body), NOWHERE, true));
        cases.push((format!("400 {body}"), answer("400 x", body), UNSURE, true));
        cases.push((format!("500 {body}"), answer("500 x", body), UNSURE, true));
    }
    let huge = "<html>".repeat(1 << 20);
    cases.push(("400, huge".into(), answer("400 x", &huge), UNSURE, true));
    cases.push(("500, huge".into(), answer("500 x", &huge), UNSURE, true));
    cases.push(("404, gzip".into(), answer("404 x\r\ncontent-encoding: gzip", GZIP), NOWHERE, true));
    cases.push(("304".into(), b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec(), UNSURE, true));
    cases.push((
        "101".into(),
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_vec(),
        UNSURE,
        true,
    ));
    cases
}

#[tokio::test]
async fn a_body_that_is_not_oktas_has_its_verdict_a_table() {
    println!("{}\n{LEGEND}; ! Okta seems to be down\n", CALLS.join(", "));
    let mut wrong = Vec::new();
    for (what, says, expected, down) in
        odd_successes().into_iter().chain(odd_framing()).chain(bare_statuses())
    {
        let server = Raw::start(says, End::Closed).await;
        let client = forgetful(&server.origin());
        let mut letters = String::new();
        let mut seemed = false;
        for call in CALLS {
            let result = make(&client, call).await;
            letters.push(letter(&result));
            let Err(fault) = result else { continue };
            seemed |= fault.unreachable;
            let told = format!("{fault} {fault:?}");
            assert!(!told.contains("Sign in") && !told.contains("ann@"), "{told}");
        }
        println!("{letters} {} {what}", if seemed { '!' } else { ' ' });
        if (letters.as_str(), seemed) != (expected, down) {
            wrong.push(format!("{what}: {letters} {seemed}, not {expected} {down}"));
        }
        assert_eq!(server.requests(), CALLS.len(), "{what}: one attempt a call");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_length_too_short_does_not_spoil_the_next_answer() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
        .to_vec();
    let server = Raw::script(vec![(short, End::Open), (answer("200 OK", "{}"), End::Open)]).await;
    let client = client(&server.origin());
    for _ in 0..5 {
        // What came unasked is not taken for the answer to the next call.
        assert_eq!(letter(&make(&client, "deactivate").await), 'O');
    }
}

#[tokio::test]
async fn an_encoding_is_not_asked_for_and_named_if_it_comes() {
    let server =
        crate::support::server::Server::start([crate::support::server::Says(200, vec![], "{}".into())]).await;
    assert!(make(&client(&server.origin), "suspend").await.is_ok());
    assert_eq!(server.asked()[0].header("accept-encoding"), Some("identity"));
    let server = Raw::start(answer("200 OK\r\ncontent-encoding: gzip", GZIP), End::Closed).await;
    let fault = make(&client(&server.origin()), "suspend").await.unwrap_err();
    assert!(fault.to_string().contains("an encoding that was not asked for"), "{fault}");
}
