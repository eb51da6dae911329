//! What is not Bob's, or not good, is refused with a reason; and it is known how much was read by then.

use super::*;
use crate::support::rabbit;

const TOO_LARGE: usize = 300 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_bobs_is_refused_with_a_reason() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let body = V2.as_bytes();
        let mut flipped = webhook(SECRET, body);
        *flipped.last_mut().unwrap() ^= 1;
        let signed = |lines: &str, body: &[u8]| {
            request(&format!("{lines}Bob-Signature: {}\r\n", signature(SECRET, body)), body)
        };
        let elsewhere =
            webhook(SECRET, body).iter().skip("POST /hooks/bob".len()).copied().collect::<Vec<_>>();
        let elsewhere = [b"POST /hooks/bob/".as_slice(), &elsewhere].concat();
        let got = b"GET /hooks/bob HTTP/1.1\r\nhost: x\r\n\r\n".to_vec();
        let (text, xml) = ("content-type: text/plain\r\n", "content-type: application/xml\r\n");
        let paths = "There is nothing here. There are GET /healthz, /readyz, /metrics, /v1/status, \
                     /v1/people/ID, /v1/upcoming and /v1/activity; Bob's webhook is POST /hooks/bob.\n";
        for path in ["/", "/v1"] {
            let answer = hook.ask(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, paths), "{path}");
        }
        assert_eq!(hook.log.count("webhook.refused"), 0, "whoever looks around sends no webhook");
        for (name, request, status, sentence) in [
            ("another path", elsewhere, 404, paths),
            ("another method", got, 405, "A webhook is a POST."),
            ("no signature", request(JSON, body), 401, "The header Bob-Signature is missing."),
            ("no signature, small", request(JSON, b"{}"), 401, "The header Bob-Signature is missing."),
            (
                "the wrong secret",
                webhook("wrong", body),
                401,
                "The header Bob-Signature does not hold for this body.",
            ),
            ("a flipped bit", flipped, 401, "The header Bob-Signature does not hold for this body."),
            ("text", signed(text, body), 415, "The body is not application/json, as its content type says."),
            ("XML", signed(xml, body), 415, "The body is not application/json, as its content type says."),
            ("a list", signed(JSON, b"[\n]"), 400, "The body is not a JSON object (line 1, column 0)."),
            ("half", signed(JSON, b"{\"a\":"), 400, "The body is not a JSON object (line 1, column 5)."),
        ] {
            let answer = hook.ask(&request).await;
            assert_eq!((answer.status, answer.body.as_str()), (status, sentence), "{name}");
            assert_eq!(answer.head.contains("allow: post"), status == 405, "{name}: {}", answer.head);
        }
        assert_eq!(hook.log.count("webhook.refused"), 1, "the first one at once, all others in a minute");
        assert_eq!(hook.post(body).await.status, 200);
        let log = hook.log.clone();
        assert_eq!(rabbit.pop(&rabbit.settings.queue).await.data, body);
        rabbit.assert_empty(&rabbit.settings.queue).await;
        hook.stopped().await;
        assert_eq!(log.count("wrong signature: 2"), 1, "or at the end");
        assert_eq!(log.count("webhook.refused"), 2);
    })
    .await;
}

/// Only the head is sent: an answer that comes has not waited for the body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_that_cannot_be_good() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let good = signature(SECRET, b"x");
        let head = |lines: &str, length: usize| {
            format!("POST /hooks/bob HTTP/1.1\r\nhost: x\r\n{lines}content-length: {length}\r\n\r\n")
        };
        for (name, head, status) in [
            ("unsigned", head(JSON, 1000), 401),
            ("signed with nothing", head("bob-signature: \r\n", 1000), 401),
            ("signed with too little", head("bob-signature: c2hvcnQ=\r\n", 1000), 401),
            ("signed with no base64", head(&format!("bob-signature: {}\r\n", "-".repeat(88)), 1000), 401),
            ("too large", head(&format!("bob-signature: {good}\r\n"), TOO_LARGE), 413),
            ("too large by one", head(&format!("bob-signature: {good}\r\n"), 256 * 1024 + 1), 413),
        ] {
            assert_eq!(hook.ask(head.as_bytes()).await.status, status, "{name}");
        }
        hook.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_read_up_to_its_limit_however_it_comes() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let sized = |size: usize| format!("{{\"a\":\"{}\"}}", "a".repeat(size - 8)).into_bytes();
        let chunked = |body: &[u8], signed: bool| {
            let signature = signature(SECRET, body);
            let signed = if signed { format!("bob-signature: {signature}\r\n") } else { String::new() };
            let mut sent =
                format!("POST /hooks/bob HTTP/1.1\r\nhost: x\r\n{signed}transfer-encoding: chunked\r\n\r\n")
                    .into_bytes();
            for part in body.chunks(50_000) {
                sent.extend([format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
            }
            sent.extend(b"0\r\n\r\n");
            sent
        };
        let (most, more) = (sized(256 * 1024), sized(TOO_LARGE));
        for (name, request, status) in [
            ("all at once", webhook(SECRET, &most), 200),
            ("in chunks", chunked(&most, true), 200),
            ("too much at once", webhook(SECRET, &more), 413),
            ("too much in chunks", chunked(&more, true), 413),
            ("unsigned, in chunks", chunked(&most, false), 401),
        ] {
            assert_eq!(hook.ask(&request).await.status, status, "{name}");
        }
        let huge = format!("GET /hooks/bob HTTP/1.1\r\nx-filler: {}\r\n\r\n", "a".repeat(20_000));
        assert_eq!(
            Line::open(hook.address).await.0.get_mut().write_all(huge.as_bytes()).await.ok(),
            Some(())
        );
        hook.stopped().await;
    })
    .await;
}
