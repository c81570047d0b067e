//! Who pays is told when the places for contacts run out: once at 80, 90 and 100 %, by mail and in the console.

use std::collections::{BTreeMap, BTreeSet};

use colibri_domain::billing::invoice::Language;
use colibri_domain::billing::quota::{QuotaLevel, warn};
use colibri_domain::ids::digest;
use colibri_domain::people::OrganizationRight;
use colibri_domain::{NotificationId, OrganizationId};
use colibri_store::{Notification, OrganizationStore, Quota};

use super::{Billing, mails};
use crate::http::RecordError;
use crate::ports::PortErrorKind;

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

impl Billing {
    /// Tells how full the quota is, where that has not been told yet.
    pub(super) async fn warn_quota(&self, id: &OrganizationId) -> Result<(), RecordError> {
        let organization = self.store.organization(id);
        let (quota, told) = organization.quota_told().await.map_err(failed)?;
        // Before there is a plan there are only places to try it with.
        let planned = organization.subscription().await.map_err(failed)?;
        if !planned.is_some_and(|stored| stored.subscription.sends()) {
            return Ok(());
        }
        let (kept, now) = warn(told, quota.used, quota.limit);
        // Whoever notes it first tells it.
        if kept == told || !organization.note_quota_told(told, kept).await.map_err(failed)? {
            return Ok(());
        }
        match now {
            Some(level) => self.tell_quota(&organization, quota, level).await,
            None => Ok(()),
        }
    }

    async fn tell_quota(
        &self,
        organization: &OrganizationStore,
        quota: Quota,
        level: QuotaLevel,
    ) -> Result<(), RecordError> {
        let people = organization.people().await.map_err(failed)?;
        let payers: Vec<_> = people
            .iter()
            .filter(|one| one.organization_role.grants(OrganizationRight::BillingRead))
            .collect();
        let buyer = organization.billing_identity().await.map_err(failed)?;
        let spanish = || async {
            Ok::<_, RecordError>(
                organization.get().await.map_err(failed)?.is_none_or(|known| known.locale != "en"),
            )
        };
        let language = match &buyer {
            Some(buyer) => mails::language(buyer),
            None if spanish().await? => Language::Es,
            None => Language::En,
        };
        let addresses: BTreeSet<&str> = match &buyer {
            Some(buyer) => BTreeSet::from([buyer.email.as_str()]),
            None => payers.iter().map(|one| one.email.as_str()).collect(),
        };
        for address in addresses {
            let mail = mails::quota(level, quota.used, quota.limit, language, &self.console_url);
            match self.mail.send(&mail.to(address)).await {
                Ok(()) => {}
                Err(error) if error.kind == PortErrorKind::Denied => {}
                // It stands in the console too.
                Err(error) => tracing::warn!(%error, "quota warning not mailed"),
            }
        }
        let now = self.clock.now();
        let level_name = level.percent().to_string();
        let args = BTreeMap::from([
            ("percent".to_owned(), level_name.clone()),
            ("used".to_owned(), quota.used.to_string()),
            ("limit".to_owned(), quota.limit.to_string()),
        ]);
        for workspace in organization.workspaces().await.map_err(failed)? {
            let data = self.store.workspace(&workspace.id);
            let Some(settings) = data.settings().await.map_err(failed)? else { continue };
            for one in payers.iter().filter(|one| settings.member(&one.user_id).is_some()) {
                let unique = digest(&[
                    organization.id.as_str(),
                    one.user_id.as_str(),
                    &level_name,
                    &now.0.to_string(),
                ]);
                let notification = Notification {
                    id: NotificationId::from_unique(&hex::encode(&unique[..12])),
                    kind: "quota".to_owned(),
                    contact_id: None,
                    args: args.clone(),
                    at: now,
                    read: false,
                };
                data.put_notification(&one.user_id, &notification).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}
