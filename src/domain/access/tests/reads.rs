//! What reads of HR prove and end.

use super::*;

#[test]
fn somebody_whom_hr_does_not_know_any_more_is_cut_until_a_read_finds_them() {
    let hired = ("01-01", Hired, start("03-01"));
    let gone = [hired, ("05-01", Gone, json!({}))];
    check(&rules(), &facts(&gone), "05-02", Deactivated, None);
    assert_eq!(rules().desired(&facts(&gone), None, at("05-02")).why, Why::Gone(at("05-01")));
    let found = [&gone[..], &[("05-02", Read, json!({}))]].concat();
    check(&rules(), &facts(&found), "05-03", Active, None);
    let deleted = [&found[..], &[("05-01", Deleted, json!({}))]].concat();
    check(&rules(), &facts(&deleted), "05-03", Deactivated, None);
}

#[test]
fn what_bob_revoked_is_over_when_a_read_shows_nothing_of_the_termination() {
    let rules = rules();
    let none = json!({"internal.terminationDate": null, "employee.lastDayOfWork": null, "internal.status": "Active"});
    let hired = ("01-01", Hired, start("03-01"));
    let after = |source: &str, rest: &[(&str, Kind, Value)]| {
        let mut facts = facts(&[std::slice::from_ref(&hired), rest].concat());
        let stamp = Stamp { at: at("05-01"), id: "r".into(), source: source.into() };
        let revoked =
            Event { employee: "1".into(), kind: AccessRevoked, stamp, fields: [].into(), read_wanted: true };
        facts.merge(&revoked, &tracked());
        rules.desired(&facts, None, at("05-10")).access
    };
    let read = |said, fields: &Value| (said, Read, fields.clone());
    assert_eq!(after("bob", &[read("04-30", &none)]), Suspended, "it may have been too early to see");
    assert_eq!(after("bob", &[read("05-01", &none)]), Active);
    assert_eq!(after("hr", &[read("05-02", &none)]), Suspended, "who else revoked it must give it back");
    let hidden = json!({"internal.terminationDate": null, "internal.status": "Active"});
    assert_eq!(after("bob", &[read("05-02", &hidden)]), Suspended, "what was not shown is not known");
    // Over is over: another termination, without a revocation, is only that.
    let leaves = ("05-04", Terminated, ends("05-31"));
    assert_eq!(after("bob", &[read("05-02", &none), leaves.clone()]), Active);
    assert_eq!(after("bob", &[read("05-02", &none), leaves, read("05-05", &ends("05-31"))]), Active);
}
