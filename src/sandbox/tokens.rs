//! The API tokens of the org: whose they are, what they may do, how long they live.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::directory::Directory;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::roles;
use super::routes::{Scene, not_a_method};
use super::switches::Switch;
use super::user::{Status, stamp};

/// Okta API: a token that was not used for so long is dead, and each use begins the time anew.
const LIFE: TimeDelta = TimeDelta::days(30);

/// An API token as an admin sets it up.
#[derive(Clone, Debug)]
pub struct Token {
    /// What the `Authorization` header carries.
    pub secret: String,
    /// What it may do, which is what its owner may do.
    pub role: Role,
    /// The percentage of each bucket's limit that it may use; Okta gives 50 to a new token.
    pub share: u32,
    /// The id of the user whose token it is; `None` is the sandbox's admin.
    pub owner: Option<String>,
    /// It is used from an address outside its network zone, and so is refused.
    pub outside_zone: bool,
}

impl Token {
    /// A token of the sandbox's admin that may do everything, up to the whole limit.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            role: Role::SuperAdmin,
            share: 100,
            owner: None,
            outside_zone: false,
        }
    }
}

/// What a token may do; elsewhere it is refused with E0000006. `GET /users/me` is open to all.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// Everything.
    SuperAdmin,
    /// Reading.
    ReadOnlyAdmin,
    /// Everything but these: method (empty: any) and path, in which `*` stands for one segment
    /// (`/api/v1/users/*/lifecycle/suspend`).
    Without(Vec<(String, String)>),
}

impl Role {
    fn allows(&self, method: &str, path: &[&str]) -> bool {
        if method == "GET" && path == ["users", "me"] {
            return true;
        }
        match self {
            Role::SuperAdmin => true,
            // Who may do what is told to super administrators only.
            Role::ReadOnlyAdmin => method == "GET" && path.first() != Some(&"iam"),
            Role::Without(denied) => !denied.iter().any(|(denied, pattern)| {
                let pattern = pattern.trim_start_matches("/api/v1/").split('/');
                (denied.is_empty() || denied == method)
                    && pattern.clone().count() == path.len()
                    && pattern.zip(path).all(|(wanted, part)| wanted == "*" || wanted == *part)
            }),
        }
    }

    /// Okta's type and label of the role.
    fn shown(&self) -> (&'static str, &'static str) {
        match self {
            Role::SuperAdmin => ("SUPER_ADMIN", "Super Administrator"),
            Role::ReadOnlyAdmin => ("READ_ONLY_ADMIN", "Read-only Administrator"),
            Role::Without(_) => ("CUSTOM", "Sandbox Administrator"),
        }
    }
}

/// All tokens of the org.
pub(super) struct Tokens {
    all: Vec<Issued>,
    issued: usize,
}

struct Issued {
    id: String,
    token: Token,
    created: DateTime<Utc>,
    used: DateTime<Utc>,
}

impl Issued {
    fn owner<'a>(&'a self, directory: &'a Directory) -> &'a str {
        self.token.owner.as_deref().unwrap_or(&directory.me)
    }

    fn shown(&self, directory: &Directory, base: &str) -> Value {
        let owner = self.owner(directory);
        let link = |path: String, allow: Value| json!({ "href": format!("{base}/api/v1/{path}"), "hints": { "allow": allow } });
        json!({
            "id": self.id,
            "name": format!("Sandbox token {}", self.id),
            "userId": owner,
            "clientName": "Okta API",
            "tokenWindow": "P30D",
            "network": { "connection": "ANYWHERE" },
            "expiresAt": stamp(self.used + LIFE),
            "created": stamp(self.created),
            "lastUpdated": stamp(self.used),
            "_links": {
                "self": link(format!("api-tokens/{}", self.id), json!(["GET", "DELETE"])),
                "user": link(format!("users/{owner}"), json!(["GET"])),
            },
        })
    }
}

/// The token that a call came with.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) share: u32,
}

impl Bearer {
    /// Whoever came without a token that is good, in the org's eyes.
    pub(super) fn stranger() -> Self {
        Self { id: String::new(), owner: String::new(), share: 100 }
    }
}

