//! Our requests, held against Okta's OpenAPI file. The stories do the same with each of theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use okta_provisioner::domain::account::{OktaId, Profile};
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::{Answer, Client};
use okta_provisioner::sandbox::{self, Call, Sandbox};
use serde_json::{Value, json};

use crate::okta::now;
use crate::support::client::options;
use crate::support::openapi::Book;

const TOKEN: &str = "00requestsOfTheBook";
/// Attributes of this org's own.
const CUSTOM: [&str; 3] = ["badge", "tags", "remote"];

struct Org {
    sandbox: Sandbox,
    client: Client,
}

impl Org {
    async fn start() -> Self {
        let now: fn() -> DateTime<Utc> = || "2026-12-01T00:00:00Z".parse().expect("an instant");
        let sandbox = Sandbox::start(sandbox::Options::new(TOKEN, Arc::new(now))).await.expect("a free port");
        let client =
            Client::new(options(&sandbox.url(), TOKEN, BTreeSet::new(), Arc::new(now))).expect("a client");
        Self { sandbox, client }
    }

    async fn perform(&self, step: &Step, id: Option<&OktaId>) -> Answer {
        let permit = self.client.admit(step, Urgency::Change, now()).await.expect("budget");
        self.client.perform(step, id, permit).await.unwrap_or_else(|fault| panic!("{step:?}: {fault}"))
    }

    async fn get(&self, key: &str) -> Answer {
        let permit = self.client.admit_get(key, Urgency::Change, now()).await.expect("budget");
        self.client.get(key, permit).await.expect("an answer")
    }

    /// Everything that the client can do, once at least.
    async fn live(&self) {
        self.client.me().await.expect("an owner");
        let schema = self.client.schema().await.expect("a schema").value;
        let joiner: Profile = schema
            .keys()
            .filter(|name| !CUSTOM.contains(&name.as_str()))
            .map(|name| (name.clone(), sample(name)))
            .collect();
        let activate = |activate| Step::Create { profile: joiner.clone(), activate };
        let id = self.perform(&activate(false), None).await.account.expect("an account").id;
        let on = Some(&id);
        self.perform(&Step::Activate { send_email: false }, on).await;
        for changes in [
            json!({"title": "Chef", "department": null, "mobilePhone": null}),
            json!({"login": "ann.lee@example.com", "email": "ann.lee@example.com"}),
            json!({"badge": 7, "tags": ["a"], "remote": true}),
        ] {
            self.perform(&Step::Update { changes: profile(&changes) }, on).await;
        }
        self.sandbox.set_status(&id.0, "ACTIVE");
        for step in [
            Step::Suspend,
            Step::ClearSessions,
            Step::Unsuspend,
            Step::Deactivate,
            Step::Activate { send_email: true },
        ] {
            self.perform(&step, on).await;
        }
        self.perform(&activate(true), None).await;
        for key in [&id.0, "ann@example.com", "zo\u{eb}+1 %#@example.com", "a/b@example.com", "me"] {
            self.get(key).await;
        }
        for number in 0..200 {
            self.sandbox.insert(json!({"login": format!("{number}@example.com")}), "ACTIVE");
        }
        for since in [None, Some(DateTime::UNIX_EPOCH)] {
            let mut cursor = None;
            loop {
                let permit = self.client.admit_list(now()).await.expect("budget");
                cursor = self.client.list(since, cursor.as_ref(), permit).await.expect("a page").next;
                if cursor.is_none() {
                    break;
                }
            }
        }
    }
}

fn profile(object: &Value) -> Profile {
    object.as_object().expect("an object").clone().into_iter().collect()
}

/// A value that the attribute's format allows.
fn sample(attribute: &str) -> Value {
    match attribute {
        "login" | "email" => "ann@example.com",
        "secondEmail" => "ann@example.org",
        "countryCode" => "DE",
        "profileUrl" => "https://example.com/ann",
        "preferredLanguage" => "de",
        "locale" => "de_DE",
        "timezone" => "Europe/Berlin",
        _ => "Ann",
    }
    .into()
}

async fn life() -> Vec<Call> {
    let org = Org::start().await;
    for (name, kind) in CUSTOM.into_iter().zip(["integer", "array", "boolean"]) {
        org.sandbox.add_attribute(name, kind);
    }
    org.live().await;
    org.sandbox.take_calls()
}

#[derive(Default)]
struct Row {
    requests: usize,
    parameters: BTreeSet<String>,
    properties: BTreeSet<String>,
}

