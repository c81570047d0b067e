//! Message templates as last synchronised.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::ChannelId;
use colibri_domain::people::Right;
use colibri_domain::template::Template;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::ports::Invoke;
use crate::problem::Problem;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    Route {
        function: "api-templates",
        method: Method::GET,
        path: "/console/{workspace}/templates",
        operation: "listTemplates",
        access: Access::Member(Some(Right::ContactRead)),
        body: None,
        status: 200,
        answer: Some("TemplateList"),
        query: &["channel"],
    },
    Route {
        function: "api-templates",
        method: Method::POST,
        path: "/console/{workspace}/templates/sync",
        operation: "syncTemplates",
        access: Access::Member(Some(Right::TemplateWrite)),
        body: Some("SyncRequest"),
        status: 202,
        answer: None,
        query: &[],
    },
];

/// Templates of one channel, or of all.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct TemplateList {
    pub items: Vec<Template>,
}

/// Which channel's templates to read again.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SyncRequest {
    pub channel_id: ChannelId,
}

/// The resource.
#[allow(missing_docs)]
pub struct TemplatesResource {
    pub invoke: Arc<dyn Invoke>,
}

#[async_trait]
impl Resource for TemplatesResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let known = |id: &ChannelId| member.settings.channels.iter().any(|c| c.id == *id);
        match call.operation {
            "listTemplates" => {
                let wanted = call.query("channel").map(|_| query_channel(&call)).transpose()?;
                let mut items = Vec::new();
                for channel in &member.settings.channels {
                    if wanted.as_ref().is_none_or(|w| *w == channel.id) {
                        items.extend(member.store.templates(&channel.id).await?);
                    }
                }
                Ok(Response::json(StatusCode::OK, &TemplateList { items }))
            }
            "syncTemplates" => {
                let body: SyncRequest = call.body()?;
                if !known(&body.channel_id) {
                    return Err(Problem::invalid("/channel_id", "unknown_channel", "no such channel"));
                }
                let job = serde_json::json!({ "workspace_id": member.workspace().id, "channel_id": body.channel_id });
                self.invoke.start("template-sync", &job.to_string()).await?;
                Ok(Response::empty(StatusCode::ACCEPTED))
            }
            _ => Err(Problem::not_found()),
        }
    }
}

fn query_channel(call: &Call) -> Result<ChannelId, Problem> {
    call.query("channel")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::invalid("query:channel", "unknown_channel", "no such channel"))
}
