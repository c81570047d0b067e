//! Separating what was merged gives back what was there, whatever the two contacts are.

#![allow(clippy::unwrap_used, reason = "made-up values are known to be right")]

use std::collections::BTreeMap;

use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::{ContactChannel, Head, LastMessage, NameSetBy, OpenConversation, Profile};
use colibri_domain::merge::{
    MOST_MERGED, MergeError, Newest, Person, Picks, Side, conflicts, merge, share_vouched, unmerge,
};
use colibri_domain::message::{Actor, Source, Traffic};
use colibri_domain::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis, UserId};
use proptest::prelude::*;

const NOW: Millis = Millis(1_790_000_000_000);

fn by() -> Actor {
    Actor::user(UserId::from_unique("1"))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-c]{1,3}"]
}

fn channel(contact: u64, n: u64) -> ContactChannel {
    let id = ChannelId::from_unique(&n.to_string());
    let identity = format!("5939{contact:04}{n:04}");
    ContactChannel {
        id: ContactChannelId::derive(&id, &identity),
        channel_id: id,
        source: ChannelSource::WhatsappCloud,
        identity,
        aliases: Vec::new(),
        name: None,
        connected_at: Millis(1),
        last_inbound_at: None,
        last_inbound_ref: None,
        last_message_at: None,
        origin: None,
    }
}

prop_compose! {
    fn head(id: u64, blocked: bool)(
        first in text(), last in text(), by_person: bool,
        phone in proptest::option::of(0_u32..3), email in proptest::option::of(0_u32..3),
        assignee in proptest::option::of(1_u8..4),
        opened in proptest::option::of(1_i64..5), unread in 0_u32..4, failed in 0_u32..3, unreplied: bool,
        message in proptest::option::of(1_u64..6), channels in 0_u64..4,
        tags in proptest::sample::subsequence(vec!["a", "b", "c"], 0..=3),
        sorted in 10_i64..20,
    ) -> Head {
        let mut head = Head::new(ContactId(id), Millis(5));
        head.first_name = first;
        head.last_name = last;
        head.name_set_by = if by_person { NameSetBy::Person } else { NameSetBy::Channel };
        head.phone = phone.map(|n| format!("+59390000000{n}").try_into().unwrap());
        head.email = email.map(|n| format!("e{n}@ejemplo.example").parse().unwrap());
        head.assignee = assignee.map(|n| UserId::from_unique(&n.to_string()));
        let open = |at: i64| OpenConversation {
            id: ConversationId::from_unique(&format!("{id}-{at}")),
            opened_at: Millis(at),
        };
        head.conversation = opened.filter(|_| !blocked).map(open);
        (head.unread, head.failed, head.unreplied, head.blocked) = (unread, failed, unreplied, blocked);
        head.channels = (0..channels).map(|n| channel(id, n)).collect();
        head.last_message = message.map(|n| LastMessage {
            id: MessageId((n << 21) + id), at: Millis(10), traffic: Traffic::Incoming, kind: "text".into(),
            preview: format!("{id}:{n}"), channel_id: ChannelId::from_unique("0"), state: None,
        });
        head.tags = tags.into_iter().map(str::to_owned).collect();
        head.sorted_at = Millis(sorted);
        head
    }
}

prop_compose! {
    fn person(id: u64, blocked: bool)(
        head in head(id, blocked), country in proptest::option::of("[A-B]{2}"),
        language in proptest::option::of("[a-b]{2}"), values in proptest::collection::btree_map("[a-d]", 0_u8..3, 0..4),
        outs in 0_usize..3, foreign in proptest::option::of(0_u32..3),
    ) -> Person {
        let profile = Profile {
            country, language,
            fields: values.into_iter().map(|(slug, n)| (slug, serde_json::json!(n))).collect(),
            created_source: Source::Contact,
            foreign_phone: foreign.map(|n| format!("+59390000000{n}").try_into().unwrap()),
            foreign_email: None,
            marketing_opt_outs: head.channels.iter().take(outs).map(|c| c.id.clone()).collect(),
        };
        Person { head, profile }
    }
}

fn picks() -> impl Strategy<Value = BTreeMap<&'static str, bool>> {
    let field = proptest::sample::select(vec!["name", "phone", "email", "country", "language", "assignee"]);
    proptest::collection::btree_map(field, any::<bool>(), 0..6)
}

fn chosen(picks: BTreeMap<&'static str, bool>) -> Picks {
    let side = |other| if other { Side::Secondary } else { Side::Primary };
    picks.into_iter().map(|(field, other)| (field.to_owned(), side(other))).collect()
}

fn newest(primary: &Person, secondary: &Person) -> Newest {
    Newest { primary: primary.head.last_message.clone(), secondary: secondary.head.last_message.clone() }
}

