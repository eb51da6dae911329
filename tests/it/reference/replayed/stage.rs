//! Brings a sandbox into the state that a recording implies, and asks it the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::DateTime;
use okta_provisioner::sandbox::{Fault, Options, Sandbox};
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

use super::super::recording::Recording;
use super::made_up::{self, ANSWER, PASSWORD, distinct, status_before};
use super::shape::Answer;

const TOKEN: &str = "00replayed";

/// A sandbox for one recording.
pub struct Stage {
    sandbox: Sandbox,
    http: Client,
    /// Recorded id → id here.
    ids: BTreeMap<String, String>,
    /// Users and groups that are there only to make a list long.
    fillers: BTreeSet<String>,
    query: String,
}

impl Stage {
    /// Everything that must have been there for the recorded answer.
    pub async fn set(recording: &Recording, http: &Client) -> Self {
        let now = || DateTime::from_timestamp(1_795_420_800, 0).expect("a time");
        let sandbox = Sandbox::start(Options::new(TOKEN, Arc::new(now))).await.expect("a free port");
        let mut stage = Self {
            sandbox,
            http: http.clone(),
            ids: BTreeMap::new(),
            fillers: BTreeSet::new(),
            query: recording.query.clone(),
        };
        if recording.id == "x00599" {
            // One of those whose token came without its link.
            stage.sandbox.set_switch("activation_url", false);
        }
        let found: Vec<&Value> = recording.body.as_array().into_iter().flatten().collect();
        match (recording.method.as_str(), recording.parts().as_slice()) {
            _ if recording.status == 401 => {}
            (_, ["users"]) if recording.method == "GET" => stage.users(recording, &found).await,
            ("POST", ["users"]) => stage.before_create(recording).await,
            (_, ["users", key, "groups"]) => {
                let user = stage.user_of_path(recording, key).await;
                for group in found {
                    stage.join(group, &user).await;
                }
            }
            (_, ["users", key, ..]) if !recording.is_missing(key) => {
                stage.user_of_path(recording, key).await;
            }
            (_, ["groups"]) => {
                for group in found {
                    stage.group(group).await;
                }
            }
            (_, ["groups", id, rest @ ..]) if *id != "rules" => {
                if !recording.is_missing(id) {
                    let group = if recording.body.get("profile").is_some() {
                        recording.body.clone()
                    } else {
                        json!({ "id": id, "profile": { "name": "Somebody" } })
                    };
                    stage.group(&group).await;
                }
                match rest {
                    ["users", user] if !recording.is_missing(user) => {
                        stage.user_of_path(recording, user).await;
                    }
                    ["users"] => {
                        for user in distinct(&found) {
                            let user = stage.user(user, None).await;
                            let group = stage.ids.get(*id).cloned().unwrap_or_default();
                            stage.call("PUT", &format!("/groups/{group}/users/{user}"), &Value::Null).await;
                        }
                    }
                    _ => {}
                }
            }
            (_, ["meta", "schemas", ..]) => stage.schema(recording),
            (_, [kind @ ("meta" | "api-tokens"), rest @ ..]) => {
                let list = if *kind == "meta" { "/meta/types/user" } else { "/api-tokens" };
                let ours = stage.call("GET", list, &Value::Null).await.body[0]["id"].clone();
                let here: Vec<&str> = if recording.status < 300 {
                    let shown = found.iter().copied().chain([&recording.body]);
                    shown.filter_map(|one| one["id"].as_str()).chain(rest.last().copied()).collect()
                } else {
                    Vec::new()
                };
                for id in here.into_iter().filter(|id| *id != "user") {
                    stage.ids.insert(id.to_owned(), ours.as_str().expect("an id").to_owned());
                }
            }
            _ => {}
        }
        stage.strangers(recording);
        stage
    }

    /// The sandbox's answer to the recorded request. What is in it only to make a list long is left out.
    pub async fn ask(&self, recording: &Recording) -> Answer {
        if recording.status == 429 {
            let concurrency =
                recording.headers.get("x-rate-limit-limit").is_some_and(|limit| limit[0] == "0");
            let fault = if concurrency { Fault::ConcurrencyLimit } else { Fault::RateLimit };
            self.sandbox.faults().fail_next(1, fault);
        }
        let mut path = recording.path.strip_prefix("/api/v1").unwrap_or(&recording.path).to_owned();
        let mut body = made_up::body(recording);
        for (recorded, ours) in &self.ids {
            path = path.replace(recorded, ours);
            if !body.is_empty() {
                body = body.replace(recorded, ours);
            }
        }
        if !self.query.is_empty() {
            path = format!("{path}?{}", self.query);
        }
        let authorization = match (recording.status, recording.error_code()) {
            (401, _) => "SSWS 00wrong".to_owned(),
            // Okta API: what an OAuth token gets that is none.
            (403, "E0000005") => "Bearer wrong".to_owned(),
            _ => format!("SSWS {TOKEN}"),
        };
        let mut answer = self.send(&recording.method, &path, body, &authorization).await;
        if let Value::Array(found) = &mut answer.body {
            let known: BTreeSet<&str> = self.ids.values().map(String::as_str).collect();
            let is_known = |one: &Value| one["id"].as_str().is_some_and(|id| known.contains(id));
            let admin = self.sandbox.users()[0]["id"].clone();
            let aside = |id: &Value| *id == admin || id.as_str().is_some_and(|id| self.fillers.contains(id));
            found.retain(|one| is_known(one) || !aside(&one["id"]));
            answer.strangers = found.iter().filter(|one| !is_known(one)).count();
        }
        answer
    }

