//! The audit log of a workspace, and what every resource needs to write into it.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{Right, User};
use colibri_domain::{EventId, Millis};
use colibri_store::{AuditQuery, Page};
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;

use super::gate::{Caller, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

/// Rows of an exported log at most.
const MOST_ROWS: usize = 10_000;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        "api-audit",
        Method::GET,
        "/console/{workspace}/audit",
        "listAudit",
        Access::Member(Some(Right::AuditRead)),
        None,
        200,
        Some("AuditList"),
        &["from", "until", "user", "action", "cursor", "limit"],
    ),
    route(
        "api-audit",
        Method::GET,
        "/console/{workspace}/audit/export",
        "exportAudit",
        Access::Member(Some(Right::AuditRead)),
        None,
        200,
        None,
        &["from", "until", "user", "action"],
    ),
];

/// The newest entries first.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct AuditList {
    pub items: Vec<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl From<Page<AuditEntry>> for AuditList {
    fn from(page: Page<AuditEntry>) -> Self {
        Self { items: page.items, next_cursor: page.next_cursor }
    }
}

/// The resource.
#[allow(missing_docs)]
pub struct AuditResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for AuditResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let asked = query(&call)?;
        match call.operation {
            "listAudit" => {
                let page = member.store.audit_log(&asked).await?;
                Ok(Response::json(StatusCode::OK, &AuditList::from(page)))
            }
            "exportAudit" => {
                let entry = deed(&*self.ids, &*self.clock, &member.user, &call, AuditAction::AuditExported);
                member.store.audit(&entry).await?;
                let mut asked = AuditQuery { limit: 1_000, cursor: None, ..asked };
                let mut rows = Vec::new();
                loop {
                    let page = member.store.audit_log(&asked).await?;
                    rows.extend(page.items);
                    asked.cursor = page.next_cursor;
                    if asked.cursor.is_none() || rows.len() >= MOST_ROWS {
                        break;
                    }
                }
                Ok(table(rows))
            }
            _ => Err(Problem::not_found()),
        }
    }
}

/// What of a log is asked for.
pub(super) fn query(call: &Call) -> Result<AuditQuery, Problem> {
    let time = |name: &'static str| match call.query(name) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(at @ 0..=999_999_999_999_999) => Ok(Some(Millis(at))),
            _ => Err(Problem::invalid(format!("query:{name}"), "invalid_value", "milliseconds since 1970")),
        },
    };
    let action = match call.query("action") {
        None => None,
        Some(name) => Some(
            AuditAction::ALL
                .iter()
                .copied()
                .find(|action| action.name() == name)
                .ok_or_else(|| Problem::invalid("query:action", "invalid_value", "no such action"))?,
        ),
    };
    let user = match call.query("user") {
        None => None,
        Some(id) => {
            Some(id.parse().map_err(|_| Problem::invalid("query:user", "invalid_value", "no id of a user"))?)
        }
    };
    Ok(AuditQuery {
        from: time("from")?,
        until: time("until")?,
        user,
        action,
        cursor: call.query("cursor"),
        limit: call.limit(50)?,
    })
}

fn table(entries: Vec<AuditEntry>) -> Response {
    let head = ["time", "user_id", "user", "action", "target_id", "target", "details", "address"];
    let rows = entries.into_iter().map(|entry| {
        let at = jiff::Timestamp::from_millisecond(entry.at.0).map(|t| t.to_string()).unwrap_or_default();
        let details = entry.details.iter().map(|(name, value)| format!("{name}: {value}"));
        vec![
            at,
            entry.user_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            entry.user_name.clone(),
            entry.action.name().to_owned(),
            entry.target.clone().unwrap_or_default(),
            entry.target_name.clone(),
            details.collect::<Vec<_>>().join("; "),
            entry.address.clone(),
        ]
    });
    csv("audit.csv", &head, rows)
}

/// A deed of a signed-in user, to be completed and written with what it tells of.
pub fn deed(ids: &dyn Ids, clock: &dyn Clock, user: &User, call: &Call, action: AuditAction) -> AuditEntry {
    AuditEntry {
        id: EventId::from_unique(&ids.unique()),
        at: clock.now(),
        user_id: Some(user.id.clone()),
        user_name: user.name(),
        action,
        target: None,
        target_name: String::new(),
        details: std::collections::BTreeMap::new(),
        address: call.request.source_ip.clone(),
    }
}

/// A small table as a file: RFC 4180 with a byte order mark; a cell that a spreadsheet would run begins with an
/// apostrophe.
pub(super) fn csv(name: &'static str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Response {
    let mut text = String::from("\u{feff}");
    let mut line = |cells: Vec<String>| text.push_str(&csv_line(&cells));
    line(head.iter().map(|cell| (*cell).to_owned()).collect());
    rows.for_each(line);
    let mut response = Response::empty(StatusCode::OK);
    response.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    if let Ok(disposition) = disposition {
        response.headers.insert(http::header::CONTENT_DISPOSITION, disposition);
    }
    response.body = text.into();
    response
}

/// A line of such a file with its end.
pub(crate) fn csv_line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| safe(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

pub(crate) fn safe(cell: &str) -> String {
    let guarded =
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n', ';']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_table_runs_in_a_spreadsheet() {
        let cells = ["=HYPERLINK(\"x\")", "+593", "-2+3", "@SUM", "a,b", "dos\r\nlíneas", "Ana"];
        let response = csv("t.csv", &["a"], cells.iter().map(|cell| vec![(*cell).to_owned()]));
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        assert!(text.starts_with('\u{feff}'));
        for wanted in
            ["\"'=HYPERLINK(\"\"x\"\")\"", "'+593", "'-2+3", "'@SUM", "\"a,b\"", "\"dos\r\nlíneas\"", "Ana"]
        {
            assert!(text.contains(&format!("{wanted}\r\n")), "{wanted}: {text}");
        }
    }
}
