//! Okta's and Bob's own material, which lies outside the repository: a variable names each file of it.

/// The text of the file that this variable names. Without one it says that the test was skipped, and why.
///
/// # Panics
///
/// If the variable names a file that cannot be read.
pub fn reference(variable: &str) -> Option<String> {
    let Some(path) = std::env::var_os(variable) else {
        println!("skipped: {variable} names no file; what is not ours is not part of this repository");
        return None;
    };
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{variable}: {error}")))
}
