//! One row of an import.

use std::collections::BTreeMap;

use colibri_domain::ContactId;
use colibri_domain::contact::{Head, NameSetBy, Profile};
use colibri_domain::import::{Existing, Identifier, Outcome, Purpose, RowDoes, RowError, Values};
use colibri_domain::message::Source;
use colibri_domain::people::Tag;
use colibri_domain::phone::E164;
use colibri_domain::text::fold;
use colibri_store::{
    ContactEdit, CreatedContact, NewContact, RowMark, SettingWrite, Settings, StoreError, StoreErrorKind,
    WriteContext,
};
use serde_json::{Value, json};

use super::{ContactImport, Done, Work, failed};
use crate::http::RecordError;
use crate::problem::Problem;

/// Tags of a workspace at most.
const TAGS: usize = 500;

impl ContactImport {
    /// Carries out one row.
    pub(super) async fn row(&self, work: &mut Work<'_>, row: usize) -> Result<Done, RecordError> {
        let plan = match work.reader(&work.settings).read(&work.sheet.rows[row]) {
            Ok(plan) => plan,
            Err(error) => return Ok(Done::failed(error)),
        };
        let purpose = work.import.purpose;
        let mut existing = None;
        if let (Some(identifier), false) = (work.import.identifier, purpose == Purpose::AddAll) {
            let Some(key) = plan.values.key(identifier) else {
                return Ok(Done::failed(RowError::MissingIdentifier));
            };
            if !work.seen.insert(key) {
                return Ok(Done::failed(RowError::TwiceInFile));
            }
            existing = known(work, identifier, &plan.values).await.map_err(failed)?;
        }
        let does = {
            let named = existing.as_ref().map(|(head, profile)| Existing { head, profile });
            work.reader(&work.settings).decide(purpose, plan, named, &work.settings.tags)
        };
        let contact = existing.as_ref().map(|(head, _)| head.id);
        match (does, existing) {
            (RowDoes::Add(values), _) => self.add(work, row, values).await,
            (RowDoes::Update(values), Some((head, profile))) => {
                self.update(work, row, values, &head, &profile).await
            }
            (RowDoes::Fail(error), _) => Ok(Done { contact, ..Done::failed(error) }),
            _ => Ok(Done { outcome: Outcome::Skipped, code: "", contact }),
        }
    }

