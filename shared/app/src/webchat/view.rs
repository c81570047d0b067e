//! Entries of a feed as pages read them.

use colibri_channels::webchat::token::{Claims, TokenKind, sign};
use colibri_domain::time::Seconds;
use colibri_domain::webchat::{FeedBody, FeedEntry};
use colibri_domain::{ChannelId, Millis};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::chat_url;

/// What addresses of files are made from.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Addresses<'a> {
    pub base_url: &'a str,
    pub key: &'a str,
    pub channel: &'a ChannelId,
    pub session_key: &'a SecretString,
    pub visitor: &'a str,
}

/// An instant as RFC 3339 with milliseconds.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

/// An entry as a page reads it. Addresses of files work to the end of the next day: the same all day, so that browsers
/// keep what they fetched.
#[must_use]
pub fn entry(addresses: Addresses<'_>, entry: &FeedEntry, now: Millis) -> Value {
    let mut view = json!({ "id": entry.id, "seq": entry.seq, "from": entry.from, "at": rfc3339(entry.at) });
    if let (Some(fields), Ok(Value::Object(body))) = (view.as_object_mut(), serde_json::to_value(&entry.body))
    {
        fields.extend(body);
    }
    if let Some(author) = &entry.author {
        view["author"] = json!(author);
    }
    if let Some(id) = &entry.client_message_id {
        view["client_message_id"] = json!(id);
    }
    if let FeedBody::Attachment { file, .. } = &entry.body {
        let day = now.seconds().0.div_euclid(86_400);
        let claims = Claims {
            kind: TokenKind::File,
            channel: addresses.channel.clone(),
            visitor: addresses.visitor.to_owned(),
            expires: Seconds((day + 2) * 86_400),
            user: None,
            language: None,
            file: Some(file.id.clone()),
        };
        let token = sign(addresses.session_key, &claims);
        let url = format!("{}/files/{}?t={token}", chat_url(addresses.base_url, addresses.key), file.id);
        let inline = ["image/jpeg", "image/png", "image/gif", "image/webp"]
            .contains(&file.mime_type.as_str())
            || file.mime_type.starts_with("video/")
            || file.mime_type.starts_with("audio/");
        view["file"]["url"] = json!(url);
        view["file"]["inline"] = json!(inline);
        if let Some(fields) = view["file"].as_object_mut() {
            fields.remove("id");
        }
    }
    view
}
