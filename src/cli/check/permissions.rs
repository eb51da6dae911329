//! What the token may do: by trying what only reads, and by its owner's roles for the rest.

use super::findings::Findings;
use crate::okta::{Fault, Role};

/// How far a role reaches. The furthest of all roles counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    No,
    /// A role of the org's own, or one that is not known here.
    Untold,
    /// Only for users of the groups that the role was given for.
    Groups,
    All,
}

/// What cannot be tried without changing something.
const WRITES: [(&str, Write); 4] = [
    ("create users", Write::Create),
    ("update users", Write::Change),
    ("activate, suspend and deactivate users", Write::Change),
    ("end users' sessions", Write::Sessions),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Create,
    Change,
    Sessions,
}

/// What a role allows (Okta API: standard admin roles). `USER_ADMIN` is the console's group administrator.
fn reach(role: &Role, write: Write) -> Reach {
    match role.kind.as_str() {
        _ if !role.is_in_force() => Reach::No,
        "SUPER_ADMIN" | "ORG_ADMIN" => Reach::All,
        "USER_ADMIN" => Reach::Groups,
        "HELP_DESK_ADMIN" if write == Write::Sessions => Reach::Groups,
        "HELP_DESK_ADMIN"
        | "READ_ONLY_ADMIN"
        | "REPORT_ADMIN"
        | "APP_ADMIN"
        | "GROUP_MEMBERSHIP_ADMIN"
        | "API_ACCESS_MANAGEMENT_ADMIN"
        | "MOBILE_ADMIN" => Reach::No,
        _ => Reach::Untold,
    }
}

/// One line if the token may do all that the daemon does, else one for each thing.
pub(super) fn check(
    reads: &[(&str, Option<&Fault>)],
    roles: Result<Vec<Role>, Fault>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    for (what, fault) in reads {
        if let Some(fault) = fault {
            // Without the schema values are checked as they are in every org.
            let tell = if *what == "read the user schema" { Findings::warn } else { Findings::bad };
            tell(findings, "permissions", format!("may not {what}: {fault}"))?;
        }
    }
    let can_read = reads.iter().all(|(_, fault)| fault.is_none());
    let roles = match roles {
        Ok(roles) => roles,
        Err(fault) if fault.status == Some(403) => {
            let what = "only a super administrator's token may read roles: whether this one may create, change and \
                        deactivate users cannot be told without trying; it takes an organization administrator, or a \
                        role that manages all users";
            return findings.warn("permissions", what);
        }
        Err(fault) => return findings.warn("permissions", format!("its roles cannot be read: {fault}")),
    };
    let named = names(&roles);
    let lines: Vec<(Reach, &str, String)> = WRITES
        .iter()
        .map(|(what, write)| {
            let reach = roles.iter().map(|role| reach(role, *write)).max().unwrap_or(Reach::No);
            (reach, *what, words(reach, *write, &named))
        })
        .collect();
    if can_read && lines.iter().all(|(reach, ..)| *reach == Reach::All) {
        let beyond = "administrators' own accounts take a super administrator";
        let but = if roles.iter().any(|role| role.kind == "SUPER_ADMIN") {
            String::new()
        } else {
            format!("; {beyond}")
        };
        return findings.good("permissions", format!("all that the daemon does, by {named}{but}"));
    }
    for (reach, what, text) in lines {
        match reach {
            Reach::All => findings.good("permissions", format!("may {what}: {text}"))?,
            Reach::Groups => findings.warn("permissions", format!("may {what} in part: {text}"))?,
            Reach::Untold => findings.warn("permissions", format!("may it {what}? {text}"))?,
            Reach::No => findings.bad("permissions", format!("may not {what}: {text}"))?,
        }
    }
    Ok(())
}

fn names(roles: &[Role]) -> String {
    let name = |role: &Role| match (role.kind.as_str(), role.label.as_str()) {
        ("CUSTOM", label) if !label.is_empty() => format!("CUSTOM \"{label}\""),
        (kind, _) => kind.to_owned(),
    };
    roles.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn words(reach: Reach, write: Write, roles: &str) -> String {
    let give =
        "give the token's owner the role of an organization administrator, or one that manages all users";
    match reach {
        Reach::All => format!("by {roles}"),
        Reach::Groups if write == Write::Create => {
            format!("{roles} creates users only within its groups, and this program names none; {give}")
        }
        Reach::Groups => format!("{roles} reaches only users of the groups that it was given for; {give}"),
        Reach::Untold => format!("what {roles} allows cannot be told without trying"),
        Reach::No if roles.is_empty() => format!("the owner has no admin role; {give}"),
        Reach::No => format!("{roles} does not; {give}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(kinds: &[&str]) -> Vec<Reach> {
        let role = |kind: &&str| Role { kind: (*kind).to_owned(), label: String::new(), status: None };
        let roles: Vec<Role> = kinds.iter().map(role).collect();
        WRITES.iter().map(|(_, write)| roles.iter().map(|role| reach(role, *write)).max().unwrap()).collect()
    }

    #[test]
    fn the_furthest_role_counts() {
        use Reach::{All, Groups, No, Untold};
        for (kinds, expected) in [
            (&["SUPER_ADMIN"][..], [All; 4]),
            (&["READ_ONLY_ADMIN", "ORG_ADMIN"], [All; 4]),
            (&["USER_ADMIN"], [Groups; 4]),
            (&["HELP_DESK_ADMIN"], [No, No, No, Groups]),
            (&["APP_ADMIN", "CUSTOM"], [Untold; 4]),
            (&["READ_ONLY_ADMIN"], [No; 4]),
            (&["SOMETHING_NEW"], [Untold; 4]),
        ] {
            assert_eq!(reaches(kinds), expected, "{kinds:?}");
        }
    }

    #[test]
    fn a_role_that_is_not_in_force_gives_nothing() {
        let kind = "SUPER_ADMIN".to_owned();
        let role = Role { kind, label: String::new(), status: Some("INACTIVE".into()) };
        assert_eq!(reach(&role, Write::Create), Reach::No);
    }
}
