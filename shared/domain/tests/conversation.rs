//! The rules of conversations, held against any sequence of what people do.

#![allow(clippy::single_match_else, reason = "both ways of a refusal stand side by side")]

use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::{ContactChannel, Head, NameSetBy};
use colibri_domain::content::Content;
use colibri_domain::conversation::{self, ClosingNote};
use colibri_domain::event::EventKind;
use colibri_domain::message::{Actor, Message, SendStep, Source, Traffic};
use colibri_domain::{
    ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis, Seconds, UserId,
};
use proptest::prelude::*;

const START: i64 = 1_767_225_600;

fn channel() -> ChannelId {
    ChannelId::from_unique("1")
}

fn identity() -> ContactChannelId {
    ContactChannelId::derive(&channel(), "593900000001")
}

fn user(n: u8) -> UserId {
    UserId::from_unique(&n.to_string())
}

fn head() -> Head {
    let mut head = Head::new(ContactId(1), Seconds(START).millis());
    head.channels.push(ContactChannel {
        id: identity(),
        channel_id: channel(),
        source: ChannelSource::WhatsappCloud,
        identity: "593900000001".into(),
        aliases: Vec::new(),
        name: None,
        connected_at: Millis(0),
        last_inbound_at: None,
        last_inbound_ref: None,
        last_message_at: None,
        origin: None,
    });
    head
}

fn message(second: i64, n: u32, sender: Actor) -> Message {
    let provider_id = format!("wamid.{n}");
    let traffic = if sender.source == Source::Contact { Traffic::Incoming } else { Traffic::Outgoing };
    Message {
        id: MessageId::derive(Seconds(START + second), "c", &provider_id),
        contact_id: ContactId(1),
        conversation_id: None,
        contact_channel_id: identity(),
        channel_id: channel(),
        channel_message_id: Some(provider_id),
        traffic,
        at: Seconds(START + second).millis(),
        received_at: Millis(0),
        content: Content::Text { text: format!("mensaje {n}") },
        sender,
        reply_to: None,
        forwarded: false,
        referral: None,
        statuses: std::collections::BTreeMap::new(),
        send: (traffic == Traffic::Outgoing).then_some(SendStep::Queued { due_at: Millis(0), attempts: 0 }),
        failure: None,
        reactions: Vec::new(),
        edited_at: None,
        revoked_at: None,
        pricing: None,
        outbound: None,
        version: 0,
    }
}

fn inbound(second: i64, n: u32) -> Message {
    message(second, n, Actor::source(Source::Contact))
}

fn reply(second: i64, n: u32, by: u8) -> Message {
    message(second, n, Actor::user(user(by)))
}

fn conversation_id(n: u32) -> ConversationId {
    ConversationId::from_unique(&format!("n{n}"))
}

fn names(events: &[EventKind]) -> Vec<&'static str> {
    events.iter().map(EventKind::name).collect()
}

#[test]
fn the_first_message_opens_and_the_second_joins() {
    let first = conversation::receive(head(), &inbound(0, 1), Some("Rosa Chango"));
    assert_eq!(names(&first.events), ["conversation.opened", "message.received"]);
    assert_eq!(first.head.first_name, "Rosa Chango", "a profile name goes whole into the first name");
    let second = conversation::receive(first.head.clone(), &inbound(1, 2), None);
    assert_eq!(names(&second.events), ["message.received"]);
    assert_eq!(second.head.conversation, first.head.conversation);
    assert_eq!((second.head.unread, second.head.unreplied), (2, true));
}

#[test]
fn no_channel_overwrites_a_name_that_a_person_set() {
    let mut named = head();
    named.first_name = "Rosa".into();
    named.name_set_by = NameSetBy::Person;
    let change = conversation::receive(named, &inbound(0, 1), Some("rosita ✨"));
    assert_eq!(change.head.first_name, "Rosa");
}

#[test]
fn the_first_person_to_reply_becomes_the_assignee_and_nobody_else_changes_it() {
    let open = conversation::receive(head(), &inbound(0, 1), None).head;
    let first = conversation::sent(open.clone(), &reply(1, 2, 1), &conversation_id(1));
    assert_eq!(first.head.assignee, Some(user(1)));
    let other = conversation::sent(first.head, &reply(2, 3, 2), &conversation_id(2));
    assert_eq!(other.head.assignee, Some(user(1)));
    assert!(!names(&other.events).contains(&"contact.assignee_updated"));
    for source in [Source::Bot, Source::Workflow, Source::Broadcast, Source::Api, Source::Echo] {
        let change =
            conversation::sent(open.clone(), &message(1, 9, Actor::source(source)), &conversation_id(1));
        assert_eq!(change.head.assignee, None, "{source:?}");
    }
}

#[test]
fn automation_opens_nothing_a_person_does() {
    for source in [Source::Bot, Source::Workflow, Source::Broadcast, Source::Api, Source::Echo] {
        let change = conversation::sent(head(), &message(0, 1, Actor::source(source)), &conversation_id(1));
        assert_eq!(change.head.conversation, None, "{source:?}");
    }
    let change = conversation::sent(head(), &reply(0, 1, 1), &conversation_id(1));
    assert_eq!(change.head.conversation.map(|c| c.id), Some(conversation_id(1)));
}

