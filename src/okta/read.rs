//! Calls that only read: a user, the directory, the token's owner, the schema.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Method, RequestBuilder, Url};
use serde::Deserialize;
use serde_json::Value;

use super::call::Op;
use super::cause::Sent;
use super::client::Client;
use super::error::Fault;
use super::gate::{Permit, Waiter};
use super::link::{self, Cursor};
use super::wire::User;
use super::write::{Answer, is_id};
use crate::domain::account::{Account, OktaId, Status, fold};
use crate::domain::urgency::Urgency;

/// One page of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// At most 200 accounts, deactivated ones included; may be empty before the end. A user that
    /// shows no login is left out.
    pub accounts: Vec<Account>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// Whose token is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Okta's id of the owner.
    pub id: OktaId,
    /// The owner's login.
    pub login: String,
    /// The owner's status; the token dies with the owner.
    pub status: Status,
}

impl Client {
    /// Waits for leave to get a user by this key, as [`Self::admit`] does.
    pub fn admit_get(&self, key: &str, urgency: Urgency, since: DateTime<Utc>) -> Waiter {
        self.inner.gate.queue(op_for(key).bucket(), urgency, since)
    }

    /// Gets a user by id or by the whole login. No account in the answer means that there is none,
    /// which is certain by id only: reads by login may lag, and a login with a slash is found by
    /// search, which always lags.
    ///
    /// # Errors
    /// If it is not known whether there is one, or there are several.
    pub async fn get(&self, key: &str, permit: Permit) -> Result<Answer, Fault> {
        let op = op_for(key);
        let query = (op == Op::Search).then(|| format!("profile.login eq \"{}\"", escape(key)));
        let request = match &query {
            Some(search) => self.request(Method::GET, "/api/v1/users").query(&[("search", search.as_str())]),
            None => self.request(Method::GET, &user_path(key)),
        };
        let reply = match self.send(op, request, Sent::Key(key), permit).await {
            Ok(reply) => reply,
            // That nobody is there is an answer, if it is Okta that says so.
            Err(Fault { status: Some(404 | 410), code: Some(code), request_id, .. })
                if op == Op::Get && matches!(&*code, "E0000007" | "E0000156") =>
            {
                return Ok(Answer { account: None, request_id, at: None });
            }
            Err(fault) => return Err(fault),
        };
        let users = if op == Op::Search { reply.json()? } else { vec![reply.json::<User>()?] };
        let accounts = self.accounts(users).ok_or_else(|| reply.unreadable())?;
        // Okta also takes the first part of a login for the whole.
        let wanted = |a: &Account| a.id.0 == key || fold(&a.login) == fold(key);
        let mut found = accounts.into_iter().filter(wanted);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Fault::blocked(op, "several users have this login")),
            (account, _) => Ok(Answer { account, request_id: reply.request_id, at: reply.at }),
        }
    }

    /// Waits for leave to list a page, as [`Self::admit`] does: lists take at most half of their budget.
    pub fn admit_list(&self, since: DateTime<Utc>) -> Waiter {
        self.inner.gate.queue(Op::List.bucket(), Urgency::Repair, since)
    }

    /// Lists the users that changed after an instant of Okta's clock, or all; deactivated ones
    /// included, in no order. A change of the last seconds may be missing.
    ///
    /// # Errors
    /// If there is no answer, or it is not a page of users.
    pub async fn list(
        &self,
        updated_after: Option<DateTime<Utc>>,
        cursor: Option<&Cursor>,
        permit: Permit,
    ) -> Result<Page, Fault> {
        let request = if let Some(cursor) = cursor {
            self.request(Method::GET, &format!("/api/v1/users?{}", cursor.query))
        } else {
            self.listing(updated_after, "200")
        };
        let reply = self.send(Op::List, request, Sent::Nothing, permit).await?;
        // One odd user must not keep all others from being known.
        let listed = reply.json::<Vec<Value>>()?;
        let (mut accounts, mut users) = (Vec::with_capacity(listed.len()), 0);
        for entry in &listed {
            let user = User::deserialize(entry).ok();
            users += usize::from(user.is_some());
            let account = user.and_then(|user| user.account(&self.inner.attributes, self.inner.gate.now()));
            if account.is_none() {
                tracing::warn!(
                    code = "mirror.left_out",
                    okta_id = entry["id"].as_str().filter(|id| is_id(id)),
                    "listed without a login, or not as users are; look at this user in Okta"
                );
            }
            accounts.extend(account);
        }
        if users == 0 && !listed.is_empty() {
            return Err(reply.unreadable());
        }
        let next = link::next(&reply.headers, "/api/v1/users").map_err(|()| reply.unreadable())?;
        if next.is_some() && next.as_ref() == cursor {
            // A list that leads to itself would never end.
            return Err(reply.unreadable());
        }
        Ok(Page { accounts, next })
    }

    /// The first page of a list of the directory, of so many users at most.
    pub(super) fn listing(&self, updated_after: Option<DateTime<Utc>>, limit: &str) -> RequestBuilder {
        let after =
            updated_after.unwrap_or(DateTime::UNIX_EPOCH).to_rfc3339_opts(SecondsFormat::Millis, true);
        let search = format!("lastUpdated gt \"{after}\"");
        self.request(Method::GET, "/api/v1/users").query(&[("search", search.as_str()), ("limit", limit)])
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// If Okta does not answer or does not accept the token.
    pub async fn me(&self) -> Result<Owner, Fault> {
        let op = Op::Owner;
        let request = self.request(Method::GET, "/api/v1/users/me");
        let reply = self.send(op, request, Sent::Nothing, self.inner.gate.force(op.bucket())).await?;
        let account = reply.json::<User>()?.account(&self.inner.attributes, self.inner.gate.now());
        let Account { id, login, status, .. } = account.ok_or_else(|| reply.unreadable())?;
        Ok(Owner { id, login, status })
    }

    /// Whether the org answers and accepts the token. It is called whatever the budget, and from
    /// the largest bucket.
    ///
    /// # Errors
    /// If not.
    pub async fn probe(&self) -> Result<(), Fault> {
        self.me().await.map(|_| ())
    }

    fn accounts(&self, users: Vec<User>) -> Option<Vec<Account>> {
        let now = self.inner.gate.now();
        users.into_iter().map(|user| user.account(&self.inner.attributes, now)).collect()
    }
}

/// Okta takes no login with a slash or a question mark from a path, encoded or not; dots would
/// climb, `me` is the token's owner, and nothing at all is the list.
fn op_for(key: &str) -> Op {
    let search = key.contains(['/', '?', '\\']) || matches!(key, "" | "." | ".." | "me");
    if search { Op::Search } else { Op::Get }
}

/// The path of a user, the key as one segment of it.
fn user_path(key: &str) -> String {
    let mut url = Url::parse("http://path/api/v1/users").expect("a constant");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(key);
    }
    url.path().to_owned()
}

/// The inside of a quoted string of a search expression.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
