//! What the tables and the clock make of somebody, and what happens by itself.

use chrono::TimeDelta;
use serde_json::json;

use super::{Hr, ann, at_site};

#[tokio::test]
async fn a_life_at_a_company() {
    let hr = Hr::start().await;
    let id = hr.bob.hire("2026-12-01", ann());
    assert_eq!(hr.standing(&id).await, (json!("hired"), json!("Inactive")));
    assert_eq!(hr.kinds().await, ["employee.created"]);

    hr.to("2026-12-01T00:00:00Z");
    assert_eq!(hr.kinds().await, ["employee.joined", "employee.activated", "employee.updated"]);
    assert_eq!(hr.standing(&id).await, (json!("employed"), json!("Active")));

    hr.bob.leave(&id, "2026-12-10", false);
    hr.bob.back(&id, "2026-12-20");
    assert_eq!(hr.kinds().await, ["table.entry.created", "employee.updated", "table.entry.created"]);
    hr.to("2026-12-10T00:00:00Z");
    let told = ["employee.temporaryLeave", "employee.inactivated", "employee.updated"];
    assert_eq!(hr.kinds().await, told);
    assert_eq!(hr.standing(&id).await, (json!("leave"), json!("Inactive")));
    hr.to("2026-12-20T00:00:00Z");
    assert_eq!(hr.kinds().await, ["employee.activated", "employee.updated"]);

    hr.bob.terminate(&id, "2027-01-31", Some("2027-01-15"));
    let told = ["table.entry.created", "table.entry.created", "employee.updated"];
    assert_eq!(hr.kinds().await, told);
    assert_eq!(hr.standing(&id).await, (json!("employed"), json!("Active")));
    let read = hr.read(&id, &["internal.terminationDate", "employee.lastDayOfWork"]).await;
    assert_eq!(read["internal"]["terminationDate"], "2027-01-31");
    assert_eq!(read["employee"]["lastDayOfWork"], "2027-01-15");
    hr.to("2027-01-15T00:00:00Z");
    assert_eq!(hr.kinds().await, ["employee.left", "employee.inactivated", "employee.updated"]);
    assert_eq!(hr.standing(&id).await, (json!("garden leave"), json!("Inactive")));
    hr.to("2027-01-31T00:00:00Z");
    assert_eq!(hr.kinds().await, ["employee.updated"]);
    assert_eq!(hr.standing(&id).await, (json!("terminated"), json!("Inactive")));

    hr.bob.rehire("ann@x.example", "2027-03-01");
    assert_eq!(hr.standing(&id).await, (json!("hired"), json!("Inactive")));
    let fields = ["work.startDate", "work.originalStartDate", "internal.terminationDate"];
    let read = hr.read(&id, &fields).await;
    assert_eq!(read["work"], json!({ "startDate": "2027-03-01", "originalStartDate": "2026-12-01" }));
    assert_eq!(read["internal"]["terminationDate"], json!(null));
    let rows = hr.get(&format!("/people/{id}/lifecycle")).await.body;
    let rows = rows["values"].as_array().expect("rows").iter().map(|row| row["status"].clone());
    let statuses = ["employed", "leave", "employed", "garden leave", "terminated", "employed"];
    assert_eq!(rows.collect::<Vec<_>>(), statuses);
    assert_eq!(hr.kinds().await, ["table.entry.created", "employee.updated"]);
    hr.to("2027-03-01T00:00:00Z");
    assert_eq!(hr.kinds().await, ["employee.joined", "employee.activated", "employee.updated"]);
    assert_eq!(hr.standing(&id).await, (json!("employed"), json!("Active")));

    hr.bob.delete(&id);
    assert_eq!(hr.kinds().await, ["employee.deleted"]);
    assert_eq!(hr.call("POST", &format!("/people/{id}"), json!({})).await.status, 404);
    hr.advance(TimeDelta::days(400));
    assert_eq!(hr.told().await, []);
}

#[tokio::test]
async fn midnight_is_the_sites_own_and_summer_time_moves_it() {
    let hr = Hr::at("2027-03-01T08:00:00Z").await;
    hr.bob.site("Santiago", "America/Santiago");
    for (name, site, start) in [
        // The night in which clocks leap in London, the day after, and the one in New York's autumn.
        ("a", "London", "2027-03-28"),
        ("b", "London", "2027-03-29"),
        ("c", "New York", "2027-11-08"),
        ("d", "Sydney", "2027-04-04"),
        ("e", "Sydney", "2027-04-05"),
        // Clocks leap over this midnight.
        ("f", "Santiago", "2027-09-05"),
    ] {
        hr.bob.hire(start, at_site(name, site));
    }
    hr.told().await;
    // A year in one leap: each event has its own time all the same.
    hr.advance(TimeDelta::days(365));
    let told = hr.told().await.into_iter().filter(|(kind, _)| kind == "employee.joined");
    let times: Vec<String> = told.map(|(_, at)| at).collect();
    let expected = [
        "2027-03-28T00:00:00.000000",
        "2027-03-28T23:00:00.000000",
        "2027-04-03T13:00:00.000000",
        "2027-04-04T14:00:00.000000",
        "2027-09-05T04:00:00.000000",
        "2027-11-08T05:00:00.000000",
    ];
    assert_eq!(times, expected);
}

