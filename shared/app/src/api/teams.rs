//! Teams of a workspace.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{Membership, Right, Team};
use colibri_domain::{TeamId, UserId};
use colibri_store::{SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-teams";
/// Teams of a workspace at most.
const MOST: usize = 100;
/// Memberships that one change touches at most: it is one transaction.
const MOST_CHANGES: usize = 80;
const WRITE: Access = Access::Member(Some(Right::TeamWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/teams",
        "createTeam",
        WRITE,
        Some("TeamRequest"),
        201,
        Some("TeamAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/teams/{team}",
        "updateTeam",
        WRITE,
        Some("TeamRequest"),
        200,
        Some("TeamAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/teams/{team}",
        "deleteTeam",
        Access::Member(Some(Right::TeamDelete)),
        None,
        204,
        None,
        &[],
    ),
];

/// A team as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRequest {
    /// At most 64 characters, unlike any other team's.
    pub name: String,
    /// At most 255 characters.
    #[serde(default)]
    pub description: String,
    /// Everybody who belongs to it; absent: as before.
    #[serde(default)]
    pub members: Option<Vec<UserId>>,
}

/// A team.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TeamAnswer {
    pub team: Team,
}

/// The resource.
#[allow(missing_docs)]
pub struct TeamsResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for TeamsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let note = |action| deed(&*self.ids, &*self.clock, &member.user, &call, action);
        let response = match call.operation {
            "createTeam" => {
                let asked: TeamRequest = call.body()?;
                let team = asked.team(TeamId::from_unique(&self.ids.unique()))?;
                let entry = about(note(AuditAction::TeamCreated), &team);
                let rule = |settings: &Settings| {
                    if settings.teams.len() >= MOST {
                        return Err(Problem::refused("too_many_teams", "A workspace has 100 teams at most."));
                    }
                    asked.writes(settings, &team).map(|writes| (writes, vec![entry.clone()]))
                };
                member.store.change_settings(rule).await?;
                Response::json(StatusCode::CREATED, &TeamAnswer { team })
            }
            "updateTeam" => {
                let asked: TeamRequest = call.body()?;
                let team = asked.team(call.id("team")?)?;
                let entry = about(note(AuditAction::TeamChanged), &team);
                let rule = |settings: &Settings| {
                    known(settings, &team.id)?;
                    asked.writes(settings, &team).map(|writes| (writes, vec![entry.clone()]))
                };
                member.store.change_settings(rule).await?;
                Response::json(StatusCode::OK, &TeamAnswer { team })
            }
            "deleteTeam" => {
                let id: TeamId = call.id("team")?;
                let entry = note(AuditAction::TeamDeleted);
                let rule = |settings: &Settings| {
                    let team = known(settings, &id)?;
                    let write = SettingWrite::NoTeam(id.clone());
                    Ok::<_, Problem>((vec![write], vec![about(entry.clone(), team)]))
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

fn known<'a>(settings: &'a Settings, id: &TeamId) -> Result<&'a Team, Problem> {
    settings.teams.iter().find(|team| team.id == *id).ok_or_else(Problem::not_found)
}

fn about(entry: AuditEntry, team: &Team) -> AuditEntry {
    AuditEntry { target: Some(team.id.to_string()), target_name: team.name.clone(), ..entry }
}

/// A name of something in the settings: trimmed, not empty, at most 64 characters, without control characters.
pub(super) fn checked(pointer: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(Problem::invalid(
            pointer,
            "invalid_value",
            format!("at most {most} characters, no control characters"),
        ));
    }
    Ok(text.to_owned())
}

impl TeamRequest {
    fn team(&self, id: TeamId) -> Result<Team, Problem> {
        let name = checked("/name", &self.name, 64)?;
        if name.is_empty() {
            return Err(Problem::invalid("/name", "required", "A team has a name."));
        }
        Ok(Team { id, name, description: checked("/description", &self.description, 255)? })
    }

    fn writes(&self, settings: &Settings, team: &Team) -> Result<Vec<SettingWrite>, Problem> {
        let same =
            |other: &Team| other.id != team.id && other.name.to_lowercase() == team.name.to_lowercase();
        if settings.teams.iter().any(same) {
            return Err(Problem::conflict("name_taken", "Another team has this name."));
        }
        let mut writes = vec![SettingWrite::Team(team.clone())];
        let Some(wanted) = &self.members else { return Ok(writes) };
        if wanted.iter().any(|user| settings.member(user).is_none()) {
            return Err(Problem::invalid("/members", "unknown_user", "One of them is no user here."));
        }
        for member in &settings.members {
            let (is, shall) = (member.teams.contains(&team.id), wanted.contains(&member.user_id));
            if is != shall {
                let mut next: Membership = member.clone();
                next.teams.retain(|id| *id != team.id);
                if shall {
                    next.teams.push(team.id.clone());
                }
                writes.push(SettingWrite::Member(next));
            }
        }
        if writes.len() > MOST_CHANGES {
            let detail = "At most 80 people come or go with one change.";
            return Err(Problem::invalid("/members", "too_many", detail));
        }
        Ok(writes)
    }
}