#[tokio::test]
async fn a_table_of_the_operations_that_we_use() {
    let Some(book) = Book::open() else { return };
    let mut table: BTreeMap<(String, String), Row> = BTreeMap::new();
    for call in life().await {
        let checked = book.check(&call);
        assert!(checked.wrong.is_empty(), "{:#?}\n{call:#?}", checked.wrong);
        let row = table.entry((checked.endpoint, checked.operation)).or_default();
        row.requests += 1;
        row.parameters.extend(checked.parameters);
        row.properties.extend(checked.properties);
    }
    for ((endpoint, operation), row) in &table {
        let parameters: Vec<_> = row.parameters.iter().map(String::as_str).collect();
        println!(
            "{endpoint:<48} {operation:<20} {:>3} requests  {:<44} {:>2} properties of the body",
            row.requests,
            parameters.join(" "),
            row.properties.len()
        );
    }
    assert_eq!(table.len(), 10);
}

/// What is to be reported, of which request, once it has been spoilt like that.
type Case<'a> = (&'static str, &'a Call, fn(&mut Call));

/// What the checker is for.
#[tokio::test]
async fn a_request_that_is_not_by_the_book_is_reported() {
    let Some(book) = Book::open() else { return };
    let life = life().await;
    let find = |method: &str, start: &str| {
        life.iter()
            .find(|call| call.method == method && call.path.starts_with(start))
            .expect("a call")
            .clone()
    };
    let create = find("POST", "/api/v1/users?activate");
    let update = life.iter().find(|call| call.path.matches('/').count() == 4 && call.method == "POST");
    let update = update.expect("a call").clone();
    let activate =
        life.iter().find(|call| call.path.contains("/lifecycle/activate")).expect("a call").clone();
    let list = find("GET", "/api/v1/users?search=lastUpdated");
    let cases: [Case<'_>; 23] = [
        ("no method PATCH", &update, |call| call.method = "PATCH".into()),
        ("no such path", &update, |call| call.path = "/api/v1/user/00u1".into()),
        ("path parameter id: empty", &update, |call| call.path = "/api/v1/users/".into()),
        ("query parameter active: unknown", &create, |call| call.path = "/api/v1/users?active=true".into()),
        ("query parameter activate: ", &create, |call| call.path = "/api/v1/users?activate=yes".into()),
        ("query parameter nextLogin: ", &create, |call| call.path += "&nextLogin=now"),
        ("query parameter limit: given twice", &list, |call| call.path += "&limit=1"),
        ("query parameter limit: ", &list, |call| call.path = "/api/v1/users?limit=many".into()),
        ("body/profile/title: ", &create, |call| call.body["profile"]["title"] = 7.into()),
        ("body/profile/login: ", &create, |call| call.body["profile"]["login"] = Value::Null),
        ("body/profile/city: ", &create, |call| call.body["profile"]["city"] = "x".repeat(129).into()),
        ("body/profile/email: ", &create, |call| call.body["profile"]["email"] = "ann at home".into()),
        ("body: \"profile\" is a required", &create, |call| call.body = json!({"credentials": {}})),
        ("body: unknown property id", &update, |call| call.body["id"] = "00u1".into()),
        ("body/credentials: unknown property pasword", &create, |call| {
            call.body["credentials"] = json!({"pasword": {"value": "x"}});
        }),
        ("body/credentials/password: unknown property text", &create, |call| {
            call.body["credentials"] = json!({"password": {"text": "x"}});
        }),
        ("body/credentials/provider: ", &update, |call| {
            call.body = json!({"credentials": {"provider": {"type": "OKTA"}}});
        }),
        ("body: missing", &create, |call| call.body = Value::Null),
        ("body: the operation takes none", &activate, |call| call.body = json!({})),
        ("body: content-type", &update, |call| set(call, "content-type", Some("text/plain"))),
        ("header content-length: not 0", &activate, |call| set(call, "content-length", None)),
        ("header authorization", &list, |call| set(call, "authorization", Some("Basic"))),
        ("header if-match: unknown", &activate, |call| set(call, "if-match", Some("W/\"1\""))),
    ];
    for (wanted, sound, spoil) in cases {
        assert!(book.check(sound).wrong.is_empty(), "{wanted}");
        let mut call = sound.clone();
        spoil(&mut call);
        let wrong = book.check(&call).wrong;
        assert!(wrong.iter().any(|wrong| wrong.contains(wanted)), "{wanted}: {wrong:#?}");
    }
}

fn set(call: &mut Call, name: &str, value: Option<&str>) {
    call.headers.retain(|(known, _)| known != name);
    call.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
}
