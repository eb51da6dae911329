mod reads;

use chrono::TimeZone;
use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::event::{Event, Kind, Stamp};
use crate::domain::facts::Tracked;

fn rules() -> AccessRules {
    AccessRules {
        policy: Policy {
            provision_on: ProvisionOn::StartDate,
            days_before: 0,
            before_start: BeforeStart::Staged,
            status: StatusRule::HrStatus,
            deactivate_at: DeactivateAt::EndOfDay,
            leaver: Leaver::Deactivate,
            grace: TimeDelta::days(7),
            on_revoke: OnRevoke::Suspend,
            on_leave: OnLeave::Keep,
            leave_statuses: vec!["Parental leave".into()],
        },
        zones: Zones {
            default: Tz::UTC,
            by_site: [("Auckland".to_owned(), Tz::Pacific__Auckland)].into(),
            field: Some("work.zone".into()),
        },
        scope: Scope::default(),
    }
}

/// Midnight UTC of a day of 2026, as `MM-DD` or `MM-DDTHH:MM`.
fn at(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 5 { format!("{text}T00:00") } else { text.to_owned() };
    DateTime::parse_from_rfc3339(&format!("2026-{text}:00Z")).unwrap().to_utc()
}

fn tracked() -> Tracked {
    field::ACCESS.into_iter().chain(["root.email", "work.zone"]).map(str::to_owned).collect()
}

fn merge(facts: &mut Facts, said: &str, kind: Kind, fields: Value) {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    let stamp = Stamp { at: at(said), id: said.into(), source: "hr".into() };
    let fields = fields.into_iter().collect();
    facts.merge(&Event { employee: "1".into(), kind, stamp, fields, read_wanted: false }, &tracked());
}

/// Facts from events, each said on a day.
fn facts(said: &[(&str, Kind, Value)]) -> Facts {
    let mut facts = Facts::default();
    for (day, kind, fields) in said {
        merge(&mut facts, day, *kind, fields.clone());
    }
    facts
}

fn start(date: &str) -> Value {
    json!({"work.startDate": format!("2026-{date}")})
}

fn ends(date: &str) -> Value {
    json!({"internal.terminationDate": format!("2026-{date}")})
}

#[track_caller]
fn check(rules: &AccessRules, facts: &Facts, now: &str, access: Access, until: Option<&str>) {
    let desired = rules.desired(facts, None, at(now));
    assert_eq!((desired.access, desired.until), (access, until.map(at)), "at {now}: {:?}", desired.why);
}

use Access::{Absent, Active, Deactivated, Staged, Suspended, Unmanaged};
use Kind::{
    AccessRestored, AccessRevoked, Changed, Deleted, Gone, Hired, Read, Rehired, Snapshot, Terminated,
};

#[test]
fn a_joiner_is_provisioned_on_the_start_date() {
    let facts = facts(&[("01-01", Hired, start("03-01"))]);
    let mut rules = rules();
    check(&rules, &facts, "02-28", Absent, Some("03-01"));
    check(&rules, &facts, "03-01", Active, None);
    rules.policy.days_before = 7;
    check(&rules, &facts, "02-01", Absent, Some("02-22"));
    check(&rules, &facts, "02-22", Staged, Some("03-01"));
    rules.policy.before_start = BeforeStart::Active;
    check(&rules, &facts, "02-21", Absent, Some("02-22"));
    assert_eq!(rules.desired(&facts, None, at("02-22")).access, Active);
    rules.policy.provision_on = ProvisionOn::Creation;
    rules.policy.before_start = BeforeStart::Staged;
    check(&rules, &facts, "01-01", Staged, Some("03-01"));
    rules.policy.status = StatusRule::AlwaysActive;
    check(&rules, &facts, "01-01", Active, Some("03-01").filter(|_| false));
    rules.policy.status = StatusRule::AlwaysInactive;
    assert_eq!(rules.desired(&facts, None, at("04-01")).access, Staged);
}

#[test]
fn days_begin_and_end_where_the_person_works() {
    let site = |site: &str| json!({"work.startDate": "2026-03-01", "internal.terminationDate": "2026-09-30", "work.site": site});
    let rules = rules();
    // Auckland is 13 hours ahead in March and in the last days of September.
    let auckland = facts(&[("01-01", Hired, site("Auckland"))]);
    check(&rules, &auckland, "02-01", Absent, Some("02-28T11:00"));
    check(&rules, &auckland, "02-28T11:00", Active, Some("09-30T11:00"));
    check(&rules, &auckland, "09-30T11:00", Deactivated, None);
    let elsewhere = facts(&[
        ("01-01", Hired, site("Leeds")),
        ("01-01T01:00", Changed, json!({"work.zone": "Pacific/Honolulu"})),
    ]);
    check(&rules, &elsewhere, "03-01", Absent, Some("03-01T10:00"));
}

