//! Tests through the outer doors.

mod alarms;
mod bob;
mod broker;
mod budget;
mod canary;
mod check;
mod cli;
mod company20k;
mod crash;
mod domain;
mod health;
mod http;
mod layering;
mod ledger;
mod matrix;
mod metrics;
mod okta;
mod people;
mod readme;
mod reference;
mod sandbox;
mod stories;
mod support;
mod sync;
mod v1;
mod year;
