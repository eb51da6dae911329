//! Bob's wire.

mod signature;

pub use signature::Signature;
