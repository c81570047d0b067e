//! Values of custom fields, checked by their type.

use std::collections::BTreeMap;

use colibri_domain::people::{CustomField, FieldKind};
use colibri_domain::phone::Email;
use serde_json::Value;

use crate::problem::{FieldProblem, Problem};

/// Longest text value in characters.
const TEXT_CHARS: usize = 4096;

/// Checks every value against its field's type; all problems are reported at once. Null clears.
pub fn checked(
    fields: &[CustomField],
    values: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, Value>, Problem> {
    let mut problem =
        Problem::new(http::StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    let mut good = BTreeMap::new();
    for (slug, value) in values {
        let checked = match fields.iter().find(|f| f.slug == slug) {
            None => Err(("unknown_field", "no such field")),
            Some(_) if value.is_null() => Ok(Value::Null),
            Some(field) => typed(field, value),
        };
        match checked {
            Ok(value) => {
                good.insert(slug, value);
            }
            Err((code, detail)) => problem.errors.push(FieldProblem {
                pointer: format!("/fields/{}", slug.replace('~', "~0").replace('/', "~1")),
                code: code.to_owned(),
                detail: detail.to_owned(),
            }),
        }
    }
    if problem.errors.is_empty() { Ok(good) } else { Err(problem) }
}

type Checked = Result<Value, (&'static str, &'static str)>;

fn typed(field: &CustomField, value: Value) -> Checked {
    const TEXT: (&str, &str) = ("wrong_type", "a text");
    match (field.kind, &value) {
        (FieldKind::Checkbox, Value::Bool(_)) | (FieldKind::Number, Value::Number(_)) => Ok(value),
        (FieldKind::Checkbox, _) => Err(("wrong_type", "true or false")),
        (FieldKind::Number, _) => Err(("wrong_type", "a number")),
        (_, Value::String(text)) => checked_text(field, text.trim()),
        _ => Err(TEXT),
    }
}

fn checked_text(field: &CustomField, text: &str) -> Checked {
    let ok = match field.kind {
        FieldKind::Text => text.chars().count() <= TEXT_CHARS,
        FieldKind::List => field.options.iter().any(|o| o == text),
        FieldKind::Email => {
            return text
                .parse::<Email>()
                .map(|e| Value::String(e.into()))
                .map_err(|_| ("invalid_email", "not an e-mail address"));
        }
        FieldKind::Url => url::Url::parse(text).is_ok_and(|u| ["http", "https"].contains(&u.scheme())),
        FieldKind::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        FieldKind::Time => text.len() == 5 && text.parse::<jiff::civil::Time>().is_ok(),
        FieldKind::Checkbox | FieldKind::Number => false,
    };
    if ok {
        return Ok(Value::String(text.to_owned()));
    }
    Err(match field.kind {
        FieldKind::List => ("unknown_option", "not one of the options"),
        FieldKind::Url => ("invalid_url", "an address that begins with http or https"),
        FieldKind::Date => ("invalid_date", "a date as YYYY-MM-DD"),
        FieldKind::Time => ("invalid_time", "a time as HH:MM"),
        _ => ("too_long", "at most 4,096 characters"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(kind: FieldKind) -> CustomField {
        CustomField {
            id: "f".into(),
            slug: "f".into(),
            name: "F".into(),
            kind,
            options: vec!["Quito".into()],
            description: String::new(),
            hidden: false,
            position: 0,
            deleted: false,
        }
    }

    #[test]
    fn values_fit_their_type() {
        let cases = [
            (FieldKind::Text, json!("hola"), true),
            (FieldKind::Text, json!(1), false),
            (FieldKind::List, json!("Quito"), true),
            (FieldKind::List, json!("Loja"), false),
            (FieldKind::Checkbox, json!(true), true),
            (FieldKind::Checkbox, json!("true"), false),
            (FieldKind::Email, json!("Ana@x.example"), true),
            (FieldKind::Email, json!("ana"), false),
            (FieldKind::Number, json!(12.5), true),
            (FieldKind::Number, json!("12"), false),
            (FieldKind::Url, json!("https://x.example"), true),
            (FieldKind::Url, json!("javascript:alert(1)"), false),
            (FieldKind::Date, json!("2026-02-28"), true),
            (FieldKind::Date, json!("2026-02-30"), false),
            (FieldKind::Time, json!("09:30"), true),
            (FieldKind::Time, json!("25:00"), false),
            (FieldKind::Date, json!(null), true),
        ];
        for (kind, value, good) in cases {
            let result = checked(&[field(kind)], BTreeMap::from([("f".to_owned(), value.clone())]));
            assert_eq!(result.is_ok(), good, "{kind:?} {value}");
        }
    }

    #[test]
    fn every_bad_value_is_pointed_at() {
        let values = BTreeMap::from([("a/b".to_owned(), json!(1)), ("f".to_owned(), json!(1))]);
        let problem = checked(&[field(FieldKind::Text)], values).unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, ["/fields/a~1b", "/fields/f"]);
    }
}
