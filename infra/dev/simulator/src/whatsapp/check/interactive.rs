//! Buttons, lists, links, location requests and flows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Checked, invalid, missing, optional, text};

/// Limits and required parts of an `interactive` object.
pub fn check(part: &Value) -> Checked {
    let kind = part["type"].as_str().ok_or_else(|| missing("interactive['type']"))?;
    text(&part["body"]["text"], "interactive['body']['text']", 1_024)?;
    if !part["footer"].is_null() {
        text(&part["footer"]["text"], "interactive['footer']['text']", 60)?;
    }
    header(&part["header"], kind)?;
    let action = &part["action"];
    if !action.is_object() {
        return Err(missing("interactive['action']"));
    }
    match kind {
        "button" => buttons(action),
        "list" => list(action),
        "cta_url" => link(action),
        "location_request_message" => named(action, "send_location"),
        "flow" => flow(action),
        other => Err(invalid(format!("interactive['type'] {other} is not supported"))),
    }
}

fn header(header: &Value, kind: &str) -> Checked {
    if header.is_null() {
        return Ok(());
    }
    match header["type"].as_str() {
        Some("text") => text(&header["text"], "interactive['header']['text']", 60),
        Some(media @ ("image" | "video" | "document"))
            if kind == "button" || kind == "cta_url" || kind == "flow" =>
        {
            let medium = &header[media];
            if medium["id"].as_str().or_else(|| medium["link"].as_str()).is_none() {
                return Err(missing(&format!("interactive['header']['{media}']")));
            }
            Ok(())
        }
        Some(other) => Err(invalid(format!("a {kind} message cannot have a header of type {other}"))),
        None => Err(missing("interactive['header']['type']")),
    }
}

fn named(action: &Value, name: &str) -> Checked {
    if action["name"] == name {
        return Ok(());
    }
    Err(invalid(format!("interactive['action']['name'] must be {name}")))
}

/// Ids and titles may not repeat within a message.
fn distinct<'a>(values: impl Iterator<Item = &'a Value>, what: &str) -> Checked {
    let mut seen = BTreeSet::new();
    for value in values.filter_map(Value::as_str) {
        if !seen.insert(value) {
            return Err(invalid(format!("{what} must be different from each other")));
        }
    }
    Ok(())
}

fn buttons(action: &Value) -> Checked {
    let buttons = action["buttons"].as_array().filter(|buttons| !buttons.is_empty());
    let buttons = buttons.ok_or_else(|| missing("interactive['action']['buttons']"))?;
    if buttons.len() > 3 {
        return Err(invalid("interactive['action']['buttons'] may have at most 3 entries"));
    }
    for button in buttons {
        if button["type"] != "reply" {
            return Err(invalid("interactive['action']['buttons']['type'] must be reply"));
        }
        text(&button["reply"]["id"], "interactive['action']['buttons']['reply']['id']", 256)?;
        text(&button["reply"]["title"], "interactive['action']['buttons']['reply']['title']", 20)?;
    }
    distinct(buttons.iter().map(|button| &button["reply"]["id"]), "button ids")?;
    distinct(buttons.iter().map(|button| &button["reply"]["title"]), "button titles")
}

fn list(action: &Value) -> Checked {
    text(&action["button"], "interactive['action']['button']", 20)?;
    let sections = action["sections"].as_array().filter(|sections| !sections.is_empty());
    let sections = sections.ok_or_else(|| missing("interactive['action']['sections']"))?;
    if sections.len() > 10 {
        return Err(invalid("interactive['action']['sections'] may have at most 10 entries"));
    }
    let mut rows: Vec<&Value> = Vec::new();
    for section in sections {
        if sections.len() > 1 {
            text(&section["title"], "interactive['action']['sections']['title']", 24)?;
        }
        optional(&section["title"], "interactive['action']['sections']['title']", 24)?;
        let own = section["rows"].as_array().filter(|own| !own.is_empty());
        rows.extend(own.ok_or_else(|| missing("interactive['action']['sections']['rows']"))?);
    }
    if rows.len() > 10 {
        return Err(invalid("all sections together may have at most 10 rows"));
    }
    for row in &rows {
        text(&row["id"], "interactive['action']['sections']['rows']['id']", 200)?;
        text(&row["title"], "interactive['action']['sections']['rows']['title']", 24)?;
        optional(&row["description"], "interactive['action']['sections']['rows']['description']", 72)?;
    }
    distinct(rows.iter().map(|row| &row["id"]), "row ids")
}

