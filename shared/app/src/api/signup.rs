//! How people come in: an address is proved by a link, then an account begins; or an invitation is accepted.
//!
//! Tokens are 32 random bytes that only the mail knows; the table keeps their hash. They stand behind `#` in links, so
//! that no server's log ever sees one.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::billing::Subscription;
use colibri_domain::billing::machine::Access as Standing;
use colibri_domain::invitation::Invitation;
use colibri_domain::membership::Place;
use colibri_domain::people::{
    Acceptance, ClosingNoteMode, DOCUMENTS, Organization, OrganizationRole, Role, User, Visibility, Workspace,
};
use colibri_domain::phone::Email;
use colibri_domain::{Millis, OrganizationId, UserId, WorkspaceId};
use colibri_store::{Founding, Joining, SignUp, Store, WorkspaceStore};
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::attempts::Attempts;
use super::audit::deed;
use super::gate::{Caller, Resource};
use super::invitations::hash;
use super::route::{Access, Call, Route, route};
use super::teams::checked;
use super::users::member_of;
use crate::http::Response;
use crate::letters;
use crate::ports::{Clock, Identity, IdentityError, Ids, Mail};
use crate::problem::Problem;

const FUNCTION: &str = "api-signup";
/// Life of a sign-up's link in milliseconds: an hour.
const LINK_MILLIS: i64 = 60 * 60 * 1000;
/// Mails to one address in an hour.
const PER_EMAIL: u32 = 3;
/// Attempts from one network address in an hour.
const PER_ADDRESS: u32 = 30;
/// Contacts that fit before an organization has a plan.
const STARTING_QUOTA: u64 = 50;

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        FUNCTION,
        Method::GET,
        "/signup/documents",
        "listDocuments",
        Access::Public,
        None,
        200,
        Some("DocumentList"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/signup/start",
        "startSignUp",
        Access::Public,
        Some("StartRequest"),
        204,
        None,
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/signup/complete",
        "completeSignUp",
        Access::Public,
        Some("SignUpRequest"),
        201,
        Some("SignUpAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/signup/invitation",
        "readInvitation",
        Access::Public,
        Some("TokenRequest"),
        200,
        Some("InvitationOffer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/signup/join",
        "joinWorkspace",
        Access::Public,
        Some("JoinRequest"),
        201,
        Some("SignUpAnswer"),
        &[],
    ),
    route(
        FUNCTION,
        Method::POST,
        "/signup/accept",
        "acceptInvitation",
        Access::User,
        Some("TokenRequest"),
        200,
        Some("SignUpAnswer"),
        &[],
    ),
];

/// A text that is accepted, in the version that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `terms`, `privacy` or `prohibited_business`.
    pub document: String,
    /// A date.
    pub version: String,
}

/// Texts that everybody accepts who signs up.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DocumentList {
    pub items: Vec<Document>,
}

/// An address to prove.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StartRequest {
    pub email: String,
    /// `es` or `en`.
    pub locale: String,
}

/// A token alone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TokenRequest {
    pub token: String,
}

/// Everything that an account begins with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SignUpRequest {
    pub token: String,
    #[schema(value_type = String)]
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    pub organization_name: String,
    pub workspace_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA name.
    pub timezone: String,
    /// All that are in force, in the version that was shown.
    pub accepted: Vec<Document>,
}

/// A new person who accepts an invitation.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct JoinRequest {
    pub token: String,
    #[schema(value_type = String)]
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    /// Terms and privacy, in the version that was shown.
    pub accepted: Vec<Document>,
}

/// Where the person works from now on.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct SignUpAnswer {
    pub email: String,
    pub workspace_id: WorkspaceId,
}

/// What an invitation offers.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct InvitationOffer {
    pub email: String,
    pub workspace_name: String,
    pub invited_by_name: String,
    pub role: Role,
    pub expires_at: Millis,
    /// Whether this person has an account and accepts by signing in.
    pub known: bool,
}

/// The resource.
#[allow(missing_docs)]
pub struct SignUpResource {
    pub store: Store,
    pub identity: Arc<dyn Identity>,
    pub mail: Arc<dyn Mail>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// The console's address, where links lead.
    pub console_url: String,
}

