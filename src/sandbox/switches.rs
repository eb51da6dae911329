//! What nobody outside Okta knows for sure, what differs from org to org, and what tests need: a switch for each.
//!
//! What else the sandbox does was recorded or documented, except for [`GUESSES`]: there it had to answer
//! something, and nothing should be built on what.

use super::switch::{About, Board, Line, about, abouts};

/// A choice between two behaviours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    UpdatesToDeactivated,
    OptionalPassword,
    SuspendProvisioned,
    UnsuspendExpires,
    ExpireOnlyActive,
    ActivatingRefusesLifecycle,
    ActivationUrl,
    StoredProfileChecked,
    SpecLengths,
    EmptyClears,
    CurrentTokenReadable,
    OutsideZoneIs403,
    DisuseKillsTokens,
    DeactivatedJoinGroups,
    DuplicateGroupIs409,
    MembershipRepeats,
    EveryoneIs501,
    FourBytesRefused,
    LimitClamped,
    UnsuspendNamesItself,
    LimitsOn401,
}

/// Every switch there is.
pub const ALL: [About; 21] = abouts(&LINES);

const LINES: [Line<Switch>; 21] = [
    about(
        Switch::UpdatesToDeactivated,
        "updates_to_deactivated",
        false,
        "a deactivated user's profile can be updated",
        "a setting of each org",
    ),
    about(
        Switch::OptionalPassword,
        "optional_password",
        false,
        "an activation without a password ends ACTIVE, not PROVISIONED",
        "differs between orgs of the Identity Engine",
    ),
    about(
        Switch::SuspendProvisioned,
        "suspend_provisioned",
        false,
        "a PROVISIONED user can be suspended",
        "the documentation says ACTIVE only; users of 2016 were suspended from PROVISIONED, and offer the link",
    ),
    about(
        Switch::UnsuspendExpires,
        "unsuspend_expires",
        false,
        "unsuspend and unlock end PASSWORD_EXPIRED",
        "documented as ACTIVE, recorded both ways",
    ),
    about(
        Switch::ExpireOnlyActive,
        "expire_only_active",
        true,
        "passwords expire only of ACTIVE and PASSWORD_EXPIRED users; others are refused with E0000038",
        "only ACTIVE was recorded, and no refusal",
    ),
    about(
        Switch::ActivatingRefusesLifecycle,
        "activating_refuses_lifecycle",
        true,
        "a user in transition refuses lifecycle calls too, with E0000112",
        "documented for updates only",
    ),
    about(
        Switch::ActivationUrl,
        "activation_url",
        true,
        "an activation without email answers the link beside the token",
        "documented so; users report answers without the link",
    ),
    about(
        Switch::StoredProfileChecked,
        "stored_profile_checked",
        true,
        "an update is refused when a value that it does not touch breaks a rule of the schema",
        "known of logins, presumed of the other attributes",
    ),
    about(
        Switch::SpecLengths,
        "spec_lengths",
        true,
        "lengths that only the contract names, and the org's schema does not, are enforced",
        "neither an acceptance nor a refusal was recorded",
    ),
    about(
        Switch::EmptyClears,
        "empty_clears",
        false,
        "an empty string removes an attribute as null does; otherwise it is kept as it is",
        "users report both",
    ),
    about(
        Switch::CurrentTokenReadable,
        "current_token_readable",
        false,
        "GET /api/v1/api-tokens/current answers the token of the call",
        "the contract has only its DELETE",
    ),
    about(
        Switch::OutsideZoneIs403,
        "outside_zone_is_403",
        false,
        "a token outside its network zone gets 403 E0000006 in place of 401 E0000011",
        "documented as refused, without a status",
    ),
    about(
        Switch::DisuseKillsTokens,
        "disuse_kills_tokens",
        true,
        "a token that was not used for 30 days is dead",
        "documented, so no doubt: it is there to be off in tests whose clock leaps over weeks",
    ),
    about(
        Switch::DeactivatedJoinGroups,
        "deactivated_join_groups",
        true,
        "a deactivated user can be added to a group; otherwise that is refused with 403 E0000038",
        "a vendor's manual says that they cannot; a recorded add of one last seen being deactivated answered 204",
    ),
    about(
        Switch::DuplicateGroupIs409,
        "duplicate_group_is_409",
        false,
        "a second group of the same name is refused with 409 E0000055, not with 400 E0000001",
        "the code is in the catalogue, under another title; no refusal was recorded",
    ),
    about(
        Switch::MembershipRepeats,
        "membership_repeats",
        true,
        "adding a member to its group, and removing one who is not in it, are answered 204; otherwise 400 and 404",
        "widely relied on; the recordings do not tell who was in the group before",
    ),
    about(
        Switch::EveryoneIs501,
        "everyone_is_501",
        true,
        "a change of the group Everyone or its members is refused with 501 E0000060, not with 403 E0000111",
        "the 501 is known of creates that name the group, its code is a guess, and so are all other calls",
    ),
    about(
        Switch::FourBytesRefused,
        "four_bytes_refused",
        true,
        "a value with a character of four bytes in UTF-8 is refused with 400 E0000001; otherwise it is kept",
        "documented as not supported, without saying what becomes of it",
    ),
    about(
        Switch::LimitClamped,
        "limit_clamped",
        true,
        "a `limit` above the longest page is taken for that; otherwise it is refused with 400 E0000029",
        "the most is documented, but not what becomes of more",
    ),
    about(
        Switch::UnsuspendNamesItself,
        "unsuspend_names_itself",
        true,
        "the refusal of an unsuspend says `unsuspendUser` in its summary, not `suspendUser`",
        "only its cause is known",
    ),
    about(
        Switch::LimitsOn401,
        "limits_on_401",
        false,
        "a 401 is counted against the bucket and shows its headers",
        "recorded both ways: with them in 2016, without in 2020",
    ),
];

/// What the sandbox made up where it had to answer something, and what no switch turns over.
pub const GUESSES: [&str; 9] = [
    "the words of the causes for lengths, types, allowed values, characters and more than 20 groupIds",
    "that more than 20 groupIds are a 400 E0000001, and a flag of the query that is no boolean too",
    "that a search for an attribute that the schema does not have is a 400 E0000031",
    "that a POST with a `type`, and any update with `groupIds`, is a 400 E0000003",
    "the `_links` of users who are RECOVERY or LOCKED_OUT, and of those who are ACTIVE without a password",
    "that a body whose parts have the wrong JSON type is a 400 E0000003",
    "what a refused expire_password, reset_password and reset_factors answer, each for which status",
    "the headers of the 429 for too many calls at once on the Users API: recorded of another endpoint",
    "what is answered behind a switch that stands on its unlikelier side",
];

/// Where the switches stand.
pub(super) type Switches = Board<Switch, 21>;

impl Default for Switches {
    fn default() -> Self {
        Self::new(&LINES)
    }
}
