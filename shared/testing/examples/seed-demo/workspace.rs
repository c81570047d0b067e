//! The demo's organization: two workspaces, six people, and the words they use.

use std::error::Error;

use colibri_domain::channel::{Channel, ChannelSource, ChannelState, Check, Quality, ReadReceipts};
use colibri_domain::people::{
    ActivityStatus, ClosingCategory, ClosingNoteMode, CustomField, FieldKind, Membership, OrganizationRole,
    Role, Stage, Tag, Team, User, Visibility, Workspace,
};
use colibri_domain::segment::Segment;
use colibri_domain::{ChannelId, Millis, OrganizationId, TeamId, UserId, WorkspaceId};
use colibri_store::{SegmentWrite, Store, StoreError};
use serde_json::json;

use crate::installation::Installation;

/// Contacts that the demo's plan allows; 487 are used, so that the notice at 90 % shows and newcomers still get in.
const QUOTA: u64 = 500;

pub fn organization() -> OrganizationId {
    OrganizationId::from_unique("ceibo")
}

pub fn ceibo() -> WorkspaceId {
    WorkspaceId::from_unique("ceibo")
}

fn talleres() -> WorkspaceId {
    WorkspaceId::from_unique("talleres")
}

pub fn channel_id() -> ChannelId {
    ChannelId::from_unique("ceibo-whatsapp")
}

/// The demo's bot.
pub fn bot_id() -> ChannelId {
    ChannelId::from_unique("ceibo-telegram")
}

/// The demo's page.
pub fn page_id() -> ChannelId {
    ChannelId::from_unique("ceibo-messenger")
}

/// The demo's Instagram account.
pub fn instagram_id() -> ChannelId {
    ChannelId::from_unique("ceibo-instagram")
}

pub fn user(name: &str) -> UserId {
    UserId::from_unique(name)
}

struct Person {
    key: &'static str,
    first: &'static str,
    last: &'static str,
    role: Role,
    visibility: Visibility,
    team: &'static str,
    status: ActivityStatus,
}

const PEOPLE: [Person; 6] = [
    Person {
        key: "alba",
        first: "Alba",
        last: "Quishpe",
        role: Role::Owner,
        visibility: Visibility::All,
        team: "quito",
        status: ActivityStatus::Online,
    },
    Person {
        key: "bruno",
        first: "Bruno",
        last: "Zambrano",
        role: Role::Manager,
        visibility: Visibility::All,
        team: "quito",
        status: ActivityStatus::Online,
    },
    Person {
        key: "carla",
        first: "Carla",
        last: "Guamán",
        role: Role::Agent,
        visibility: Visibility::All,
        team: "quito",
        status: ActivityStatus::Online,
    },
    Person {
        key: "diego",
        first: "Diego",
        last: "Cevallos",
        role: Role::Agent,
        visibility: Visibility::Team,
        team: "cuenca",
        status: ActivityStatus::Busy,
    },
    Person {
        key: "elena",
        first: "Elena",
        last: "Tapuy",
        role: Role::Agent,
        visibility: Visibility::All,
        team: "posventa",
        status: ActivityStatus::Online,
    },
    Person {
        key: "fabian",
        first: "Fabián",
        last: "Mero",
        role: Role::Agent,
        visibility: Visibility::Own,
        team: "posventa",
        status: ActivityStatus::Offline,
    },
];

const TEAMS: [(&str, &str); 3] =
    [("quito", "Ventas Quito"), ("cuenca", "Ventas Cuenca"), ("posventa", "Posventa")];

const TAGS: [(&str, &str, &str, &str); 8] = [
    ("caliente", "Caliente", "🔥", "red"),
    ("sala", "Sala", "🛋️", "teal"),
    ("dormitorio", "Dormitorio", "🛏️", "blue"),
    ("pago", "Pago por confirmar", "💳", "amber"),
    ("entrega", "Entrega pendiente", "🚚", "green"),
    ("reclamo", "Reclamo", "⚠️", "red"),
    ("mayorista", "Mayorista", "🏢", "gray"),
    ("recompra", "Recompra", "🔁", "teal"),
];

const CATEGORIES: [(&str, &str, &str); 6] = [
    ("ganada", "Venta cerrada", "El cliente compró."),
    ("perdida", "Venta perdida", "El cliente no comprará por ahora."),
    ("pago", "Pago", "Transferencias, tarjetas y comprobantes."),
    ("entrega", "Entrega", "Fechas, direcciones y transporte."),
    ("garantia", "Garantía", "Reclamos y reparaciones."),
    ("consulta", "Consulta general", "Horarios, precios y disponibilidad."),
];

