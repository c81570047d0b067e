//! Snippets: prewritten answers. Managers write them, agents insert them.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::content::FileRef;
use colibri_domain::people::Right;
use colibri_domain::snippet::Snippet;
use colibri_domain::{ContactId, FileId};
use colibri_store::SnippetChange;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::Clock;
use crate::problem::{FieldProblem, Problem};
use crate::variables::Subject;

const FUNCTION: &str = "api-snippets";
const USE: Access = Access::Member(Some(Right::SnippetUse));
const WRITE: Access = Access::Member(Some(Right::SnippetWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/snippets",
        "listSnippets",
        USE,
        None,
        200,
        Some("SnippetList"),
        &["cursor"],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/snippets",
        "createSnippet",
        WRITE,
        Some("SnippetRequest"),
        201,
        Some("SnippetAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/console/{workspace}/snippets/{snippet}",
        "changeSnippet",
        WRITE,
        Some("SnippetRequest"),
        200,
        Some("SnippetAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/snippets/{snippet}",
        "deleteSnippet",
        WRITE,
        None,
        204,
        None,
        &["version"],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/snippets/{snippet}/for/{contact}",
        "fillSnippet",
        USE,
        None,
        200,
        Some("FilledSnippet"),
        &[],
    ),
];

/// A snippet to write.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnippetRequest {
    /// 1 to 30 of `a-z`, `0-9`, `_` and `-`; of a known snippet its own.
    pub id: String,
    /// 1 to 100 characters.
    pub name: String,
    /// Up to 2,000 characters, with variables; may be empty where there are files.
    #[serde(default)]
    pub text: String,
    /// Up to 5 files that were uploaded completely.
    #[serde(default)]
    pub files: Vec<FileId>,
    /// The version that was read; 0 or absent for a new one.
    #[serde(default)]
    pub version: u64,
}

/// A snippet.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SnippetAnswer {
    pub snippet: SnippetView,
}

/// A snippet with its files as they are shown.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SnippetView {
    pub id: String,
    pub name: String,
    pub text: String,
    /// Those that are still there.
    pub files: Vec<FileRef>,
    pub version: u64,
}

/// Snippets in the order of their ids; their files are named where a snippet is opened.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SnippetList {
    /// Up to 500.
    pub items: Vec<Snippet>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A snippet for one contact.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FilledSnippet {
    /// The text with every variable replaced.
    pub text: String,
    /// Variables that had neither value nor fallback: nothing stands in their place.
    pub missing: Vec<String>,
    /// What goes along.
    pub files: Vec<FileRef>,
}

/// The resource.
#[allow(missing_docs)]
pub struct SnippetsResource {
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Resource for SnippetsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listSnippets" => {
                let page = member.store.snippets(call.query("cursor").as_deref()).await?;
                let list = SnippetList { items: page.items, next_cursor: page.next_cursor };
                Ok(Response::json(StatusCode::OK, &list))
            }
            "createSnippet" => create(&call, &member).await,
            "changeSnippet" => change(&call, &member).await,
            "deleteSnippet" => delete(&call, &member).await,
            _ => self.fill(&call, &member).await,
        }
    }
}

fn asked(call: &Call, id: Option<&str>) -> Result<Snippet, Problem> {
    let body: SnippetRequest = call.body()?;
    if id.is_some_and(|id| id != body.id) {
        return Err(Problem::invalid("/id", "unchangeable", "a snippet keeps its id"));
    }
    let mut snippet =
        Snippet { id: body.id, name: body.name, text: body.text, files: body.files, version: body.version };
    let faults = snippet.check();
    if faults.is_empty() {
        return Ok(snippet);
    }
    let mut problem =
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    problem.errors.extend(faults.into_iter().map(|fault| FieldProblem {
        pointer: fault.field.to_owned(),
        code: fault.code.to_owned(),
        detail: fault.detail.to_owned(),
    }));
    Err(problem)
}

async fn files_of(member: &Member, snippet: &Snippet) -> Result<Vec<FileRef>, Problem> {
    let reads = snippet.files.iter().map(|id| member.store.file(id));
    let found = futures::future::try_join_all(reads).await?;
    Ok(found.into_iter().flatten().filter_map(|file| file.reference()).collect())
}

