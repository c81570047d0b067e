//! Reports about mails of ours: not delivered (RFC 3464) and complained about (RFC 5965).

use mail_parser::{Message, MimeHeaders, PartType};
use serde::{Deserialize, Serialize};

use crate::redact::redact;

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Never arrives: the address is not written to again.
    Bounced,
    /// Did not arrive for a reason that may pass (full mailbox, greylisting).
    BouncedForNow,
    /// Is late; the other side still tries.
    Delayed,
    /// Arrived.
    Delivered,
    /// The recipient called it spam: he has opted out.
    Complained,
}

/// A report about one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What.
    pub kind: ReportKind,
    /// Message-ID of our mail, without angle brackets, where told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Whom we wrote to, in lower case, where told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Enhanced status (RFC 3463), for example `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The other server's words, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Most recipients taken from one report.
const MAX_RECIPIENTS: usize = 100;

/// The reports of a mail; none where it is an ordinary one.
pub fn reports(mail: &Message<'_>) -> Vec<Report> {
    let message_id = original(mail);
    if let Some(text) = part(mail, "feedback-report") {
        let block = Block::read(&text);
        return vec![Report {
            kind: ReportKind::Complained,
            message_id,
            recipient: block.address("original-rcpt-to"),
            status: None,
            detail: block.value("feedback-type").map(|value| redact(value, &[])),
        }];
    }
    if let Some(text) = part(mail, "delivery-status") {
        let text = text.replace("\r\n", "\n");
        return text
            .split("\n\n")
            .map(Block::read)
            .filter_map(|block| block.delivery(message_id.clone()))
            .take(MAX_RECIPIENTS)
            .collect();
    }
    // Old servers name in a header whom they could not reach, and quote our mail as text.
    let failed = mail.header_raw("X-Failed-Recipients").unwrap_or_default();
    failed
        .split(',')
        .filter_map(address)
        .take(MAX_RECIPIENTS)
        .map(|recipient| Report {
            kind: ReportKind::Bounced,
            message_id: message_id.clone(),
            recipient: Some(recipient),
            status: None,
            detail: None,
        })
        .collect()
}

/// The text of the part `message/<subtype>`.
fn part(mail: &Message<'_>, subtype: &str) -> Option<String> {
    let part = mail.parts.iter().find(|part| part.is_content_type("message", subtype))?;
    Some(match &part.body {
        PartType::Message(inner) => String::from_utf8_lossy(inner.raw_message()).into_owned(),
        other => match other {
            PartType::Text(text) | PartType::Html(text) => text.clone().into_owned(),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            PartType::Message(_) | PartType::Multipart(_) => return None,
        },
    })
}

/// Message-ID of the mail that comes back in a report, whole or its headers only.
fn original(mail: &Message<'_>) -> Option<String> {
    let from_part = mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().map(ToOwned::to_owned),
        PartType::Text(text) if part.is_content_type("text", "rfc822-headers") => {
            Block::read(text).value("message-id").map(ToOwned::to_owned)
        }
        _ => None,
    });
    let found = from_part.or_else(|| match mail.in_reply_to() {
        mail_parser::HeaderValue::Text(id) => Some(id.clone().into_owned()),
        mail_parser::HeaderValue::TextList(ids) => ids.first().map(|id| id.clone().into_owned()),
        _ => None,
    })?;
    let id = found.trim().trim_matches(['<', '>']).to_owned();
    (!id.is_empty()).then_some(id)
}

/// `Name: value` lines, folded ones joined; names in lower case.
struct Block(Vec<(String, String)>);

impl Block {
    fn read(text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Self(fields)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, value)| field == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// An address, with or without its type (`rfc822; ana@x.test`).
    fn address(&self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        address(value.split_once(';').map_or(value, |(_, address)| address))
    }

    fn delivery(&self, message_id: Option<String>) -> Option<Report> {
        let action = self.value("action")?.split_whitespace().next()?.to_ascii_lowercase();
        let status =
            self.value("status").and_then(|value| value.split_whitespace().next()).map(ToOwned::to_owned);
        let kind = match action.as_str() {
            "failed" if status.as_deref().is_some_and(|code| code.starts_with('4') || code == "5.2.2") => {
                ReportKind::BouncedForNow
            }
            "failed" => ReportKind::Bounced,
            "delayed" => ReportKind::Delayed,
            "delivered" => ReportKind::Delivered,
            // Passed on to somewhere that reports nothing: it proves no arrival.
            _ => return None,
        };
        let detail = self.value("diagnostic-code");
        let detail =
            detail.map(|value| redact(value.split_once(';').map_or(value, |(_, text)| text).trim(), &[]));
        // Whom we wrote to; the final recipient may be an address behind a forward.
        let recipient = self.address("original-recipient").or_else(|| self.address("final-recipient"));
        Some(Report { kind, message_id, recipient, status, detail })
    }
}

fn address(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>']).to_lowercase();
    (text.contains('@') && !text.contains(char::is_whitespace)).then_some(text)
}
