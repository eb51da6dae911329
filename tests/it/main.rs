//! Tests through the outer doors.

mod bob;
mod broker;
mod budget;
mod canary;
mod check;
mod cli;
mod company20k;
mod crash;
mod domain;
mod foresight;
mod http;
mod layering;
mod ledger;
mod matrix;
mod okta;
mod people;
mod readme;
mod reference;
mod sandbox;
mod stories;
mod support;
mod sync;
mod year;
