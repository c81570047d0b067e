//! From a filter as it was written to one that can be asked.

use std::ops::Bound;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::predicate::{Node, Rule, Test};
use super::{CONDITIONS, Condition, DEPTH, Field, Filter, Operator, Predicate, VALUE_CHARS, VALUES};
use crate::people::{CustomField, FieldKind, Stage, Tag};
use crate::text::fold;
use crate::{ChannelId, Millis, UserId};

/// What a filter may speak of, and by which clock.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Dictionary<'a> {
    pub fields: &'a [CustomField],
    pub tags: &'a [Tag],
    pub stages: &'a [Stage],
    pub users: Vec<&'a UserId>,
    pub channels: Vec<&'a ChannelId>,
    /// IANA name: days begin and end by it.
    pub timezone: &'a str,
    /// Spans of time end here.
    pub now: Millis,
}

/// What is wrong with a part of a filter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// JSON pointer into the filter (RFC 6901).
    pub pointer: String,
    /// Stable.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// For developers.
    #[schema(value_type = String)]
    pub detail: &'static str,
}

/// What the values of a field are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Choice,
    Number,
    Flag,
    Day,
    TimeOfDay,
    Instant,
    Span,
    Set,
}

use Operator as O;

impl Kind {
    const fn operators(self) -> &'static [Operator] {
        match self {
            Self::Text => {
                &[O::IsEqualTo, O::IsNotEqualTo, O::Contains, O::DoesNotContain, O::Exists, O::DoesNotExist]
            }
            Self::Choice => {
                &[O::IsEqualTo, O::IsNotEqualTo, O::HasAnyOf, O::HasNoneOf, O::Exists, O::DoesNotExist]
            }
            Self::Number => &[
                O::IsEqualTo,
                O::IsNotEqualTo,
                O::IsGreaterThan,
                O::IsLessThan,
                O::IsBetween,
                O::Exists,
                O::DoesNotExist,
            ],
            Self::Flag => &[O::IsEqualTo],
            Self::Day | Self::Instant => &[
                O::IsAfter,
                O::IsBefore,
                O::IsBetween,
                O::WithinLast,
                O::BeforeLast,
                O::Exists,
                O::DoesNotExist,
            ],
            Self::TimeOfDay => &[O::IsAfter, O::IsBefore, O::IsBetween, O::Exists, O::DoesNotExist],
            Self::Span => &[O::IsGreaterThan, O::IsLessThan, O::IsBetween, O::Exists, O::DoesNotExist],
            Self::Set => &[O::HasAnyOf, O::HasAllOf, O::HasNoneOf, O::Exists, O::DoesNotExist],
        }
    }
}

type Wrong = (&'static str, &'static str);

/// Checks a filter and makes it a predicate. All faults are reported at once, each with its place.
pub fn compile(filter: &Filter, dictionary: &Dictionary<'_>) -> Result<Predicate, Vec<Fault>> {
    let mut compiler = Compiler { dictionary, faults: Vec::new(), conditions: 0 };
    let node = compiler.node(filter, "", 1);
    if compiler.faults.is_empty() { Ok(Predicate::new(node)) } else { Err(compiler.faults) }
}

struct Compiler<'a> {
    dictionary: &'a Dictionary<'a>,
    faults: Vec<Fault>,
    conditions: usize,
}

