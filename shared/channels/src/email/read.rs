//! Reads a raw mail.

use mail_parser::{Addr, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::MAX_MAIL_BYTES;
use super::fold::{Folded, fold};
use super::report::{Report, reports};
use super::trust::{Automatic, automatic, spam};

/// Why a mail is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// More than [`MAX_MAIL_BYTES`].
    #[error("the mail is too large")]
    TooLarge,
    /// Nothing in it looks like a mail.
    #[error("this is no mail")]
    NoMail,
    /// Nobody says who wrote.
    #[error("the mail names no author")]
    NoAuthor,
}

/// Somebody in a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Address, in lower case.
    pub address: String,
    /// Name, unless it only repeats the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A file that came with the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Number of the part within the mail.
    pub part: usize,
    /// As the sender called it, without folders and control characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Claimed type.
    pub mime_type: String,
    /// Content-ID by which the HTML shows it, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// Size after decoding.
    pub bytes: usize,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Message-ID without angle brackets; where the sender gave none, one made of the mail's hash: the key of
    /// de-duplication.
    pub id: String,
    /// Who is answered: Reply-To, else the author before a list rewrote him, else From.
    pub contact: Party,
    /// Who wrote, as shown and as judged by DMARC.
    pub author: Party,
    /// Recipients in To.
    pub to: Vec<Party>,
    /// Recipients in Cc.
    pub cc: Vec<Party>,
    /// One line; empty where there is none.
    pub subject: String,
    /// The sender's time, seconds since 1970; his clock may be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Ids of the mails that it may answer, the likeliest first.
    pub answers: Vec<String>,
    /// The text; from the HTML where there is no other.
    pub text: Folded,
    /// HTML as sent. Not safe to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// A machine wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Automatic>,
    /// A filter on the way took it for spam.
    pub spam: bool,
    /// What it reports about mails of ours; such a mail is no message of a contact.
    pub reports: Vec<Report>,
}

impl Mail {
    /// Whether this mail of an unknown sender waits in quarantine: no contact, no quota, until somebody admits it.
    pub fn quarantined(&self) -> bool {
        self.spam || self.automatic.is_some()
    }

    /// Whether the contact's address is the one that DMARC judges: a Reply-To elsewhere is only claimed.
    pub fn answers_go_to_author(&self) -> bool {
        self.contact.address == self.author.address
    }
}

/// Most recipients kept per header, ids per thread, and files per mail.
const MAX_LIST: usize = 100;
/// Longest subject kept, in characters: RFC 5322 allows 998 in a line.
const MAX_SUBJECT_CHARS: usize = 998;
/// Longest id kept, in bytes.
const MAX_ID_BYTES: usize = 998;
/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 255;

/// Reads a mail as it came over the wire.
pub fn read(raw: &[u8]) -> Result<Mail, Unreadable> {
    if raw.len() > MAX_MAIL_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let mail = MessageParser::default().parse(raw).ok_or(Unreadable::NoMail)?;
    let header = |name: &str| mail.header_raw(name).map(|value| value.trim().to_owned());
    let reports = reports(&mail);
    let from = parties(mail.from()).into_iter().next();
    let from = from.or_else(|| parties(mail.sender()).into_iter().next());
    let author = from.ok_or(Unreadable::NoAuthor)?;
    let contact = parties(mail.reply_to()).into_iter().next();
    let contact = contact.or_else(|| {
        let address = address(&header("X-Original-Sender")?)?;
        Some(Party { address, name: author.name.clone() })
    });
    let contact = contact.map_or_else(
        || author.clone(),
        |contact| Party { name: contact.name.or_else(|| author.name.clone()), ..contact },
    );
    let html = mail.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.clone().into_owned()),
        _ => None,
    });
    Ok(Mail {
        id: mail.message_id().and_then(clean_id).unwrap_or_else(|| made_id(raw)),
        contact,
        author,
        to: parties(mail.to()),
        cc: parties(mail.cc()),
        subject: one_line(mail.subject().unwrap_or_default(), MAX_SUBJECT_CHARS),
        at: mail.date().filter(|date| date.is_valid()).map(mail_parser::DateTime::to_timestamp),
        answers: answers(&mail),
        text: fold(&texts(&mail)),
        html,
        attachments: attachments(&mail),
        automatic: automatic(header),
        spam: spam(header),
        reports,
    })
}

