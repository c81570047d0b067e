//! Filters over one contact at a time, and the rules that hold for all of them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::contact::{Head, LastMessage, Profile};
use crate::message::{Source, Traffic};
use crate::people::{CustomField, FieldKind, Stage, Tag};
use crate::{ChannelId, ContactId, MessageId, Millis, UserId};

const ZONE: &str = "America/Guayaquil";
/// 2026-11-23 12:00 in Guayaquil, five hours behind UTC.
const NOON: Millis = Millis(1_795_453_200_000);
const DAY: i64 = 86_400_000;

fn fields() -> Vec<CustomField> {
    [
        ("ciudad", FieldKind::Text),
        ("interes", FieldKind::List),
        ("vip", FieldKind::Checkbox),
        ("presupuesto", FieldKind::Number),
        ("cumple", FieldKind::Date),
        ("hora", FieldKind::Time),
        ("web", FieldKind::Url),
    ]
    .into_iter()
    .enumerate()
    .map(|(place, (slug, kind))| CustomField {
        id: format!("fd_{slug}"),
        slug: slug.into(),
        name: slug.into(),
        kind,
        options: if kind == FieldKind::List { vec!["Sofá".into(), "Mesa".into()] } else { Vec::new() },
        description: String::new(),
        hidden: false,
        position: u32::try_from(place).unwrap(),
        deleted: false,
    })
    .collect()
}

struct Known {
    fields: Vec<CustomField>,
    tags: Vec<Tag>,
    stages: Vec<Stage>,
    users: Vec<UserId>,
    channels: Vec<ChannelId>,
}

impl Known {
    fn new() -> Self {
        let tag = |id: &str| Tag {
            id: id.into(),
            name: id.into(),
            emoji: None,
            color: "rojo".into(),
            description: String::new(),
        };
        let stage = |id: &str| Stage {
            id: id.into(),
            name: id.into(),
            emoji: None,
            description: String::new(),
            lost: false,
            position: 0,
        };
        Self {
            fields: fields(),
            tags: vec![tag("t1"), tag("t2"), tag("t3")],
            stages: vec![stage("s1"), stage("s2")],
            users: vec![UserId::from_unique("alba"), UserId::from_unique("bruno")],
            channels: vec![ChannelId::from_unique("one"), ChannelId::from_unique("two")],
        }
    }

    fn dictionary(&self) -> Dictionary<'_> {
        Dictionary {
            fields: &self.fields,
            tags: &self.tags,
            stages: &self.stages,
            users: self.users.iter().collect(),
            channels: self.channels.iter().collect(),
            timezone: ZONE,
            now: NOON,
        }
    }
}

fn ana() -> (Head, Profile) {
    let mut head = Head::new(ContactId(1), NOON.plus(-10 * DAY));
    (head.first_name, head.last_name) = ("Ana María".into(), "Vélez Peña".into());
    head.phone = crate::phone::E164::from_digits("593991234567").ok();
    head.email = "ana@ejemplo.example".parse().ok();
    head.tags = vec!["t1".into(), "t2".into()];
    head.stage = Some("s1".into());
    head.assignee = Some(UserId::from_unique("alba"));
    head.last_message = Some(LastMessage {
        id: MessageId(1),
        at: NOON.plus(-2 * DAY),
        traffic: Traffic::Outgoing,
        kind: "text".into(),
        preview: "hola".into(),
        channel_id: ChannelId::from_unique("one"),
        state: None,
    });
    let fields = [
        ("ciudad", json!("Quito")),
        ("interes", json!("Sofá")),
        ("vip", json!(true)),
        ("presupuesto", json!(850.5)),
        ("cumple", json!("2026-11-20")),
        ("hora", json!("09:30")),
    ];
    let profile = Profile {
        country: Some("EC".into()),
        language: None,
        fields: fields.into_iter().map(|(slug, value)| (slug.to_owned(), value)).collect(),
        created_source: Source::User,
        foreign_phone: None,
        foreign_email: None,
        marketing_opt_outs: Vec::new(),
    };
    (head, profile)
}

fn judged(filter: Value) -> Result<bool, Vec<Fault>> {
    let known = Known::new();
    let filter: Filter = serde_json::from_value(filter).expect("a filter");
    let (head, profile) = ana();
    compile(&filter, &known.dictionary())
        .map(|predicate| predicate.holds(&Subject { head: &head, profile: Some(&profile) }))
}

