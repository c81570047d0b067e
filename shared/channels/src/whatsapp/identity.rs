//! Who is at the other end: phone numbers, business-scoped ids, and the forms that mean the same person.

use serde_json::Value;

use colibri_domain::inbound::Identity;
use colibri_domain::phone::E164;

use crate::json;

/// What may name a person in one place of a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Digits of the phone number.
    pub phone: Option<String>,
    /// Business-scoped id.
    pub scoped: Option<String>,
    /// Scoped id of the parent portfolio.
    pub parent: Option<String>,
}

impl Names {
    /// Reads the members of these names; a scoped id that stands where a number should is recognised.
    pub fn read(value: &Value, phone: &[&str], scoped: &[&str], parent: &[&str]) -> Self {
        let mut names = Self::default();
        for id in phone.iter().filter_map(|key| json::filled(value, key)) {
            let id = id.trim();
            if let Some(digits) = digits(id) {
                names.phone.get_or_insert(digits);
            } else if is_scoped(id) {
                names.scoped.get_or_insert_with(|| id.to_owned());
            }
        }
        let first =
            |keys: &[&str]| keys.iter().filter_map(|key| json::filled(value, key)).find(|id| is_scoped(id));
        if let Some(id) = first(scoped) {
            names.scoped = Some(id);
        }
        names.parent = first(parent);
        names
    }

    /// Whether nothing names anybody.
    pub fn is_empty(&self) -> bool {
        self.phone.is_none() && self.scoped.is_none() && self.parent.is_none()
    }

    /// Whether both name the same person for certain.
    pub fn meets(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        let form = |phone: &Option<String>| phone.as_deref().map(matching_form);
        same(&self.scoped, &other.scoped)
            || same(&self.parent, &other.parent)
            || same(&form(&self.phone), &form(&other.phone))
    }

    /// Fills what is missing from another naming of the same person.
    pub fn or(self, other: Self) -> Self {
        Self {
            phone: self.phone.or(other.phone),
            scoped: self.scoped.or(other.scoped),
            parent: self.parent.or(other.parent),
        }
    }

    /// The identity: the scoped id is the key where there is one, everything else finds the same contact.
    pub fn identity(self, name: Option<String>, username: Option<String>) -> Option<Identity> {
        let id = self.scoped.clone().or_else(|| self.phone.clone()).or_else(|| self.parent.clone())?;
        let form = self.phone.as_deref().map(matching_form);
        let mut aliases: Vec<String> = Vec::new();
        for alias in [self.phone.clone(), form, self.parent].into_iter().flatten() {
            if alias != id && !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        Some(Identity { id, aliases, phone: self.phone, email: None, name, username, language: None })
    }
}

/// A person of a delivery's `contacts` list.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Ids.
    pub names: Names,
    name: Option<String>,
    username: Option<String>,
}

impl Person {
    /// Reads an element of `contacts`.
    pub fn read(value: &Value) -> Self {
        let profile = value.get("profile").unwrap_or(&Value::Null);
        Self {
            names: Names::read(value, &["wa_id"], &["user_id"], &["parent_user_id"]),
            name: json::short(profile, "name", 128),
            username: json::short(profile, "username", 64),
        }
    }
}

/// The identity of somebody named in a message, completed from the delivery's `contacts`.
///
/// Somebody is taken from the list only where an id agrees, or where the message names nobody and only one person
/// is listed.
pub fn complete(named: Names, people: &[Person]) -> Option<Identity> {
    let person = match people {
        [only] if named.is_empty() => Some(only),
        _ => people.iter().find(|person| person.names.meets(&named)),
    };
    match person.cloned() {
        Some(person) => named.or(person.names).identity(person.name, person.username),
        None => named.identity(None, None),
    }
}

/// Digits of a phone number as the provider writes them, with or without `+`; `None` for anything else.
pub fn digits(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let legal = (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    legal.then(|| digits.to_owned())
}

/// Digits of a number written for people: `+55 11 4000-1000`.
pub fn digits_of_display(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether this is a business-scoped id: two letters of a country, a dot, letters and digits (`BR.55…`, or
/// `BR.ENT.55…` of a parent portfolio).
pub fn is_scoped(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && text.len() <= 160
        && rest.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The form that all variants of one number share.
pub fn matching_form(digits: &str) -> String {
    E164::from_digits(digits).map_or_else(|_| digits.to_owned(), |phone| phone.matching_form())
}

/// The number on an address card that answers our request for it: `waid` of a vCard, else its first number.
pub fn shared_phone(card: &Value) -> Option<String> {
    let listed = json::items(card, "phones")
        .iter()
        .find_map(|phone| json::filled(phone, "wa_id").or_else(|| json::filled(phone, "phone")));
    let shared = json::filled(card, "vcard").and_then(|vcard| vcard_phone(&vcard)).or(listed)?;
    digits(&digits_of_display(&shared))
}

fn vcard_phone(vcard: &str) -> Option<String> {
    let lines: Vec<&str> = vcard.lines().map(str::trim).filter(|line| is_tel(line)).collect();
    let waid = lines.iter().find_map(|line| {
        let (_, rest) = line.split_once("waid=")?;
        Some(rest.chars().take_while(char::is_ascii_digit).collect::<String>())
    });
    waid.filter(|id| !id.is_empty())
        .or_else(|| lines.first()?.rsplit_once(':').map(|(_, tel)| tel.to_owned()))
}

/// `TEL`, `TEL;TYPE=CELL` or grouped as `item1.TEL`.
fn is_tel(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().eq_ignore_ascii_case("tel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scoped_ids_are_told_from_numbers() {
        for yes in ["BR.5550001112223334", "BR.ENT.5550001112223334", "US.13491208655302741918"] {
            assert!(is_scoped(yes), "{yes}");
        }
        for no in ["5511988887777", "+5511988887777", "br.555", "BRA.555", "BR.", "BR..5", "BR.5 5", "", "."]
        {
            assert!(!is_scoped(no), "{no}");
        }
    }

    #[test]
    fn a_shared_card_gives_the_whatsapp_number_first() {
        let card = |vcard: &str| serde_json::json!({ "vcard": vcard });
        let waid = "BEGIN:VCARD\nTEL;type=CELL;waid=593900000001:+593 90 000 0001\nEND:VCARD";
        assert_eq!(shared_phone(&card(waid)).as_deref(), Some("593900000001"));
        let plain = "BEGIN:VCARD\r\nitem1.TEL:+593 90-000 0002\r\nEND:VCARD";
        assert_eq!(shared_phone(&card(plain)).as_deref(), Some("593900000002"));
        assert_eq!(shared_phone(&card("BEGIN:VCARD\nTELEX:1\nEND:VCARD")), None);
    }
}
