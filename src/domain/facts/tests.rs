use chrono::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const FIELDS: [&str; 8] = [
    "root.email",
    "work.title",
    "work.startDate",
    "work.reportsTo.id",
    "work.reportsTo.name",
    field::LAST_DAY,
    field::TERMINATION,
    field::ACTIVITY,
];

fn tracked() -> Tracked {
    FIELDS.iter().map(|name| (*name).to_owned()).collect()
}

fn event(kind: Kind, second: u32, id: &str, fields: Value) -> Event {
    let at = Utc.timestamp_opt(1_800_000_000 + i64::from(second), 0).unwrap();
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    Event {
        employee: "1".into(),
        kind,
        stamp: Stamp { at, id: id.into(), source: "hr".into() },
        fields: fields.into_iter().collect(),
        read_wanted: false,
    }
}

fn changed(second: u32, id: &str, fields: Value) -> Event {
    event(Kind::Changed, second, id, fields)
}

#[test]
fn the_newest_word_counts_whenever_it_arrives() {
    let mut facts = Facts::default();
    assert_eq!(facts.merge(&changed(2, "b", json!({"work.title": "New"})), &tracked()).changed.len(), 1);
    let late = facts.merge(&changed(1, "z", json!({"work.title": "Old"})), &tracked());
    assert_eq!(late, Merged::default());
    assert_eq!(facts.text("work.title"), Some("New"));
    // At the same instant the greater id wins, compared bytewise.
    assert!(facts.merge(&changed(2, "a", json!({"work.title": "A"})), &tracked()).changed.is_empty());
    assert!(!facts.merge(&changed(2, "c", json!({"work.title": "C"})), &tracked()).changed.is_empty());
}

#[test]
fn the_same_value_said_later_moves_its_stamp_only() {
    let mut facts = Facts::default();
    facts.merge(&changed(1, "a", json!({"work.title": "Cook"})), &tracked());
    let again = facts.merge(&changed(2, "b", json!({"work.title": "Cook"})), &tracked());
    assert!(again.moved && again.changed.is_empty());
    assert_eq!(facts.merge(&changed(2, "b", json!({"work.title": "Cook"})), &tracked()), Merged::default());
}

#[test]
fn what_is_not_tracked_is_not_kept() {
    let mut facts = Facts::default();
    let merged = facts.merge(&changed(1, "a", json!({"payroll.salary": 9, "work.office": "x"})), &tracked());
    assert_eq!((merged, facts.iter().count()), (Merged::default(), 0));
    facts.merge(&changed(1, "a", json!({"work.title": "Cook", "root.email": "a@x.com"})), &tracked());
    assert!(facts.retain(&Tracked::from(["work.title".to_owned()])));
    assert_eq!(facts.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["work.title"]);
}

#[test]
fn null_on_a_parent_clears_what_is_below_and_a_snapshot_what_is_missing() {
    let mut facts = Facts::default();
    let manager = json!({"work.reportsTo.id": "7", "work.reportsTo.name": "Ada", "work.title": "Cook"});
    facts.merge(&changed(1, "a", manager), &tracked());
    let merged = facts.merge(&changed(2, "b", json!({"work.reportsTo": null})), &tracked());
    assert_eq!(merged.changed.iter().collect::<Vec<_>>(), ["work.reportsTo.id", "work.reportsTo.name"]);
    assert!(facts.get("work.reportsTo.id").unwrap().value.is_null());
    assert_eq!(facts.text("work.title"), Some("Cook"));
    let merged = facts.merge(&event(Kind::Snapshot, 3, "c", json!({"root.email": "a@x.com"})), &tracked());
    assert!(merged.changed.contains("work.title") && facts.get("work.startDate").unwrap().value.is_null());
}

#[test]
fn markers_follow_the_kind() {
    let mut facts = Facts::default();
    let mut at = |second, kind| {
        facts.merge(&event(kind, second, "m", json!({})), &tracked());
        let set = |marker| facts.marked(marker).is_some();
        (set(field::DELETED), set(field::REVOKED), set(field::REHIRED))
    };
    assert_eq!(at(1, Kind::Deleted), (true, false, false));
    assert_eq!(at(2, Kind::Snapshot), (false, false, false));
    assert_eq!(at(3, Kind::AccessRevoked), (false, true, false));
    assert_eq!(at(4, Kind::Snapshot), (false, true, false));
    assert_eq!(at(5, Kind::Deleted), (true, true, false));
    assert_eq!(at(6, Kind::Rehired), (false, true, true));
    assert_eq!(at(7, Kind::AccessRestored), (false, false, true));
    assert_eq!(at(8, Kind::Hired), (false, false, true));
}

