//! Orders to delete contacts: asked for, shown with what would go and when, confirmed by a typed word, taken back.

use colibri_domain::audit::AuditAction;
use colibri_domain::billing::Zone;
use colibri_domain::billing::deletion::{
    Choice, DeletionOrder, Forecast, OrderFile, OrderRefusal, OrderStatus, Tally, forecast, word,
};
use colibri_domain::billing::invoice::Language;
use colibri_domain::segment::{Subject, compile};
use colibri_domain::{ContactId, WorkspaceId};
use colibri_store::Row;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::BillingResource;
use crate::api::gate::OrganizationCaller;
use crate::api::route::Call;
use crate::api::segments::dictionary_of;
use crate::http::Response;
use crate::problem::Problem;

/// Contacts that can be chosen one by one.
const MOST: usize = 1_000;
/// Contacts of a segment that one order takes: its list is one item of the table.
const MOST_OF_SEGMENT: usize = 20_000;
/// Contacts of a workspace that are judged at most: what a call has time for.
const MOST_JUDGED: u64 = 100_000;
/// Contacts that are judged at once.
const JUDGED: usize = 1_000;
/// Orders that may wait at the same time.
const MOST_OPEN: usize = 20;

/// Whose contacts are to be deleted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletionRequest {
    /// A workspace of the organization.
    pub workspace_id: WorkspaceId,
    /// These, at most 1,000; without a list or a segment everybody.
    #[serde(default)]
    pub contact_ids: Option<Vec<u64>>,
    /// Who is in a segment at the confirmation, at most 20,000.
    #[serde(default)]
    pub segment_id: Option<String>,
    /// Also who writes after the confirmation.
    #[serde(default)]
    pub writers_too: bool,
}

/// That somebody means it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletionConfirm {
    /// `ELIMINAR` or `DELETE`, as typed.
    pub word: String,
}

/// An order as its organization sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeletionView {
    /// The order with its certificate, once it was carried out.
    #[serde(flatten)]
    pub file: OrderFile,
    /// Whether it can still be taken back.
    pub cancelable: bool,
}

/// All orders, the newest first, and the dates of one that would be confirmed now.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DeletionList {
    pub items: Vec<DeletionView>,
    pub forecast: Forecast,
}

fn amount(contacts: &[u64]) -> u64 {
    u64::try_from(contacts.len()).unwrap_or(u64::MAX)
}

fn refused(refusal: OrderRefusal) -> Problem {
    match refusal {
        OrderRefusal::Word => Problem::invalid("/word", "wrong_word", "The word that confirms is another."),
        other => Problem::refused(other.code(), format!("The order: {other}.")),
    }
}

impl BillingResource {
    fn seen(&self, mut file: OrderFile) -> DeletionView {
        // A long list says nothing to anybody.
        if let Choice::Segment { contacts, .. } = &mut file.choice {
            contacts.clear();
        }
        let cancelable = file.order.clone().cancel(self.clock.now()).is_ok();
        DeletionView { file, cancelable }
    }

    pub(super) async fn deletions(&self, caller: &OrganizationCaller) -> Result<Response, Problem> {
        let sub = self.subscription(caller).await?.subscription;
        let orders = caller.store.deletion_orders().await?;
        let anchor = sub.anchor.filter(|_| sub.sends()).map(|(day, _)| day);
        let list = DeletionList {
            items: orders.into_iter().map(|file| self.seen(file)).collect(),
            forecast: forecast(&sub.zone(), self.clock.now(), anchor),
        };
        Ok(Response::json(StatusCode::OK, &list))
    }

    pub(super) async fn ask_deletion(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
    ) -> Result<Response, Problem> {
        let asked: DeletionRequest = call.body()?;
        let own = caller.store.workspaces().await?.into_iter().any(|known| known.id == asked.workspace_id);
        if !own {
            let detail = "There is no such workspace.";
            return Err(Problem::invalid("/workspace_id", "unknown_workspace", detail));
        }
        let choice = match (asked.contact_ids, asked.segment_id) {
            (Some(_), Some(_)) => {
                let detail = "Name either contacts or a segment.";
                return Err(Problem::invalid("/segment_id", "out_of_range", detail));
            }
            (None, None) => Choice::Everything { until: 0 },
            (None, Some(segment)) => {
                let known = self.store.workspace(&asked.workspace_id).segment(&segment).await?;
                let unknown =
                    || Problem::invalid("/segment_id", "unknown_segment", "There is no such segment.");
                Choice::Segment { segment, name: known.ok_or_else(unknown)?.name, contacts: Vec::new() }
            }
            (Some(mut contacts), None) => {
                contacts.sort_unstable();
                contacts.dedup();
                if contacts.is_empty() || contacts.len() > MOST || contacts[0] == 0 {
                    return Err(Problem::invalid("/contact_ids", "out_of_range", "1 to 1,000 contacts"));
                }
                Choice::Chosen { contacts }
            }
        };
        let open =
            |file: &OrderFile| !matches!(file.order.status, OrderStatus::Executed | OrderStatus::Canceled);
        if caller.store.deletion_orders().await?.iter().filter(|file| open(file)).count() >= MOST_OPEN {
            return Err(Problem::refused("too_many_orders", "20 orders wait already: cancel one first."));
        }
        let counted = match &choice {
            Choice::Segment { segment, .. } => amount(&self.in_segment(&asked.workspace_id, segment).await?),
            _ => self.counted(&asked.workspace_id, &choice).await?,
        };
        let sub = self.subscription(caller).await?.subscription;
        let file = OrderFile {
            order: DeletionOrder {
                id: format!("ord_{}", self.ids.unique()),
                workspace: asked.workspace_id,
                by: caller.user.id.clone(),
                status: OrderStatus::Requested,
                requested_at: self.clock.now(),
                confirmed_at: None,
                contacts: counted,
                writers_too: asked.writers_too,
                runs_at: None,
                reminded: false,
            },
            choice,
            zone: sub.zone,
            place: 0,
            going: false,
            tally: Tally::default(),
            certificate: None,
        };
        if !caller.store.save_deletion_order(&file, 0).await? {
            return Err(Problem::unavailable(1));
        }
        Ok(Response::json(StatusCode::CREATED, &self.seen(file)))
    }