#[test]
fn an_unknown_zone_blocks_a_joiner_and_never_a_cut() {
    let odd = json!({"work.startDate": "2026-03-01", "work.zone": "Mars/Olympus"});
    let mut facts = facts(&[("01-01", Hired, odd)]);
    let rules = rules();
    let desired = rules.desired(&facts, None, at("04-01"));
    assert_eq!(desired.access, Absent);
    assert_eq!(desired.why, Why::Blocked(Block::UnknownZone { field: "work.zone".into() }));
    merge(&mut facts, "04-01", Terminated, ends("04-10"));
    assert_eq!(rules.desired(&facts, None, at("04-02")).until, Some(at("04-11")));
    check(&rules, &facts, "04-11", Deactivated, None);
}

#[test]
fn the_sooner_of_the_two_leave_dates_counts() {
    let both = json!({"internal.terminationDate": "2026-06-30", "employee.lastDayOfWork": "2026-06-10"});
    let facts = facts(&[("01-01", Hired, start("03-01")), ("05-01", Terminated, both)]);
    let mut rules = rules();
    check(&rules, &facts, "06-10", Active, Some("06-11"));
    check(&rules, &facts, "06-11", Deactivated, None);
    rules.policy.deactivate_at = DeactivateAt::StartOfDay;
    check(&rules, &facts, "06-10", Deactivated, None);
    rules.policy.deactivate_at = DeactivateAt::try_from("18:00".to_owned()).unwrap();
    check(&rules, &facts, "06-10", Active, Some("06-10T18:00"));
    assert!(DeactivateAt::try_from("noon".to_owned()).is_err());
}

#[test]
fn leave_dates_are_judged_against_the_start_date() {
    let rules = rules();
    let hired = ("01-01", Hired, start("03-01"));
    let rehired = |said| (said, Rehired, start("09-01"));
    // No start date known: a leave date still counts.
    check(&rules, &facts(&[("05-01", Terminated, ends("05-31"))]), "06-01", Deactivated, None);
    // Terminated, then rehired: the date ended an earlier employment, out until the new one.
    let gap = facts(&[hired.clone(), ("05-01", Terminated, ends("05-31")), rehired("05-15")]);
    check(&rules, &gap, "05-20", Absent, Some("06-01"));
    check(&rules, &gap, "06-01", Deactivated, Some("09-01"));
    check(&rules, &gap, "09-01", Active, None);
    // A rehire voids a leave date that it is newer than.
    let void =
        facts(&[("01-01", Hired, start("03-01")), ("05-01", Terminated, ends("10-31")), rehired("05-15")]);
    check(&rules, &void, "11-05", Active, None);
    // ... and not one that HR says afterwards.
    let again = facts(&[hired.clone(), rehired("05-15"), ("09-15", Terminated, ends("10-31"))]);
    check(&rules, &again, "11-05", Deactivated, None);
    // A no-show: HR said that the employment ends before it begins.
    let no_show = facts(&[hired.clone(), ("02-01", Terminated, ends("02-15"))]);
    check(&rules, &no_show, "02-02", Absent, Some("02-16"));
    check(&rules, &no_show, "02-16", Deactivated, None);
    check(&rules, &no_show, "03-02", Deactivated, None);
    // Who works until then under an earlier employment is not cut before.
    let moved = facts(&[
        ("01-01", Hired, start("01-01")),
        ("02-01", Terminated, ends("02-10")),
        ("02-02", Rehired, start("04-01")),
        ("02-03", Changed, ends("02-20")),
    ]);
    check(&rules, &moved, "02-15", Absent, Some("02-21"));
    check(&rules, &moved, "02-21", Deactivated, None);
    // The same in one message: the status tells a no-show from an earlier employment.
    let both = json!({"work.startDate": "2026-03-01", "internal.terminationDate": "2026-02-15"});
    let one = facts(&[("01-01", Snapshot, both.clone())]);
    check(&rules, &one, "03-02", Active, None);
    let mut both = both;
    both["internal.lifecycleStatus"] = json!("Terminated");
    check(&rules, &facts(&[("01-01", Snapshot, both)]), "03-02", Deactivated, None);
    // A cancelled termination.
    let cancelled =
        facts(&[hired, ("05-01", Terminated, ends("05-31")), ("05-10", Changed, json!({"internal": null}))]);
    check(&rules, &cancelled, "07-01", Active, None);
}

