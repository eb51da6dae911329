//! The decisions, against the tables and sentences of the design.

#[path = "domain/plan.rs"]
mod plan;
#[path = "domain/plan_model.rs"]
mod plan_model;
