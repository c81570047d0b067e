//! Templates: listing, and the part of a message that names one.

use http::Method;
use serde_json::{Value, json};

use colibri_domain::ChannelId;
use colibri_domain::outbound::{ButtonParameterKind, HeaderParameter, TemplateSend};
use colibri_domain::template::{
    HeaderFormat, ParameterFormat, Template, TemplateButton, TemplateCategory, TemplateComponent,
    TemplateStatus, placeholders,
};

use super::{GRAPH_VERSION, errors, fields, send};
use crate::json as read;
use crate::send::{Outgoing, Refusal};
use crate::templates::TemplatePage;
use crate::wire::{Body, Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};

const FIELDS: &str =
    "id,name,language,status,category,components,parameter_format,rejected_reason,quality_score";

/// Asks for a page of the business account's templates.
pub fn list_request(endpoint: &Endpoint, after: Option<&str>) -> Result<HttpRequest, InvalidRequest> {
    let mut url = endpoint.url(&[GRAPH_VERSION, endpoint.parent_account()?, "message_templates"])?;
    url.query_pairs_mut().append_pair("fields", FIELDS).append_pair("limit", "100");
    if let Some(after) = after {
        url.query_pairs_mut().append_pair("after", after);
    }
    endpoint.request(Method::GET, &url, Body::none())
}

/// Reads a page. Templates with parts that we do not know are named, not shown.
pub fn read_page(channel: &ChannelId, response: &HttpResponse) -> Result<TemplatePage, Refused> {
    let body = errors::answered(response)?;
    let mut page = TemplatePage { templates: Vec::new(), skipped: Vec::new(), next: None };
    for item in read::items(&body, "data") {
        match template(channel, item) {
            Some(template) => page.templates.push(template),
            None => page.skipped.push(read::text(item, "name").unwrap_or_default()),
        }
    }
    let paging = body.get("paging").unwrap_or(&Value::Null);
    // The last page has a cursor too, but no next.
    if paging.get("next").is_some() {
        page.next = paging.get("cursors").and_then(|cursors| read::filled(cursors, "after"));
    }
    Ok(page)
}

fn template(channel: &ChannelId, item: &Value) -> Option<Template> {
    let components = read::items(item, "components").iter().map(component).collect::<Option<Vec<_>>>()?;
    if !components.iter().any(|c| matches!(c, TemplateComponent::Body { .. })) {
        return None;
    }
    let word = |key: &str| read::text(item, key).unwrap_or_default().to_ascii_uppercase();
    let category = match word("category").as_str() {
        "MARKETING" => TemplateCategory::Marketing,
        "AUTHENTICATION" => TemplateCategory::Authentication,
        "UTILITY" => TemplateCategory::Utility,
        _ => return None,
    };
    let named = match word("parameter_format").as_str() {
        "NAMED" => true,
        "POSITIONAL" => false,
        _ => has_names(&components),
    };
    let quality = item.get("quality_score").and_then(|quality| read::filled(quality, "score"));
    Some(Template {
        channel_id: channel.clone(),
        name: read::filled(item, "name")?,
        language: read::filled(item, "language")?,
        category,
        status: fields::status(&word("status")).unwrap_or(TemplateStatus::Disabled),
        reason: read::filled(item, "rejected_reason").filter(|reason| reason != "NONE"),
        quality: quality.map(|q| q.to_ascii_lowercase()).filter(|q| q != "unknown"),
        components,
        parameter_format: if named { ParameterFormat::Named } else { ParameterFormat::Positional },
    })
}

/// Older lists do not say whether placeholders have names.
fn has_names(components: &[TemplateComponent]) -> bool {
    components.iter().any(|component| match component {
        TemplateComponent::Body { text } => placeholders(text).iter().any(|p| p.parse::<u32>().is_err()),
        _ => false,
    })
}

fn component(component: &Value) -> Option<TemplateComponent> {
    let text = || read::text(component, "text");
    Some(match read::text(component, "type")?.to_ascii_uppercase().as_str() {
        "HEADER" => {
            let format = match read::text(component, "format")?.to_ascii_uppercase().as_str() {
                "TEXT" => HeaderFormat::Text,
                "IMAGE" => HeaderFormat::Image,
                "VIDEO" => HeaderFormat::Video,
                "DOCUMENT" => HeaderFormat::Document,
                "LOCATION" => HeaderFormat::Location,
                _ => return None,
            };
            TemplateComponent::Header { format, text: text() }
        }
        "BODY" => TemplateComponent::Body { text: text().unwrap_or_default() },
        "FOOTER" => TemplateComponent::Footer { text: text().unwrap_or_default() },
        "BUTTONS" => {
            let buttons = read::items(component, "buttons").iter().map(button).collect::<Option<_>>()?;
            TemplateComponent::Buttons { buttons }
        }
        _ => return None,
    })
}

