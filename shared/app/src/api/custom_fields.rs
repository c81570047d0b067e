//! Definitions of custom fields. Slug and type never change: values, variables and segments name them.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::people::{CustomField, FieldKind, Right};
use colibri_domain::text::fold;
use colibri_store::{SettingWrite, Settings};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Resource};
use super::route::{Access, Call, Route, route};
use super::stages::OrderRequest;
use super::teams::checked;
use crate::http::Response;
use crate::ports::{Clock, Ids};
use crate::problem::Problem;

const FUNCTION: &str = "api-fields";
/// Fields of a workspace at most, those that were deleted included: their slugs stay taken.
const MOST: usize = 200;
/// Longest slug in characters.
const SLUG_CHARS: usize = 50;
/// Options of a list at most.
const OPTIONS: usize = 100;
/// Fields that change their place in one transaction.
const MOVED: usize = 80;
const WRITE: Access = Access::Member(Some(Right::FieldWrite));

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/fields",
        "createField",
        WRITE,
        Some("FieldRequest"),
        201,
        Some("FieldList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PUT,
        "/console/{workspace}/fields",
        "orderFields",
        WRITE,
        Some("OrderRequest"),
        200,
        Some("FieldList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::PATCH,
        "/console/{workspace}/fields/{field}",
        "updateField",
        WRITE,
        Some("FieldPatch"),
        200,
        Some("FieldList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/fields/{field}",
        "deleteField",
        Access::Member(Some(Right::FieldDelete)),
        None,
        200,
        Some("FieldList"),
        &[],
    ),
];

/// A new field.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldRequest {
    /// 1 to 50 characters, unlike any other field's.
    pub name: String,
    /// Letters, digits and underscore, at most 50; made from the name where it is absent. Never changes.
    #[serde(default)]
    pub slug: Option<String>,
    /// Never changes.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Of a list: 1 to 100 different texts.
    #[serde(default)]
    pub options: Vec<String>,
    /// At most 255 characters.
    #[serde(default)]
    pub description: String,
    /// Shown only where more is asked for.
    #[serde(default)]
    pub hidden: bool,
}

/// What may change of a field; what is absent stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FieldPatch {
    #[serde(default)]
    pub name: Option<String>,
    /// Values that are no option any more stay readable.
    #[serde(default)]
    pub options: Option<Vec<String>>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub hidden: Option<bool>,
}

/// All fields in their order.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FieldList {
    /// At most 200.
    pub items: Vec<CustomField>,
}

/// The resource.
#[allow(missing_docs)]
pub struct FieldsResource {
    pub gate: Arc<Gate>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl Resource for FieldsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let entry = deed(&*self.ids, &*self.clock, &member.user, &call, AuditAction::SettingsChanged);
        let mut status = StatusCode::OK;
        match call.operation {
            "createField" => {
                status = StatusCode::CREATED;
                let asked: FieldRequest = call.body()?;
                let field = asked.field(format!("fd_{}", self.ids.unique()))?;
                let rule = |settings: &Settings| created(settings, &field, asked.slug.is_some(), &entry);
                member.store.change_settings(rule).await?;
            }
            "updateField" => {
                let (id, patch): (String, FieldPatch) = (call.id("field")?, call.body()?);
                let rule = |settings: &Settings| {
                    let field = patch.applied(known(settings, &id)?)?;
                    put(settings, field, &entry, "changed")
                };
                member.store.change_settings(rule).await?;
            }
            "orderFields" => {
                let wanted = call.body::<OrderRequest>()?.ids;
                // Each transaction moves some of them, until all are where they shall be.
                loop {
                    let rule = |settings: &Settings| {
                        let mut writes = ordered(settings, &wanted)?;
                        writes.truncate(MOVED);
                        let changed = !writes.is_empty();
                        Ok::<_, Problem>((writes, if changed { vec![entry.clone()] } else { Vec::new() }))
                    };
                    let settings = member.store.change_settings(rule).await?;
                    if ordered(&settings, &wanted)?.len() <= MOVED {
                        break;
                    }
                }
            }
            "deleteField" => {
                let id: String = call.id("field")?;
                let rule = |settings: &Settings| {
                    let field = known(settings, &id)?;
                    let entries = vec![noted(&entry, field, "deleted")];
                    let gone = CustomField { deleted: true, options: Vec::new(), ..field.clone() };
                    Ok::<_, Problem>((vec![SettingWrite::Field(gone)], entries))
                };
                member.store.change_settings(rule).await?;
            }
            _ => return Err(Problem::not_found()),
        }
        self.gate.forget_settings(&member.workspace().id);
        let settings = member.store.settings_now().await?.ok_or_else(Problem::not_found)?;
        Ok(Response::json(status, &FieldList { items: settings.fields }))
    }
}

type Ruled = Result<(Vec<SettingWrite>, Vec<AuditEntry>), Problem>;

fn known<'a>(settings: &'a Settings, id: &str) -> Result<&'a CustomField, Problem> {
    settings.fields.iter().find(|field| field.id == id).ok_or_else(Problem::not_found)
}

