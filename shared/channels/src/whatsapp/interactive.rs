//! Buttons, lists, links, location requests and forms.

use std::collections::HashSet;

use colibri_domain::content::{Content, Interactive, InteractiveAction, ListRow, ListSection, ReplyButton};
use colibri_domain::outbound::OutboundContent;

use super::limits;
use crate::check::{
    TextForm, as_asked, characters, converted, not_longer, numbered_buttons, numbered_sections, row_count,
    text_within, unique, web_link,
};
use crate::send::{Checked, Conversion, Refusal, RefusalCode as Code};

/// How choices become text here.
const TEXT: TextForm = TextForm { limit: limits::TEXT, length: characters, bold: "*", italic: "_" };

/// Checks something to tap. Too many buttons become a list, too many rows become numbered text.
pub(super) fn check(asked: &Interactive, language: &str) -> Result<Checked, Refusal> {
    match &asked.action {
        InteractiveAction::Buttons { buttons } if buttons.len() > limits::LIST_ROWS => {
            numbered_buttons(asked, buttons, &TEXT)
        }
        InteractiveAction::Buttons { buttons } if buttons.len() > limits::BUTTONS => {
            let list = Interactive { action: as_list(buttons, language), ..asked.clone() };
            check_list_of(&list, buttons)?;
            let content = OutboundContent::Interactive(list.clone());
            Ok(converted(content, Content::Interactive(list), Conversion::ButtonsToList))
        }
        InteractiveAction::List { sections, .. } if row_count(sections) > limits::LIST_ROWS => {
            numbered_sections(asked, sections, &TEXT)
        }
        _ => {
            frame(asked)?;
            action(&asked.action)?;
            Ok(as_asked(&OutboundContent::Interactive(asked.clone()), Content::Interactive(asked.clone())))
        }
    }
}

fn as_list(buttons: &[ReplyButton], language: &str) -> InteractiveAction {
    let rows =
        buttons.iter().map(|b| ListRow { id: b.id.clone(), title: b.title.clone(), description: None });
    let label = if language.starts_with("en") { "View options" } else { "Ver opciones" };
    InteractiveAction::List {
        label: label.to_owned(),
        sections: vec![ListSection { title: None, rows: rows.collect() }],
    }
}

/// Refusals of buttons that became rows still point at the buttons.
fn check_list_of(list: &Interactive, buttons: &[ReplyButton]) -> Result<(), Refusal> {
    frame(list)?;
    let mut ids = HashSet::new();
    for (at, button) in buttons.iter().enumerate() {
        let pointer = format!("/action/buttons/{at}");
        text_within(&button.title, &format!("{pointer}/title"), limits::ROW_TITLE)?;
        text_within(&button.id, &format!("{pointer}/id"), limits::ROW_ID)?;
        unique(&mut ids, &button.id, format!("{pointer}/id"))?;
    }
    Ok(())
}

fn frame(asked: &Interactive) -> Result<(), Refusal> {
    text_within(&asked.body, "/body", limits::INTERACTIVE_BODY)?;
    let bare = matches!(asked.action, InteractiveAction::LocationRequest);
    for (text, pointer) in [(&asked.header, "/header"), (&asked.footer, "/footer")] {
        if let Some(text) = text {
            text_within(text, pointer, limits::HEADER)?;
            if bare {
                let detail = "a location request has neither header nor footer";
                return Err(Refusal::new(pointer, Code::InvalidValue, detail));
            }
        }
    }
    Ok(())
}

fn action(action: &InteractiveAction) -> Result<(), Refusal> {
    match action {
        InteractiveAction::Buttons { buttons } => self::buttons(buttons),
        InteractiveAction::List { label, sections } => {
            text_within(label, "/action/label", limits::BUTTON_TITLE)?;
            list(sections)
        }
        InteractiveAction::CtaUrl { label, url } => {
            text_within(label, "/action/label", limits::BUTTON_TITLE)?;
            web_link(url, "/action/url")
        }
        InteractiveAction::LocationRequest => Ok(()),
        InteractiveAction::Flow { flow_id, label, token, .. } => {
            text_within(flow_id, "/action/flow_id", limits::BUTTON_ID)?;
            text_within(label, "/action/label", limits::BUTTON_TITLE)?;
            text_within(token, "/action/token", limits::BUTTON_ID)
        }
    }
}

fn buttons(buttons: &[ReplyButton]) -> Result<(), Refusal> {
    if buttons.is_empty() {
        return Err(Refusal::new("/action/buttons", Code::Empty, "needs at least one button"));
    }
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for (at, button) in buttons.iter().enumerate() {
        let pointer = format!("/action/buttons/{at}");
        text_within(&button.title, &format!("{pointer}/title"), limits::BUTTON_TITLE)?;
        text_within(&button.id, &format!("{pointer}/id"), limits::BUTTON_ID)?;
        unique(&mut ids, &button.id, format!("{pointer}/id"))?;
        unique(&mut titles, &button.title, format!("{pointer}/title"))?;
    }
    Ok(())
}

fn list(sections: &[ListSection]) -> Result<(), Refusal> {
    if sections.is_empty() {
        return Err(Refusal::new("/action/sections", Code::Empty, "needs at least one section"));
    }
    if sections.len() > limits::LIST_SECTIONS {
        let detail =
            format!("has {} sections, at most {} are possible", sections.len(), limits::LIST_SECTIONS);
        return Err(Refusal::new("/action/sections", Code::TooMany, detail).limit(limits::LIST_SECTIONS));
    }
    let mut ids = HashSet::new();
    for (at, section) in sections.iter().enumerate() {
        let pointer = format!("/action/sections/{at}");
        match &section.title {
            Some(title) => text_within(title, &format!("{pointer}/title"), limits::ROW_TITLE)?,
            None if sections.len() > 1 => {
                let detail = "is needed when there is more than one section";
                return Err(Refusal::new(format!("{pointer}/title"), Code::Empty, detail));
            }
            None => {}
        }
        if section.rows.is_empty() {
            return Err(Refusal::new(format!("{pointer}/rows"), Code::Empty, "needs at least one row"));
        }
        for (place, row) in section.rows.iter().enumerate() {
            let pointer = format!("{pointer}/rows/{place}");
            text_within(&row.title, &format!("{pointer}/title"), limits::ROW_TITLE)?;
            text_within(&row.id, &format!("{pointer}/id"), limits::ROW_ID)?;
            if let Some(description) = &row.description {
                not_longer(description, &format!("{pointer}/description"), limits::ROW_DESCRIPTION)?;
            }
            unique(&mut ids, &row.id, format!("{pointer}/id"))?;
        }
    }
    Ok(())
}
