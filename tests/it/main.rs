//! Tests through the outer doors.

mod broker;
mod okta;
mod sandbox;
mod stories;
mod support;
