//! Segments, and the table of contacts that a filter lets in.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::contact::{Head, Profile};
use colibri_domain::people::Right;
use colibri_domain::segment::{
    Dictionary, Fault, Filter, NAME_CHARS, Predicate, SEGMENTS, Segment, Subject, compile,
};
use colibri_domain::text::fold;
use colibri_domain::{ContactId, Millis};
use colibri_store::{RowOrder, RowQuery, SegmentWrite, Settings, Wanted};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audit::deed;
use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::teams::checked;
use super::view::{ContactDetail, Page};
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::{FieldProblem, Problem};

const FUNCTION: &str = "api-segments";
/// A filter as text at most, in bytes.
const FILTER_BYTES: usize = 16_384;
/// Contacts of a page at most.
const ROWS: u32 = 100;
const READ: Access = Access::Member(Some(Right::ContactModule));
const WRITE: Access = Access::Member(Some(Right::SegmentWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/segments",
        "listSegments",
        READ,
        None,
        200,
        Some("SegmentList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/segments",
        "createSegment",
        WRITE,
        Some("SegmentRequest"),
        201,
        Some("SegmentAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/segments/contacts",
        "queryContacts",
        READ,
        Some("ContactQuery"),
        200,
        Some("ContactDetailPage"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/segments/count",
        "countSegment",
        READ,
        Some("CountRequest"),
        200,
        Some("CountAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/console/{workspace}/segments/{segment}",
        "updateSegment",
        WRITE,
        Some("SegmentRequest"),
        200,
        Some("SegmentAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/segments/{segment}",
        "deleteSegment",
        WRITE,
        None,
        204,
        None,
        &[],
    ),
];

/// A segment as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentRequest {
    /// 1 to 100 characters, unlike any other segment's.
    pub name: String,
    /// `{"all": [...]}` or `{"any": [...]}` of groups and conditions; a condition is `field`, `operator` and `value`.
    #[schema(value_type = Object)]
    pub filter: Value,
    /// The version that was read; absent for a new one.
    #[serde(default)]
    pub version: u64,
}

/// A segment, with what is wrong with its filter now.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SegmentView {
    #[serde(flatten)]
    pub segment: Segment,
    /// Something that it names is gone: it lets nobody in until this is mended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// All segments in the order of their names.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SegmentList {
    /// At most 500.
    pub items: Vec<SegmentView>,
}

/// A segment.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SegmentAnswer {
    pub segment: SegmentView,
}

/// How rows are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ContactOrder {
    #[default]
    Created,
    Activity,
    Name,
}

/// Which contacts.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactQuery {
    /// As in a segment; absent: everybody.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// Only who is found by these words; then the order is that of the search.
    #[serde(default)]
    pub search: Option<String>,
    #[serde(default)]
    #[allow(missing_docs)]
    pub order: ContactOrder,
    /// From the end: newest first.
    #[serde(default)]
    pub descending: bool,
    /// 1 to 100; 50 where it is absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Of the page before. There may be more after a page with few rows or none.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Whom to count.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// As in a segment; absent: everybody.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// `up_to` of the answer before; 0 at the beginning.
    #[serde(default)]
    pub after: u64,
}

/// A part of a count: the next 5,000 ids.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CountAnswer {
    /// Contacts that were let in.
    pub matched: u64,
    /// Contacts among those looked at.
    pub seen: u64,
    /// Ids up to this one have been looked at.
    pub up_to: u64,
    /// Nobody is beyond this id.
    pub last: u64,
}

