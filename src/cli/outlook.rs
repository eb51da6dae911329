//! What would be done for everybody, as `status` and `sync --dry-run` show it.

use super::style::{WARN, property};
use crate::domain::outlook::Outlook;

/// What would be done, at a glance.
pub(super) fn glance(outlook: &Outlook) -> String {
    let each = |counts: Vec<String>| if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let steps = outlook.steps.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let mut text = property("agree", format_args!("{} of {}", outlook.agree, outlook.people));
    text += &property("to link", outlook.adopt);
    text += &property("to do", each(steps));
    if !outlook.attributes.is_empty() {
        let attributes = outlook.attributes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        text += &property("to change", each(attributes));
    }
    if outlook.held > 0 {
        text += &property("over limits", format_args!("{WARN}{} would be held{WARN:#}", outlook.held));
    }
    if outlook.unclear > 0 {
        text += &property("unclear", format_args!("{}, until Okta has been asked", outlook.unclear));
    }
    text
}
