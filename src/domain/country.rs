//! Countries: from what HR calls them to ISO 3166-1 alpha-2.

use std::collections::HashMap;
use std::sync::LazyLock;

use celes::{Country, LookupTable};

use super::account::fold;

/// English names in common use that the table of the `celes` crate lacks, as [`key`] writes them.
const COMMON: [(&str, &str); 37] = [
    ("bosniaherzegovina", "BA"),
    ("plurinationalstateofbolivia", "BO"),
    ("bonairesinteustatiusandsaba", "BQ"),
    ("caribbeannetherlands", "BQ"),
    ("congodemocraticrepublic", "CD"),
    ("congokinshasa", "CD"),
    ("drc", "CD"),
    ("drcongo", "CD"),
    ("congobrazzaville", "CG"),
    ("congorepublic", "CG"),
    ("republicofcongo", "CG"),
    ("chinamainland", "CN"),
    ("mainlandchina", "CN"),
    ("peoplesrepublicofchina", "CN"),
    ("prc", "CN"),
    ("britain", "GB"),
    ("uk", "GB"),
    ("wales", "GB"),
    ("hongkongsar", "HK"),
    ("hongkongsarchina", "HK"),
    ("heardandmcdonaldislands", "HM"),
    ("republicofireland", "IE"),
    ("kyrgyzrepublic", "KG"),
    ("laopdr", "LA"),
    ("myanmarburma", "MM"),
    ("macaosar", "MO"),
    ("macaosarchina", "MO"),
    ("macausar", "MO"),
    ("kingdomofnetherlands", "NL"),
    ("pitcairnislands", "PN"),
    ("palestinianterritories", "PS"),
    ("palestinianterritory", "PS"),
    ("slovakrepublic", "SK"),
    ("sintmaarten", "SX"),
    ("taiwanprovinceofchina", "TW"),
    ("uae", "AE"),
    ("usoutlyingislands", "UM"),
];

static TABLE: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    // Kosovo's XK is in use everywhere and assigned nowhere: ISO 3166 does not have it.
    let countries = Country::get_countries();
    let countries = || countries.iter().filter(|country| country.alpha2 != "XK");
    for country in countries() {
        for name in [country.alpha2, country.alpha3, country.long_name] {
            table.insert(key(name), country.alpha2);
        }
    }
    // An alias never displaces a name: the crate has "Samoa" for American Samoa as well.
    for country in countries() {
        for alias in country.aliases.iter() {
            table.entry(key(alias)).or_insert(country.alpha2);
        }
    }
    for (name, code) in COMMON {
        table.entry(name.to_owned()).or_insert(code);
    }
    table
});

/// The ISO 3166-1 alpha-2 code of a country that is given by its alpha-2 or alpha-3 code or by a
/// common English name, in any letter case; `Korea, Republic of` and `Korea (Republic of)` are
/// understood. `None` if there is no such country, or the name fits several.
#[must_use]
pub fn alpha2(name: &str) -> Option<&'static str> {
    TABLE.get(&key(name)).or_else(|| TABLE.get(&key(&turned(name)?))).copied()
}

/// Whether this is an assigned alpha-2 code, in capitals.
#[must_use]
pub fn is_alpha2(code: &str) -> bool {
    TABLE.get(&code.to_ascii_lowercase()).is_some_and(|found| *found == code)
}

/// The form in which names are compared: no case, diacritics, punctuation, spaces or articles.
fn key(name: &str) -> String {
    let name = fold(&name.replace('&', " and ")).replace(['\'', '\u{2019}'], "");
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !["", "the"].contains(word));
    let key: String = words.map(|word| if word == "st" { "saint" } else { word }).collect();
    // Alone, ST is São Tomé and Príncipe.
    if key == "saint" { "st".to_owned() } else { key }
}

/// `Korea, Republic of` → `Republic of Korea`
fn turned(name: &str) -> Option<String> {
    let (head, tail) = name.split_once([',', '('])?;
    Some(format!("{tail} {head}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_common_names_are_understood() {
        for (name, code) in [
            ("GB", "GB"),
            ("gb", "GB"),
            ("GBR", "GB"),
            ("UK", "GB"),
            ("United Kingdom", "GB"),
            ("England", "GB"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("United States", "US"),
            ("the united states of america", "US"),
            ("Czech Republic", "CZ"),
            ("Czechia", "CZ"),
            ("South Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("Korea (Republic of)", "KR"),
            ("Korea, Democratic People's Republic of", "KP"),
            ("Iran, Islamic Republic of", "IR"),
            ("Tanzania, United Republic of", "TZ"),
            ("Bolivia (Plurinational State of)", "BO"),
            ("Virgin Islands, U.S.", "VI"),
            ("Virgin Islands (British)", "VG"),
            ("Côte d’Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Curaçao", "CW"),
            ("Türkiye", "TR"),
            ("Turkey", "TR"),
            ("Trinidad & Tobago", "TT"),
            ("St. Lucia", "LC"),
            ("ST", "ST"),
            ("St. Vincent & the Grenadines", "VC"),
            ("Viet Nam", "VN"),
            ("Vietnam", "VN"),
            ("Netherlands", "NL"),
            ("The Gambia", "GM"),
            ("Samoa", "WS"),
            ("American Samoa", "AS"),
            ("Congo - Kinshasa", "CD"),
            ("Congo (Democratic Republic of the)", "CD"),
            ("Republic of the Congo", "CG"),
            ("Myanmar (Burma)", "MM"),
            ("Cocos (Keeling) Islands", "CC"),
            ("Russia", "RU"),
            ("UAE", "AE"),
            ("Hong Kong SAR China", "HK"),
            ("Taiwan", "TW"),
            ("Palestinian Territories", "PS"),
            ("  Israel ", "IL"),
        ] {
            assert_eq!(alpha2(name), Some(code), "{name}");
        }
    }

    #[test]
    fn what_is_no_country_is_not_guessed() {
        for name in ["", " ", "Korea", "Guinea (Equatorialish)", "Atlantis", "XX", "Kosovo", "XK", ",", "("] {
            assert_eq!(alpha2(name), None, "{name}");
        }
    }

    #[test]
    fn only_assigned_codes_in_capitals_are_codes() {
        assert!(is_alpha2("GB") && is_alpha2("US"));
        for code in ["gb", "UK", "GBR", "XK", "ZZ", "", "Germany", "germany"] {
            assert!(!is_alpha2(code), "{code}");
        }
        assert_eq!(TABLE.iter().filter(|(name, code)| **name == code.to_ascii_lowercase()).count(), 249);
    }
}
