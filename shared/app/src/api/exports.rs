//! Exports: asked for here, written by `contact-export`, fetched here for seven days.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::export::{
    ContactScope, ExportField, ExportJob, ExportStatus, ExportWhat, LONGEST_MILLIS, MessageScope, NAMED,
};
use colibri_domain::people::{Right, Visibility};
use colibri_domain::segment::compile;
use colibri_domain::{ChannelId, Millis, UserId};
use colibri_store::Files;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::deed;
use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::segments::dictionary_of;
use crate::export::file_name;
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::{FieldProblem, Problem};

const FUNCTION: &str = "api-exports";
/// What is asked for as text at most, in bytes.
const REQUEST_BYTES: usize = 131_072;
/// Tries of a change that the job comes before.
const TRIES: usize = 8;
const RIGHT: Access = Access::Member(Some(Right::DataExport));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/exports",
        "listExports",
        RIGHT,
        None,
        200,
        Some("ExportList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/exports",
        "createExport",
        RIGHT,
        Some("ExportRequest"),
        202,
        Some("ExportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/exports/{export}",
        "getExport",
        RIGHT,
        None,
        200,
        Some("ExportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/exports/{export}/cancel",
        "cancelExport",
        RIGHT,
        None,
        200,
        Some("ExportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/exports/{export}/link",
        "linkExport",
        RIGHT,
        None,
        200,
        Some("ExportLink"),
        &[],
    ),
];

/// What to export.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ExportRequest {
    pub what: ExportWhat,
}

/// An export as it is shown.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExportView {
    /// Its id.
    pub id: String,
    /// `contacts`, `messages` or `failed_messages`.
    pub kind: &'static str,
    /// First moment of the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Millis>,
    /// End of the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// Only this channel's messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// Only this author's messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who asked for it.
    pub requested_by: UserId,
    /// His name at the time.
    pub requested_name: String,
    /// Where it stands.
    pub status: ExportStatus,
    /// Contacts looked at.
    pub done: u64,
    /// Contacts to look at.
    pub total: u64,
    /// Rows written.
    pub rows: u64,
    /// Bytes written.
    pub size: u64,
    /// Why it failed: `not_allowed`, `invalid_filter`, `too_large`, `stalled` or `not_started`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: Millis,
    /// Until when the caller may fetch the file; absent where he may not, or no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_until: Option<Millis>,
}

/// The newest exports first, at most 50 of the last 90 days.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExportList {
    pub items: Vec<ExportView>,
}

/// An export.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExportAnswer {
    pub export: ExportView,
}

/// A signed address for five minutes.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ExportLink {
    pub url: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct ExportsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
}

