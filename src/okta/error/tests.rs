use super::*;
use crate::domain::account::Profile;
use crate::okta::limits::LONGEST;
use serde_json::json;

use Verdict::{Block, Halt, Reread};
const LATER: Verdict = Verdict::Retry { after: None };
const MINUTE: Verdict = Verdict::Retry { after: Some(Duration::from_mins(1)) };

const WRITES: [Op; 7] =
    [Op::Create, Op::Update, Op::Activate, Op::Suspend, Op::Unsuspend, Op::ClearSessions, Op::Deactivate];
const STATE: [Op; 5] = [Op::Activate, Op::Suspend, Op::Unsuspend, Op::ClearSessions, Op::Deactivate];
const PROFILE: [Op; 2] = [Op::Create, Op::Update];
const READS: [Op; 5] = [Op::Get, Op::Search, Op::List, Op::Owner, Op::Schema];

#[test]
fn every_code_has_its_verdict() {
    let all: Vec<Op> = WRITES.into_iter().chain(READS).collect();
    let table: &[(&[Op], u16, &str, Verdict)] = &[
        (&all, 301, "", Halt),
        (&all, 302, "", Halt),
        (&all, 401, "", Halt),
        (&all, 404, "", Halt),
        (&all, 401, "E0000004", Halt),
        (&all, 403, "E0000005", Halt),
        (&all, 401, "E0000011", Halt),
        (&all, 401, "E0000999", Halt),
        (&all, 401, "E0000015", Block),
        (&all, 403, "E0000006", Block),
        (&all, 400, "E0000003", Block),
        (&PROFILE, 400, "E0000001", Block),
        (&STATE, 400, "E0000001", Reread),
        (&READS, 400, "E0000001", Block),
        (&[Op::Create, Op::Owner, Op::List], 404, "E0000007", Block),
        (&STATE, 404, "E0000007", Reread),
        (&[Op::Update], 404, "E0000007", Reread),
        (&[Op::Update, Op::Deactivate], 410, "E0000156", Reread),
        (&all, 405, "E0000022", Block),
        (&WRITES, 500, "E0000009", Reread),
        (&READS, 500, "E0000009", LATER),
        (&WRITES, 503, "E0000010", Reread),
        (&READS, 503, "E0000010", LATER),
        (&WRITES, 503, "E0000181", Reread),
        (&READS, 503, "E0000100", LATER),
        (&WRITES, 502, "", Reread),
        (&READS, 504, "", LATER),
        (&WRITES, 403, "E0000016", Reread),
        (&WRITES, 403, "E0000038", Reread),
        (&WRITES, 403, "E0000107", Reread),
        (&all, 403, "E0000023", Block),
        (&all, 400, "E0000031", Block),
        (&all, 429, "E0000047", MINUTE),
        (&all, 429, "", MINUTE),
        (&all, 501, "E0000060", Block),
        (&all, 403, "E0000077", Block),
        (&all, 403, "E0000078", Block),
        (&all, 403, "E0000111", Block),
        (&all, 409, "E0000112", MINUTE),
        (&WRITES, 409, "E0000113", Reread),
        (&READS, 409, "E0000113", LATER),
        (&all, 409, "E0000145", Block),
        (&all, 400, "E0000179", Block),
        (&WRITES, 412, "E0000231", Reread),
        (&all, 423, "E0000239", LATER),
        (&WRITES, 409, "E0000249", Reread),
        (&all, 403, "", LATER),
        (&all, 400, "", Block),
        (&all, 413, "", Block),
        (&WRITES, 408, "", Reread),
        (&READS, 408, "", LATER),
        (&WRITES, 599, "E9999999", Reread),
        (&all, 418, "E9999999", Block),
    ];
    for (ops, status, code, verdict) in table {
        for op in *ops {
            let limits = Limits { status: *status, ..Limits::default() };
            assert_eq!(judge(*op, *status, code, false, &limits), *verdict, "{op}: {status} {code}");
        }
    }
}

fn answered(op: Op, status: u16, body: &str, profile: &Profile) -> Fault {
    let limits = Limits { status, ..Limits::default() };
    Fault::answered(op, &limits, Some("r1".to_owned()), body.as_bytes(), Sent::Profile(profile))
}

#[test]
fn a_taken_login_is_read_again() {
    let taken = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorCauses":[
        {"errorSummary":"login: An object with this field already exists in the current organization"}]}"#;
    for op in PROFILE {
        let fault = answered(op, 400, taken, &Profile::new());
        assert_eq!((fault.verdict, fault.attributes), (Reread, vec!["login".to_owned()]));
    }
}

#[test]
fn the_two_429s_are_told_apart() {
    let limits = Limits {
        status: 429,
        limit: Some(0),
        remaining: Some(0),
        reset: Some(4_000_000_000),
        ..Limits::default()
    };
    assert_eq!(judge(Op::Create, 429, "E0000047", false, &limits), LATER);
    let rate = Limits { limit: Some(600), date: chrono::DateTime::from_timestamp(0, 0), ..limits };
    assert_eq!(judge(Op::Create, 429, "E0000047", false, &rate), Verdict::Retry { after: Some(LONGEST) });
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
    let okta = r#"{"errorCode":"E0000009","errorCauses":[]}"#;
    for (status, body, expected) in [
        (500, okta, true),
        (503, "<html>", true),
        (403, "<html>", true),
        (403, okta, false),
        (400, "<html>", false),
        (429, okta, false),
        (501, r#"{"errorCode":"E0000060"}"#, false),
    ] {
        assert_eq!(answered(Op::Get, status, body, &Profile::new()).unreachable, expected, "{status} {body}");
    }
}

#[test]
fn a_code_of_another_form_is_not_repeated() {
    let fault = answered(Op::Get, 400, r#"{"errorCode":"zoe@x.com"}"#, &Profile::new());
    assert_eq!(fault.code, None);
}
