//! People who start.

use serde_json::json;

use super::{ann, story};
use crate::support::world::event;

#[tokio::test(flavor = "multi_thread")]
async fn a_hire_due_today_is_one_call() {
    story(async |world| {
        world.say(&event("hired", "1", "2026-11-20", &ann("2026-12-01"))).await;
        let profile = json!({
            "login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee",
            "title": "Cook", "employeeNumber": "1",
        });
        let create = ("POST /api/v1/users?activate=true".to_owned(), json!({"profile": profile}));
        assert_eq!(world.calls(), [create]);
        assert_eq!(world.user("ann@example.com").1, "PROVISIONED");
        assert_eq!(world.decisions("1"), ["event.accepted", "user.created"]);
    })
    .await;
}
