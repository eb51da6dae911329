use super::*;

const BOB: &str = "[bob]\nuser = ' SERVICE-1 '\ntoken = 't0ken'\n";

#[test]
fn bob_is_there_when_its_user_is() {
    let settings = read(BOB, &[("OKTA_PROVISIONER__BOB__SETTLE", "1s")]).unwrap();
    let bob = settings.bob.as_ref().unwrap();
    assert_eq!(bob.url.to_string(), "https://api.hibob.com/v1");
    assert_eq!((bob.user.as_str(), bob.token.expose_secret()), ("SERVICE-1", "t0ken"));
    assert_eq!((bob.settle.num_seconds(), bob.reverify_patience.num_minutes()), (1, 15));
    assert!(!format!("{settings:?}").contains("t0ken"));
    let options = settings.bob_options(std::sync::Arc::new(|| unreachable!("no call is made"))).unwrap();
    assert_eq!(options.fields, settings.rules.tracked());
    assert!(read("", &[]).unwrap().bob_options(options.now).is_none());
    assert_eq!(settings.warnings, [""; 0], "events may come by another way than the webhook");
}

#[test]
fn what_cannot_be_meant_of_bob_is_refused() {
    for (file, problem) in [
        ("[bob]\nuser = 'u'", "bob.user is set and bob.token is not: set it, or bob.token_file"),
        ("[bob]\nuser = ' '\ntoken = 't'", "bob.user is empty"),
        ("[bob]\ntoken = 't'", "bob.token is set and bob.user is not: write the service user's id"),
        ("[bob]\ntoken = 8315\nuser = 'u'", "my.toml: bob.token must be a text"),
        (
            "[bob]\ntoken_file = '/no/such'\nuser = 'u'",
            "bob.token_file: /no/such cannot be read: No such file",
        ),
        ("[bob]\nsettle = '-1s'", "my.toml: bob.settle: expected a span of time such as"),
        ("[bob]\nsecret = 's'", "my.toml: bob.secret: unknown field `secret`"),
        ("[bob]\nurl = 'http://bob.example/v1'", "my.toml: bob.url: http would send the token in the clear"),
        ("[webhook]\nsecret = ' '", "my.toml: webhook.secret is empty"),
        ("[webhook]\nsecret = ['8315']", "my.toml: webhook.secret must be a text"),
        (
            "[http]\nlisten = 'localhost:8090'",
            "my.toml: http.listen: expected an IP address and a port such as",
        ),
        (
            "[http]\nlisten = '0.0.0.0:8090'",
            "http.listen is 0.0.0.0:8090, which other machines reach, and http.token is not set",
        ),
        ("[http]\nlisten = ''\n[webhook]\nsecret = 's'", "webhook.secret is set and http.listen is empty"),
        ("[http]\ntoken = 8315", "my.toml: http.token must be a text"),
        (
            "[http]\nexpect_events_within = 'soon'",
            "my.toml: http.expect_events_within: expected a span of time",
        ),
        ("[reconcile]\nat = '25:00'", "my.toml: reconcile.at: expected a time such as 03:00"),
    ] {
        let found = problems(file, &[]);
        assert!(found.len() == 1 && found[0].starts_with(problem), "{problem}: {found:?}");
        assert!(!found[0].contains("8315"), "{found:?}");
    }
}

#[test]
fn a_webhook_may_have_two_secrets() {
    let settings = read(&format!("{BOB}[webhook]\nsecret = ' old\tnew '"), &[]).unwrap();
    let secrets: Vec<_> = settings.webhook.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, ["old", "new"]);
    assert_eq!(settings.warnings, [""; 0]);
    assert!(!format!("{settings:?}").contains("new"));
}

#[test]
fn a_webhook_that_nobody_follows_up_is_warned_of() {
    let settings = read("", &[("OKTA_PROVISIONER__WEBHOOK__SECRET", "s3cret")]).unwrap();
    assert_eq!(settings.webhook.len(), 1);
    let warnings = settings.warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("nothing will read these people"), "{warnings:?}");
}
