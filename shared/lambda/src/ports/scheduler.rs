//! One-shot wake-ups on EventBridge Scheduler.

use async_trait::async_trait;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use colibri_app::ports::{PortError, PortErrorKind, QueueMessage, QueueName, Scheduler};
use colibri_domain::Millis;
use sha2::{Digest, Sha256};

use super::port_error;
use crate::settings::Settings;

const OP: &str = "schedule";

/// Makes schedules that delete themselves after their one delivery.
#[derive(Clone)]
pub struct EventScheduler {
    client: aws_sdk_scheduler::Client,
    group: String,
    role: String,
    outbound: String,
}

impl EventScheduler {
    /// With the group, role and queue that `settings` names.
    #[track_caller]
    pub fn new(client: aws_sdk_scheduler::Client, settings: &Settings) -> Self {
        let value = |name| settings.value(name).to_owned();
        Self {
            client,
            group: value("SCHEDULE_GROUP"),
            role: value("SCHEDULE_ROLE_ARN"),
            outbound: value("OUTBOUND_QUEUE_ARN"),
        }
    }
}

#[async_trait]
impl Scheduler for EventScheduler {
    async fn at(
        &self,
        name: &str,
        at: Millis,
        queue: QueueName,
        message: QueueMessage,
    ) -> Result<(), PortError> {
        if queue != QueueName::Outbound {
            return Err(PortError::new(PortErrorKind::Denied, OP, "only the outbound queue is woken"));
        }
        let fault =
            |error: &dyn std::fmt::Display| PortError::new(PortErrorKind::Unavailable, OP, error.to_string());
        let target = Target::builder()
            .arn(&self.outbound)
            .role_arn(&self.role)
            .input(message.body)
            .build()
            .map_err(|error| fault(&error))?;
        let exact = FlexibleTimeWindow::builder()
            .mode(FlexibleTimeWindowMode::Off)
            .build()
            .map_err(|error| fault(&error))?;
        let made = self
            .client
            .create_schedule()
            .name(schedule_name(name))
            .group_name(&self.group)
            .schedule_expression(expression(at).map_err(|error| fault(&error))?)
            .flexible_time_window(exact)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target)
            .send()
            .await;
        match made {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(port_error(OP, &error)),
        }
    }
}

/// Whole seconds, rounded up: never before the asked instant.
fn expression(at: Millis) -> Result<String, jiff::Error> {
    let second = at.plus(999).seconds().0;
    Ok(jiff::Timestamp::from_second(second)?.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string())
}

/// A name as the service takes it: up to 64 letters, digits, `-`, `_`, `.`.
fn schedule_name(name: &str) -> String {
    let legal = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if legal && !name.is_empty() && name.len() <= 64 {
        name.to_owned()
    } else {
        hex::encode(Sha256::digest(name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_up_and_names_fit() {
        assert_eq!(expression(Millis(1_700_000_000_001)).unwrap(), "at(2023-11-14T22:13:21)");
        assert_eq!(expression(Millis(1_700_000_000_000)).unwrap(), "at(2023-11-14T22:13:20)");
        assert_eq!(schedule_name("wake-1.2_3"), "wake-1.2_3");
        assert_eq!(schedule_name("W#ws#C#7").len(), 64);
    }
}
