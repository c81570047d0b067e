//! The shape of a template message, before its template is looked up.

use serde_json::Value;

use super::{Checked, invalid, missing, text};

/// Name, language and components have the right shape.
pub fn shape(part: &Value) -> Checked {
    text(&part["name"], "template['name']", 512)?;
    text(&part["language"]["code"], "template['language']['code']", 16)?;
    let components = match &part["components"] {
        Value::Null => return Ok(()),
        Value::Array(components) => components,
        _ => return Err(invalid("template['components'] must be an array")),
    };
    for component in components {
        match component["type"].as_str() {
            Some("header" | "body" | "carousel" | "limited_time_offer") => {}
            Some("button") => button(component)?,
            Some(other) => return Err(invalid(format!("template component type {other} is not supported"))),
            None => return Err(missing("template['components']['type']")),
        }
    }
    Ok(())
}

fn button(component: &Value) -> Checked {
    if component["sub_type"].as_str().is_none() {
        return Err(missing("template['components']['sub_type']"));
    }
    let index = &component["index"];
    let place = index.as_u64().or_else(|| index.as_str().and_then(|text| text.parse().ok()));
    match place {
        Some(0..=9) => Ok(()),
        Some(_) => Err(invalid("template['components']['index'] must be between 0 and 9")),
        None => Err(missing("template['components']['index']")),
    }
}
