//! Rules, people and accounts to decide about.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use okta_provisioner::domain::access::{
    AccessRules, BeforeStart, DeactivateAt, Leaver, OnLeave, OnRevoke, Policy, ProvisionOn, StatusRule,
};
use okta_provisioner::domain::account::{Account, OktaId, Profile, Status};
use okta_provisioner::domain::attribute::Limits;
use okta_provisioner::domain::decide::Rules;
use okta_provisioner::domain::employee::{Employee, Memory};
use okta_provisioner::domain::event::{Event, Kind, Stamp};
use okta_provisioner::domain::facts::Facts;
use okta_provisioner::domain::guard::Guard;
use okta_provisioner::domain::identity::{Foreign, Identity};
use okta_provisioner::domain::mapping::Mapping;
use okta_provisioner::domain::protect::Protect;
use okta_provisioner::domain::scope::Scope;
use okta_provisioner::domain::zone::Zones;
use serde_json::{Map, Value, json};

/// An instant of 2026 as `MM-DD`, `MM-DDTHH:MM` or `MM-DDTHH:MM:SS`, UTC.
pub fn at(text: &str) -> DateTime<Utc> {
    let full = match text.len() {
        5 => format!("2026-{text}T00:00:00Z"),
        11 => format!("2026-{text}:00Z"),
        _ => format!("2026-{text}Z"),
    };
    full.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The day on which the stories are told.
pub fn now() -> DateTime<Utc> {
    at("06-01T12:00")
}

/// The defaults of the design, with `title` as the one optional attribute.
pub fn rules() -> Rules {
    let rows = json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "title", "bob": "work.title"},
        {"okta": "employeeNumber", "bob": "root.id"},
        {"okta": "userType", "value": "staff", "on": "create"},
    ]);
    let rows: Vec<_> = serde_json::from_value(rows).expect("rows of a mapping");
    Rules {
        access: AccessRules {
            policy: Policy {
                provision_on: ProvisionOn::StartDate,
                days_before: 0,
                before_start: BeforeStart::Staged,
                status: StatusRule::HrStatus,
                deactivate_at: DeactivateAt::EndOfDay,
                leaver: Leaver::Deactivate,
                grace: TimeDelta::days(7),
                on_revoke: OnRevoke::Suspend,
                on_leave: OnLeave::Suspend,
                leave_statuses: vec!["parental leave".into()],
            },
            zones: Zones { default: Tz::UTC, by_site: [].into(), field: Some("work.zone".into()) },
            scope: Scope { email_domains: vec!["x.com".into()], condition: None },
        },
        mapping: Mapping::compile(&rows, &Limits::base()).expect("a sound mapping"),
        identity: Identity { attribute: "employeeNumber".into(), foreign: Foreign::Block },
        send_email: true,
        guard: Guard::default(),
        protect: Protect::default(),
    }
}

/// What HR says of somebody on a day.
pub fn event(employee: &str, said: &str, kind: Kind, fields: &Value) -> Event {
    let stamp = Stamp { at: at(said), id: format!("{said}-{kind:?}"), source: "hr".into() };
    let fields: Map<String, Value> = fields.as_object().expect("fields are an object").clone();
    Event { employee: employee.into(), kind, stamp, fields: fields.into_iter().collect(), read_wanted: false }
}

/// A hire with everything that is required, who starts on a day.
pub fn hire(email: &str, start: &str) -> Value {
    json!({
        "work.startDate": format!("2026-{start}"), "root.email": email, "root.firstName": "Ann",
        "root.surname": "Lee", "work.title": "Engineer",
    })
}

/// Leaves on a day.
pub fn last_day(date: &str) -> Value {
    json!({"employee.lastDayOfWork": format!("2026-{date}")})
}

/// Somebody of whom HR has said these things, each on its day.
pub fn person(id: &str, said: &[(&str, Kind, Value)]) -> Employee {
    let tracked = rules().tracked();
    let mut facts = Facts::default();
    for (day, kind, fields) in said {
        facts.merge(&event(id, day, *kind, fields), &tracked);
    }
    Employee::new(id, facts, Memory::default())
}

/// Employed since March under this email, which HR recorded on this day.
pub fn employed(id: &str, email: &str, said: &str) -> Employee {
    person(id, &[(said, Kind::Hired, hire(email, "03-01"))])
}

/// The same, gone since the end of the last of April.
pub fn leaver(id: &str, email: &str) -> Employee {
    let said = [("01-01", Kind::Hired, hire(email, "03-01")), ("04-01", Kind::Terminated, last_day("04-30"))];
    person(id, &said)
}

/// The same person, linked to this account.
pub fn linked(mut employee: Employee, account: &str) -> Employee {
    employee.memory.link = Some(OktaId(account.into()));
    employee
}

/// An account that looks like the profile of a hire with this login, seen just now.
pub fn account(id: &str, login: &str, status: Status) -> Account {
    let profile = json!({
        "login": login, "email": login, "firstName": "Ann", "lastName": "Lee", "title": "Engineer",
    });
    Account {
        id: OktaId(id.into()),
        login: login.into(),
        status,
        created: at("02-01"),
        status_changed: Some(at("02-01")),
        last_updated: at("02-01"),
        profile: profile_of(&profile),
        seen_at: now(),
    }
}

/// The same account with this HR id in it.
pub fn numbered(mut account: Account, employee: &str) -> Account {
    account.profile.insert("employeeNumber".into(), employee.into());
    account
}

/// A profile written as JSON.
pub fn profile_of(object: &Value) -> Profile {
    object.as_object().expect("a profile is an object").clone().into_iter().collect()
}
