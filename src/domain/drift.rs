//! Whether an account is as it should be, where nothing is about to be done about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use chrono::{DateTime, Utc};

use super::access::{Access, Desired, Why};
use super::account::{Account, OktaId, Profile, Status};
use super::block::Block;
use super::decide::{Decision, Next, Rules};
use super::employee::Employee;
use super::guard::Effect;
use super::identity::View;
use super::plan::Step;

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whoever must have no access has a live account.
    LeaverActive,
    /// Whoever should have an account has none.
    NoAccount,
    /// Okta's list of all users does not have the linked account.
    Gone,
    /// The account's status is not the one that we left.
    Status,
    /// Attributes that HR owns differ.
    Changed,
    /// Attributes that Okta owns differ: that is as it may be.
    OwnedByOkta,
    /// An account looks like a person's and is not linked to them.
    Unlinked,
    /// An account has an HR id that HR does not know.
    Unknown,
}

impl Kind {
    /// All of them, what matters most first.
    pub const ALL: [Kind; 8] = [
        Kind::LeaverActive,
        Kind::NoAccount,
        Kind::Gone,
        Kind::Status,
        Kind::Changed,
        Kind::OwnedByOkta,
        Kind::Unlinked,
        Kind::Unknown,
    ];

    /// The stable word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::LeaverActive => "leaver_active",
            Kind::NoAccount => "no_account",
            Kind::Gone => "gone",
            Kind::Status => "status",
            Kind::Changed => "changed",
            Kind::OwnedByOkta => "owned_by_okta",
            Kind::Unlinked => "unlinked",
            Kind::Unknown => "unknown",
        }
    }

    /// The reverse; none for a word that is none of them.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is not as it should be. It holds names and ids, never a value of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// About whom, by HR's id.
    pub employee: Option<String>,
    /// The account.
    pub okta_id: Option<OktaId>,
    /// The attributes that differ.
    pub fields: Vec<String>,
    /// In words.
    pub reason: String,
    /// Whether a turn of the person would put it right.
    pub repairable: bool,
}

/// What is not as it should be about one person. `block`: what the person waits for, if that is an operator.
#[must_use]
pub fn compare(
    rules: &Rules,
    employee: &Employee,
    view: &View,
    block: Option<&Block>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let decision = rules.decide(employee, view, now);
    let desired = &decision.desired;
    let account = account(&decision, view);
    let found = |kind, fields, reason: String, repairable| Finding {
        kind,
        employee: Some(employee.id.clone()),
        okta_id: account.map(|account| account.id.clone()).or_else(|| employee.memory.link.clone()),
        fields,
        reason,
        repairable: repairable && block.is_none(),
    };
    let refused = match &decision.next {
        Next::Block(block) => Some(block),
        _ => block,
    };
    let mut findings = Vec::new();
    if desired.access.is_cut() {
        // That they keep access is an operator's word, and no drift.
        if matches!(refused, Some(Block::Rejected { effect: Effect::Cut | Effect::Revocation, .. })) {
            return findings;
        }
        if let Some((kind, status)) = account.and_then(|account| uncut(desired, account.status)) {
            let waits = refused.map(|block| format!("; held: {block}")).unwrap_or_default();
            let reason = format!("{}; the account is {status}{waits}", desired.why.text());
            findings.push(found(kind, Vec::new(), reason, refused.is_none()));
        }
        return findings;
    }
    if !desired.access.is_wanted() {
        return findings;
    }
    let Some(account) = account else {
        match (&decision.next, refused) {
            (_, Some(block)) => {
                findings.push(found(Kind::NoAccount, Vec::new(), block.to_string(), false));
            }
            (Next::Act(_), _) => findings.push(found(Kind::NoAccount, Vec::new(), desired.why.text(), true)),
            _ => {}
        }
        return findings;
    };
    if decision.adopt {
        findings.push(found(
            Kind::Unlinked,
            Vec::new(),
            "this person's, and not linked yet".into(),
            refused.is_none(),
        ));
        return findings;
    }
    if let Some((reason, repairable)) = status(desired, account, &decision.next) {
        findings.push(found(Kind::Status, Vec::new(), reason, repairable));
    }
    if let Next::Act(steps) = &decision.next
        && let Some(changes) = steps.iter().find_map(changes)
    {
        let fields = changes.keys().cloned().collect();
        findings.push(found(Kind::Changed, fields, "HR says otherwise".into(), true));
    }
    if account.status != Status::Deprovisioned {
        let first = rules.mapping.owned_by_okta(|name| employee.known(name));
        let fields = differing(&first, account);
        if !fields.is_empty() {
            let reason = "HR says otherwise; Okta owns it".to_owned();
            findings.push(found(Kind::OwnedByOkta, fields, reason, false));
        }
    }
    findings
}

/// The linked account, or the one that would be.
fn account<'a>(decision: &Decision, view: &'a View) -> Option<&'a Account> {
    let candidates = view.by_identity.iter().chain(&view.by_login).map(|candidate| &candidate.account);
    let known = || view.linked.iter().chain(candidates);
    match &decision.account {
        Some(id) => known().find(|account| account.id == *id),
        // A leaver's account that nobody dares to cut is a live one all the same.
        None => match &decision.next {
            Next::Block(Block::WhoseAccount { account: id }) => known().find(|account| account.id == *id),
            _ => None,
        },
    }
}

/// What a status means for somebody who is to be cut.
fn uncut(desired: &Desired, status: Status) -> Option<(Kind, Status)> {
    match (desired.access, status) {
        (_, Status::Deprovisioned) | (Access::Suspended, Status::Suspended) => None,
        // Tried again every day.
        (Access::Suspended, status) if desired.why == Why::OnLeave && status != Status::Active => None,
        // No access, and still not what it should be; or absent for a while only.
        (_, Status::Suspended) => Some((Kind::Status, status)),
        _ if desired.why == Why::OnLeave => Some((Kind::Status, status)),
        _ => Some((Kind::LeaverActive, status)),
    }
}

/// What somebody has done to the status of an account that is to be used, and whether we put it right.
fn status(desired: &Desired, account: &Account, next: &Next) -> Option<(String, bool)> {
    let first = match next {
        Next::Act(steps) => steps.first(),
        _ => None,
    };
    match (account.status, first) {
        (Status::Deprovisioned, Some(Step::Activate { .. }))
        | (Status::Staged, Some(Step::Activate { .. })) => {
            Some((format!("the account is {}, and should be active", account.status), true))
        }
        (Status::Suspended, Some(Step::Unsuspend)) => Some(("our suspension is over".into(), true)),
        (Status::Deprovisioned, _) => match next {
            Next::Block(block) => Some((block.to_string(), false)),
            _ => Some(("deactivated in Okta".into(), false)),
        },
        (Status::Suspended, _) => {
            Some(("suspended in Okta, not by us: end it there if that is right".into(), false))
        }
        (Status::Staged, _) => None,
        _ if desired.access == Access::Staged => {
            Some((format!("activated in Okta before its time: {}", desired.why.text()), false))
        }
        _ => None,
    }
}

fn changes(step: &Step) -> Option<&Profile> {
    match step {
        Step::Update { changes } => Some(changes),
        _ => None,
    }
}

fn differing(should: &Profile, account: &Account) -> Vec<String> {
    let differs = |name: &str, value: &serde_json::Value| match account.profile.get(name) {
        Some(stored) => stored != value,
        None => !value.is_null(),
    };
    should.iter().filter(|(name, value)| differs(name, value)).map(|(name, _)| name.clone()).collect()
}
