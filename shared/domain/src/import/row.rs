//! What one row does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{CELL_CHARS, Column, Identifier, Purpose, Target};
use crate::ContactId;
use crate::contact::{Head, Profile};
use crate::people::{CustomField, FieldKind, Stage, Tag};
use crate::phone::{E164, Email};
use crate::text::fold;

/// Why a row is not taken: the code that the result file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RowError {
    MissingIdentifier,
    InvalidPhone,
    InvalidEmail,
    InvalidContactId,
    UnknownOption,
    UnknownStage,
    InvalidValue,
    MissingFirstName,
    TwiceInFile,
    TooLong,
    Quota,
}

impl RowError {
    /// Stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingIdentifier => "missing_identifier",
            Self::InvalidPhone => "invalid_phone",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidContactId => "invalid_contact_id",
            Self::UnknownOption => "unknown_option",
            Self::UnknownStage => "unknown_stage",
            Self::InvalidValue => "invalid_value",
            Self::MissingFirstName => "missing_first_name",
            Self::TwiceInFile => "twice_in_file",
            Self::TooLong => "too_long",
            Self::Quota => "quota",
        }
    }
}

/// What a row says of a contact; what is absent, it says nothing of.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Values {
    pub contact_id: Option<ContactId>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<E164>,
    pub email: Option<Email>,
    pub country: Option<String>,
    pub language: Option<String>,
    pub stage: Option<String>,
    /// Names, as they stand in the file.
    pub tags: Vec<String>,
    pub fields: BTreeMap<String, Value>,
}

/// A row that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct RowPlan {
    /// What it says.
    pub values: Values,
}

/// The contact that a row names, as far as one is known.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Existing<'a> {
    pub head: &'a Head,
    pub profile: &'a Profile,
}

/// What a row does to the contacts.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum RowDoes {
    /// A new contact.
    Add(Values),
    /// Changes the one that it names; only what would be different.
    Update(Values),
    /// Nothing.
    Skip,
    /// It cannot.
    Fail(RowError),
}

/// Reads rows by the columns' meaning.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    columns: &'a [Column],
    fields: &'a [CustomField],
    stages: &'a [Stage],
    country: &'a str,
}

impl<'a> Reader<'a> {
    /// `country` is that of phone numbers in national form.
    #[must_use]
    pub const fn new(
        columns: &'a [Column],
        fields: &'a [CustomField],
        stages: &'a [Stage],
        country: &'a str,
    ) -> Self {
        Self { columns, fields, stages, country }
    }

    /// What a header means where nobody has said: a column that is called as a field is that field; each field once.
    #[must_use]
    pub fn guess(header: &[String], fields: &[CustomField]) -> Vec<Option<Target>> {
        let mut taken = BTreeSet::new();
        let target = |name: &String| {
            let name = fold(name.trim());
            let known = NAMES.iter().find(|(names, _)| names.contains(&name.as_str()));
            let own = fields.iter().find(|field| fold(&field.name) == name || field.slug == name);
            known.map(|(_, target)| target.clone()).or(own.map(|field| Target::Custom(field.slug.clone())))
        };
        header.iter().map(|name| target(name).filter(|target| taken.insert(target.clone()))).collect()
    }

    /// Reads one row; every value is checked by its field's type.
    pub fn read(&self, cells: &[String]) -> Result<RowPlan, RowError> {
        let mut values = Values::default();
        for column in self.columns {
            let cell = cells.get(column.index).map(|cell| unguarded(cell.trim())).unwrap_or_default();
            if cell.is_empty() {
                continue;
            }
            if cell.chars().count() > CELL_CHARS {
                return Err(RowError::TooLong);
            }
            self.put(&mut values, &column.target, cell)?;
        }
        Ok(RowPlan { values })
    }

