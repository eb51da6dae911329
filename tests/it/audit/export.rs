//! `audit export`: the rows that are asked for, in both forms.

use okta_provisioner::app::settings::Settings;
use okta_provisioner::ledger::{Activity, Ledger, code};
use tempfile::TempDir;

use super::{exported, run};

async fn ledger(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("ledger.sqlite3");
    let ledger = Ledger::open(&path, "org", Settings::load(None).expect("settings").rules).expect("a ledger");
    let row = |name, day: &str, employee: &str| {
        Activity::new(name, day.parse().expect("an instant")).about(employee)
    };
    let rows = vec![
        row(code::CREATED, "2026-01-01T00:00:00Z", "1"),
        Activity {
            event: Some("=HYPERLINK(\"http://x\")".into()),
            operator: Some("mira".into()),
            lag_ms: Some(5),
            ..row(code::UPDATED, "2026-02-01T12:00:00.042Z", "1").because("-2+3, \"quoted\"")
        },
        row(code::DEACTIVATED, "2026-03-01T00:00:00Z", "2"),
    ];
    ledger.note(rows).await.expect("noted");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let path = ledger(&folder).await;
    for (arguments, expected) in [
        (&[][..], &[1, 2, 3][..]),
        (&["--employee", "1"], &[1, 2]),
        (&["--code", "user.updated", "--code", "user.deac*"], &[2, 3]),
        (&["--code", "user"], &[]),
        (&["--operator", "mira"], &[2]),
        (&["--since", "2026-02-01"], &[2, 3]),
        (&["--until", "2026-02-01T12:00:00.042Z"], &[1]),
        (&["--since", "2026-02-01T12:00:00.042Z", "--until", "2026-03-01"], &[2]),
    ] {
        let found: Vec<_> =
            exported(&path, arguments).iter().map(|row| row["seq"].as_i64().unwrap()).collect();
        assert_eq!(found, expected, "{arguments:?}");
    }
    let row = &exported(&path, &["--operator", "mira"])[0];
    assert_eq!(
        (&row["event"], &row["at"]),
        (&"=HYPERLINK(\"http://x\")".into(), &"2026-02-01T12:00:00.042Z".into())
    );
    assert_eq!(row["hash"].as_str().unwrap().len(), 64);
    assert_eq!(run(&path, &["audit", "export", "--since", "yesterday"]).0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheet_gets_no_formula() {
    let folder = TempDir::new().unwrap();
    let path = ledger(&folder).await;
    let (status, out, _) = run(&path, &["audit", "export", "--format", "csv"]);
    assert_eq!(status, 0);
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!((head.len(), rows.len()), (17, 3));
    let cell = |name: &str| &rows[1][head.iter().position(|column| column == name).unwrap()];
    assert_eq!(cell("event"), "'=HYPERLINK(\"http://x\")");
    assert_eq!(cell("reason"), "'-2+3, \"quoted\"");
    assert_eq!((cell("at"), cell("operator"), cell("lag_ms")), ("2026-02-01T12:00:00.042Z", "mira", "5"));
}
