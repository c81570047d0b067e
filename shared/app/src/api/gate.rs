//! The gate in front of every resource: who calls, what he may, and one shape for all errors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use colibri_domain::billing::machine::Access as Standing;
use colibri_domain::contact::Head;
use colibri_domain::people::{
    Membership, Organization, OrganizationStatus, Right, User, Visibility, Workspace,
};
use colibri_domain::{Millis, OrganizationId, UserId, WorkspaceId};
use colibri_store::{Among, OrganizationStore, Settings, Store, WorkspaceStore};
use http::Method;

use super::route::{Access, Call, Route, match_path};
use crate::http::{HttpHandler, Request, Response};
use crate::ports::{Clock, Identity, IdentityError};
use crate::problem::Problem;

/// How long a membership, role or revocation may be out of date in a warm function, in milliseconds.
const TRUST_MILLIS: i64 = 30_000;
/// How long settings are trusted that do not know the caller: he may have joined a moment ago. In milliseconds.
const STRANGER_MILLIS: i64 = 1_000;

/// A resource of the API.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Its routes.
    fn routes(&self) -> &'static [Route];
    /// Does what a route says. `member` is there on routes with [`Access::Member`].
    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem>;
}

/// Who calls.
#[derive(Clone)]
pub enum Caller {
    /// Nobody in particular.
    Anybody,
    /// A signed-in user.
    User(Arc<User>),
    /// A member of the workspace in the path.
    Member(Member),
    /// Somebody with a right in the organization in the path.
    Organization(OrganizationCaller),
    /// Who runs the installation.
    Operator(Arc<User>),
}

/// Somebody with a right in the organization in the path.
#[derive(Clone)]
pub struct OrganizationCaller {
    /// The person.
    pub user: Arc<User>,
    /// The organization, at most 30 s old.
    pub organization: Arc<Organization>,
    /// The organization's data.
    pub store: OrganizationStore,
}

impl Caller {
    /// The member; the gate has made sure that there is one on member routes.
    pub fn member(self) -> Result<Member, Problem> {
        match self {
            Self::Member(member) => Ok(member),
            _ => Err(Problem::unauthenticated()),
        }
    }

    /// Who acts for the organization; the gate has made sure that there is one on organization routes.
    pub fn organization(self) -> Result<OrganizationCaller, Problem> {
        match self {
            Self::Organization(caller) => Ok(caller),
            _ => Err(Problem::unauthenticated()),
        }
    }

    /// Who runs the installation.
    pub fn operator(self) -> Result<Arc<User>, Problem> {
        match self {
            Self::Operator(user) => Ok(user),
            _ => Err(Problem::unauthenticated()),
        }
    }

    /// The signed-in user.
    pub fn user(self) -> Result<Arc<User>, Problem> {
        match self {
            Self::User(user) | Self::Operator(user) => Ok(user),
            Self::Member(member) => Ok(member.user),
            Self::Organization(caller) => Ok(caller.user),
            Self::Anybody => Err(Problem::unauthenticated()),
        }
    }
}

/// A member of the workspace in the path, with everything that decides what he sees.
#[derive(Clone)]
pub struct Member {
    /// The person.
    pub user: Arc<User>,
    /// His place in the workspace.
    pub membership: Membership,
    /// Users who share a team with him.
    pub teammates: Vec<UserId>,
    /// Settings of the workspace, at most 30 s old.
    pub settings: Arc<Settings>,
    /// The workspace's data.
    pub store: WorkspaceStore,
}

