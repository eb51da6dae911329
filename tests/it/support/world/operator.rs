//! What operators say: wishes in the ledger, and the program's own commands on it.

use std::process::Command;

use chrono::TimeDelta;
use okta_provisioner::engine::Compared;
use okta_provisioner::ledger::{Verb, Wish, key};
use serde_json::Value;

use super::World;
use crate::support::{breath, soon};

impl World {
    /// An operator's command on this ledger, as it is typed; gives what it prints as JSON, and whether it succeeded.
    pub async fn command(&self, arguments: &[&str]) -> (bool, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okta-provisioner"));
        command.current_dir(self.folder.path()).env_clear().env("USER", "kim").args(arguments).arg("--json");
        command.env("OKTA_PROVISIONER__LEDGER__PATH", &self.ground.ledger);
        let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
        let output = ended.expect("a program that can be started");
        let text = String::from_utf8(output.stdout).expect("text");
        let said = String::from_utf8_lossy(&output.stderr);
        if text.is_empty() {
            return (output.status.success(), Value::String(said.into_owned()));
        }
        (output.status.success(), serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{said}")))
    }

    /// The same with `approve`: returns when what it decided about so many people has been done.
    pub async fn approve(&self, arguments: &[&str], people: usize) -> Value {
        let before = self.count("operator.asked");
        let (_, outcome) = self.command(&[&["approve"], arguments].concat()).await;
        let granted = async {
            while self.count("operator.asked") < before + people {
                breath().await;
            }
        };
        soon("the word", granted).await;
        self.quiet().await;
        outcome
    }

    /// Who is held, and why: HR's id and the stable word for the reason, in the order of `approve`.
    pub async fn held(&self) -> Vec<(String, String)> {
        let (_, held) = self.command(&["approve"]).await;
        let text = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
        let held = held.as_array().expect("a list").iter();
        held.map(|entry| (text(entry, "employee"), text(entry, "reason"))).collect()
    }

    /// An operator asks for something, whether a daemon runs or not.
    pub fn leave(&self, verb: Verb, employee: Option<&str>, argument: Option<&str>) {
        let wish = Wish {
            verb,
            employee: employee.map(str::to_owned),
            argument: argument.map(str::to_owned),
            operator: Some("kim".into()),
        };
        wish.leave(&self.ground.ledger, self.clock.now()).expect("a ledger that can be written");
    }

    /// An operator asks for something; returns when that, and whatever follows from it, has been done.
    pub async fn ask(&self, verb: Verb, employee: Option<&str>, argument: Option<&str>) {
        let before = self.count("operator.asked");
        self.leave(verb, employee, argument);
        let granted = async {
            while self.count("operator.asked") == before {
                breath().await;
            }
        };
        soon("the wish", granted).await;
        self.quiet().await;
    }

    /// An operator has everybody compared with Okta; returns what came of it, once what is due by then is done.
    pub async fn reconcile(&self, repair: bool) -> Compared {
        // A second comparison at the same instant would not be told from the first.
        self.pass(TimeDelta::seconds(1)).await;
        let asked = self.clock.now();
        let argument = repair.then(|| "repair".to_owned());
        let wish = Wish { verb: Verb::Reconcile, employee: None, argument, operator: None };
        wish.leave(&self.ground.ledger, asked).expect("a ledger that can be written");
        let compared = async {
            loop {
                let told = self.report().meta(key::RECONCILED).expect("a readable ledger");
                let told: Option<Compared> = told.and_then(|text| serde_json::from_str(&text).ok());
                match told.filter(|told| told.began >= asked && told.repairing.is_some() == repair) {
                    Some(told) => return told,
                    None => breath().await,
                }
            }
        };
        let compared = soon("the comparison", compared).await;
        self.quiet().await;
        compared
    }

    /// An operator links an account to a person.
    pub async fn link(&self, employee: &str, account: &str) {
        let wish = Wish {
            verb: Verb::Link,
            employee: Some(employee.into()),
            argument: Some(account.into()),
            operator: None,
        };
        wish.leave(&self.ground.ledger, self.clock.now()).expect("a ledger that can be written");
        let granted = async {
            while self.person(employee).account.is_none_or(|linked| linked.id.0 != account) {
                breath().await;
            }
        };
        soon("the wish", granted).await;
        self.quiet().await;
    }

    /// An operator has everybody who waits tried again; returns when there are so many users.
    pub async fn retry(&self, users: usize) {
        let wish = Wish { verb: Verb::Retry, employee: None, argument: None, operator: None };
        wish.leave(&self.ground.ledger, self.clock.now()).expect("a ledger that can be written");
        let granted = async {
            while self.users() < users {
                breath().await;
            }
        };
        soon("the wish", granted).await;
        self.quiet().await;
    }
}