impl Compiler<'_> {
    fn fault(&mut self, pointer: &str, (code, detail): Wrong) {
        self.faults.push(Fault { pointer: pointer.to_owned(), code, detail });
    }

    fn node(&mut self, filter: &Filter, pointer: &str, depth: usize) -> Node {
        let (parts, name) = match filter {
            Filter::Is(condition) => return Node::Is(self.rule(condition, pointer)),
            Filter::All { all } => (all, "all"),
            Filter::Any { any } => (any, "any"),
        };
        if depth > DEPTH {
            self.fault(pointer, ("too_deep", "groups are nested at most 5 deep"));
            return Node::All(Vec::new());
        }
        let nodes = parts
            .iter()
            .enumerate()
            .map(|(place, part)| self.node(part, &format!("{pointer}/{name}/{place}"), depth + 1))
            .collect();
        if name == "all" { Node::All(nodes) } else { Node::Any(nodes) }
    }

    fn rule(&mut self, condition: &Condition, pointer: &str) -> Rule {
        self.conditions += 1;
        if self.conditions == CONDITIONS + 1 {
            self.fault(pointer, ("too_many", "at most 50 conditions"));
        }
        let negated = condition.operator.negated();
        let test = self.kind(&condition.field).and_then(|kind| {
            if !kind.operators().contains(&condition.operator) {
                return Err(("unknown_operator", "this field is not compared in this way"));
            }
            self.test(kind, condition)
        });
        let test = test.unwrap_or_else(|wrong| {
            let place = match wrong.0 {
                "unknown_field" => "/field",
                "unknown_operator" => "/operator",
                _ => "/value",
            };
            self.fault(&format!("{pointer}{place}"), wrong);
            Test::Present
        });
        Rule { field: condition.field.clone(), test, negated }
    }

    fn kind(&self, field: &Field) -> Result<Kind, Wrong> {
        Ok(match field {
            Field::FirstName | Field::LastName | Field::Phone | Field::Email => Kind::Text,
            Field::Country | Field::Language | Field::Stage | Field::Assignee | Field::LastChannel => {
                Kind::Choice
            }
            Field::Channels | Field::Tags => Kind::Set,
            Field::Status => Kind::Choice,
            Field::Blocked => Kind::Flag,
            Field::CreatedAt | Field::LastMessageAt => Kind::Instant,
            Field::LastInboundAt => Kind::Span,
            Field::Custom(slug) => {
                let known = self.dictionary.fields.iter().find(|field| field.slug == *slug);
                match known.ok_or(("unknown_field", "no such field"))?.kind {
                    FieldKind::Text | FieldKind::Email | FieldKind::Url => Kind::Text,
                    FieldKind::List => Kind::Choice,
                    FieldKind::Checkbox => Kind::Flag,
                    FieldKind::Number => Kind::Number,
                    FieldKind::Date => Kind::Day,
                    FieldKind::Time => Kind::TimeOfDay,
                }
            }
        })
    }

    fn test(&self, kind: Kind, condition: &Condition) -> Result<Test, Wrong> {
        let value = &condition.value;
        match (kind, condition.operator) {
            (_, O::Exists | O::DoesNotExist) => match value {
                Value::Null => Ok(Test::Present),
                _ => Err(("unexpected_value", "this operator takes no value")),
            },
            (Kind::Text, O::Contains | O::DoesNotContain) => Ok(Test::Contains(self.text(condition, value)?)),
            (Kind::Text | Kind::Choice, O::IsEqualTo | O::IsNotEqualTo) => {
                Ok(Test::AnyOf(vec![self.text(condition, value)?]))
            }
            (_, O::HasAnyOf | O::HasNoneOf) => Ok(Test::AnyOf(self.texts(condition)?)),
            (_, O::HasAllOf) => Ok(Test::AllOf(self.texts(condition)?)),
            (Kind::Flag, _) => value.as_bool().map(Test::Flag).ok_or(("wrong_type", "true or false")),
            (Kind::Number, operator) => {
                let (low, high) = range(operator, value, |value| {
                    value.as_f64().filter(|n| n.is_finite()).ok_or(("wrong_type", "a number"))
                })?;
                Ok(Test::Number(low, high))
            }
            (Kind::Day, operator) => {
                if let O::WithinLast | O::BeforeLast = operator {
                    let today = self.instant(self.dictionary.now)?.date();
                    let first = today.saturating_sub(jiff::Span::new().days(days(value)?));
                    let first = first.to_string();
                    return Ok(match operator {
                        O::WithinLast => {
                            Test::Word(Bound::Included(first), Bound::Included(today.to_string()))
                        }
                        _ => Test::Word(Bound::Unbounded, Bound::Excluded(first)),
                    });
                }
                let (low, high) = range(operator, value, |value| Ok(day(value)?.to_string()))?;
                Ok(Test::Word(low, high))
            }
            (Kind::TimeOfDay, operator) => {
                let (low, high) = range(operator, value, time_of_day)?;
                Ok(Test::Word(low, high))
            }
            (Kind::Instant, operator) => self.instants(operator, value),
            (Kind::Span, operator) => self.spans(operator, value),
            _ => Err(("unknown_operator", "this field is not compared in this way")),
        }
    }

    /// Days of the workspace's calendar as the instants that they begin and end at.
    fn instants(&self, operator: Operator, value: &Value) -> Result<Test, Wrong> {
        if let O::WithinLast | O::BeforeLast = operator {
            let since = self.dictionary.now.plus(-i64::from(days(value)?) * 86_400_000);
            return Ok(match operator {
                O::WithinLast => Test::Instant(Bound::Included(since), Bound::Unbounded),
                _ => Test::Instant(Bound::Unbounded, Bound::Excluded(since)),
            });
        }
        let (low, high) = range(operator, value, day)?;
        let next = |date: Date| date.tomorrow().map_err(|_| ("invalid_date", "a date as YYYY-MM-DD"));
        let low = match low {
            Bound::Included(date) => Bound::Included(self.midnight(date)?),
            Bound::Excluded(date) => Bound::Included(self.midnight(next(date)?)?),
            Bound::Unbounded => Bound::Unbounded,
        };
        let high = match high {
            Bound::Included(date) => Bound::Excluded(self.midnight(next(date)?)?),
            Bound::Excluded(date) => Bound::Excluded(self.midnight(date)?),
            Bound::Unbounded => Bound::Unbounded,
        };
        Ok(Test::Instant(low, high))
    }

    /// How long ago, as the instants between which it was: what is longer ago is earlier.
    fn spans(&self, operator: Operator, value: &Value) -> Result<Test, Wrong> {
        let ago = |bound: Bound<i64>| match bound {
            Bound::Included(span) => Bound::Included(self.dictionary.now.plus(-span)),
            Bound::Excluded(span) => Bound::Excluded(self.dictionary.now.plus(-span)),
            Bound::Unbounded => Bound::Unbounded,
        };
        let (low, high) = range(operator, value, span)?;
        Ok(Test::Instant(ago(high), ago(low)))
    }

    fn zone(&self) -> Result<TimeZone, Wrong> {
        TimeZone::get(self.dictionary.timezone).map_err(|_| ("invalid_timezone", "no such time zone"))
    }

    fn instant(&self, at: Millis) -> Result<jiff::Zoned, Wrong> {
        let timestamp =
            jiff::Timestamp::from_millisecond(at.0).map_err(|_| ("invalid_date", "out of range"))?;
        Ok(timestamp.to_zoned(self.zone()?))
    }

    fn midnight(&self, date: Date) -> Result<Millis, Wrong> {
        let zoned = date.to_zoned(self.zone()?).map_err(|_| ("invalid_date", "out of range"))?;
        Ok(Millis(zoned.timestamp().as_millisecond()))
    }

    fn texts(&self, condition: &Condition) -> Result<Vec<String>, Wrong> {
        let list = condition.value.as_array().ok_or(("wrong_type", "a list of texts"))?;
        if list.is_empty() || list.len() > VALUES {
            return Err(("length", "1 to 100 values"));
        }
        list.iter().map(|value| self.text(condition, value)).collect()
    }

    /// One value of a condition in the form in which it is compared.
    fn text(&self, condition: &Condition, value: &Value) -> Result<String, Wrong> {
        let text = value.as_str().ok_or(("wrong_type", "a text"))?.trim();
        if text.is_empty() || text.chars().count() > VALUE_CHARS {
            return Err(("length", "1 to 4,096 characters"));
        }
        let all = self.dictionary;
        let (known, wrong): (bool, Wrong) = match &condition.field {
            Field::Tags => (all.tags.iter().any(|tag| tag.id == text), ("unknown_tag", "no such tag")),
            Field::Stage => (
                all.stages.iter().any(|stage| stage.id == text),
                ("unknown_stage", "no such lifecycle stage"),
            ),
            Field::Assignee => {
                (all.users.iter().any(|user| user.as_str() == text), ("unknown_user", "no such user"))
            }
            Field::Channels | Field::LastChannel => (
                all.channels.iter().any(|channel| channel.as_str() == text),
                ("unknown_channel", "no such channel"),
            ),
            Field::Status => (["open", "closed"].contains(&text), ("unknown_value", "open or closed")),
            Field::Phone => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                return if digits.is_empty() {
                    Err(("invalid_phone", "digits of a number"))
                } else {
                    Ok(digits)
                };
            }
            _ => return Ok(fold(text)),
        };
        if known { Ok(text.to_owned()) } else { Err(wrong) }
    }
}

