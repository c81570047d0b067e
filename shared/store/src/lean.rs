//! The document of a message as its item holds it: without what follows from the item's key and what stands beside
//! the document. Every status of an answer pays for each kilobyte of it again.

use colibri_domain::content::Content;
use colibri_domain::message::Message;
use colibri_domain::outbound::OutboundContent;
use colibri_domain::{ContactId, MessageId};

/// The beginning of a whole document.
fn beginning(contact: ContactId, id: MessageId) -> String {
    format!(r#"{{"id":{},"contact_id":{},"#, id.0, contact.0)
}

/// The document without the ids of its key and without its version.
pub(crate) fn pack(message: &Message) -> Result<String, serde_json::Error> {
    let whole = serde_json::to_string(message)?;
    let ending = format!(r#","version":{}}}"#, message.version);
    let inner = whole
        .strip_prefix(&beginning(message.contact_id, message.id))
        .and_then(|rest| rest.strip_suffix(&ending));
    Ok(inner.map_or_else(|| whole.clone(), |inner| format!("{{{inner}}}")))
}

/// The message of a document; also of one that was written whole.
pub(crate) fn unpack(text: &str, contact: ContactId, id: MessageId) -> Result<Message, serde_json::Error> {
    match text.strip_prefix('{') {
        Some(rest) if !text.starts_with(r#"{"id":"#) => {
            serde_json::from_str(&format!("{}{rest}", beginning(contact, id)))
        }
        _ => serde_json::from_str(text),
    }
}

/// Whether what was asked to be sent is what the message says, and nothing more.
pub(crate) fn says_what_was_asked(message: &Message) -> bool {
    asked(&message.content).is_some_and(|asked| message.outbound.as_ref() == Some(&asked))
}

/// What was asked to be sent, of a message that [says it](says_what_was_asked).
pub(crate) fn asked(content: &Content) -> Option<OutboundContent> {
    match content {
        Content::Text { text } => Some(OutboundContent::Text { text: text.clone(), preview_url: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use colibri_domain::message::{Actor, Source, Traffic};
    use colibri_domain::{ChannelId, ContactChannelId, Millis};

    use super::*;

    fn message(text: &str) -> Message {
        let plain = serde_json::json!({
            "id": 7, "contact_id": 3, "contact_channel_id": ContactChannelId::from_unique("c"),
            "channel_id": ChannelId::from_unique("w"), "traffic": Traffic::Outgoing, "at": Millis(5),
            "received_at": Millis(6), "content": { "kind": "text", "text": text },
            "sender": Actor::source(Source::System), "version": 2,
        });
        serde_json::from_value(plain).unwrap()
    }

    #[test]
    fn a_document_is_whole_again_at_its_key() {
        for text in ["Hola", r#"{"id":1,"version":2}"#, ",\"version\":2}"] {
            let message = message(text);
            let lean = pack(&message).unwrap();
            assert!(!lean.starts_with(r#"{"id""#) && !lean.ends_with(r#""version":2}"#), "{lean}");
            let again = unpack(&lean, ContactId(3), MessageId(7)).unwrap();
            assert_eq!(Message { version: 2, ..again }, message);
        }
    }

    #[test]
    fn a_document_that_was_written_whole_keeps_what_it_says() {
        let message = message("Hola");
        let whole = serde_json::to_string(&message).unwrap();
        assert_eq!(unpack(&whole, ContactId(9), MessageId(9)).unwrap(), message);
    }

    #[test]
    fn only_a_plain_text_is_what_was_asked() {
        let mut message = message("Hola");
        assert!(!says_what_was_asked(&message));
        message.outbound = Some(OutboundContent::Text { text: "Hola".into(), preview_url: true });
        assert!(!says_what_was_asked(&message));
        message.outbound = Some(OutboundContent::Text { text: "Hola".into(), preview_url: false });
        assert!(says_what_was_asked(&message));
        assert_eq!(asked(&message.content), message.outbound);
    }
}
