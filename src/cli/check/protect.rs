//! Whom the guard protects: can the org be asked who they are?

use chrono::{DateTime, Utc};

use super::findings::Findings;
use crate::cli::style::count;
use crate::domain::protect::Protect;
use crate::engine::group_ids;
use crate::okta::{Ask, Client, Fault};

pub(super) async fn check(
    client: &Client,
    protect: &Protect,
    now: DateTime<Utc>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let listed = protect.employees.len() + protect.logins.len();
    let listed = format!("{} listed, and the owner of the token", count(i64::try_from(listed)?, "person"));
    findings.good("protection", listed)?;
    if protect.asks_for_roles() {
        match first_admins(client, now).await {
            Ok(()) => findings.good("protection", "who has an admin role can be read")?,
            Err(fault) => {
                let what = "who has an admin role cannot be read, and so is not protected by it: that takes a super \
                            administrator's token, or list these people in guard.protect_logins";
                findings.warn("protection", format!("{what}: {fault}"))?;
            }
        }
    }
    for group in &protect.groups {
        match members(client, group, now).await {
            Ok(true) => findings.good("protection", format!("group {group} can be read"))?,
            Ok(false) => {
                findings.bad("protection", format!("guard.protect_groups: there is no group {group}"))?;
            }
            Err(fault) => findings.bad("protection", format!("group {group} cannot be read: {fault}"))?,
        }
    }
    Ok(())
}

async fn first_admins(client: &Client, now: DateTime<Utc>) -> Result<(), Fault> {
    let Ok(permit) = client.admit_ask(Ask::Admins, now).await else { return Ok(()) };
    client.admins(None, permit).await.map(drop)
}

/// Whether there is such a group, whose members can be read.
async fn members(client: &Client, group: &str, now: DateTime<Utc>) -> Result<bool, Fault> {
    let Ok(permit) = client.admit_ask(Ask::Groups, now).await else { return Ok(true) };
    let ids = group_ids(client, group, permit).await?;
    for id in &ids {
        let Ok(permit) = client.admit_ask(Ask::Groups, now).await else { return Ok(true) };
        match client.members(id, None, permit).await {
            Err(fault) if fault.status == Some(404) && fault.code.is_some() => return Ok(false),
            done => done?,
        };
    }
    Ok(!ids.is_empty())
}