fn button(button: &Value) -> Option<TemplateButton> {
    Some(TemplateButton {
        kind: read::filled(button, "type")?.to_ascii_lowercase(),
        text: read::text(button, "text").unwrap_or_default(),
        url: read::filled(button, "url"),
    })
}

/// The part of a message that names a template and fills it in. Its parameters were checked before.
pub(super) fn part(asked: &TemplateSend, outgoing: &Outgoing<'_>) -> Result<Value, Refusal> {
    let mut components = Vec::new();
    if let Some(header) = &asked.parameters.header {
        components.push(json!({ "type": "header", "parameters": [header_parameter(header, outgoing)?] }));
    }
    if !asked.parameters.body.is_empty() {
        let parameter = |value: &colibri_domain::outbound::BodyParameter| match &value.name {
            Some(name) => json!({ "type": "text", "parameter_name": name, "text": value.text }),
            None => json!({ "type": "text", "text": value.text }),
        };
        let parameters: Vec<Value> = asked.parameters.body.iter().map(parameter).collect();
        components.push(json!({ "type": "body", "parameters": parameters }));
    }
    for value in &asked.parameters.buttons {
        let (sub_type, parameter) = match value.kind {
            ButtonParameterKind::QuickReply => {
                ("quick_reply", json!({ "type": "payload", "payload": value.text }))
            }
            ButtonParameterKind::Url => ("url", json!({ "type": "text", "text": value.text })),
            ButtonParameterKind::CopyCode => {
                ("copy_code", json!({ "type": "coupon_code", "coupon_code": value.text }))
            }
        };
        components.push(json!({
            "type": "button", "sub_type": sub_type, "index": value.index.to_string(), "parameters": [parameter],
        }));
    }
    components.extend(flow_buttons(outgoing));
    let mut part = json!({ "name": asked.name, "language": { "code": asked.language } });
    if !components.is_empty() {
        part["components"] = components.into();
    }
    Ok(part)
}

fn header_parameter(header: &HeaderParameter, outgoing: &Outgoing<'_>) -> Result<Value, Refusal> {
    let format = header_of(outgoing);
    match header {
        HeaderParameter::Text { text } => {
            let name = format.and_then(|(_, text)| placeholders(text?).into_iter().next());
            let mut parameter = json!({ "type": "text", "text": text });
            if let Some(name) = name.filter(|name| name.parse::<u32>().is_err()) {
                parameter["parameter_name"] = name.into();
            }
            Ok(parameter)
        }
        HeaderParameter::File { .. } => {
            let kind = match format.map(|(format, _)| format) {
                Some(HeaderFormat::Image) => "image",
                Some(HeaderFormat::Video) => "video",
                _ => "document",
            };
            let mut file = send::handle(outgoing.media)?;
            if let (true, Some(name)) =
                (kind == "document", outgoing.material.file.and_then(|f| f.name.as_deref()))
            {
                file["filename"] = name.into();
            }
            let mut parameter = json!({ "type": kind });
            parameter[kind] = file;
            Ok(parameter)
        }
    }
}

fn header_of<'a>(outgoing: &Outgoing<'a>) -> Option<(HeaderFormat, Option<&'a str>)> {
    outgoing.material.template?.components.iter().find_map(|component| match component {
        TemplateComponent::Header { format, text } => Some((*format, text.as_deref())),
        _ => None,
    })
}

/// A button that opens a form wants its token, which comes back with the answer.
fn flow_buttons(outgoing: &Outgoing<'_>) -> Vec<Value> {
    let components = outgoing.material.template.map_or(&[][..], |template| &template.components);
    let buttons = components.iter().find_map(|component| match component {
        TemplateComponent::Buttons { buttons } => Some(buttons),
        _ => None,
    });
    let flows = buttons.into_iter().flatten().enumerate().filter(|(_, button)| button.kind == "flow");
    flows
        .map(|(index, _)| {
            json!({
                "type": "button", "sub_type": "flow", "index": index.to_string(),
                "parameters": [{ "type": "action", "action": { "flow_token": outgoing.reference } }],
            })
        })
        .collect()
}
