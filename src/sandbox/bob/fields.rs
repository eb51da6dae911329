//! The fields of an employee: what Bob calls them, which category they belong to, what they hold.

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    YesNo,
    /// An item of the named list.
    List(String),
    /// Items of the named list.
    Items(String),
    /// Another employee.
    Employee,
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Dotted, `root.` included.
    pub(super) id: String,
    /// What permissions are given by; not always the first part of the id.
    pub(super) category: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Made from other fields: nobody writes it, and no event names it.
    pub(super) calculated: bool,
}

impl Field {
    /// Bob API: `root.` is no part of the path.
    pub(super) fn path(&self) -> &str {
        self.id.strip_prefix("root.").unwrap_or(&self.id)
    }

    /// The name of the list that it is filled from.
    pub(super) fn list(&self) -> Option<&str> {
        match &self.kind {
            Kind::List(list) | Kind::Items(list) => Some(list),
            _ => None,
        }
    }
}

/// Bob API: what is answered where no field is asked for, beside these [`BASIC_CATEGORIES`].
pub(super) const BASIC: [&str; 10] = [
    "root.id",
    "root.companyId",
    "root.email",
    "root.firstName",
    "root.surname",
    "root.secondName",
    "root.displayName",
    "root.creationDate",
    "root.creationDateTime",
    "root.avatarUrl",
];
pub(super) const BASIC_CATEGORIES: [&str; 3] = ["about", "employment", "work"];

/// Kept by the tables and by the company, not by the employee's own record.
pub(super) const DERIVED: [&str; 23] = [
    "root.id",
    "root.companyId",
    "root.creationDate",
    "root.creationDateTime",
    "root.state",
    "work.title",
    "work.department",
    "work.site",
    "work.siteId",
    "work.reportsTo",
    "work.startDate",
    "work.originalStartDate",
    "work.activeEffectiveDate",
    "employee.lastDayOfWork",
    "employee.recentLeaveStartDate",
    "employee.recentLeaveEndDate",
    "internal.status",
    "internal.lifecycleStatus",
    "internal.terminationDate",
    "internal.terminationReason",
    "internal.currentActiveStatusStartDate",
    "address.siteCountry",
    "address.siteCity",
];

/// What a row of the work table holds.
pub(super) const OF_WORK_TABLE: [&str; 5] =
    ["work.title", "work.department", "work.site", "work.siteId", "work.reportsTo"];

const TEXT: &str = "text";
const DATE: &str = "date";
const NUMBER: &str = "number";
const YES_NO: &str = "yes-no";
const EMPLOYEE: &str = "employee-reference";

/// Id, category, name, and what it holds: one of the words above, the name of a list, or `*` and its name for
/// several of its items. `=` before the name marks what is calculated.
type Line = (&'static str, &'static str, &'static str, &'static str);

