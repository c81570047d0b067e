//! Signing in and out. The refresh token lives in a cookie that scripts cannot read and other sites cannot send.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::AuditAction;
use colibri_store::{Store, StoreError};
use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::attempts::Attempts;
use super::audit::deed;
use super::gate::{Caller, Resource};
use super::route::{self, Access, Call, Route};
use crate::http::Response;
use crate::ports::{Clock, Identity, IdentityError, Ids, Push, SignIn, Tokens};
use crate::problem::Problem;

mod password;

pub use password::ChangePasswordRequest;

const COOKIE: &str = "colibri_refresh";
/// 30 days in seconds, as the user pool's refresh tokens.
const COOKIE_AGE: u32 = 30 * 24 * 60 * 60;
/// Passwords and codes that an address of the network may try in an hour: a large office behind one address signs in,
/// a list of leaked passwords does not get far. The user pool counts per user besides.
const TRIES_AN_HOUR: u32 = 300;

const fn route(
    method: Method,
    path: &'static str,
    operation: &'static str,
    body: Option<&'static str>,
    status: u16,
    answer: Option<&'static str>,
) -> Route {
    Route {
        function: "api-session",
        method,
        path,
        operation,
        access: Access::Public,
        body,
        status,
        answer,
        query: &[],
    }
}

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(Method::POST, "/session/sign-in", "signIn", Some("SignInRequest"), 200, Some("SessionAnswer")),
    route(
        Method::POST,
        "/session/new-password",
        "setFirstPassword",
        Some("NewPasswordRequest"),
        200,
        Some("SessionAnswer"),
    ),
    route(Method::POST, "/session/refresh", "refreshSession", None, 200, Some("SessionAnswer")),
    route(Method::POST, "/session/sign-out", "signOut", None, 204, None),
    route(Method::POST, "/session/forgot", "forgotPassword", Some("ForgotRequest"), 204, None),
    route(Method::POST, "/session/reset", "resetPassword", Some("ResetRequest"), 204, None),
    route::route(
        "api-session",
        Method::POST,
        "/session/password",
        "changePassword",
        Access::User,
        Some("ChangePasswordRequest"),
        200,
        Some("SessionAnswer"),
        &[],
    ),
];

/// E-mail and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SignInRequest {
    pub email: String,
    #[schema(value_type = String)]
    pub password: SecretString,
}

/// Answer to the forced first password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NewPasswordRequest {
    pub email: String,
    /// From the challenge.
    pub session: String,
    #[schema(value_type = String)]
    pub password: SecretString,
}

/// Asks for a code by e-mail.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ForgotRequest {
    pub email: String,
}

/// Sets a password by the mailed code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ResetRequest {
    pub email: String,
    pub code: String,
    #[schema(value_type = String)]
    pub password: SecretString,
}

/// A session, or what must be done first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum SessionAnswer {
    /// Signed in.
    Tokens {
        /// For the Authorization header; keep it in memory only.
        access_token: String,
        /// Seconds.
        expires_in: i64,
    },
    /// A first password must be chosen.
    Challenge {
        /// `new_password`.
        challenge: &'static str,
        /// Goes back with the answer.
        session: String,
        /// Whose.
        email: String,
    },
}

/// The resource.
pub struct SessionResource {
    /// User pool.
    pub identity: Arc<dyn Identity>,
    /// What addresses have tried.
    pub attempts: Attempts,
    /// Where the audit log stands, and whom tokens are refused of.
    pub store: Store,
    /// Sockets of sessions that end.
    pub push: Arc<dyn Push>,
    /// For the audit log.
    pub clock: Arc<dyn Clock>,
    /// For the audit log.
    pub ids: Arc<dyn Ids>,
    /// The console's own origin, `https://host[:port]`: who may refresh.
    pub console_origin: String,
}

