//! What is being done when it goes wrong, how it begins and how it must end.

use okta_provisioner::domain::decide::Rules;
use serde_json::{Value, json};

use super::company::{ANN, Company};
use crate::stories::{person, profile, rules, with};
use crate::support::world::event;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Rename,
    Activate,
    Rehire,
    Suspend,
    ClearSessions,
    Unsuspend,
    Deactivate,
}

use Operation::{Activate, ClearSessions, Create, Deactivate, Rehire, Rename, Suspend, Unsuspend, Update};

impl Operation {
    pub const ALL: [Self; 9] =
        [Create, Update, Rename, Activate, Rehire, Suspend, ClearSessions, Unsuspend, Deactivate];

    pub fn rules(self) -> Rules {
        // Without the mail of a create, the activation is a call of its own.
        Rules { send_email: self != Activate, ..rules(&json!({})) }
    }

    /// What comes before; nothing of it goes wrong.
    pub async fn prepare(self, company: &Company) {
        if matches!(self, Create | Activate) {
            return;
        }
        company.say(&hired()).await;
        let id = company.id();
        company.pass(5).await;
        company.sandbox.set_status(&id, "ACTIVE");
        match self {
            // An answer that shows the status: no look is needed before a suspension.
            Suspend | ClearSessions | Unsuspend => {
                company.say(&event("changed", ANN, "2026-12-01", &json!({"work.title": "Baker"}))).await;
            }
            Rehire => company.say(&event("deleted", ANN, "2026-12-01", &json!({}))).await,
            _ => {}
        }
        if self == Unsuspend {
            company.say(&event("access_revoked", ANN, "2026-12-01", &json!({}))).await;
        }
        assert_eq!(company.rest().await, Ok(()), "{self:?}");
    }

    /// What HR then says.
    pub fn said(self) -> Value {
        match self {
            Create | Activate => hired(),
            Update => event("changed", ANN, "2026-12-01T00:01", &json!({"work.title": "Chef"})),
            Rename => {
                event("changed", ANN, "2026-12-01T00:01", &json!({"root.email": "ann.lee@example.com"}))
            }
            Rehire => {
                let fields = json!({"work.startDate": "2026-12-01", "work.title": "Chef"});
                event("rehired", ANN, "2026-12-01T00:01", &fields)
            }
            Suspend | ClearSessions => event("access_revoked", ANN, "2026-12-01T00:01", &json!({})),
            Unsuspend => event("access_restored", ANN, "2026-12-01T00:01", &json!({})),
            Deactivate => event("deleted", ANN, "2026-12-01T00:01", &json!({})),
        }
    }

    /// Method and beginning of the path of the call that goes wrong.
    pub fn call(self, company: &Company) -> (&'static str, String) {
        let of = |tail: &str| format!("/api/v1/users/{}{tail}", company.id());
        match self {
            Create => ("POST", "/api/v1/users?activate=true".into()),
            // There is no id yet, and nobody else who is activated.
            Activate => ("POST", "/api/v1/users/00u".into()),
            Update | Rename => ("POST", of("")),
            Rehire => ("POST", of("/lifecycle/activate")),
            Suspend => ("POST", of("/lifecycle/suspend")),
            ClearSessions => ("DELETE", of("/sessions")),
            Unsuspend => ("POST", of("/lifecycle/unsuspend")),
            Deactivate => ("POST", of("/lifecycle/deactivate")),
        }
    }

    /// How many calls it is when nothing goes wrong.
    pub fn calls(self) -> usize {
        match self {
            Create | Update | Rename | Unsuspend | Deactivate => 1,
            // Create and activate; activate and update; suspend and clear.
            Activate | Rehire | Suspend | ClearSessions => 2,
        }
    }

    /// Whether a look at the account shows that it was done.
    pub fn shows(self) -> bool {
        self != ClearSessions
    }

    /// Whether it is not begun without having seen the status within a minute.
    pub fn wants_fresh_status(self) -> bool {
        matches!(self, Suspend | ClearSessions)
    }

    /// The status and the profile that the account must end with.
    pub fn end(self) -> (&'static str, Value) {
        let hired = profile("Ann", ANN);
        let status = match self {
            Create | Activate | Rehire => "PROVISIONED",
            Update | Rename | Unsuspend => "ACTIVE",
            Suspend | ClearSessions => "SUSPENDED",
            Deactivate => "DEPROVISIONED",
        };
        let profile = match self {
            Create | Activate | Deactivate => hired,
            Update | Rehire => with(&hired, &json!({"title": "Chef"})),
            Suspend | ClearSessions | Unsuspend => with(&hired, &json!({"title": "Baker"})),
            Rename => with(&hired, &json!({"login": "ann.lee@example.com", "email": "ann.lee@example.com"})),
        };
        (status, profile)
    }

    /// The decision that must be on record, once.
    pub fn decided(self) -> &'static str {
        match self {
            Create => "user.created",
            Update => "user.updated",
            Rename => "user.renamed",
            Activate => "user.activated",
            Rehire => "user.reactivated",
            Suspend => "user.suspended",
            ClearSessions => "user.sessions_cleared",
            Unsuspend => "user.unsuspended",
            Deactivate => "user.deactivated",
        }
    }

    /// What undoes a cut, and the status that it leads to: only a cut that is known to be ours is undone.
    pub fn undone(self) -> Option<(Value, &'static str)> {
        match self {
            Suspend | ClearSessions => {
                Some((event("access_restored", ANN, "2026-12-01T00:02", &json!({})), "ACTIVE"))
            }
            Deactivate => {
                let fields = json!({"work.startDate": "2026-12-01"});
                Some((event("rehired", ANN, "2026-12-01T00:02", &fields), "PROVISIONED"))
            }
            _ => None,
        }
    }
}

fn hired() -> Value {
    event("hired", ANN, "2026-11-20", &person("Ann", "2026-12-01"))
}
