use super::*;
use crate::domain::account::Profile;
use serde_json::json;

fn answered(op: Op, status: u16, body: &str, profile: &Profile) -> Fault {
    let limits = Limits { status, ..Limits::default() };
    Fault::answered(op, &limits, Some("r1".to_owned()), body.as_bytes(), Sent::Profile(profile))
}

#[test]
fn a_taken_login_is_read_again() {
    let taken = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorCauses":[
        {"errorSummary":"login: An object with this field already exists in the current organization"}]}"#;
    for op in [Op::Create, Op::Update] {
        let fault = answered(op, 400, taken, &Profile::new());
        assert_eq!((fault.verdict, fault.attributes), (Verdict::Reread, vec!["login".to_owned()]));
    }
}

#[test]
fn a_fault_says_what_happened_and_holds_no_value() {
    let profile = serde_json::from_value(json!({"login": "zoe@x.com", "countryCode": "Wonderland"})).unwrap();
    let body = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: zoe@x.com","errorId":"oae",
        "errorCauses":[{"errorSummary":"countryCode: Wonderland is no country"},
                       {"errorSummary":"login: Does not match required pattern"}, {"x": 1}]}"#;
    let fault = answered(Op::Update, 400, body, &profile);
    assert_eq!(fault.attributes, ["countryCode", "login"]);
    let text = fault.to_string();
    for part in
        ["update", "400 E0000001", "countryCode: (text withheld)", "login: Does not match", "[request r1]"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert!(!format!("{fault:?}{text}").to_lowercase().contains("wonderland"), "{fault:?}");
    assert!(!format!("{fault:?}{text}").contains("zoe"), "{fault:?}");
}

#[test]
fn only_what_looks_like_an_outage_is_unreachable() {
    let html = "<html>";
    for (status, body, expected) in [
        (500, r#"{"errorCode":"E0000009","errorCauses":[]}"#, true),
        (503, html, true),
        (403, html, true),
        (400, html, true),
        (404, html, true),
        (429, html, false),
        (403, r#"{"errorCode":"E0000006"}"#, false),
        (501, r#"{"errorCode":"E0000060"}"#, false),
        // The org's search, its hook, or its writing is down; probes would succeed.
        (503, r#"{"errorCode":"E0000100"}"#, false),
        (504, r#"{"errorCode":"E0000137"}"#, false),
        (503, r#"{"errorCode":"E0000010"}"#, false),
    ] {
        assert_eq!(answered(Op::Get, status, body, &Profile::new()).unreachable, expected, "{status} {body}");
    }
}

#[test]
fn a_code_of_another_form_is_not_repeated() {
    let fault = answered(Op::Get, 400, r#"{"errorCode":"zoe@x.com"}"#, &Profile::new());
    assert_eq!(fault.code, None);
}

#[test]
fn a_lost_role_is_told_from_other_refusals() {
    for (status, code, expected) in [
        (403, "E0000006", true),
        (405, "E0000022", true),
        (403, "E0000038", false),
        (401, "E0000015", false),
        (401, "E0000011", false),
    ] {
        let fault = answered(Op::Update, status, &json!({"errorCode": code}).to_string(), &Profile::new());
        assert_eq!(fault.is_forbidden(), expected, "{code}");
    }
}