#[async_trait]
impl Resource for SessionResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        self.check_origin(&call)?;
        if !matches!(call.operation, "refreshSession" | "signOut") {
            self.attempts.from_network(&call, "s", TRIES_AN_HOUR).await?;
        }
        match call.operation {
            "signIn" => {
                let body: SignInRequest = call.body()?;
                let email = body.email.trim().to_lowercase();
                match self.identity.sign_in(&email, &body.password).await.map_err(problem)? {
                    SignIn::Done(tokens) => {
                        self.note(&call, &email, AuditAction::SignedIn).await;
                        Ok(self.signed_in(tokens))
                    }
                    SignIn::NewPassword { session } => {
                        let answer = SessionAnswer::Challenge { challenge: "new_password", session, email };
                        Ok(Response::json(StatusCode::OK, &answer))
                    }
                }
            }
            "setFirstPassword" => {
                let body: NewPasswordRequest = call.body()?;
                let email = body.email.trim().to_lowercase();
                let tokens = self.identity.new_password(&email, &body.session, &body.password).await;
                let tokens = tokens.map_err(problem)?;
                self.note(&call, &email, AuditAction::SignedIn).await;
                Ok(self.signed_in(tokens))
            }
            "refreshSession" => {
                let token = refresh_cookie(&call).ok_or_else(Problem::unauthenticated)?;
                match self.identity.refresh(&token).await {
                    Ok(tokens) => Ok(self.signed_in(tokens)),
                    Err(IdentityError::Port(error)) => Err(error.into()),
                    Err(_) => {
                        Ok(self
                            .signed_out(Problem::unauthenticated().into_response(&call.request.request_id)))
                    }
                }
            }
            "signOut" => {
                if let Some(token) = refresh_cookie(&call) {
                    self.identity.sign_out(&token).await.map_err(problem)?;
                }
                Ok(self.signed_out(Response::empty(StatusCode::NO_CONTENT)))
            }
            "forgotPassword" => {
                let body: ForgotRequest = call.body()?;
                // The same answer whether or not the address is known.
                match self.identity.forgot(&body.email.trim().to_lowercase()).await {
                    Err(IdentityError::Port(error)) => Err(error.into()),
                    Err(IdentityError::TooMany) => Err(Problem::too_many(60)),
                    _ => Ok(Response::empty(StatusCode::NO_CONTENT)),
                }
            }
            "resetPassword" => {
                let body: ResetRequest = call.body()?;
                let email = body.email.trim().to_lowercase();
                self.identity.reset(&email, body.code.trim(), &body.password).await.map_err(problem)?;
                self.note(&call, &email, AuditAction::PasswordReset).await;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            "changePassword" => self.change_password(&call, &*caller.user()?).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl SessionResource {
    /// Tells the log of each of his workspaces. Where that fails he is not kept out: the line is lost, and logged.
    async fn note(&self, call: &Call, email: &str, action: AuditAction) {
        if let Err(error) = self.noted(call, email, action).await {
            tracing::warn!(error.cause = %error, "a sign-in is not in the audit log");
        }
    }

    async fn noted(&self, call: &Call, email: &str, action: AuditAction) -> Result<(), StoreError> {
        let Some((organization, id)) = self.store.installation().user_by_email(email).await? else {
            return Ok(());
        };
        let Some(user) = self.store.organization(&organization).user(&id).await? else { return Ok(()) };
        let entry = deed(&*self.ids, &*self.clock, &user, call, action);
        for workspace in &user.workspaces {
            self.store.workspace(workspace).audit(&entry).await?;
        }
        Ok(())
    }

    /// A browser names the page that asks; another site's page is refused.
    fn check_origin(&self, call: &Call) -> Result<(), Problem> {
        match call.header("origin") {
            Some(origin) if origin != self.console_origin => Err(Problem::forbidden()),
            None if call.operation == "refreshSession"
                && call.header("sec-fetch-site").is_some_and(|s| s != "same-origin") =>
            {
                Err(Problem::forbidden())
            }
            _ => Ok(()),
        }
    }

    fn cookie(&self, value: &str, age: u32) -> String {
        let secure = if self.console_origin.starts_with("https:") { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path=/session; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
    }

    fn signed_in(&self, tokens: Tokens) -> Response {
        let answer = SessionAnswer::Tokens {
            access_token: tokens.access.expose_secret().to_owned(),
            expires_in: tokens.expires_in,
        };
        let mut response = Response::json(StatusCode::OK, &answer);
        if let Some(refresh) = tokens.refresh {
            response.cookies.push(self.cookie(refresh.expose_secret(), COOKIE_AGE));
        }
        response
    }

    fn signed_out(&self, mut response: Response) -> Response {
        response.cookies.push(self.cookie("", 0));
        response
    }
}

/// The refresh token of a request. Payload format 2.0 lists cookies apart from the headers; a proxy in between may
/// have left them where the browser put them.
fn refresh_cookie(call: &Call) -> Option<SecretString> {
    let listed = call.request.cookies.iter().map(String::as_str);
    listed
        .chain(call.header("cookie"))
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
        .map(|value| SecretString::from(value.to_owned()))
}

fn problem(error: IdentityError) -> Problem {
    match error {
        IdentityError::Wrong => {
            Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "E-mail or password are wrong.")
        }
        IdentityError::WeakPassword => {
            Problem::invalid("/password", "weak_password", "Choose a longer password.")
        }
        IdentityError::WrongCode => {
            Problem::invalid("/code", "wrong_code", "The code is wrong or has expired.")
        }
        IdentityError::TooMany => Problem::too_many(60),
        IdentityError::Ended => Problem::unauthenticated(),
        IdentityError::Port(error) => error.into(),
    }
}