fn is(field: &str, operator: &str, value: Value) -> Value {
    match value {
        Value::Null => json!({ "field": field, "operator": operator }),
        value => json!({ "field": field, "operator": operator, "value": value }),
    }
}

#[test]
fn every_operator_of_every_field() {
    let alba = UserId::from_unique("alba").to_string();
    let bruno = UserId::from_unique("bruno").to_string();
    let (one, two) = (ChannelId::from_unique("one").to_string(), ChannelId::from_unique("two").to_string());
    let days = |amount: i64| json!({ "amount": amount, "unit": "days" });
    for (field, operator, value, holds) in [
        ("first_name", "is_equal_to", json!("ANA MARIA"), true),
        ("first_name", "is_not_equal_to", json!("ana"), true),
        ("last_name", "contains", json!("pena"), true),
        ("last_name", "does_not_contain", json!("PEÑA"), false),
        ("language", "exists", Value::Null, false),
        ("language", "does_not_exist", Value::Null, true),
        ("language", "is_not_equal_to", json!("es"), true),
        ("country", "is_equal_to", json!("ec"), true),
        ("country", "has_any_of", json!(["PE", "EC"]), true),
        ("country", "has_none_of", json!(["PE", "CO"]), true),
        ("phone", "contains", json!("99 123"), true),
        ("phone", "is_equal_to", json!("+593 99 123 4567"), true),
        ("email", "contains", json!("@EJEMPLO"), true),
        ("custom:ciudad", "is_equal_to", json!("quito"), true),
        ("custom:web", "does_not_contain", json!("x"), true),
        ("custom:interes", "has_any_of", json!(["Mesa", "sofa"]), true),
        ("custom:vip", "is_equal_to", json!(true), true),
        ("custom:presupuesto", "is_greater_than", json!(800), true),
        ("custom:presupuesto", "is_greater_than", json!(850.5), false),
        ("custom:presupuesto", "is_between", json!([850.5, 900]), true),
        ("custom:presupuesto", "is_equal_to", json!(850.5), true),
        ("custom:presupuesto", "is_not_equal_to", json!(850.5), false),
        ("custom:cumple", "is_after", json!("2026-11-20"), false),
        ("custom:cumple", "is_after", json!("2026-11-19"), true),
        ("custom:cumple", "is_between", json!(["2026-11-20", "2026-11-20"]), true),
        ("custom:cumple", "within_last", json!(3), true),
        ("custom:cumple", "within_last", json!(2), false),
        ("custom:cumple", "before_last", json!(2), true),
        ("custom:hora", "is_before", json!("09:31"), true),
        ("tags", "has_any_of", json!(["t3", "t2"]), true),
        ("tags", "has_all_of", json!(["t2", "t1"]), true),
        ("tags", "has_all_of", json!(["t2", "t3"]), false),
        ("tags", "has_none_of", json!(["t3"]), true),
        ("tags", "does_not_exist", Value::Null, false),
        ("stage", "is_equal_to", json!("s1"), true),
        ("stage", "is_not_equal_to", json!("s2"), true),
        ("assignee", "is_equal_to", json!(alba), true),
        ("assignee", "is_not_equal_to", json!(bruno), true),
        ("assignee", "does_not_exist", Value::Null, false),
        ("channels", "exists", Value::Null, false),
        ("last_channel", "is_equal_to", json!(one), true),
        ("last_channel", "has_any_of", json!([two]), false),
        ("status", "is_equal_to", json!("closed"), true),
        ("blocked", "is_equal_to", json!(false), true),
        // Ten days before a noon: the 13th, by the clock of Guayaquil.
        ("created_at", "is_after", json!("2026-11-13"), false),
        ("created_at", "is_after", json!("2026-11-12"), true),
        ("created_at", "is_before", json!("2026-11-14"), true),
        ("created_at", "is_between", json!(["2026-11-13", "2026-11-13"]), true),
        ("created_at", "within_last", json!(10), true),
        ("created_at", "before_last", json!(10), false),
        ("last_message_at", "within_last", json!(1), false),
        // She has never written: it is not long ago either.
        ("last_inbound_at", "is_greater_than", days(30), false),
        ("last_inbound_at", "does_not_exist", Value::Null, true),
    ] {
        let shown = format!("{field} {operator} {value}");
        assert_eq!(judged(is(field, operator, value)), Ok(holds), "{shown}");
    }
}

