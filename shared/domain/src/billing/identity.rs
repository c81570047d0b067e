//! Who an invoice is for, checked as Ecuador's tax authority checks it.

use serde::{Deserialize, Serialize};

use crate::phone::Email;

/// What the number of a buyer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// Identity card: ten digits, the last one a check digit.
    Cedula,
    /// Taxpayer number: thirteen digits.
    Ruc,
    /// Passport.
    Passport,
    /// Nobody in particular.
    FinalConsumer,
    /// Number of another country's tax authority.
    Foreign,
}

/// The number that stands for nobody in particular.
pub const FINAL_CONSUMER: &str = "9999999999999";

/// Longest name and address of an electronic invoice, in characters.
pub const LONGEST_TEXT: usize = 300;

/// Who is billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BillingIdentity {
    /// What `number` is.
    pub kind: IdentityKind,
    /// Digits of a cédula or RUC; letters and digits of others; empty for the final consumer.
    #[serde(default)]
    pub number: String,
    /// Legal name.
    pub legal_name: String,
    /// Address on the invoice.
    pub address: String,
    /// Where invoices go.
    pub email: String,
    /// ISO 3166-1 alpha-2: whose taxes apply.
    pub country: String,
    /// Whether it is a government body, which withholds differently.
    #[serde(default)]
    pub government: bool,
}

/// A value that cannot be on an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityFault {
    /// Field of [`BillingIdentity`].
    pub field: &'static str,
    /// Stable code.
    pub code: &'static str,
}

