use super::*;
use crate::okta::limits::LONGEST;

const LATER: Verdict = Verdict::Retry { after: None };
const MINUTE: Verdict = Verdict::Retry { after: Some(Duration::from_mins(1)) };

const STATE_CHANGES: [Op; 5] = [Op::Activate, Op::Suspend, Op::Unsuspend, Op::ClearSessions, Op::Deactivate];
const READS: [Op; 5] = [Op::Get, Op::Search, Op::List, Op::Owner, Op::Schema];

/// The verdicts for create, update, every state change and every read, which must agree among themselves.
fn verdicts(code: Option<&str>, status: u16) -> [Verdict; 4] {
    let limits = Limits { status, ..Limits::default() };
    let verdict = |op| look_up(code, &limits).rule.verdict(op, false, &limits);
    let same = |ops: &[Op]| {
        let first = verdict(ops[0]);
        assert!(ops.iter().all(|op| verdict(*op) == first), "{code:?} {status}: {ops:?}");
        first
    };
    [verdict(Op::Create), verdict(Op::Update), same(&STATE_CHANGES), same(&READS)]
}

#[test]
fn every_code_of_the_catalogue_is_considered_once() {
    let mut codes: Vec<u32> = CODES.iter().map(|(code, ..)| *code).collect();
    codes.extend(ELSEWHERE);
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!((all, codes.len()), (251, 251));
}

#[test]
fn an_unknown_code_is_judged_by_its_status() {
    use Verdict::{Block, Halt, Reread};
    for (statuses, expected) in [
        (&[401][..], [Halt; 4]),
        (&[400, 402, 403, 405, 406, 411, 413, 415, 422, 431, 451, 499, 501], [Block; 4]),
        (&[404, 410], [Block, Reread, Reread, Block]),
        (&[429], [MINUTE; 4]),
        (
            &[408, 409, 412, 421, 423, 425, 500, 502, 503, 504, 505, 599, 100, 302, 304, 600, 999],
            [Reread, Reread, Reread, LATER],
        ),
    ] {
        for status in statuses {
            for code in ["E0999999", "E9999999", "E0000000"] {
                assert_eq!(verdicts(Some(code), *status), expected, "{status}");
            }
            let limits = Limits { status: *status, ..Limits::default() };
            assert!(look_up(Some("E0999999"), &limits).meaning.contains("does not know"));
            assert!(!look_up(Some("E0000048"), &limits).meaning.contains("does not know"));
        }
    }
}

#[test]
fn without_a_code_nobody_is_blocked() {
    use Verdict::Reread;
    for status in 0..=999 {
        // A login in the path may be odd.
        assert_ne!(of_get(status), Verdict::Block);
        let expected = match status {
            401 | 404 | 300..=303 | 305..=399 => continue,
            429 => [MINUTE; 4],
            _ => [Reread, Reread, Reread, LATER],
        };
        assert_eq!(verdicts(None, status), expected, "{status}");
    }
    for status in [301, 401, 404] {
        let limits = Limits { status, ..Limits::default() };
        let verdict = |op| look_up(None, &limits).rule.verdict(op, false, &limits);
        assert_eq!([Op::List, Op::Owner, Op::Schema].map(verdict), [Verdict::Halt; 3], "{status}");
        assert_eq!([Op::Create, Op::Update, Op::Deactivate].map(verdict), [Reread; 3], "{status}");
        assert_eq!([Op::Get, Op::Search].map(verdict), [LATER; 2], "{status}");
    }
}

fn of_get(status: u16) -> Verdict {
    let limits = Limits { status, ..Limits::default() };
    look_up(None, &limits).rule.verdict(Op::Get, false, &limits)
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
    let verdict = |limits: &Limits| {
        let ruling = look_up(Some("E0000047"), limits);
        (ruling.rule.verdict(Op::Create, false, limits), ruling.meaning)
    };
    assert_eq!(verdict(&limits), (LATER, "too many calls at once"));
    let rate = Limits { limit: Some(600), date: chrono::DateTime::from_timestamp(0, 0), ..limits };
    assert_eq!(verdict(&rate), (Verdict::Retry { after: Some(LONGEST) }, "the rate limit is spent"));
    // Whatever else it says.
    for code in [None, Some("E0000001"), Some("E0000011"), Some("E0999999")] {
        assert_eq!(look_up(code, &rate).rule, Window, "{code:?}");
    }
}
