//! Segments: a filter over contacts that has a name. It is dynamic: who belongs to it is found out when it is used.
//!
//! A filter is a tree of groups and conditions. [`compile`] checks it against what the workspace knows and turns it
//! into a [`Predicate`], which judges one contact at a time, and [`Predicate::candidates`] tells where to look: the
//! predicate decides, the candidates only save reads.

mod compile;
mod predicate;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use compile::{Dictionary, Fault, compile};
pub use predicate::{Candidates, Predicate, Subject};

/// Segments of a workspace at most.
pub const SEGMENTS: usize = 500;
/// Longest name in characters.
pub const NAME_CHARS: usize = 100;
/// Groups inside groups at most, the outermost included.
pub const DEPTH: usize = 5;
/// Conditions of a filter at most.
pub const CONDITIONS: usize = 50;
/// Values of one condition at most.
pub const VALUES: usize = 100;
/// Longest value in characters.
pub const VALUE_CHARS: usize = 4_096;

/// A filter with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Segment {
    /// Its id.
    pub id: String,
    /// 1 to 100 characters, unlike any other segment's.
    pub name: String,
    /// Who belongs to it.
    #[schema(value_type = Object)]
    pub filter: Filter,
    /// Grows with each change; kept beside it in the store.
    #[serde(default)]
    pub version: u64,
}

/// A tree of groups and conditions. An empty group of either kind lets everybody in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Filter {
    /// Everything of it holds.
    All {
        /// Its parts.
        all: Vec<Filter>,
    },
    /// At least one of it holds.
    Any {
        /// Its parts.
        any: Vec<Filter>,
    },
    /// One condition.
    Is(Condition),
}

impl Default for Filter {
    fn default() -> Self {
        Self::All { all: Vec::new() }
    }
}

/// A field, how it is compared, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Which.
    pub field: Field,
    /// How.
    pub operator: Operator,
    /// With what: a text, a number, a list of texts, a span of time, or nothing.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub value: serde_json::Value,
}

/// What a condition looks at. On the wire its name; a custom field is `custom:` and its slug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[allow(missing_docs)]
pub enum Field {
    FirstName,
    LastName,
    Phone,
    Email,
    Country,
    Language,
    Custom(String),
    Tags,
    Stage,
    Assignee,
    /// Channels on which the contact has been seen.
    Channels,
    /// Channel of the newest message.
    LastChannel,
    /// `open` or `closed`.
    Status,
    Blocked,
    CreatedAt,
    LastMessageAt,
    /// Compared by how long ago it was.
    LastInboundAt,
}

const FIELDS: &[(&str, Field)] = &[
    ("first_name", Field::FirstName),
    ("last_name", Field::LastName),
    ("phone", Field::Phone),
    ("email", Field::Email),
    ("country", Field::Country),
    ("language", Field::Language),
    ("tags", Field::Tags),
    ("stage", Field::Stage),
    ("assignee", Field::Assignee),
    ("channels", Field::Channels),
    ("last_channel", Field::LastChannel),
    ("status", Field::Status),
    ("blocked", Field::Blocked),
    ("created_at", Field::CreatedAt),
    ("last_message_at", Field::LastMessageAt),
    ("last_inbound_at", Field::LastInboundAt),
];

impl TryFrom<String> for Field {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if let Some(slug) = name.strip_prefix("custom:") {
            return Ok(Self::Custom(slug.to_owned()));
        }
        let known = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| field.clone());
        known.ok_or_else(|| "no such field".to_owned())
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        match &field {
            Field::Custom(slug) => format!("custom:{slug}"),
            _ => FIELDS
                .iter()
                .find(|(_, known)| *known == field)
                .map(|(name, _)| (*name).to_owned())
                .unwrap_or_default(),
        }
    }
}

/// How a field is compared. Texts are compared without regard to case and accents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Operator {
    IsEqualTo,
    IsNotEqualTo,
    Contains,
    DoesNotContain,
    Exists,
    DoesNotExist,
    HasAnyOf,
    HasAllOf,
    HasNoneOf,
    IsGreaterThan,
    IsLessThan,
    /// Both ends belong to it.
    IsBetween,
    /// After the whole day or the whole minute that is named.
    IsAfter,
    IsBefore,
    /// At most so many days ago.
    WithinLast,
    /// More than so many days ago.
    BeforeLast,
}

impl Operator {
    /// Whether it is true of what the contrary operator is false of.
    const fn negated(self) -> bool {
        matches!(self, Self::IsNotEqualTo | Self::DoesNotContain | Self::DoesNotExist | Self::HasNoneOf)
    }
}

/// The segments that a new workspace begins with, named in its language.
pub fn presets(spanish: bool) -> Vec<Segment> {
    let is =
        |field, operator, value| Filter::All { all: vec![Filter::Is(Condition { field, operator, value })] };
    let span = |amount: u32, unit: &str| serde_json::json!({ "amount": amount, "unit": unit });
    let named = |es, en| if spanish { es } else { en };
    let segment = |(id, name, filter): (&str, &str, Filter)| Segment {
        id: id.to_owned(),
        name: name.to_owned(),
        filter,
        version: 1,
    };
    let null = || serde_json::Value::Null;
    let all = [
        (
            "sg_new",
            named("Nuevos de los últimos 7 días", "New in the last 7 days"),
            is(Field::CreatedAt, Operator::WithinLast, serde_json::json!(7)),
        ),
        (
            "sg_silent",
            named("Sin escribir en más de 30 días", "Silent for more than 30 days"),
            is(Field::LastInboundAt, Operator::IsGreaterThan, span(30, "days")),
        ),
        ("sg_tagged", named("Con etiquetas", "With tags"), is(Field::Tags, Operator::Exists, null())),
        (
            "sg_country",
            named("Con país conocido", "With a known country"),
            is(Field::Country, Operator::Exists, null()),
        ),
        (
            "sg_language",
            named("Con idioma conocido", "With a known language"),
            is(Field::Language, Operator::Exists, null()),
        ),
    ];
    all.into_iter().map(segment).collect()
}