/// Writes everything but contacts.
pub async fn fill(store: &Store, target: &Installation, now: Millis) -> Result<(), Box<dyn Error>> {
    let owner = store.organization(&organization());
    owner.put_name("Grupo Ceibo (demo)").await?;
    owner.set_quota(QUOTA).await?;
    for (id, name) in [(ceibo(), "Muebles Ceibo (demo)"), (talleres(), "Ceibo Talleres (demo)")] {
        settings(store, &id, name).await?;
    }
    people(store, target).await?;
    store.workspace(&ceibo()).put_channel(&channel(target, now), None).await?;
    store.workspace(&ceibo()).put_channel(&bot(target, now), None).await?;
    store.workspace(&ceibo()).put_channel(&page(target, now), None).await?;
    store.workspace(&ceibo()).put_channel(&instagram(target, now), None).await?;
    Ok(())
}

async fn settings(store: &Store, id: &WorkspaceId, name: &str) -> Result<(), Box<dyn Error>> {
    let data = store.workspace(id);
    data.put_workspace(&Workspace {
        id: id.clone(),
        organization_id: organization(),
        name: name.into(),
        timezone: "America/Guayaquil".into(),
        country: "EC".into(),
        closing_note_mode: ClosingNoteMode::Optional,
        consumers: Vec::new(),
    })
    .await?;
    for (id, name) in TEAMS {
        data.put_team(&Team { id: TeamId::from_unique(id), name: name.into(), description: String::new() })
            .await?;
    }
    for (id, name, emoji, color) in TAGS {
        data.put_tag(&Tag {
            id: id.into(),
            name: name.into(),
            emoji: Some(emoji.into()),
            color: color.into(),
            description: String::new(),
        })
        .await?;
    }
    for (id, name, description) in CATEGORIES {
        data.put_closing_category(&ClosingCategory {
            id: id.into(),
            name: name.into(),
            description: description.into(),
        })
        .await?;
    }
    for (position, field) in fields().into_iter().enumerate() {
        data.put_field(&CustomField { position: u32::try_from(position)?, ..field }).await?;
    }
    for (id, name, filter) in segments() {
        let segment =
            Segment { id: id.into(), name: name.into(), filter: serde_json::from_value(filter)?, version: 0 };
        let rule = |all: &[Segment]| {
            // A second run finds what the first has made.
            let known = all.iter().find(|one| one.id == segment.id);
            let write = known.map_or_else(
                || SegmentWrite::Put(segment.clone()),
                |known| SegmentWrite::Nothing(Some(known.clone())),
            );
            Ok::<_, StoreError>((write, None))
        };
        data.change_segments(rule).await?;
    }
    for (position, (id, name, emoji, lost)) in STAGES.into_iter().enumerate() {
        data.put_stage(&Stage {
            id: id.into(),
            name: name.into(),
            emoji: Some(emoji.into()),
            description: String::new(),
            lost,
            position: u32::try_from(position)?,
        })
        .await?;
    }
    Ok(())
}

const STAGES: [(&str, &str, &str, bool); 5] = [
    ("st_nuevo", "Nuevo", "🌱", false),
    ("st_interesado", "Interesado", "👀", false),
    ("st_cotizado", "Cotizado", "🧾", false),
    ("st_cliente", "Cliente", "🛋️", false),
    ("st_perdido", "Perdido", "🍂", true),
];

fn segments() -> [(&'static str, &'static str, serde_json::Value); 3] {
    let is = |field: &str, operator: &str, value: serde_json::Value| json!({ "field": field, "operator": operator, "value": value });
    [
        (
            "sg_quito",
            "Quito con presupuesto > 800",
            json!({ "all": [
                is("custom:ciudad", "is_equal_to", json!("Quito")),
                is("custom:presupuesto", "is_greater_than", json!(800)),
            ] }),
        ),
        (
            "sg_sin_compra",
            "Sin compra en 90 días",
            json!({ "all": [
                is("last_message_at", "before_last", json!(90)),
                is("stage", "is_not_equal_to", json!("st_perdido")),
            ] }),
        ),
        (
            "sg_mayoristas",
            "Mayoristas",
            json!({ "any": [
                is("tags", "has_any_of", json!(["mayorista"])),
                is("custom:presupuesto", "is_greater_than", json!(5000)),
            ] }),
        ),
    ]
}