fn link(action: &Value) -> Checked {
    named(action, "cta_url")?;
    let parameters = &action["parameters"];
    text(&parameters["display_text"], "interactive['action']['parameters']['display_text']", 20)?;
    text(&parameters["url"], "interactive['action']['parameters']['url']", 2_000)?;
    if parameters["url"].as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"))
    {
        return Ok(());
    }
    Err(invalid("interactive['action']['parameters']['url'] is not a valid URL"))
}

fn flow(action: &Value) -> Checked {
    named(action, "flow")?;
    let parameters = &action["parameters"];
    if parameters["flow_message_version"] != "3" {
        return Err(invalid("flow_message_version must be 3"));
    }
    if parameters["flow_id"].as_str().or_else(|| parameters["flow_name"].as_str()).is_none() {
        return Err(missing("interactive['action']['parameters']['flow_id']"));
    }
    text(&parameters["flow_cta"], "interactive['action']['parameters']['flow_cta']", 30)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(part: &Value) -> u32 {
        check(part).map_or_else(|error| error.code, |()| 0)
    }

    fn button(id: &str, title: &str) -> Value {
        json!({"type": "reply", "reply": {"id": id, "title": title}})
    }

    fn rows(count: usize) -> Vec<Value> {
        (0..count).map(|row| json!({"id": format!("r{row}"), "title": "Row"})).collect()
    }

    fn with(kind: &str, action: &Value) -> Value {
        json!({"type": kind, "body": {"text": "b"}, "action": action})
    }

    #[test]
    fn three_buttons_with_short_titles() {
        let three = [button("a", "One"), button("b", "Two"), button("c", "Three")];
        assert_eq!(code(&with("button", &json!({"buttons": three}))), 0);
        let mut four = three.to_vec();
        four.push(button("d", "Four"));
        assert_eq!(code(&with("button", &json!({"buttons": four}))), 131_009);
        assert_eq!(code(&with("button", &json!({"buttons": [button("a", &"x".repeat(21))]}))), 100);
        assert_eq!(code(&with("button", &json!({"buttons": [button("a", "x"), button("a", "y")]}))), 131_009);
    }

    #[test]
    fn ten_rows_in_all_sections_together() {
        let list = |sections: Value| with("list", &json!({"button": "Open", "sections": sections}));
        assert_eq!(code(&list(json!([{"rows": rows(10)}]))), 0);
        assert_eq!(code(&list(json!([{"rows": rows(11)}]))), 131_009);
        let mut other = rows(5);
        for (place, row) in other.iter_mut().enumerate() {
            row["id"] = json!(format!("s{place}"));
        }
        assert_eq!(
            code(&list(json!([{"title": "a", "rows": rows(6)}, {"title": "b", "rows": other}]))),
            131_009
        );
        assert_eq!(code(&list(json!([{"rows": rows(1)}, {"title": "b", "rows": rows(1)}]))), 131_008);
    }

    #[test]
    fn links_flows_and_location_requests() {
        let link = |url: &str| {
            with("cta_url", &json!({"name": "cta_url", "parameters": {"display_text": "Go", "url": url}}))
        };
        assert_eq!(code(&link("https://x.test")), 0);
        assert_eq!(code(&link("x.test")), 131_009);
        assert_eq!(code(&with("location_request_message", &json!({"name": "send_location"}))), 0);
        let flow = json!({"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"}});
        assert_eq!(code(&with("flow", &flow)), 0);
        assert_eq!(code(&with("product", &json!({}))), 131_009);
    }
}