/// The resource.
#[allow(missing_docs)]
pub struct SegmentsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for SegmentsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listSegments" => {
                let all = member.store.segments().await?;
                let items = all.items.into_iter().map(|segment| self.view(&member, segment)).collect();
                Ok(Response::json(StatusCode::OK, &SegmentList { items }))
            }
            "createSegment" => self.create(&call, &member).await,
            "updateSegment" => self.update(&call, &member).await,
            "deleteSegment" => self.delete(&call, &member).await,
            "queryContacts" => self.query(&call, &member).await,
            "countSegment" => self.count(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl SegmentsResource {
    fn view(&self, member: &Member, segment: Segment) -> SegmentView {
        let faults = compile(&segment.filter, &dictionary(member, &*self.clock)).err().unwrap_or_default();
        SegmentView { segment, faults }
    }

    fn predicate(&self, member: &Member, filter: Option<Value>) -> Result<(Filter, Predicate), Problem> {
        let filter = match filter {
            None => Filter::default(),
            Some(value) => {
                if value.to_string().len() > FILTER_BYTES {
                    return Err(Problem::invalid("/filter", "too_long", "at most 16 kB"));
                }
                let unreadable = |_| {
                    Problem::invalid("/filter", "invalid_filter", "groups and conditions, see the document")
                };
                serde_json::from_value(value).map_err(unreadable)?
            }
        };
        let predicate = compile(&filter, &dictionary(member, &*self.clock)).map_err(told)?;
        Ok((filter, predicate))
    }

    fn asked(&self, call: &Call, member: &Member, id: String) -> Result<Segment, Problem> {
        let body: SegmentRequest = call.body()?;
        let name = checked("/name", &body.name, NAME_CHARS)?;
        if name.is_empty() {
            return Err(Problem::invalid("/name", "required", "A segment has a name."));
        }
        let (filter, _) = self.predicate(member, Some(body.filter))?;
        Ok(Segment { id, name, filter, version: body.version })
    }

    fn entry(&self, call: &Call, member: &Member, segment: &Segment, how: &str) -> AuditEntry {
        AuditEntry {
            target: Some(segment.id.clone()),
            target_name: segment.name.clone(),
            details: [("segment".to_owned(), how.to_owned())].into(),
            ..deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::SettingsChanged)
        }
    }

    async fn create(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let segment = self.asked(call, member, format!("sg_{}", self.ids.unique()))?;
        let segment = Segment { version: 0, ..segment };
        let entry = self.entry(call, member, &segment, "created");
        let rule = |all: &[Segment]| {
            // The answer to the same request may have been lost.
            if let Some(same) =
                all.iter().find(|other| other.name == segment.name && other.filter == segment.filter)
            {
                return Ok((SegmentWrite::Nothing(Some(same.clone())), None));
            }
            free(all, &segment)?;
            if all.len() >= SEGMENTS {
                return Err(Problem::refused("too_many_segments", "A workspace has 500 segments at most."));
            }
            Ok((SegmentWrite::Put(segment.clone()), Some(entry.clone())))
        };
        let stored = member.store.change_segments(rule).await?.ok_or_else(Problem::not_found)?;
        Ok(Response::json(StatusCode::CREATED, &SegmentAnswer { segment: self.view(member, stored) }))
    }

    async fn update(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let segment = self.asked(call, member, call.id("segment")?)?;
        let entry = self.entry(call, member, &segment, "changed");
        let rule = |all: &[Segment]| {
            let known = all.iter().find(|other| other.id == segment.id).ok_or_else(Problem::not_found)?;
            if known.name == segment.name && known.filter == segment.filter {
                return Ok((SegmentWrite::Nothing(Some(known.clone())), None));
            }
            if known.version != segment.version {
                let detail = format!("Somebody else changed it; its version is {} now.", known.version);
                return Err(Problem::conflict("stale_version", detail));
            }
            free(all, &segment)?;
            Ok((SegmentWrite::Put(segment.clone()), Some(entry.clone())))
        };
        let stored = member.store.change_segments(rule).await?.ok_or_else(Problem::not_found)?;
        Ok(Response::json(StatusCode::OK, &SegmentAnswer { segment: self.view(member, stored) }))
    }

    async fn delete(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: String = call.id("segment")?;
        let rule = |all: &[Segment]| {
            let known = all.iter().find(|other| other.id == id).ok_or_else(Problem::not_found)?;
            let entry = self.entry(call, member, known, "deleted");
            Ok::<_, Problem>((SegmentWrite::Delete(id.clone()), Some(entry)))
        };
        member.store.change_segments(rule).await?;
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    async fn query(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let asked: ContactQuery = call.body()?;
        let limit = asked.limit.unwrap_or(50);
        if limit == 0 || limit > ROWS {
            return Err(Problem::invalid("/limit", "out_of_range", "1 to 100"));
        }
        let (_, predicate) = self.predicate(member, asked.filter)?;
        let judge = |head: &Head, profile: Option<&Profile>| {
            member.sees(head) && predicate.holds(&Subject { head, profile })
        };
        let cursor = asked.cursor.as_deref();
        let words = asked.search.as_deref().map(str::trim).filter(|words| !words.is_empty());
        let (rows, next_cursor) = if let Some(words) = words {
            let sees = |head: &Head| member.sees(head);
            let found = member.store.search(words, limit, cursor, &member.among(), &sees).await?;
            let ids: Vec<ContactId> = found.items.iter().map(|head| head.id).collect();
            let mut rows = member.store.rows_of(&ids, true).await?;
            rows.retain(|row| judge(&row.head, row.profile.as_ref()));
            rows.sort_by_key(|row| std::cmp::Reverse(row.head.sorted_at));
            (rows, found.next_cursor)
        } else {
            let order = match asked.order {
                ContactOrder::Created => RowOrder::Created,
                ContactOrder::Activity => RowOrder::Activity,
                ContactOrder::Name => RowOrder::Name,
            };
            let query = RowQuery { order, descending: asked.descending, limit };
            let candidates = predicate.candidates();
            let by_profile = predicate.needs_profile();
            let page = member.store.rows(
                query,
                cursor,
                Wanted { candidates: &candidates, by_profile, judge: &judge },
            );
            let page = page.await?;
            (page.items, page.next_cursor)
        };
        let items = rows
            .into_iter()
            .filter_map(|row| Some(ContactDetail { profile: row.profile?, head: row.head.into() }))
            .collect();
        Ok(Response::json(StatusCode::OK, &Page { items, next_cursor }))
    }

    async fn count(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let asked: CountRequest = call.body()?;
        let (_, predicate) = self.predicate(member, asked.filter)?;
        let judge = |head: &Head, profile: Option<&Profile>| {
            member.sees(head) && predicate.holds(&Subject { head, profile })
        };
        let candidates = predicate.candidates();
        let wanted = Wanted { candidates: &candidates, by_profile: predicate.needs_profile(), judge: &judge };
        let counted = member.store.count_rows(ContactId(asked.after), wanted).await?;
        let answer = CountAnswer {
            matched: counted.matched,
            seen: counted.seen,
            up_to: counted.up_to.0,
            last: counted.last.0,
        };
        Ok(Response::json(StatusCode::OK, &answer))
    }
}

/// What filters of this workspace may speak of.
pub fn dictionary<'a>(member: &'a Member, clock: &dyn Clock) -> Dictionary<'a> {
    dictionary_of(&member.settings, clock.now())
}

/// The same, with what counts as now.
pub fn dictionary_of(settings: &Settings, now: Millis) -> Dictionary<'_> {
    Dictionary {
        fields: &settings.fields,
        tags: &settings.tags,
        stages: &settings.stages,
        users: settings.members.iter().map(|member| &member.user_id).collect(),
        channels: settings.channels.iter().map(|channel| &channel.id).collect(),
        timezone: &settings.workspace.timezone,
        now,
    }
}

fn free(all: &[Segment], segment: &Segment) -> Result<(), Problem> {
    let same = |other: &Segment| other.id != segment.id && fold(&other.name) == fold(&segment.name);
    if all.iter().any(same) {
        return Err(Problem::conflict("name_taken", "Another segment has this name."));
    }
    Ok(())
}

fn told(faults: Vec<Fault>) -> Problem {
    let mut problem =
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    problem.errors.extend(faults.into_iter().map(|fault| FieldProblem {
        pointer: format!("/filter{}", fault.pointer),
        code: fault.code.to_owned(),
        detail: fault.detail.to_owned(),
    }));
    problem
}
