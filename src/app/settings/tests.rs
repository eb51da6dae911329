mod hr;
mod secrets;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::domain::access::{BeforeStart, DeactivateAt, Leaver, OnLeave, OnRevoke, ProvisionOn, StatusRule};
use crate::domain::guard::Guard;
use crate::domain::identity::Foreign;

fn read(file: &str, env: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, file).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let at = format!("{}/", folder.path().display());
    let result = Settings::read(Some(&path), env.iter().map(|(name, value)| (name.into(), value.into())));
    result.map_err(|error| SettingsError(error.0.iter().map(|problem| problem.replace(&at, "")).collect()))
}

fn problems(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    read(file, env).map(|_| ()).expect_err("it is wrong").0
}

#[test]
fn the_defaults_are_what_the_manual_says() {
    let settings = Settings::read(None, []).unwrap();
    assert_eq!(settings.warnings, [""; 0]);
    assert!(settings.okta.org_url.is_none() && settings.okta.api_token.is_none());
    assert_eq!((settings.okta.rate_share, settings.okta.max_in_flight), (0.8, 16));
    let broker = &settings.broker;
    assert_eq!(broker.url.expose_secret(), "amqp://guest:guest@localhost:5672/%2f");
    assert_eq!(
        (broker.exchange.as_str(), broker.queue.as_str()),
        ("hr.lifecycle", "okta-provisioner.events")
    );
    assert_eq!((broker.prefetch, broker.declare, &broker.ca_file), (200, true, &None));
    assert!(settings.bob.is_none() && settings.webhook.is_empty());
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8090");
    assert_eq!(settings.reconcile.at.to_string(), "03:00:00");
    assert_eq!(settings.ledger_path(false), Path::new("okta-provisioner.sqlite3"));
    assert_eq!(settings.ledger_path(true), Path::new("okta-provisioner.sandbox.sqlite3"));
    assert_eq!(settings.ledger.first_run, FirstRun::Observe);
    assert_eq!((settings.log.format, settings.log.level), (Format::Json, Level::Info));
    let Rules { access, mapping, identity, send_email, guard, .. } = &*settings.rules;
    assert_eq!(*guard, Guard::default());
    let expected = Policy {
        provision_on: ProvisionOn::StartDate,
        days_before: 0,
        before_start: BeforeStart::Staged,
        status: StatusRule::HrStatus,
        deactivate_at: DeactivateAt::EndOfDay,
        leaver: Leaver::Deactivate,
        grace: chrono::TimeDelta::days(7),
        on_revoke: OnRevoke::Suspend,
        on_leave: OnLeave::Keep,
        leave_statuses: vec!["leave".into(), "parental leave".into()],
    };
    assert_eq!(access.policy, expected);
    assert!(access.scope.email_domains.is_empty() && access.scope.condition.is_none());
    assert_eq!((access.zones.default, access.zones.by_site.len()), (chrono_tz::UTC, 0));
    assert_eq!(*identity, Identity { attribute: "employeeNumber".into(), foreign: Foreign::Block });
    assert!(send_email);
    assert_eq!(mapping.attributes().len(), 19);
    assert_eq!(mapping.source("countryCode"), Some("address.country"));
}

