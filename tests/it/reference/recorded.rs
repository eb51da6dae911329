//! Recorded answers of real orgs through the client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use okta_provisioner::domain::account::{Account, OktaId, Profile};
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::{Client, Fault, Verdict};
use serde_json::{Value, json};

use super::recording::Recording;
use crate::okta::calls::{CALLS, forgetful, letter, make};
use crate::okta::{now, options};
use crate::support::server::{Says, Server};

impl Recording {
    fn says(&self) -> Says {
        let body = if self.body.is_null() { String::new() } else { self.body.to_string() };
        Says(self.status, self.said(), body)
    }

    /// Every header. Few names, each leaked.
    fn said(&self) -> Vec<(&'static str, String)> {
        let named = |(name, values): (&String, &Vec<String>)| {
            let name: &'static str = name.clone().leak();
            values.iter().map(|value| (name, value.clone())).collect::<Vec<_>>()
        };
        self.headers.iter().flat_map(named).collect()
    }

    fn plain_path(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    /// The part of the path after `/api/v1/users/`.
    fn user(&self) -> Option<&str> {
        self.plain_path().strip_prefix("/api/v1/users/")
    }

    /// The endpoint with its ids left out, whoever was refused there.
    fn asked_of(&self) -> String {
        let mut parts: Vec<&str> = self.plain_path().split('/').collect();
        for at in 0..parts.len() {
            let id = parts[at].len() == 20 && parts[at].contains(|c: char| c.is_ascii_digit());
            let of_list = ["users", "groups", "api-tokens"].contains(&parts[at.saturating_sub(1)]);
            if id || of_list && parts[at] != "rules" {
                parts[at] = "*";
            }
        }
        format!("{} {}", self.method, parts.join("/"))
    }

    /// The call of ours that this is the answer to.
    fn call(&self) -> Option<&'static str> {
        let method = self.method.as_str();
        if self.plain_path() == "/api/v1/users" {
            return match method {
                "POST" => Some("create"),
                "GET" => Some("list"),
                _ => None,
            };
        }
        if (method, self.plain_path()) == ("GET", "/api/v1/meta/schemas/user/default") {
            return Some("schema");
        }
        let (_, rest) = self.user()?.split_once('/').unwrap_or(("", ""));
        match (method, rest) {
            ("GET", "") => Some("get"),
            // A replacement is answered as an update is.
            ("POST" | "PUT", "") => Some("update"),
            ("POST", "lifecycle/activate") => Some("activate"),
            ("POST", "lifecycle/suspend") => Some("suspend"),
            ("POST", "lifecycle/unsuspend") => Some("unsuspend"),
            ("POST", "lifecycle/deactivate") => Some("deactivate"),
            ("DELETE", "sessions") => Some("clear sessions"),
            _ => None,
        }
    }

    /// How long its headers ask a 429 to wait.
    fn wait(&self) -> Option<Duration> {
        let number = |name| self.header(name)?.parse::<i64>().ok();
        if number("x-rate-limit-limit") == Some(0) {
            return None;
        }
        let date = DateTime::parse_from_rfc2822(self.header("date").expect("a date")).expect("a date");
        let wait = number("x-rate-limit-reset").expect("a reset") - date.timestamp() + 1;
        Some(Duration::from_secs(wait.clamp(1, 90).try_into().expect("a wait")))
    }
}

/// Every attribute of every recorded profile, so that all are compared.
fn attributes(exchanges: &[Recording]) -> BTreeSet<String> {
    let users = exchanges.iter().flat_map(|exchange| match &exchange.body {
        Value::Array(users) => users.iter().collect(),
        user => vec![user],
    });
    let profiles = users.filter_map(|user| user.get("profile")?.as_object());
    profiles.flat_map(|profile| profile.keys().cloned()).collect()
}

fn same(account: &Account, recorded: &Value) {
    let time =
        |name: &str| recorded[name].as_str().map(|time| time.parse::<DateTime<Utc>>().expect("a time"));
    assert_eq!(account.id.0, recorded["id"]);
    assert_eq!(account.status.as_str(), recorded["status"]);
    assert_eq!(account.login, recorded["profile"]["login"]);
    assert_eq!(Some(account.created), time("created"));
    assert_eq!(account.status_changed, time("statusChanged"));
    assert_eq!(Some(account.last_updated), time("lastUpdated"));
    let profile: Profile = recorded["profile"]
        .as_object()
        .expect("a profile")
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_eq!(account.profile, profile);
}

fn client(server: &Server, attributes: &BTreeSet<String>) -> Client {
    let mut options = options(&server.origin);
    options.attributes.clone_from(attributes);
    Client::new(options).expect("a client")
}

