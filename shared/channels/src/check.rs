//! Limits that channels have in common, and other forms for what does not fit.

use std::collections::HashSet;
use std::fmt::Write as _;

use colibri_domain::content::{Content, Interactive, ListSection, Location, ReplyButton};
use colibri_domain::outbound::OutboundContent;

use crate::send::{Checked, Conversion, Refusal, RefusalCode as Code};

/// Characters of a link.
const URL_LIMIT: usize = 2000;

/// It goes as it was asked.
pub(crate) fn as_asked(content: &OutboundContent, shown: Content) -> Checked {
    Checked { content: content.clone(), shown, conversions: Vec::new() }
}

/// Not empty and not longer than the limit.
pub(crate) fn text_within(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(pointer, Code::Empty, "must not be empty"));
    }
    not_longer(text, pointer, limit)
}

/// Not longer than the limit.
pub(crate) fn not_longer(text: &str, pointer: &str, limit: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > limit {
        let detail = format!("has {length} characters, at most {limit} are possible");
        return Err(Refusal::new(pointer, Code::TooLong, detail).limit(limit));
    }
    Ok(())
}

/// It goes in another form.
pub(crate) fn converted(content: OutboundContent, shown: Content, conversion: Conversion) -> Checked {
    Checked { content, shown, conversions: vec![conversion] }
}

/// Rows of all sections.
pub(crate) fn row_count(sections: &[ListSection]) -> usize {
    sections.iter().map(|section| section.rows.len()).sum()
}

type Rows<'a> = Vec<(Option<&'a str>, Vec<(&'a str, Option<&'a str>)>)>;

/// How a channel writes choices that it has no element for.
pub(crate) struct TextForm {
    /// Characters of a text.
    pub limit: usize,
    /// What stands around bold text; empty where there is no such mark.
    pub bold: &'static str,
    /// What stands around small print.
    pub italic: &'static str,
}

/// Buttons as numbered text.
pub(crate) fn numbered_buttons(
    asked: &Interactive,
    buttons: &[ReplyButton],
    form: &TextForm,
) -> Result<Checked, Refusal> {
    let rows = buttons.iter().map(|b| (b.title.as_str(), None));
    numbered(asked, vec![(None, rows.collect())], form)
}

/// A list as numbered text.
pub(crate) fn numbered_sections(
    asked: &Interactive,
    sections: &[ListSection],
    form: &TextForm,
) -> Result<Checked, Refusal> {
    let rows = |s: &'_ ListSection| -> Vec<(String, Option<String>)> {
        s.rows.iter().map(|r| (r.title.clone(), r.description.clone())).collect()
    };
    let owned: Vec<_> = sections.iter().map(|s| (s.title.clone(), rows(s))).collect();
    let borrowed = owned.iter().map(|(title, rows)| {
        (title.as_deref(), rows.iter().map(|(t, d)| (t.as_str(), d.as_deref())).collect())
    });
    numbered(asked, borrowed.collect(), form)
}

/// Everything as one text, choices numbered through all sections.
fn numbered(asked: &Interactive, sections: Rows<'_>, form: &TextForm) -> Result<Checked, Refusal> {
    let TextForm { limit, bold, italic } = *form;
    text_within(&asked.body, "/body", limit)?;
    let mut text = String::new();
    if let Some(header) = asked.header.as_deref().filter(|h| !h.trim().is_empty()) {
        let _ = write!(text, "{bold}{header}{bold}\n\n");
    }
    text.push_str(asked.body.trim_end());
    text.push('\n');
    let mut number = 0;
    for (title, rows) in sections {
        text.push('\n');
        if let Some(title) = title.filter(|t| !t.trim().is_empty()) {
            let _ = writeln!(text, "{title}");
        }
        for (title, description) in rows {
            number += 1;
            let _ = write!(text, "{number}. {title}");
            if let Some(description) = description.filter(|d| !d.trim().is_empty()) {
                let _ = write!(text, ": {description}");
            }
            text.push('\n');
        }
    }
    if let Some(footer) = asked.footer.as_deref().filter(|f| !f.trim().is_empty()) {
        let _ = write!(text, "\n{italic}{footer}{italic}");
    }
    let text = text.trim_end().to_owned();
    not_longer(&text, "/action", limit)?;
    let content = OutboundContent::Text { text: text.clone(), preview_url: false };
    Ok(converted(content, Content::Text { text }, Conversion::ChoicesToText))
}

/// Degrees within the earth's.
pub(crate) fn location(place: &Location) -> Result<(), Refusal> {
    let degrees = |value: f64, limit: f64, pointer: &str| {
        if value.is_finite() && value.abs() <= limit {
            return Ok(());
        }
        Err(Refusal::new(pointer, Code::OutOfRange, format!("must lie between -{limit} and {limit}")))
    };
    degrees(place.latitude, 90.0, "/latitude")?;
    degrees(place.longitude, 180.0, "/longitude")
}

/// Told apart from those before it.
pub(crate) fn unique<'a>(seen: &mut HashSet<&'a str>, text: &'a str, pointer: String) -> Result<(), Refusal> {
    if seen.insert(text) { Ok(()) } else { Err(Refusal::new(pointer, Code::Duplicate, "is there already")) }
}

/// An http or https address with a host.
pub(crate) fn web_link(link: &str, pointer: &str) -> Result<(), Refusal> {
    text_within(link, pointer, URL_LIMIT)?;
    let legal = url::Url::parse(link).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| !h.is_empty())
    });
    if legal {
        Ok(())
    } else {
        Err(Refusal::new(pointer, Code::InvalidUrl, "must be an http or https address"))
    }
}

/// Nothing, or a few characters none of which belongs to a word. (Some emoji are letters in boxes or circles.)
pub(crate) fn is_emoji(text: &str) -> bool {
    let symbol = |c: char| matches!(c, '\u{2100}'..='\u{2BFF}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..);
    let word = |c: char| (c.is_alphabetic() && !symbol(c)) || c.is_whitespace() || c.is_control();
    text.is_empty() || (text.len() <= 64 && !text.is_ascii() && !text.chars().any(word))
}

/// Compares types without regard to case and blanks.
pub(crate) fn same_type(a: &str, b: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect::<String>();
    letters(a) == letters(b)
}