#[test]
fn the_assignee_survives_closing_and_the_next_message_reopens_with_him() {
    let open = conversation::receive(head(), &inbound(0, 1), None).head;
    let answered = conversation::sent(open, &reply(1, 2, 1), &conversation_id(1)).head;
    let closed =
        conversation::close(answered, Actor::user(user(1)), ClosingNote::default(), Millis(9)).unwrap();
    assert_eq!(closed.head.conversation, None);
    assert_eq!(closed.head.assignee, Some(user(1)));
    let again = conversation::receive(closed.head, &inbound(100, 3), None);
    assert_eq!(again.head.assignee, Some(user(1)));
    assert_eq!(names(&again.events), ["conversation.opened", "message.received"]);
}

#[test]
fn a_blocked_contact_is_stored_in_silence() {
    let open = conversation::receive(head(), &inbound(0, 1), None).head;
    let blocked = conversation::block(open, Actor::user(user(1)), Millis(5)).head;
    assert_eq!((blocked.conversation.is_some(), blocked.unread), (false, 0));
    let change = conversation::receive(blocked.clone(), &inbound(10, 2), None);
    assert_eq!(names(&change.events), ["contact.refreshed"]);
    assert_eq!((change.head.unread, change.head.conversation.is_some()), (0, false));
    assert!(
        conversation::open(blocked.clone(), conversation_id(1), Actor::user(user(1)), Millis(6)).is_err()
    );
    assert!(conversation::close(blocked, Actor::user(user(1)), ClosingNote::default(), Millis(6)).is_err());
}

#[test]
fn a_late_message_counts_but_changes_neither_preview_nor_answer() {
    let open = conversation::receive(head(), &inbound(50, 1), None).head;
    let answered = conversation::sent(open, &reply(60, 2, 1), &conversation_id(1)).head;
    let late = conversation::receive(answered.clone(), &inbound(40, 3), None).head;
    assert_eq!(late.last_message, answered.last_message);
    assert_eq!((late.unread, late.unreplied), (1, false));
    assert_eq!(
        late.channels[0].last_inbound_at, answered.channels[0].last_inbound_at,
        "the window never shrinks"
    );
}

#[derive(Debug, Clone)]
enum Deed {
    Inbound(i64),
    Reply(i64, u8),
    Automation(i64),
    Open,
    Close,
    Assign(Option<u8>),
    Block,
    Unblock,
    Read,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0i64..500).prop_map(Deed::Inbound),
        3 => (0i64..500, 1u8..4).prop_map(|(at, by)| Deed::Reply(at, by)),
        1 => (0i64..500).prop_map(Deed::Automation),
        1 => Just(Deed::Open),
        2 => Just(Deed::Close),
        1 => proptest::option::of(1u8..4).prop_map(Deed::Assign),
        1 => Just(Deed::Block),
        1 => Just(Deed::Unblock),
        1 => Just(Deed::Read),
    ]
}

proptest! {
    /// Openings and closings alternate, the preview is the newest message, the window never shrinks, and only a
    /// person's deed changes the assignee.
    #[test]
    fn any_sequence_keeps_the_rules(deeds in proptest::collection::vec(deed(), 0..60)) {
        let mut current = head();
        let (mut opened, mut closed) = (0i32, 0i32);
        let mut newest: Option<MessageId> = None;
        for (n, deed) in deeds.into_iter().enumerate() {
            let n = u32::try_from(n).unwrap();
            let before = current.clone();
            let by = Actor::user(user(1));
            let change = match &deed {
                Deed::Inbound(at) => {
                    let m = inbound(*at, n);
                    newest = newest.max(Some(m.id));
                    conversation::receive(current, &m, None)
                }
                Deed::Reply(at, by) => {
                    let m = reply(*at, n, *by);
                    newest = newest.max(Some(m.id));
                    conversation::sent(current, &m, &conversation_id(n))
                }
                Deed::Automation(at) => {
                    let m = message(*at, n, Actor::source(Source::Bot));
                    newest = newest.max(Some(m.id));
                    conversation::sent(current, &m, &conversation_id(n))
                }
                Deed::Open => match conversation::open(current.clone(), conversation_id(n), by, Millis(0)) {
                    Ok(change) => change,
                    Err(_) => { prop_assert!(current.blocked); continue }
                },
                Deed::Close => match conversation::close(current.clone(), by, ClosingNote::default(), Millis(0)) {
                    Ok(change) => change,
                    Err(_) => { prop_assert!(current.blocked); continue }
                },
                Deed::Assign(to) => conversation::assign(current, to.map(user)),
                Deed::Block => conversation::block(current, by, Millis(0)),
                Deed::Unblock => conversation::unblock(current),
                Deed::Read => conversation::mark_read(current),
            };
            let names = names(&change.events);
            opened += i32::try_from(names.iter().filter(|n| **n == "conversation.opened").count()).unwrap();
            closed += i32::try_from(names.iter().filter(|n| **n == "conversation.closed").count()).unwrap();
            current = change.head;
            prop_assert_eq!(opened - closed, i32::from(current.conversation.is_some()));
            prop_assert_eq!(current.last_message.as_ref().map(|m| m.id), newest);
            prop_assert!(current.channels[0].last_inbound_at >= before.channels[0].last_inbound_at);
            prop_assert!(!(current.blocked && current.conversation.is_some()));
            if matches!(deed, Deed::Inbound(_) | Deed::Automation(_) | Deed::Close | Deed::Read) {
                prop_assert_eq!(&current.assignee, &before.assignee);
            }
        }
    }
}