    fn put(&self, values: &mut Values, target: &Target, cell: &str) -> Result<(), RowError> {
        let name = || if cell.chars().count() > 255 { Err(RowError::TooLong) } else { Ok(cell.to_owned()) };
        let code = || {
            let good = cell.len() == 2 && cell.bytes().all(|b| b.is_ascii_alphabetic());
            if good { Ok(cell) } else { Err(RowError::InvalidValue) }
        };
        match target {
            Target::ContactId => {
                let id = cell.trim_start_matches('#').parse().map_err(|_| RowError::InvalidContactId)?;
                values.contact_id = Some(id);
            }
            Target::FirstName => values.first_name = Some(name()?),
            Target::LastName => values.last_name = Some(name()?),
            Target::Phone => {
                let phone = E164::from_typed(cell, self.country).map_err(|_| RowError::InvalidPhone)?;
                values.phone = Some(phone);
            }
            Target::Email => values.email = Some(cell.parse().map_err(|_| RowError::InvalidEmail)?),
            Target::Country => values.country = Some(code()?.to_uppercase()),
            Target::Language => values.language = Some(code()?.to_lowercase()),
            Target::Stage => {
                let known = self.stages.iter().find(|stage| fold(&stage.name) == fold(cell));
                values.stage = Some(known.ok_or(RowError::UnknownStage)?.id.clone());
            }
            Target::Tags => {
                let names = cell.split(',').map(str::trim).filter(|name| !name.is_empty());
                for name in names {
                    if name.chars().count() > 255 {
                        return Err(RowError::TooLong);
                    }
                    values.tags.push(name.to_owned());
                }
            }
            Target::Custom(slug) => {
                // A field that was deleted while the import ran takes no more values.
                if let Some(field) = self.fields.iter().find(|field| field.slug == *slug) {
                    values.fields.insert(slug.clone(), typed(field, cell)?);
                }
            }
        }
        Ok(())
    }

    /// What a row does, given whom it names.
    #[must_use]
    pub fn decide(
        &self,
        purpose: Purpose,
        plan: RowPlan,
        existing: Option<Existing<'_>>,
        tags: &[Tag],
    ) -> RowDoes {
        let named = |values: Values| match values.first_name {
            Some(_) => RowDoes::Add(values),
            None => RowDoes::Fail(RowError::MissingFirstName),
        };
        match (purpose, existing) {
            (Purpose::AddAll, _) | (Purpose::Add | Purpose::AddAndUpdate, None) => named(plan.values),
            (Purpose::Add, Some(_)) | (Purpose::Update, None) => RowDoes::Skip,
            (Purpose::Update | Purpose::AddAndUpdate, Some(existing)) => {
                let values = self.different(plan.values, existing, tags);
                if values == Values::default() { RowDoes::Skip } else { RowDoes::Update(values) }
            }
        }
    }

    /// What of a row would change a contact.
    fn different(&self, mut values: Values, existing: Existing<'_>, tags: &[Tag]) -> Values {
        let Existing { head, profile } = existing;
        let keeps =
            |target: &Target| self.columns.iter().any(|column| column.keep && column.target == *target);
        values.contact_id = None;
        let (first, last) = (head.first_name.as_str(), head.last_name.as_str());
        let open = |target, held: bool| !held || !keeps(&target);
        values.first_name =
            values.first_name.filter(|new| new != first && open(Target::FirstName, !first.is_empty()));
        values.last_name =
            values.last_name.filter(|new| new != last && open(Target::LastName, !last.is_empty()));
        let other = |target, held: bool, same: bool| !same && open(target, held);
        values.phone = values.phone.filter(|new| {
            let same = head.phone.as_ref() == Some(new) || profile.foreign_phone.as_ref() == Some(new);
            other(Target::Phone, head.phone.is_some(), same)
        });
        values.email = values.email.filter(|new| {
            let same = head.email.as_ref() == Some(new) || profile.foreign_email.as_ref() == Some(new);
            other(Target::Email, head.email.is_some(), same)
        });
        values.country = values.country.filter(|new| {
            other(Target::Country, profile.country.is_some(), profile.country.as_ref() == Some(new))
        });
        values.language = values.language.filter(|new| {
            other(Target::Language, profile.language.is_some(), profile.language.as_ref() == Some(new))
        });
        values.stage = values
            .stage
            .filter(|new| other(Target::Stage, head.stage.is_some(), head.stage.as_ref() == Some(new)));
        values.fields.retain(|slug, new| {
            let held = profile.fields.get(slug);
            other(Target::Custom(slug.clone()), held.is_some(), held == Some(new))
        });
        // Tags are added, never taken away.
        values.tags.retain(|name| {
            let known = tags.iter().find(|tag| fold(&tag.name) == fold(name));
            known.is_none_or(|tag| !head.tags.contains(&tag.id))
        });
        values
    }
}

