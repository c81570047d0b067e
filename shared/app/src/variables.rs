//! Values of dynamic variables for one contact at one moment.

use colibri_domain::contact::{Head, Profile};
use colibri_domain::country;
use colibri_domain::people::Membership;
use colibri_domain::time::Millis;
use colibri_domain::variable::{Resolved, resolve};
use serde_json::Value;

/// What variables are about.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Subject<'a> {
    pub head: &'a Head,
    pub profile: Option<&'a Profile>,
    pub assignee: Option<&'a Membership>,
    /// IANA name of the workspace's zone: times are told in it.
    pub timezone: &'a str,
    /// Language of names: the contact's where it is known, else the workspace's.
    pub language: &'a str,
    pub now: Millis,
}

impl Subject<'_> {
    /// A text with every variable replaced.
    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolved {
        resolve(text, |name| self.value(name))
    }

    fn value(&self, name: &str) -> Option<String> {
        match name.split_once('.')? {
            ("contact", field) => self.contact(field),
            ("assignee", field) => self.assignee(field),
            ("system", field) => self.system(field),
            _ => None,
        }
    }

    fn contact(&self, field: &str) -> Option<String> {
        let head = self.head;
        match field {
            "name" => Some(format!("{} {}", head.first_name, head.last_name).trim().to_owned()),
            "firstname" => Some(head.first_name.clone()),
            "lastname" => Some(head.last_name.clone()),
            "phone" => head.phone.as_ref().map(ToString::to_string),
            "email" => head.email.as_ref().map(|email| email.as_str().to_owned()),
            "id" => Some(head.id.0.to_string()),
            "country" => self.profile?.country.as_deref().map(|code| country::name(code, self.language)),
            "language" => self.profile?.language.clone(),
            slug => self.profile?.fields.get(slug).and_then(shown),
        }
    }

    fn assignee(&self, field: &str) -> Option<String> {
        let assignee = self.assignee?;
        let (first, last) = assignee.name.split_once(' ').unwrap_or((&assignee.name, ""));
        match field {
            "name" => Some(assignee.name.clone()),
            "firstname" => Some(first.to_owned()),
            "lastname" => Some(last.to_owned()),
            "email" => Some(assignee.email.clone()),
            "id" => Some(assignee.user_id.to_string()),
            _ => None,
        }
    }

    fn system(&self, field: &str) -> Option<String> {
        let zone = jiff::tz::TimeZone::get(self.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let now = jiff::Timestamp::from_millisecond(self.now.0).ok()?.to_zoned(zone);
        let format = match field {
            "current_datetime" => "%Y-%m-%d %H:%M:%S",
            "current_date" => "%Y-%m-%d",
            "current_time" => "%H:%M:%S",
            _ => return None,
        };
        Some(now.strftime(format).to_string())
    }
}

/// A custom field's value as a person reads it.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use colibri_domain::ContactId;
    use colibri_domain::message::Source;
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_tell_of_the_contact_the_assignee_and_the_hour_there() {
        let now = Millis(1_768_478_400_000);
        let mut head = Head::new(ContactId(7), now);
        "Ana".clone_into(&mut head.first_name);
        head.phone = serde_json::from_value(json!("+593900000001")).unwrap();
        let profile = Profile {
            country: Some("EC".into()),
            language: None,
            fields: BTreeMap::from([("presupuesto".to_owned(), json!(450)), ("vip".to_owned(), json!(true))]),
            created_source: Source::System,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let assignee: Membership = serde_json::from_value(
            json!({ "user_id": "usr_1", "name": "Alba Quishpe", "email": "alba@ceibo.example", "role": "agent" }),
        )
        .unwrap();
        let subject = Subject {
            head: &head,
            profile: Some(&profile),
            assignee: Some(&assignee),
            timezone: "America/Guayaquil",
            language: "es",
            now,
        };
        for (text, wanted) in [
            ("$contact.name|$contact.phone|$contact.id", "Ana|+593900000001|7"),
            ("$contact.country $contact.presupuesto $contact.vip", "Ecuador 450 true"),
            ("$assignee.firstname $assignee.lastname", "Alba Quishpe"),
            ("$system.current_datetime", "2026-01-15 07:00:00"),
            (r#"{{$contact.email|"sin correo"}}"#, "sin correo"),
        ] {
            let resolved = subject.resolve(text);
            assert_eq!((resolved.text.as_str(), resolved.missing.len()), (wanted, 0), "{text}");
        }
        let nobody = Subject { profile: None, assignee: None, ..subject };
        assert_eq!(nobody.resolve("$assignee.name$contact.city").missing, ["assignee.name", "contact.city"]);
    }
}
