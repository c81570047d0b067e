//! Invitations into a workspace: sent, sent again, taken back.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::invitation::{INVITATION_MILLIS, Invitation};
use colibri_domain::membership::Place;
use colibri_domain::people::{Membership, Right};
use colibri_domain::phone::Email;
use colibri_domain::{Millis, UserId};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::deed;
use super::gate::{Caller, Member, Resource};
use super::route::{Access, Call, Route, route};
use super::users::refused;
use crate::http::Response;
use crate::letters;
use crate::ports::{Clock, Ids, Mail, PortErrorKind};
use crate::problem::Problem;

const FUNCTION: &str = "api-invitations";
const MANAGE: Access = Access::Member(Some(Right::UserAgentWrite));
/// Invitations of a workspace that wait, at most.
const MOST: usize = 500;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/console/{workspace}/invitations",
        "listInvitations",
        MANAGE,
        None,
        200,
        Some("InvitationList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/invitations",
        "inviteUser",
        MANAGE,
        Some("InvitationRequest"),
        201,
        Some("InvitationView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/console/{workspace}/invitations/{invitation}/resend",
        "resendInvitation",
        MANAGE,
        None,
        200,
        Some("InvitationView"),
        &[],
    ),
    route(
        FUNCTION,
        Method::DELETE,
        "/console/{workspace}/invitations/{invitation}",
        "revokeInvitation",
        MANAGE,
        None,
        204,
        None,
        &[],
    ),
];

/// Whom to invite as what.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct InvitationRequest {
    pub email: String,
    pub place: Place,
    /// Language of the mail, `es` or `en`; absent: the inviter's.
    #[serde(default)]
    pub locale: Option<String>,
}

/// An invitation without its secret.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct InvitationView {
    pub id: String,
    pub email: String,
    pub place: Place,
    pub invited_by: UserId,
    pub invited_by_name: String,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub expired: bool,
}

/// Invitations that wait, and those that have run out lately.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct InvitationList {
    pub items: Vec<InvitationView>,
}

/// The resource.
#[allow(missing_docs)]
pub struct InvitationsResource {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub mail: Arc<dyn Mail>,
    /// The console's address, where links lead.
    pub console_url: String,
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[async_trait]
impl Resource for InvitationsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        let now = self.clock.now();
        match call.operation {
            "listInvitations" => {
                let known = member.store.invitations().await?;
                let items = known.into_iter().map(|invitation| view(invitation, now)).collect();
                Ok(Response::json(StatusCode::OK, &InvitationList { items }))
            }
            "inviteUser" => {
                let invitation = self.invite(&call, &member, call.body()?).await?;
                Ok(Response::json(StatusCode::CREATED, &view(invitation, now)))
            }
            "resendInvitation" => {
                let known = self.manageable(&call, &member).await?;
                let token = self.ids.secret();
                let next = Invitation {
                    expires_at: now.plus(INVITATION_MILLIS),
                    token_hash: hash(&token),
                    ..known.clone()
                };
                let entry = self.entry(&call, &member, AuditAction::InvitationResent, &next);
                member.store.put_invitation(&next, Some(&known.token_hash), &entry).await?;
                self.send(&member, &next, &token).await?;
                Ok(Response::json(StatusCode::OK, &view(next, now)))
            }
            "revokeInvitation" => {
                let known = self.manageable(&call, &member).await?;
                let entry = self.entry(&call, &member, AuditAction::InvitationRevoked, &known);
                member.store.revoke_invitation(&known, &entry).await?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Problem::not_found()),
        }
    }
}

impl InvitationsResource {
    async fn invite(
        &self,
        call: &Call,
        member: &Member,
        asked: InvitationRequest,
    ) -> Result<Invitation, Problem> {
        let invalid = || Problem::invalid("/email", "invalid_value", "This is no e-mail address.");
        let email: Email = asked.email.trim().to_lowercase().parse().map_err(|_| invalid())?;
        let email = email.as_str().to_owned();
        let locale = asked.locale.unwrap_or_else(|| member.user.locale.clone());
        if !["es", "en"].contains(&locale.as_str()) {
            return Err(Problem::invalid("/locale", "unsupported_locale", "locale is es or en"));
        }
        let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
        let me = settings.member(&member.user.id).ok_or_else(Problem::not_found)?;
        asked.place.check(me, &settings.roles, &settings.teams).map_err(|refusal| {
            let mut problem = refused(refusal);
            for error in &mut problem.errors {
                error.pointer.insert_str(0, "/place");
            }
            problem
        })?;
        if settings.members.iter().any(|m: &Membership| m.email.eq_ignore_ascii_case(&email)) {
            return Err(Problem::conflict("already_member", "This person is a user of the workspace."));
        }
        let now = self.clock.now();
        let known = member.store.invitations().await?;
        if known.iter().any(|other| other.email == email && other.is_open(now)) {
            return Err(Problem::conflict("already_invited", "This person has an invitation that waits."));
        }
        if known.iter().filter(|other| other.is_open(now)).count() >= MOST {
            return Err(Problem::refused("too_many_invitations", "500 invitations wait at most."));
        }
        let token = self.ids.secret();
        let invitation = Invitation {
            id: format!("in_{}", self.ids.unique()),
            email,
            place: asked.place,
            locale,
            invited_by: member.user.id.clone(),
            invited_by_name: member.user.name(),
            created_at: now,
            expires_at: now.plus(INVITATION_MILLIS),
            token_hash: hash(&token),
        };
        let entry = self.entry(call, member, AuditAction::UserInvited, &invitation);
        member.store.put_invitation(&invitation, None, &entry).await?;
        self.send(member, &invitation, &token).await?;
        Ok(invitation)
    }

    /// An invitation to a place that the caller may give.
    async fn manageable(&self, call: &Call, member: &Member) -> Result<Invitation, Problem> {
        let id = call.params.get("invitation").ok_or_else(Problem::not_found)?;
        let known = member.store.invitation(id).await?.ok_or_else(Problem::not_found)?;
        member.require(known.place.role.managed_by())?;
        Ok(known)
    }

    fn entry(&self, call: &Call, member: &Member, action: AuditAction, about: &Invitation) -> AuditEntry {
        AuditEntry {
            target: Some(about.id.clone()),
            target_name: about.email.clone(),
            details: [("access_level".to_owned(), super::users::word(&about.place.role))].into(),
            ..deed(&*self.ids, &*self.clock, &member.user, call, action)
        }
    }

    /// The invitation stands whether or not its mail leaves: it can be sent again.
    async fn send(&self, member: &Member, invitation: &Invitation, token: &str) -> Result<(), Problem> {
        let link = format!("{}/join#{token}", self.console_url.trim_end_matches('/'));
        let workspace = &member.workspace().name;
        let letter = letters::invitation(invitation, workspace, &link);
        match self.mail.send(&letter).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind == PortErrorKind::Denied => {
                tracing::warn!(error.cause = %error, "invitation not mailed");
                Err(Problem::refused(
                    "mail_not_taken",
                    "The invitation waits, but its mail was not taken. Check the address, or ask who runs the installation.",
                ))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn view(invitation: Invitation, now: Millis) -> InvitationView {
    InvitationView {
        expired: !invitation.is_open(now),
        id: invitation.id,
        email: invitation.email,
        place: invitation.place,
        invited_by: invitation.invited_by,
        invited_by_name: invitation.invited_by_name,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
    }
}
