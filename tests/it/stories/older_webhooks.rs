//! Webhooks of Bob's first version, which carry the whole profile.

use serde_json::{Value, json};

use super::bob_news::{bobs, employed};
use super::{create, profile, story, update, with};
use crate::support::world::NONE;

/// A person's first webhook: what HR knows in its own sections, and who pressed Save.
fn created(title: &str) -> Value {
    let who = |id: &str, name: &str, site: &str| {
        json!({
            "id": id, "companyId": 7, "firstName": name, "surname": "Lee", "displayName": format!("{name} Lee"),
            "email": format!("{}@example.com", name.to_lowercase()), "site": site, "siteId": 31,
        })
    };
    json!({
        "companyId": 7, "employee": who("1", "Ann", "Auckland"), "changedBy": who("9", "Zoe", "London"),
        "type": "employee.created",
        "data": {
            "id": "1", "companyId": 7, "email": "ann@example.com", "firstName": "Ann", "surname": "Lee",
            "displayName": "Ann Lee",
            "personal": {"pronouns": null, "honorific": null, "nationality": ["Dutch", "Irish"]},
            "work": {
                "title": title, "department": "Kitchen", "startDate": "2026-11-02", "shortStartDate": "11-02",
                "manager": "8", "workPhone": null, "workMobile": null, "isManager": false,
                "reportsTo": {"id": "8", "email": "bea@example.com", "firstName": "Bea", "surname": "Lee",
                    "displayName": "Bea Lee"},
                "site": "Auckland", "siteId": 31, "activeEffectiveDate": "2026-11-02",
                "custom": {"field_1": null}, "customColumns": {"column_1": "55", "column_2": null},
                "tenureDuration": {"periodISO": "P1D", "sortFactor": 1, "humanize": "1 day"},
                "durationOfEmployment": null, "tenureYears": 0,
            },
            "about": {"hobbies": [], "socialData": {"linkedin": null}, "avatar": "https://img.example/1.png"},
            "home": {"privateEmail": null},
        },
        "previous": null, "creationDate": "2026-11-30T10:00:00.123",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn where_hr_cannot_be_read_they_carry_the_facts() {
    story(async |world| {
        world.say(&created("Cook")).await;
        let expected = with(&profile("Ann", "1"), &json!({"department": "Kitchen"}));
        assert_eq!(world.calls(), [create(&expected)]);
        let person = world.person("1");
        let facts: Value = person.facts.iter().map(|(name, fact)| (name, fact.value.clone())).collect();
        // Those that anything is done with, and no others; what the message does not mention stays unknown.
        let kept = json!({
            "root.email": "ann@example.com", "root.firstName": "Ann", "root.surname": "Lee",
            "work.title": "Cook", "work.department": "Kitchen", "work.startDate": "2026-11-02",
            "work.site": "Auckland", "work.siteId": 31,
        });
        assert_eq!(facts, kept);
        let said = |fact: &okta_provisioner::domain::facts::Fact| fact.stamp.at.to_rfc3339();
        assert!(person.facts.iter().all(|(_, fact)| said(fact) == "2026-11-30T10:00:00.123+00:00"));
        assert!(person.read_wanted.is_some(), "nobody reads it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_hr_can_be_read_what_it_shows_counts() {
    bobs(async |world| {
        let id = employed(world).await;
        world.bob().change("1", json!({"work.title": "Chef"}));
        world.say(&created("Cook")).await;
        assert_eq!(world.bob_calls(), ["person 1"]);
        // The department is nobody's word but the webhook's, and HR shows that there is none.
        assert_eq!(world.calls(), [update(&id, &json!({"title": "Chef"}))]);
        world.quiet().await;
        assert_eq!(world.calls(), NONE);
    })
    .await;
}
