//! The workspace's dictionary of tags. Contacts hold ids: renaming keeps assignments, and an id that is in the
//! dictionary no more is shown nowhere.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{Right, Tag};
use colibri_domain::text::fold;
use colibri_store::{SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Resource};
use super::route::{Access, Call, Route, route};
use super::teams::checked;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-tags";
/// Tags of a workspace at most.
const MOST: usize = 500;
/// Longest name in characters.
const NAME_CHARS: usize = 255;
/// What the console knows how to draw.
const COLORS: [&str; 7] = ["teal", "blue", "green", "amber", "red", "pink", "gray"];
const WRITE: Access = Access::Member(Some(Right::TagWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/tags",
        "createTag",
        WRITE,
        Some("TagRequest"),
        201,
        Some("TagAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/tags/{tag}",
        "updateTag",
        WRITE,
        Some("TagRequest"),
        200,
        Some("TagAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/tags/{tag}",
        "deleteTag",
        WRITE,
        None,
        204,
        None,
        &[],
    ),
];

/// A tag as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagRequest {
    /// 1 to 255 characters, unlike any other tag's.
    pub name: String,
    /// One picture.
    #[serde(default)]
    pub emoji: Option<String>,
    /// `teal`, `blue`, `green`, `amber`, `red`, `pink` or `gray`.
    pub color: String,
    /// At most 255 characters.
    #[serde(default)]
    pub description: String,
}

/// A tag.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TagAnswer {
    pub tag: Tag,
}

/// The resource.
#[allow(missing_docs)]
pub struct TagsResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for TagsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, &call, AuditAction::SettingsChanged);
        let response = match call.operation {
            "createTag" => {
                let tag = call.body::<TagRequest>()?.tag(format!("tag_{}", self.ids.unique()))?;
                let rule = |settings: &Settings| {
                    if settings.tags.len() >= MOST {
                        return Err(Problem::refused("too_many_tags", "A workspace has 500 tags at most."));
                    }
                    put(settings, &tag, noted(&entry, &tag, "created"))
                };
                member.store.change_settings(rule).await?;
                Response::json(StatusCode::CREATED, &TagAnswer { tag })
            }
            "updateTag" => {
                let tag = call.body::<TagRequest>()?.tag(call.id("tag")?)?;
                let rule = |settings: &Settings| {
                    known(settings, &tag.id)?;
                    put(settings, &tag, noted(&entry, &tag, "changed"))
                };
                member.store.change_settings(rule).await?;
                Response::json(StatusCode::OK, &TagAnswer { tag })
            }
            "deleteTag" => {
                let id: String = call.id("tag")?;
                let rule = |settings: &Settings| {
                    let tag = known(settings, &id)?;
                    let entries = vec![noted(&entry, tag, "deleted")];
                    Ok::<_, Problem>((vec![SettingWrite::NoTag(id.clone())], entries))
                };
                member.store.change_settings(rule).await?;
                Response::empty(StatusCode::NO_CONTENT)
            }
            _ => return Err(Problem::not_found()),
        };
        self.gate.forget_settings(&member.workspace().id);
        Ok(response)
    }
}

fn known<'a>(settings: &'a Settings, id: &str) -> Result<&'a Tag, Problem> {
    settings.tags.iter().find(|tag| tag.id == id).ok_or_else(Problem::not_found)
}

fn put(
    settings: &Settings,
    tag: &Tag,
    entry: AuditEntry,
) -> Result<(Vec<SettingWrite>, Vec<AuditEntry>), Problem> {
    let same = |other: &Tag| other.id != tag.id && fold(&other.name) == fold(&tag.name);
    if settings.tags.iter().any(same) {
        return Err(Problem::conflict("name_taken", "Another tag has this name."));
    }
    Ok((vec![SettingWrite::Tag(tag.clone())], vec![entry]))
}

fn noted(entry: &AuditEntry, tag: &Tag, how: &str) -> AuditEntry {
    AuditEntry {
        target: Some(tag.id.clone()),
        target_name: tag.name.clone(),
        details: [("tag".to_owned(), how.to_owned())].into(),
        ..entry.clone()
    }
}

/// One picture at most: a few code points, none of them a letter or a blank.
pub(super) fn picture(text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let drawn = |c: char| !c.is_ascii_alphanumeric() && !c.is_whitespace() && !c.is_control();
    if text.chars().count() <= 8 && text.chars().all(drawn) {
        return Ok(Some(text.to_owned()));
    }
    Err(Problem::invalid("/emoji", "invalid_value", "one emoji"))
}

impl TagRequest {
    fn tag(self, id: String) -> Result<Tag, Problem> {
        let name = checked("/name", &self.name, NAME_CHARS)?;
        if name.is_empty() {
            return Err(Problem::invalid("/name", "required", "A tag has a name."));
        }
        if !COLORS.contains(&self.color.as_str()) {
            return Err(Problem::invalid("/color", "unknown_value", "one of the named colours"));
        }
        Ok(Tag {
            id,
            name,
            emoji: picture(self.emoji.as_deref())?,
            color: self.color,
            description: checked("/description", &self.description, 255)?,
        })
    }
}
