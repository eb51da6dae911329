//! What Bob sends reaches the queue as it was.

use lapin::types::AMQPValue;

use tokio::task::yield_now;

use super::*;
use crate::support::rabbit;

/// Bob API: v1 carries the employee beside the values. Its white space must survive.
const V1: &str = "{\"companyId\": 7, \"employee\": {\"id\":\"901\", \"displayName\": \"Zoë Ünal\"},\r\n \"type\": \
                  \"employee.created\",\t\"data\": {\"work\": {\"startDate\": \"2026-05-09\", \"title\": null}}, \
                  \"creationDate\": \"2026-03-02T07:36:42.486\"}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_a_webhook_arrives_unchanged_and_labelled() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let long = format!(r#"{{"type":"{}","data":{{"employeeId":12}}}}"#, "x".repeat(256));
        let large = format!(r#"{{"type":"employee.created","filler":"{}"}}"#, "ü".repeat(120_000));
        for (body, key, kind, employee) in [
            (V2, "employee.updated", Some("employee.updated"), Some("2834190035467633537")),
            (V1, "employee.created", Some("employee.created"), Some("901")),
            (r#"{"hello":true}"#, "unknown", None, None),
            (r#"{"type":["a"],"data":{"employeeId":{}},"employee":"x"}"#, "unknown", None, None),
            (&long, "unknown", None, Some("12")),
            (&large, "employee.created", Some("employee.created"), None),
        ] {
            let answer = hook.post(body.as_bytes()).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{body:.80}");
            let message = rabbit.pop(&rabbit.settings.queue).await;
            assert!(message.data == body.as_bytes(), "{body:.80}");
            assert_eq!(message.routing_key.as_str(), key);
            let properties = &message.properties;
            assert_eq!(properties.delivery_mode(), &Some(2), "kept on disk");
            assert_eq!(
                properties.content_type().as_ref().map(ToString::to_string).as_deref(),
                Some("application/json")
            );
            let headers = properties.headers().clone().expect("headers");
            let header = |name: &str| match headers.inner().get(name) {
                Some(AMQPValue::LongString(text)) => Some(text.to_string()),
                other => other.map(|other| panic!("{other:?}")),
            };
            assert_eq!((header("type").as_deref(), header("employee-id").as_deref()), (kind, employee));
            assert_eq!(header("received-at").as_deref(), Some("2026-03-02T10:00:01.500Z"));
        }
        hook.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_may_come_in_pieces_and_without_a_content_type() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let signed = format!("Bob-Signature: {}\r\n", signature(SECRET, V2.as_bytes()));
        let mut line = Line::open(hook.address).await;
        line.send(&request(&signed, V2.as_bytes())).await;
        assert_eq!(line.answer().await.unwrap().status, 200);
        // On the same connection, in chunks, and as a kind of JSON.
        let (one, other) = V2.split_at(100);
        let chunks = format!("{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n", one.len(), other.len());
        let kind =
            "content-type: Application/cloudevents+JSON; charset=utf-8\r\ntransfer-encoding: chunked\r\n";
        line.send(format!("POST /hooks/bob HTTP/1.1\r\nhost: x\r\n{signed}{kind}\r\n{chunks}").as_bytes())
            .await;
        assert_eq!(line.answer().await.unwrap().status, 200);
        for _ in 0..2 {
            assert_eq!(rabbit.pop(&rabbit.settings.queue).await.data, V2.as_bytes());
        }
        hook.stopped().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_pings_are_answered_and_go_nowhere() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        // Of what anybody can send the first is said at once, and the others in a minute or at the end.
        assert_eq!(hook.ask(&request("", b"Ping test")).await.status, 200);
        let said = async {
            while hook.log.count("signature=\"missing\" count=1") == 0 {
                yield_now().await;
            }
        };
        soon("a line", said).await;
        for (kind, ping) in
            [("text/plain; charset=utf-8", "Ping test"), ("application/json", r#"{"text":"Ping test"}"#)]
        {
            let kind = format!("content-type: {kind}\r\n");
            let with = |signature: &str| format!("{kind}Bob-Signature: {signature}\r\n");
            let (right, wrong) = (signature(SECRET, ping.as_bytes()), signature("another", ping.as_bytes()));
            let almost = format!("{ping} ");
            for lines in [kind.clone(), with(&right), with(&wrong), with("none")] {
                assert_eq!(hook.ask(&request(&lines, ping.as_bytes())).await.status, 200, "{lines}");
                assert_eq!(hook.ask(&request(&lines, almost.as_bytes())).await.status, 401, "{lines}");
            }
        }
        assert_eq!(hook.log.count("signature=\"held\""), 2, "each at once");
        hook.post_until_taken(V2.as_bytes()).await;
        assert_eq!(rabbit.pop(&rabbit.settings.queue).await.data, V2.as_bytes(), "the first that is kept");
        let log = hook.log.clone();
        hook.stopped().await;
        assert_eq!(log.count("signature=\"missing\" count=2"), 1);
        assert_eq!(log.count("signature=\"wrong\" count=4"), 1);
        assert_eq!(log.count("webhook.ping"), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_secret_changes_both_are_good() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &["old", "new"]).await;
        for (secret, status) in [("old", 200), ("new", 200), ("older", 401), ("", 401)] {
            assert_eq!(hook.ask(&webhook(secret, V2.as_bytes())).await.status, status, "{secret}");
        }
        hook.stopped().await;
    })
    .await;
}

/// A webhook of which half has come is taken before the receiver ends, and no other one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_hand_is_finished() {
    rabbit::with(async |rabbit| {
        let hook = Hook::start(&rabbit.settings, &[SECRET]).await;
        let whole = webhook(SECRET, V2.as_bytes());
        let (mut line, mut idle) = (Line::open(hook.address).await, Line::open(hook.address).await);
        // The 100 says that the body is being read.
        let head = whole.len() - V2.len() - 2;
        line.send(&[&whole[..head], b"expect: 100-continue\r\n\r\n"].concat()).await;
        let mut said = String::new();
        soon("100", line.0.read_line(&mut said)).await.unwrap();
        assert_eq!(said, "HTTP/1.1 100 Continue\r\n");
        soon("its end", line.0.read_line(&mut said)).await.unwrap();
        hook.stop.cancel();
        assert!(idle.answer().await.is_none(), "an idle connection is closed");
        let deaf = async { while TcpStream::connect(hook.address).await.is_ok() {} };
        soon("nobody listens any more", deaf).await;
        line.send(V2.as_bytes()).await;
        assert_eq!(line.answer().await.unwrap().status, 200);
        assert_eq!(rabbit.pop(&rabbit.settings.queue).await.data, V2.as_bytes());
        hook.stopped().await;
    })
    .await;
}
