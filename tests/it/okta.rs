//! The Okta client over a real socket, against a server that follows a script.

#[path = "okta/calls.rs"]
pub mod calls;

#[path = "okta/bodies.rs"]
mod bodies;
#[path = "okta/codes.rs"]
mod codes;
#[path = "okta/reads.rs"]
mod reads;
#[path = "okta/transport.rs"]
mod transport;
#[path = "okta/trouble.rs"]
mod trouble;
#[path = "okta/writes.rs"]
mod writes;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use okta_provisioner::domain::account::OktaId;
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::{Answer, Client, Fault, Options, SetupError};
use serde_json::json;

const TOKEN: &str = "00canary-Token_1234";

pub fn now() -> DateTime<Utc> {
    "2026-03-09T14:10:00Z".parse().unwrap()
}

pub fn options(origin: &str) -> Options {
    Options {
        org_url: origin.parse().unwrap(),
        token: TOKEN.into(),
        attributes: ["email", "title", "employeeNumber"].map(str::to_owned).into(),
        rate_share: 0.5,
        max_in_flight: 10,
        timeout: Duration::from_secs(5),
        now: Arc::new(now),
    }
}

pub fn client(origin: &str) -> Client {
    Client::new(options(origin)).unwrap()
}

async fn perform(client: &Client, step: &Step) -> Result<Answer, Fault> {
    let id = OktaId("00u1".to_owned());
    let permit = client.admit(step, Urgency::Change, now()).await.unwrap();
    client.perform(step, Some(&id), permit).await
}

async fn get(client: &Client, key: &str) -> Result<Answer, Fault> {
    let permit = client.admit_get(key, Urgency::Change, now()).await.unwrap();
    client.get(key, permit).await
}

fn user(id: &str, login: &str) -> serde_json::Value {
    json!({
        "id": id, "status": "ACTIVE", "created": "2024-02-03T04:05:06.000Z", "activated": null,
        "statusChanged": "2024-02-03T04:05:07.000Z", "lastLogin": null,
        "lastUpdated": "2024-02-04T04:05:06.000Z", "passwordChanged": null, "type": {"id": "oty1"},
        "profile": {"login": login, "email": login, "firstName": "Ann", "mobilePhone": null, "title": "Smith"},
        "_links": {"self": {"href": "https://acme.okta.com/api/v1/users/00u1"}}
    })
}

fn refusal(code: &str, cause: &str) -> String {
    json!({"errorCode": code, "errorSummary": "Not found: Resource not found: ann@x.com (User)", "errorLink": code,
        "errorId": "oae1", "errorCauses": [{"errorSummary": cause}]})
    .to_string()
}

#[test]
fn a_client_is_not_made_of_nonsense() {
    let made = |change: fn(&mut Options)| {
        let mut options = options("https://acme.okta.com");
        change(&mut options);
        Client::new(options).unwrap_err()
    };
    assert!(matches!(made(|o| o.rate_share = 0.0), SetupError::RateShare(_)));
    assert!(matches!(made(|o| o.rate_share = f64::NAN), SetupError::RateShare(_)));
    assert!(matches!(made(|o| o.max_in_flight = 0), SetupError::MaxInFlight));
    assert!(matches!(made(|o| o.token = "".into()), SetupError::Token(_)));
    assert!(matches!(made(|o| o.token = "SSWS 00canary".into()), SetupError::Token(_)));
    let error = made(|o| o.token = "00canary\n".into());
    assert!(!format!("{error:?} {error}").contains("canary"));
}
