use chrono::TimeDelta;
use okta_provisioner::domain::account::{OktaId, Profile, Status};
use okta_provisioner::domain::plan::Step;
use okta_provisioner::domain::urgency::Urgency;
use okta_provisioner::okta::Verdict;
use serde_json::json;

use super::{TOKEN, client, now, perform, user};
use crate::support::server::{Says, Server};

fn profile(value: serde_json::Value) -> Profile {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn each_step_is_one_call_of_its_own_form() {
    let server = Server::start([]).await;
    let client = client(&server.origin);
    let ann = profile(json!({"login": "ann@x.com", "title": null}));
    let table = [
        (Step::Create { profile: ann.clone(), activate: true }, "POST /api/v1/users?activate=true"),
        (Step::Create { profile: ann.clone(), activate: false }, "POST /api/v1/users?activate=false"),
        (Step::Update { changes: ann }, "POST /api/v1/users/00u1"),
        (Step::Activate { send_email: true }, "POST /api/v1/users/00u1/lifecycle/activate?sendEmail=true"),
        (Step::Activate { send_email: false }, "POST /api/v1/users/00u1/lifecycle/activate?sendEmail=false"),
        (Step::Suspend, "POST /api/v1/users/00u1/lifecycle/suspend"),
        (Step::Unsuspend, "POST /api/v1/users/00u1/lifecycle/unsuspend"),
        (Step::ClearSessions, "DELETE /api/v1/users/00u1/sessions?oauthTokens=true"),
        (Step::Deactivate, "POST /api/v1/users/00u1/lifecycle/deactivate"),
    ];
    for (step, line) in &table {
        let writes_profile = matches!(step, Step::Create { .. } | Step::Update { .. });
        server.says(match step {
            _ if writes_profile => Says(200, vec![], user("00u1", "ann@x.com").to_string()),
            Step::ClearSessions => Says(204, vec![], String::new()),
            Step::Activate { send_email: false } => {
                Says(200, vec![], json!({"activationToken": "t"}).to_string())
            }
            _ => Says(200, vec![], "{}".into()),
        });
        let answer = perform(&client, step).await.unwrap();
        let asked = server.asked().pop().unwrap();
        assert_eq!(asked.line(), *line);
        assert_eq!(asked.header("authorization"), Some(format!("SSWS {TOKEN}").as_str()));
        assert_eq!(asked.header("accept"), Some("application/json"));
        assert_eq!(asked.header("user-agent"), Some(concat!("okta-provisioner/", env!("CARGO_PKG_VERSION"))));
        if writes_profile {
            assert_eq!(asked.body, r#"{"profile":{"login":"ann@x.com","title":null}}"#);
            assert_eq!(asked.header("content-type"), Some("application/json"));
            let account = answer.account.unwrap();
            assert_eq!((account.id.0.as_str(), account.status), ("00u1", Status::Active));
            assert_eq!(account.seen_at, now());
            assert_eq!(account.profile, profile(json!({"email": "ann@x.com", "title": "Smith"})));
        } else {
            assert_eq!((asked.header("content-length"), asked.body.as_str()), (Some("0"), ""));
            assert_eq!(answer.account, None);
        }
    }
    assert_eq!(server.asked().len(), table.len());
}

#[tokio::test]
async fn an_answer_tells_its_request_and_oktas_clock() {
    let headers =
        vec![("x-okta-request-id", "aVb-1_x".into()), ("date", "Mon, 09 Mar 2026 14:10:09 GMT".to_owned())];
    let server = Server::start([Says(200, headers, "{}".into())]).await;
    let client = client(&server.origin);
    assert_eq!(client.skew(), None);
    let answer = perform(&client, &Step::Suspend).await.unwrap();
    assert_eq!(answer.request_id.as_deref(), Some("aVb-1_x"));
    assert_eq!(answer.at, Some(now() + TimeDelta::seconds(9)));
    assert_eq!(client.skew(), Some(TimeDelta::seconds(9)));
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_not_believed() {
    let cases = [
        (Step::Create { profile: Profile::new(), activate: true }, "{}"),
        (Step::Update { changes: Profile::new() }, "<html>welcome</html>"),
        (Step::Deactivate, "<html>welcome</html>"),
        (Step::Suspend, "[]"),
    ];
    for (step, body) in cases {
        let server = Server::start([Says(200, vec![], body.into())]).await;
        let fault = perform(&client(&server.origin), &step).await.unwrap_err();
        assert_eq!(fault.verdict, Verdict::Reread, "{step:?}");
        assert!(!fault.to_string().contains("welcome"));
    }
}

#[tokio::test]
async fn an_id_that_is_none_never_reaches_the_path() {
    let server = Server::start([]).await;
    let client = client(&server.origin);
    let step = Step::Update { changes: Profile::new() };
    for id in ["", "../groups", "00u1/lifecycle/deactivate", "00u1?x", "me", "ann@x.com"] {
        let permit = client.admit(&step, Urgency::Change, now()).await.unwrap();
        let fault = client.perform(&step, Some(&OktaId(id.into())), permit).await.unwrap_err();
        assert_eq!(fault.verdict, Verdict::Block, "{id}");
        assert!(!fault.to_string().contains("ann"));
    }
    let permit = client.admit(&step, Urgency::Change, now()).await.unwrap();
    assert!(client.perform(&step, None, permit).await.is_err());
    assert_eq!(server.asked().len(), 0);
    assert_eq!(client.slots_free(), 10);
}
