//! A head as it is stored: short names, nothing said twice. Each of its kilobytes is paid for with every message, once
//! in the table and again in both lists.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use colibri_domain::channel::ChannelSource;
use colibri_domain::contact::{Absorbed, ContactChannel, Head, LastMessage, NameSetBy, OpenConversation};
use colibri_domain::message::{MessageState, Traffic};
use colibri_domain::phone::{E164, Email};
use colibri_domain::{ChannelId, ContactChannelId, ContactId, ConversationId, MessageId, Millis, UserId};
use serde::{Deserialize, Serialize};

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What is absent is what most heads have.
#[derive(Serialize, Deserialize)]
struct Packed {
    #[serde(rename = "i")]
    id: ContactId,
    #[serde(rename = "f", default, skip_serializing_if = "is_default")]
    first_name: String,
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    last_name: String,
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    name_set_by: NameSetBy,
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    phone: Option<E164>,
    #[serde(rename = "e", default, skip_serializing_if = "is_default")]
    email: Option<Email>,
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    assignee: Option<UserId>,
    #[serde(rename = "c", default, skip_serializing_if = "is_default")]
    conversation: Option<(ConversationId, Millis)>,
    #[serde(rename = "u", default, skip_serializing_if = "is_default")]
    unread: u32,
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    unreplied: bool,
    #[serde(rename = "x", default, skip_serializing_if = "is_default")]
    failed: u32,
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    blocked: bool,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    last_message: Option<PackedMessage>,
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    channels: Vec<PackedChannel>,
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    tags: Vec<String>,
    #[serde(rename = "j", default, skip_serializing_if = "is_default")]
    stage: Option<String>,
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    merged: Vec<Absorbed>,
    #[serde(rename = "d")]
    created_at: Millis,
    /// Where it is not that of the last message.
    #[serde(rename = "s", default, skip_serializing_if = "is_default")]
    sorted_at: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
struct PackedMessage {
    #[serde(rename = "i")]
    id: MessageId,
    /// Where it is not the beginning of the id's second.
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    at: Option<Millis>,
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    outgoing: bool,
    /// Where it is no text.
    #[serde(rename = "k", default, skip_serializing_if = "is_default")]
    kind: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    preview: String,
    /// Place among the contact's channels of one on the same channel.
    #[serde(rename = "h", default, skip_serializing_if = "is_default")]
    same_channel: usize,
    /// Where there is none.
    #[serde(rename = "c", default, skip_serializing_if = "is_default")]
    channel_id: Option<ChannelId>,
    #[serde(rename = "s", default, skip_serializing_if = "is_default")]
    state: Option<MessageState>,
}

#[derive(Serialize, Deserialize)]
struct PackedChannel {
    /// Where it does not follow from channel and identity.
    #[serde(rename = "i", default, skip_serializing_if = "is_default")]
    id: Option<ContactChannelId>,
    #[serde(rename = "c")]
    channel_id: ChannelId,
    #[serde(rename = "s")]
    source: ChannelSource,
    /// Where it is not the contact's phone number.
    #[serde(rename = "d", default, skip_serializing_if = "is_default")]
    identity: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    aliases: Vec<String>,
    /// It is called as the contact is.
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    same_name: bool,
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    name: Option<String>,
    /// Where it did not come with the contact.
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    connected_at: Option<Millis>,
    /// Where it is not the contact's last message, which came on this channel; [`NEVER`] says that there was none.
    #[serde(rename = "y", default, skip_serializing_if = "is_default")]
    last_inbound_at: Option<Millis>,
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    last_inbound_ref: Option<String>,
    /// The last message was not the contact's.
    #[serde(rename = "w", default, skip_serializing_if = "is_default")]
    answered: bool,
    #[serde(rename = "z", default, skip_serializing_if = "is_default")]
    last_message_at: Option<Millis>,
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    origin: Option<ContactId>,
}

const TEXT: &str = "text";
/// Before every message.
const NEVER: Millis = Millis(i64::MIN);

/// A phone number as providers of messages write it.
fn digits(phone: Option<&E164>) -> Option<&str> {
    phone.and_then(|phone| phone.as_str().strip_prefix('+'))
}

/// When the contact wrote his last message, if it came on this channel.
fn written_here(last: &LastMessage, channel: &ChannelId) -> Option<Millis> {
    (last.traffic == Traffic::Incoming && last.channel_id == *channel).then_some(last.at)
}

fn start(id: MessageId) -> Millis {
    id.second().millis()
}

/// The text of a head, without its version.
pub(crate) fn pack(head: &Head) -> Result<String, serde_json::Error> {
    let last = head.last_message.as_ref();
    let message = last.map(|last| {
        let same = head.channels.iter().position(|channel| channel.channel_id == last.channel_id);
        PackedMessage {
            id: last.id,
            at: (last.at != start(last.id)).then_some(last.at),
            outgoing: last.traffic == Traffic::Outgoing,
            kind: (last.kind != TEXT).then(|| last.kind.clone()),
            preview: last.preview.clone(),
            same_channel: same.unwrap_or_default(),
            channel_id: if same.is_none() { Some(last.channel_id.clone()) } else { None },
            state: last.state,
        }
    });
    let channel = |channel: &ContactChannel| {
        let derived = ContactChannelId::derive(&channel.channel_id, &channel.identity);
        let wrote = last.and_then(|last| written_here(last, &channel.channel_id));
        let same_name = channel.name.as_ref() == Some(&head.first_name);
        let answered = channel.last_message_at != channel.last_inbound_at;
        PackedChannel {
            id: (channel.id != derived).then(|| channel.id.clone()),
            channel_id: channel.channel_id.clone(),
            source: channel.source,
            identity: (digits(head.phone.as_ref()) != Some(&channel.identity))
                .then(|| channel.identity.clone()),
            aliases: channel.aliases.clone(),
            same_name,
            name: if same_name { None } else { channel.name.clone() },
            connected_at: (channel.connected_at != head.created_at).then_some(channel.connected_at),
            last_inbound_at: match wrote {
                Some(at) if channel.last_inbound_at == Some(at) => None,
                Some(_) => channel.last_inbound_at.or(Some(NEVER)),
                None => channel.last_inbound_at,
            },
            last_inbound_ref: channel.last_inbound_ref.clone(),
            answered,
            last_message_at: if answered { channel.last_message_at } else { None },
            origin: channel.origin,
        }
    };
    serde_json::to_string(&Packed {
        id: head.id,
        first_name: head.first_name.clone(),
        last_name: head.last_name.clone(),
        name_set_by: head.name_set_by,
        phone: head.phone.clone(),
        email: head.email.clone(),
        assignee: head.assignee.clone(),
        conversation: head.conversation.as_ref().map(|open| (open.id.clone(), open.opened_at)),
        unread: head.unread,
        unreplied: head.unreplied,
        failed: head.failed,
        blocked: head.blocked,
        last_message: message,
        channels: head.channels.iter().map(channel).collect(),
        tags: head.tags.clone(),
        stage: head.stage.clone(),
        merged: head.merged.clone(),
        created_at: head.created_at,
        sorted_at: (last.map(|last| last.at) != Some(head.sorted_at)).then_some(head.sorted_at),
    })
}

/// The head of a text; also of one that was written with long names.
pub(crate) fn unpack(text: &str) -> Result<Head, serde_json::Error> {
    if text.starts_with(r#"{"id":"#) {
        return serde_json::from_str(text);
    }
    let packed: Packed = serde_json::from_str(text)?;
    let last_message = match packed.last_message {
        None => None,
        Some(last) => {
            let same = packed.channels.get(last.same_channel).map(|channel| channel.channel_id.clone());
            let nowhere = || serde::de::Error::custom("the last message is on no channel");
            Some(LastMessage {
                id: last.id,
                at: last.at.unwrap_or(start(last.id)),
                traffic: if last.outgoing { Traffic::Outgoing } else { Traffic::Incoming },
                kind: last.kind.unwrap_or_else(|| TEXT.to_owned()),
                preview: last.preview,
                channel_id: last.channel_id.or(same).ok_or_else(nowhere)?,
                state: last.state,
            })
        }
    };
    let unnamed = || serde::de::Error::custom("a channel without an identity");
    let mut channels = Vec::with_capacity(packed.channels.len());
    for channel in packed.channels {
        let identity = match channel.identity {
            Some(identity) => identity,
            None => digits(packed.phone.as_ref()).ok_or_else(unnamed)?.to_owned(),
        };
        let wrote = last_message.as_ref().and_then(|last| written_here(last, &channel.channel_id));
        let last_inbound_at = channel.last_inbound_at.or(wrote).filter(|at| *at != NEVER);
        channels.push(ContactChannel {
            id: channel.id.unwrap_or_else(|| ContactChannelId::derive(&channel.channel_id, &identity)),
            channel_id: channel.channel_id,
            source: channel.source,
            identity,
            aliases: channel.aliases,
            name: if channel.same_name { Some(packed.first_name.clone()) } else { channel.name },
            connected_at: channel.connected_at.unwrap_or(packed.created_at),
            last_inbound_at,
            last_inbound_ref: channel.last_inbound_ref,
            last_message_at: if channel.answered { channel.last_message_at } else { last_inbound_at },
            origin: channel.origin,
        });
    }
    let sorted_at = packed.sorted_at.or(last_message.as_ref().map(|last| last.at));
    Ok(Head {
        id: packed.id,
        first_name: packed.first_name,
        last_name: packed.last_name,
        name_set_by: packed.name_set_by,
        phone: packed.phone,
        email: packed.email,
        assignee: packed.assignee,
        conversation: packed.conversation.map(|(id, opened_at)| OpenConversation { id, opened_at }),
        unread: packed.unread,
        unreplied: packed.unreplied,
        failed: packed.failed,
        blocked: packed.blocked,
        last_message,
        channels,
        tags: packed.tags,
        stage: packed.stage,
        merged: packed.merged,
        created_at: packed.created_at,
        sorted_at: sorted_at.unwrap_or(packed.created_at),
        version: 0,
    })
}

/// Ids of messages as distances from the newest to the oldest, seven bits to a byte.
pub(crate) fn pack_ring(ring: &[MessageId]) -> Vec<u8> {
    let mut ids: Vec<u64> = ring.iter().map(|id| id.0).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let mut bytes = Vec::with_capacity(ids.len() * 5 + 4);
    let mut before = None;
    for id in ids {
        let mut rest = before.map_or(id, |before: u64| before - id);
        before = Some(id);
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push((rest & 0x7f) as u8);
    }
    bytes
}

/// The ids again, newest first.
pub(crate) fn unpack_ring(bytes: &[u8]) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    let (mut value, mut shift) = (0_u64, 0_u32);
    for byte in bytes {
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte & 0x80 == 0 {
            let id = ids.last().map_or(value, |last| last.0.saturating_sub(value));
            ids.push(MessageId(id));
            (value, shift) = (0, 0);
        }
    }
    ids
}

