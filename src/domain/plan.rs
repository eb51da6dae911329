//! From what is to what should be: the calls that bring one account in line.

use super::account::Profile;

/// One call to Okta.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `POST /users?activate=…`
    Create {
        /// The whole profile.
        profile: Profile,
        /// Whether Okta activates it at once, which sends the activation mail.
        activate: bool,
    },
    /// `POST /users/{id}`: the changed attributes only; an explicit null clears one.
    Update {
        /// Attribute → new value.
        changes: Profile,
    },
    /// `POST /users/{id}/lifecycle/activate?sendEmail=…`
    Activate {
        /// Whether Okta mails the person an activation link.
        send_email: bool,
    },
    /// `POST /users/{id}/lifecycle/suspend`
    Suspend,
    /// `POST /users/{id}/lifecycle/unsuspend`
    Unsuspend,
    /// `DELETE /users/{id}/sessions?oauthTokens=true`
    ClearSessions,
    /// `POST /users/{id}/lifecycle/deactivate`
    Deactivate,
}
