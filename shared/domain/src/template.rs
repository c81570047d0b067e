//! Message templates that a provider has to approve.

use serde::{Deserialize, Serialize};

use crate::ids::ChannelId;
use crate::outbound::{BodyParameter, TemplateParameters};

/// Provider's category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TemplateCategory {
    Marketing,
    Utility,
    Authentication,
}

/// Provider's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TemplateStatus {
    Approved,
    Rejected,
    Pending,
    Paused,
    Disabled,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TemplateComponent {
    Header {
        format: HeaderFormat,
        #[serde(default)]
        text: Option<String>,
    },
    Body {
        text: String,
    },
    Footer {
        text: String,
    },
    Buttons {
        buttons: Vec<TemplateButton>,
    },
}

/// What a header holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum HeaderFormat {
    Text,
    Image,
    Video,
    Document,
    Location,
}

/// A button of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TemplateButton {
    /// The provider's type in lower case: `quick_reply`, `url`, `phone_number`, `copy_code`, `flow`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Label.
    pub text: String,
    /// Link, perhaps ending in `{{1}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Whether placeholders are numbered or named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ParameterFormat {
    #[default]
    Positional,
    Named,
}

/// A template as last synchronised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Template {
    pub channel_id: ChannelId,
    /// `[a-z0-9_]`, at most 512.
    pub name: String,
    pub language: String,
    pub category: TemplateCategory,
    pub status: TemplateStatus,
    /// Why it was rejected or paused, in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
    pub components: Vec<TemplateComponent>,
    #[serde(default)]
    pub parameter_format: ParameterFormat,
}

/// Why a template cannot be filled in with these parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Not approved.
    #[error("the template is not approved")]
    NotApproved(TemplateStatus),
    /// A placeholder has no value, or a value has no placeholder.
    #[error("the body takes {wanted} values, {given} were given")]
    BodyCount {
        /// Placeholders of the body.
        wanted: usize,
        /// Values given.
        given: usize,
    },
    /// A named placeholder has no value.
    #[error("no value for {{{{{0}}}}}")]
    Missing(String),
    /// A value is empty or holds a line break, tab or more than four spaces.
    #[error("value {0} is empty or holds a line break, a tab or a run of spaces")]
    BadValue(usize),
    /// The header needs a file or text.
    #[error("the header needs its value")]
    Header,
    /// A button with a variable link or code needs its value.
    #[error("button {0} needs its value")]
    Button(usize),
    /// The filled-in body is over the limit.
    #[error("the filled-in body is longer than 1,024 characters")]
    TooLong,
}

/// Placeholders of a text, in order of first appearance: `1`, `2`… or names.
pub fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        rest = &rest[start + 2..];
        let Some(end) = rest.find("}}") else { break };
        let name = rest[..end].trim();
        let legal = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if legal && !found.iter().any(|f| f == name) {
            found.push(name.to_owned());
        }
        rest = &rest[end + 2..];
    }
    found
}

/// Fills the placeholders of a text. One pass: what a value says is never taken for a placeholder.
pub fn fill(text: &str, values: &[BodyParameter]) -> String {
    let value_of = |placeholder: &str| {
        let by_name = values.iter().find(|v| v.name.as_deref() == Some(placeholder));
        let by_place = || values.get(placeholder.parse::<usize>().ok()?.checked_sub(1)?);
        by_name.or_else(|| by_place().filter(|v| v.name.is_none()))
    };
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let end = start + length + 2;
        filled.push_str(&rest[..start]);
        match value_of(rest[start + 2..end - 2].trim()) {
            Some(value) => filled.push_str(&value.text),
            None => filled.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    filled.push_str(rest);
    filled
}

impl Template {
    /// Text of the body.
    pub fn body(&self) -> &str {
        self.components
            .iter()
            .find_map(|c| if let TemplateComponent::Body { text } = c { Some(text.as_str()) } else { None })
            .unwrap_or_default()
    }

    /// Checks parameters as the provider will, so that the agent learns it before sending.
    pub fn check(&self, parameters: &TemplateParameters) -> Result<(), TemplateError> {
        if self.status != TemplateStatus::Approved {
            return Err(TemplateError::NotApproved(self.status));
        }
        let wanted = placeholders(self.body());
        if wanted.len() != parameters.body.len() {
            return Err(TemplateError::BodyCount { wanted: wanted.len(), given: parameters.body.len() });
        }
        let named = self.parameter_format == ParameterFormat::Named;
        let given = |name: &String| parameters.body.iter().any(|p| p.name.as_ref() == Some(name));
        if let Some(missing) = wanted.iter().find(|name| named && !given(name)) {
            return Err(TemplateError::Missing(missing.clone()));
        }
        for (index, value) in parameters.body.iter().enumerate() {
            let text = &value.text;
            if text.trim().is_empty() || text.contains(['\n', '\r', '\t']) || text.contains("     ") {
                return Err(TemplateError::BadValue(index));
            }
        }
        self.check_header_and_buttons(parameters)?;
        if fill(self.body(), &parameters.body).chars().count() > 1024 {
            return Err(TemplateError::TooLong);
        }
        Ok(())
    }

    fn check_header_and_buttons(&self, parameters: &TemplateParameters) -> Result<(), TemplateError> {
        for component in &self.components {
            match component {
                TemplateComponent::Header { format, text } => {
                    let variable = match format {
                        HeaderFormat::Text => text.as_deref().is_some_and(|t| !placeholders(t).is_empty()),
                        _ => true,
                    };
                    if variable && parameters.header.is_none() {
                        return Err(TemplateError::Header);
                    }
                }
                TemplateComponent::Buttons { buttons } => {
                    for (index, button) in buttons.iter().enumerate() {
                        let variable = button.kind == "copy_code"
                            || button.url.as_deref().is_some_and(|u| !placeholders(u).is_empty());
                        let given = parameters
                            .buttons
                            .iter()
                            .any(|b| usize::from(b.index) == index && !b.text.is_empty());
                        if variable && !given {
                            return Err(TemplateError::Button(index));
                        }
                    }
                }
                TemplateComponent::Body { .. } | TemplateComponent::Footer { .. } => {}
            }
        }
        Ok(())
    }
}