    async fn add(&self, work: &mut Work<'_>, row: usize, values: Values) -> Result<Done, RecordError> {
        let now = self.clock.now();
        let mut tags = self.tag_ids(work, &values.tags).await?;
        tags.extend(work.import.tags.clone());
        tags.sort();
        tags.dedup();
        let mut head = Head::new(ContactId(0), now);
        head.first_name = values.first_name.unwrap_or_default();
        head.last_name = values.last_name.unwrap_or_default();
        head.name_set_by = NameSetBy::Person;
        head.phone = values.phone;
        head.email = values.email;
        head.tags = tags;
        head.stage = values.stage;
        let profile = Profile {
            country: values.country.or_else(|| head.phone.as_ref().and_then(E164::country)),
            language: values.language,
            fields: values.fields,
            created_source: Source::Import,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let new = NewContact { head, profile, actor: work.actor(), now };
        let organization = &work.settings.workspace.organization_id;
        let despite = work.import.purpose == Purpose::AddAll;
        let place = (&work.import, row as u64);
        match work.store.create_imported(organization, new, place, despite).await {
            Ok(CreatedContact::New(head)) => {
                Ok(Done { outcome: Outcome::Added, code: "", contact: Some(head.id) })
            }
            // Somebody wrote, or added him, a moment ago.
            Ok(CreatedContact::Existing(head)) => {
                Ok(Done { outcome: Outcome::Skipped, code: "", contact: Some(head.id) })
            }
            Err(error) if error.kind == StoreErrorKind::Quota => Ok(Done::failed(RowError::Quota)),
            Err(error) => Err(failed(error)),
        }
    }

    async fn update(
        &self,
        work: &mut Work<'_>,
        row: usize,
        values: Values,
        head: &Head,
        profile: &Profile,
    ) -> Result<Done, RecordError> {
        let mut add_tags = self.tag_ids(work, &values.tags).await?;
        add_tags.extend(work.import.tags.clone());
        add_tags.retain(|tag| !head.tags.contains(tag));
        let after = told(&values, &add_tags);
        let before = after.keys().map(|name| (name.clone(), held(name, head, profile))).collect();
        let mark = RowMark { row: row as u64, contact: head.id, added: false, before, after: after.clone() };
        work.store.mark_row(&work.import, &mark).await.map_err(failed)?;
        let context = WriteContext { actor: work.actor(), now: self.clock.now() };
        work.store.edit_contact(head.id, edit_of(&after), &context).await.map_err(failed)?;
        Ok(Done { outcome: Outcome::Updated, code: "", contact: Some(head.id) })
    }

    /// The ids of tags by their names; those that are not there yet are made.
    async fn tag_ids(&self, work: &mut Work<'_>, names: &[String]) -> Result<Vec<String>, RecordError> {
        let mut ids = Vec::new();
        for name in names {
            let find = |settings: &Settings| {
                settings.tags.iter().find(|tag| fold(&tag.name) == fold(name)).map(|tag| tag.id.clone())
            };
            if let Some(id) = find(&work.settings) {
                ids.push(id);
                continue;
            }
            if work.settings.tags.len() >= TAGS {
                continue;
            }
            let tag = Tag {
                id: format!("tag_{}", self.ids.unique()),
                name: name.clone(),
                emoji: None,
                color: "gray".into(),
                description: String::new(),
            };
            let rule = |settings: &Settings| {
                let writes = match find(settings) {
                    Some(_) => Vec::new(),
                    None => vec![SettingWrite::Tag(tag.clone())],
                };
                Ok::<_, Problem>((writes, Vec::new()))
            };
            work.store.change_settings(rule).await.map_err(|problem| failed(problem.code))?;
            let fresh = work.store.settings_now().await.map_err(failed)?;
            work.settings = fresh.ok_or_else(|| failed("no such workspace"))?;
            ids.extend(find(&work.settings));
        }
        Ok(ids)
    }
}

/// The contact that a row names.
async fn known(
    work: &Work<'_>,
    identifier: Identifier,
    values: &Values,
) -> Result<Option<(Head, Profile)>, StoreError> {
    let store = work.store;
    let id = match (identifier, values) {
        (Identifier::ContactId, Values { contact_id, .. }) => *contact_id,
        (Identifier::Phone, Values { phone: Some(phone), .. }) => store.contact_by_phone(phone).await?,
        (Identifier::Email, Values { email: Some(email), .. }) => store.contact_by_email(email).await?,
        _ => None,
    };
    let Some(id) = id else { return Ok(None) };
    // A claim outlives a merge: the contact is the one that it became.
    let Some(head) = store.head(id).await? else { return Ok(None) };
    let profile = store.profile(head.id).await?;
    Ok(profile.map(|profile| (head, profile)))
}

/// What a row changes, by the names of its targets.
fn told(values: &Values, tags: &[String]) -> BTreeMap<String, Value> {
    let mut told = BTreeMap::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            told.insert(name.to_owned(), value);
        }
    };
    put("first_name", values.first_name.as_ref().map(|v| json!(v)));
    put("last_name", values.last_name.as_ref().map(|v| json!(v)));
    put("phone", values.phone.as_ref().map(|v| json!(v)));
    put("email", values.email.as_ref().map(|v| json!(v)));
    put("country", values.country.as_ref().map(|v| json!(v)));
    put("language", values.language.as_ref().map(|v| json!(v)));
    put("stage", values.stage.as_ref().map(|v| json!(v)));
    put("tags", (!tags.is_empty()).then(|| json!(tags)));
    for (slug, value) in &values.fields {
        told.insert(format!("custom:{slug}"), value.clone());
    }
    told
}

/// What a contact has under the name of a target.
pub(super) fn held(name: &str, head: &Head, profile: &Profile) -> Value {
    match name {
        "first_name" => json!(head.first_name),
        "last_name" => json!(head.last_name),
        "phone" => json!(head.phone),
        "email" => json!(head.email),
        "country" => json!(profile.country),
        "language" => json!(profile.language),
        "stage" => json!(head.stage),
        "tags" => json!(head.tags),
        _ => name
            .strip_prefix("custom:")
            .and_then(|slug| profile.fields.get(slug).cloned())
            .unwrap_or(Value::Null),
    }
}

/// The edit that makes values what is told; null clears.
pub(super) fn edit_of(told: &BTreeMap<String, Value>) -> ContactEdit {
    let text = |name: &str| told.get(name).map(|value| value.as_str().map(str::to_owned));
    let fields = told.iter().filter_map(|(name, value)| Some((name.strip_prefix("custom:")?, value)));
    ContactEdit {
        first_name: text("first_name").map(Option::unwrap_or_default),
        last_name: text("last_name").map(Option::unwrap_or_default),
        phone: told.get("phone").map(|value| serde_json::from_value(value.clone()).ok()),
        email: told.get("email").map(|value| serde_json::from_value(value.clone()).ok()),
        language: text("language"),
        country: text("country"),
        stage: text("stage"),
        fields: fields.map(|(slug, value)| (slug.to_owned(), value.clone())).collect(),
        add_tags: told.get("tags").and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or_default(),
        remove_tags: Vec::new(),
    }
}