impl Values {
    /// The value by which a row is known, in a form that says when two rows are about the same.
    #[must_use]
    pub fn key(&self, identifier: Identifier) -> Option<String> {
        match identifier {
            Identifier::ContactId => self.contact_id.map(|id| id.to_string()),
            Identifier::Phone => self.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            Identifier::Email => self.email.as_ref().map(|email| email.as_str().to_owned()),
        }
    }
}

/// What columns are called in the files that people bring.
const NAMES: [(&[&str], Target); 9] = [
    (&["contact id", "contact_id", "id", "numero"], Target::ContactId),
    (&["first name", "first_name", "firstname", "name", "nombre", "nombres"], Target::FirstName),
    (&["last name", "last_name", "lastname", "apellido", "apellidos"], Target::LastName),
    (
        &["phone", "phone number", "phone_number", "mobile", "telefono", "celular", "movil", "whatsapp"],
        Target::Phone,
    ),
    (&["email", "e-mail", "email address", "correo", "correo electronico", "mail"], Target::Email),
    (&["country", "country code", "pais"], Target::Country),
    (&["language", "idioma"], Target::Language),
    (&["lifecycle", "lifecycle stage", "stage", "etapa"], Target::Stage),
    (&["tags", "tag", "etiquetas", "etiqueta"], Target::Tags),
];

/// A cell that our own exports guard against being run by a spreadsheet, without the guard.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

