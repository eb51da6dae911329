//! The token: whose it is, when it would die of disuse, and from where it may be used.

use chrono::{DateTime, TimeDelta, Utc};

use super::findings::Findings;
use crate::domain::account::Status;
use crate::okta::{Client, Network, Owner, Token};

/// Okta API: API tokens that are not used for so long expire.
const DISUSE: TimeDelta = TimeDelta::days(30);

pub(super) async fn check(
    client: &Client,
    owner: &Owner,
    now: DateTime<Utc>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let (login, id, status) = (&owner.login, &owner.id, owner.status);
    let whose = format!("valid, of {login} ({id}, {status})");
    if matches!(status, Status::Suspended | Status::Deprovisioned) {
        findings.warn("token", format!("{whose}; it dies with its owner"))?;
    } else {
        findings.good("token", whose)?;
    }
    let token = client.token(&owner.id).await.ok().flatten();
    findings.good("token", disuse(token.as_ref(), now))?;
    if let Some(zones) = token.and_then(|token| token.network).as_ref().and_then(zones) {
        findings.good("token", zones)?;
    }
    Ok(())
}

/// When it would die, if nobody used it.
fn disuse(token: Option<&Token>, now: DateTime<Utc>) -> String {
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d");
    let lives = "a running daemon uses it every hour";
    let window = token.and_then(|token| token.token_window.as_deref()).and_then(days);
    let unused = window.and_then(|days| now.checked_add_signed(TimeDelta::try_days(days)?).zip(Some(days)));
    match (token.and_then(|token| token.expires_at), unused) {
        (Some(expires), Some((_, days))) => {
            format!("dies on {} unless it is used, which gives it {days} more days; {lives}", day(expires))
        }
        (Some(expires), None) => format!("dies on {} unless it is used; {lives}", day(expires)),
        (None, Some((dies, days))) => {
            format!("dies after {days} days without a call, {} if this is the last one; {lives}", day(dies))
        }
        (None, None) => format!(
            "Okta does not show when it expires; after 30 days without a call it dies, {} if this is the last one; \
             {lives}",
            day(now + DISUSE)
        ),
    }
}

/// The days of an ISO 8601 duration such as `P30D`; other units are not met with.
fn days(window: &str) -> Option<i64> {
    window.strip_prefix('P')?.strip_suffix('D')?.parse().ok()
}

fn zones(network: &Network) -> Option<String> {
    let list = |ids: &[String]| ids.join(", ");
    let only = match (network.include.as_slice(), network.exclude.as_slice()) {
        _ if network.connection != "ZONE" => return None,
        ([], not) => format!("outside the network zones {}", list(not)),
        (zones, []) => format!("inside the network zones {}", list(zones)),
        (zones, not) => format!("inside the network zones {} and outside {}", list(zones), list(not)),
    };
    Some(format!("may be used only {only}: elsewhere Okta answers as if it were invalid"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_an_unused_token_is_told_as_far_as_okta_tells() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let token = |body: serde_json::Value| serde_json::from_value::<Token>(body).unwrap();
        let both = token(json!({"tokenWindow": "P30D", "expiresAt": "2026-12-21T11:59:00.000Z"}));
        for (token, expected) in [
            (Some(&both), "dies on 2026-12-21 unless it is used, which gives it 30 more days"),
            (Some(&token(json!({"tokenWindow": "P7D"}))), "dies after 7 days without a call, 2026-11-28"),
            (Some(&token(json!({"tokenWindow": "P999999999999D"}))), "Okta does not show when it expires"),
            (
                Some(&token(json!({"tokenWindow": "P9223372036854775807D"}))),
                "Okta does not show when it expires",
            ),
            (Some(&token(json!({"tokenWindow": "P99999999D"}))), "Okta does not show when it expires"),
            (None, "Okta does not show when it expires; after 30 days without a call it dies, 2026-12-21"),
        ] {
            let said = disuse(token, now);
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn a_zone_is_told_and_anywhere_is_not() {
        let told = |body: serde_json::Value| zones(&serde_json::from_value(body).unwrap());
        assert_eq!(told(json!({"connection": "ANYWHERE", "include": [], "exclude": []})), None);
        let told = told(json!({"connection": "ZONE", "include": ["nzo1"], "exclude": []})).unwrap();
        assert!(told.starts_with("may be used only inside the network zones nzo1:"), "{told}");
    }
}
