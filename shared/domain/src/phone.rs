//! Phone numbers: E.164 and the forms under which one person may appear.

use serde::{Deserialize, Serialize};

/// A phone number in E.164 form: `+`, then 7 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct E164(String);

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a possible phone number")]
pub struct InvalidPhone;

impl E164 {
    /// Reads digits in international form, with or without `+`, as providers write them.
    pub fn from_digits(text: &str) -> Result<Self, InvalidPhone> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let legal = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if legal { Ok(Self(format!("+{digits}"))) } else { Err(InvalidPhone) }
    }

    /// Reads what a person typed: national form of `country` (ISO 3166-1 alpha-2) or international form.
    ///
    /// A possible number is enough: validity tables lag behind the ranges that countries hand out.
    pub fn from_typed(text: &str, country: &str) -> Result<Self, InvalidPhone> {
        let country = country.parse::<phonenumber::country::Id>().ok();
        let number = phonenumber::parse(country, text.trim()).map_err(|_| InvalidPhone)?;
        Self::from_digits(&number.format().mode(phonenumber::Mode::E164).to_string())
    }

    /// `+` and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Digits only, as WhatsApp writes them.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }

    /// Country of the number (ISO 3166-1 alpha-2), where its prefix tells.
    pub fn country(&self) -> Option<String> {
        let number = phonenumber::parse(None, &self.0).ok()?;
        number.country().id().map(|id| id.as_ref().to_owned())
    }

    /// The form that all variants of one WhatsApp number share. For matching only, never to send to.
    ///
    /// Brazil writes old mobiles (those that began with 6 to 9) with or without the ninth digit, Argentina with or
    /// without the 9 after 54, Mexico with or without the 1 after 52.
    pub fn matching_form(&self) -> String {
        let digits = self.digits();
        match digits.as_bytes() {
            [b'5', b'5', _, _, b'9', b'6'..=b'9', rest @ ..] if rest.len() == 7 => {
                format!("{}{}", &digits[..4], &digits[5..])
            }
            [b'5', b'4', b'9', rest @ ..] if rest.len() == 10 => format!("54{}", &digits[3..]),
            [b'5', b'2', b'1', rest @ ..] if rest.len() == 10 => format!("52{}", &digits[3..]),
            _ => digits.to_owned(),
        }
    }
}

impl std::fmt::Display for E164 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for E164 {
    type Error = InvalidPhone;

    fn try_from(text: String) -> Result<Self, InvalidPhone> {
        Self::from_digits(&text)
    }
}

impl From<E164> for String {
    fn from(phone: E164) -> Self {
        phone.0
    }
}

/// An e-mail address, trimmed and in lower case. Checked only for its shape: one `@`, no spaces, a dot in the domain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// Lower-case address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.split_once('@').ok_or(InvalidEmail)?;
        let plain =
            |s: &str| !s.is_empty() && !s.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@');
        let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
        if text.len() <= 254 && plain(local) && plain(domain) && dotted {
            Ok(Self(text))
        } else {
            Err(InvalidEmail)
        }
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_one_number_share_a_matching_form() {
        let form = |text: &str| E164::from_digits(text).unwrap().matching_form();
        assert_eq!(form("5511988887777"), form("551188887777"));
        assert_eq!(form("5491123456789"), form("541123456789"));
        assert_eq!(form("5215512345678"), form("525512345678"));
        assert_ne!(form("593900000001"), form("593900000002"));
        // A mobile that never had eight digits is not the landline that looks like its tail.
        assert_ne!(form("5511931234567"), form("551131234567"));
    }

    #[test]
    fn typed_numbers_are_read_in_the_workspace_country() {
        let typed = |text: &str| E164::from_typed(text, "EC").map(|p| p.to_string());
        assert_eq!(typed("099 123 4567").as_deref(), Ok("+593991234567"));
        assert_eq!(typed("+593 90 000 0001").as_deref(), Ok("+593900000001"));
        assert_eq!(typed("0900000001").as_deref(), Ok("+593900000001"));
        assert_eq!(typed("hola"), Err(InvalidPhone));
        assert_eq!(typed("12"), Err(InvalidPhone));
    }

    #[test]
    fn country_comes_from_the_prefix() {
        assert_eq!(E164::from_digits("593991234567").unwrap().country().as_deref(), Some("EC"));
    }

    #[test]
    fn addresses_are_lower_cased_and_shaped() {
        assert_eq!(" Ana@Ejemplo.EXAMPLE ".parse::<Email>().unwrap().as_str(), "ana@ejemplo.example");
        for bad in ["", "ana", "ana@", "@x.y", "a b@x.y", "a@b@c.d", "a@b", "a@.b"] {
            assert_eq!(bad.parse::<Email>(), Err(InvalidEmail), "{bad}");
        }
    }
}
