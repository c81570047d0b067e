//! Sign-in by the user pool. Only this installation's own function may sign anyone in (administrative flow).

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType, MessageActionType,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use colibri_app::ports::{AccessClaims, Identity, IdentityError, PortError, PortErrorKind, SignIn, Tokens};
use secrecy::{ExposeSecret as _, SecretString};

use super::port_error;
use super::tokens::TokenVerifier;

/// What signing in needs beyond checking tokens.
pub struct Pool {
    /// Client of the service.
    pub client: Client,
    /// The user pool.
    pub id: String,
    /// Its client.
    pub client_id: String,
}

/// The user pool; without `pool` it only checks tokens.
pub struct CognitoIdentity {
    tokens: TokenVerifier,
    pool: Option<Pool>,
}

impl CognitoIdentity {
    /// A function that signs nobody in gives no pool.
    pub fn new(tokens: TokenVerifier, pool: Option<Pool>) -> Self {
        Self { tokens, pool }
    }

    fn pool(&self) -> Result<&Pool, IdentityError> {
        let undeclared =
            || PortError::new(PortErrorKind::Denied, "identity", "this function signs nobody in");
        Ok(self.pool.as_ref().ok_or_else(undeclared)?)
    }
}

#[async_trait]
impl Identity for CognitoIdentity {
    async fn sign_in(&self, email: &str, password: &SecretString) -> Result<SignIn, IdentityError> {
        let pool = self.pool()?;
        let call = pool.client.admin_initiate_auth().user_pool_id(&pool.id).client_id(&pool.client_id);
        let call = call.auth_flow(AuthFlowType::AdminUserPasswordAuth);
        let call =
            call.auth_parameters("USERNAME", email).auth_parameters("PASSWORD", password.expose_secret());
        let answer = call.send().await.map_err(|error| sort("identity.sign_in", &error))?;
        match (answer.challenge_name, answer.session) {
            (Some(ChallengeNameType::NewPasswordRequired), Some(session)) => {
                Ok(SignIn::NewPassword { session })
            }
            (Some(other), _) => {
                Err(PortError::new(PortErrorKind::Denied, "identity.sign_in", other.as_str()).into())
            }
            (None, _) => tokens(answer.authentication_result).map(SignIn::Done),
        }
    }

    async fn new_password(
        &self,
        email: &str,
        session: &str,
        password: &SecretString,
    ) -> Result<Tokens, IdentityError> {
        let pool = self.pool()?;
        let answers = HashMap::from([
            ("USERNAME".to_owned(), email.to_owned()),
            ("NEW_PASSWORD".to_owned(), password.expose_secret().to_owned()),
        ]);
        let call =
            pool.client.admin_respond_to_auth_challenge().user_pool_id(&pool.id).client_id(&pool.client_id);
        let call = call
            .challenge_name(ChallengeNameType::NewPasswordRequired)
            .session(session)
            .set_challenge_responses(Some(answers));
        let answer = call.send().await.map_err(|error| match sort("identity.new_password", &error) {
            // A session that has run out is refused like a wrong password is at sign-in.
            IdentityError::Wrong => IdentityError::Ended,
            other => other,
        })?;
        tokens(answer.authentication_result)
    }

    async fn refresh(&self, refresh: &SecretString) -> Result<Tokens, IdentityError> {
        let pool = self.pool()?;
        let call = pool
            .client
            .get_tokens_from_refresh_token()
            .client_id(&pool.client_id)
            .refresh_token(refresh.expose_secret());
        let answer = call.send().await.map_err(|error| match sort("identity.refresh", &error) {
            IdentityError::Wrong => IdentityError::Ended,
            other => other,
        })?;
        tokens(answer.authentication_result)
    }

