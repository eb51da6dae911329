//! Tests through the outer doors.

mod domain;
mod layering;
mod ledger;
mod okta;
mod people;
mod sandbox;