const LINES: &[Line] = &[
    ("root.id", "root", "=ID", TEXT),
    ("root.companyId", "root", "=Company ID", NUMBER),
    ("root.email", "root", "Email", TEXT),
    ("root.firstName", "root", "First name", TEXT),
    ("root.surname", "root", "Last name", TEXT),
    ("root.secondName", "root", "Middle name", TEXT),
    ("root.fullName", "root", "=Full name", TEXT),
    ("root.displayName", "root", "=Display name", TEXT),
    ("root.avatarUrl", "root", "Avatar", TEXT),
    ("root.coverImageUrl", "root", "Cover image", TEXT),
    ("root.state", "root", "Invitation state", TEXT),
    ("root.creationDate", "root", "=Creation date", DATE),
    ("root.creationDateTime", "root", "=Creation time", TEXT),
    ("about.about", "about", "About", TEXT),
    ("about.avatar", "about", "Picture", TEXT),
    ("about.hobbies", "about", "Hobbies", "*hobbies"),
    ("about.superpowers", "about", "Superpowers", "*superpowers"),
    ("about.foodPreferences", "about", "Food preferences", "*foodPreferences"),
    ("about.socialData.linkedin", "about", "LinkedIn", TEXT),
    ("about.socialData.twitter", "about", "Twitter", TEXT),
    ("about.socialData.facebook", "about", "Facebook", TEXT),
    ("work.title", "work", "Job title", TEXT),
    ("work.department", "work", "Department", "department"),
    ("work.site", "work", "Site", TEXT),
    ("work.siteId", "work", "Site ID", NUMBER),
    ("work.reportsTo", "work", "Reports to", EMPLOYEE),
    ("work.manager", "work", "=Manager", TEXT),
    ("work.secondLevelManager", "work", "=Second level manager", TEXT),
    ("work.isManager", "work", "=Is manager", YES_NO),
    ("work.directReports", "work", "=Direct reports", NUMBER),
    ("work.indirectReports", "work", "=Indirect reports", NUMBER),
    ("work.reportsToIdInCompany", "work", "=Manager's number", NUMBER),
    ("work.employeeIdInCompany", "work", "Number in company", NUMBER),
    ("work.startDate", "work", "Start date", DATE),
    ("work.originalStartDate", "work", "Original start date", DATE),
    ("work.shortStartDate", "work", "=Start day", TEXT),
    ("work.activeEffectiveDate", "work", "Effective date", DATE),
    ("work.workPhone", "work", "Work phone", TEXT),
    ("work.workMobile", "work", "Work mobile", TEXT),
    ("work.tenureYears", "work", "=Tenure in years", NUMBER),
    ("work.tenureDuration", "work", "=Tenure", TEXT),
    ("work.durationOfEmployment", "work", "=Duration of employment", TEXT),
    ("work.yearsOfService", "work", "=Years of service", NUMBER),
    ("work.daysOfPreviousService", "work", "Days of previous service", NUMBER),
    ("work.custom.field_1644932887286", "work", "Badge", TEXT),
    ("work.customColumns.column_1639496202710", "work", "Company unit", "companyUnit"),
    ("work.customColumns.column_1644933593840", "work", "Organisational unit", TEXT),
    ("work.customColumns.column_1639495541396", "work", "Cost centre", TEXT),
    ("internal.status", "internal", "Status", TEXT),
    ("internal.lifecycleStatus", "internal", "Lifecycle status", TEXT),
    ("internal.terminationDate", "internal", "Termination date", DATE),
    ("internal.terminationReason", "internal", "Termination reason", "terminationReason"),
    ("internal.terminationType", "internal", "Termination type", "terminationType"),
    ("internal.notice", "internal", "Notice", TEXT),
    ("internal.probationEndDate", "internal", "End of probation", DATE),
    ("internal.currentActiveStatusStartDate", "internal", "=Active since", DATE),
    ("internal.periodSinceTermination", "internal", "=Since termination", TEXT),
    ("internal.yearsSinceTermination", "internal", "=Years since termination", NUMBER),
    ("employee.firstDayOfWork", "internal", "First day of work", DATE),
    ("employee.lastDayOfWork", "internal", "Last day of work", DATE),
    ("employee.recentLeaveStartDate", "internal", "Start of leave", DATE),
    ("employee.recentLeaveEndDate", "internal", "End of leave", DATE),
    ("employee.orgLevel", "employee", "Organisation level", TEXT),
    ("employee.positionOpeningId", "employee", "Position opening", TEXT),
    ("payroll.employment.type", "employment", "Employment type", "employmentType"),
    ("payroll.employment.contract", "employment", "Contract", "contract"),
    ("payroll.employment.fte", "employment", "FTE", NUMBER),
    ("payroll.employment.weeklyHours", "employment", "Weekly hours", NUMBER),
    ("payroll.employment.salaryPayType", "employment", "Pay type", "payType"),
    ("payroll.employment.flsaCode", "employment", "FLSA code", TEXT),
    ("payroll.employment.calendarId", "employment", "Calendar", TEXT),
    ("payroll.employment.workingPattern", "employment", "Working pattern", TEXT),
    ("payroll.employment.siteWorkingPattern", "employment", "=Working pattern of the site", TEXT),
    ("payroll.employment.activeEffectiveDate", "employment", "=Effective date", DATE),
    ("personal.honorific", "personal", "Title", "honorific"),
    ("personal.pronouns", "personal", "Pronouns", "pronouns"),
    ("personal.birthDate", "personal", "Birth date", DATE),
    ("personal.shortBirthDate", "personal", "=Birthday", TEXT),
    ("personal.age", "personal", "=Age", NUMBER),
    ("personal.nationality", "personal", "Nationality", "*nationality"),
    ("personal.communication.slackUsername", "personal", "Slack", TEXT),
    ("personal.communication.skypeUsername", "personal", "Skype", TEXT),
    ("home.privateEmail", "home", "Private email", TEXT),
    ("home.privatePhone", "home", "Private phone", TEXT),
    ("home.mobilePhone", "home", "Mobile phone", TEXT),
    ("home.legalGender", "home", "Legal gender", "legalGender"),
    ("home.familyStatus", "home", "Family status", "familyStatus"),
    ("home.numberOfKids", "home", "Number of kids", NUMBER),
    ("address.line1", "address", "Address line 1", TEXT),
    ("address.line2", "address", "Address line 2", TEXT),
    ("address.city", "address", "City", TEXT),
    ("address.postCode", "address", "Post code", TEXT),
    ("address.zipCode", "address", "Zip code", TEXT),
    ("address.usaState", "address", "State", "usaState"),
    ("address.country", "address", "Country", "country"),
    ("address.fullAddress", "address", "=Full address", TEXT),
    ("address.siteCountry", "work", "=Country of the site", "country"),
    ("address.siteCity", "work", "=City of the site", TEXT),
    ("address.siteAddress1", "work", "=Address line 1 of the site", TEXT),
    ("address.siteAddress2", "work", "=Address line 2 of the site", TEXT),
    ("address.sitePostalCode", "work", "=Post code of the site", TEXT),
    ("address.siteState", "work", "=State of the site", TEXT),
    ("address.activeEffectiveDate", "address", "=Effective date", DATE),
];

/// Every field that a company has at first.
pub(super) fn all() -> Vec<Field> {
    LINES.iter().map(|(id, category, name, holds)| field(id, category, name, holds)).collect()
}

/// A field as a line tells it.
pub(super) fn field(id: &str, category: &str, name: &str, holds: &str) -> Field {
    let kind = match (holds, holds.strip_prefix('*')) {
        (TEXT, _) => Kind::Text,
        (NUMBER, _) => Kind::Number,
        (DATE, _) => Kind::Date,
        (YES_NO, _) => Kind::YesNo,
        (EMPLOYEE, _) => Kind::Employee,
        (_, Some(list)) => Kind::Items(list.to_owned()),
        (list, None) => Kind::List(list.to_owned()),
    };
    let calculated = name.starts_with('=');
    Field {
        id: id.to_owned(),
        category: category.to_owned(),
        name: name.trim_start_matches('=').to_owned(),
        kind,
        calculated,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_lists_of_ids_name_fields_and_no_id_comes_twice() {
        let all = all();
        let ids: BTreeSet<&str> = all.iter().map(|field| field.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        for id in BASIC.iter().chain(&DERIVED).chain(&OF_WORK_TABLE) {
            assert!(ids.contains(id), "{id}");
        }
    }
}
