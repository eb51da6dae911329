use chrono::{DateTime, Utc};

use serde_json::json;

use super::*;
use crate::domain::account::{Account, OktaId, Profile, Status};
use crate::domain::block::Block;
use crate::domain::event::Event;
use crate::domain::facts::{Facts, Tracked};
use crate::ledger::{Entry, PersonReport};

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn person() -> PersonReport {
    let at = |text: &str| Some(text.parse().unwrap());
    let tracked: Tracked = ["root.email", "work.title", "work.startDate"].map(str::to_owned).into();
    let mut facts = Facts::default();
    for body in [
        json!({"specversion": "1.0", "id": "e1", "source": "hr", "type": "hr.employee.hired", "subject": "1001",
            "time": "2026-11-20T09:00:00Z", "data": {"fields": {"work.startDate": "2026-11-24",
            "root.email": "canary@example.com", "work.title": null}}}),
        json!({"specversion": "1.0", "id": "e2", "source": "hr", "type": "hr.employee.access_revoked",
            "subject": "1001", "time": "2026-11-20T10:00:00Z"}),
    ] {
        facts.merge(&Event::decode(body.to_string().as_bytes(), now()).unwrap(), &tracked);
    }
    let account = Account {
        id: OktaId("00u1".into()),
        login: "mira@example.com".into(),
        status: Status::Active,
        created: now(),
        status_changed: at("2026-11-21T10:00:00Z"),
        last_updated: now(),
        profile: Profile::from([("title".to_owned(), json!("Canary Keeper"))]),
        seen_at: "2026-11-21T11:59:30Z".parse().unwrap(),
    };
    let since = ["@revoked", "root.email", "work.startDate"].map(|name| (name.to_owned(), now()));
    PersonReport {
        facts,
        since: since.into(),
        account: Some(account),
        access: Some("suspended".into()),
        why: Some("access revoked".into()),
        until: at("2026-11-24T00:00:00Z"),
        due_at: at("2026-11-21T13:00:00Z"),
        waiting: Some("block".into()),
        block: Some(Block::NoStartDate),
        attempts: 2,
        omitted: Some("city: longer than 128 characters (address.city)".into()),
        read_wanted: None,
        read_at: None,
    }
}

fn decision() -> Entry {
    Entry {
        seq: 1,
        at: now(),
        code: "user.suspended".into(),
        employee: Some("1001".into()),
        login: Some("mira@example.com".into()),
        reason: None,
        fields: vec![],
        okta_id: None,
        request_id: None,
        event: None,
        source: None,
        calls: 2,
        attempt: None,
        lag_ms: Some(120),
        observed: false,
        operator: None,
        hash: None,
    }
}

fn text(person: &PersonReport, values: bool) -> String {
    let text = text::render("1001", person, &[decision()], values, now());
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_person_is_on_one_page_without_values() {
    let expected = "\
employee   1001
account    mira@example.com  00u1
status     ACTIVE since 2026-11-21 10:00:00Z (2h ago), seen 2026-11-21 11:59:30Z (30s ago)
should be  suspended: access revoked
until      2026-11-24 00:00:00Z (in 2d)
next       is decided again 2026-11-21 13:00:00Z (in 1h)
waits for  new facts from HR, or an operator
because    no_start_date: HR has sent no start date
failed     2 attempts in a row
left out   city: longer than 128 characters (address.city)

What HR said
  @deleted        false                              said 2026-11-20 09:00:00Z  event e1
  @gone           false                              said 2026-11-20 09:00:00Z  event e1
  @revoked        true   since 2026-11-21 12:00:00Z  said 2026-11-20 10:00:00Z  event e2
  root.email      known  since 2026-11-21 12:00:00Z  said 2026-11-20 09:00:00Z  event e1
  work.startDate  known  since 2026-11-21 12:00:00Z  said 2026-11-20 09:00:00Z  event e1
  work.title      empty                              said 2026-11-20 09:00:00Z  event e1

Last decisions
  2026-11-21 12:00:00  user.suspended        120ms  2 calls  1001 mira@example.com
";
    assert_eq!(text(&person(), false), expected);
}

#[test]
fn values_show_only_when_asked_for() {
    let person = person();
    let json =
        |values| serde_json::to_string(&PersonPage::new("1001", &person, vec![decision()], values)).unwrap();
    for shown in [text(&person, true), json(true)] {
        assert!(shown.contains("canary@example.com") && shown.contains("Canary Keeper"), "{shown}");
    }
    for shown in [text(&person, false), json(false)] {
        assert!(!shown.to_lowercase().contains("canary") && !shown.contains("2026-11-24\""), "{shown}");
        assert!(shown.contains("mira@example.com") && shown.contains("root.email"), "{shown}");
    }
}

#[test]
fn somebody_of_whom_nothing_is_decided_yet_has_a_page_too() {
    let nobody = PersonReport {
        facts: Facts::default(),
        since: [].into(),
        account: None,
        access: None,
        why: None,
        until: None,
        due_at: None,
        waiting: None,
        block: None,
        attempts: 0,
        omitted: None,
        read_wanted: None,
        read_at: None,
    };
    let shown = text(&nobody, true);
    assert!(
        shown.contains("account    none linked\nshould be  not decided yet\nnext       nothing"),
        "{shown}"
    );
    assert!(shown.contains("nothing that is kept"), "{shown}");
}
