//! Tests through the outer doors.

mod okta;
mod sandbox;
