//! The 49 digits by which Ecuador's tax authority knows a document.

use jiff::civil::Date;

use crate::ids::digest;

/// What the key is made of.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct KeyParts<'a> {
    pub issued_on: Date,
    /// `01` invoice, `04` credit note.
    pub document: &'a str,
    /// Of the issuer, 13 digits.
    pub ruc: &'a str,
    pub production: bool,
    pub establishment: &'a str,
    pub point: &'a str,
    pub sequence: u64,
    /// Eight digits of ours.
    pub code: u32,
}

/// Eight digits that follow from what the document is for, so that a repeated step makes the same key.
pub fn numeric_code(organization: &str, charge: &str) -> u32 {
    let bytes = digest(&[organization, charge]);
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) % 100_000_000
}

/// The access key: date, document, issuer, environment, series, sequence, code, kind of emission, check digit.
pub fn access_key(parts: &KeyParts<'_>) -> String {
    let day = parts.issued_on;
    let environment = if parts.production { 2 } else { 1 };
    let body = format!(
        "{:02}{:02}{:04}{}{}{environment}{}{}{:09}{:08}1",
        day.day(),
        day.month(),
        day.year(),
        parts.document,
        parts.ruc,
        parts.establishment,
        parts.point,
        parts.sequence,
        parts.code % 100_000_000,
    );
    let check = check_digit(&body);
    format!("{body}{check}")
}

/// Modulus 11 with weights 2 to 7 from the right.
pub fn check_digit(digits: &str) -> u32 {
    let weighted = digits.bytes().rev().zip((2..=7).cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    match 11 - sum % 11 {
        11 => 0,
        10 => 1,
        digit => digit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// The example of the authority's technical sheet for the check digit.
    #[test]
    fn check_digits_follow_modulus_eleven() {
        assert_eq!(check_digit("41261533"), 6);
        assert_eq!(check_digit("0"), 0);
        assert_eq!(check_digit("6"), 1, "ten becomes one");
    }

    #[test]
    fn a_key_has_its_parts_in_their_places() {
        let key = access_key(&KeyParts {
            issued_on: date(2026, 11, 5),
            document: "01",
            ruc: "1790011674001",
            production: false,
            establishment: "001",
            point: "002",
            sequence: 42,
            code: 1234,
        });
        assert_eq!(key.len(), 49);
        assert_eq!(&key[..48], "051120260117900116740011001002000000042000012341");
        assert_eq!(key[48..].parse(), Ok(check_digit(&key[..48])));
        assert!(numeric_code("org_1", "cycle-1") < 100_000_000);
        assert_ne!(numeric_code("org_1", "cycle-1"), numeric_code("org_1", "cycle-2"));
    }
}