/// The ids of a stream image's ring: bytes come as a list of numbers, or as base64 where nobody has decoded them; text
/// is how they were written before.
pub(crate) fn ring_of_image(ring: &serde_json::Value) -> Vec<MessageId> {
    match ring {
        serde_json::Value::Array(numbers) => {
            let bytes: Option<Vec<u8>> =
                numbers.iter().map(|n| n.as_u64().and_then(|n| u8::try_from(n).ok())).collect();
            unpack_ring(&bytes.unwrap_or_default())
        }
        serde_json::Value::String(text) if text.starts_with('[') => {
            serde_json::from_str(text).unwrap_or_default()
        }
        serde_json::Value::String(text) => unpack_ring(&STANDARD.decode(text).unwrap_or_default()),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_channel() -> impl Strategy<Value = ContactChannel> {
        let times = (0_i64..3, proptest::option::of(0_i64..3), proptest::option::of(0_i64..3));
        let names = (proptest::option::of("[ab]{0,1}"), proptest::option::of("w{1,3}"));
        let ids = ("[a-c]", "[a-c]", "593991000001|593991000002", any::<bool>());
        (ids, times, names, proptest::collection::vec("[0-9]{2}", 0..2)).prop_map(
            |((id, channel, identity, derived), (connected, inbound, last), (name, reference), aliases)| {
                let channel_id = ChannelId::from_unique(&channel);
                let derive = || ContactChannelId::derive(&channel_id, &identity);
                ContactChannel {
                    id: if derived { derive() } else { ContactChannelId::from_unique(&id) },
                    channel_id,
                    source: ChannelSource::WhatsappCloud,
                    identity,
                    aliases,
                    name,
                    connected_at: Millis(connected),
                    last_inbound_at: inbound.map(Millis),
                    last_inbound_ref: reference,
                    last_message_at: last.map(Millis),
                    origin: inbound.map(|_| ContactId(9)),
                }
            },
        )
    }

    fn any_last() -> impl Strategy<Value = LastMessage> {
        let state =
            prop_oneof![Just(None), Just(Some(MessageState::Read)), Just(Some(MessageState::Pending))];
        let ids = prop_oneof![Just(0_u64), 0_u64..1 << 42];
        (ids, 0_i64..2, any::<bool>(), "text|image", "[a-z]{0,3}", "[a-d]", state).prop_map(
            |(id, more, outgoing, kind, preview, channel, state)| LastMessage {
                id: MessageId(id),
                at: start(MessageId(id)).plus(more),
                traffic: if outgoing { Traffic::Outgoing } else { Traffic::Incoming },
                kind,
                preview,
                channel_id: ChannelId::from_unique(&channel),
                state,
            },
        )
    }

    fn any_head() -> impl Strategy<Value = Head> {
        let texts = ("[ab]{0,1}", "[a-z]{0,2}", any::<bool>(), any::<bool>());
        let numbers = (0_u32..2, 0_u32..2, 0_i64..3, 0_i64..3);
        let inner = (proptest::option::of(any_last()), proptest::collection::vec(any_channel(), 0..3));
        (texts, numbers, inner, any::<[bool; 4]>()).prop_map(
            |((first, last, by, tagged), (unread, failed, created, sorted), (message, channels), flags)| {
                let mut head = Head::new(ContactId(7), Millis(created));
                head.first_name = first;
                head.last_name = last;
                head.name_set_by = if by { NameSetBy::Person } else { NameSetBy::Channel };
                head.tags = if tagged { vec!["t1".into(), "t2".into()] } else { Vec::new() };
                (head.unread, head.failed) = (unread, failed);
                head.sorted_at = message.as_ref().filter(|_| flags[0]).map_or(Millis(sorted), |m| m.at);
                head.last_message = message;
                head.channels = channels;
                (head.unreplied, head.blocked) = (flags[1], flags[2]);
                if flags[3] {
                    head.assignee = Some(UserId::from_unique("u"));
                    head.stage = Some("st_1".into());
                    head.merged = vec![Absorbed { id: ContactId(9), at: Millis(3), others: Vec::new() }];
                    head.phone = E164::from_digits("593991000001").ok();
                    head.email = "ana@ejemplo.example".parse().ok();
                    let id = ConversationId::opened_by(head.id, MessageId(1));
                    head.conversation = Some(OpenConversation { id, opened_at: Millis(5) });
                }
                head
            },
        )
    }

    proptest! {
        #[test]
        fn a_head_survives_packing(head in any_head()) {
            let text = pack(&head).unwrap();
            prop_assert_eq!(unpack(&text).unwrap(), head.clone());
            let long = serde_json::to_string(&head).unwrap();
            prop_assert_eq!(unpack(&long).unwrap(), head);
        }

        #[test]
        fn a_ring_survives_packing(ids in proptest::collection::vec(0_u64..1 << 53, 0..33)) {
            let mut ring: Vec<MessageId> = ids.into_iter().map(MessageId).collect();
            let bytes = pack_ring(&ring);
            ring.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(unpack_ring(&bytes), ring.clone());
            prop_assert_eq!(ring_of_image(&serde_json::json!(bytes)), ring.clone());
            prop_assert_eq!(ring_of_image(&serde_json::json!(STANDARD.encode(&bytes))), ring.clone());
            let before = serde_json::to_string(&ring).unwrap();
            prop_assert_eq!(ring_of_image(&serde_json::json!(before)), ring);
        }
    }

    #[test]
    fn nonsense_is_no_ring() {
        for bytes in [&[0xff; 20][..], &[0x80], &[]] {
            unpack_ring(bytes);
        }
        assert_eq!(ring_of_image(&serde_json::json!("§")), []);
    }
}
