//! The user's notification centre in one workspace.

use async_trait::async_trait;
use colibri_domain::NotificationId;
use colibri_store::Notification;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::problem::Problem;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    Route {
        function: "api-notifications",
        method: Method::GET,
        path: "/console/{workspace}/notifications",
        operation: "listNotifications",
        access: Access::Member(None),
        body: None,
        status: 200,
        answer: Some("NotificationList"),
        query: &[],
    },
    Route {
        function: "api-notifications",
        method: Method::POST,
        path: "/console/{workspace}/notifications/read",
        operation: "readNotifications",
        access: Access::Member(None),
        body: Some("ReadNotificationsRequest"),
        status: 204,
        answer: None,
        query: &[],
    },
];

/// The newest 100.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct NotificationList {
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<Notification>,
    pub unread: u32,
}

/// Which to mark as read; none named: all.
#[derive(Deserialize, Serialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ReadNotificationsRequest {
    pub ids: Vec<NotificationId>,
}

/// The resource.
pub struct NotificationsResource;

#[async_trait]
impl Resource for NotificationsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let user = &member.user.id;
        match call.operation {
            "listNotifications" => {
                let items = member.store.notifications(user, 100).await?;
                let unread = u32::try_from(items.iter().filter(|n| !n.read).count()).unwrap_or(u32::MAX);
                Ok(Response::json(StatusCode::OK, &NotificationList { items, unread }))
            }
            "readNotifications" => {
                let body: ReadNotificationsRequest = if call.request.body.is_empty() {
                    ReadNotificationsRequest::default()
                } else {
                    call.body()?
                };
                member.store.mark_notifications_read(user, &body.ids).await?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Problem::not_found()),
        }
    }
}