impl BillingIdentity {
    /// Without spaces around and inside what has none, or everything that is wrong with it.
    pub fn checked(mut self) -> Result<Self, Vec<IdentityFault>> {
        let mut faults = Vec::new();
        let mut fault = |field, code| faults.push(IdentityFault { field, code });
        self.number = self.number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        for text in [&mut self.legal_name, &mut self.address, &mut self.email] {
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        self.country = self.country.trim().to_ascii_uppercase();
        if self.kind == IdentityKind::FinalConsumer {
            FINAL_CONSUMER.clone_into(&mut self.number);
        }
        if let Err(code) = check_number(self.kind, &self.number) {
            fault("number", code);
        }
        for (field, text) in [("legal_name", &self.legal_name), ("address", &self.address)] {
            match text.chars().count() {
                0 => fault(field, "required"),
                n if n > LONGEST_TEXT => fault(field, "too_long"),
                _ => {}
            }
        }
        if self.email.parse::<Email>().is_err() {
            fault("email", "invalid_email");
        }
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            fault("country", "invalid_country");
        }
        let local =
            matches!(self.kind, IdentityKind::Cedula | IdentityKind::Ruc | IdentityKind::FinalConsumer);
        if local && self.country != "EC" {
            fault("kind", "not_in_country");
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    /// Code of the buyer's identification in Ecuador's electronic invoices.
    pub const fn authority_code(&self) -> &'static str {
        match self.kind {
            IdentityKind::Ruc => "04",
            IdentityKind::Cedula => "05",
            IdentityKind::Passport => "06",
            IdentityKind::FinalConsumer => "07",
            IdentityKind::Foreign => "08",
        }
    }
}

fn digits(number: &str, length: usize) -> Option<Vec<u32>> {
    let digits: Vec<u32> = number.chars().map_while(|c| c.to_digit(10)).collect();
    (digits.len() == length && number.len() == length).then_some(digits)
}

/// 01 to 24 are provinces, 30 is for people registered abroad.
fn is_province(digits: &[u32]) -> bool {
    matches!(digits[0] * 10 + digits[1], 1..=24 | 30)
}

/// The last digit makes the weighted sum a multiple of ten.
fn has_check_digit(digits: &[u32]) -> bool {
    let weighted = digits[..9].iter().enumerate().map(|(place, digit)| {
        let product = if place % 2 == 0 { digit * 2 } else { *digit };
        if product > 9 { product - 9 } else { product }
    });
    (weighted.sum::<u32>() + digits[9]).is_multiple_of(10)
}

/// Whether a number can be one of its kind; else a stable code. A company's check digit is not looked at, because valid
/// numbers break the old rule.
pub fn check_number(kind: IdentityKind, number: &str) -> Result<(), &'static str> {
    match kind {
        IdentityKind::Cedula => {
            let digits = digits(number, 10).ok_or("not_ten_digits")?;
            if !is_province(&digits) {
                return Err("unknown_province");
            }
            if has_check_digit(&digits) { Ok(()) } else { Err("wrong_check_digit") }
        }
        IdentityKind::Ruc => {
            let digits = digits(number, 13).ok_or("not_thirteen_digits")?;
            if !is_province(&digits) {
                return Err("unknown_province");
            }
            if digits[10..].iter().all(|digit| *digit == 0) {
                return Err("no_establishment");
            }
            // A person's number is his cédula and an establishment.
            if digits[2] < 6 && !has_check_digit(&digits) {
                return Err("wrong_check_digit");
            }
            Ok(())
        }
        IdentityKind::Passport | IdentityKind::Foreign => {
            let legal = number.bytes().all(|b| b.is_ascii_alphanumeric());
            if legal && (4..=20).contains(&number.len()) { Ok(()) } else { Err("not_4_to_20_letters") }
        }
        IdentityKind::FinalConsumer => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(kind: IdentityKind, number: &str) -> BillingIdentity {
        BillingIdentity {
            kind,
            number: number.to_owned(),
            legal_name: " Comercial  Ceibo S.A. ".to_owned(),
            address: "Av. 9 de Octubre 100".to_owned(),
            email: "pagos@ceibo.example".to_owned(),
            country: "ec".to_owned(),
            government: false,
        }
    }

    #[test]
    fn numbers_of_each_kind() {
        use IdentityKind::{Cedula, Foreign, Passport, Ruc};
        for (kind, number, wanted) in [
            (Cedula, "1710034065", Ok(())),
            (Cedula, "1710034066", Err("wrong_check_digit")),
            (Cedula, "2510034065", Err("unknown_province")),
            (Cedula, "0010034065", Err("unknown_province")),
            (Cedula, "171003406", Err("not_ten_digits")),
            (Cedula, "17100340६5", Err("not_ten_digits")),
            (Ruc, "1710034065001", Ok(())),
            (Ruc, "1710034066001", Err("wrong_check_digit")),
            (Ruc, "1710034065000", Err("no_establishment")),
            (Ruc, "1790011674001", Ok(())),
            // A company whose check digit breaks the old rule.
            (Ruc, "1793999999001", Ok(())),
            (Ruc, "1760001550001", Ok(())),
            (Ruc, "9990011674001", Err("unknown_province")),
            (Ruc, "17900116740", Err("not_thirteen_digits")),
            (Passport, "AB123456", Ok(())),
            (Passport, "A", Err("not_4_to_20_letters")),
            (Foreign, "20-12345", Err("not_4_to_20_letters")),
        ] {
            assert_eq!(check_number(kind, number), wanted, "{number}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut wrong = identity(IdentityKind::Cedula, "123");
        wrong.email = "nowhere".to_owned();
        wrong.legal_name = "  ".to_owned();
        wrong.address = "x".repeat(301);
        wrong.country = "PE".to_owned();
        let faults: Vec<_> = wrong.checked().unwrap_err().iter().map(|f| (f.field, f.code)).collect();
        assert_eq!(
            faults,
            [
                ("number", "not_ten_digits"),
                ("legal_name", "required"),
                ("address", "too_long"),
                ("email", "invalid_email"),
                ("kind", "not_in_country"),
            ]
        );
    }

    #[test]
    fn what_people_type_is_tidied() {
        let tidy = identity(IdentityKind::Ruc, " 1790011674-001").checked().unwrap();
        assert_eq!((tidy.number.as_str(), tidy.country.as_str()), ("1790011674001", "EC"));
        assert_eq!(tidy.legal_name, "Comercial Ceibo S.A.");
        let nobody = identity(IdentityKind::FinalConsumer, "").checked().unwrap();
        assert_eq!(nobody.number, FINAL_CONSUMER);
    }

    proptest! {
        /// Each first nine digits have exactly one last digit, and a mistyped digit is always noticed.
        #[test]
        fn one_check_digit(province in 1u32..=24, rest in 0u32..10_000_000, place in 0usize..10, other in 1u32..10) {
            let nine = format!("{province:02}{rest:07}");
            let valid: Vec<String> = (0..10)
                .map(|d| format!("{nine}{d}"))
                .filter(|n| check_number(IdentityKind::Cedula, n).is_ok())
                .collect();
            prop_assert_eq!(valid.len(), 1);
            let mut typed: Vec<u32> = valid[0].chars().filter_map(|c| c.to_digit(10)).collect();
            typed[place] = (typed[place] + other) % 10;
            let typed: String = typed.iter().map(ToString::to_string).collect();
            prop_assert!(check_number(IdentityKind::Cedula, &typed).is_err());
        }
    }
}
