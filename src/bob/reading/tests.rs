use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::bob::metadata::{Field, Item};

fn reader(tracked: &[&str], kinds: &[(&str, &str)]) -> Reader {
    let field = |(id, kind): &(&str, &str)| Field {
        id: (*id).to_owned(),
        category: String::new(),
        name: String::new(),
        kind: (*kind).to_owned(),
        list: Some("colours".to_owned()),
    };
    let fields = kinds.iter().map(|known| (known.0.to_owned(), field(known))).collect();
    let item = |name: &str| Item { name: name.to_owned(), archived: false };
    let colours = [("11", item("Red")), ("12", item("Green, light"))].map(|(id, item)| (id.to_owned(), item));
    let lists = [("colours".to_owned(), colours.into())].into();
    Reader {
        fields: tracked.iter().map(|id| (*id).to_owned()).collect(),
        catalogue: Arc::new(Catalogue { fields, lists }),
        odd: Arc::default(),
        asked: DateTime::UNIX_EPOCH,
    }
}

fn read(reader: &Reader, answer: &Value) -> Reading {
    reader.read(answer.to_string().as_bytes()).expect("a person")
}

/// What a field is read as: none where it is unknown.
fn value(kinds: &[(&str, &str)], id: &str, machine: &Value, human: &Value) -> Option<Value> {
    let nest = |value: &Value| {
        id.rsplit('.').fold(value.clone(), |below, name| json!({name: below})).as_object().unwrap().clone()
    };
    let mut answer = nest(machine);
    answer.insert("id".to_owned(), json!("1"));
    if !human.is_null() {
        answer.insert("humanReadable".to_owned(), nest(human).into());
    }
    let reading = read(&reader(&[id], kinds), &answer.into());
    assert_ne!(reading.fields.contains_key(id), reading.omitted.contains(id), "either known or unknown");
    reading.fields.get(id).cloned()
}

#[test]
fn lists_are_read_as_people_see_them_and_all_else_as_machines_do() {
    let none = Value::Null;
    for (id, kind, machine, human, expected) in [
        ("work.startDate", "date", json!("2022-05-09"), json!("05/09/2022"), Some(json!("2022-05-09"))),
        ("work.weeklyHours", "number", json!(45), json!("45.00"), Some(json!(45))),
        (
            "work.manager",
            "employee-reference",
            json!("2693707360307774170"),
            json!("Ingrid"),
            Some(json!("2693707360307774170")),
        ),
        ("work.title", "text", json!("1337"), json!("1337"), Some(json!("1337"))),
        ("work.department", "list", json!("209192163"), json!(" Accounts "), Some(json!("Accounts"))),
        ("work.department", "hierarchy-list", json!(209_192_163), json!("Accounts"), Some(json!("Accounts"))),
        ("work.department", "list", json!("11"), none.clone(), Some(json!("Red"))),
        ("work.department", "list", json!(11), json!("11"), Some(json!("Red"))),
        ("work.department", "list", json!("13"), none.clone(), None),
        ("work.department", "list", json!("13"), json!("13"), None),
        ("work.department", "list", json!("Accounting"), none.clone(), Some(json!("Accounting"))),
        ("work.department", "list", none.clone(), json!("Accounting"), Some(Value::Null)),
        ("work.department", "list", json!("  "), none.clone(), Some(Value::Null)),
        ("internal.lifecycleStatus", "list", json!("employed"), json!("Angestellt"), Some(json!("employed"))),
        ("internal.status", "list", json!("Active"), json!("Aktiv"), Some(json!("Active"))),
        ("work.siteId", "list", json!(1_814_407), json!("London"), Some(json!(1_814_407))),
        ("work.site", "list", json!("London"), json!("London"), Some(json!("London"))),
        (
            "personal.nationality",
            "multi-list",
            json!(["11", "7"]),
            json!("Red,Blue"),
            Some(json!(["Red", "Blue"])),
        ),
        (
            "personal.nationality",
            "multi-list",
            json!(["11", "12"]),
            json!("Red,Green, light"),
            Some(json!(["Red", "Green, light"])),
        ),
        (
            "personal.nationality",
            "multi-list",
            json!(["French", "11"]),
            none.clone(),
            Some(json!(["French", "Red"])),
        ),
        ("personal.nationality", "multi-list", json!(["11", "7"]), none.clone(), None),
        ("personal.nationality", "multi-list", json!([]), json!(""), Some(json!([]))),
        ("work.tenure", "text", json!({"periodISO": "P2D"}), json!("2 days"), Some(json!("2 days"))),
        ("work.tenure", "text", json!({"periodISO": "P2D"}), none.clone(), None),
    ] {
        assert_eq!(value(&[(id, kind)], id, &machine, &human), expected, "{id} {machine} {human}");
    }
}

