//! On whose word a step is made: the fact that decided, and so the event that told it.

use super::access::Why;
use super::account::{Account, Status};
use super::event::Stamp;
use super::facts::Facts;
use super::field;
use super::mapping::Mapping;
use super::plan::Step;

/// What can give access back: whatever was said last.
const RETURNS: [&str; 9] = [
    field::START,
    field::LAST_DAY,
    field::TERMINATION,
    field::LIFECYCLE,
    field::ACTIVITY,
    field::DELETED,
    field::GONE,
    field::REVOKED,
    field::REHIRED,
];

/// The stamp of the fact that this step follows from, made because of this rule on this account. None where no fact
/// does, such as for an attribute with a constant.
#[must_use]
pub fn cause<'f>(
    step: &Step,
    why: &Why,
    account: Option<&Account>,
    facts: &'f Facts,
    mapping: &Mapping,
) -> Option<&'f Stamp> {
    let said = |name: &str| facts.get(name).map(|fact| &*fact.stamp);
    let is_back = account.is_some_and(|account| account.status == Status::Deprovisioned);
    match step {
        Step::Create { .. } => said(field::START),
        Step::Activate { .. } if !is_back => said(field::START),
        Step::Activate { .. } | Step::Unsuspend => RETURNS.into_iter().filter_map(said).max(),
        Step::Update { changes } => {
            changes.keys().flat_map(|attribute| mapping.reads(attribute)).filter_map(said).max()
        }
        Step::Suspend | Step::ClearSessions | Step::Deactivate => cut(why, facts),
    }
}

/// The stamp of the fact that says that access is to be cut.
#[must_use]
pub fn cut<'f>(why: &Why, facts: &'f Facts) -> Option<&'f Stamp> {
    facts.get(why.cut_by()?).map(|fact| &*fact.stamp)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::account::{OktaId, Profile};
    use crate::domain::attribute::Limits;
    use crate::domain::event::{Event, Kind};
    use crate::domain::facts::Tracked;

    fn at(day: &str) -> DateTime<Utc> {
        format!("2026-{day}T00:00:00Z").parse().unwrap()
    }

    fn mapping() -> Mapping {
        let rows = json!([
            {"okta": "login", "bob": "root.email"}, {"okta": "email", "bob": "root.email"},
            {"okta": "firstName", "bob": "root.firstName"}, {"okta": "lastName", "bob": "root.surname"},
            {"okta": "displayName", "template": "{{ root.firstName }} {{ root.surname }}"},
            {"okta": "userType", "value": "staff"},
        ]);
        let rows: Vec<_> = serde_json::from_value(rows).unwrap();
        Mapping::compile(&rows, &Limits::base()).unwrap()
    }

    /// What HR said, each on its day, which is the id of the event.
    fn facts(said: &[(&str, Kind, Value)]) -> Facts {
        let tracked: Tracked =
            mapping().fields().into_iter().chain(field::ACCESS.map(str::to_owned)).collect();
        let mut facts = Facts::default();
        for (day, kind, fields) in said {
            let stamp = Stamp { at: at(day), id: (*day).to_owned(), source: "hr".into() };
            let fields = fields.as_object().unwrap().clone().into_iter().collect();
            facts.merge(
                &Event { employee: "1".into(), kind: *kind, stamp, fields, read_wanted: false },
                &tracked,
            );
        }
        facts
    }

    fn account(status: Status) -> Account {
        Account {
            id: OktaId("00u1".into()),
            login: "ann@x.com".into(),
            status,
            created: at("01-01"),
            status_changed: None,
            last_updated: at("01-01"),
            profile: Profile::new(),
            seen_at: at("01-01"),
        }
    }

    #[test]
    fn each_step_follows_the_event_that_decided() {
        let facts = facts(&[
            (
                "01-01",
                Kind::Hired,
                json!({"work.startDate": "2026-03-01", "root.firstName": "Ann", "root.surname": "Lee",
                "root.email": "ann@x.com", "internal.lifecycleStatus": "employed"}),
            ),
            ("01-02", Kind::Changed, json!({"root.surname": "King"})),
            ("01-03", Kind::Terminated, json!({"employee.lastDayOfWork": "2026-04-01"})),
            ("01-04", Kind::Changed, json!({"internal.lifecycleStatus": "parental leave"})),
            ("01-05", Kind::AccessRevoked, json!({})),
            ("01-06", Kind::Deleted, json!({})),
            ("01-07", Kind::Changed, json!({"root.firstName": "Anna"})),
        ]);
        let update = |names: &[&str]| Step::Update {
            changes: names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect(),
        };
        let (active, cut) = (account(Status::Active), account(Status::Deprovisioned));
        let staged = account(Status::Staged);
        let activate = Step::Activate { send_email: true };
        let create = Step::Create { profile: Profile::new(), activate: true };
        for (step, why, account, event) in [
            (create, Why::Employed, None, Some("01-01")),
            (activate.clone(), Why::Employed, Some(&staged), Some("01-01")),
            (activate, Why::Employed, Some(&cut), Some("01-06")),
            (Step::Unsuspend, Why::Employed, Some(&active), Some("01-06")),
            (update(&["lastName"]), Why::Employed, Some(&active), Some("01-02")),
            (update(&["lastName", "login"]), Why::Employed, Some(&active), Some("01-02")),
            (update(&["displayName"]), Why::Employed, Some(&active), Some("01-07")),
            (update(&["userType"]), Why::Employed, Some(&active), None),
            (Step::Deactivate, Why::Left(field::LAST_DAY, at("04-02")), Some(&active), Some("01-03")),
            (Step::Deactivate, Why::Deleted(at("01-06")), Some(&active), Some("01-06")),
            (Step::Deactivate, Why::LeftByStatus(at("01-04")), Some(&active), Some("01-04")),
            (Step::Suspend, Why::Revoked(at("01-05")), Some(&active), Some("01-05")),
            (Step::ClearSessions, Why::OnLeave, Some(&active), Some("01-04")),
            (Step::Deactivate, Why::Employed, Some(&active), None),
        ] {
            let found = cause(&step, &why, account, &facts, &mapping()).map(|stamp| stamp.id.as_str());
            assert_eq!(found, event, "{} because {}", step.name(), why.text());
        }
    }
}