    /// Who must not be in the recorded list.
    fn strangers(&self, recording: &Recording) {
        let user = |status| {
            let login = format!("stranger.{status}@x.com");
            let profile = json!({ "login": login, "email": login, "firstName": "St", "lastName": "Ranger" });
            self.sandbox.insert(profile, status);
        };
        let asks = |what: &str| recording.query.contains(what);
        match recording.parts().as_slice() {
            _ if recording.method != "GET" || recording.status != 200 => {}
            ["users"] => {
                user("DEPROVISIONED");
                if asks("q=") || asks("filter=") || asks("search=") {
                    user(if asks("%22ACTIVE%22") { "SUSPENDED" } else { "ACTIVE" });
                }
            }
            ["groups", _, "users"] => user("ACTIVE"),
            ["groups"] if !asks("q=") => {}
            ["groups"] | ["users", _, "groups"] => {
                self.sandbox.insert_group(json!({ "name": "Strangers" }));
            }
            _ => {}
        }
    }

    /// The org's own attributes, before the recorded change.
    fn schema(&self, recording: &Recording) {
        let custom = |body: &Value| {
            body.pointer("/definitions/custom/properties")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let changed = custom(&recording.request);
        for (name, attribute) in custom(&recording.body) {
            if !changed.contains_key(&name) {
                self.sandbox.add_attribute(&name, attribute["type"].as_str().expect("a type"));
            }
        }
        for (name, _) in changed.iter().filter(|(_, attribute)| attribute.is_null()) {
            self.sandbox.add_attribute(name, "string");
        }
    }

    async fn users(&mut self, recording: &Recording, found: &[&Value]) {
        let fields: Map<String, Value> = recording
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let limit: usize =
            fields.get("limit").and_then(Value::as_str).map_or(200, |n| n.parse().expect("a limit"));
        if fields.contains_key("after") {
            // The page before, which the sandbox's admin begins, and its cursor.
            self.fill(limit - 1);
        }
        for user in distinct(found) {
            self.user(user, None).await;
        }
        if recording.links_to("next") {
            self.fill(limit + 1);
        }
        if fields.contains_key("after") {
            let first = self.call("GET", &format!("/users?limit={limit}"), &Value::Null).await;
            let links = first.headers.get("link").expect("links").join(", ");
            let next = links.split("after=").nth(1).and_then(|rest| rest.split(['&', '>']).next());
            self.query = format!("after={}&limit={limit}", next.expect("a second page"));
        } else if limit < 10 && !fields.contains_key("q") {
            // The admin comes first.
            self.query = format!("limit={}", limit + 1);
        }
    }

    fn fill(&mut self, count: usize) {
        for _ in 0..count {
            let login = format!("filler{}@x.com", self.fillers.len());
            let profile = json!({ "login": login, "email": login, "firstName": "Fill", "lastName": "Er" });
            self.fillers.insert(self.sandbox.insert(profile, "ACTIVE"));
        }
    }

    /// What a create needs: the groups that it names, or somebody who has its login.
    async fn before_create(&mut self, recording: &Recording) {
        if recording.status == 200 {
            for id in recording.request["groupIds"].as_array().into_iter().flatten() {
                self.group(&json!({ "id": id, "profile": { "name": id } })).await;
            }
            self.attributes(&recording.body["profile"]).await;
        }
        let causes = recording.body["errorCauses"].to_string();
        if causes.contains("An object with this field already exists") {
            self.user(&json!({ "id": "taken", "profile": recording.request["profile"] }), None).await;
        }
    }

    /// The user that the path names, in the state before the call.
    async fn user_of_path(&mut self, recording: &Recording, key: &str) -> String {
        let shown = &recording.body;
        let (id, login) = match shown["id"].as_str() {
            Some(id) if shown.get("credentials").is_some() => (id, shown["profile"]["login"].clone()),
            _ => (key, Value::Null),
        };
        let login = login.as_str().unwrap_or("somebody@x.com").to_owned();
        let profile = json!({ "login": login, "email": login, "firstName": "Ann", "lastName": "Smith" });
        let mut user = json!({ "id": id, "profile": profile, "status": status_before(recording) });
        if shown.get("profile").is_some() && shown.get("credentials").is_some() {
            for part in ["profile", "credentials", "lastLogin", "passwordChanged"] {
                user[part] = shown[part].clone();
            }
        } else if shown.get("provider").is_some() {
            user["credentials"] = shown.clone();
        }
        self.user(&user, Some(recording)).await
    }

    /// A user like this one of a recorded body, over the wire as far as that leads there.
    async fn user(&mut self, shown: &Value, recording: Option<&Recording>) -> String {
        let number = self.ids.len();
        let recorded = shown["id"].as_str().map_or(number.to_string(), str::to_owned);
        self.attributes(&shown["profile"]).await;
        let login = shown["profile"]["login"].as_str().map_or(format!("user{number}@x.com"), str::to_owned);
        let status = shown["status"].as_str().unwrap_or("ACTIVE");
        let mut credentials = shown.get("credentials").cloned().unwrap_or_else(|| match status {
            "STAGED" | "PROVISIONED" | "DEPROVISIONED" => json!({}),
            _ => json!({ "password": {} }),
        });
        // Okta API: a deactivation deletes the password, and not the time of its last change.
        let cut = credentials.get("password").is_none() && !shown["passwordChanged"].is_null();
        if cut {
            credentials["password"] = json!({});
        }
        if let Some(recording) = recording {
            credentials = made_up::credentials(&json!({ "credentials": credentials }), recording);
        } else {
            credentials = made_up::credentials_of(&credentials, PASSWORD, ANSWER);
        }
        let query = match status {
            "STAGED" => "?activate=false",
            "PASSWORD_EXPIRED" => "?nextLogin=changePassword",
            _ => "",
        };
        let profile = json!({ "login": login, "email": login, "firstName": "Ann", "lastName": "Smith" });
        let body = json!({ "profile": profile, "credentials": credentials });
        let made = self.call("POST", &format!("/users{query}"), &body).await;
        assert_eq!(made.status, 200, "{recorded}: {}", made.body);
        let id = made.body["id"].as_str().expect("an id").to_owned();
        if !shown["lastLogin"].is_null() {
            self.sandbox.set_status(&id, "ACTIVE");
        }
        match status {
            "SUSPENDED" => {
                self.call("POST", &format!("/users/{id}/lifecycle/suspend"), &Value::Null).await;
            }
            "DEPROVISIONED" => {
                self.call("POST", &format!("/users/{id}/lifecycle/deactivate"), &Value::Null).await;
            }
            _ if cut => {
                self.call("POST", &format!("/users/{id}/lifecycle/deactivate"), &Value::Null).await;
                self.call("POST", &format!("/users/{id}/lifecycle/activate"), &Value::Null).await;
            }
            _ => {}
        }
        let now = self.call("GET", &format!("/users/{id}"), &Value::Null).await.body;
        if now["status"] != status {
            self.sandbox.set_status(&id, status);
        }
        if shown["profile"].as_object().is_some_and(|profile| profile.contains_key("login")) {
            self.sandbox.set_profile(&id, shown["profile"].clone());
        }
        self.ids.insert(recorded, id.clone());
        id
    }

    /// The org has every attribute that somebody has.
    async fn attributes(&self, profile: &Value) {
        let schema = self.call("GET", "/meta/schemas/user/default", &Value::Null).await.body;
        for name in profile.as_object().into_iter().flat_map(Map::keys) {
            if schema["definitions"]["base"]["properties"].get(name).is_none() {
                self.sandbox.add_attribute(name, "string");
            }
        }
    }

    async fn group(&mut self, shown: &Value) -> String {
        let recorded = shown["id"].as_str().expect("an id").to_owned();
        let id = if shown["type"] == "BUILT_IN" {
            let found = self.call("GET", "/groups?q=Everyone", &Value::Null).await.body;
            found[0]["id"].as_str().expect("the group Everyone").to_owned()
        } else {
            self.sandbox.insert_group(shown["profile"].clone())
        };
        self.ids.insert(recorded, id.clone());
        id
    }

    async fn join(&mut self, group: &Value, user: &str) {
        let id = self.group(group).await;
        if group["type"] != "BUILT_IN" {
            self.call("PUT", &format!("/groups/{id}/users/{user}"), &Value::Null).await;
        }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, body, &format!("SSWS {TOKEN}")).await
    }

    async fn send(&self, method: &str, path: &str, body: String, authorization: &str) -> Answer {
        let method: Method = method.parse().expect("a method");
        let request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.sandbox.url()))
            .header("authorization", authorization)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .body(body);
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in response.headers() {
            let value = value.to_str().expect("ASCII").to_owned();
            headers.entry(name.as_str().to_owned()).or_default().push(value);
        }
        let body = serde_json::from_str(&response.text().await.expect("a body")).unwrap_or(Value::Null);
        Answer { status, headers, body, strangers: 0 }
    }
}