impl Tokens {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), issued: 0 }
    }

    /// Adds a token, and returns its id.
    pub(super) fn add(&mut self, token: Token, now: DateTime<Utc>) -> String {
        self.issued += 1;
        let id = format!("00T1{:012}sbx7", self.issued);
        self.all.push(Issued { id: id.clone(), token, created: now, used: now });
        id
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    /// Whose token this is. Every use lengthens its life.
    pub(super) fn authenticate(
        &mut self,
        authorization: &str,
        directory: &Directory,
        now: DateTime<Utc>,
    ) -> Result<Bearer, Refusal> {
        let invalid = || Refusal::of_status(401);
        if authorization.starts_with("Bearer") {
            return Err(Refusal::new(403, "E0000005", "Invalid session"));
        }
        // Okta's own Python SDK sends no space after the scheme.
        let secret = authorization.strip_prefix("SSWS").map(str::trim_start).ok_or_else(invalid)?;
        let issued = self.all.iter_mut().find(|issued| issued.token.secret == secret).ok_or_else(invalid)?;
        let owner = directory.find(issued.owner(directory)).ok_or_else(invalid)?;
        let disused = issued.used + LIFE <= now && directory.switches.on(Switch::DisuseKillsTokens);
        if owner.status == Status::Deprovisioned || disused {
            return Err(invalid());
        }
        if issued.token.outside_zone {
            let forbidden = directory.switches.on(Switch::OutsideZoneIs403);
            return Err(if forbidden { Refusal::of_status(403) } else { invalid() });
        }
        issued.used = now;
        Ok(Bearer { id: issued.id.clone(), owner: owner.id.clone(), share: issued.token.share })
    }

    /// E0000006 where the token's role does not reach.
    pub(super) fn authorise(&self, bearer: &Bearer, request: &Request, path: &[&str]) -> Result<(), Refusal> {
        match self.all.iter().find(|issued| issued.id == bearer.id) {
            Some(issued) if !issued.token.role.allows(&request.method, path) => Err(Refusal::of_status(403)),
            _ => Ok(()),
        }
    }

    /// The calls about tokens and roles; `None` for all others.
    pub(super) fn answer(
        &mut self,
        directory: &Directory,
        request: &Request,
        path: &[&str],
        scene: &Scene<'_>,
    ) -> Option<Result<Reply, Refusal>> {
        Some(match (request.method.as_str(), path) {
            ("GET", ["api-tokens"]) => {
                let all = self.all.iter().map(|issued| issued.shown(directory, scene.base));
                Ok(Reply::ok(Value::Array(all.collect())))
            }
            ("GET" | "DELETE", ["api-tokens", id]) => {
                let current = *id == "current"
                    && (request.method == "DELETE" || directory.switches.on(Switch::CurrentTokenReadable));
                let id = if current { scene.bearer.id.as_str() } else { id };
                let Some(place) = self.all.iter().position(|issued| issued.id == id) else {
                    return Some(Err(Refusal::not_found(id, "Token")));
                };
                if request.method == "DELETE" {
                    self.all.remove(place);
                    return Some(Ok(Reply::no_content()));
                }
                Ok(Reply::ok(self.all[place].shown(directory, scene.base)))
            }
            ("GET", ["users", key, "roles"]) => self.roles(directory, key, scene),
            ("GET", ["iam", "assignees", "users"]) => {
                let owners = self.all.iter().map(|issued| issued.owner(directory).to_owned());
                roles::assignees(directory, owners, request, scene.base)
            }
            (
                _,
                ["users", _, "roles"] | ["iam", "assignees", "users"] | ["api-tokens"] | ["api-tokens", _],
            ) => Err(not_a_method()),
            _ => return None,
        })
    }

    /// The roles of a user: those of the tokens that it owns, and those that it was given.
    fn roles(&self, directory: &Directory, key: &str, scene: &Scene<'_>) -> Result<Reply, Refusal> {
        let user = directory.get(key)?;
        let own = self.all.iter().filter(|issued| issued.owner(directory) == user.id);
        let by_token = own.map(|issued| issued.token.role.shown()).collect();
        Ok(roles::of_user(directory, &user.id, by_token, scene))
    }
}