fn fields() -> Vec<CustomField> {
    let field = |slug: &str, name: &str, kind, options: &[&str]| CustomField {
        id: slug.into(),
        slug: slug.into(),
        name: name.into(),
        kind,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        description: String::new(),
        hidden: false,
        position: 0,
        deleted: false,
    };
    vec![
        field(
            "ciudad",
            "Ciudad",
            FieldKind::List,
            &["Quito", "Cuenca", "Guayaquil", "Loja", "Riobamba", "Ambato", "Manta"],
        ),
        field("presupuesto", "Presupuesto", FieldKind::Number, &[]),
        field("fecha_de_entrega", "Fecha de entrega", FieldKind::Date, &[]),
        field("cedula_o_ruc", "Cédula o RUC", FieldKind::Text, &[]),
        field(
            "como_nos_conocio",
            "Cómo nos conoció",
            FieldKind::List,
            &["Instagram", "Recomendación", "Feria", "Paso por el local"],
        ),
        field("acepta_promociones", "Acepta promociones", FieldKind::Checkbox, &[]),
    ]
}

async fn people(store: &Store, target: &Installation) -> Result<(), Box<dyn Error>> {
    let owner = store.organization(&organization());
    for person in PEOPLE {
        let email = format!("{}@ceibo.example", person.key);
        let mut workspaces = vec![ceibo()];
        if person.role == Role::Owner || person.role == Role::Manager {
            workspaces.push(talleres());
        }
        for workspace in &workspaces {
            let member = Membership {
                user_id: user(person.key),
                name: format!("{} {}", person.first, person.last),
                email: email.clone(),
                role: person.role,
                visibility: person.visibility,
                teams: vec![TeamId::from_unique(person.team)],
                status: person.status,
                restrictions: Vec::new(),
                custom_role: None,
                custom_rights: Vec::new(),
            };
            store.workspace(workspace).put_member(&member).await?;
        }
        let stored = User {
            id: user(person.key),
            organization_id: organization(),
            email: email.clone(),
            first_name: person.first.into(),
            last_name: person.last.into(),
            locale: "es".into(),
            workspaces,
            revoked_before: None,
            accepted: Vec::new(),
            ended_sessions: Vec::new(),
            version: 0,
            organization_role: if person.role == Role::Owner {
                OrganizationRole::Admin
            } else {
                OrganizationRole::Member
            },
        };
        owner.put_user(&stored).await?;
        if let Some(subject) = target.users.get(&email) {
            store.installation().put_subject(subject, &organization(), &user(person.key)).await?;
        }
    }
    Ok(())
}

fn bot(target: &Installation, now: Millis) -> Channel {
    let ok = |key: &str| Check { key: key.into(), ok: true, detail: None };
    Channel {
        id: bot_id(),
        source: ChannelSource::Telegram,
        name: "Telegram".into(),
        account: target.channel.bot_token.split(':').next().unwrap_or_default().to_owned(),
        parent_account: None,
        app: None,
        display: "@ceibo_muebles_bot".into(),
        verified_name: Some("Ceibo Muebles".into()),
        quality: None,
        throughput: 30,
        messaging_limit: None,
        checks: vec![ok("token"), ok("webhook")],
        created_at: now.plus(-20 * 86_400_000),
        ..channel(target, now)
    }
}

fn page(target: &Installation, now: Millis) -> Channel {
    let ok = |key: &str| Check { key: key.into(), ok: true, detail: None };
    Channel {
        id: page_id(),
        source: ChannelSource::Facebook,
        name: "Messenger".into(),
        account: target.channel.page_id.clone(),
        parent_account: None,
        display: "Ceibo Muebles".into(),
        verified_name: Some("Ceibo Muebles".into()),
        quality: None,
        throughput: 300,
        messaging_limit: None,
        checks: vec![ok("account"), ok("webhook")],
        created_at: now.plus(-15 * 86_400_000),
        ..channel(target, now)
    }
}

fn instagram(target: &Installation, now: Millis) -> Channel {
    Channel {
        id: instagram_id(),
        source: ChannelSource::Instagram,
        name: "Instagram".into(),
        account: target.channel.instagram_id.clone(),
        display: "@ceibo.muebles".into(),
        ..page(target, now)
    }
}

fn channel(target: &Installation, now: Millis) -> Channel {
    let ok = |key: &str| Check { key: key.into(), ok: true, detail: None };
    Channel {
        id: channel_id(),
        workspace_id: ceibo(),
        source: ChannelSource::WhatsappCloud,
        name: "WhatsApp ventas".into(),
        state: ChannelState::Connected,
        account: target.channel.phone_number_id.clone(),
        parent_account: Some(target.channel.business_account_id.clone()),
        app: Some(target.channel.app_id.clone()),
        display: target.channel.display.clone(),
        verified_name: Some("Muebles Ceibo (demo)".into()),
        quality: Some(Quality::Green),
        throughput: 80,
        messaging_limit: Some(2_000),
        error: None,
        last_event_at: Some(now),
        checks: vec![ok("number"), ok("token"), ok("webhook")],
        read_receipts: ReadReceipts::OnReply,
        created_at: now.plus(-40 * 86_400_000),
        checklist: Vec::new(),
        webchat: None,
    }
}