proptest! {
    #[test]
    fn separating_undoes_merging(
        (one, other) in any::<bool>().prop_flat_map(|blocked| (person(1, blocked), person(2, blocked))),
        picks in picks(),
    ) {
        let merged = merge(&one, &other, &chosen(picks), &by(), NOW).unwrap();
        let current = Person { head: merged.change.head.clone(), profile: merged.profile.clone() };
        let apart = unmerge(&current, &other, &merged.snapshot, &newest(&one, &other));
        prop_assert_eq!(&apart.primary.head, &one.head);
        prop_assert_eq!(&apart.primary_profile, &one.profile);
        prop_assert_eq!(&apart.secondary.head, &other.head);
        prop_assert_eq!(&apart.secondary_profile, &other.profile);
        prop_assert_eq!(apart.reopened, merged.snapshot.closed);
    }

    #[test]
    fn a_chain_is_undone_from_its_end(
        (one, other, third) in any::<bool>()
            .prop_flat_map(|blocked| (person(1, blocked), person(2, blocked), person(3, blocked))),
    ) {
        let first = merge(&other, &third, &Picks::new(), &by(), NOW).unwrap();
        let both = Person { head: first.change.head.clone(), profile: first.profile.clone() };
        let second = merge(&one, &both, &Picks::new(), &by(), NOW).unwrap();
        let all = Person { head: second.change.head.clone(), profile: second.profile.clone() };
        prop_assert_eq!(all.head.origins().collect::<Vec<_>>(), [ContactId(2), ContactId(3)]);
        let apart = unmerge(&all, &both, &second.snapshot, &newest(&one, &both));
        prop_assert_eq!(&apart.secondary.head, &both.head);
        let rest = Person { head: apart.secondary.head, profile: apart.secondary_profile };
        let apart = unmerge(&rest, &third, &first.snapshot, &newest(&other, &third));
        prop_assert_eq!(&apart.primary.head, &other.head);
        prop_assert_eq!(&apart.secondary.head, &third.head);
    }

    #[test]
    fn nothing_of_either_is_lost(
        (one, other) in any::<bool>().prop_flat_map(|blocked| (person(1, blocked), person(2, blocked))),
    ) {
        let merged = merge(&one, &other, &Picks::new(), &by(), NOW).unwrap();
        let head = &merged.change.head;
        prop_assert_eq!(head.channels.len(), one.head.channels.len() + other.head.channels.len());
        for c in &other.head.channels {
            prop_assert_eq!(head.keeper(&c.id), ContactId(2));
        }
        for c in &one.head.channels {
            prop_assert_eq!(head.keeper(&c.id), ContactId(1));
        }
        prop_assert!(one.head.tags.iter().chain(&other.head.tags).all(|tag| head.tags.contains(tag)));
        prop_assert_eq!(head.unread, one.head.unread + other.head.unread);
        let opened = [&one, &other].iter().filter_map(|p| p.head.conversation.as_ref().map(|c| c.opened_at)).min();
        prop_assert_eq!(head.conversation.as_ref().map(|c| c.opened_at), opened);
        for conflict in conflicts(&one, &other) {
            prop_assert_ne!(conflict.primary, conflict.secondary);
        }
        for (slug, value) in &other.profile.fields {
            let kept = merged.profile.fields.get(slug);
            prop_assert!(kept == Some(value) || kept == one.profile.fields.get(slug));
            prop_assert!(kept.is_some());
        }
    }

    #[test]
    fn what_was_edited_since_stays_with_the_primary(one in person(1, false), other in person(2, false)) {
        let merged = merge(&one, &other, &Picks::new(), &by(), NOW).unwrap();
        let mut current = Person { head: merged.change.head.clone(), profile: merged.profile.clone() };
        current.head.first_name = "Nueva".into();
        current.head.tags.push("z".into());
        current.profile.fields.insert("new".into(), serde_json::json!(1));
        current.head.unread = 0;
        let apart = unmerge(&current, &other, &merged.snapshot, &newest(&one, &other));
        prop_assert_eq!(apart.primary.head.first_name.as_str(), "Nueva");
        prop_assert!(apart.primary.head.tags.contains(&"z".to_owned()));
        prop_assert!(apart.primary_profile.fields.contains_key("new"));
        prop_assert_eq!(&apart.secondary.head.first_name, &other.head.first_name);
        prop_assert!(!apart.secondary_profile.fields.contains_key("new"));
        prop_assert!(apart.primary.head.unread + apart.secondary.head.unread == 0
            || one.head.unread + other.head.unread == 0);
    }
}

fn plain(id: u64) -> Person {
    let profile = Profile {
        country: None,
        language: None,
        fields: BTreeMap::new(),
        created_source: Source::User,
        foreign_phone: None,
        foreign_email: None,
        marketing_opt_outs: Vec::new(),
    };
    Person { head: Head::new(ContactId(id), Millis(1)), profile }
}

#[test]
fn what_cannot_be_merged_is_said() {
    let (one, mut other) = (plain(1), plain(2));
    assert_eq!(merge(&one, &one, &Picks::new(), &by(), NOW).unwrap_err(), MergeError::Same);
    let unknown: Picks = [("color".to_owned(), Side::Primary)].into();
    assert_eq!(
        merge(&one, &other, &unknown, &by(), NOW).unwrap_err(),
        MergeError::UnknownField("color".into())
    );
    other.head.blocked = true;
    assert_eq!(merge(&one, &other, &Picks::new(), &by(), NOW).unwrap_err(), MergeError::BlockedDiffers);
    let mut many = plain(1);
    for id in 2..2 + MOST_MERGED as u64 {
        let merged = merge(&many, &plain(id), &Picks::new(), &by(), NOW).unwrap();
        many = Person { head: merged.change.head, profile: merged.profile };
    }
    assert_eq!(merge(&many, &plain(99), &Picks::new(), &by(), NOW).unwrap_err(), MergeError::TooMany);
}

#[test]
fn only_a_number_that_the_provider_shows_for_both_makes_them_one_person() {
    let (mut one, mut other) = (plain(1), plain(2));
    one.head.phone = Some("+593990000001".to_owned().try_into().unwrap());
    other.head.phone.clone_from(&one.head.phone);
    assert!(!share_vouched(&one.head, &other.head), "typed values prove nothing");
    one.head.channels.push(channel(7, 1));
    let mut elsewhere = channel(7, 1);
    elsewhere.channel_id = ChannelId::from_unique("2");
    other.head.channels.push(elsewhere);
    assert!(share_vouched(&one.head, &other.head));
}
