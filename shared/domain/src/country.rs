//! Names of countries, for sentences in Spanish and English.

/// ISO 3166-1 alpha-2, Spanish, English: the Americas, and where else customers of Spanish-speaking businesses live.
const COUNTRIES: [(&str, &str, &str); 48] = [
    ("AR", "Argentina", "Argentina"),
    ("BO", "Bolivia", "Bolivia"),
    ("BR", "Brasil", "Brazil"),
    ("BS", "Bahamas", "Bahamas"),
    ("BZ", "Belice", "Belize"),
    ("CA", "Canadá", "Canada"),
    ("CH", "Suiza", "Switzerland"),
    ("CL", "Chile", "Chile"),
    ("CN", "China", "China"),
    ("CO", "Colombia", "Colombia"),
    ("CR", "Costa Rica", "Costa Rica"),
    ("CU", "Cuba", "Cuba"),
    ("CW", "Curazao", "Curaçao"),
    ("DE", "Alemania", "Germany"),
    ("DO", "República Dominicana", "Dominican Republic"),
    ("EC", "Ecuador", "Ecuador"),
    ("ES", "España", "Spain"),
    ("FR", "Francia", "France"),
    ("GB", "Reino Unido", "United Kingdom"),
    ("GF", "Guayana Francesa", "French Guiana"),
    ("GQ", "Guinea Ecuatorial", "Equatorial Guinea"),
    ("GT", "Guatemala", "Guatemala"),
    ("GY", "Guyana", "Guyana"),
    ("HN", "Honduras", "Honduras"),
    ("HT", "Haití", "Haiti"),
    ("IN", "India", "India"),
    ("IT", "Italia", "Italy"),
    ("JM", "Jamaica", "Jamaica"),
    ("JP", "Japón", "Japan"),
    ("KR", "Corea del Sur", "South Korea"),
    ("MA", "Marruecos", "Morocco"),
    ("MX", "México", "Mexico"),
    ("NI", "Nicaragua", "Nicaragua"),
    ("NL", "Países Bajos", "Netherlands"),
    ("PA", "Panamá", "Panama"),
    ("PE", "Perú", "Peru"),
    ("PR", "Puerto Rico", "Puerto Rico"),
    ("PT", "Portugal", "Portugal"),
    ("PY", "Paraguay", "Paraguay"),
    ("RU", "Rusia", "Russia"),
    ("SE", "Suecia", "Sweden"),
    ("SR", "Surinam", "Suriname"),
    ("SV", "El Salvador", "El Salvador"),
    ("TT", "Trinidad y Tobago", "Trinidad and Tobago"),
    ("UA", "Ucrania", "Ukraine"),
    ("US", "Estados Unidos", "United States"),
    ("UY", "Uruguay", "Uruguay"),
    ("VE", "Venezuela", "Venezuela"),
];

/// A country's name in `es` or any other language (English); the code itself where it is not listed.
#[must_use]
pub fn name(code: &str, language: &str) -> String {
    let code = code.to_ascii_uppercase();
    let row = COUNTRIES.iter().find(|(known, _, _)| *known == code);
    row.map_or(code.clone(), |(_, es, en)| (if language == "es" { *es } else { *en }).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_language_and_the_list_is_sorted() {
        assert_eq!(
            (name("ec", "es"), name("US", "es"), name("US", "en")),
            ("Ecuador".into(), "Estados Unidos".into(), "United States".into())
        );
        assert_eq!(name("ZZ", "es"), "ZZ");
        assert!(COUNTRIES.is_sorted_by_key(|(code, _, _)| *code));
    }
}
