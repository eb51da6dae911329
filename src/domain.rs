//! Pure decisions: no I/O, no clock, no async, no logging; `now` is a parameter.

pub mod account;
pub mod attribute;
pub mod condition;
pub mod country;
pub mod formula;
pub mod mapping;
pub mod plan;
