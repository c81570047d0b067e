//! Templates: list, create, and whether a message fits its template.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use super::config::Number;
use super::errors::GraphError;
use super::graph::{Answered, Params, place};
use super::{WhatsApp, check};
use crate::sync::lock;

/// `GET /{waba}/message_templates`, paged by cursors.
pub async fn list(
    State(whatsapp): State<WhatsApp>,
    Path((version, id)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let struck = whatsapp.strike(place("templates", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).and_then(|()| whatsapp.page(&version, &id, &params));
    whatsapp.finish(answered, &struck.later)
}

/// `POST /{waba}/message_templates`.
pub async fn create(
    State(whatsapp): State<WhatsApp>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let struck = whatsapp.strike(place("template_create", &id)).await;
    if let Some(response) = struck.early {
        return response;
    }
    let answered = whatsapp.check_token(&headers).and_then(|()| whatsapp.add_template(&id, &body));
    whatsapp.finish(answered, &struck.later)
}

impl WhatsApp {
    fn page(&self, version: &str, account: &str, params: &Params) -> Answered {
        let state = lock(&self.state);
        let held = state
            .config
            .accounts
            .iter()
            .find(|held| held.id == account)
            .ok_or_else(|| GraphError::new(33, format!("Object with ID '{account}' does not exist")))?;
        let named = |template: &&Value, field: &str| {
            params.get(field).is_none_or(|wanted| template[field] == *wanted)
        };
        let fitting: Vec<&Value> = held
            .templates
            .iter()
            .filter(|template| {
                named(template, "name") && named(template, "status") && named(template, "language")
            })
            .collect();
        let limit =
            params.get("limit").and_then(|limit| limit.parse::<usize>().ok()).unwrap_or(25).clamp(1, 250);
        let from = params.get("after").and_then(|cursor| cursor_place(cursor)).unwrap_or(0);
        let page: Vec<&Value> = fitting.iter().skip(from).take(limit).copied().collect();
        let end = from + page.len();
        let mut answer = json!({"data": page});
        if end > from {
            answer["paging"] = json!({"cursors": {"before": cursor(from), "after": cursor(end)}});
        }
        if end < fitting.len() {
            let base = self.sim.public_url();
            let after = cursor(end);
            answer["paging"]["next"] = json!(format!(
                "{base}/graph/{version}/{account}/message_templates?limit={limit}&after={after}"
            ));
        }
        Ok(answer)
    }

    fn add_template(&self, account: &str, body: &[u8]) -> Answered {
        let mut body: Value = serde_json::from_slice(body)
            .map_err(|_| GraphError::new(100, "The request body is not valid JSON"))?;
        for field in ["name", "language", "category"] {
            if body[field].as_str().is_none_or(str::is_empty) {
                return Err(GraphError::new(100, format!("The parameter {field} is required.")));
            }
        }
        let named = body["name"].as_str().unwrap_or_default();
        if !named.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Err(GraphError::new(
                100,
                "name may have lower-case letters, digits and underscores only",
            ));
        }
        let mut state = lock(&self.state);
        let held = state
            .config
            .accounts
            .iter_mut()
            .find(|held| held.id == account)
            .ok_or_else(|| GraphError::new(33, format!("Object with ID '{account}' does not exist")))?;
        let same = |held: &&Value| held["name"] == body["name"] && held["language"] == body["language"];
        if held.templates.iter().any(|held| same(&held)) {
            return Err(GraphError::new(100, "There is already content in this language"));
        }
        body["id"] = json!(self.sim.random().digits(15));
        body["status"] = json!("PENDING");
        held.templates.push(body.clone());
        Ok(json!({"id": body["id"], "status": "PENDING", "category": body["category"]}))
    }

    /// The approved template a message names, if its parameters fit.
    pub fn fitting_template(&self, number: &Number, part: &Value) -> Result<Value, GraphError> {
        let language = &part["language"]["code"];
        let found = {
            let state = lock(&self.state);
            let account = state.config.accounts.iter().find(|account| account.id == number.account);
            account.and_then(|account| {
                account
                    .templates
                    .iter()
                    .find(|held| held["name"] == part["name"] && held["language"] == *language)
                    .cloned()
            })
        };
        let name = part["name"].as_str().unwrap_or_default();
        let code = language.as_str().unwrap_or_default();
        let absent = || GraphError::new(132_001, format!("template name ({name}) does not exist in {code}"));
        let template = found.ok_or_else(absent)?;
        match template["status"].as_str() {
            Some("APPROVED") => {}
            Some("PAUSED") => return Err(GraphError::new(132_015, format!("template {name} is paused"))),
            Some("DISABLED") => return Err(GraphError::new(132_016, format!("template {name} is disabled"))),
            _ => return Err(absent()),
        }
        fits(&template, part)?;
        Ok(template)
    }
}

fn cursor(place: usize) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("p{place}"))
}