/// The manual has every key that there is, and none that there is not.
#[test]
fn the_manual_is_complete() {
    // `#key = value` is a key without a default, `# Text` is prose.
    let without_default = |line: &&str| line.starts_with('#') && line[1..].starts_with(char::is_alphabetic);
    let count = layers::DEFAULTS.lines().filter(without_default).count();
    let uncommented: String = layers::DEFAULTS
        .lines()
        .map(|line| {
            line.strip_prefix('#').filter(|_| without_default(&line)).unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    let all = layers::parse(&uncommented).unwrap();
    assert_eq!(count, 12);
    for problem in problems(&uncommented, &[]) {
        assert!(problem.contains("are both set"), "{problem}");
    }
    for (section, keys) in all.into_iter().filter_map(|(name, value)| Some((name, value.into_table().ok()?)))
    {
        let refusal = problems(&format!("[{section}]\nnone_such = 1"), &[]);
        let known = refusal[0].split('`').skip(3).step_by(2).collect::<Vec<_>>();
        assert_eq!(known.len(), keys.len(), "{section}: {known:?}");
        assert!(known.iter().all(|key| keys.contains_key(*key)), "{section}: {known:?}");
    }
}

#[test]
fn the_file_is_over_the_defaults_and_the_environment_over_both() {
    let file = "[broker]\nprefetch = 7\nqueue = 'q'\n[timezone.by_site]\nLondon = 'Europe/London'";
    let settings = read(
        file,
        &[
            ("OKTA_PROVISIONER__BROKER__PREFETCH", "9"),
            ("OKTA_PROVISIONER__BROKER__EXCHANGE", "12"),
            ("OKTA_PROVISIONER__BROKER__DECLARE", "false"),
            ("OKTA_PROVISIONER__OKTA__RATE_SHARE", "0.25"),
            ("OKTA_PROVISIONER__OKTA__API_TOKEN", "007"),
            ("OKTA_PROVISIONER__SCOPE__EMAIL_DOMAINS", r#"["Acme.com", "acme.example"]"#),
            ("OKTA_PROVISIONER_SERVICE_HOST", "10.0.0.1"),
            ("OKTA_PROVISIONER_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("OKTA_ORG_URL", "of somebody else"),
        ],
    )
    .unwrap();
    let broker = &settings.broker;
    assert_eq!((broker.prefetch, broker.declare), (9, false));
    assert_eq!((broker.queue.as_str(), broker.exchange.as_str()), ("q", "12"));
    assert!((settings.okta.rate_share - 0.25).abs() < 1e-9);
    assert_eq!(settings.okta.api_token.unwrap().expose_secret(), "007");
    assert_eq!(settings.rules.access.scope.email_domains, ["acme.com", "acme.example"]);
    assert_eq!(settings.rules.access.zones.by_site["London"], chrono_tz::Europe::London);
}

#[test]
fn the_environment_names_the_file_where_the_command_line_does_not() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("named.toml");
    std::fs::write(&path, "[broker]\nprefetch = 7").unwrap();
    let env = [(CONFIG.into(), path.clone().into())];
    assert_eq!(Settings::read(None, env.clone()).unwrap().broker.prefetch, 7);
    let gone = folder.path().join("gone.toml");
    let error = Settings::read(Some(&gone), env).unwrap_err().to_string();
    assert!(error.contains("gone.toml: cannot be read: No such file"), "{error}");
}

#[test]
fn every_problem_is_told_at_once_and_where_it_is() {
    let file = r#"
        [okta]
        org_url = "http://acme.okta.com"
        api_token = 8315
        rate_share = 1.5
        [broker]
        preftch = 5
        prefetch = "many"
        queue = ""
        [acess]
        [access]
        leaver = "fire"
        deactivate_at = "noon"
        grace = "soon"
        [timezone]
        default = "Mars/Base"
        by_site = { "Paris" = "Europe/Pari" }
        [scope]
        email_domains = ["@acme.com"]
        condition = "work.site =="
        [[mapping]]
        okta = "title"
        bob = "work.title"
        template = "x"
    "#;
    let env = [
        ("OKTA_PROVISIONER_X__Y", "1"),
        ("OKTA_PROVISIONER__BROKER__NO", "1"),
        ("OKTA_PROVISIONER__OKTA__MAX_IN_FLIGHT", "lots"),
        ("OKTA_PROVISIONER__GARD__CUTS_COUNT", "1"),
        ("OKTA_PROVISIONER__GUARD__MAX", "1"),
        ("OKTA_PROVISIONER__GUARD__CUTS_SHARE", "5.0"),
        ("OKTA_PROVISIONER__GUARD__FIELD_WINDOW", "0s"),
        ("okta_provisioner__broker__prefetch", "1"),
    ];
    let found = problems(file, &env);
    let expected = [
        "OKTA_PROVISIONER_X__Y: no such setting; variables of this program are called \
         OKTA_PROVISIONER__SECTION__KEY, or OKTA_PROVISIONER_CONFIG",
        "OKTA_PROVISIONER__GARD__CUTS_COUNT: no such setting",
        "OKTA_PROVISIONER__GUARD__MAX: guard.max: unknown field `max`",
        "guard.cuts_share must be from 0 to 1, not 5",
        "guard.field_window must be longer than nothing and at most a year",
        "okta_provisioner__broker__prefetch: no such setting",
        "my.toml: no section is called acess; there are access, bob, broker, guard, http, identity, ledger, log, \
         mapping, okta, reconcile, scope, timezone, webhook",
        "my.toml: okta.org_url: http would send the API token in the clear: write https://acme.okta.com",
        "my.toml: okta.api_token must be a text",
        "OKTA_PROVISIONER__OKTA__MAX_IN_FLIGHT: okta.max_in_flight: invalid type: string \"lots\"",
        "my.toml: broker.preftch: unknown field `preftch`, expected one of `url`, ",
        "my.toml: broker.prefetch: invalid type: string \"many\", expected u16",
        "OKTA_PROVISIONER__BROKER__NO: broker.no: unknown field `no`",
        "my.toml: access.deactivate_at: expected end_of_day, start_of_day or a time such as 18:00",
        "my.toml: access.grace: expected a span of time such as 7d or 12h",
        "my.toml: access.leaver: unknown variant `fire`, expected `deactivate` or `suspend_first`",
        "my.toml: timezone.by_site: `Europe/Pari` is not an IANA time zone such as Europe/Berlin",
        "my.toml: timezone.default: `Mars/Base` is not an IANA time zone",
        "[[mapping]] title: needs exactly one of `bob`, `template` and `value`",
        "scope.email_domains: `@acme.com` is not a domain such as acme.com",
        "scope.condition: syntax error",
        "okta.rate_share must be over 0 and at most 1, not 1.5",
        "broker.queue is empty",
    ];
    let mut left = found.clone();
    for text in expected {
        let at = left.iter().position(|problem| problem.starts_with(text));
        left.remove(at.unwrap_or_else(|| panic!("{text} is not in {found:#?}")));
    }
    assert_eq!(left, [""; 0]);
    assert!(!found.concat().contains("8315"));
}

#[test]
fn a_file_that_is_no_toml_is_told_by_line_and_not_quoted() {
    let found = problems("[okta]\napi_token = \"canary\nrate_share = 1", &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("my.toml line 2: "), "{found:?}");
    for broken in
        ["[okta]\napi_token = canary", "[okta]\napi_token \"canary\"", "[okta]\napi_token = \"canary\" x"]
    {
        let said = problems(broken, &[]).concat();
        assert!(!said.contains("canary") && said.starts_with("my.toml line 2: "), "{said}");
    }
    assert_eq!(problems("okta = 1\nmapping = 2", &[]).len(), 2);
}

#[test]
fn one_type_is_not_taken_for_another() {
    for (file, key) in [
        ("[okta]\nrate_share = '0.5'", "okta.rate_share"),
        ("[okta]\nmax_in_flight = 1.6", "okta.max_in_flight"),
        ("[okta]\nsend_email = 'off'", "okta.send_email"),
        ("[okta]\nsend_email = 0.5", "okta.send_email"),
        ("[broker]\nprefetch = true", "broker.prefetch"),
        ("[broker]\nqueue = 5", "broker.queue"),
        ("[broker]\nca_file = nan", "broker.ca_file"),
        ("[timezone]\n'by_site.London' = 'Europe/London'", "timezone.by_site.London"),
        ("[timezone]\n'by site' = 1", "timezone.by site"),
    ] {
        let found = problems(file, &[]);
        assert!(found.len() == 1 && found[0].starts_with(&format!("my.toml: {key}: ")), "{key}: {found:?}");
    }
    for (name, text) in [("BROKER__PREFETCH", "yes"), ("BROKER__DECLARE", "on"), ("OKTA__RATE_SHARE", "nan")]
    {
        let name = format!("OKTA_PROVISIONER__{name}");
        let found = problems("", &[(&name, text)]);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{name}: ")), "{name}: {found:?}");
    }
    let found = problems("[broker]\nprefetch = 99999999999999999999", &[]);
    assert_eq!(found, ["my.toml: a number in it is out of range"]);
}

/// A variable's table takes the place of the file's; it is not poured into it.
#[test]
fn a_table_is_replaced_as_a_whole() {
    let variable = ("OKTA_PROVISIONER__TIMEZONE__BY_SITE", "{ 'St. Gallen' = 'Europe/Zurich' }");
    let settings = read("[timezone]\nby_site = { London = 'Europe/London' }", &[variable]).unwrap();
    let sites = &settings.rules.access.zones.by_site;
    assert_eq!(sites.iter().collect::<Vec<_>>(), [(&"St. Gallen".to_owned(), &chrono_tz::Europe::Zurich)]);
}

#[test]
fn rows_of_the_mapping_take_the_place_of_their_namesakes() {
    let file = r#"
        [[mapping]]
        okta = "costCenter"
        bob = "work.costCenter"
        [[mapping]]
        okta = "displayName"
        template = "{{ root.firstName }} {{ root.surname }}"
        [[mapping]]
        okta = "manager"
        off = true
    "#;
    let mapping = &read(file, &[]).unwrap().rules.mapping;
    assert_eq!(mapping.source("displayName"), Some("root.firstName, root.surname"));
    assert_eq!(mapping.source("costCenter"), Some("work.costCenter"));
    assert_eq!(mapping.source("manager"), None);
    assert_eq!(mapping.attributes().len(), 19);
}

#[test]
fn rows_that_cannot_be_meant_are_refused() {
    for (rows, problem) in [
        (
            "okta = 'titel'\noff = true",
            "my.toml: [[mapping]] row 1 (titel): there is no such row to be removed",
        ),
        ("okta = 'title'\noff = false", "a row to be removed has `okta` and `off = true`, nothing else"),
        ("okta = 'title'\nbob = 'x.y'\noff = true", "a row to be removed has"),
        (
            "okta = 'title'\nbob = 'x.y'\n[[mapping]]\nokta = 'title'\nbob = 'x.z'",
            "row 2 (title): this attribute has a row already",
        ),
        ("okta = 'title'\nbobb = 'x.y'", "row 1 (title): unknown field `bobb`"),
        ("okta = 'title'\nvalue = 'x'\nbob = nan", "row 1 (title): nan and inf"),
        ("bob = 'x.y'", "row 1 (): missing field `okta`"),
        ("okta = 'login'\noff = true", "[[mapping]] login: Okta requires this attribute"),
    ] {
        let found = problems(&format!("[[mapping]]\n{rows}"), &[]);
        assert!(found.len() == 1 && found[0].contains(problem), "{problem}: {found:?}");
    }
}

#[test]
fn an_identity_that_is_not_mapped_is_warned_of() {
    let warnings = read("[identity]\nattribute = 'hrId'", &[]).unwrap().warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("identity.attribute is hrId"), "{warnings:?}");
}

#[test]
fn the_org_is_asked_for_only_where_it_is_needed() {
    let missing = Settings::read(None, []).unwrap().org().unwrap_err().0;
    assert!(
        missing.len() == 2 && missing[0].contains("okta.org_url") && missing[1].contains("okta.api_token")
    );
    let file = "[okta]\norg_url = 'acme.okta.com/'\napi_token = 't'";
    let (url, token) = read(file, &[]).unwrap().org().unwrap();
    assert_eq!((url.to_string().as_str(), token.expose_secret()), ("https://acme.okta.com", "t"));
}

#[test]
fn the_fingerprint_changes_with_what_decides_and_with_nothing_else() {
    let of = |file: &str| read(file, &[]).unwrap().fingerprint().to_owned();
    let plain = of("");
    let many = "[timezone.by_site]\na = 'UTC'\nb = 'UTC'\nc = 'UTC'\nd = 'UTC'\ne = 'UTC'\nf = 'UTC'";
    assert_eq!(of(many), of(many), "whatever the order in memory");
    for same in [
        "[broker]\nprefetch = 1",
        "[log]\nlevel = 'debug'",
        "[access]\ngrace = '168h'",
        "[okta]\nrate_share = 1.0",
    ] {
        assert_eq!(of(same), plain, "{same}");
    }
    for other in [
        "[access]\ndays_before = 1",
        "[ledger]\nfirst_run = 'apply'",
        "[scope]\nemail_domains = ['a.com']",
        "[scope]\ncondition = \"work.site == 'x'\"",
        "[timezone]\ndefault = 'Europe/Berlin'",
        "[timezone]\nfield = 'work.zone'",
        "[identity]\nforeign = 'adopt'",
        "[[mapping]]\nokta = 'title'\nbob = 'work.job'",
        "[[mapping]]\nokta = 'title'\noff = true",
    ] {
        assert_ne!(of(other), plain, "{other}");
    }
}

#[test]
fn the_production_example_is_good_but_for_its_secrets() {
    let file = include_str!("../../../config/production.example.toml");
    let found = problems(file, &[]);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|problem| problem.contains("cannot be read")), "{found:?}");
    let settings = read(&file.replace("_file = \"/etc/", " = \"/etc/"), &[]).unwrap();
    assert_eq!(settings.rules.mapping.attributes().len(), 21);
    assert_eq!(settings.warnings, [""; 0]);
}
