//! Where electronic invoices are signed, received and authorised.

use async_trait::async_trait;
use colibri_domain::Millis;
use colibri_domain::billing::invoice::{Authorization, Invoice};

use crate::ports::PortError;

/// Signs documents and hands them to the tax authority.
#[async_trait]
pub trait TaxAuthority: Send + Sync {
    /// Where a document stands after one more step: signed and handed over if it was not, asked for if it was. The
    /// access key makes both the same however often they are done.
    async fn advance(&self, invoice: &Invoice, xml: &str, now: Millis) -> Result<Authorization, PortError>;
}

/// The authority's test environment, played: what is well formed is authorised at once under its access key.
///
/// For installations without a certificate: their documents say on the page that they are not valid.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlayedAuthority;

#[async_trait]
impl TaxAuthority for PlayedAuthority {
    async fn advance(&self, invoice: &Invoice, xml: &str, now: Millis) -> Result<Authorization, PortError> {
        let number = invoice.access_key.clone().unwrap_or_default();
        let checked = number.len() == 49 && xml.contains(&format!("<claveAcceso>{number}</claveAcceso>"));
        if invoice.issuer.production || !checked {
            let messages = vec!["no certificate is set up for production".to_owned()];
            return Ok(Authorization::Returned { messages });
        }
        Ok(Authorization::Authorized { at: now, number })
    }
}
