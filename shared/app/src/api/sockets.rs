//! Tickets for the realtime socket: single use, 30 seconds, so that no token stands in a URL.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde::Serialize;

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

/// Life of a ticket in milliseconds.
const TICKET_MILLIS: i64 = 30_000;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[Route {
    function: "api-sockets",
    method: Method::POST,
    path: "/console/{workspace}/sockets",
    operation: "createSocketTicket",
    access: Access::Member(None),
    body: None,
    status: 201,
    answer: Some("SocketTicket"),
    query: &[],
}];

/// Where and with what to open the socket.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SocketTicket {
    /// Goes into the query as `ticket`.
    pub ticket: String,
    pub url: String,
}

/// The resource.
#[allow(missing_docs)]
pub struct SocketsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Base of the socket's address.
    pub socket_url: String,
}

#[async_trait]
impl Resource for SocketsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, _call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        // The workspace stands in the ticket because the socket's first request names nothing else.
        let ticket = format!("{}.{}", member.workspace().id, self.ids.secret());
        let until = self.clock.now().plus(TICKET_MILLIS);
        member.store.put_ticket(&ticket, &member.user.id, until).await?;
        let answer = SocketTicket { ticket, url: self.socket_url.clone() };
        Ok(Response::json(StatusCode::CREATED, &answer))
    }
}
