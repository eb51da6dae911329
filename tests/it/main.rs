//! Tests against the real wire.

mod sandbox;
