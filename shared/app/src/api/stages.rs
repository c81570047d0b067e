//! Lifecycle stages: the workspace's own words for the way from a stranger to a customer.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{Right, Stage};
use colibri_domain::text::fold;
use colibri_store::{SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Resource};
use super::route::{Access, Call, Route, route};
use super::tags::picture;
use super::teams::checked;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-stages";
/// Stages of a workspace at most: one transaction orders them all.
const MOST: usize = 30;
const WRITE: Access = Access::Member(Some(Right::SettingsWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/stages",
        "createStage",
        WRITE,
        Some("StageRequest"),
        201,
        Some("StageList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/console/{workspace}/stages",
        "orderStages",
        WRITE,
        Some("OrderRequest"),
        200,
        Some("StageList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/stages/{stage}",
        "updateStage",
        WRITE,
        Some("StageRequest"),
        200,
        Some("StageList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/stages/{stage}",
        "deleteStage",
        WRITE,
        None,
        200,
        Some("StageList"),
        &[],
    ),
];

/// A stage as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageRequest {
    /// 1 to 64 characters, unlike any other stage's.
    pub name: String,
    /// One picture.
    #[serde(default)]
    pub emoji: Option<String>,
    /// At most 255 characters.
    #[serde(default)]
    pub description: String,
    /// Whoever stands here was lost on the way.
    #[serde(default)]
    pub lost: bool,
}

/// The ids of all, in the order that they shall have.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// Each once.
    pub ids: Vec<String>,
}

/// All stages in their order.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StageList {
    /// At most 30.
    pub items: Vec<Stage>,
}

/// The resource.
#[allow(missing_docs)]
pub struct StagesResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for StagesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, &call, AuditAction::SettingsChanged);
        let mut status = StatusCode::OK;
        match call.operation {
            "createStage" => {
                status = StatusCode::CREATED;
                let stage = call.body::<StageRequest>()?.stage(format!("st_{}", self.ids.unique()))?;
                let rule = |settings: &Settings| {
                    if settings.stages.len() >= MOST {
                        let detail = "A workspace has 30 lifecycle stages at most.";
                        return Err(Problem::refused("too_many_stages", detail));
                    }
                    let position = settings.stages.last().map_or(0, |last| last.position + 1);
                    put(settings, Stage { position, ..stage.clone() }, &entry, "created")
                };
                member.store.change_settings(rule).await?;
            }
            "updateStage" => {
                let stage = call.body::<StageRequest>()?.stage(call.id("stage")?)?;
                let rule = |settings: &Settings| {
                    let position = known(settings, &stage.id)?.position;
                    put(settings, Stage { position, ..stage.clone() }, &entry, "changed")
                };
                member.store.change_settings(rule).await?;
            }
            "orderStages" => {
                let wanted = call.body::<OrderRequest>()?.ids;
                let rule = |settings: &Settings| {
                    let writes = ordered(settings, &wanted)?;
                    let changed = !writes.is_empty();
                    Ok::<_, Problem>((writes, if changed { vec![entry.clone()] } else { Vec::new() }))
                };
                member.store.change_settings(rule).await?;
            }
            "deleteStage" => {
                let id: String = call.id("stage")?;
                let rule = |settings: &Settings| {
                    let entries = vec![noted(&entry, known(settings, &id)?, "deleted")];
                    Ok::<_, Problem>((vec![SettingWrite::NoStage(id.clone())], entries))
                };
                member.store.change_settings(rule).await?;
            }
            _ => return Err(Problem::not_found()),
        }
        self.gate.forget_settings(&member.workspace().id);
        let settings = member.store.settings_now().await?.ok_or_else(Problem::not_found)?;
        Ok(Response::json(status, &StageList { items: settings.stages }))
    }
}

fn known<'a>(settings: &'a Settings, id: &str) -> Result<&'a Stage, Problem> {
    settings.stages.iter().find(|stage| stage.id == id).ok_or_else(Problem::not_found)
}

fn put(
    settings: &Settings,
    stage: Stage,
    entry: &AuditEntry,
    how: &str,
) -> Result<(Vec<SettingWrite>, Vec<AuditEntry>), Problem> {
    let same = |other: &Stage| other.id != stage.id && fold(&other.name) == fold(&stage.name);
    if settings.stages.iter().any(same) {
        return Err(Problem::conflict("name_taken", "Another lifecycle stage has this name."));
    }
    let entries = vec![noted(entry, &stage, how)];
    Ok((vec![SettingWrite::Stage(stage)], entries))
}

/// The writes that put the stages into another order.
fn ordered(settings: &Settings, wanted: &[String]) -> Result<Vec<SettingWrite>, Problem> {
    let all = settings.stages.len() == wanted.len()
        && settings.stages.iter().all(|stage| wanted.contains(&stage.id));
    if !all {
        return Err(Problem::invalid("/ids", "not_all", "the ids of all lifecycle stages, each once"));
    }
    let placed = wanted.iter().enumerate().filter_map(|(place, id)| {
        let stage = settings.stages.iter().find(|stage| stage.id == *id)?;
        let position = u32::try_from(place).ok()?;
        (stage.position != position).then(|| SettingWrite::Stage(Stage { position, ..stage.clone() }))
    });
    Ok(placed.collect())
}

fn noted(entry: &AuditEntry, stage: &Stage, how: &str) -> AuditEntry {
    AuditEntry {
        target: Some(stage.id.clone()),
        target_name: stage.name.clone(),
        details: [("stage".to_owned(), how.to_owned())].into(),
        ..entry.clone()
    }
}

impl StageRequest {
    fn stage(self, id: String) -> Result<Stage, Problem> {
        let name = checked("/name", &self.name, 64)?;
        if name.is_empty() {
            return Err(Problem::invalid("/name", "required", "A lifecycle stage has a name."));
        }
        Ok(Stage {
            id,
            name,
            emoji: picture(self.emoji.as_deref())?,
            description: checked("/description", &self.description, 255)?,
            lost: self.lost,
            position: 0,
        })
    }
}
