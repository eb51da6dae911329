use super::*;

#[test]
fn a_secret_may_be_in_a_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "  s3cret\n").unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let file = format!("[okta]\napi_token_file = '{}'", path.display());
    let settings = read(&file, &[]).unwrap();
    assert_eq!(settings.okta.api_token.as_ref().unwrap().expose_secret(), "s3cret");
    assert_eq!(settings.warnings, [""; 0]);
    assert!(!format!("{settings:?}").contains("s3cret"));

    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let warnings = read(&file, &[]).unwrap().warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("everybody on this machine can read it"),
        "{warnings:?}"
    );

    std::fs::write(&path, " \n").unwrap();
    assert!(problems(&file, &[])[0].ends_with("token is empty"));
    std::fs::remove_file(&path).unwrap();
    assert!(problems(&file, &[])[0].contains("token cannot be read: No such file"));
    let url = format!("[broker]\nurl_file = '{}'", path.display());
    assert_eq!(problems(&url, &[]).len(), 1);
}

#[test]
fn a_secret_and_its_file_are_one_setting() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "amqp://in-a-file").unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let path = path.to_str().unwrap();
    let (inline, in_file) = ("url = 'amqp://inline'", format!("url_file = '{path}'"));
    let (url, url_file) = ("OKTA_PROVISIONER__BROKER__URL", "OKTA_PROVISIONER__BROKER__URL_FILE");
    let of = |file: &str, env: &[(&str, &str)]| read(&format!("[broker]\n{file}"), env);
    for (file, env, expected) in [
        (inline, [].as_slice(), "amqp://inline"),
        (&in_file, &[], "amqp://in-a-file"),
        (&in_file, &[(url, "amqp://variable")], "amqp://variable"),
        (inline, &[(url_file, path)], "amqp://in-a-file"),
    ] {
        let settings = of(file, env).unwrap();
        assert_eq!(settings.broker.url.expose_secret(), expected);
        assert_eq!(settings.warnings, [""; 0]);
    }
    let both = of(&format!("{inline}\n{in_file}"), &[]).unwrap_err().0;
    let expected = "broker.url (my.toml) and broker.url_file (my.toml) are both set; keep one of them";
    assert_eq!(both, [expected]);
    let both = of("", &[(url, "amqp://variable"), (url_file, path)]).unwrap_err().0;
    let expected =
        format!("broker.url ({url}) and broker.url_file ({url_file}) are both set; keep one of them");
    assert_eq!(both, [expected]);
}

#[test]
fn a_secret_in_a_file_for_everybody_is_warned_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("open.toml");
    std::fs::write(&path, "[okta]\napi_token = 'x'").unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let warnings = Settings::read(Some(&path), []).unwrap().warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("it holds okta.api_token"), "{warnings:?}");
}