fn parties(list: Option<&mail_parser::Address<'_>>) -> Vec<Party> {
    list.into_iter().flat_map(mail_parser::Address::iter).filter_map(party).take(MAX_LIST).collect()
}

fn party(found: &Addr<'_>) -> Option<Party> {
    let address = address(found.address()?)?;
    let name = found.name().map(|name| one_line(name, MAX_NAME_CHARS));
    let name = name.filter(|name| !name.is_empty() && name.to_lowercase() != address);
    Some(Party { address, name })
}

fn address(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>']).to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',');
    (!local.is_empty() && !domain.is_empty() && text.len() <= 320 && !text.contains(odd)).then_some(text)
}

fn one_line(text: &str, limit: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect();
    text.trim().to_owned()
}

fn clean_id(id: &str) -> Option<String> {
    let id = id.trim().trim_matches(['<', '>']);
    let odd = |c: char| c.is_whitespace() || c.is_control();
    (!id.is_empty() && id.len() <= MAX_ID_BYTES && !id.contains(odd)).then(|| id.to_owned())
}

/// The same bytes give the same id, so that a redelivery is known.
fn made_id(raw: &[u8]) -> String {
    format!("{}@made.invalid", hex::encode(Sha256::digest(raw)))
}

/// In-Reply-To (which may name several), then References from the last to the first.
fn answers(mail: &Message<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let references = ids(mail.references()).into_iter().rev();
    for id in ids(mail.in_reply_to()).into_iter().chain(references).take(MAX_LIST) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => clean_id(id).into_iter().collect(),
        HeaderValue::TextList(ids) => ids.iter().filter_map(|id| clean_id(id)).collect(),
        _ => Vec::new(),
    }
}

fn texts(mail: &Message<'_>) -> String {
    let parts = (0..mail.text_body_count().min(MAX_LIST)).filter_map(|at| mail.body_text(at));
    let parts: Vec<String> = parts.map(|text| text.replace("\r\n", "\n").trim().to_owned()).collect();
    let text = parts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    match unparted(mail) {
        Some(root) if text.is_empty() => {
            String::from_utf8_lossy(root.contents()).replace("\r\n", "\n").trim().to_owned()
        }
        _ => text,
    }
}

/// The body of a mail that announces parts and has none: its text is all that there is.
fn unparted<'a, 'x>(mail: &'a Message<'x>) -> Option<&'a MessagePart<'x>> {
    let root = mail.parts.first()?;
    let announced = root.content_type().is_some_and(|found| found.ctype().eq_ignore_ascii_case("multipart"));
    (announced && mail.parts.len() == 1 && !root.is_multipart()).then_some(root)
}

fn attachments(mail: &Message<'_>) -> Vec<Attachment> {
    if unparted(mail).is_some() {
        return Vec::new();
    }
    let places = mail.attachments.iter().take(MAX_LIST);
    places
        .filter_map(|place| {
            let part = usize::try_from(*place).ok()?;
            Some(attachment(part, mail.parts.get(part)?))
        })
        .collect()
}

fn attachment(place: usize, part: &MessagePart<'_>) -> Attachment {
    let claimed = part.content_type().map(|found| {
        format!("{}/{}", found.ctype(), found.subtype().unwrap_or("octet-stream")).to_ascii_lowercase()
    });
    let fallback = if part.is_message() { "message/rfc822" } else { "application/octet-stream" };
    let name = part.attachment_name().map(|name| {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        one_line(last, MAX_NAME_CHARS)
    });
    Attachment {
        part: place,
        name: name.filter(|name| !name.is_empty()),
        mime_type: claimed.unwrap_or_else(|| fallback.to_owned()),
        content_id: part.content_id().and_then(clean_id),
        bytes: part.len(),
    }
}
