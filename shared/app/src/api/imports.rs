//! Imports of contacts: what a file holds, beginning, watching, stopping and taking back.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::FileId;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::import::{
    BYTES, Column, Counts, Identifier, Import, ImportState, Purpose, Reader, Sheet, SheetError, Target,
};
use colibri_domain::people::{CustomField, Right, Tag};
use colibri_domain::text::fold;
use colibri_store::{Files, SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::deed;
use super::contacts::known_tags;
use super::files::FileLink;
use super::gate::{Caller, Gate, Member, Resource};
use super::route::{Access, Call, Route, route};
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::Problem;

const FUNCTION: &str = "api-imports";
/// Rows that a preview shows of each column.
const SAMPLES: usize = 3;
const IMPORT: Access = Access::Member(Some(Right::ContactImport));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/imports",
        "listImports",
        IMPORT,
        None,
        200,
        Some("ImportList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/imports",
        "startImport",
        IMPORT,
        Some("ImportRequest"),
        201,
        Some("ImportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/imports/preview",
        "previewImport",
        IMPORT,
        Some("ImportFile"),
        200,
        Some("ImportPreview"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/imports/{import}",
        "getImport",
        IMPORT,
        None,
        200,
        Some("ImportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/imports/{import}/cancel",
        "cancelImport",
        IMPORT,
        None,
        200,
        Some("ImportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/imports/{import}/undo",
        "undoImport",
        IMPORT,
        None,
        200,
        Some("ImportAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/imports/{import}/result",
        "readImportResult",
        IMPORT,
        None,
        200,
        Some("FileLink"),
        &[],
    ),
];

/// A file that was uploaded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFile {
    /// CSV of at most 20 MB.
    pub file_id: FileId,
}

/// What a file holds.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ImportPreview {
    /// Rows without the header.
    pub rows: u64,
    pub columns: Vec<PreviewColumn>,
}

/// A column of a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PreviewColumn {
    /// Place in the file, from 0.
    pub index: usize,
    /// Its name there.
    pub header: String,
    /// Another column has the same name.
    pub twice: bool,
    /// What it seems to hold: `first_name`, `phone`, `custom:` and a slug, and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub target: Option<Target>,
    /// The first values that are not empty.
    pub samples: Vec<String>,
}

/// What to do with a file.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ImportRequest {
    pub file_id: FileId,
    pub purpose: Purpose,
    /// By what rows are known; not needed where every row is added.
    #[serde(default)]
    pub identifier: Option<Identifier>,
    /// `index`, `target` and `keep`; each target once.
    #[schema(value_type = Vec<Object>)]
    pub columns: Vec<Column>,
    /// Ids of tags for every contact of the import.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// An import.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ImportAnswer {
    pub import: Import,
}

/// The newest imports.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportList {
    /// At most 100.
    pub items: Vec<Import>,
}

/// The resource.
#[allow(missing_docs)]
pub struct ImportsResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub files: Files,
    pub invoke: Arc<dyn Invoke>,
}

#[async_trait]
impl Resource for ImportsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listImports" => {
                Ok(Response::json(StatusCode::OK, &ImportList { items: member.store.imports().await? }))
            }
            "previewImport" => self.preview(&call, &member).await,
            "startImport" => self.start(&call, &member).await,
            "getImport" => Ok(answered(StatusCode::OK, known(&call, &member).await?)),
            "cancelImport" => self.cancel(&call, &member).await,
            "undoImport" => self.undo(&call, &member).await,
            "readImportResult" => self.result(&call, &member).await,
            _ => Err(Problem::not_found()),
        }
    }
}

fn answered(status: StatusCode, import: Import) -> Response {
    Response::json(status, &ImportAnswer { import })
}

async fn known(call: &Call, member: &Member) -> Result<Import, Problem> {
    let id: String = call.id("import")?;
    member.store.import(&id).await?.ok_or_else(Problem::not_found)
}

impl ImportsResource {
    /// The file as a table, with its name.
    async fn sheet(&self, member: &Member, id: &FileId) -> Result<(Sheet, String), Problem> {
        let unknown = || Problem::invalid("/file_id", "unknown_file", "no such uploaded file");
        let file = member.store.file(id).await?.ok_or_else(unknown)?;
        file.reference().ok_or_else(unknown)?;
        let wrong = |error: SheetError| Problem::invalid("/file_id", error.code(), error.to_string());
        if file.size > BYTES {
            return Err(wrong(SheetError::TooLarge));
        }
        let bytes = self.files.read(&member.workspace().id, id).await?;
        Ok((Sheet::read(&bytes).map_err(wrong)?, file.name))
    }

