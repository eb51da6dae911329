//! Reading whom the org trusts: the token's owner, those with an admin role, the members of groups.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::OktaId;
use crate::domain::protect::{SUPER_ADMIN, Trusted};
use crate::engine::Engine;
use crate::ledger::key;
use crate::okta::{Ask, Client, Fault, Members, Permit, Role, Spent, Verdict};
use crate::retry;

/// How often it is read.
const DAILY: TimeDelta = TimeDelta::days(1);
/// How long the start waits for it: an org that is down must not keep the daemon from taking messages.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads it daily, and whenever it is wanted, for ever.
pub(in crate::engine) async fn run(engine: Arc<Engine>) {
    let mut told = false;
    loop {
        let now = engine.clock.now();
        let (read, failures) = {
            let state = engine.protect.state();
            (state.trusted.read, state.failures)
        };
        let due = match failures {
            // Of a clock that was set back nobody knows how long ago it was.
            0 => read.filter(|at| *at <= now).map_or(now, |at| at + DAILY),
            _ => now + TimeDelta::from_std(retry::delay(failures, &retry::CALLS)).unwrap_or(DAILY),
        };
        tokio::select! {
            () = engine.clock.sleep_past(due) => {}
            () = engine.protect.wanted.notified() => {}
        }
        engine.running().await;
        told = !engine.read_trusted(!told).await;
    }
}

impl Engine {
    /// Reads it before anything else is done, where Okta answers.
    pub(in crate::engine) async fn trusted_at_start(&self) {
        self.protect.state().asked = Some(self.clock.now());
        // What fails here is tried again soon by the loop, which says so.
        if tokio::time::timeout(PATIENCE, self.read_trusted(false)).await.is_err() {
            self.protect.state().failures = 1;
        }
    }

    /// Whether it could be read, as far as the token may. `tell`: where not, why.
    async fn read_trusted(&self, tell: bool) -> bool {
        let now = self.clock.now();
        let mut known = self.protect.state().trusted.clone();
        known.unread.clear();
        known.asked = self.ledger.rules().protect.asks();
        if let Err(fault) = self.ask_all(&mut known, now).await {
            self.protect.state().failures += 1;
            if tell {
                tracing::warn!(
                    code = "protect.failed",
                    reason = %fault,
                    "whom the org trusts could not be read: those who were known stay protected; tried again"
                );
            }
            return false;
        }
        self.answered();
        known.read = Some(now);
        let supers = known.roles.get(SUPER_ADMIN).cloned().unwrap_or_default();
        known.super_admins = self.write("the mirror", || self.ledger.usable(supers.clone())).await;
        for what in &known.unread {
            tracing::warn!(
                code = "protect.unread",
                reason = what,
                "not everybody whom the org trusts is known: who is listed by id or login is protected all the same"
            );
        }
        let changed = {
            let mut state = self.protect.state();
            // Somebody may have been let go while it was being read.
            let gone = std::mem::take(&mut state.gone);
            known.super_admins.retain(|id| !gone.contains(id));
            state.failures = 0;
            let before = std::mem::replace(&mut state.trusted, known.clone());
            Trusted { read: None, ..before } != Trusted { read: None, ..known.clone() }
        };
        let text = serde_json::to_string(&known).unwrap_or_default();
        self.write("whom the org trusts", || self.ledger.set_meta(key::PROTECTED, Some(text.clone()))).await;
        if changed {
            self.write("who is protected", || self.ledger.retry_protected(now)).await;
            self.wake();
        }
        true
    }

    /// Leaves word of when the token expires, where Okta tells.
    async fn learn_token(&self, owner: &OktaId) {
        let expires = match self.okta.token(owner).await {
            Ok(token) => token.and_then(|token| token.expires_at),
            Err(fault) if is_refused(&fault) => None,
            Err(_) => return,
        };
        let text = expires.map(|at| at.to_rfc3339());
        self.write("the token's age", || self.ledger.set_meta(key::TOKEN, text.clone())).await;
    }

