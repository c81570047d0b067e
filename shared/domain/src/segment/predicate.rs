//! A compiled filter: judges one contact at a time.

use std::ops::{Bound, RangeBounds};

use super::Field;
use crate::contact::{Head, Profile};
use crate::text::fold;
use crate::{Millis, UserId};

/// A contact as a predicate sees it.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Subject<'a> {
    pub head: &'a Head,
    /// Nothing else is looked at where [`Predicate::needs_profile`] says no.
    pub profile: Option<&'a Profile>,
}

/// A filter that has been checked.
#[derive(Debug, Clone)]
pub struct Predicate {
    node: Node,
}

/// Contacts among which everybody is whom a predicate lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// All of the workspace.
    Everybody,
    /// Those of one user.
    Assigned(UserId),
    /// Those of nobody.
    Unassigned,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Is(Rule),
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) field: Field,
    pub(super) test: Test,
    pub(super) negated: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Present,
    Contains(String),
    AnyOf(Vec<String>),
    AllOf(Vec<String>),
    Flag(bool),
    Number(Bound<f64>, Bound<f64>),
    /// Dates and times of day: text order is time order.
    Word(Bound<String>, Bound<String>),
    Instant(Bound<Millis>, Bound<Millis>),
}

/// What a contact has in a field.
enum Held {
    Nothing,
    Texts(Vec<String>),
    Number(f64),
    Flag(bool),
    Instant(Millis),
}

impl Predicate {
    pub(super) const fn new(node: Node) -> Self {
        Self { node }
    }

    /// Whether a contact is let in.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        self.node.holds(subject)
    }

    /// Whether it looks at anything that a head does not tell.
    pub fn needs_profile(&self) -> bool {
        self.node.any(&|rule| {
            matches!(
                rule.field,
                Field::Country | Field::Language | Field::Custom(_) | Field::Phone | Field::Email
            )
        })
    }

    /// Where to look: nobody else is let in.
    pub fn candidates(&self) -> Candidates {
        self.node.candidates().unwrap_or(Candidates::Everybody)
    }
}

impl Node {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(subject)),
            Self::Any(nodes) => nodes.is_empty() || nodes.iter().any(|node| node.holds(subject)),
            Self::Is(rule) => rule.holds(subject),
        }
    }

    fn any(&self, of: &dyn Fn(&Rule) -> bool) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.any(of)),
            Self::Is(rule) => of(rule),
        }
    }

    fn candidates(&self) -> Option<Candidates> {
        match self {
            Self::All(nodes) => nodes.iter().find_map(Self::candidates),
            Self::Any(nodes) => match nodes.as_slice() {
                [one] => one.candidates(),
                _ => None,
            },
            Self::Is(rule) => match (&rule.field, &rule.test) {
                (Field::Assignee, Test::AnyOf(users)) if !rule.negated => match users.as_slice() {
                    [user] => user.parse().ok().map(Candidates::Assigned),
                    _ => None,
                },
                (Field::Assignee, Test::Present) if rule.negated => Some(Candidates::Unassigned),
                _ => None,
            },
        }
    }
}

impl Rule {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let held = self.held(subject);
        let holds = match (&self.test, &held) {
            // What was never ticked is not ticked.
            (Test::Flag(wanted), Held::Nothing) => !wanted,
            (_, Held::Nothing) => false,
            (Test::Present, _) => true,
            (Test::Contains(part), Held::Texts(texts)) => {
                texts.iter().any(|text| text.contains(part.as_str()))
            }
            (Test::AnyOf(wanted), Held::Texts(texts)) => texts.iter().any(|text| wanted.contains(text)),
            (Test::AllOf(wanted), Held::Texts(texts)) => wanted.iter().all(|one| texts.contains(one)),
            (Test::Flag(wanted), Held::Flag(flag)) => wanted == flag,
            (Test::Number(low, high), Held::Number(number)) => (*low, *high).contains(number),
            (Test::Word(low, high), Held::Texts(texts)) => {
                let range = (low.as_ref(), high.as_ref());
                texts.iter().any(|text| RangeBounds::<String>::contains(&range, text))
            }
            (Test::Instant(low, high), Held::Instant(at)) => (*low, *high).contains(at),
            _ => false,
        };
        holds != self.negated
    }

    fn held(&self, subject: &Subject<'_>) -> Held {
        let Subject { head, profile } = *subject;
        let texts = |texts: Vec<String>| if texts.is_empty() { Held::Nothing } else { Held::Texts(texts) };
        let folded = |text: &str| if text.is_empty() { Held::Nothing } else { Held::Texts(vec![fold(text)]) };
        let instant = |at: Option<Millis>| at.map_or(Held::Nothing, Held::Instant);
        match &self.field {
            Field::FirstName => folded(&head.first_name),
            Field::LastName => folded(&head.last_name),
            Field::Phone => {
                let foreign = profile.and_then(|profile| profile.foreign_phone.as_ref());
                texts(head.phone.iter().chain(foreign).map(|phone| phone.digits().to_owned()).collect())
            }
            Field::Email => {
                let foreign = profile.and_then(|profile| profile.foreign_email.as_ref());
                texts(head.email.iter().chain(foreign).map(|email| fold(email.as_str())).collect())
            }
            Field::Country => {
                folded(profile.and_then(|profile| profile.country.as_deref()).unwrap_or_default())
            }
            Field::Language => {
                folded(profile.and_then(|profile| profile.language.as_deref()).unwrap_or_default())
            }
            Field::Custom(slug) => match profile.and_then(|profile| profile.fields.get(slug)) {
                Some(serde_json::Value::String(text)) => folded(text),
                Some(serde_json::Value::Number(number)) => {
                    number.as_f64().map_or(Held::Nothing, Held::Number)
                }
                Some(serde_json::Value::Bool(flag)) => Held::Flag(*flag),
                _ => Held::Nothing,
            },
            Field::Tags => texts(head.tags.clone()),
            Field::Stage => texts(head.stage.iter().cloned().collect()),
            Field::Assignee => texts(head.assignee.iter().map(|user| user.as_str().to_owned()).collect()),
            Field::Channels => {
                texts(head.channels.iter().map(|channel| channel.channel_id.as_str().to_owned()).collect())
            }
            Field::LastChannel => {
                texts(head.last_message.iter().map(|last| last.channel_id.as_str().to_owned()).collect())
            }
            Field::Status => {
                let status = if head.conversation.is_some() { "open" } else { "closed" };
                Held::Texts(vec![status.to_owned()])
            }
            Field::Blocked => Held::Flag(head.blocked),
            Field::CreatedAt => Held::Instant(head.created_at),
            Field::LastMessageAt => instant(head.last_message.as_ref().map(|last| last.at)),
            Field::LastInboundAt => {
                instant(head.channels.iter().filter_map(|channel| channel.last_inbound_at).max())
            }
        }
    }
}