#[test]
fn without_metadata_what_looks_like_an_items_id_is_read_as_people_see_it() {
    let none = Value::Null;
    for (id, machine, human, expected) in [
        ("work.customColumns.column_1", json!("228075491"), json!("Four4"), Some(json!("Four4"))),
        ("work.manager", json!("2693707360307774170"), json!("Ingrid"), Some(json!("2693707360307774170"))),
        ("work.workPhone", json!("0601020304"), json!("0601020304"), Some(json!("0601020304"))),
        ("work.workPhone", json!("0601020304"), none.clone(), None),
        ("work.weeklyHours", json!(45), json!("45.00"), Some(json!(45))),
        ("work.weeklyHours", json!(3), json!("3 hours"), Some(json!(3))),
        ("work.weeklyHours", json!(45), none.clone(), None),
        ("payroll.employment.type", json!("full_time"), json!("Full time"), Some(json!("Full time"))),
        ("payroll.employment.type", json!(209_192_163), json!("Permanent"), Some(json!("Permanent"))),
        ("payroll.employment.type", json!("209192163"), none.clone(), None),
        ("payroll.employment.type", json!("Permanent"), none.clone(), Some(json!("Permanent"))),
        (
            "root.seenAt",
            json!("2022-05-09T07:36:42"),
            json!("9 May 2022"),
            Some(json!("2022-05-09T07:36:42")),
        ),
        ("work.shortStartDate", json!("05-09"), json!("9 May"), Some(json!("05-09"))),
        ("personal.nationality", json!(["209192163", "7"]), json!("Red,Blue"), Some(json!(["Red", "Blue"]))),
        ("personal.nationality", json!([209_192_163]), json!("Green, light"), None),
        ("personal.nationality", json!(["209192163", "7"]), none.clone(), None),
        ("personal.nationality", json!(["French"]), json!("French"), Some(json!(["French"]))),
        ("personal.nationality", json!([]), none.clone(), Some(json!([]))),
        ("work.buddies", json!(["2693707360307774170"]), json!("Ann"), Some(json!(["2693707360307774170"]))),
        ("work.startDate", json!("2022-05-09"), json!("9 May 2022"), Some(json!("2022-05-09"))),
        ("work.isManager", json!(false), json!("No"), Some(json!(false))),
        ("work.department", json!("209192163"), none.clone(), None),
        ("work.department", json!("209192163"), json!("Accounts"), Some(json!("Accounts"))),
    ] {
        assert_eq!(value(&[], id, &machine, &human), expected, "{id} {machine} {human}");
    }
}