impl Member {
    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.settings.workspace
    }

    /// Whether he may see a contact.
    #[must_use]
    pub fn sees(&self, head: &Head) -> bool {
        self.membership.sees(head.assignee.as_ref(), &self.teammates)
    }

    /// Among whose contacts those are that he may see.
    #[must_use]
    pub fn among(&self) -> Among {
        match self.membership.visibility {
            Visibility::All => Among::All,
            Visibility::Own => Among::Of(vec![self.user.id.clone()]),
            Visibility::Team => {
                let mates = self.teammates.iter().filter(|mate| **mate != self.user.id).cloned();
                Among::Of(std::iter::once(self.user.id.clone()).chain(mates).collect())
            }
        }
    }

    /// A contact that he may see; any other looks like one that does not exist.
    pub async fn visible(&self, contact: colibri_domain::ContactId) -> Result<Head, Problem> {
        let head = self.store.head(contact).await?.ok_or_else(Problem::not_found)?;
        match self.sees(&head) {
            true if head.id == contact => Ok(head),
            true => Err(Problem::merged_into(head.id)),
            false => Err(Problem::not_found()),
        }
    }

    /// Refuses unless he has a right.
    pub fn require(&self, right: Right) -> Result<(), Problem> {
        if self.membership.may(right) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

/// Whether a route may be called while the service is stopped: what reads, what is the caller's own, and what nobody may
/// be kept from for want of a payment: taking data along, erasing them, and shutting somebody out.
fn stays_open(route: &Route, right: Option<Right>) -> bool {
    use Right::{
        ChannelDelete, ContactDelete, DataExport, RoleWrite, UserAgentWrite, UserManagerWrite, UserOwnerWrite,
    };
    let right = match right {
        Some(right) if route.method != Method::GET => right,
        _ => return true,
    };
    matches!(
        right,
        ChannelDelete
            | ContactDelete
            | DataExport
            | RoleWrite
            | UserAgentWrite
            | UserManagerWrite
            | UserOwnerWrite
    )
}

/// Routes by which a channel comes into being.
const CONNECTING: [&str; 1] = ["connectChannel"];

/// Refuses what changes something while the subscription lets nothing be changed. Before the first payment everything
/// can be prepared, but no channel is live.
fn stopped(route: &Route, standing: Standing) -> Result<(), Problem> {
    let (code, detail) = match standing {
        Standing::Full => return Ok(()),
        Standing::Setup if !CONNECTING.contains(&route.operation) => return Ok(()),
        Standing::Setup => ("setup_pending", "Channels are connected after the first payment."),
        Standing::Frozen => {
            ("service_frozen", "The subscription is unpaid: everything can be read, nothing sent.")
        }
        Standing::Ended => {
            ("service_ended", "The subscription has ended: everything can be read and exported.")
        }
    };
    Err(Problem::new(http::StatusCode::PAYMENT_REQUIRED, code, detail))
}

/// An organization with what its subscription lets it do, and since when both are known.
type KnownOrganization = (Millis, Arc<Organization>, Standing);

/// Finds out who calls. Caches what it learns for at most 30 s, so that a revoked right is gone within 60 s.
pub struct Gate {
    store: Store,
    identity: Arc<dyn Identity>,
    clock: Arc<dyn Clock>,
    users: Mutex<HashMap<String, (Millis, Arc<User>)>>,
    settings: Mutex<HashMap<WorkspaceId, (Millis, Arc<Settings>)>>,
    organizations: Mutex<HashMap<OrganizationId, KnownOrganization>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Builds the gate of one function.
    pub fn new(store: Store, identity: Arc<dyn Identity>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            identity,
            clock,
            users: Mutex::default(),
            settings: Mutex::default(),
            organizations: Mutex::default(),
        }
    }

    /// The caller of a route.
    async fn caller(&self, route: &Route, call: &Call) -> Result<Caller, Problem> {
        if route.access == Access::Public {
            return Ok(Caller::Anybody);
        }
        let user = self.user(call).await?;
        let right = match route.access {
            Access::Member(right) => right,
            Access::Organization(right) => {
                let id: OrganizationId = call.id("organization")?;
                if id != user.organization_id {
                    return Err(Problem::not_found());
                }
                let (organization, _) = self.working(&id).await?;
                if !user.organization_role.grants(right) {
                    return Err(Problem::forbidden());
                }
                let store = self.store.organization(&id);
                return Ok(Caller::Organization(OrganizationCaller { user, organization, store }));
            }
            Access::Operator => {
                // To everybody else these routes do not exist.
                if !self.store.installation().is_operator(&user.id).await? {
                    return Err(Problem::not_found());
                }
                return Ok(Caller::Operator(user));
            }
            Access::Public | Access::User => return Ok(Caller::User(user)),
        };
        let workspace: WorkspaceId = call.id("workspace")?;
        let mut settings = self.settings(&workspace, TRUST_MILLIS).await?.ok_or_else(Problem::not_found)?;
        if settings.member(&user.id).is_none() {
            settings = self.settings(&workspace, STRANGER_MILLIS).await?.ok_or_else(Problem::not_found)?;
        }
        let membership = match settings.member(&user.id).cloned() {
            Some(membership) => membership,
            None => self.guest(&settings.workspace, &user).await?,
        };
        let (_, standing) = self.working(&settings.workspace.organization_id).await?;
        if right.is_some_and(|right| !membership.may(right)) {
            return Err(Problem::forbidden());
        }
        if !stays_open(route, right) {
            stopped(route, standing)?;
        }
        let teammates = settings.teammates(&membership);
        let store = self.store.workspace(&workspace);
        Ok(Caller::Member(Member { user, membership, teammates, settings, store }))
    }

    async fn user(&self, call: &Call) -> Result<Arc<User>, Problem> {
        let token = call.bearer().ok_or_else(Problem::unauthenticated)?;
        let claims = match self.identity.verify(token).await {
            Ok(claims) => claims,
            Err(IdentityError::Port(error)) => return Err(error.into()),
            Err(_) => return Err(Problem::unauthenticated()),
        };
        let now = self.clock.now();
        let known = locked(&self.users).get(&claims.subject).cloned();
        let user = match known {
            Some((at, user)) if now.since(at) < TRUST_MILLIS => user,
            _ => {
                let found = self.store.installation().user_by_subject(&claims.subject).await?;
                let (organization, id) = found.ok_or_else(Problem::unauthenticated)?;
                let user = self.store.organization(&organization).user(&id).await?;
                let user = Arc::new(user.ok_or_else(Problem::unauthenticated)?);
                locked(&self.users).insert(claims.subject, (now, Arc::clone(&user)));
                user
            }
        };
        if user.revoked_before.is_some_and(|instant| claims.issued_at < instant) {
            return Err(Problem::unauthenticated());
        }
        Ok(user)
    }

    /// The operator, while a customer lets him in; to anybody else the workspace does not exist.
    async fn guest(&self, workspace: &Workspace, user: &User) -> Result<Membership, Problem> {
        let grant = self.store.organization(&workspace.organization_id).grant(&workspace.id).await?;
        let guest = grant.and_then(|grant| grant.guest(user, self.clock.now()));
        let guest = guest.ok_or_else(Problem::not_found)?;
        if !self.store.installation().is_operator(&user.id).await? {
            return Err(Problem::not_found());
        }
        Ok(guest)
    }

    /// An organization that works, and what its subscription lets it do; nobody passes while the operator has suspended
    /// his.
    async fn working(&self, id: &OrganizationId) -> Result<(Arc<Organization>, Standing), Problem> {
        let now = self.clock.now();
        let known = locked(&self.organizations).get(id).cloned();
        let (organization, standing) = match known {
            Some((at, organization, standing)) if now.since(at) < TRUST_MILLIS => (organization, standing),
            _ => {
                let store = self.store.organization(id);
                let found = Arc::new(store.get().await?.ok_or_else(Problem::not_found)?);
                let standing = store.access().await?;
                locked(&self.organizations).insert(id.clone(), (now, Arc::clone(&found), standing));
                (found, standing)
            }
        };
        match organization.status {
            OrganizationStatus::Active => Ok((organization, standing)),
            OrganizationStatus::Suspended => Err(Problem::new(
                http::StatusCode::FORBIDDEN,
                "organization_suspended",
                "This organization is suspended. Ask who runs the installation.",
            )),
        }
    }

    async fn settings(&self, workspace: &WorkspaceId, trust: i64) -> Result<Option<Arc<Settings>>, Problem> {
        let now = self.clock.now();
        if let Some((at, settings)) = locked(&self.settings).get(workspace)
            && now.since(*at) < trust
        {
            return Ok(Some(Arc::clone(settings)));
        }
        let Some(fresh) = self.store.workspace(workspace).settings().await? else { return Ok(None) };
        let fresh = Arc::new(fresh);
        locked(&self.settings).insert(workspace.clone(), (now, Arc::clone(&fresh)));
        Ok(Some(fresh))
    }

    /// Forgets a workspace's settings after this function has changed them.
    pub fn forget_settings(&self, workspace: &WorkspaceId) {
        locked(&self.settings).remove(workspace);
    }
}

/// A resource behind its gate: what a function boxes.
pub struct Api<R> {
    /// The gate.
    pub gate: Arc<Gate>,
    /// The resource.
    pub resource: R,
}

#[async_trait]
impl<R: Resource> HttpHandler for Api<R> {
    async fn handle(&self, request: Request) -> Response {
        let request_id = request.request_id.clone();
        match self.route(request).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(&request_id),
        }
    }
}

impl<R: Resource> Api<R> {
    async fn route(&self, request: Request) -> Result<Response, Problem> {
        let mut path_exists = false;
        for route in self.resource.routes() {
            let Some(params) = match_path(route.path, &request.path) else { continue };
            path_exists = true;
            if route.method == request.method {
                let call = Call { request, params, operation: route.operation };
                let caller = self.gate.caller(route, &call).await?;
                return self.resource.answer(call, caller).await;
            }
        }
        Err(if path_exists {
            Problem::new(
                http::StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This path has no such method.",
            )
        } else {
            Problem::not_found()
        })
    }
}
