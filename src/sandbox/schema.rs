//! The user schema: which attributes there are, the org's own among them, and how it is read and changed.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::reply::{Refusal, Reply};
use super::request::Request;
use super::routes::{Scene, not_a_method};
use super::user::stamp;

mod base;
mod check;

/// The one user type of the org, and its schema.
pub(super) const TYPE_ID: &str = "otysandbox0000000001";
pub(super) const SCHEMA_ID: &str = "oscsandbox0000000001";

/// Name → attribute, as a schema shows it.
pub(super) struct Schema {
    base: Map<String, Value>,
    custom: Map<String, Value>,
    updated: Option<DateTime<Utc>>,
}

impl Default for Schema {
    fn default() -> Self {
        Self { base: base::attributes(), custom: Map::new(), updated: None }
    }
}

impl Schema {
    /// Adds a custom attribute of this JSON schema type.
    pub(super) fn add(&mut self, name: &str, kind: &str) {
        self.custom.insert(name.to_owned(), base::attribute(name, kind));
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    fn attribute(&self, name: &str) -> Option<&Value> {
        self.base.get(name).or_else(|| self.custom.get(name))
    }

    /// The required attributes: the base ones in the order in which Okta names those that are missing.
    fn required(&self) -> impl Iterator<Item = &str> {
        let is = |attributes: &Map<String, Value>, name: &str| attributes[name]["required"] == true;
        let base = base::REQUIRED.into_iter().filter(move |name| is(&self.base, name));
        let custom = self.custom.keys().map(String::as_str).filter(move |name| is(&self.custom, name));
        base.chain(custom)
    }

    /// The calls below `/api/v1/meta`; `None` for all others.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        path: &[&str],
        scene: &Scene<'_>,
    ) -> Option<Result<Reply, Refusal>> {
        let base = scene.base;
        Some(match (request.method.as_str(), path) {
            ("GET", ["schemas", "user", "default" | SCHEMA_ID]) => Ok(Reply::ok(self.shown(base))),
            ("POST", ["schemas", "user", "default" | SCHEMA_ID]) => {
                self.change(request.body.as_ref(), scene.now).map(|()| Reply::ok(self.shown(base)))
            }
            ("GET", ["schemas", "user", id]) => Err(Refusal::not_found(id, "UserSchema")),
            ("GET", ["types", "user"]) => Ok(Reply::ok(json!([user_type(base)]))),
            ("GET", ["types", "user", "default" | TYPE_ID]) => Ok(Reply::ok(user_type(base))),
            ("GET", ["types", "user", id]) => Err(Refusal::not_found(id, "CVDType")),
            (_, ["schemas" | "types", "user", _] | ["types", "user"]) => Err(not_a_method()),
            _ => return None,
        })
    }

    /// Adds, changes and (null) removes custom attributes; of the base ones it changes what an org may.
    fn change(&mut self, body: Option<&Value>, now: DateTime<Utc>) -> Result<(), Refusal> {
        let definitions = body.and_then(|body| body.get("definitions")).ok_or_else(Refusal::malformed)?;
        let given = |part: &str| definitions[part]["properties"].as_object().into_iter().flatten();
        let refused = |name: &str, why: &str| {
            Err(Refusal::invalid("updateUserSchemas", vec![format!("{name}: {why}")]))
        };
        let mut custom = self.custom.clone();
        for (name, given) in given("custom") {
            if given.is_null() {
                custom.remove(name);
                continue;
            }
            let Some(given) = given.as_object() else { return Err(Refusal::malformed()) };
            let kind = given.get("type").and_then(Value::as_str).unwrap_or_default();
            if self.base.contains_key(name) {
                return refused(name, "a base attribute has this name");
            }
            if !base::KINDS.contains(&kind) {
                return refused(name, "the type is none of Okta's");
            }
            if custom.get(name).is_some_and(|known| known["type"] != kind) {
                return refused(name, "the type of an attribute cannot change");
            }
            let attribute = custom.entry(name.clone()).or_insert_with(|| base::attribute(name, kind));
            for (key, value) in given {
                attribute[key] = value.clone();
            }
        }
        self.custom = custom;
        for (name, given) in given("base") {
            let Some(attribute) = self.base.get_mut(name) else { continue };
            for key in base::CHANGEABLE {
                let named = name == "firstName" || name == "lastName";
                if let Some(value) = given.get(key).filter(|_| key != "required" || named) {
                    attribute[key] = value.clone();
                }
            }
        }
        self.updated = Some(now);
        Ok(())
    }

    fn shown(&self, base: &str) -> Value {
        let updated = self.updated.map_or_else(|| base::CREATED.to_owned(), stamp);
        let of = |attributes: &Map<String, Value>| -> Vec<String> {
            self.required().filter(|name| attributes.contains_key(*name)).map(str::to_owned).collect()
        };
        let part = |name: &str, attributes: &Map<String, Value>| json!({ "id": name, "type": "object", "properties": attributes, "required": of(attributes) });
        json!({
            "id": format!("{base}/meta/schemas/user/default"),
            "$schema": "http://json-schema.org/draft-04/schema#",
            "name": "user", "title": "User", "type": "object",
            "description": "Okta user profile template with default permission settings",
            "created": base::CREATED,
            "lastUpdated": updated,
            "definitions": { "base": part("#base", &self.base), "custom": part("#custom", &self.custom) },
            "properties": {
                "profile": { "allOf": [{ "$ref": "#/definitions/custom" }, { "$ref": "#/definitions/base" }] },
            },
            "_links": {
                "self": link(base, "self", &format!("schemas/user/{SCHEMA_ID}")),
                "type": link(base, "type", &format!("types/user/{TYPE_ID}")),
            },
        })
    }
}

fn link(base: &str, relation: &str, path: &str) -> Value {
    json!({ "rel": relation, "href": format!("{base}/api/v1/meta/{path}"), "method": "GET" })
}

fn user_type(base: &str) -> Value {
    json!({
        "id": TYPE_ID,
        "displayName": "User",
        "name": "user",
        "description": "Okta user profile template with default permission settings",
        "createdBy": "sandbox",
        "lastUpdatedBy": "sandbox",
        "created": base::CREATED,
        "lastUpdated": base::CREATED,
        "default": true,
        "_links": {
            "self": link(base, "self", &format!("types/user/{TYPE_ID}")),
            "schema": link(base, "schema", &format!("schemas/user/{SCHEMA_ID}")),
        },
    })
}
