//! The People API: what each question is answered.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Hr, ann, at_site, text};

#[tokio::test]
async fn a_search_has_one_filter_and_shows_the_inactive_only_when_asked() {
    let hr = Hr::start().await;
    let here = hr.bob.insert("2020-01-01", ann());
    let soon = hr.bob.insert("2026-12-01", at_site("soon", "London"));
    let left = hr.bob.insert("2020-01-01", at_site("left", "London"));
    hr.bob.terminate(&left, "2026-10-01", None);
    assert_eq!(hr.search(json!({})).await, [here.as_str()]);
    let all = json!({ "showInactive": true });
    assert_eq!(hr.search(all).await, [here.as_str(), &soon, &left]);
    let by = |field: &str, values: Value| {
        json!({ "showInactive": true, "fields": ["root.id"],
                "filters": [{ "fieldPath": field, "operator": "equals", "values": values }] })
    };
    assert_eq!(hr.search(by("root.id", json!([left, soon, "nobody", left]))).await, [soon.as_str(), &left]);
    assert_eq!(hr.search(by("root.email", json!(["ANN@x.example", here]))).await, [here.as_str()]);
    let mut plain = by("root.id", json!([left]));
    plain["showInactive"] = json!(false);
    assert!(hr.search(plain).await.is_empty());

    let two = json!({ "filters": [by("root.id", json!([]))["filters"][0], by("root.id", json!([]))["filters"][0]] });
    let mut like = by("root.id", json!(["1"]));
    like["filters"][0]["operator"] = json!("like");
    for body in [
        two,
        like,
        by("work.title", json!(["1"])),
        json!({ "fields": vec!["root.id"; 401] }),
        json!({ "humanReadable": "yes" }),
        json!({ "fields": "root.id" }),
    ] {
        let refused = hr.call("POST", "/people/search", body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.body["key"], "bad_request");
    }
    let most = json!({ "fields": vec!["root.id"; 400] });
    assert_eq!(hr.call("POST", "/people/search", most).await.status, 200);
}

#[tokio::test]
async fn one_person_is_found_by_id_or_email_and_nobody_is_404() {
    let hr = Hr::start().await;
    let id = hr.bob.insert("2020-01-01", ann());
    for who in [&id, "ann@x.example", "ann%40x.example", "Ann@X.example"] {
        assert_eq!(hr.read(who, &["root.email"]).await["id"], json!(id));
    }
    let nobody = hr.call("POST", "/people/nobody", json!({})).await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.body["key"].is_string() && nobody.body["error"].is_string());
    assert_eq!(hr.get("/people/nobody/lifecycle").await.status, 404);
    assert_eq!(hr.get("/nothing").await.status, 404);
    assert_eq!(hr.call("DELETE", "/people/1", Value::Null).await.status, 405);
    // Without a question: who they are, and their work; nothing of their home.
    hr.bob.change(&id, json!({ "home.privateEmail": "a@home.example" }));
    let basic = hr.call("POST", &format!("/people/{id}"), Value::Null).await.body;
    assert_eq!((&basic["firstName"], &basic["work"]["site"]), (&json!("Ann"), &json!("London")));
    assert!(basic.get("about").is_some() && basic.get("home").is_none() && basic.get("internal").is_none());
    assert!(basic.as_object().expect("an object").keys().all(|key| !key.starts_with('/')));
}

