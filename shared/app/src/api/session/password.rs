//! Changing one's own password: who knows the old one sets a new one, and every other session ends.

use colibri_domain::Millis;
use colibri_domain::audit::AuditAction;
use colibri_domain::people::User;
use colibri_store::{StoreError, StoreErrorKind};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{SessionResource, problem};
use crate::api::route::Call;
use crate::http::Response;
use crate::ports::{IdentityError, PortError, PortErrorKind, SignIn, Tokens};
use crate::problem::Problem;
use crate::realtime::end_socket;

/// How often the mark on the user is tried while others change him.
const TRIES: u32 = 4;

/// The password that one has, and the one that one wants.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ChangePasswordRequest {
    #[schema(value_type = String)]
    pub old_password: SecretString,
    #[schema(value_type = String)]
    pub new_password: SecretString,
}

impl SessionResource {
    /// Sets the password and ends every session; the one that asked goes on with new tokens.
    pub(super) async fn change_password(&self, call: &Call, user: &User) -> Result<Response, Problem> {
        let body: ChangePasswordRequest = call.body()?;
        let access = SecretString::from(call.bearer().ok_or_else(Problem::unauthenticated)?.to_owned());
        let changed = self.identity.change_password(&access, &body.old_password, &body.new_password).await;
        changed.map_err(refused)?;
        self.note(call, &user.email, AuditAction::PasswordChanged).await;
        // From here on the old password is gone: a failure must not look as if it could be tried again with it.
        let tokens = self.only_this_session(&access, user, &body.new_password).await.map_err(|error| {
            tracing::error!(error.cause = %error, "a password is changed, but the sessions are not in order");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "sessions_not_ended",
                "The password is changed. Sign in with it; other sessions may last for a while.",
            )
        })?;
        Ok(self.signed_in(tokens))
    }

    /// Ends all sessions and begins one. Access tokens outlive the sessions that they came from: the mark on the user
    /// refuses those that are older than the new session, or than now where none begins.
    async fn only_this_session(
        &self,
        access: &SecretString,
        user: &User,
        password: &SecretString,
    ) -> Result<Tokens, IdentityError> {
        self.identity.sign_out_everywhere(access).await?;
        let begun = self.begin(&user.email, password).await;
        let instant = begun.as_ref().map_or_else(|_| self.clock.now(), |(_, issued_at)| *issued_at);
        self.refuse_before(user, instant).await.map_err(|error| {
            PortError::new(PortErrorKind::Unavailable, "identity.revoke", error.to_string())
        })?;
        self.close_screens(user).await;
        begun.map(|(tokens, _)| tokens)
    }

    async fn begin(&self, email: &str, password: &SecretString) -> Result<(Tokens, Millis), IdentityError> {
        let SignIn::Done(tokens) = self.identity.sign_in(email, password).await? else {
            return Err(IdentityError::Ended);
        };
        let claims = self.identity.verify(tokens.access.expose_secret()).await?;
        Ok((tokens, claims.issued_at))
    }

    async fn refuse_before(&self, user: &User, instant: Millis) -> Result<(), StoreError> {
        let people = self.store.organization(&user.organization_id);
        let mut left = TRIES;
        loop {
            let Some(mut known) = people.user(&user.id).await? else { return Ok(()) };
            known.revoked_before = known.revoked_before.max(Some(instant));
            match people.change_user(&known).await {
                Err(error) if error.kind == StoreErrorKind::Conflict && left > 1 => left -= 1,
                done => return done,
            }
        }
    }

    /// His sockets end at once. The screen that asked opens its own again, with its new token.
    async fn close_screens(&self, user: &User) {
        for workspace in &user.workspaces {
            let store = self.store.workspace(workspace);
            let Ok(sockets) = store.sockets().await else { continue };
            for socket in sockets.into_iter().filter(|socket| socket.user == user.id) {
                end_socket(&store, &*self.push, &socket.connection).await;
            }
        }
    }
}

fn refused(error: IdentityError) -> Problem {
    match error {
        // Not 401: the session is fine, and a console that is told otherwise ends it.
        IdentityError::Wrong => {
            Problem::invalid("/old_password", "wrong_password", "This is not the password that you have.")
        }
        IdentityError::WeakPassword => {
            Problem::invalid("/new_password", "weak_password", "Choose a longer password.")
        }
        other => problem(other),
    }
}
