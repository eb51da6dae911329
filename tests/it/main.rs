//! Whole rooms against the real thing, over the wire.

mod broker;
mod support;
