//! Deliveries: one form each, a message of a person or a report about one of ours.

use std::borrow::Cow;

use colibri_domain::content::{Attachment, AttachmentState, Content, Media};
use colibri_domain::inbound::{
    ChannelNotice, Identity, InboundKind, InboundMessage, RemoteMedia, StatusReport, part_id,
};
use colibri_domain::message::StatusValue;
use colibri_domain::sms::{Wish, WishLanguage, wish};
use colibri_domain::{Millis, Seconds};

use super::{digits, errors, limits};
use crate::json;
use crate::part::Part;
use crate::webhook::{AccountDelivery, AccountRef, Delivery, Kept, KeptWhy, ParsedEvent};

/// Kinds of incoming message.
pub const INBOUND_TYPES: &[&str] =
    &["sms", "mms", "mms_without_text", "mms_several", "empty", "stop", "start", "help"];
/// Deliveries beside messages and reports.
pub const FIELDS: &[&str] = &["whatsapp", "unknown"];
/// Words of reports.
pub const STATUSES: &[&str] = &[
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "read",
    "canceled",
    "partially_delivered",
];

/// The parameters of a delivery. Names may stand several times and values may be empty or padded.
struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Form<'_> {
    /// The first value of this name that is not empty, as it is.
    fn raw(&self, name: &str) -> Option<&str> {
        let values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value);
        values.into_iter().find(|value| !value.trim().is_empty())
    }

    /// The same without blanks around it, for ids and words; none where it is longer than any id.
    fn word(&self, name: &str) -> Option<String> {
        let word = json::clean(self.raw(name)?).trim().to_owned();
        (!word.is_empty() && word.len() <= 256).then_some(word)
    }
}

/// Reads a delivery; total.
pub fn parse(body: &[u8], received_at: Millis) -> Delivery {
    let form = Form(url::form_urlencoded::parse(body).collect());
    let mut delivery = Delivery::default();
    let kept = |why| Kept { why, raw: json::kept_raw(&String::from_utf8_lossy(body)) };
    let mut ours = AccountDelivery::of(AccountRef::Address);
    let now = received_at.seconds();
    let through = |name| form.word(name).is_some_and(|address| address.contains(':'));
    if through("From") || through("To") {
        // Another channel of the provider's, on the same account.
        ours.notices.push(ChannelNotice::Other { field: "whatsapp".to_owned() });
        delivery.accounts.push(ours);
        return delivery;
    }
    let Some(id) = ["MessageSid", "SmsMessageSid", "SmsSid"].into_iter().find_map(|name| form.word(name))
    else {
        let why = if form.word("AccountSid").is_some() { KeptWhy::NoId } else { KeptWhy::Unreadable };
        delivery.kept.push(kept(why));
        return delivery;
    };
    let status = form.word("MessageStatus").or_else(|| form.word("SmsStatus"));
    match status.as_deref().unwrap_or("received") {
        "received" | "receiving" => match person(&form) {
            Some(from) => {
                ours.events = events(&form, &id, &from, now);
                delivery.answer = answer(&form);
            }
            None => ours.kept.push(kept(KeptWhy::NoPerson)),
        },
        known if STATUSES.contains(&known) => ours.statuses.extend(report(&form, id, known, now)),
        _ => ours.kept.push(kept(KeptWhy::UnknownKind)),
    }
    delivery.accounts.push(ours);
    delivery
}

/// Who wrote. Short codes and senders with letters are nobody's phone, and cannot be answered.
fn person(form: &Form<'_>) -> Option<Identity> {
    let from = form.word("From")?;
    Some(match digits(&from) {
        Some(digits) => Identity { id: digits.to_owned(), phone: Some(from.clone()), ..Identity::default() },
        None => Identity { id: from, ..Identity::default() },
    })
}

/// The message, or one for each of its files, and what its word asks for.
fn events(form: &Form<'_>, id: &str, from: &Identity, now: Seconds) -> Vec<ParsedEvent> {
    let text = form.raw("Body").map(json::clean).filter(|text| !text.trim().is_empty());
    let mut kinds: Vec<InboundKind> = Vec::new();
    let mut caption = text.clone();
    for part in files(form, &mut caption) {
        kinds.push(message(part_id(id, kinds.len()), part, now));
    }
    if let Some(text) = caption {
        kinds.push(message(part_id(id, kinds.len()), Content::Text { text }.into(), now));
    }
    if kinds.is_empty() {
        kinds.push(message(id.to_owned(), Part::unsupported("empty"), now));
    }
    let stop = match asked(form).map(|(wish, _)| wish) {
        Some(Wish::Stop) => Some(true),
        Some(Wish::Start) => Some(false),
        Some(Wish::Help) | None => None,
    };
    kinds.extend(stop.map(|stop| InboundKind::MarketingPreference { stop, at: now }));
    let place = |(place, kind)| ParsedEvent {
        from: from.clone(),
        kind,
        place: u32::try_from(place).unwrap_or(u32::MAX),
    };
    kinds.into_iter().enumerate().map(place).collect()
}