#[tokio::test]
async fn lists_hold_ids_and_humans_read_names() {
    let hr = Hr::start().await;
    let boss = hr.bob.insert("2019-01-01", at_site("boss", "New York"));
    let mut fields = ann();
    fields["work.department"] = json!("Moonshots");
    fields["work.title"] = json!("Engineer");
    fields["work.reportsTo"] = json!("boss@x.example");
    fields["personal.nationality"] = json!(["French", "German"]);
    let id = hr.bob.insert("2020-02-01", fields);
    let asked = [
        "work.department",
        "work.title",
        "work.reportsTo",
        "work.startDate",
        "personal.nationality",
        "internal.lifecycleStatus",
        "work.siteId",
    ];
    let ask = |human: &str| {
        let body = json!({ "fields": asked, "humanReadable": human });
        let path = format!("/people/{id}");
        let hr = &hr;
        async move { hr.call("POST", &path, body).await.body }
    };
    let both = ask("APPEND").await;
    let department = text(&both["work"]["department"]);
    assert!(department.parse::<u64>().is_ok(), "{department}");
    assert_eq!(both["/work/department"], json!({ "value": department }));
    let reports_to = json!({
        "id": boss, "email": "boss@x.example", "firstName": "boss", "surname": null, "displayName": "boss",
    });
    assert_eq!(both["work"]["reportsTo"], reports_to);
    assert_eq!(both["work"]["startDate"], "2020-02-01");
    let human = json!({
        "work": {
            "department": "Moonshots", "title": "Engineer", "reportsTo": "boss", "startDate": "01/02/2020",
            "siteId": "London",
        },
        "personal": { "nationality": "French,German" },
        "internal": { "lifecycleStatus": "Employed" },
    });
    assert_eq!(both["humanReadable"], human);
    hr.bob.set_switch("month_first", true);
    let replaced = ask("REPLACE").await;
    assert_eq!(replaced["work"]["startDate"], "02/01/2020");
    assert_eq!((&replaced["work"]["department"], replaced.get("humanReadable")), (&json!("Moonshots"), None));

    let list = hr.get("/company/named-lists/department").await.body;
    let item = |list: &Value, below: &str| {
        let items = list[below].as_array().expect("items").iter();
        items.filter(|item| item["id"] == department.as_str()).map(|item| item["name"].clone()).next()
    };
    assert_eq!(item(&list, "values"), Some(json!("Moonshots")));
    let every = hr.get("/company/named-lists").await.body;
    assert_eq!(every["department"], list);
    hr.bob.archive("department", "Moonshots");
    assert_eq!(item(&hr.get("/company/named-lists/department").await.body, "values"), None);
    let archived = hr.get("/company/named-lists/department?includeArchived=true").await.body;
    assert_eq!(item(&archived, "values"), Some(json!("Moonshots")));
    hr.bob.set_switch("lists_as_items", true);
    hr.bob.set_switch("all_lists_as_array", true);
    let every = hr.get("/company/named-lists?includeArchived=true").await.body;
    let list = every.as_array().expect("lists").iter().find(|list| list["name"] == "department");
    assert_eq!(item(list.expect("the list"), "items"), Some(json!("Moonshots")));
    assert_eq!(hr.get("/company/named-lists/nothing").await.status, 404);

    hr.bob.set_switch("titles_are_a_list", true);
    hr.bob.set_switch("nulls_are_shown", false);
    let both = ask("APPEND").await;
    assert_ne!(both["work"]["title"], "Engineer");
    assert_eq!(both["humanReadable"]["work"]["title"], "Engineer");
    assert_eq!(hr.read(&id, &["work.workPhone"]).await, json!({ "id": id }));
}

#[tokio::test]
async fn the_metadata_tell_categories_and_lists() {
    let hr = Hr::start().await;
    hr.bob.add_field("work.custom.field_9", "work", "Floor", "floors");
    let fields = hr.get("/company/people/fields").await.body;
    let field = |id: &str| fields.as_array().expect("fields").iter().find(|field| field["id"] == id);
    let name = field("root.firstName").expect("the field");
    let expected = json!({
        "id": "root.firstName", "categoryId": "root", "categoryDisplayName": "root", "category": "root",
        "name": "First name", "description": null, "jsonPath": "firstName", "type": "text", "typeData": {},
        "historical": false,
    });
    assert_eq!(*name, expected);
    assert_eq!(field("work.custom.field_9").expect("the field")["typeData"], json!({ "listId": "floors" }));
    // Permissions go by category, which the id does not tell.
    assert_eq!(field("employee.lastDayOfWork").expect("the field")["categoryId"], "internal");
    assert_eq!(field("work.reportsTo.displayName"), None);
}

/// What a company of 20,000 costs: the figures are printed, nothing of them is asserted.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "measures, and asserts nothing by it")]
async fn twenty_thousand_people_table() {
    let hr = Hr::start().await;
    let started = std::time::Instant::now();
    for number in 0..20_000 {
        let site = ["London", "New York", "Sydney"][number % 3];
        hr.bob.insert("2020-01-01", at_site(&format!("p{number}"), site));
    }
    let seeded = started.elapsed();
    let fields = ["root.id", "root.email", "work.title", "internal.terminationDate"];
    let started = std::time::Instant::now();
    let body = json!({ "fields": fields, "humanReadable": "APPEND", "showInactive": true });
    let answer = hr.call("POST", "/people/search", body).await;
    assert_eq!(answer.body["employees"].as_array().map(Vec::len), Some(20_000));
    println!("seeded in {seeded:?}, searched in {:?}", started.elapsed());
    // The midnight of one of them is as quick as if they were alone.
    let id = text(&answer.body["employees"][17]["id"]);
    hr.bob.terminate(&id, "2026-12-01", None);
    hr.advance(TimeDelta::days(30));
    assert!(hr.kinds().await.contains(&"employee.left".to_owned()));
}
