//! Pure decisions: no I/O, no clock, no async, no logging; `now` is a parameter.

pub mod account;
pub mod country;
pub mod plan;