fn created(settings: &Settings, field: &CustomField, chosen: bool, entry: &AuditEntry) -> Ruled {
    if settings.fields.len() + settings.retired_slugs.len() >= MOST {
        let detail = "A workspace has 200 fields at most, deleted ones included.";
        return Err(Problem::refused("too_many_fields", detail));
    }
    let taken = |slug: &str| {
        settings.fields.iter().any(|other| other.slug == slug)
            || settings.retired_slugs.iter().any(|other| other == slug)
    };
    if chosen && taken(&field.slug) {
        return Err(Problem::conflict("slug_taken", "Another field has or had this identifier."));
    }
    let mut slug = field.slug.clone();
    for number in 2_u32.. {
        if !taken(&slug) {
            break;
        }
        let end = format!("_{number}");
        slug = format!("{}{end}", &field.slug[..field.slug.len().min(SLUG_CHARS - end.len())]);
    }
    let position = settings.fields.last().map_or(0, |last| last.position + 1);
    put(settings, CustomField { slug, position, ..field.clone() }, entry, "created")
}

fn put(settings: &Settings, field: CustomField, entry: &AuditEntry, how: &str) -> Ruled {
    let same = |other: &CustomField| other.id != field.id && fold(&other.name) == fold(&field.name);
    if settings.fields.iter().any(same) {
        return Err(Problem::conflict("name_taken", "Another field has this name."));
    }
    let entries = vec![noted(entry, &field, how)];
    Ok((vec![SettingWrite::Field(field)], entries))
}

/// The writes that put the fields into another order.
fn ordered(settings: &Settings, wanted: &[String]) -> Result<Vec<SettingWrite>, Problem> {
    let all = settings.fields.len() == wanted.len()
        && settings.fields.iter().all(|field| wanted.contains(&field.id));
    if !all {
        return Err(Problem::invalid("/ids", "not_all", "the ids of all fields, each once"));
    }
    let placed = wanted.iter().enumerate().filter_map(|(place, id)| {
        let field = settings.fields.iter().find(|field| field.id == *id)?;
        let position = u32::try_from(place).ok()?;
        (field.position != position).then(|| SettingWrite::Field(CustomField { position, ..field.clone() }))
    });
    Ok(placed.collect())
}

fn noted(entry: &AuditEntry, field: &CustomField, how: &str) -> AuditEntry {
    AuditEntry {
        target: Some(field.id.clone()),
        target_name: field.name.clone(),
        details: [("field".to_owned(), how.to_owned())].into(),
        ..entry.clone()
    }
}

fn named(text: &str) -> Result<String, Problem> {
    let name = checked("/name", text, 50)?;
    if name.is_empty() { Err(Problem::invalid("/name", "required", "A field has a name.")) } else { Ok(name) }
}

fn listed(kind: FieldKind, options: &[String]) -> Result<Vec<String>, Problem> {
    if kind != FieldKind::List {
        return if options.is_empty() {
            Ok(Vec::new())
        } else {
            Err(Problem::invalid("/options", "unexpected_value", "only a list has options"))
        };
    }
    if options.is_empty() || options.len() > OPTIONS {
        return Err(Problem::invalid("/options", "length", "a list has 1 to 100 options"));
    }
    let mut good: Vec<String> = Vec::new();
    for (place, option) in options.iter().enumerate() {
        let pointer = format!("/options/{place}");
        let option = checked(&pointer, option, 255)?;
        if option.is_empty() {
            return Err(Problem::invalid(pointer, "required", "An option has a text."));
        }
        if good.iter().any(|other| fold(other) == fold(&option)) {
            return Err(Problem::invalid(pointer, "twice", "an option twice"));
        }
        good.push(option);
    }
    Ok(good)
}

impl FieldRequest {
    fn field(&self, id: String) -> Result<CustomField, Problem> {
        let name = named(&self.name)?;
        let slug = match &self.slug {
            Some(slug) => slug.clone(),
            None => slug_of(&name),
        };
        let letters = slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if slug.is_empty() || slug.len() > SLUG_CHARS || !letters {
            let detail = "1 to 50 letters, digits and underscores";
            return Err(Problem::invalid("/slug", "invalid_value", detail));
        }
        Ok(CustomField {
            id,
            slug,
            name,
            kind: self.kind,
            options: listed(self.kind, &self.options)?,
            description: checked("/description", &self.description, 255)?,
            hidden: self.hidden,
            position: 0,
            deleted: false,
        })
    }
}

/// A name as an identifier.
fn slug_of(name: &str) -> String {
    let letters: String =
        fold(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut slug = String::new();
    for part in letters.split('_').filter(|part| !part.is_empty()) {
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(part);
    }
    slug.truncate(SLUG_CHARS);
    if slug.is_empty() { "field".to_owned() } else { slug }
}

impl FieldPatch {
    fn applied(&self, field: &CustomField) -> Result<CustomField, Problem> {
        let mut field = field.clone();
        if let Some(name) = &self.name {
            field.name = named(name)?;
        }
        if let Some(options) = &self.options {
            field.options = listed(field.kind, options)?;
        }
        if let Some(description) = &self.description {
            field.description = checked("/description", description, 255)?;
        }
        field.hidden = self.hidden.unwrap_or(field.hidden);
        Ok(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_a_name() {
        for (name, slug) in [
            ("Cédula o RUC", "cedula_o_ruc"),
            ("  ¿Cómo nos conoció? ", "como_nos_conocio"),
            ("生年月日", "field"),
            ("a__b", "a_b"),
        ] {
            assert_eq!(slug_of(name), slug);
        }
        assert_eq!(slug_of(&"x".repeat(80)).len(), SLUG_CHARS);
    }
}