    /// Asks for each part. A part that the token may not read, or that is not there, stays as it was.
    async fn ask_all(&self, known: &mut Trusted, since: DateTime<Utc>) -> Result<(), Fault> {
        let rules = self.ledger.rules();
        let protect = &rules.protect;
        let owner = self.okta.me().await?.id;
        self.learn_token(&owner).await;
        known.owner = Some(owner);
        if protect.asks_for_roles() {
            match self.ask_roles(known, since).await {
                Err(fault) if is_refused(&fault) => known.unread.push(format!("admin roles: {fault}")),
                done => done?,
            }
        } else {
            known.roles.clear();
        }
        known.groups.retain(|group, _| protect.groups.contains(group));
        for group in &protect.groups {
            match self.ask_group(group, since).await {
                Ok(Some(members)) => drop(known.groups.insert(group.clone(), members)),
                Ok(None) => known.unread.push(format!("group {group}: there is no such group")),
                Err(fault) if is_refused(&fault) => known.unread.push(format!("group {group}: {fault}")),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    async fn ask_roles(&self, known: &mut Trusted, since: DateTime<Utc>) -> Result<(), Fault> {
        let mut cursor = None;
        let mut admins = BTreeSet::new();
        loop {
            let permit = self.admitted(Ask::Admins, since).await;
            let Members { users, next } = self.okta.admins(cursor.as_ref(), permit).await?;
            admins.extend(users);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        let mut found = Vec::new();
        for id in admins {
            let permit = self.admitted(Ask::Roles, since).await;
            match self.okta.roles_of(&id, permit).await {
                Ok(roles) => found.push((id, roles)),
                // Deleted since.
                Err(fault) if fault.status == Some(404) => {}
                Err(fault) => return Err(fault),
            }
        }
        known.roles.clear();
        for (id, roles) in found {
            for Role { kind, .. } in roles.into_iter().filter(Role::is_in_force) {
                known.roles.entry(kind).or_default().insert(id.clone());
            }
        }
        Ok(())
    }

    /// Who is in a group, by its name or id; none if there is no such group.
    async fn ask_group(&self, group: &str, since: DateTime<Utc>) -> Result<Option<BTreeSet<OktaId>>, Fault> {
        let permit = self.admitted(Ask::Groups, since).await;
        let ids = group_ids(&self.okta, group, permit).await?;
        let mut members = BTreeSet::new();
        for id in &ids {
            let mut cursor = None;
            loop {
                let permit = self.admitted(Ask::Groups, since).await;
                let page = match self.okta.members(id, cursor.as_ref(), permit).await {
                    Err(fault) if fault.status == Some(404) && fault.code.is_some() => return Ok(None),
                    page => page?,
                };
                members.extend(page.users);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok((!ids.is_empty()).then_some(members))
    }

    /// Waits for a permit, however long the budget says.
    async fn admitted(&self, ask: Ask, since: DateTime<Utc>) -> Permit {
        loop {
            match self.permit(self.okta.admit_ask(ask, since)).await {
                Ok(permit) => return permit,
                Err(Spent { until }) => self.clock.sleep_until(until).await,
            }
        }
    }
}

/// Whether asking again is of no use before somebody changes the org.
fn is_refused(fault: &Fault) -> bool {
    fault.verdict == Verdict::Block || matches!(fault.status, Some(403 | 404))
}

/// The ids of the groups that a setting names, by name or id; that of one that may not be there.
///
/// # Errors
///
/// The token may not look for groups, or there is no answer.
pub async fn group_ids(okta: &Client, group: &str, permit: Permit) -> Result<Vec<String>, Fault> {
    if is_id(group) { Ok(vec![group.to_owned()]) } else { okta.groups_named(group, permit).await }
}

/// Okta's ids of groups; a name of that form is nobody's.
fn is_id(group: &str) -> bool {
    group.len() >= 15 && group.starts_with("00g") && group.bytes().all(|b| b.is_ascii_alphanumeric())
}