#[async_trait]
impl Resource for SignUpResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        match call.operation {
            "listDocuments" => {
                let items = DOCUMENTS
                    .iter()
                    .map(|(document, version)| Document {
                        document: (*document).to_owned(),
                        version: (*version).to_owned(),
                    })
                    .collect();
                Ok(Response::json(StatusCode::OK, &DocumentList { items }))
            }
            "startSignUp" => self.start(&call).await,
            "completeSignUp" => self.complete(&call).await,
            "readInvitation" => self.offer(&call).await,
            "joinWorkspace" => self.join(&call).await,
            "acceptInvitation" => self.accept(&call, (*caller.user()?).clone()).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// A link that was used, taken back or has run out says nothing more about itself.
fn gone() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "link_used_up",
        "This link was used, was taken back or has run out. Ask for a new one.",
    )
}

fn email(text: &str) -> Result<String, Problem> {
    let invalid = || Problem::invalid("/email", "invalid_value", "This is no e-mail address.");
    let email: Email = text.trim().to_lowercase().parse().map_err(|_| invalid())?;
    Ok(email.as_str().to_owned())
}

fn required(pointer: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = checked(pointer, text, most)?;
    if text.is_empty() {
        return Err(Problem::invalid(pointer, "required", "This cannot be empty."));
    }
    Ok(text)
}

/// What was accepted, if it is what is in force.
fn accepted(given: &[Document], needed: &[&str], now: Millis) -> Result<Vec<Acceptance>, Problem> {
    let mut all = Vec::new();
    for (document, version) in DOCUMENTS.iter().filter(|(document, _)| needed.contains(document)) {
        if !given.iter().any(|g| g.document == *document && g.version == *version) {
            let detail = format!("{document} of {version} is accepted by everybody who signs up");
            return Err(Problem::invalid("/accepted", "not_accepted", detail));
        }
        let (document, version) = ((*document).to_owned(), (*version).to_owned());
        all.push(Acceptance { document, version, at: now });
    }
    Ok(all)
}

impl SignUpResource {
    /// Few attempts per address of the network and, where one is named, per address of mail.
    async fn admit(&self, call: &Call, email: Option<&str>) -> Result<(), Problem> {
        let attempts = Attempts::new(self.store.clone(), self.clock.clone());
        attempts.from_network(call, "a", PER_ADDRESS).await?;
        match email {
            Some(email) => attempts.to_mail(email, PER_EMAIL).await,
            None => Ok(()),
        }
    }

    fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.console_url.trim_end_matches('/'))
    }

    /// The same answer whether or not the address is known: who it belongs to learns the difference by mail.
    async fn start(&self, call: &Call) -> Result<Response, Problem> {
        let asked: StartRequest = call.body()?;
        let email = email(&asked.email)?;
        if !["es", "en"].contains(&asked.locale.as_str()) {
            return Err(Problem::invalid("/locale", "unsupported_locale", "locale is es or en"));
        }
        self.admit(call, Some(&email)).await?;
        let token = self.ids.secret();
        let until = self.clock.now().plus(LINK_MILLIS);
        let sign_up = SignUp { email: email.clone(), locale: asked.locale.clone(), until };
        let known = self.store.installation().user_by_email(&email).await?.is_some();
        // Written in both cases, so that both take the same time.
        self.store.installation().put_sign_up(&hash(&token), &sign_up).await?;
        let letter = if known {
            letters::known(&email, &asked.locale, &self.link("sign-in"))
        } else {
            letters::sign_up(&email, &asked.locale, &self.link(&format!("sign-up#{token}")))
        };
        self.mail.send(&letter).await?;
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    async fn complete(&self, call: &Call) -> Result<Response, Problem> {
        let asked: SignUpRequest = call.body()?;
        self.admit(call, None).await?;
        let now = self.clock.now();
        let token_hash = hash(&asked.token);
        let directory = self.store.installation();
        let sign_up = directory.sign_up(&token_hash).await?.filter(|s| now < s.until).ok_or_else(gone)?;
        let acceptances = accepted(&asked.accepted, &["terms", "privacy", "prohibited_business"], now)?;
        let organization_name = required("/organization_name", &asked.organization_name, 128)?;
        let workspace_name = required("/workspace_name", &asked.workspace_name, 128)?;
        let country = country(&asked.country)?;
        let timezone = timezone(&asked.timezone)?;
        let (first_name, last_name) = names(&asked.first_name, &asked.last_name)?;
        if directory.user_by_email(&sign_up.email).await?.is_some() {
            return Err(gone());
        }
        let subject = self.account(&sign_up.email, &asked.password).await?;
        let organization_id = OrganizationId::from_unique(&self.ids.unique());
        let workspace_id = WorkspaceId::from_unique(&self.ids.unique());
        let user = User {
            id: UserId::from_unique(&self.ids.unique()),
            organization_id: organization_id.clone(),
            email: sign_up.email.clone(),
            first_name,
            last_name,
            locale: sign_up.locale.clone(),
            workspaces: vec![workspace_id.clone()],
            revoked_before: None,
            organization_role: OrganizationRole::Admin,
            accepted: acceptances,
            ended_sessions: Vec::new(),
            version: 0,
        };
        let owner = Place {
            role: Role::Owner,
            custom_role: None,
            restrictions: Vec::new(),
            visibility: Visibility::All,
            teams: Vec::new(),
        };
        let organization = Organization {
            country: country.clone(),
            locale: sign_up.locale,
            created_at: now,
            ..Organization::new(organization_id.clone(), &organization_name)
        };
        let documents = user.accepted.iter().map(|a| (a.document.clone(), a.version.clone())).collect();
        let audit = AuditEntry {
            target: Some(organization_id.to_string()),
            target_name: organization_name,
            details: documents,
            ..deed(&*self.ids, &*self.clock, &user, call, AuditAction::SignedUp)
        };
        let access = self.beginning().await?;
        let subscription = Subscription::signed_up(organization_id.clone(), &timezone, &country);
        let segments = colibri_domain::segment::presets(organization.locale != "en");
        let founding = Founding {
            workspace: Workspace {
                id: workspace_id.clone(),
                organization_id,
                name: workspace_name,
                timezone,
                country,
                closing_note_mode: ClosingNoteMode::Optional,
                consumers: Vec::new(),
            },
            organization,
            owner: member_of(&user, &owner),
            user,
            subject,
            quota: STARTING_QUOTA,
            subscription,
            access,
            segments,
            audit,
        };
        directory.found(&token_hash, &founding).await?;
        let answer = SignUpAnswer { email: sign_up.email, workspace_id };
        Ok(Response::json(StatusCode::CREATED, &answer))
    }

    /// What an organization may do until it pays: where nothing is for sale nobody waits for a payment.
    async fn beginning(&self) -> Result<Standing, Problem> {
        let catalogue = self.store.installation().catalogue().await?;
        let sells = catalogue.plans.iter().any(|plan| plan.offered);
        Ok(if sells { Standing::Setup } else { Standing::Full })
    }

    /// The invitation of a token that can still be accepted.
    async fn invited(&self, token: &str) -> Result<(WorkspaceStore, Invitation), Problem> {
        let found = self.store.installation().invitation(&hash(token)).await?;
        let (workspace, id) = found.ok_or_else(gone)?;
        let store = self.store.workspace(&workspace);
        let invitation = store.invitation(&id).await?.ok_or_else(gone)?;
        // The list may be ahead of the directory: only the newest token counts.
        if invitation.token_hash != hash(token) || !invitation.is_open(self.clock.now()) {
            return Err(gone());
        }
        Ok((store, invitation))
    }

    async fn offer(&self, call: &Call) -> Result<Response, Problem> {
        let asked: TokenRequest = call.body()?;
        self.admit(call, None).await?;
        let (store, invitation) = self.invited(&asked.token).await?;
        let settings = store.settings().await?.ok_or_else(gone)?;
        let offer = InvitationOffer {
            known: self.store.installation().user_by_email(&invitation.email).await?.is_some(),
            email: invitation.email,
            workspace_name: settings.workspace.name,
            invited_by_name: invitation.invited_by_name,
            role: invitation.place.role,
            expires_at: invitation.expires_at,
        };
        Ok(Response::json(StatusCode::OK, &offer))
    }

    async fn join(&self, call: &Call) -> Result<Response, Problem> {
        let asked: JoinRequest = call.body()?;
        self.admit(call, None).await?;
        let (store, invitation) = self.invited(&asked.token).await?;
        let now = self.clock.now();
        let accepted = accepted(&asked.accepted, &["terms", "privacy"], now)?;
        let (first_name, last_name) = names(&asked.first_name, &asked.last_name)?;
        let settings = store.settings().await?.ok_or_else(gone)?;
        if self.store.installation().user_by_email(&invitation.email).await?.is_some() {
            return Err(Problem::conflict("account_exists", "Sign in to accept this invitation."));
        }
        let subject = self.account(&invitation.email, &asked.password).await?;
        let user = User {
            id: UserId::from_unique(&self.ids.unique()),
            organization_id: settings.workspace.organization_id,
            email: invitation.email.clone(),
            first_name,
            last_name,
            locale: invitation.locale.clone(),
            workspaces: vec![store.id.clone()],
            revoked_before: None,
            organization_role: OrganizationRole::Member,
            accepted,
            ended_sessions: Vec::new(),
            version: 0,
        };
        self.enter(call, &store, &invitation, user, Some(subject), StatusCode::CREATED).await
    }

    /// Somebody of the organization accepts an invitation into another workspace of it.
    async fn accept(&self, call: &Call, user: User) -> Result<Response, Problem> {
        let asked: TokenRequest = call.body()?;
        let (store, invitation) = self.invited(&asked.token).await?;
        if invitation.email != user.email.to_lowercase() {
            return Err(gone());
        }
        let settings = store.settings().await?.ok_or_else(gone)?;
        if settings.workspace.organization_id != user.organization_id {
            let detail =
                "This account belongs to another organization. Ask for an invitation to another address.";
            return Err(Problem::refused("other_organization", detail));
        }
        let known = self.store.organization(&user.organization_id).user(&user.id).await?;
        let mut user = known.ok_or_else(Problem::unauthenticated)?;
        if !user.workspaces.contains(&store.id) {
            user.workspaces.push(store.id.clone());
        }
        self.enter(call, &store, &invitation, user, None, StatusCode::OK).await
    }

    async fn enter(
        &self,
        call: &Call,
        store: &WorkspaceStore,
        invitation: &Invitation,
        user: User,
        new_subject: Option<String>,
        status: StatusCode,
    ) -> Result<Response, Problem> {
        let audit = AuditEntry {
            target: Some(user.id.to_string()),
            target_name: user.name(),
            details: [("access_level".to_owned(), super::users::word(&invitation.place.role))].into(),
            ..deed(&*self.ids, &*self.clock, &user, call, AuditAction::UserJoined)
        };
        let answer = SignUpAnswer { email: user.email.clone(), workspace_id: store.id.clone() };
        let member = member_of(&user, &invitation.place);
        store.accept_invitation(invitation, &Joining { member, user, new_subject, audit }).await?;
        Ok(Response::json(status, &answer))
    }

    /// The person in the user pool. Whoever holds the mailed token owns the address: what an attempt that broke off has
    /// left behind becomes his.
    async fn account(&self, email: &str, password: &SecretString) -> Result<String, Problem> {
        match self.identity.create(email, password).await {
            Ok(subject) => Ok(subject),
            Err(IdentityError::WeakPassword) => {
                Err(Problem::invalid("/password", "weak_password", "Choose a longer password."))
            }
            Err(IdentityError::TooMany) => Err(Problem::too_many(60)),
            Err(IdentityError::Port(error)) => Err(error.into()),
            Err(_) => Err(gone()),
        }
    }
}

fn names(first: &str, last: &str) -> Result<(String, String), Problem> {
    Ok((required("/first_name", first, 64)?, checked("/last_name", last, 64)?))
}

pub(super) fn country(text: &str) -> Result<String, Problem> {
    let text = text.trim().to_uppercase();
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(Problem::invalid("/country", "invalid_value", "a country is two letters"))
    }
}

pub(super) fn timezone(text: &str) -> Result<String, Problem> {
    match jiff::tz::TimeZone::get(text.trim()) {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(_) => Err(Problem::invalid(
            "/timezone",
            "invalid_value",
            "a time zone has a name like America/Guayaquil",
        )),
    }
}
