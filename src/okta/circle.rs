//! Circles of users: who has an admin role, and who is in a group. They change nothing, and wait for their budget.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;

use super::call::Op;
use super::cause::Sent;
use super::client::{Client, Reply};
use super::error::Fault;
use super::gate::{Permit, Waiter};
use super::link::{self, Cursor};
use super::survey::Role;
use super::write::is_id;
use crate::domain::account::OktaId;
use crate::domain::urgency::Urgency;

/// What is asked about circles of users; each has a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Who has an admin role.
    Admins,
    /// Which roles somebody has.
    Roles,
    /// Groups, and who is in them.
    Groups,
}

impl Ask {
    fn op(self) -> Op {
        match self {
            Self::Admins => Op::Admins,
            Self::Roles => Op::Roles,
            Self::Groups => Op::Groups,
        }
    }
}

/// One page of a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Users; may be empty before the end.
    pub users: Vec<OktaId>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// A user or a group, as far as it is looked at.
#[derive(Deserialize)]
pub(super) struct Somebody {
    pub id: OktaId,
}

/// Users with role assignments, with the next page's address in the body (Okta API: `RoleAssignedUsers`).
#[derive(Deserialize)]
struct Assigned {
    #[serde(default)]
    value: Vec<Somebody>,
    #[serde(default, rename = "_links")]
    links: Links,
}

#[derive(Default, Deserialize)]
struct Links {
    next: Option<Next>,
}

#[derive(Deserialize)]
struct Next {
    href: String,
}

const ADMINS: &str = "/api/v1/iam/assignees/users";

impl Client {
    /// Waits for leave to ask this, as [`Self::admit`] does, after everybody who waits for more.
    pub fn admit_ask(&self, ask: Ask, since: DateTime<Utc>) -> Waiter {
        self.inner.gate.queue(ask.op().bucket(), Urgency::Repair, since)
    }

    /// A page of the users who have an admin role.
    ///
    /// # Errors
    /// If the token may not: that takes a super administrator. Or there is no answer.
    pub async fn admins(&self, cursor: Option<&Cursor>, permit: Permit) -> Result<Members, Fault> {
        let path = cursor.map_or_else(|| ADMINS.to_owned(), |cursor| format!("{ADMINS}?{}", cursor.query));
        let reply = self.asked(Ask::Admins, &path, permit).await?;
        let Assigned { value, links } = reply.json()?;
        let next = links.next.map(|next| link::cursor(&next.href, ADMINS)).transpose();
        members(value, next.map_err(|()| reply.unreadable())?, cursor, &reply)
    }

    /// A user's admin roles, those of its groups included.
    ///
    /// # Errors
    /// If the token may not: that takes a super administrator. Or there is no such user, or no answer.
    pub async fn roles_of(&self, id: &OktaId, permit: Permit) -> Result<Vec<Role>, Fault> {
        self.asked(Ask::Roles, &format!("/api/v1/users/{id}/roles"), permit).await?.json()
    }

    /// The ids of the groups with exactly this name: those of directories and apps may share one.
    ///
    /// # Errors
    /// If the token may not, or there is no answer.
    pub async fn groups_named(&self, name: &str, permit: Permit) -> Result<Vec<String>, Fault> {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let search = format!("profile.name eq \"{quoted}\"");
        let request = self.request(Method::GET, "/api/v1/groups").query(&[("search", search.as_str())]);
        let reply = self.send(Op::Groups, request, Sent::Nothing, permit).await?;
        let found: Vec<Somebody> = reply.json()?;
        Ok(found.into_iter().map(|group| group.id.0).filter(|id| is_id(id)).collect())
    }

    /// A page of the users in the group with this id.
    ///
    /// # Errors
    /// If there is no such group, the token may not, or there is no answer.
    pub async fn members(
        &self,
        group: &str,
        cursor: Option<&Cursor>,
        permit: Permit,
    ) -> Result<Members, Fault> {
        let own = format!("/api/v1/groups/{group}/users");
        let query = cursor.map_or("limit=200", |cursor| &cursor.query);
        let reply = self.asked(Ask::Groups, &format!("{own}?{query}"), permit).await?;
        let users = reply.json()?;
        let next = link::next(&reply.headers, &own).map_err(|()| reply.unreadable())?;
        members(users, next, cursor, &reply)
    }

    async fn asked(&self, ask: Ask, path: &str, permit: Permit) -> Result<Reply, Fault> {
        self.send(ask.op(), self.request(Method::GET, path), Sent::Nothing, permit).await
    }
}

fn members(
    users: Vec<Somebody>,
    next: Option<Cursor>,
    cursor: Option<&Cursor>,
    reply: &Reply,
) -> Result<Members, Fault> {
    if next.is_some() && next.as_ref() == cursor {
        // A list that leads to itself would never end.
        return Err(reply.unreadable());
    }
    let users = users.into_iter().map(|user| user.id).filter(|id| is_id(&id.0)).collect();
    Ok(Members { users, next })
}