#[test]
fn without_a_leave_date_the_status_decides() {
    let rules = rules();
    let hired = ("01-01", Hired, start("03-01"));
    let status = |said, status: &str| (said, Changed, json!({"internal.lifecycleStatus": status}));
    check(&rules, &facts(&[hired.clone(), status("05-01", "Terminated")]), "05-02", Deactivated, None);
    check(&rules, &facts(&[hired.clone(), status("05-01", "garden leave")]), "05-02", Deactivated, None);
    check(&rules, &facts(&[hired.clone(), status("05-01", "employed")]), "05-02", Active, None);
    // Older than the start date: it is about an earlier employment.
    check(
        &rules,
        &facts(&[status("01-01", "terminated"), ("01-02", Hired, start("03-01"))]),
        "05-02",
        Active,
        None,
    );
    // A date decides where there is one.
    let dated = facts(&[hired, status("05-01", "terminated"), ("05-01T01:00", Terminated, ends("05-31"))]);
    check(&rules, &dated, "05-02", Active, Some("06-01"));
}

#[test]
fn deletion_and_revocation_come_and_go() {
    let mut rules = rules();
    let hired = ("01-01", Hired, start("03-01"));
    let gone = facts(&[hired.clone(), ("05-01", Deleted, json!({}))]);
    check(&rules, &gone, "05-02", Deactivated, None);
    check(
        &rules,
        &facts(&[hired.clone(), ("05-01", Deleted, json!({})), ("05-02", Snapshot, start("03-01"))]),
        "05-03",
        Active,
        None,
    );
    let revoked = [hired.clone(), ("05-01", AccessRevoked, json!({}))];
    check(&rules, &facts(&revoked), "05-02", Suspended, None);
    check(
        &rules,
        &facts(&[&revoked[..], &[("05-03", AccessRestored, json!({}))]].concat()),
        "05-04",
        Active,
        None,
    );
    check(
        &rules,
        &facts(&[&revoked[..], &[("05-03", Snapshot, start("03-01"))]].concat()),
        "05-04",
        Suspended,
        None,
    );
    // A start date that HR said before the revocation does not end it; one said after it does, when it comes.
    check(
        &rules,
        &facts(&[&revoked[..], &[("05-03", Changed, start("06-01"))]].concat()),
        "05-04",
        Suspended,
        Some("06-01"),
    );
    check(
        &rules,
        &facts(&[&revoked[..], &[("05-03", Rehired, start("05-04"))]].concat()),
        "05-04",
        Active,
        None,
    );
    rules.policy.on_revoke = OnRevoke::Deactivate;
    check(&rules, &facts(&revoked), "05-02", Deactivated, None);
}

#[test]
fn a_leaver_can_be_suspended_first() {
    let mut rules = rules();
    rules.policy.leaver = Leaver::SuspendFirst;
    let facts = facts(&[("01-01", Hired, start("03-01")), ("05-01", Terminated, ends("05-31"))]);
    check(&rules, &facts, "06-01", Suspended, None);
    let desired = |kind, now| {
        let cut = Cut { kind, at: at("06-01T02:00") };
        let desired = rules.desired(&facts, Some(cut), at(now));
        (desired.access, desired.until)
    };
    assert_eq!(desired(CutKind::Suspension, "06-02"), (Suspended, Some(at("06-08T02:00"))));
    assert_eq!(desired(CutKind::Suspension, "06-08T02:00"), (Deactivated, None));
    // The wish to deactivate is written down before the call, which can fail.
    assert_eq!(desired(CutKind::Deactivation, "06-02"), (Deactivated, None));
}

#[test]
fn scope_and_missing_facts_stop_creating_and_never_a_cut() {
    let mut rules = rules();
    rules.scope.email_domains = vec!["example.com".into()];
    let person = |email: Value| json!({"work.startDate": "2026-03-01", "root.email": email});
    check(&rules, &facts(&[("01-01", Hired, person(json!("a@Example.com")))]), "04-01", Active, None);
    check(&rules, &facts(&[("01-01", Hired, person(Value::Null))]), "04-01", Active, None);
    let outside = [("01-01", Hired, person(json!("a@other.org")))];
    check(&rules, &facts(&outside), "04-01", Unmanaged, None);
    assert!(!rules.desired(&facts(&outside), None, at("04-01")).in_scope);
    check(
        &rules,
        &facts(&[&outside[..], &[("04-01", Terminated, ends("04-02"))]].concat()),
        "05-01",
        Deactivated,
        None,
    );
    let unknown = facts(&[("01-01", Changed, json!({"root.email": "a@example.com"}))]);
    let desired = rules.desired(&unknown, None, at("04-01"));
    assert_eq!((desired.access, desired.why), (Absent, Why::Blocked(Block::NoStartDate)));
}

