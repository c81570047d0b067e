//! What tells the two products apart.

use crate::phone::act::MediaKind;

/// One of the two, as data.
#[derive(Debug)]
pub struct Product {
    /// Name in paths, scopes and the journal.
    pub name: &'static str,
    /// First part of its paths.
    pub root: &'static str,
    /// `object` of its deliveries.
    pub object: &'static str,
    /// Beginning of message ids.
    pub mid: &'static str,
    /// Length of a text, in the provider's unit.
    pub length: fn(&str) -> usize,
    /// Longest text in that unit.
    pub text: usize,
    /// Member of an event, and the field that has to be subscribed for it.
    pub fields: &'static [(&'static str, &'static str)],
    /// Field of echoes.
    pub echoes: &'static str,
    /// Rights of a good token.
    pub scopes: &'static [&'static str],
    /// Tags that let a message through after the window.
    pub tags: &'static [&'static str],
    /// Code and sub-code where nobody has this id.
    pub nobody: (u32, u32),
    /// Code and sub-code outside the window.
    pub closed: (u32, u32),
    /// Code and sub-code where somebody cannot be reached.
    pub away: (u32, Option<u32>),
    /// What people can send from their phones.
    pub media: &'static [MediaKind],
    /// People share where they are.
    pub places: bool,
    /// Tells by a time, in events of their own, what arrived; otherwise only which message was read.
    pub watermarks: bool,
    /// The demo's account: id, name, handle.
    pub account: (&'static str, &'static str, Option<&'static str>),
    /// The demo's people: id, given name, family name, handle.
    pub people: &'static [(&'static str, &'static str, &'static str, &'static str)],
}

/// Messenger: pages.
pub static MESSENGER: Product = Product {
    name: "facebook",
    root: "/messenger",
    object: "page",
    mid: "m_",
    length: |text| text.chars().count(),
    text: 2000,
    fields: &[
        ("message", "messages"),
        ("postback", "messaging_postbacks"),
        ("delivery", "message_deliveries"),
        ("read", "message_reads"),
        ("reaction", "message_reactions"),
        ("message_edit", "message_edits"),
        ("referral", "messaging_referrals"),
        ("optin", "messaging_optins"),
        ("pass_thread_control", "messaging_handovers"),
        ("take_thread_control", "messaging_handovers"),
        ("request_thread_control", "messaging_handovers"),
    ],
    echoes: "message_echoes",
    scopes: &["pages_messaging", "pages_manage_metadata", "pages_show_list"],
    tags: &["HUMAN_AGENT", "CUSTOMER_FEEDBACK"],
    nobody: (100, 2_018_001),
    closed: (10, 2_018_278),
    away: (551, Some(1_545_041)),
    media: &[
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Voice,
        MediaKind::Audio,
        MediaKind::Document,
        MediaKind::Sticker,
    ],
    places: true,
    watermarks: true,
    account: ("424200000000301", "Ceibo Muebles", None),
    people: &[
        ("24420000000000001", "Valeria", "Ponce", ""),
        ("24420000000000002", "Andrés", "Villacís", ""),
        ("24420000000000003", "Gabriela", "Toral", ""),
    ],
};

/// Instagram Direct, by its own login.
pub static INSTAGRAM: Product = Product {
    name: "instagram",
    root: "/instagram",
    object: "instagram",
    mid: "aWdf",
    length: str::len,
    text: 1000,
    fields: &[
        ("message", "messages"),
        ("postback", "messaging_postbacks"),
        ("read", "messaging_seen"),
        ("reaction", "message_reactions"),
        ("message_edit", "message_edit"),
        ("referral", "messaging_referral"),
        ("optin", "messaging_optins"),
    ],
    echoes: "messages",
    scopes: &["instagram_business_basic", "instagram_business_manage_messages"],
    tags: &["HUMAN_AGENT"],
    nobody: (100, 2_534_014),
    closed: (10, 2_534_022),
    away: (551, None),
    media: &[MediaKind::Image, MediaKind::Video, MediaKind::Voice, MediaKind::Audio],
    places: false,
    watermarks: false,
    account: ("424200000000401", "Ceibo Muebles", Some("ceibo.muebles")),
    people: &[
        ("17440000000000001", "Camila", "Rivas", "cami.rivas"),
        ("17440000000000002", "Nicolás", "Bravo", "nicobravo.uio"),
        ("17440000000000003", "Paola", "Mena", "paola_mena"),
    ],
};

impl Product {
    /// The field that an event belongs to; `None` where it needs no subscription.
    pub fn field(&self, event: &serde_json::Value) -> Option<&'static str> {
        if event["message"]["is_echo"] == true {
            return Some(self.echoes);
        }
        self.fields.iter().find(|(member, _)| event.get(member).is_some()).map(|(_, field)| *field)
    }
}
