use serde_json::{Value as Json, json};

use super::*;

fn render(source: &str, facts: &Json) -> Result<Option<String>, Failure> {
    Template::compile(source).unwrap().render(|field| facts.get(field).into())
}

#[test]
fn templates_are_filled_in() {
    let facts = json!({
        "root.firstName": "Ada", "root.surname": "King", "root.secondName": null, "work.title": "  ",
        "work.site": "London", "work.custom.field_1": 7, "personal.nationality": ["French", "German"],
        "work.isManager": true, "work.team": [],
    });
    for (source, text) in [
        ("{{ root.firstName }} {{ root.surname }}", "Ada King"),
        ("{{ root.firstName }} {{ root.secondName }} {{ root.surname }}", "Ada King"),
        (" {{ root.secondName }} {{ root.surname }} ", "King"),
        ("{{ root.surname | upper }}, {{ root.firstName | lower }}", "KING, ada"),
        ("{{ root.firstName[0] }}.{{ root.surname | first }}", "A.K"),
        ("{{ root.firstName[:1] }}{{ root.surname[1:-1:1] }}{{ root.secondName[:1] }}", "Ain"),
        ("{% for n in personal.nationality[:1] %}{{ n[:2] }}{% endfor %}", "Fr"),
        ("{{ work.title or root.surname }}", "King"),
        ("{{ root.surname | replace('K', 'W') | trim }}", "Wing"),
        ("{{ root.secondName | default('none given', true) }}{{ root.surname[:0] }}", "none given"),
        ("{% if work.site == 'London' %}UK{% else %}else{% endif %}-{{ work.custom.field_1 }}", "UK-7"),
        ("{{ personal.nationality }} ({{ work.isManager }})", "French, German (true)"),
        ("{{ personal.nationality | last }}", "German"),
        ("{% for n in personal.nationality %}{{ loop.index }}{{ n[0] }}{% endfor %}", "1F2G"),
        ("{{ work.site }}\n{{ root.surname }}", "London\nKing"),
        ("A&B <{{ work.site }}>", "A&B <London>"),
        ("{{ root.secondName }} of {{ work.title }}", ""),
        ("{{ work.team }}", ""),
        ("always", "always"),
    ] {
        assert_eq!(render(source, &facts), Ok(Some(text.to_owned())), "{source}");
    }
}

#[test]
fn one_unknown_field_leaves_it_open() {
    let facts = json!({"root.firstName": "Ada", "root.surname": null});
    for source in [
        "{{ root.firstName }} {{ root.nickname }}",
        "{{ root.surname }}{{ root.nickname }}",
        "{{ root.nickname | default('x') }}",
    ] {
        assert_eq!(render(source, &facts), Ok(None), "{source}");
    }
}

#[test]
fn a_failure_says_kind_and_line_and_no_value() {
    let facts = json!({"root.id": "Zanzibar", "work.site": {"a": "Zanzibar"}, "work.list": ["Zanzibar"]});
    for (source, said) in [
        ("x\n{{ root.id / 2 }}", "invalid operation in line 2"),
        ("{{ root.id | int }}", "invalid operation in line 1"),
        ("{{ work.site }}", "not a primitive in line 1"),
        ("{{ (work.list | first)[100] }}", "undefined value in line 1"),
        ("{{ root.id | batch(root.id) }}", "invalid operation in line 1"),
    ] {
        let failure = render(source, &facts).unwrap_err();
        assert_eq!(failure.to_string(), said, "{source}");
        assert!(!format!("{failure:?}").contains("Zanzibar"));
    }
}

#[test]
fn a_template_cannot_run_for_ever() {
    let endless =
        "{% for n in [1,2,3,4,5,6,7,8,9,0] %}".repeat(6) + "{{ work.site }}" + &"{% endfor %}".repeat(6);
    let problem = Template::compile(&endless).unwrap_err();
    assert!(problem.contains("out of fuel"), "{problem}");

    // Made-up facts are short: here only real ones take it too far.
    let long = "{% for a in work.list %}{% for b in work.list %}{% for c in work.list %}x{% endfor %}{% endfor %}{% endfor %}";
    let failure = render(long, &json!({"work.list": vec!["x"; 100]})).unwrap_err();
    assert_eq!(failure.to_string(), "it takes too many steps in line 1");
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    for (source, problem) in [
        ("{{ root.firstName", "syntax error"),
        ("{% if root.firstName %}x", "syntax error"),
        ("{{ root.firstName | shout }}", "unknown filter"),
        ("{{ root.firstName is loud }}", "unknown test"),
        ("{{ root.firstName | replace('a') }}", "missing argument"),
        ("{{ root.firstName.upper() }}", "`root.firstName.upper()` cannot be called"),
        ("{{ (root.firstName ~ 'x').upper() }}", "unknown method"),
        ("{{ firstName }}", "`firstName` is not a Bob field id"),
        ("{{ root['firstName'] }}", "`root` is not a Bob field id"),
        ("{{ debug() }}", "`debug` is not a Bob field id"),
        ("{{ work.reportsTo }} {{ work.reportsTo.id }}", "one holds the other"),
        ("{% include 'etc/passwd' %}", "syntax error"),
        ("{% macro m() %}{% endmacro %}", "syntax error"),
    ] {
        let said = Template::compile(source).unwrap_err();
        assert!(said.contains(problem), "{source}: {said}");
    }
}

#[test]
fn fields_are_found_wherever_they_stand() {
    let source = "{% set x = root.firstName %}{{ x }}{% for n in personal.nationality %}{{ n }}{% endfor %}\
                  {{ work.manager[:work.length] }}{{ ['a', \"b\"] }}\
                  {% if work.customColumns.column_123 is none %}{{ work.site | default(work.title) }}{% endif %}";
    let fields = Template::compile(source).unwrap().fields().clone();
    let expected = "personal.nationality root.firstName work.customColumns.column_123 work.length work.manager \
                    work.site work.title";
    assert_eq!(fields.into_iter().collect::<Vec<_>>().join(" "), expected);
}
