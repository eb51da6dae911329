//! The decisions, against the tables and sentences of the design.

#[path = "domain/cut.rs"]
mod cut;
#[path = "domain/decide.rs"]
mod decide;
#[path = "domain/emails.rs"]
mod emails;
#[path = "domain/foresight.rs"]
mod foresight;
#[path = "domain/guard.rs"]
mod guard;
#[path = "domain/identity.rs"]
mod identity;
#[path = "domain/plan.rs"]
mod plan;
#[path = "domain/plan_model.rs"]
mod plan_model;
#[path = "domain/reactivate.rs"]
mod reactivate;
#[path = "domain/world.rs"]
mod world;
#[path = "domain/worlds.rs"]
mod worlds;

use okta_provisioner::domain::plan::Step;

/// Steps as a line of words.
fn words(steps: &[Step]) -> String {
    let word = |step: &Step| match step {
        Step::Create { activate: true, .. } => "create active",
        Step::Create { activate: false, .. } => "create staged",
        Step::Update { .. } => "update",
        Step::Activate { send_email: true } => "activate with mail",
        Step::Activate { send_email: false } => "activate",
        Step::Suspend => "suspend",
        Step::Unsuspend => "unsuspend",
        Step::ClearSessions => "clear sessions",
        Step::Deactivate => "deactivate",
    };
    steps.iter().map(word).collect::<Vec<_>>().join(", ")
}
