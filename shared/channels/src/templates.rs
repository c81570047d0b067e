//! Templates that a provider approves.

use serde::{Deserialize, Serialize};

use colibri_domain::ChannelId;
use colibri_domain::channel::ChannelSource;
use colibri_domain::content::Content;
use colibri_domain::outbound::TemplateParameters;
use colibri_domain::template::{Template, TemplateComponent, fill};

use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};
use crate::{telegram, whatsapp};

/// One page of a provider's list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemplatePage {
    /// Templates that we can show and send.
    pub templates: Vec<Template>,
    /// Names of those with parts that we do not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// Where the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks for a page of templates; `after` is [`TemplatePage::next`] of the page before. None where the channel has
/// no templates.
pub fn list_request(
    source: ChannelSource,
    endpoint: &Endpoint,
    after: Option<&str>,
) -> Result<Option<HttpRequest>, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::templates::list_request(endpoint, after).map(Some),
        ChannelSource::Webchat
        | ChannelSource::Telegram
        | ChannelSource::Twilio
        | ChannelSource::Facebook
        | ChannelSource::Instagram => Ok(None),
    }
}

/// Reads a page of templates.
pub fn read_page(
    source: ChannelSource,
    channel: &ChannelId,
    response: &HttpResponse,
) -> Result<TemplatePage, Refused> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::templates::read_page(channel, response),
        ChannelSource::Webchat
        | ChannelSource::Facebook
        | ChannelSource::Instagram
        | ChannelSource::Twilio => Ok(TemplatePage::default()),
        ChannelSource::Telegram => telegram::errors::answered(response).map(|_| TemplatePage::default()),
    }
}

/// The template as the customer reads it.
pub fn render(template: &Template, parameters: &TemplateParameters) -> Content {
    let (mut header, mut footer, mut buttons) = (None, None, Vec::new());
    for component in &template.components {
        match component {
            TemplateComponent::Header { text, .. } => {
                header = text.as_deref().map(|text| fill_header(text, parameters));
            }
            TemplateComponent::Footer { text } => footer = Some(text.clone()),
            TemplateComponent::Buttons { buttons: all } => {
                buttons = all.iter().map(|b| b.text.clone()).collect();
            }
            TemplateComponent::Body { .. } => {}
        }
    }
    Content::Template {
        name: template.name.clone(),
        language: template.language.clone(),
        text: fill(template.body(), &parameters.body),
        header,
        footer,
        buttons,
    }
}

fn fill_header(text: &str, parameters: &TemplateParameters) -> String {
    use colibri_domain::outbound::HeaderParameter;
    use colibri_domain::template::placeholders;
    match (&parameters.header, placeholders(text).first()) {
        (Some(HeaderParameter::Text { text: value }), Some(name)) => {
            text.replace(&format!("{{{{{name}}}}}"), value)
        }
        _ => text.to_owned(),
    }
}
