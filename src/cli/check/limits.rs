//! Rate limits: what the org's answers show, and how much of it is used.

use super::findings::Findings;

/// Calls a minute by bucket, where an answer showed them.
pub(super) struct Shown {
    pub users: Option<u32>,
    pub get: Option<u32>,
    pub other: Option<u32>,
}

/// Half of what Okta documents for the users bucket: of its large orgs, and of its free ones (Okta API: rate
/// limits; a token gets half of each by default).
const HALVES: [u32; 2] = [300, 50];

pub(super) fn check(shown: &Shown, share: f64, findings: &mut Findings) -> anyhow::Result<()> {
    let buckets = [
        ("list, create, activate, suspend, deactivate, end sessions", shown.users),
        ("get a user", shown.get),
        ("all else", shown.other),
    ];
    for (calls, limit) in buckets {
        match limit {
            Some(limit) => {
                let used = (f64::from(limit) * share).floor().max(1.0);
                let text = format!("{calls}: {limit} a minute, of which rate_share {share} is {used}");
                findings.good("limits", text)?;
            }
            None => findings.warn("limits", format!("{calls}: no answer shows the limit"))?,
        }
    }
    findings.good("limits", "update a user: only an update shows the limit; usually that of create")?;
    if shown.users.is_some_and(|limit| HALVES.contains(&limit)) {
        let what = "an admin can raise it in Okta's console (Security, API, Tokens)";
        findings
            .warn("limits", format!("this looks like a token that gets half of the org's limits; {what}"))?;
    }
    Ok(())
}
