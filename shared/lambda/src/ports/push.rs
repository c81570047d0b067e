//! Pushes to sockets by API Gateway's management endpoint.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use colibri_app::ports::{PortError, Push, Pushed};

use super::port_error;

/// Pushes are best effort: an agent who missed one reads again.
const TIMEOUT: Duration = Duration::from_millis(800);

/// Pushes through one WebSocket API.
#[derive(Clone)]
pub struct ApiGatewayPush {
    client: aws_sdk_apigatewaymanagement::Client,
}

impl ApiGatewayPush {
    /// For the management endpoint of an API's stage.
    pub fn new(sdk: &SdkConfig, endpoint: &str) -> Self {
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(sdk)
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            .build();
        Self { client: aws_sdk_apigatewaymanagement::Client::from_conf(config) }
    }
}

#[async_trait]
impl Push for ApiGatewayPush {
    async fn push(&self, connection: &str, frame: &str) -> Result<Pushed, PortError> {
        let sent = self
            .client
            .post_to_connection()
            .connection_id(connection)
            .data(Blob::new(frame.as_bytes()))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Pushed::Delivered),
            Err(error) if error.as_service_error().is_some_and(PostToConnectionError::is_gone_exception) => {
                Ok(Pushed::Gone)
            }
            Err(error) => Err(port_error("push", &error)),
        }
    }

    async fn close(&self, connection: &str) -> Result<(), PortError> {
        match self.client.delete_connection().connection_id(connection).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(DeleteConnectionError::is_gone_exception) => {
                Ok(())
            }
            Err(error) => Err(port_error("push.close", &error)),
        }
    }
}