    async fn sign_out(&self, refresh: &SecretString) -> Result<(), IdentityError> {
        let pool = self.pool()?;
        let call = pool.client.revoke_token().client_id(&pool.client_id).token(refresh.expose_secret());
        match call.send().await.map_err(|error| sort("identity.sign_out", &error)) {
            Ok(_) | Err(IdentityError::Wrong | IdentityError::Ended) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn forgot(&self, email: &str) -> Result<(), IdentityError> {
        let pool = self.pool()?;
        match pool.client.forgot_password().client_id(&pool.client_id).username(email).send().await {
            Ok(_) => Ok(()),
            // An unknown or unconfirmed user must look like any other.
            Err(error)
                if matches!(
                    code(&error),
                    "UserNotFoundException" | "InvalidParameterException" | "NotAuthorizedException"
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(sort("identity.forgot", &error)),
        }
    }

    async fn reset(&self, email: &str, code: &str, password: &SecretString) -> Result<(), IdentityError> {
        let pool = self.pool()?;
        let call = pool.client.confirm_forgot_password().client_id(&pool.client_id).username(email);
        let answer = call.confirmation_code(code).password(password.expose_secret()).send().await;
        answer.map(|_| ()).map_err(|error| match sort("identity.reset", &error) {
            IdentityError::Wrong => IdentityError::WrongCode,
            other => other,
        })
    }

    async fn change_password(
        &self,
        access: &SecretString,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError> {
        let call = self.pool()?.client.change_password().access_token(access.expose_secret());
        let call = call.previous_password(old.expose_secret()).proposed_password(new.expose_secret());
        call.send().await.map(|_| ()).map_err(|error| of_session("identity.change_password", &error))
    }

    async fn sign_out_everywhere(&self, access: &SecretString) -> Result<(), IdentityError> {
        let call = self.pool()?.client.global_sign_out().access_token(access.expose_secret());
        call.send().await.map(|_| ()).map_err(|error| of_session("identity.sign_out_everywhere", &error))
    }

    async fn create(&self, email: &str, password: &SecretString) -> Result<String, IdentityError> {
        let pool = self.pool()?;
        let attribute = |name: &str, value: &str| AttributeType::builder().name(name).value(value).build();
        let broken = |error: &dyn std::fmt::Display| {
            PortError::new(PortErrorKind::Corrupt, "identity.create", error.to_string())
        };
        let call = pool
            .client
            .admin_create_user()
            .user_pool_id(&pool.id)
            .username(email)
            .message_action(MessageActionType::Suppress)
            .user_attributes(attribute("email", email).map_err(|error| broken(&error))?)
            .user_attributes(attribute("email_verified", "true").map_err(|error| broken(&error))?);
        match call.send().await {
            Ok(_) => {}
            Err(error) if code(&error) == "UsernameExistsException" => {}
            Err(error) => return Err(sort("identity.create", &error)),
        }
        let set = pool.client.admin_set_user_password().user_pool_id(&pool.id).username(email);
        let set = set.password(password.expose_secret()).permanent(true).send().await;
        set.map_err(|error| sort("identity.create", &error))?;
        let found = pool.client.admin_get_user().user_pool_id(&pool.id).username(email).send().await;
        let found = found.map_err(|error| sort("identity.create", &error))?;
        let subject = found.user_attributes().iter().find(|a| a.name() == "sub").and_then(|a| a.value());
        Ok(subject.ok_or_else(|| broken(&"a user without an id"))?.to_owned())
    }

    async fn verify(&self, access: &str) -> Result<AccessClaims, IdentityError> {
        self.tokens.verify(access).await
    }
}

fn tokens(result: Option<AuthenticationResultType>) -> Result<Tokens, IdentityError> {
    let missing = || PortError::new(PortErrorKind::Corrupt, "identity", "no tokens in the answer");
    let result = result.ok_or_else(missing)?;
    Ok(Tokens {
        access: result.access_token.ok_or_else(missing)?.into(),
        refresh: result.refresh_token.map(SecretString::from),
        expires_in: i64::from(result.expires_in),
    })
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default()
}

/// A call that an access token authorises. The service has one code for a wrong password and for a token that it takes
/// no longer ("Access Token has been revoked"): only the message tells them apart.
fn of_session<E: ProvideErrorMetadata, R>(op: &'static str, error: &SdkError<E, R>) -> IdentityError {
    let message = error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or_default();
    match sort(op, error) {
        IdentityError::Wrong if message.to_ascii_lowercase().contains("token") => IdentityError::Ended,
        // What is not a password at all breaks the pattern of the call before the rules for passwords are asked.
        IdentityError::Port(_) if code(error) == "InvalidParameterException" => IdentityError::WeakPassword,
        other => other,
    }
}

fn sort<E: ProvideErrorMetadata, R>(op: &'static str, error: &SdkError<E, R>) -> IdentityError {
    match code(error) {
        "NotAuthorizedException"
        | "UserNotFoundException"
        | "UserNotConfirmedException"
        | "PasswordResetRequiredException" => IdentityError::Wrong,
        "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => IdentityError::WeakPassword,
        "CodeMismatchException" | "ExpiredCodeException" => IdentityError::WrongCode,
        "TooManyRequestsException" | "TooManyFailedAttemptsException" | "LimitExceededException" => {
            IdentityError::TooMany
        }
        "RefreshTokenReuseException" | "UnauthorizedException" => IdentityError::Ended,
        _ => IdentityError::Port(port_error(op, error)),
    }
}