fn range<T>(
    operator: Operator,
    value: &Value,
    one: impl Fn(&Value) -> Result<T, Wrong>,
) -> Result<(Bound<T>, Bound<T>), Wrong>
where
    T: Clone + PartialOrd,
{
    Ok(match operator {
        O::IsGreaterThan | O::IsAfter => (Bound::Excluded(one(value)?), Bound::Unbounded),
        O::IsLessThan | O::IsBefore => (Bound::Unbounded, Bound::Excluded(one(value)?)),
        O::IsBetween => {
            let ends = value.as_array().map(Vec::as_slice);
            let Some([from, to]) = ends else { return Err(("wrong_type", "a list of two values")) };
            let (from, to) = (one(from)?, one(to)?);
            if from > to {
                return Err(("wrong_order", "the first is not after the second"));
            }
            (Bound::Included(from), Bound::Included(to))
        }
        _ => {
            let exactly = one(value)?;
            (Bound::Included(exactly.clone()), Bound::Included(exactly))
        }
    })
}

fn day(value: &Value) -> Result<Date, Wrong> {
    let text = value.as_str().filter(|text| text.len() == 10);
    text.and_then(|text| text.parse().ok()).ok_or(("invalid_date", "a date as YYYY-MM-DD"))
}

fn time_of_day(value: &Value) -> Result<String, Wrong> {
    let text = value.as_str().filter(|text| text.len() == 5 && text.parse::<Time>().is_ok());
    text.map(str::to_owned).ok_or(("invalid_time", "a time as HH:MM"))
}

fn days(value: &Value) -> Result<i32, Wrong> {
    let days = value.as_i64().and_then(|days| i32::try_from(days).ok());
    days.filter(|days| (1..=3_650).contains(days)).ok_or(("out_of_range", "1 to 3,650 days"))
}

/// A span of time in milliseconds.
fn span(value: &Value) -> Result<i64, Wrong> {
    let unit = match value["unit"].as_str() {
        Some("minutes") => 60_000,
        Some("hours") => 3_600_000,
        Some("days") => 86_400_000,
        _ => return Err(("wrong_type", "an amount and a unit: minutes, hours or days")),
    };
    let amount = value["amount"].as_i64().filter(|amount| (1..=100_000).contains(amount));
    amount.map(|amount| amount * unit).ok_or(("out_of_range", "an amount from 1 to 100,000"))
}