    /// How many contacts a list names; of everybody, how many there are at most.
    async fn counted(&self, workspace: &WorkspaceId, choice: &Choice) -> Result<u64, Problem> {
        Ok(match choice {
            Choice::Everything { .. } => self.store.workspace(workspace).contacts_created().await?,
            Choice::Segment { contacts, .. } | Choice::Chosen { contacts } => amount(contacts),
        })
    }

    /// The contacts of a segment as they are now.
    async fn in_segment(&self, workspace: &WorkspaceId, segment: &str) -> Result<Vec<u64>, Problem> {
        let data = self.store.workspace(workspace);
        let unknown = || Problem::refused("unknown_segment", "The segment of the order is no more.");
        let segment = data.segment(segment).await?.ok_or_else(unknown)?;
        let settings = data.settings().await?.ok_or_else(Problem::not_found)?;
        let dictionary = dictionary_of(&settings, self.clock.now());
        let broken =
            |_| Problem::refused("broken_segment", "The segment speaks of what is not there any more.");
        let predicate = compile(&segment.filter, &dictionary).map_err(broken)?;
        let last = data.contacts_created().await?;
        let too_many = || Problem::refused("segment_too_large", "The segment has more than 20,000 contacts.");
        if last > MOST_JUDGED {
            return Err(too_many());
        }
        let ids: Vec<ContactId> = (1..=last).map(ContactId).collect();
        let mut found = Vec::new();
        for some in ids.chunks(JUDGED) {
            let rows = data.rows_of(some, predicate.needs_profile()).await?;
            let inside =
                |row: &&Row| predicate.holds(&Subject { head: &row.head, profile: row.profile.as_ref() });
            found.extend(rows.iter().filter(inside).map(|row| row.head.id.0));
            if found.len() > MOST_OF_SEGMENT {
                return Err(too_many());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    pub(super) async fn confirm_deletion(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
    ) -> Result<Response, Problem> {
        let asked: DeletionConfirm = call.body()?;
        let id: String = call.id("order")?;
        let (mut file, version) = caller.store.deletion_order(&id).await?.ok_or_else(Problem::not_found)?;
        let typed = asked.word.trim();
        let language = if typed == word(Language::En) { Language::En } else { Language::Es };
        let zone = Zone::or_default(&file.zone);
        file.order.confirm(typed, language, &zone, self.clock.now()).map_err(refused)?;
        // From here on the list is what it is: who comes later is none of it.
        if let Choice::Segment { segment, contacts, .. } = &mut file.choice {
            *contacts = self.in_segment(&file.order.workspace, segment).await?;
        }
        let contacts = self.counted(&file.order.workspace, &file.choice).await?;
        if let Choice::Everything { until } = &mut file.choice {
            *until = contacts;
        }
        file.order.frozen(contacts).map_err(refused)?;
        self.keep(call, caller, file, version, AuditAction::DeletionConfirmed).await
    }

    pub(super) async fn cancel_deletion(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
    ) -> Result<Response, Problem> {
        let id: String = call.id("order")?;
        let (mut file, version) = caller.store.deletion_order(&id).await?.ok_or_else(Problem::not_found)?;
        if file.order.status == OrderStatus::Canceled {
            return Ok(Response::json(StatusCode::OK, &self.seen(file)));
        }
        file.order.cancel(self.clock.now()).map_err(refused)?;
        self.keep(call, caller, file, version, AuditAction::DeletionCanceled).await
    }

    async fn keep(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
        file: OrderFile,
        version: u64,
        action: AuditAction,
    ) -> Result<Response, Problem> {
        let details = [("order", file.order.id.clone()), ("contacts", file.order.contacts.to_string())];
        if !caller.store.save_deletion_order(&file, version).await? {
            return Err(Problem::conflict("changed_meanwhile", "Read the order again and repeat."));
        }
        self.note(call, caller, action, &details).await?;
        Ok(Response::json(StatusCode::OK, &self.seen(file)))
    }
}