fn cursor_place(cursor: &str) -> Option<usize> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix('p')?.parse().ok()
}

/// Names or numbers between double braces, in the order of the text.
pub fn placeholders(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    inner.map(|(name, _)| name.trim().to_owned()).filter(|name| seen.insert(name.clone())).collect()
}

fn part_of<'a>(components: &'a Value, kind: &str) -> Option<&'a Value> {
    let all = components.as_array()?;
    all.iter().find(|part| part["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind)))
}

fn parameters(component: Option<&Value>) -> &[Value] {
    component.and_then(|component| component["parameters"].as_array()).map_or(&[], Vec::as_slice)
}

fn fits(template: &Value, part: &Value) -> Result<(), GraphError> {
    let named =
        template["parameter_format"].as_str().is_some_and(|format| format.eq_ignore_ascii_case("named"));
    for kind in ["header", "body"] {
        let Some(made) = part_of(&template["components"], kind) else { continue };
        let given = parameters(part_of(&part["components"], kind));
        match made["format"].as_str() {
            Some(media @ ("IMAGE" | "VIDEO" | "DOCUMENT" | "LOCATION")) => header_medium(media, given)?,
            _ => texts(kind, made["text"].as_str().unwrap_or_default(), given, named)?,
        }
    }
    if part_of(&template["components"], "body").is_some()
        && rendered(template, part, "body").chars().count() > 1_024
    {
        return Err(GraphError::new(132_005, "the filled-in body is longer than 1024 characters"));
    }
    buttons(template, part)
}

fn header_medium(media: &str, given: &[Value]) -> Result<(), GraphError> {
    let wanted = media.to_lowercase();
    let Some(first) = given.first() else {
        return Err(GraphError::new(
            132_012,
            format!("header: Format mismatch, expected {media}, received UNKNOWN"),
        ));
    };
    if first["type"] != wanted.as_str() {
        return Err(GraphError::new(132_012, format!("header: Format mismatch, expected {media}")));
    }
    let medium = &first[&wanted];
    let there = medium["id"].is_string() || medium["link"].is_string() || medium["latitude"].is_number();
    if there { Ok(()) } else { Err(check::missing(&format!("header {wanted}"))) }
}

fn texts(kind: &str, text: &str, given: &[Value], named: bool) -> Result<(), GraphError> {
    let wanted = placeholders(text);
    if wanted.len() != given.len() {
        return Err(GraphError::new(
            132_000,
            format!(
                "{kind}: number of localizable_params ({}) does not match the expected number of params ({})",
                given.len(),
                wanted.len()
            ),
        ));
    }
    for parameter in given {
        let filled = match parameter["type"].as_str() {
            Some("text") => parameter["text"].as_str(),
            Some("currency") => parameter["currency"]["fallback_value"].as_str(),
            Some("date_time") => parameter["date_time"]["fallback_value"].as_str(),
            _ => {
                return Err(GraphError::new(
                    132_012,
                    format!("{kind}: parameter type is not text, currency or date_time"),
                ));
            }
        };
        let filled = filled
            .filter(|filled| !filled.is_empty())
            .ok_or_else(|| check::missing(&format!("{kind} parameter")))?;
        if filled.contains(['\n', '\t']) || filled.contains("     ") {
            return Err(GraphError::new(
                132_012,
                format!(
                    "{kind}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
                ),
            ));
        }
        let name = parameter["parameter_name"].as_str();
        let right = if named {
            name.is_some_and(|name| wanted.iter().any(|known| known == name))
        } else {
            name.is_none()
        };
        if !right {
            return Err(GraphError::new(
                132_012,
                format!("{kind}: parameter names do not match the template"),
            ));
        }
    }
    Ok(())
}

fn buttons(template: &Value, part: &Value) -> Result<(), GraphError> {
    let Some(made) = part_of(&template["components"], "buttons") else { return Ok(()) };
    let made = made["buttons"].as_array().map_or(&[][..], Vec::as_slice);
    let given = part["components"].as_array().map_or(&[][..], Vec::as_slice);
    let at = |component: &Value| {
        component["index"].as_u64().or_else(|| component["index"].as_str().and_then(|text| text.parse().ok()))
    };
    for (index, button) in made.iter().enumerate() {
        let own = given.iter().find(|part| part["type"] == "button" && at(part) == u64::try_from(index).ok());
        let kind = button["type"].as_str().unwrap_or_default();
        let variable = kind == "URL" && !placeholders(button["url"].as_str().unwrap_or_default()).is_empty();
        if (variable || kind == "COPY_CODE") && parameters(own).is_empty() {
            return Err(GraphError::new(
                131_008,
                format!("buttons: Button at index {index} of type {kind} requires a parameter"),
            ));
        }
        let sub_type = own.and_then(|own| own["sub_type"].as_str());
        if sub_type.is_some_and(|sub_type| !sub_type.eq_ignore_ascii_case(kind)) {
            return Err(GraphError::new(
                132_012,
                format!("buttons: Button at index {index} is of type {kind}"),
            ));
        }
    }
    Ok(())
}

/// The text of the header or body with its parameters filled in.
pub fn rendered(template: &Value, part: &Value, kind: &str) -> String {
    let made = part_of(&template["components"], kind);
    let mut text = made.and_then(|made| made["text"].as_str()).unwrap_or_default().to_owned();
    for (place, parameter) in parameters(part_of(&part["components"], kind)).iter().enumerate() {
        let positional = (place + 1).to_string();
        let name = parameter["parameter_name"].as_str().unwrap_or(&positional);
        let kind = parameter["type"].as_str().unwrap_or("text");
        let filled = parameter["text"]
            .as_str()
            .or_else(|| parameter[kind]["fallback_value"].as_str())
            .unwrap_or_default();
        for braces in [format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")] {
            text = text.replace(&braces, filled);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        super::super::defaults::templates().remove(1)
    }

    fn part(body: &[&str], button: bool) -> Value {
        let parameters: Vec<Value> = body.iter().map(|text| json!({"type": "text", "text": text})).collect();
        let mut components = vec![json!({"type": "body", "parameters": parameters})];
        if button {
            components.push(json!({"type": "button", "sub_type": "url", "index": "0",
                "parameters": [{"type": "text", "text": "MC-1"}]}));
        }
        json!({"name": "recordatorio_pago", "language": {"code": "es"}, "components": components})
    }

    #[test]
    fn parameters_must_fit() {
        let code = |part: &Value| fits(&template(), part).map_or_else(|error| error.code, |()| 0);
        assert_eq!(code(&part(&["Ana", "320", "MC-1"], true)), 0);
        assert_eq!(code(&part(&["Ana"], true)), 132_000);
        assert_eq!(code(&part(&["Ana", "320", "MC-1"], false)), 131_008);
        assert_eq!(code(&part(&["Ana\n", "320", "MC-1"], true)), 132_012);
        assert_eq!(code(&part(&[&"x".repeat(1_000), "320", "MC-1"], true)), 132_005);
    }

    #[test]
    fn parameters_are_filled_in() {
        let text = rendered(&template(), &part(&["Ana", "320", "MC-1"], true), "body");
        assert_eq!(text, "Hola, Ana. Le recordamos el saldo de 320 dólares de su pedido MC-1.");
    }
}
