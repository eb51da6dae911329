//! HR facts come in over `RabbitMQ`, a ledger remembers them, a pure planner decides what each
//! person's Okta account should be right now, and the daemon makes Okta agree.
//!
//! The rooms, and what each may use of the others, are a table in `tests/it/layering.rs`.

pub mod app;
pub mod bob;
pub mod broker;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod http;
pub mod ledger;
pub mod okta;
pub mod retry;
pub mod sandbox;