#[test]
fn a_read_proves_that_the_person_is_there_and_a_deletion_stands() {
    let mut facts = Facts::default();
    let mut at = |second, kind| {
        let merged = facts.merge(&event(kind, second, "m", json!({})), &tracked());
        assert!(!merged.changed.contains(field::LEAVING));
        (facts.marked(field::GONE).is_some(), facts.marked(field::DELETED).is_some())
    };
    assert_eq!(at(1, Kind::Gone), (true, false));
    assert_eq!(at(2, Kind::Read), (false, false));
    assert_eq!(at(3, Kind::Gone), (true, false));
    assert_eq!(at(4, Kind::Hired), (false, false));
    assert_eq!(at(5, Kind::Deleted), (false, true));
    assert_eq!(at(6, Kind::Read), (false, true));
}

#[test]
fn a_read_shows_that_somebody_stays_only_if_it_says_all_of_it() {
    let shown = |fields: Value| {
        let mut facts = Facts::default();
        let merged = facts.merge(&event(Kind::Read, 1, "r", fields), &tracked());
        assert!(!merged.changed.contains(field::LEAVING), "as good as never set");
        facts.get(field::LEAVING).is_some()
    };
    let all = json!({field::LAST_DAY: null, field::TERMINATION: null, field::ACTIVITY: "Active"});
    assert!(shown(all.clone()));
    assert!(shown(json!({"employee": null, field::TERMINATION: null, field::ACTIVITY: "active"})));
    for (name, value) in [
        (field::LAST_DAY, json!("2026-06-30")),
        (field::ACTIVITY, json!("Inactive")),
        (field::ACTIVITY, json!(null)),
    ] {
        let mut other = all.clone();
        other[name] = value;
        assert!(!shown(other), "{name}");
    }
    for name in [field::LAST_DAY, field::TERMINATION, field::ACTIVITY] {
        let mut hidden = all.clone();
        hidden.as_object_mut().unwrap().remove(name);
        assert!(!shown(hidden), "{name} was not shown");
    }
    let mut facts = Facts::default();
    facts.merge(&changed(1, "c", all), &tracked());
    assert!(facts.get(field::LEAVING).is_none(), "an event is no read");
}

prop_compose! {
    fn any_event()(
        kind in prop_oneof![
            Just(Kind::Hired), Just(Kind::Changed), Just(Kind::Changed), Just(Kind::Snapshot),
            Just(Kind::Rehired), Just(Kind::Deleted), Just(Kind::AccessRevoked), Just(Kind::AccessRestored),
            Just(Kind::Read), Just(Kind::Read), Just(Kind::Gone),
        ],
        second in 0..4_u32,
        id in prop::sample::select(vec!["a", "b", "c"]),
        fields in prop::collection::btree_map(
            prop::sample::select([&FIELDS[..], &["work.reportsTo", "work", "employee"]].concat()),
            prop_oneof![Just(Value::Null), Just(json!("x")), Just(json!("Active")), Just(json!(1))],
            0..6,
        ),
    ) -> Event {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        event(kind, second, id, Value::Object(fields))
    }
}

fn all(events: &[Event]) -> Facts {
    let mut facts = Facts::default();
    for event in events {
        facts.merge(event, &tracked());
    }
    facts
}

proptest! {
    #[test]
    fn order_and_duplication_do_not_matter(
        (events, shuffled) in prop::collection::vec(any_event(), 0..12)
            .prop_flat_map(|events| (Just(events.clone()), Just([events.clone(), events].concat()).prop_shuffle())),
    ) {
        prop_assert_eq!(all(&events), all(&shuffled));
    }

    #[test]
    fn batching_and_storing_in_between_do_not_matter(
        events in prop::collection::vec(any_event(), 0..12), cut in 0..12_usize,
    ) {
        let (first, rest) = events.split_at(cut.min(events.len()));
        let stored = serde_json::to_string(&all(first)).unwrap();
        let mut facts: Facts = serde_json::from_str(&stored).unwrap();
        for event in rest {
            facts.merge(event, &tracked());
        }
        prop_assert_eq!(facts, all(&events));
    }
}
