//! Tests through the outer doors.

mod broker;
mod budget;
mod canary;
mod cli;
mod crash;
mod domain;
mod layering;
mod ledger;
mod okta;
mod people;
mod reference;
mod sandbox;
mod stories;
mod support;