    async fn preview(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: ImportFile = call.body()?;
        let (sheet, _) = self.sheet(member, &body.file_id).await?;
        let guessed = Reader::guess(&sheet.header, &member.settings.fields);
        let samples = |index: usize| {
            let cells = sheet.rows.iter().map(|row| row[index].clone()).filter(|cell| !cell.is_empty());
            cells.take(SAMPLES).map(|cell| cell.chars().take(80).collect()).collect()
        };
        let twice = |name: &String| sheet.header.iter().filter(|other| fold(other) == fold(name)).count() > 1;
        let columns = sheet
            .header
            .iter()
            .zip(guessed)
            .enumerate()
            .map(|(index, (header, target))| PreviewColumn {
                index,
                header: header.clone(),
                twice: twice(header),
                target,
                samples: samples(index),
            })
            .collect();
        Ok(Response::json(StatusCode::OK, &ImportPreview { rows: sheet.rows.len() as u64, columns }))
    }

    async fn start(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: ImportRequest = call.body()?;
        let (sheet, name) = self.sheet(member, &body.file_id).await?;
        checked(&body, sheet.header.len(), &member.settings.fields)?;
        let mut tags = known_tags(member, "/tags", body.tags.clone())?;
        tags.extend(self.own_tag(member).await?);
        let now = self.clock.now();
        let import = Import {
            id: format!("imp_{}", self.ids.unique()),
            name,
            file_id: body.file_id,
            purpose: body.purpose,
            identifier: body.identifier,
            columns: body.columns,
            tags,
            by: member.user.id.clone(),
            at: now,
            state: ImportState::Queued,
            rows: sheet.rows.len() as u64,
            done: 0,
            counts: Counts::default(),
            undone: Counts::default(),
            result: None,
            ended_at: None,
        };
        let entry = self.entry(call, member, &import, "started");
        if !member.store.begin_import(&import, Some(&entry)).await? {
            return Err(at_work());
        }
        self.work(member, &import.id).await?;
        Ok(answered(StatusCode::CREATED, import))
    }

    fn entry(&self, call: &Call, member: &Member, import: &Import, how: &str) -> AuditEntry {
        AuditEntry {
            target: Some(import.id.clone()),
            target_name: import.name.clone(),
            details: [("import".to_owned(), how.to_owned()), ("rows".to_owned(), import.rows.to_string())]
                .into(),
            ..deed(&*self.ids, &*self.clock, &member.user, call, AuditAction::DataImported)
        }
    }

    async fn work(&self, member: &Member, import: &str) -> Result<(), Problem> {
        let job = json!({ "workspace_id": member.workspace().id, "import_id": import });
        Ok(self.invoke.start("contact-import", &job.to_string()).await?)
    }