#[test]
fn what_is_not_shown_is_unknown_and_what_is_null_is_null() {
    let tracked = [
        "root.email",
        "root.surname",
        "work.reportsTo.id",
        "work.reportsTo.email",
        "work.title",
        "home.city",
    ];
    let reader = reader(&tracked, &[]);
    let reading = read(
        &reader,
        &json!({"id": 7, "email": null, "work": {"reportsTo": null, "site": "x"}, "home": null}),
    );
    assert_eq!(reading.employee, "7");
    assert_eq!(
        reading.fields.keys().collect::<Vec<_>>(),
        ["home.city", "root.email", "work.reportsTo.email", "work.reportsTo.id"]
    );
    assert!(reading.fields.values().all(Value::is_null));
    assert_eq!(reading.omitted.iter().collect::<Vec<_>>(), ["root.surname", "work.title"]);
    let manager = json!({"id": "7", "work": {"reportsTo": {"id": "5", "displayName": "Boss"}}, "humanReadable": {"work": {"reportsTo": "Boss"}}});
    let reading = read(&reader, &manager);
    assert_eq!(reading.fields, [("work.reportsTo.id".to_owned(), json!("5"))].into());
    let disagreeing = json!({"id": "7", "work": {"title": "A"}, "/work/title": {"value": "B"}, "/root/email": {"value": "a@x.com"}});
    assert!(read(&reader, &disagreeing).omitted.contains("work.title"), "neither can be believed");
    for nobody in
        ["{}", "[]", "null", r#"{"id":null}"#, r#"{"id":" "}"#, r#"{"id":{}}"#, "{", r#"{"email":"a@x.com"}"#]
    {
        assert_eq!(reader.read(nobody.as_bytes()), None, "{nobody}");
    }
}

#[test]
fn what_is_asked_for_is_the_field_or_what_it_is_part_of() {
    let known =
        reader(&[], &[("work.title", "list"), ("work.reportsTo", "employee"), ("payroll.employment", "x")])
            .catalogue;
    for (catalogue, id, asked) in [
        (&*known, "work.title", "work.title"),
        (&known, "work.reportsTo.displayName", "work.reportsTo"),
        (&known, "payroll.employment.type", "payroll.employment"),
        (&known, "home.city", "home.city"),
        (&Catalogue::default(), "work.reportsTo.displayName", "work.reportsTo"),
        (&Catalogue::default(), "work.reportsToIdInCompany", "work.reportsToIdInCompany"),
        (&Catalogue::default(), "work.title", "work.title"),
    ] {
        assert_eq!(catalogue.ask(id), asked);
    }
    let tracked = ["work.reportsTo.id", "work.reportsTo.email", "home.city"].map(str::to_owned).into();
    assert_eq!(known.asks(&tracked), ["home.city", "root.id", "work.reportsTo"].into());
    assert_eq!(known.missing(&tracked), ["home.city".to_owned()].into());
    assert!(Catalogue::default().missing(&tracked).is_empty());
}

const IDS: [&str; 6] = [
    "root.firstName",
    "root.email",
    "work.site",
    "work.reportsTo.id",
    "work.reportsTo.displayName",
    "work.custom.field_1",
];

/// Puts a value under a path, in one of the forms that Bob has for it.
fn write(answer: &mut Value, id: &str, value: &Value, form: u8) {
    let bare = id.strip_prefix("root.").unwrap_or(id);
    let mut put = |path: &[&str], value: Value| {
        let mut place = &mut *answer;
        for name in path {
            place = &mut place[*name];
        }
        *place = value;
    };
    let nested: Vec<&str> = bare.split('.').collect();
    let (category, rest) = bare.split_once('.').unwrap_or((bare, ""));
    match form {
        0 => put(&nested, value.clone()),
        1 => put(&[&format!("/{}", id.replace('.', "/"))], json!({"value": value})),
        2 => put(&[id], value.clone()),
        3 => put(&[&format!("/{}", id.replace('.', "/"))], value.clone()),
        4 if !rest.is_empty() => put(&[category, rest], value.clone()),
        _ => {
            put(&nested, value.clone());
            put(&[&format!("/{}", id.replace('.', "/"))], json!({"value": value}));
        }
    }
}

proptest! {
    #[test]
    fn in_whatever_form_bob_writes_fields_they_are_read_alike(
        fields in proptest::collection::btree_map(
            proptest::sample::select(&IDS[..]),
            (prop_oneof![Just(Value::Null), "[ -~]{0,9}".prop_map(Value::from), any::<i32>().prop_map(Value::from)], 0..6_u8),
            0..6,
        ),
    ) {
        let (mut plain, mut mixed) = (json!({"id": "1"}), json!({"/root/id": {"value": "1"}}));
        for (id, (value, form)) in &fields {
            write(&mut plain, id, value, 0);
            write(&mut mixed, id, value, *form);
        }
        let reader = reader(&IDS, &IDS.map(|id| (id, "text")));
        let reading = read(&reader, &mixed);
        prop_assert_eq!(&reading, &read(&reader, &plain));
        let shown: BTreeSet<&str> = fields.keys().copied().collect();
        prop_assert!(IDS.iter().all(|id| shown.contains(id) != reading.omitted.contains(*id)));
        for (id, (value, _)) in &fields {
            prop_assert_eq!(&reading.fields[*id], &tidy(value.clone()));
        }
    }
}