/// Stores it if every file is there.
async fn stored(member: &Member, snippet: &Snippet) -> Result<(SnippetChange, Vec<FileRef>), Problem> {
    let files = files_of(member, snippet).await?;
    if let Some(place) = snippet.files.iter().position(|id| files.iter().all(|file| file.id != *id)) {
        return Err(Problem::invalid(format!("/files/{place}"), "unknown_file", "no such uploaded file"));
    }
    Ok((member.store.put_snippet(snippet).await?, files))
}

fn view(snippet: Snippet, files: Vec<FileRef>) -> SnippetAnswer {
    let Snippet { id, name, text, version, .. } = snippet;
    SnippetAnswer { snippet: SnippetView { id, name, text, files, version: version + 1 } }
}

async fn create(call: &Call, member: &Member) -> Result<Response, Problem> {
    let snippet = Snippet { version: 0, ..asked(call, None)? };
    match stored(member, &snippet).await? {
        (SnippetChange::Done, files) => Ok(Response::json(StatusCode::CREATED, &view(snippet, files))),
        // A repeated request finds what it wrote.
        (SnippetChange::Stale(Some(known)), files) if same(&known, &snippet) => {
            Ok(Response::json(StatusCode::CREATED, &view(snippet, files)))
        }
        (SnippetChange::Full, _) => {
            Err(Problem::refused("snippets_full", "This workspace has 5,000 snippets, as many as it may."))
        }
        _ => Err(Problem::conflict("snippet_exists", "There is a snippet with this id.")),
    }
}

fn same(known: &Snippet, wanted: &Snippet) -> bool {
    known.version == wanted.version + 1
        && (&known.name, &known.text, &known.files) == (&wanted.name, &wanted.text, &wanted.files)
}

fn stale(known: Option<&Snippet>) -> Problem {
    match known {
        None => Problem::not_found(),
        Some(known) => Problem::conflict(
            "stale_version",
            format!("Somebody else changed it; its version is {} now.", known.version),
        ),
    }
}

async fn change(call: &Call, member: &Member) -> Result<Response, Problem> {
    let id: String = call.id("snippet")?;
    let snippet = asked(call, Some(&id))?;
    if snippet.version == 0 {
        return Err(Problem::invalid("/version", "missing", "the version that was read"));
    }
    match stored(member, &snippet).await? {
        (SnippetChange::Done, files) => Ok(Response::json(StatusCode::OK, &view(snippet, files))),
        (SnippetChange::Stale(Some(known)), files) if same(&known, &snippet) => {
            Ok(Response::json(StatusCode::OK, &view(snippet, files)))
        }
        (SnippetChange::Stale(known), _) => Err(stale(known.as_ref())),
        (SnippetChange::Full, _) => Err(Problem::not_found()),
    }
}

async fn delete(call: &Call, member: &Member) -> Result<Response, Problem> {
    let id: String = call.id("snippet")?;
    let version = call.query("version").and_then(|text| text.parse().ok());
    let version =
        version.ok_or_else(|| Problem::invalid("query:version", "missing", "the version that was read"))?;
    match member.store.delete_snippet(&id, version).await? {
        SnippetChange::Stale(known) => Err(stale(known.as_ref())),
        _ => Ok(Response::empty(StatusCode::NO_CONTENT)),
    }
}

impl SnippetsResource {
    async fn fill(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: String = call.id("snippet")?;
        let contact: ContactId = call.id("contact")?;
        let head = member.visible(contact).await?;
        let snippet = member.store.snippet(&id).await?.ok_or_else(Problem::not_found)?;
        let profile = member.store.profile(contact).await?;
        let language = profile.as_ref().and_then(|profile| profile.language.as_deref()).unwrap_or("es");
        let subject = Subject {
            head: &head,
            profile: profile.as_ref(),
            assignee: head.assignee.as_ref().and_then(|user| member.settings.member(user)),
            timezone: &member.workspace().timezone,
            language,
            now: self.clock.now(),
        };
        let resolved = subject.resolve(&snippet.text);
        let files = files_of(member, &snippet).await?;
        let filled = FilledSnippet { text: resolved.text, missing: resolved.missing, files };
        Ok(Response::json(StatusCode::OK, &filled))
    }
}