#[test]
fn how_long_ago_somebody_wrote() {
    let known = Known::new();
    let (mut head, profile) = ana();
    let channel = |at: i64| crate::contact::ContactChannel {
        id: crate::ContactChannelId::from_unique("c"),
        channel_id: ChannelId::from_unique("one"),
        source: crate::channel::ChannelSource::Telegram,
        identity: "1".into(),
        aliases: Vec::new(),
        name: None,
        connected_at: NOON,
        last_inbound_at: Some(NOON.plus(-at)),
        last_inbound_ref: None,
        last_message_at: None,
        origin: None,
    };
    head.channels = vec![channel(40 * DAY), channel(3 * 3_600_000)];
    for (operator, value, holds) in [
        ("is_less_than", json!({ "amount": 4, "unit": "hours" }), true),
        ("is_less_than", json!({ "amount": 179, "unit": "minutes" }), false),
        ("is_greater_than", json!({ "amount": 2, "unit": "hours" }), true),
        ("is_greater_than", json!({ "amount": 1, "unit": "days" }), false),
        ("is_between", json!([{ "amount": 1, "unit": "hours" }, { "amount": 1, "unit": "days" }]), true),
        ("exists", Value::Null, true),
    ] {
        let filter: Filter = serde_json::from_value(is("last_inbound_at", operator, value.clone())).unwrap();
        let predicate = compile(&filter, &known.dictionary()).unwrap();
        assert!(!predicate.needs_profile());
        let judged = predicate.holds(&Subject { head: &head, profile: Some(&profile) });
        assert_eq!(judged, holds, "{operator} {value}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let deep = (0..6).fold(json!({ "all": [] }), |inner, _| json!({ "any": [inner] }));
    let many: Vec<Value> = (0..51).map(|_| is("tags", "exists", Value::Null)).collect();
    for (filter, faults) in [
        (is("custom:none", "exists", Value::Null), vec![("/field", "unknown_field")]),
        (is("custom:vip", "contains", json!("x")), vec![("/operator", "unknown_operator")]),
        (is("tags", "has_any_of", json!(["t9"])), vec![("/value", "unknown_tag")]),
        (is("tags", "has_any_of", json!([])), vec![("/value", "length")]),
        (is("tags", "exists", json!(1)), vec![("/value", "unexpected_value")]),
        (is("first_name", "contains", json!(7)), vec![("/value", "wrong_type")]),
        (is("assignee", "is_equal_to", json!("nobody")), vec![("/value", "unknown_user")]),
        (is("custom:cumple", "is_after", json!("2026-02-30")), vec![("/value", "invalid_date")]),
        (
            is("created_at", "is_between", json!(["2026-02-02", "2026-02-01"])),
            vec![("/value", "wrong_order")],
        ),
        (is("created_at", "within_last", json!(0)), vec![("/value", "out_of_range")]),
        (is("status", "is_equal_to", json!("snoozed")), vec![("/value", "unknown_value")]),
        (is("phone", "contains", json!("abc")), vec![("/value", "invalid_phone")]),
        (
            json!({ "all": [is("tags", "exists", json!(1)), { "any": [is("stage", "is_equal_to", json!("s9"))] }] }),
            vec![("/all/0/value", "unexpected_value"), ("/all/1/any/0/value", "unknown_stage")],
        ),
        (deep, vec![("/any/0/any/0/any/0/any/0/any/0", "too_deep")]),
        (json!({ "all": many }), vec![("/all/50", "too_many")]),
    ] {
        let shown = filter.to_string();
        let told = judged(filter).expect_err("it is wrong");
        let told: Vec<_> = told.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(told, faults, "{shown}");
    }
    for unreadable in [json!({ "field": "nose", "operator": "exists" }), json!({ "both": [] }), json!(3)] {
        assert!(serde_json::from_value::<Filter>(unreadable).is_err());
    }
}

#[test]
fn an_empty_group_lets_everybody_in_and_what_contradicts_itself_nobody() {
    assert_eq!(judged(json!({ "all": [] })), Ok(true));
    assert_eq!(judged(json!({ "any": [] })), Ok(true));
    let both = [is("tags", "exists", Value::Null), is("tags", "does_not_exist", Value::Null)];
    assert_eq!(judged(json!({ "all": both })), Ok(false));
    assert_eq!(judged(json!({ "any": both })), Ok(true));
}

#[test]
fn the_presets_are_filters() {
    let known = Known::new();
    for (spanish, count) in [(true, 5), (false, 5)] {
        let presets = presets(spanish);
        assert_eq!(presets.len(), count);
        for Segment { name, filter, .. } in presets {
            compile(&filter, &known.dictionary()).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        }
    }
}

fn any_condition() -> impl Strategy<Value = Value> {
    let user = || prop_oneof![Just("alba"), Just("bruno")].prop_map(|n| UserId::from_unique(n).to_string());
    prop_oneof![
        user().prop_map(|user| is("assignee", "is_equal_to", json!(user))),
        user().prop_map(|user| is("assignee", "is_not_equal_to", json!(user))),
        Just(is("assignee", "exists", Value::Null)),
        Just(is("assignee", "does_not_exist", Value::Null)),
        "t[12]".prop_map(|tag| is("tags", "has_any_of", json!([tag]))),
        "t[12]".prop_map(|tag| is("tags", "has_none_of", json!([tag]))),
        any::<bool>().prop_map(|blocked| is("blocked", "is_equal_to", json!(blocked))),
    ]
}

fn any_filter() -> impl Strategy<Value = Value> {
    any_condition().prop_recursive(3, 12, 3, |inner| {
        (proptest::collection::vec(inner, 0..3), any::<bool>())
            .prop_map(|(parts, all)| if all { json!({ "all": parts }) } else { json!({ "any": parts }) })
    })
}

/// The same judgement, written as one would read the filter aloud.
fn read_aloud(filter: &Value, head: &Head) -> bool {
    if let Some(parts) = filter["all"].as_array() {
        return parts.iter().filter(|part| !read_aloud(part, head)).count() == 0;
    }
    if let Some(parts) = filter["any"].as_array() {
        return parts.is_empty() || parts.iter().filter(|part| read_aloud(part, head)).count() > 0;
    }
    let assignee = head.assignee.as_ref().map(ToString::to_string);
    let value = &filter["value"];
    match (filter["field"].as_str().unwrap(), filter["operator"].as_str().unwrap()) {
        ("assignee", "is_equal_to") => assignee.as_deref() == value.as_str(),
        ("assignee", "is_not_equal_to") => assignee.as_deref() != value.as_str(),
        ("assignee", "exists") => assignee.is_some(),
        ("assignee", _) => assignee.is_none(),
        ("tags", "has_any_of") => head.tags.iter().any(|tag| value[0] == json!(tag)),
        ("tags", _) => !head.tags.iter().any(|tag| value[0] == json!(tag)),
        _ => value.as_bool() == Some(head.blocked),
    }
}

proptest! {
    #[test]
    fn a_filter_means_what_it_says_and_its_candidates_leave_nobody_out(
        filter in any_filter(),
        assignee in proptest::option::of(prop_oneof![Just("alba"), Just("bruno")]),
        tags in proptest::collection::vec("t[12]", 0..2),
        blocked in any::<bool>(),
    ) {
        let known = Known::new();
        let (mut head, profile) = ana();
        head.assignee = assignee.map(UserId::from_unique);
        (head.tags, head.blocked) = (tags, blocked);
        let parsed: Filter = serde_json::from_value(filter.clone()).unwrap();
        prop_assert_eq!(&serde_json::to_value(&parsed).unwrap(), &filter);
        let predicate = compile(&parsed, &known.dictionary()).unwrap();
        let holds = predicate.holds(&Subject { head: &head, profile: Some(&profile) });
        prop_assert_eq!(holds, read_aloud(&filter, &head));
        if holds {
            match predicate.candidates() {
                Candidates::Everybody => {}
                Candidates::Assigned(user) => prop_assert_eq!(head.assignee, Some(user)),
                Candidates::Unassigned => prop_assert_eq!(head.assignee, None),
            }
        }
    }
}
