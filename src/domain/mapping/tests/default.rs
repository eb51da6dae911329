//! The mapping that a company starts with, on an invented person.

use super::*;

pub(super) fn default_rows() -> Value {
    json!([
        {"okta": "login", "bob": "root.email"},
        {"okta": "email", "bob": "root.email"},
        {"okta": "firstName", "bob": "root.firstName"},
        {"okta": "lastName", "bob": "root.surname"},
        {"okta": "middleName", "bob": "root.secondName"},
        {"okta": "honorificPrefix", "bob": "personal.honorific"},
        {"okta": "displayName", "bob": "root.displayName"},
        {"okta": "title", "bob": "work.title"},
        {"okta": "department", "bob": "work.department"},
        {"okta": "manager", "bob": "work.reportsTo.displayName"},
        {"okta": "managerId", "bob": "work.reportsTo.id"},
        {"okta": "primaryPhone", "bob": "work.workPhone"},
        {"okta": "mobilePhone", "bob": "work.workMobile"},
        {"okta": "streetAddress", "bob": "address.line1"},
        {"okta": "city", "bob": "address.city"},
        {"okta": "zipCode", "bob": "address.postCode"},
        {"okta": "countryCode", "bob": "address.country", "convert": "country"},
        {"okta": "postalAddress", "bob": "address.fullAddress"},
        {"okta": "employeeNumber", "bob": "root.id"},
    ])
}

#[test]
fn the_default_mapping_makes_a_whole_profile() {
    let mapping = Mapping::compile(&rows(&default_rows()), &Limits::base()).unwrap();
    let facts = json!({
        "root.id": "3100000000000000007",
        "root.email": "mira.castellan@example.com",
        "root.firstName": "Mira",
        "root.surname": "Castellan",
        "root.secondName": "Inés",
        "root.displayName": "Mira Castellan",
        "personal.honorific": "Dr",
        "work.title": "Payroll Analyst",
        "work.department": "Finance",
        "work.reportsTo.displayName": "Tomas Veld",
        "work.reportsTo.id": 3_100_000_000_000_000_001_u64,
        "work.workPhone": "+44 20 7946 0000",
        "work.workMobile": null,
        "address.line1": "7 Harbour Row",
        "address.city": "Bristol",
        "address.postCode": "BS1 4XX",
        "address.country": "United Kingdom",
        "address.fullAddress": "     ",
    });
    let output = profile(&mapping, &facts, false).unwrap();
    assert_eq!(output.omitted, []);
    assert_eq!(
        json!(output.profile),
        json!({
            "login": "mira.castellan@example.com",
            "email": "mira.castellan@example.com",
            "firstName": "Mira",
            "lastName": "Castellan",
            "middleName": "Inés",
            "honorificPrefix": "Dr",
            "displayName": "Mira Castellan",
            "title": "Payroll Analyst",
            "department": "Finance",
            "manager": "Tomas Veld",
            "managerId": "3100000000000000001",
            "primaryPhone": "+44 20 7946 0000",
            "mobilePhone": null,
            "streetAddress": "7 Harbour Row",
            "city": "Bristol",
            "zipCode": "BS1 4XX",
            "countryCode": "GB",
            "postalAddress": null,
            "employeeNumber": "3100000000000000007",
        })
    );
}