/// Makes the call that the exchange is the answer to, and gives the accounts that came of it.
async fn replay(
    exchange: &Recording,
    call: &str,
    attributes: &BTreeSet<String>,
) -> Result<Vec<Account>, Fault> {
    let server = Server::start([exchange.says()]).await;
    let client = client(&server, attributes);
    let profile = Profile::new();
    let step = match call {
        "list" => {
            let page = client.list(None, None, client.admit_list(now()).await.expect("a permit")).await?;
            let next = exchange.headers.values().flatten().find(|value| value.contains(r#"rel="next""#));
            assert_eq!(page.next.is_some(), next.is_some(), "{}", exchange.id);
            if let Some(cursor) = page.next {
                server.says(Says(200, vec![], "[]".into()));
                let client = self::client(&server, attributes);
                client.list(None, Some(&cursor), client.admit_list(now()).await.expect("a permit")).await?;
                let asked = server.asked().pop().expect("a call").uri;
                let next = next.expect("a link");
                assert!(next.contains(&format!("?{}>", asked.query().expect("a query"))), "{asked} {next}");
            }
            return Ok(page.accounts);
        }
        "schema" => {
            let attributes = client.schema().await?.value;
            let recorded = |part| {
                exchange.body["definitions"][part]["properties"].as_object().map_or(0, serde_json::Map::len)
            };
            assert_eq!(attributes.len(), recorded("base") + recorded("custom"));
            return Ok(Vec::new());
        }
        "get" => {
            let key = exchange.user().expect("a user");
            let answer = client
                .get(key, client.admit_get(key, Urgency::Change, now()).await.expect("a permit"))
                .await?;
            if exchange.status == 200 {
                // Who is it? The answer to `me` has the same form.
                server.says(exchange.says());
                assert_eq!(client.me().await?.id.0, exchange.body["id"]);
            }
            return Ok(answer.account.into_iter().collect());
        }
        "create" => Step::Create { profile, activate: true },
        "update" => Step::Update { changes: profile },
        "activate" => Step::Activate { send_email: true },
        "suspend" => Step::Suspend,
        "unsuspend" => Step::Unsuspend,
        "deactivate" => Step::Deactivate,
        _ => Step::ClearSessions,
    };
    let id = exchange.user().and_then(|user| user.split('/').next()).unwrap_or_default();
    let permit = client.admit(&step, Urgency::Change, now()).await.expect("a permit");
    let answer = client.perform(&step, Some(&OktaId(id.to_owned())), permit).await?;
    let date =
        exchange.header("date").map(|date| DateTime::parse_from_rfc2822(date).expect("a date").to_utc());
    assert!(date.is_none() || answer.at == date, "{}", exchange.id);
    Ok(answer.account.into_iter().collect())
}

/// What the answers that are no success mean for the calls of ours that got them.
const ERRORS: &[(&str, u16, &str, Verdict)] = &[
    ("activate", 403, "E0000016", Verdict::Reread),
    ("activate", 404, "E0000007", Verdict::Reread),
    // The login is taken.
    ("create", 400, "E0000001", Verdict::Reread),
    ("create", 400, "E0000003", Verdict::Block),
    ("create", 404, "E0000007", Verdict::Block),
    ("deactivate", 404, "E0000007", Verdict::Reread),
    ("list", 400, "E0000031", Verdict::Block),
    ("list", 401, "E0000011", Verdict::Halt),
    ("list", 403, "E0000005", Verdict::Halt),
    ("suspend", 400, "E0000001", Verdict::Reread),
    ("suspend", 404, "E0000007", Verdict::Reread),
    ("unsuspend", 404, "E0000007", Verdict::Reread),
    ("update", 400, "E0000001", Verdict::Block),
    ("update", 404, "E0000007", Verdict::Reread),
];

/// One line of the table.
#[derive(Default)]
struct Row {
    recorded: usize,
    used: usize,
    accounts: usize,
    errors: BTreeMap<String, usize>,
}

#[tokio::test]
async fn recorded_answers_are_read_a_table() {
    let Some(exchanges) = Recording::all() else { return };
    let attributes = attributes(&exchanges);
    let mut rows = BTreeMap::<String, Row>::new();
    for exchange in &exchanges {
        let row = rows.entry(exchange.asked_of()).or_default();
        row.recorded += 1;
        let Some(call) = exchange.call() else { continue };
        row.used += 1;
        let result = replay(exchange, call, &attributes).await;
        let what = format!("{} {call} {} {}", exchange.id, exchange.status, exchange.error_code());
        match result {
            Ok(accounts) => {
                row.accounts += accounts.len();
                let recorded: Vec<&Value> = match (&exchange.body, call) {
                    (Value::Array(users), _) => users.iter().collect(),
                    (user, "create" | "update" | "get") if exchange.status == 200 => vec![user],
                    _ => vec![],
                };
                // A get that finds nobody is an answer.
                assert!(exchange.status < 300 || call == "get" && exchange.status == 404, "{what}");
                // Who removed the names from some recordings left a few users without a profile.
                let recorded: Vec<&Value> =
                    recorded.into_iter().filter(|user| user["profile"]["login"].is_string()).collect();
                assert_eq!(accounts.len(), recorded.len(), "{what}");
                accounts.iter().zip(recorded).for_each(|(account, recorded)| same(account, recorded));
                if exchange.status == 404 {
                    *row.errors.entry("404 E0000007 nobody".into()).or_default() += 1;
                }
            }
            Err(fault) => {
                let expected = ERRORS
                    .iter()
                    .find(|(c, status, code, _)| {
                        (*c, *status, *code) == (call, exchange.status, exchange.error_code())
                    })
                    .unwrap_or_else(|| panic!("{what}: {fault}"));
                assert_eq!(fault.verdict, expected.3, "{what}: {fault}");
                assert_eq!(fault.request_id.as_deref(), exchange.header("x-okta-request-id"), "{what}");
                let error = format!("{} {} {:?}", exchange.status, exchange.error_code(), fault.verdict);
                *row.errors.entry(error).or_default() += 1;
            }
        }
    }
    println!("{:>8} {:>5} {:>8}  endpoint, and errors with what is done", "recorded", "used", "accounts");
    let (mut recorded, mut used, mut accounts) = (0, 0, 0);
    for (endpoint, row) in &rows {
        (recorded, used, accounts) = (recorded + row.recorded, used + row.used, accounts + row.accounts);
        let errors: Vec<String> =
            row.errors.iter().map(|(error, count)| format!("{count} × {error}")).collect();
        println!("{:8} {:5} {:8}  {endpoint}  {}", row.recorded, row.used, row.accounts, errors.join(", "));
    }
    println!("{recorded:8} {used:5} {accounts:8}  in all");
    assert_eq!((recorded, used, accounts), (307, 115, 103));
}

/// What every call makes of a recorded error, in the order of `CALLS`.
fn letters_for(exchange: &Recording) -> String {
    let letters = match exchange.error_code() {
        "E0000004" | "E0000005" | "E0000011" => "HHHHHHHHHHHH",
        "E0000003" | "E0000015" | "E0000031" | "E0000032" | "E0000056" | "E0000166" => "BBBBBBBBBBBB",
        "E0000016" | "E0000038" => "RRRRRRRBBBBB",
        "E0000007" => "BRRRRRRNBBBB",
        "E0000009" => "RRRRRRRLLLLL",
        "E0000001" if exchange.body.to_string().contains("login: An object with this") => "RRRRRRRBBBBB",
        "E0000001" => "BBRRRRRBBBBB",
        "E0000047" => {
            let letter = match exchange.wait() {
                None => "L",
                Some(wait) if wait == Duration::from_mins(1) => "M",
                Some(_) => "W",
            };
            return letter.repeat(CALLS.len());
        }
        other => panic!("{} has no verdict here: {other}", exchange.id),
    };
    letters.to_owned()
}

#[tokio::test]
async fn any_recorded_answer_to_any_call_does_no_harm() {
    let Some(exchanges) = Recording::all() else { return };
    let server = Server::start([]).await;
    let client = forgetful(&server.origin);
    for exchange in &exchanges {
        let mut letters = String::new();
        for call in CALLS {
            server.says(exchange.says());
            letters.push(letter(&make(&client, call).await));
        }
        if exchange.status < 300 {
            assert!(letters.chars().all(|letter| "ONRL".contains(letter)), "{}: {letters}", exchange.id);
        } else {
            assert_eq!(letters, letters_for(exchange), "{}", exchange.id);
        }
    }
}

/// The recorded windows, each as that of a 429: limit, reset and date must all be read for the wait to come out right.
#[tokio::test]
async fn every_recorded_window_is_read() {
    let Some(exchanges) = Recording::all() else { return };
    let server = Server::start([]).await;
    let mut client = forgetful(&server.origin);
    let mut seen = 0;
    for exchange in exchanges.iter().filter(|exchange| exchange.header("x-rate-limit-limit").is_some()) {
        seen += 1;
        let body = json!({"errorCode": "E0000047"}).to_string();
        server.says(Says(429, exchange.said(), body));
        let fault = make(&client, "suspend").await.expect_err("a refusal");
        assert_eq!(fault.verdict, Verdict::Retry { after: exchange.wait() }, "{}", exchange.id);
        let crowded = exchange.header("x-rate-limit-limit") == Some("0");
        assert_eq!(fault.to_string().contains("too many calls at once"), crowded, "{fault}");
        assert_eq!(client.slots_free(), if crowded { 5 } else { 10 }, "{}", exchange.id);
        if crowded {
            client = forgetful(&server.origin);
        }
    }
    assert_eq!(seen, 285);
}
