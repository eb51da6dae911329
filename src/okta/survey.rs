//! Reads that show what the token may do, how often, and for how long. They change nothing.

use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::call::Op;
use super::cause::Sent;
use super::circle::Somebody;
use super::client::Client;
use super::error::Fault;
use super::limits::Limits;
use super::wire::Schema as SchemaBody;
use crate::domain::account::OktaId;
use crate::domain::schema::Schema;

/// What a read gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<T> {
    /// The answer.
    pub value: T,
    /// The calls a minute that its bucket allows, if the answer says so.
    pub limit: Option<u32>,
}

/// An admin role of a user (Okta API: `Role`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// `SUPER_ADMIN`, `CUSTOM` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in the console.
    #[serde(default)]
    pub label: String,
    /// Whether it is in force; Okta says `ACTIVE`.
    #[serde(default)]
    pub status: Option<String>,
}

impl Role {
    /// Whether it gives anything.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "ACTIVE")
    }
}

/// The token itself (Okta API: `ApiToken`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// After how long without a call it dies, as an ISO 8601 duration.
    pub token_window: Option<String>,
    /// When it dies if there is no other call.
    pub expires_at: Option<DateTime<Utc>>,
    /// From where it may be used.
    pub network: Option<Network>,
}

/// From where a token may be used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Network {
    /// `ANYWHERE` or `ZONE`.
    #[serde(default)]
    pub connection: String,
    /// The network zones that it may be used from.
    #[serde(default)]
    pub include: Vec<String>,
    /// Those that it may not.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// A token in a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    user_id: OktaId,
    expires_at: Option<DateTime<Utc>>,
}

impl Client {
    /// The ids of a few users, by the search that the directory is listed by.
    ///
    /// # Errors
    /// If the token may not, or there is no answer.
    pub async fn try_list(&self) -> Result<Seen<Vec<OktaId>>, Fault> {
        let users: Seen<Vec<Somebody>> = self.look(Op::List, self.listing(None, "3")).await?;
        let value = users.value.into_iter().map(|user| user.id).collect();
        Ok(Seen { value, limit: users.limit })
    }

    /// Whether a user can be read.
    ///
    /// # Errors
    /// If the token may not, or there is no answer.
    pub async fn try_get(&self, id: &OktaId) -> Result<Seen<()>, Fault> {
        let user: Seen<IgnoredAny> = self.look_at(Op::Get, &format!("/api/v1/users/{id}")).await?;
        Ok(Seen { value: (), limit: user.limit })
    }

    /// The attributes of the default user type, by name.
    ///
    /// # Errors
    /// If the token may not, or there is no answer.
    pub async fn schema(&self) -> Result<Seen<Schema>, Fault> {
        let schema: Seen<SchemaBody> = self.look_at(Op::Schema, "/api/v1/meta/schemas/user/default").await?;
        Ok(Seen { value: schema.value.attributes(), limit: schema.limit })
    }

    /// A user's admin roles, those of its groups included.
    ///
    /// # Errors
    /// If the token may not: that takes a super administrator.
    pub async fn roles(&self, id: &OktaId) -> Result<Vec<Role>, Fault> {
        self.roles_of(id, self.inner.gate.force(Op::Roles.bucket())).await
    }

    /// The token that is used. Okta shows tokens by their id, which a token does not tell of itself: of the
    /// owner's tokens it is the one that was used last.
    ///
    /// # Errors
    /// If the token may not, or there is no answer.
    pub async fn token(&self, owner: &OktaId) -> Result<Option<Token>, Fault> {
        let all: Seen<Vec<Listed>> = self.look_at(Op::Token, "/api/v1/api-tokens").await?;
        let own = all.value.into_iter().filter(|token| token.user_id == *owner);
        let Some(token) = own.max_by_key(|token| token.expires_at) else { return Ok(None) };
        // A list does not show the window.
        Ok(Some(self.look_at(Op::Token, &format!("/api/v1/api-tokens/{}", token.id)).await?.value))
    }

    async fn look_at<T: DeserializeOwned>(&self, op: Op, path: &str) -> Result<Seen<T>, Fault> {
        self.look(op, self.request(Method::GET, path)).await
    }

    async fn look<T: DeserializeOwned>(&self, op: Op, request: RequestBuilder) -> Result<Seen<T>, Fault> {
        let permit = self.inner.gate.force(op.bucket());
        let reply = self.send(op, request, Sent::Nothing, permit).await?;
        let limit = Limits::read(reply.status, &reply.headers).limit;
        Ok(Seen { value: reply.json()?, limit })
    }
}
