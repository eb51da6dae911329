//! The stories of people, each with the exact calls that Okta gets.

mod joiners;

use okta_provisioner::domain::decide::Rules;
use serde_json::{Value, json};

use crate::support::rabbit;
use crate::support::world::World;

/// The rules that come with the program.
fn rules() -> Rules {
    use okta_provisioner::domain::access::*;
    use okta_provisioner::domain::attribute::Limits;
    use okta_provisioner::domain::identity::{Foreign, Identity};
    use okta_provisioner::domain::mapping::Mapping;
    use okta_provisioner::domain::scope::Scope;
    use okta_provisioner::domain::zone::Zones;
    let rows = serde_json::from_value::<Vec<okta_provisioner::domain::mapping::Row>>(json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "title", "bob": "work.title"},
        {"okta": "department", "bob": "work.department"},
        {"okta": "employeeNumber", "bob": "root.id"},
    ]));
    Rules {
        access: AccessRules {
            policy: serde_json::from_value(json!({
                "provision_on": "start_date", "days_before": 0, "before_start": "staged", "status": "hr_status",
                "deactivate_at": "end_of_day", "leaver": "deactivate", "grace": "7d", "on_revoke": "suspend",
                "on_leave": "keep", "leave_statuses": [],
            }))
            .unwrap(),
            zones: Zones {
                default: chrono_tz::UTC,
                by_site: [("Auckland".to_owned(), chrono_tz::Pacific::Auckland)].into(),
                field: None,
            },
            scope: Scope::default(),
        },
        mapping: Mapping::compile(&rows.unwrap(), &Limits::base()).unwrap(),
        identity: Identity { attribute: "employeeNumber".into(), foreign: Foreign::Block },
        send_email: true,
    }
}

/// Runs a story that begins on 1 December 2026 in an org without users.
async fn story(tell: impl AsyncFnOnce(&mut World)) {
    story_with(|_| {}, tell).await;
}

/// The same in an org that has users.
async fn story_with(
    plant: impl FnOnce(&okta_provisioner::sandbox::Sandbox),
    tell: impl AsyncFnOnce(&mut World),
) {
    rabbit::with(async |rabbit| {
        let mut world = World::start(rabbit, rules(), "2026-12-01", plant).await;
        tell(&mut world).await;
        world.end().await;
    })
    .await;
}

/// What HR knows of a person who starts on a day.
fn ann(start: &str) -> Value {
    json!({
        "root.email": "ann@example.com", "root.firstName": "Ann", "root.surname": "Lee",
        "work.title": "Cook", "work.startDate": start,
    })
}
