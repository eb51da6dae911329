//! Publishing and looking.

use std::collections::BTreeMap;

use lapin::ExchangeKind;
use lapin::options::ExchangeDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use okta_provisioner::broker::{Error, Publisher, Report, Settings, probe};

use super::publish;
use crate::support::rabbit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_sent_before_the_first_start_is_kept() {
    rabbit::with(async |rabbit| {
        let publisher = Publisher::connect(&rabbit.settings).await.unwrap();
        let headers = BTreeMap::from([("x-trace".to_owned(), "t".to_owned())]);
        publisher.publish("hr.employee.hired", b"{}", &headers).await.unwrap().wait().await.unwrap();
        publisher.close().await;
        let kept = rabbit.pop(&rabbit.settings.queue).await;
        assert_eq!(
            (kept.routing_key.as_str(), kept.properties.delivery_mode()),
            ("hr.employee.hired", &Some(2))
        );
        let headers = kept.properties.headers().clone().expect("headers");
        assert_eq!(headers.inner().get("x-trace"), Some(&AMQPValue::LongString("t".into())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reaches_no_queue_is_a_failure_that_names_the_exchange() {
    rabbit::with(async |rabbit| {
        let settings = Settings { declare: false, ..rabbit.settings.clone() };
        let missing = Publisher::connect(&settings).await.err().expect("no exchange yet");
        assert_eq!(missing, Error::Missing { what: format!("exchange `{}`", settings.exchange) });

        rabbit
            .channel()
            .await
            .exchange_declare(
                settings.exchange.as_str().into(),
                ExchangeKind::Topic,
                ExchangeDeclareOptions { durable: true, ..Default::default() },
                FieldTable::default(),
            )
            .await
            .unwrap();
        let publisher = Publisher::connect(&settings).await.unwrap();
        let confirm = publisher.publish("hr.x", b"{}", &BTreeMap::new()).await.unwrap();
        let expected =
            Error::Unroutable { exchange: settings.exchange.clone(), routing_key: "hr.x".to_owned() };
        assert_eq!(confirm.wait().await, Err(expected));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_tells_what_is_there_and_what_is_not() {
    rabbit::with(async |rabbit| {
        let settings = &rabbit.settings;
        assert_eq!(probe(settings).await, Ok(Report::default()), "what is missing will be declared");
        assert_eq!(rabbit.ready(&settings.queue).await, None, "and a probe does not do it");
        let verify = Settings { declare: false, ..settings.clone() };
        assert_eq!(probe(&verify).await.unwrap().problems.len(), 4);

        publish(settings, &[b"one", b"two"]).await;
        let expected = Report { waiting: Some(2), consumers: Some(0), set_aside: Some(0), problems: vec![] };
        assert_eq!(probe(settings).await, Ok(expected.clone()));
        assert_eq!(probe(&verify).await, Ok(expected));
    })
    .await;
}