#[async_trait]
impl Resource for ExportsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listExports" => {
                let all = member.store.exports().await?;
                let items = all.into_iter().map(|job| self.view(&member, job)).collect();
                Ok(Response::json(StatusCode::OK, &ExportList { items }))
            }
            "createExport" => self.create(&call, &member).await,
            "getExport" => {
                let job = found(&call, &member).await?;
                Ok(self.shown(StatusCode::OK, &member, job))
            }
            "cancelExport" => self.cancel(&call, &member).await,
            "linkExport" => self.link(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

async fn found(call: &Call, member: &Member) -> Result<ExportJob, Problem> {
    let id: String = call.id("export")?;
    member.store.export(&id).await?.ok_or_else(Problem::not_found)
}

/// Whether the file shows a member nothing that he may not see on the screen.
fn may_fetch(member: &Member, job: &ExportJob) -> bool {
    job.requested_by == member.user.id || member.membership.visibility == Visibility::All
}

impl ExportsResource {
    fn view(&self, member: &Member, job: ExportJob) -> ExportView {
        let now = self.clock.now();
        let job = if job.is_stale(now) { job.failed("stalled", now) } else { job };
        let scope = job.what.messages().cloned();
        ExportView {
            kind: job.what.kind(),
            from: scope.as_ref().map(|scope| scope.from),
            until: scope.as_ref().map(|scope| scope.until),
            channel_id: scope.as_ref().and_then(|scope| scope.channel_id.clone()),
            user_id: scope.and_then(|scope| scope.user_id),
            link_until: job.until().filter(|until| *until >= now && may_fetch(member, &job)),
            id: job.id,
            requested_by: job.requested_by,
            requested_name: job.requested_name,
            status: job.status,
            done: job.done,
            total: job.total,
            rows: job.rows,
            size: job.size,
            reason: job.reason,
            created_at: job.created_at,
        }
    }

    fn shown(&self, status: StatusCode, member: &Member, job: ExportJob) -> Response {
        Response::json(status, &ExportAnswer { export: self.view(member, job) })
    }

    async fn create(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        // Rows are judged by the place that somebody has in the workspace: a guest has none.
        if member.settings.member(&member.user.id).is_none() {
            return Err(Problem::forbidden());
        }
        if call.request.body.len() > REQUEST_BYTES {
            return Err(Problem::invalid("/what", "too_long", "at most 128 kB"));
        }
        let body: ExportRequest = call.body()?;
        let now = self.clock.now();
        let what = checked(member, body.what, now)?;
        let total = match &what {
            ExportWhat::Contacts(ContactScope { contact_ids: Some(ids), .. }) => ids.len() as u64,
            _ => member.store.newest_contact().await?.0,
        };
        let fields = member.settings.fields.iter();
        let job = ExportJob {
            id: format!("exp_{}", self.ids.unique()),
            requested_by: member.user.id.clone(),
            requested_name: member.user.name(),
            fields: fields.map(|f| ExportField { slug: f.slug.clone(), name: f.name.clone() }).collect(),
            what,
            status: ExportStatus::Queued,
            done: 0,
            total,
            parts: 0,
            rows: 0,
            size: 0,
            reason: None,
            created_at: now,
            updated_at: now,
            version: 0,
        };
        let entry = AuditEntry {
            target: Some(job.id.clone()),
            details: [("kind".to_owned(), job.what.kind().to_owned())].into(),
            ..deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::DataExported)
        };
        if let Some(other) = member.store.create_export(&job, &entry, now).await? {
            // The answer to the same request may have been lost.
            if other.requested_by == job.requested_by && other.what == job.what {
                return Ok(self.shown(StatusCode::ACCEPTED, member, other));
            }
            let detail = "Another export is being written: wait for it, or cancel it.";
            return Err(Problem::conflict("export_running", detail));
        }
        let job = ExportJob { version: 1, ..job };
        let asked = json!({ "workspace_id": member.workspace().id, "export_id": job.id });
        if let Err(error) = self.invoke.start("contact-export", &asked.to_string()).await {
            member.store.save_export(&job.failed("not_started", now)).await?;
            return Err(error.into());
        }
        Ok(self.shown(StatusCode::ACCEPTED, member, job))
    }

    async fn cancel(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        for _ in 0..TRIES {
            let job = found(call, member).await?;
            if job.status == ExportStatus::Canceled {
                return Ok(self.shown(StatusCode::OK, member, job));
            }
            if !job.is_active() {
                return Err(Problem::conflict("export_over", "The export is over already."));
            }
            let job = ExportJob { status: ExportStatus::Canceled, updated_at: self.clock.now(), ..job };
            if member.store.save_export(&job).await? {
                return Ok(self.shown(StatusCode::OK, member, job));
            }
        }
        Err(Problem::unavailable(1))
    }

    async fn link(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let job = found(call, member).await?;
        if !may_fetch(member, &job) {
            return Err(Problem::forbidden());
        }
        let until = job.until();
        let until = until.ok_or_else(|| Problem::conflict("export_not_ready", "There is no file of it."))?;
        if until < self.clock.now() {
            let detail = "The file was kept for 7 days. Export again.";
            return Err(Problem::new(StatusCode::GONE, "export_expired", detail));
        }
        let name = format!("{}-{}.csv", job.what.kind(), day(job.created_at));
        let url = self.files.sign_export(&member.workspace().id, &file_name(&job.id), &name).await?;
        Ok(Response::json(StatusCode::OK, &ExportLink { url }))
    }
}

/// A date as a name of a file holds it (UTC).
fn day(at: Millis) -> String {
    let time = jiff::Timestamp::from_millisecond(at.0);
    time.map(|time| time.to_string().chars().take(10).collect()).unwrap_or_default()
}

fn checked(member: &Member, what: ExportWhat, now: Millis) -> Result<ExportWhat, Problem> {
    Ok(match what {
        ExportWhat::Contacts(mut scope) => {
            if let Some(filter) = &scope.filter {
                compile(filter, &dictionary_of(&member.settings, now)).map_err(|faults| {
                    let mut problem = Problem::invalid("/what/filter", "invalid_filter", "see errors");
                    problem.errors = faults
                        .into_iter()
                        .map(|fault| FieldProblem {
                            pointer: format!("/what/filter{}", fault.pointer),
                            code: fault.code.to_owned(),
                            detail: fault.detail.to_owned(),
                        })
                        .collect();
                    problem
                })?;
            }
            if let Some(ids) = &mut scope.contact_ids {
                ids.sort_unstable();
                ids.dedup();
                if ids.is_empty() || ids.len() > NAMED {
                    return Err(Problem::invalid("/what/contact_ids", "length", "1 to 10,000 contacts"));
                }
            }
            ExportWhat::Contacts(scope)
        }
        ExportWhat::Messages(scope) => ExportWhat::Messages(period(member, scope)?),
        ExportWhat::FailedMessages(scope) => ExportWhat::FailedMessages(period(member, scope)?),
    })
}

fn period(member: &Member, scope: MessageScope) -> Result<MessageScope, Problem> {
    let last = Millis(999_999_999_999_999);
    if scope.from < Millis(0) || scope.until > last || scope.until <= scope.from {
        return Err(Problem::invalid("/what/until", "out_of_range", "after the beginning"));
    }
    if scope.until.since(scope.from) > LONGEST_MILLIS {
        return Err(Problem::invalid("/what/until", "out_of_range", "at most 12 months in one file"));
    }
    if scope.channel_id.as_ref().is_some_and(|id| member.settings.channel(id).is_none()) {
        return Err(Problem::invalid("/what/channel_id", "unknown_channel", "no such channel"));
    }
    if scope.user_id.as_ref().is_some_and(|id| member.settings.member(id).is_none()) {
        return Err(Problem::invalid("/what/user_id", "unknown_user", "no such user in this workspace"));
    }
    Ok(scope)
}
