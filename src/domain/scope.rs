//! Whom this program manages at all.

use super::block::Block;
use super::condition::Condition;
use super::facts::Facts;
use super::field;

/// Everybody, or those with these email domains for whom the condition holds.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Lower case; empty means all.
    pub email_domains: Vec<String>,
    /// An expression over the facts.
    pub condition: Option<Condition>,
}

impl Scope {
    /// Whether a person is in scope. Somebody without an email is not excluded by its domain.
    ///
    /// # Errors
    ///
    /// The condition reads a field that HR has not told, or cannot be evaluated.
    pub fn covers(&self, facts: &Facts) -> Result<bool, Block> {
        if !self.email_domains.is_empty()
            && let Some(email) = facts.text(field::EMAIL)
        {
            let domain = email.rsplit('@').next().unwrap_or_default().to_lowercase();
            if !self.email_domains.contains(&domain) {
                return Ok(false);
            }
        }
        let Some(condition) = &self.condition else { return Ok(true) };
        condition.holds(|name| facts.known(name)).map_err(|e| Block::Scope { problem: e.to_string() })
    }
}