fn message(provider_id: String, part: Part, now: Seconds) -> InboundKind {
    InboundKind::Message(InboundMessage {
        provider_id,
        at: now,
        undated: true,
        content: part.content,
        media: part.media,
        reply_to: None,
        forwarded: false,
        referral: None,
        raw: None,
    })
}

/// The files; the first takes the text.
fn files(form: &Form<'_>, caption: &mut Option<String>) -> Vec<Part> {
    let mut files = Vec::new();
    for place in 0..limits::FILES {
        let Some(url) = form.word(&format!("MediaUrl{place}")) else { continue };
        let mime_type = form.word(&format!("MediaContentType{place}"));
        let kind = mime_type.as_deref().unwrap_or_default().split('/').next().unwrap_or_default();
        let media = match kind.to_ascii_lowercase().as_str() {
            "image" => Media::Image,
            "video" => Media::Video,
            "audio" => Media::Audio,
            _ => Media::File,
        };
        let provider_id = url.rsplit('/').next().filter(|id| !id.is_empty()).unwrap_or("media").to_owned();
        let content = Content::Attachment(Attachment {
            media,
            voice: false,
            file: None,
            caption: caption.take(),
            file_name: None,
            state: AttachmentState::Fetching,
        });
        let remote = RemoteMedia { media, provider_id, url: Some(url), mime_type, sha256: None };
        files.push(Part { content, media: Some(remote) });
    }
    files
}

/// What the message asks for with its one word. Where the provider has its own list of words, it says so itself.
fn asked(form: &Form<'_>) -> Option<(Wish, Option<WishLanguage>)> {
    match form.word("OptOutType").as_deref() {
        Some("STOP") => Some((Wish::Stop, None)),
        Some("START") => Some((Wish::Start, None)),
        Some("HELP") => Some((Wish::Help, None)),
        _ => wish(form.raw("Body")?).map(|(wish, language)| (wish, Some(language))),
    }
}

/// What the answer to the delivery makes the provider send back: our confirmation of a word. The provider answers its
/// own words, the English ones, by itself, and would send nothing of ours to somebody whom it has just taken off.
fn answer(form: &Form<'_>) -> Option<String> {
    let (wish, language) = asked(form)?;
    let text = match (wish, language?) {
        (_, WishLanguage::English) => return None,
        (Wish::Stop, WishLanguage::Spanish) => {
            "Listo: no le enviaremos otro mensaje. Para volver a recibirlos, responda ALTA."
        }
        (Wish::Start, WishLanguage::Spanish) => {
            "Listo: vuelve a recibir mensajes. Para no recibirlos, responda BAJA."
        }
        (Wish::Help, WishLanguage::Spanish) => {
            "Responda aquí y le atenderá una persona. Para no recibir más mensajes, responda BAJA."
        }
        (Wish::Stop, WishLanguage::Portuguese) => {
            "Pronto: não enviaremos outra mensagem. Para voltar a receber, responda VOLTAR."
        }
        (Wish::Start, WishLanguage::Portuguese) => {
            "Pronto: você volta a receber mensagens. Para não receber, responda SAIR."
        }
        (Wish::Help, WishLanguage::Portuguese) => {
            "Responda aqui e uma pessoa lhe atenderá. Para não receber mais mensagens, responda SAIR."
        }
    };
    Some(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>{text}</Message></Response>"))
}

/// A report. Words of what happens before a network has the message say nothing new.
fn report(form: &Form<'_>, provider_id: String, word: &str, now: Seconds) -> Option<StatusReport> {
    let value = match word {
        "sent" => StatusValue::Sent,
        // Some segments arrived: the phone shows something.
        "delivered" | "partially_delivered" => StatusValue::Delivered,
        "read" => StatusValue::Read,
        "undelivered" | "failed" | "canceled" => StatusValue::Failed,
        _ => return None,
    };
    let failure = (value == StatusValue::Failed).then(|| {
        let code = form.word("ErrorCode").and_then(|code| code.parse().ok());
        errors::reported(code, form.word("ErrorMessage").as_deref())
    });
    let recipient = form.word("To").map(|to| digits(&to).map(str::to_owned).unwrap_or(to));
    Some(StatusReport { provider_id, reference: None, value, at: now, failure, recipient, pricing: None })
}