    /// A tag by which the contacts of this import are found; none where the workspace has as many as it may.
    async fn own_tag(&self, member: &Member) -> Result<Option<String>, Problem> {
        let now = self.clock.now();
        let zone = jiff::tz::TimeZone::get(&member.workspace().timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let day = jiff::Timestamp::from_millisecond(now.0)
            .map(|at| at.to_zoned(zone))
            .map_err(|_| Problem::unavailable(1))?;
        let id = format!("tag_{}", self.ids.unique());
        let name = format!("Import {}", day.strftime("%Y-%m-%d %H:%M"));
        let rule = |settings: &Settings| {
            if settings.tags.len() >= 500 {
                return Ok::<_, Problem>((Vec::new(), Vec::new()));
            }
            let taken = |name: &str| settings.tags.iter().any(|tag| fold(&tag.name) == fold(name));
            let numbered = (2..).map(|number| format!("{name} ({number})"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name));
            let tag = Tag {
                id: id.clone(),
                name: free.unwrap_or_else(|| name.clone()),
                emoji: Some("📥".into()),
                color: "gray".into(),
                description: String::new(),
            };
            Ok((vec![SettingWrite::Tag(tag)], Vec::new()))
        };
        let was = member.store.change_settings(rule).await?;
        self.gate.forget_settings(&member.workspace().id);
        Ok((was.tags.len() < 500).then_some(id))
    }

    async fn cancel(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        loop {
            let import = known(call, member).await?;
            if !matches!(import.state, ImportState::Queued | ImportState::InProgress) {
                // Stopped already: the answer to the same request may have been lost.
                return match import.state {
                    ImportState::Cancelled => Ok(answered(StatusCode::OK, import)),
                    _ => Err(Problem::conflict("import_ended", "It has ended already.")),
                };
            }
            let now = Some(self.clock.now());
            let next = Import { state: ImportState::Cancelled, ended_at: now, ..import.clone() };
            if member.store.save_import(&import, &next).await? {
                // The job tells what it did until then, and lets the next one begin.
                self.work(member, &next.id).await?;
                return Ok(answered(StatusCode::OK, next));
            }
        }
    }

    async fn undo(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let import = known(call, member).await?;
        match import.state {
            ImportState::Undoing | ImportState::Undone => return Ok(answered(StatusCode::OK, import)),
            ImportState::Completed | ImportState::Cancelled if import.result.is_some() => {}
            _ => return Err(Problem::conflict("import_at_work", "It has not ended yet.")),
        }
        if self.clock.now().since(import.at) > 30 * 86_400_000 {
            return Err(Problem::refused("too_late", "An import can be taken back for 30 days."));
        }
        let next = Import {
            state: ImportState::Undoing,
            done: 0,
            undone: Counts::default(),
            ended_at: None,
            ..import.clone()
        };
        let entry = self.entry(call, member, &import, "undone");
        if !member.store.begin_import(&next, Some(&entry)).await? {
            return Err(at_work());
        }
        self.work(member, &next.id).await?;
        Ok(answered(StatusCode::OK, next))
    }

    async fn result(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let import = known(call, member).await?;
        let id = import.result.ok_or_else(Problem::not_found)?;
        let file = member.store.file(&id).await?.ok_or_else(Problem::not_found)?;
        let reference = file.reference().ok_or_else(Problem::not_found)?;
        let url = self.files.sign_download(&member.workspace().id, &file, true).await?;
        Ok(Response::json(StatusCode::OK, &FileLink { url, file: reference }))
    }
}

fn at_work() -> Problem {
    Problem::conflict("import_at_work", "Another import is at work; one at a time.")
}

/// Whether the columns suit the purpose.
fn checked(body: &ImportRequest, width: usize, fields: &[CustomField]) -> Result<(), Problem> {
    if body.columns.is_empty() {
        return Err(Problem::invalid("/columns", "required", "at least one column"));
    }
    for (place, column) in body.columns.iter().enumerate() {
        let at = |part: &str| format!("/columns/{place}/{part}");
        if column.index >= width {
            return Err(Problem::invalid(at("index"), "unknown_column", "the file has no such column"));
        }
        if body.columns[..place].iter().any(|other| other.target == column.target) {
            return Err(Problem::invalid(at("target"), "twice", "two columns go to one field"));
        }
        if let Target::Custom(slug) = &column.target
            && !fields.iter().any(|field| field.slug == *slug)
        {
            return Err(Problem::invalid(at("target"), "unknown_field", "no such field"));
        }
    }
    let has = |target: Target| body.columns.iter().any(|column| column.target == target);
    if body.purpose != Purpose::Update && !has(Target::FirstName) {
        return Err(Problem::invalid("/columns", "first_name_needed", "who is added needs a first name"));
    }
    let by_id = body.identifier == Some(Identifier::ContactId);
    if has(Target::ContactId) && !by_id {
        return Err(Problem::invalid("/columns", "contact_id_is_identifier", "a contact id only identifies"));
    }
    let column = match (body.purpose, body.identifier) {
        (Purpose::AddAll, _) => return Ok(()),
        (_, None) => return Err(Problem::invalid("/identifier", "required", "by what rows are known")),
        (purpose, Some(Identifier::ContactId)) if purpose != Purpose::Update => {
            return Err(Problem::invalid("/identifier", "only_for_update", "new contacts have no id yet"));
        }
        (_, Some(Identifier::ContactId)) => Target::ContactId,
        (_, Some(Identifier::Phone)) => Target::Phone,
        (_, Some(Identifier::Email)) => Target::Email,
    };
    if has(column) {
        Ok(())
    } else {
        Err(Problem::invalid("/identifier", "no_such_column", "no column holds the identifier"))
    }
}