#[test]
fn a_leave_of_absence_suspends_only_if_asked() {
    let mut rules = rules();
    let away = json!({"internal.lifecycleStatus": "parental leave", "internal.status": "Inactive"});
    let away = facts(&[("01-01", Hired, start("03-01")), ("05-01", Changed, away)]);
    check(&rules, &away, "05-02", Active, None);
    rules.policy.on_leave = OnLeave::Suspend;
    check(&rules, &away, "05-02", Suspended, None);
    let mut active = away.clone();
    merge(&mut active, "05-02", Changed, json!({"internal.status": "Active"}));
    check(&rules, &active, "05-03", Active, None);
    rules.policy.status = StatusRule::AlwaysActive;
    check(&rules, &away, "05-02", Active, None);
}

#[test]
fn the_far_future_is_only_far() {
    let facts = facts(&[
        ("01-01", Hired, start("03-01")),
        ("05-01", Terminated, json!({"internal.terminationDate": "9999-12-31"})),
    ]);
    let until = rules().desired(&facts, None, at("06-01")).until.unwrap();
    assert_eq!(until.timestamp(), 253_402_300_800);
}

prop_compose! {
    fn any_said()(
        kind in prop::sample::select(vec![Hired, Changed, Changed, Terminated, Rehired, AccessRevoked, AccessRestored, Snapshot, Deleted, Read, Read, Gone]),
        hour in 0..2_000_i64,
        fields in prop::collection::btree_map(
            prop::sample::select(vec!["work.startDate", "internal.terminationDate", "employee.lastDayOfWork"]),
            prop_oneof![3 => (1..365_u32).prop_map(Some), 1 => Just(None)], 0..3),
        status in prop::option::of(prop::sample::select(vec!["employed", "terminated", "parental leave"])),
        site in prop::option::of(prop::sample::select(vec!["Auckland", "Leeds"])),
    ) -> (i64, Kind, Value) {
        let mut object = serde_json::Map::new();
        for (name, day) in fields {
            let day = day.and_then(|day| chrono::NaiveDate::from_yo_opt(2026, day));
            object.insert(name.into(), day.map_or(Value::Null, |day| json!(day.to_string())));
        }
        object.extend(status.map(|status| ("internal.lifecycleStatus".to_owned(), json!(status))));
        object.extend(site.map(|site| ("work.site".to_owned(), json!(site))));
        (hour, kind, Value::Object(object))
    }
}

proptest! {
    #[test]
    fn until_is_later_and_nothing_changes_before_it(
        said in prop::collection::vec(any_said(), 0..6),
        day in 0..400_i64, probe in 0.0..1.0_f64,
        cut in prop::option::of((0..400_i64, any::<bool>())),
        first in any::<bool>(), creation in any::<bool>(), before in 0..30_u16, leave in any::<bool>(),
    ) {
        let mut rules = rules();
        rules.policy.days_before = before;
        if first { rules.policy.leaver = Leaver::SuspendFirst; }
        if creation { rules.policy.provision_on = ProvisionOn::Creation; }
        if leave { rules.policy.on_leave = OnLeave::Suspend; }
        let origin = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        let mut facts = Facts::default();
        for (i, (hour, kind, fields)) in said.into_iter().enumerate() {
            let stamp = Stamp { at: origin + TimeDelta::hours(hour), id: i.to_string(), source: "hr".into() };
            let Value::Object(fields) = fields else { unreachable!() };
            let fields = fields.into_iter().collect();
            facts.merge(&Event { employee: "1".into(), kind, stamp, fields, read_wanted: false }, &tracked());
        }
        let now = origin + TimeDelta::days(day);
        let cut = cut.map(|(day, suspension)| Cut {
            kind: if suspension { CutKind::Suspension } else { CutKind::Deactivation },
            at: origin + TimeDelta::days(day),
        });
        let desired = rules.desired(&facts, cut, now);
        // The way to an answer is the way to this answer.
        let trace = rules.trace(&facts, cut, now);
        let matched = trace.iter().position(|traced| traced.verdict == Verdict::Matched).unwrap();
        prop_assert!(trace[matched].why.starts_with(&desired.why.text()), "{:?}", trace[matched]);
        prop_assert!(trace[..matched].iter().all(|traced| traced.verdict == Verdict::Passed && !traced.why.is_empty()));
        prop_assert!(trace[matched + 1..].iter().all(|traced| traced.verdict == Verdict::NotAsked));
        let span = match desired.until {
            Some(until) => { prop_assert!(until > now); until - now }
            None => TimeDelta::days(800),
        };
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "any instant in between will do")]
        let later = now + TimeDelta::seconds(((span.num_seconds() - 1).max(0) as f64 * probe) as i64);
        let then = rules.desired(&facts, cut, later);
        prop_assert_eq!((then.access, then.why), (desired.access, desired.why.clone()));
        if let Some(until) = desired.until {
            let after = rules.desired(&facts, cut, until);
            prop_assert!((after.access, after.why) != (desired.access, desired.why));
        }
    }
}
