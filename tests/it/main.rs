//! Tests through the outer doors.

mod broker;
mod canary;
mod crash;
mod okta;
mod sandbox;
mod stories;
mod support;
