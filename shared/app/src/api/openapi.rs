//! The API's description, made from the route table and the types themselves.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::route::Access;

/// Collects the schemas of every body and answer.
#[derive(OpenApi)]
#[openapi(components(schemas(
    crate::problem::Problem,
    super::session::SignInRequest,
    super::session::ChangePasswordRequest,
    super::session::NewPasswordRequest,
    super::session::ForgotRequest,
    super::session::ResetRequest,
    super::session::SessionAnswer,
    super::me::Me,
    super::me::MePatch,
    super::workspace::WorkspaceBundle,
    super::contacts::NewContactRequest,
    super::contacts::NewContactAnswer,
    super::contacts::InboxCounts,
    super::contacts::ContactPatch,
    super::bulk::BulkRequest,
    super::bulk::BulkAnswer,
    super::imports::ImportFile,
    super::imports::ImportPreview,
    super::imports::ImportRequest,
    super::imports::ImportAnswer,
    super::imports::ImportList,
    super::segments::SegmentRequest,
    super::segments::SegmentAnswer,
    super::segments::SegmentList,
    super::segments::ContactQuery,
    super::segments::CountRequest,
    super::segments::CountAnswer,
    super::tags::TagRequest,
    super::tags::TagAnswer,
    super::custom_fields::FieldRequest,
    super::custom_fields::FieldPatch,
    super::custom_fields::FieldList,
    super::stages::StageRequest,
    super::stages::StageList,
    super::stages::OrderRequest,
    super::workspace::WorkspacePatch,
    super::trash::DeleteContactsRequest,
    super::trash::DeleteContactsAnswer,
    super::trash::TrashedContact,
    super::merges::MergeRequest,
    super::merges::MergePreview,
    super::merges::UnmergeRequest,
    super::merges::UnmergeAnswer,
    super::merges::MergeSuggestions,
    super::conversations::AssignRequest,
    super::conversations::CloseRequest,
    super::messages::SendRequest,
    super::messages::SendAnswer,
    super::messages::MessageAnswer,
    super::messages::ReactionRequest,
    super::comments::CommentRequest,
    super::comments::CommentAnswer,
    super::snippets::SnippetRequest,
    super::snippets::SnippetAnswer,
    super::snippets::SnippetList,
    super::snippets::FilledSnippet,
    super::channels::ChannelList,
    super::channels::ChannelAnswer,
    super::channels::ConnectRequest,
    super::channels::ConnectAnswer,
    super::channels::ChannelPatch,
    super::channels::ChannelSetup,
    super::webchat::WebchatAnswer,
    super::webchat::WebchatIdentity,
    super::webchat::InstallCheckRequest,
    super::webchat::InstallCheck,
    colibri_domain::webchat::WebchatSettings,
    super::templates::TemplateList,
    super::templates::SyncRequest,
    super::exports::ExportRequest,
    super::exports::ExportAnswer,
    super::exports::ExportList,
    super::exports::ExportLink,
    super::files::FileRequest,
    super::files::FileUpload,
    super::files::FileAnswer,
    super::files::FileLink,
    super::notifications::NotificationList,
    super::notifications::ReadNotificationsRequest,
    super::sockets::SocketTicket,
    super::users::UserList,
    super::users::UserDetail,
    colibri_domain::membership::Place,
    super::invitations::InvitationRequest,
    super::invitations::InvitationView,
    super::invitations::InvitationList,
    super::teams::TeamRequest,
    super::teams::TeamAnswer,
    super::roles::RoleRequest,
    super::roles::RoleAnswer,
    super::roles::RoleList,
    super::audit::AuditList,
    super::signup::DocumentList,
    super::signup::StartRequest,
    super::signup::TokenRequest,
    super::signup::SignUpRequest,
    super::signup::JoinRequest,
    super::signup::SignUpAnswer,
    super::signup::InvitationOffer,
    super::organization::OrganizationView,
    super::organization::OrganizationPatch,
    super::organization::OrganizationRoleRequest,
    super::organization::WorkspaceRequest,
    super::organization::WorkspaceAnswer,
    super::organization::GrantRequest,
    super::billing::BillingView,
    super::billing::PlanList,
    super::billing::PlanRequest,
    super::billing::BillingRecords,
    super::billing::DocumentLink,
    super::billing::PaymentRequest,
    super::billing::PaymentPage,
    super::billing::CancelRequest,
    super::billing::DeletionList,
    super::billing::DeletionRequest,
    super::billing::DeletionConfirm,
    super::billing::DeletionView,
    colibri_domain::billing::BillingIdentity,
    super::operator_billing::CatalogueView,
    super::operator_billing::CustomerList,
    super::operator_billing::RevenueList,
    super::operator_billing::CustomerDetail,
    super::operator_billing::TransferRequest,
    super::operator_billing::RefundRequest,
    super::operator_billing::ReceivedCancellation,
    super::operator_billing::ExtraRequest,
    colibri_domain::billing::Catalogue,
    colibri_domain::billing::invoice::Issuer,
    super::operator::OrganizationList,
    super::operator::GrantList,
    colibri_domain::grant::Grant,
    colibri_domain::people::Organization,
    super::view::ContactHead,
    super::view::ContactDetail,
    super::view::HeadAnswer,
    super::view::TimelinePage,
    super::view::TimelineItem,
)))]
struct Schemas;

/// The whole document (`OpenAPI` 3.1) as JSON.
pub fn document() -> Value {
    let mut schemas = serde_json::to_value(Schemas::openapi()).unwrap_or_default();
    let mut components = schemas.get_mut("components").map(Value::take).unwrap_or_default();
    for (name, row) in [
        ("ContactPage", "ContactHead"),
        ("ContactDetailPage", "ContactDetail"),
        ("TimelineItemPage", "TimelineItem"),
        ("TrashPage", "TrashedContact"),
    ] {
        components["schemas"][name] = json!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": { "type": "array", "items": { "$ref": format!("#/components/schemas/{row}") } },
                "next_cursor": { "type": "string" },
            },
        });
    }
    components["securitySchemes"] =
        json!({ "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Colibri console API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the agents' web app calls. Times are milliseconds since the Unix epoch.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "paths": paths(),
        "components": components,
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for route in super::routes() {
        let mut parameters: Vec<Value> = route
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        parameters.extend(
            route
                .query
                .iter()
                .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } })),
        );
        if route.operation == "sendMessage" {
            parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "required": true, "schema": { "type": "string" } }));
        }
        let mut success = json!({ "description": "Done" });
        if let Some(answer) = route.answer {
            success["content"]["application/json"]["schema"]["$ref"] =
                json!(format!("#/components/schemas/{answer}"));
        }
        let problem = json!({
            "description": "Not done",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
        let mut operation = json!({
            "operationId": route.operation,
            "tags": [route.function],
            "parameters": parameters,
            "responses": { route.status.to_string(): success, "default": problem },
        });
        if route.access != Access::Public {
            operation["security"] = json!([{ "token": [] }]);
        }
        if let Some(body) = route.body {
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"] =
                json!(format!("#/components/schemas/{body}"));
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation;
    }
    Value::Object(paths)
}
