//! Settings of a chat, checked before they are kept.

use std::collections::BTreeSet;

use url::Url;

use colibri_domain::webchat::WebchatSettings;

use super::{limits, origin};
use crate::send::{Refusal, RefusalCode as Code};

/// Longest title, welcome text and offline note.
const LENGTHS: [(&str, usize); 3] = [("/title", 60), ("/welcome", 500), ("/offline_note", 300)];

/// Brings settings to their normal form, or says everything that is wrong with them. Pointers are into the settings.
pub fn check(mut settings: WebchatSettings) -> Result<WebchatSettings, Vec<Refusal>> {
    let mut wrong = Vec::new();
    let texts = [&mut settings.title, &mut settings.welcome, &mut settings.offline_note];
    for (text, (pointer, limit)) in texts.into_iter().zip(LENGTHS) {
        *text = text.trim().replace('\0', "");
        if text.chars().count() > limit {
            wrong.push(
                Refusal::new(pointer, Code::TooLong, format!("at most {limit} characters")).limit(limit),
            );
        }
    }
    let hex = settings.colour.strip_prefix('#').unwrap_or_default();
    if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        wrong.push(Refusal::new("/colour", Code::InvalidValue, "a colour as #rrggbb"));
    }
    settings.colour = settings.colour.to_ascii_lowercase();
    settings.avatar_url = settings.avatar_url.filter(|url| !url.trim().is_empty());
    if let Some(text) = &settings.avatar_url {
        let https = Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.host().is_some());
        if !https || text.len() > limits::URL {
            wrong.push(Refusal::new("/avatar_url", Code::InvalidUrl, "an https address"));
        }
    }
    if settings.allowed_origins.len() > origin::MOST {
        let refusal =
            Refusal::new("/allowed_origins", Code::TooMany, format!("at most {} sites", origin::MOST));
        wrong.push(refusal.limit(origin::MOST));
    }
    let mut sites = Vec::new();
    for (place, text) in settings.allowed_origins.iter().enumerate() {
        match origin::normal(text) {
            Some(site) if sites.contains(&site) => {}
            Some(site) => sites.push(site),
            None => wrong.push(Refusal::new(
                format!("/allowed_origins/{place}"),
                Code::InvalidUrl,
                "a site such as https://shop.example or https://*.shop.example",
            )),
        }
    }
    settings.allowed_origins = sites;
    let mut asked = BTreeSet::new();
    for (place, field) in settings.prechat.fields.iter().enumerate() {
        if !asked.insert(field.name as u8) {
            wrong.push(Refusal::new(format!("/prechat/fields/{place}"), Code::Duplicate, "asked twice"));
        }
    }
    if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
}

/// A setting that is not of its kind; `path` is dotted.
pub fn unreadable(path: &str, detail: &str) -> Refusal {
    Refusal::new(format!("/{}", path.replace('.', "/")), Code::InvalidValue, detail)
}
