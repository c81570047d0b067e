//! Fields of a delivery that are news about the account.

use serde_json::Value;

use colibri_domain::channel::Quality;
use colibri_domain::failure::FailureClass;
use colibri_domain::inbound::ChannelNotice;
use colibri_domain::template::TemplateStatus;

use super::errors;
use crate::json;

/// Fields that we read or knowingly pass over.
pub const FIELDS: &[&str] = &[
    "messages",
    "smb_message_echoes",
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "message_template_components_update",
    "user_preferences",
    "account_update",
    "account_review_update",
    "account_alerts",
    "phone_number_quality_update",
    "phone_number_name_update",
    "business_capability_update",
    "calls",
    "history",
    "smb_app_state_sync",
    "flows",
    "security",
    "errors",
];

/// Reads a field other than messages; false when we do not know it.
pub(super) fn read(field: &str, value: &Value, notices: &mut Vec<ChannelNotice>) -> bool {
    let other = || ChannelNotice::Other { field: field.chars().take(64).collect() };
    let notice = match field {
        "message_template_status_update" => template_status(value),
        "message_template_quality_update"
        | "template_category_update"
        | "message_template_components_update" => {
            template(value).map(|(name, language)| ChannelNotice::TemplateChanged { name, language })
        }
        "phone_number_quality_update" => Some(quality(value)),
        "business_capability_update" => Some(capability(value)),
        "account_update" => Some(account(value)),
        "account_review_update" => Some(review(value)),
        _ => None,
    };
    notices.push(notice.unwrap_or_else(other));
    FIELDS.contains(&field)
}

/// An element of a delivery's own `errors`.
pub(super) fn error(error: &Value) -> ChannelNotice {
    let failure = errors::classify(error, &[]).failure;
    match (failure.class, failure.code) {
        (FailureClass::Account, Some(code)) => {
            ChannelNotice::Account { event: format!("error_{code}"), fatal: true }
        }
        _ => ChannelNotice::Other { field: "errors".to_owned() },
    }
}

fn template(value: &Value) -> Option<(String, String)> {
    Some((json::filled(value, "message_template_name")?, json::filled(value, "message_template_language")?))
}

fn template_status(value: &Value) -> Option<ChannelNotice> {
    let (name, language) = template(value)?;
    let event = json::text(value, "event").unwrap_or_default();
    let Some(status) = status(&event) else {
        return Some(ChannelNotice::TemplateChanged { name, language });
    };
    let about = |key: &str, member: &str| value.get(key).and_then(|part| json::filled(part, member));
    let reason = json::filled(value, "reason")
        .filter(|reason| reason != "NONE")
        .or_else(|| about("rejection_info", "reason"))
        .or_else(|| about("other_info", "description"))
        .map(|reason| reason.chars().take(500).collect());
    Some(ChannelNotice::TemplateStatus { name, language, status, reason })
}

/// The provider's word for a template's state; `None` where it says nothing about whether it may be sent.
pub fn status(word: &str) -> Option<TemplateStatus> {
    Some(match word.to_ascii_uppercase().as_str() {
        "APPROVED" | "REINSTATED" | "UNPAUSED" | "UNARCHIVED" => TemplateStatus::Approved,
        "REJECTED" => TemplateStatus::Rejected,
        "PENDING" | "IN_APPEAL" | "APPEAL_REQUESTED" | "PENDING_REVIEW" => TemplateStatus::Pending,
        "PAUSED" | "LIMIT_EXCEEDED" => TemplateStatus::Paused,
        "DISABLED" | "PENDING_DELETION" | "DELETED" | "ARCHIVED" => TemplateStatus::Disabled,
        _ => return None,
    })
}

fn quality(value: &Value) -> ChannelNotice {
    let event = json::text(value, "event").unwrap_or_default();
    let limit = ["current_limit", "max_daily_conversations_per_business", "max_daily_conversation_per_phone"];
    ChannelNotice::Quality {
        quality: (event == "FLAGGED").then_some(Quality::Red),
        throughput: (event == "THROUGHPUT_UPGRADE").then_some(super::limits::UPGRADED_THROUGHPUT),
        messaging_limit: limit.iter().find_map(|key| tier(value.get(key)?)),
    }
}

fn capability(value: &Value) -> ChannelNotice {
    let keys = ["max_daily_conversations_per_business", "max_daily_conversation_per_phone"];
    let messaging_limit = keys.iter().find_map(|key| tier(value.get(key)?));
    ChannelNotice::Quality { quality: None, throughput: None, messaging_limit }
}

/// A messaging limit, as a number or as a tier's name; none for "unlimited", which is no number.
pub fn tier(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        Value::String(text) => {
            let amount = text.strip_prefix("TIER_").unwrap_or(text);
            match amount.strip_suffix('K') {
                Some(thousands) => thousands.parse::<u32>().ok()?.checked_mul(1000),
                None => amount.parse().ok(),
            }
        }
        _ => None,
    }
}

fn account(value: &Value) -> ChannelNotice {
    let event = json::text(value, "event").unwrap_or_default();
    let ban = value.get("ban_info").and_then(|ban| json::filled(ban, "waba_ban_state"));
    let restrictions = json::items(value, "restriction_info");
    let silenced = restrictions.iter().any(|restriction| {
        json::text(restriction, "restriction_type").is_some_and(|t| t.contains("CUSTOMER_INITIATED"))
    });
    let fatal = match event.as_str() {
        "DISABLED_UPDATE" => ban.as_deref() == Some("DISABLE"),
        "ACCOUNT_DELETED" | "PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED" | "ACCOUNT_OFFBOARDED" => true,
        "ACCOUNT_RESTRICTION" => silenced,
        _ => false,
    };
    let event = match ban {
        Some(state) if event == "DISABLED_UPDATE" => format!("{event}:{state}"),
        _ => event,
    };
    ChannelNotice::Account { event: event.to_ascii_lowercase().chars().take(64).collect(), fatal }
}

fn review(value: &Value) -> ChannelNotice {
    let decision = json::text(value, "decision").unwrap_or_default().to_ascii_lowercase();
    ChannelNotice::Account { event: format!("review_{decision}").chars().take(64).collect(), fatal: false }
}
