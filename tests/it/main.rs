//! Tests through the outer doors.

mod broker;
mod canary;
mod cli;
mod crash;
mod okta;
mod sandbox;
mod stories;
mod support;