fn typed(field: &CustomField, cell: &str) -> Result<Value, RowError> {
    match field.kind {
        FieldKind::Text => Ok(Value::String(cell.to_owned())),
        FieldKind::List => {
            let known = field.options.iter().find(|option| fold(option) == fold(cell));
            known.map(|option| Value::String(option.clone())).ok_or(RowError::UnknownOption)
        }
        FieldKind::Checkbox => match fold(cell).as_str() {
            "true" | "1" | "yes" | "y" | "si" | "s" | "x" => Ok(Value::Bool(true)),
            "false" | "0" | "no" | "n" => Ok(Value::Bool(false)),
            _ => Err(RowError::InvalidValue),
        },
        FieldKind::Email => {
            cell.parse::<Email>().map(|email| Value::String(email.into())).map_err(|_| RowError::InvalidEmail)
        }
        FieldKind::Number => {
            let number: f64 = cell.parse().map_err(|_| RowError::InvalidValue)?;
            serde_json::Number::from_f64(number).map(Value::Number).ok_or(RowError::InvalidValue)
        }
        FieldKind::Url => {
            let good = ["http://", "https://"].iter().any(|scheme| cell.to_lowercase().starts_with(scheme));
            if good { Ok(Value::String(cell.to_owned())) } else { Err(RowError::InvalidValue) }
        }
        FieldKind::Date => match cell.parse::<jiff::civil::Date>() {
            Ok(_) if cell.len() == 10 => Ok(Value::String(cell.to_owned())),
            _ => Err(RowError::InvalidValue),
        },
        FieldKind::Time => match cell.parse::<jiff::civil::Time>() {
            Ok(_) if cell.len() == 5 => Ok(Value::String(cell.to_owned())),
            _ => Err(RowError::InvalidValue),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Purpose::{Add, AddAll, AddAndUpdate, Update};
    use super::*;
    use crate::Millis;
    use crate::message::Source;

    fn fields() -> Vec<CustomField> {
        [
            ("ciudad", FieldKind::List),
            ("vip", FieldKind::Checkbox),
            ("edad", FieldKind::Number),
            ("cumple", FieldKind::Date),
        ]
        .into_iter()
        .map(|(slug, kind)| CustomField {
            id: slug.into(),
            slug: slug.into(),
            name: slug.to_uppercase(),
            kind,
            options: vec!["Quito".into()],
            description: String::new(),
            hidden: false,
            position: 0,
            deleted: false,
        })
        .collect()
    }

    fn column(index: usize, target: &str, keep: bool) -> Column {
        Column { index, target: Target::try_from(target.to_owned()).unwrap(), keep }
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_are_guessed_by_their_names_each_field_once() {
        let header = cells(&[
            "Nombre",
            "TELÉFONO",
            "Correo electrónico",
            "Ciudad",
            "Nombre",
            "Otra cosa",
            "Etiquetas",
        ]);
        let guessed: Vec<_> = Reader::guess(&header, &fields())
            .into_iter()
            .map(|target| target.map(String::from).unwrap_or_default())
            .collect();
        assert_eq!(guessed, ["first_name", "phone", "email", "custom:ciudad", "", "", "tags"]);
    }

    #[test]
    fn cells_are_checked_by_their_field() {
        let fields = fields();
        for (target, cell, expected) in [
            ("phone", "099 123 4567", Ok(())),
            ("phone", "'+593991234567", Ok(())),
            ("phone", "123", Err(RowError::InvalidPhone)),
            ("email", "ANA@ejemplo.example", Ok(())),
            ("email", "ana", Err(RowError::InvalidEmail)),
            ("country", "ecu", Err(RowError::InvalidValue)),
            ("contact_id", "#12", Ok(())),
            ("contact_id", "doce", Err(RowError::InvalidContactId)),
            ("custom:ciudad", "QUITO", Ok(())),
            ("custom:ciudad", "Loja", Err(RowError::UnknownOption)),
            ("custom:vip", "Sí", Ok(())),
            ("custom:vip", "quizá", Err(RowError::InvalidValue)),
            ("custom:edad", "12.5", Ok(())),
            ("custom:edad", "doce", Err(RowError::InvalidValue)),
            ("custom:edad", "NaN", Err(RowError::InvalidValue)),
            ("custom:cumple", "2026-02-29", Err(RowError::InvalidValue)),
            ("custom:gone", "x", Ok(())),
            ("stage", "Cliente", Err(RowError::UnknownStage)),
            ("first_name", &"x".repeat(256), Err(RowError::TooLong)),
            ("tags", &"x".repeat(5_000), Err(RowError::TooLong)),
        ] {
            let columns = [column(0, target, false)];
            let read = Reader::new(&columns, &fields, &[], "EC").read(&cells(&[cell]));
            assert_eq!(read.map(|_| ()), expected, "{target} {cell}");
        }
    }

    #[test]
    fn what_a_row_does_depends_on_the_purpose_and_on_what_is_there() {
        let fields = fields();
        let columns = [
            column(0, "first_name", true),
            column(1, "phone", false),
            column(2, "custom:edad", false),
            column(3, "tags", false),
        ];
        let reader = Reader::new(&columns, &fields, &[], "EC");
        let mut head = Head::new(ContactId(1), Millis(0));
        head.first_name = "Ana".into();
        head.phone = E164::from_digits("593991234567").ok();
        head.tags = vec!["tag_vip".into()];
        let profile = Profile {
            country: None,
            language: None,
            fields: [("edad".to_owned(), json!(30.0))].into(),
            created_source: Source::User,
            foreign_phone: None,
            foreign_email: None,
            marketing_opt_outs: Vec::new(),
        };
        let tags = [Tag {
            id: "tag_vip".into(),
            name: "VIP".into(),
            emoji: None,
            color: "red".into(),
            description: String::new(),
        }];
        let existing = Some(Existing { head: &head, profile: &profile });
        let row = |cells_of: &[&str]| reader.read(&cells(cells_of)).unwrap();
        let same = row(&["Anita", "0991234567", "30", "vip"]);
        let other = row(&["Anita", "0991234567", "31", "vip, Nueva"]);
        let nameless = row(&["", "0991234567", "31", ""]);
        for purpose in [Update, AddAndUpdate] {
            assert_eq!(reader.decide(purpose, same.clone(), existing, &tags), RowDoes::Skip);
            let RowDoes::Update(values) = reader.decide(purpose, other.clone(), existing, &tags) else {
                panic!("it is different")
            };
            assert_eq!((values.first_name, values.phone), (None, None), "kept, and the same");
            assert_eq!(values.fields, [("edad".to_owned(), json!(31.0))].into());
            assert_eq!(values.tags, ["Nueva"]);
        }
        assert_eq!(reader.decide(Add, other.clone(), existing, &tags), RowDoes::Skip);
        assert_eq!(reader.decide(Update, other.clone(), None, &tags), RowDoes::Skip);
        for purpose in [Add, AddAndUpdate, AddAll] {
            assert_eq!(
                reader.decide(purpose, other.clone(), None, &tags),
                RowDoes::Add(other.values.clone())
            );
            let nobody = reader.decide(purpose, nameless.clone(), None, &tags);
            assert_eq!(nobody, RowDoes::Fail(RowError::MissingFirstName));
        }
        assert_eq!(reader.decide(AddAll, other.clone(), existing, &tags), RowDoes::Add(other.values.clone()));
        assert_eq!(other.values.key(Identifier::Phone).as_deref(), Some("+593991234567"));
        assert_eq!(other.values.key(Identifier::Email), None);
    }
}