#[tokio::test]
async fn not_a_second_before_midnight() {
    let hr = Hr::start().await;
    let id = hr.bob.hire("2026-12-01", at_site("a", "New York"));
    hr.told().await;
    hr.to("2026-12-01T04:59:59Z");
    assert_eq!(hr.told().await, []);
    assert_eq!(hr.standing(&id).await.0, json!("hired"));
    hr.to("2026-12-01T05:00:00Z");
    assert_eq!(hr.standing(&id).await.0, json!("employed"));
    assert_eq!(hr.kinds().await[0], "employee.joined");
}

#[tokio::test]
async fn deleted_rows_are_silent() {
    let hr = Hr::start().await;
    let [joiner, leaver] =
        [hr.bob.hire("2026-12-01", ann()), hr.bob.insert("2020-01-01", at_site("l", "London"))];
    hr.bob.terminate(&leaver, "2026-11-30", None);
    hr.told().await;
    hr.bob.cancel_hire(&joiner);
    hr.bob.cancel_termination(&leaver);
    hr.advance(TimeDelta::days(60));
    assert_eq!(hr.told().await, []);
    assert_eq!(hr.standing(&joiner).await, (json!(null), json!("Inactive")));
    assert_eq!(hr.standing(&leaver).await, (json!("employed"), json!("Active")));
    let read = hr.read(&leaver, &["internal.terminationDate"]).await;
    assert_eq!(read["internal"]["terminationDate"], json!(null));
    assert_eq!(hr.read(&joiner, &["work.startDate"]).await["work"]["startDate"], json!(null));
}

#[tokio::test]
async fn moved_dates_are_told_and_hold() {
    let hr = Hr::start().await;
    let id = hr.bob.hire("2026-12-01", ann());
    hr.told().await;
    hr.bob.move_start(&id, "2027-01-10");
    assert_eq!(hr.kinds().await, ["table.entry.updated", "employee.updated"]);
    hr.to("2026-12-05T12:00:00Z");
    assert_eq!(hr.told().await, []);
    hr.to("2027-01-10T12:00:00Z");
    assert_eq!(hr.kinds().await[0], "employee.joined");

    hr.bob.terminate(&id, "2027-02-01", None);
    hr.told().await;
    hr.bob.move_termination(&id, "2027-03-01", Some("2027-02-20"));
    assert_eq!(hr.kinds().await, ["table.entry.updated", "employee.updated"]);
    hr.to("2027-02-19T12:00:00Z");
    assert_eq!(hr.told().await, []);
    hr.to("2027-02-20T12:00:00Z");
    assert_eq!(hr.kinds().await[..2], ["employee.left", "employee.inactivated"]);
}

#[tokio::test]
async fn what_is_dated_today_takes_effect_at_once() {
    let hr = Hr::start().await;
    let id = hr.bob.hire("2026-11-23", ann());
    assert_eq!(hr.kinds().await, ["employee.created", "employee.joined", "employee.activated"]);
    hr.bob.terminate_at_once(&id, "2026-12-23", None);
    let told = ["table.entry.created", "employee.updated", "employee.access.revoked.immediately"];
    assert_eq!(hr.kinds().await, told);
    assert_eq!(hr.standing(&id).await, (json!("employed"), json!("Active")));
    hr.bob.cancel_termination(&id);
    // Too late for "immediately": the access ends with the date anyway.
    hr.bob.terminate_at_once(&id, "2026-11-23", None);
    hr.bob.cancel_termination(&id);
    hr.told().await;
    hr.bob.revoke(&id);
    assert_eq!(hr.kinds().await, ["employee.updated"]);
    assert_eq!(hr.standing(&id).await, (json!("employed"), json!("Active")));
}

#[tokio::test]
async fn a_dated_row_of_work_counts_from_its_day() {
    let hr = Hr::start().await;
    let id = hr.bob.insert("2020-01-01", ann());
    hr.bob.change_from(&id, "2026-12-01", json!({ "work.title": "Lead", "work.site": "Sydney" }));
    assert_eq!(hr.kinds().await, ["table.entry.created"]);
    let read = hr.read(&id, &["work.title", "work.site"]).await;
    assert_eq!(read["work"], json!({ "title": null, "site": "London" }));
    // Midnight of the new site.
    hr.to("2026-11-30T13:00:00Z");
    hr.bob.deliver().await;
    let told = hr.receiver.take();
    assert_eq!(told.len(), 1);
    let changed = ["work.title", "work.site", "work.siteId", "work.activeEffectiveDate"];
    assert_eq!(told[0]["data"]["fieldUpdates"], json!(changed.map(|id| json!({ "id": id }))));
    assert_eq!(told[0]["triggeredBy"], "system");
    let read = hr.read(&id, &["work.title", "work.site"]).await;
    assert_eq!(read["work"], json!({ "title": "Lead", "site": "Sydney" }));
}
