//! Ecuador's electronic documents: `factura` 2.1.0 and `notaCredito` 1.1.0 as XML, before they are signed.

use std::fmt::Write as _;

use super::{DocumentKind, Invoice};
use crate::billing::money::Money;

/// Longest text of most fields, in characters.
const LONGEST: usize = 300;

struct Xml(String);

impl Xml {
    fn leaf(&mut self, name: &str, text: &str) {
        let _ = write!(self.0, "<{name}>{}</{name}>", escaped(text));
    }

    fn amount(&mut self, name: &str, amount: Money) {
        self.leaf(name, &amount.decimal());
    }

    fn inside(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        let _ = write!(self.0, "<{name}>");
        fill(self);
        let _ = write!(self.0, "</{name}>");
    }
}

/// At most 300 characters without those that XML or the authority do not take; lines become spaces.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    for c in plain.filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).take(LONGEST) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

fn day(date: jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// The rate's code in table 17: zero where none applies.
fn tax_code(invoice: &Invoice) -> &str {
    invoice.tax_code.as_deref().unwrap_or("0")
}

fn percent(invoice: &Invoice) -> String {
    format!("{}.{:02}", invoice.tax_basis_points / 100, invoice.tax_basis_points % 100)
}

/// How it was paid, in table 24: a credit card, else through the financial system.
fn payment_code(invoice: &Invoice) -> &'static str {
    match &invoice.payment {
        Some(payment) if payment.provider == "transfer" => "20",
        _ => "19",
    }
}

/// The document as XML. It is canonical already: no space between elements, UTF-8, no empty element.
pub fn xml(invoice: &Invoice) -> String {
    let (root, version) = match invoice.kind {
        DocumentKind::Invoice => ("factura", "2.1.0"),
        DocumentKind::CreditNote { .. } => ("notaCredito", "1.1.0"),
    };
    let mut xml = Xml(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} id=\"comprobante\" version=\"{version}\">"
    ));
    xml.inside("infoTributaria", |xml| taxpayer(xml, invoice));
    match &invoice.kind {
        DocumentKind::Invoice => xml.inside("infoFactura", |xml| facts(xml, invoice)),
        DocumentKind::CreditNote { of, of_day, reason } => xml.inside("infoNotaCredito", |xml| {
            credited(xml, invoice, of, *of_day, reason);
        }),
    }
    xml.inside("detalles", |xml| lines(xml, invoice));
    xml.inside("infoAdicional", |xml| {
        let _ = write!(
            xml.0,
            "<campoAdicional nombre=\"Email\">{}</campoAdicional>",
            escaped(&invoice.buyer.email)
        );
    });
    let _ = write!(xml.0, "</{root}>");
    xml.0
}

fn taxpayer(xml: &mut Xml, invoice: &Invoice) {
    let issuer = &invoice.issuer;
    xml.leaf("ambiente", if issuer.production { "2" } else { "1" });
    xml.leaf("tipoEmision", "1");
    xml.leaf("razonSocial", &issuer.legal_name);
    if !issuer.trade_name.is_empty() {
        xml.leaf("nombreComercial", &issuer.trade_name);
    }
    xml.leaf("ruc", &issuer.tax_number);
    xml.leaf("claveAcceso", invoice.access_key.as_deref().unwrap_or_default());
    xml.leaf("codDoc", invoice.kind.code());
    xml.leaf("estab", &issuer.establishment);
    xml.leaf("ptoEmi", &issuer.point);
    xml.leaf("secuencial", &format!("{:09}", invoice.sequence));
    xml.leaf("dirMatriz", &issuer.address);
}

/// What both documents say of the issuer's place.
fn place(xml: &mut Xml, invoice: &Invoice) {
    xml.leaf("fechaEmision", &day(invoice.issued_on));
    xml.leaf("dirEstablecimiento", &invoice.issuer.establishment_address);
}

fn accounts(xml: &mut Xml, invoice: &Invoice) {
    if let Some(number) = &invoice.issuer.special_taxpayer {
        xml.leaf("contribuyenteEspecial", number);
    }
    xml.leaf("obligadoContabilidad", if invoice.issuer.keeps_accounts { "SI" } else { "NO" });
}

fn total_taxes(xml: &mut Xml, invoice: &Invoice) {
    xml.inside("totalConImpuestos", |xml| {
        xml.inside("totalImpuesto", |xml| {
            xml.leaf("codigo", "2");
            xml.leaf("codigoPorcentaje", tax_code(invoice));
            xml.amount("baseImponible", invoice.net);
            xml.amount("valor", invoice.tax);
        });
    });
}

fn facts(xml: &mut Xml, invoice: &Invoice) {
    place(xml, invoice);
    accounts(xml, invoice);
    xml.leaf("tipoIdentificacionComprador", invoice.buyer.authority_code());
    xml.leaf("razonSocialComprador", &invoice.buyer.legal_name);
    xml.leaf("identificacionComprador", &invoice.buyer.number);
    xml.leaf("direccionComprador", &invoice.buyer.address);
    xml.amount("totalSinImpuestos", invoice.net);
    xml.amount("totalDescuento", Money::zero(invoice.net.currency));
    total_taxes(xml, invoice);
    xml.amount("propina", Money::zero(invoice.net.currency));
    xml.amount("importeTotal", invoice.total);
    xml.leaf("moneda", "DOLAR");
    xml.inside("pagos", |xml| {
        xml.inside("pago", |xml| {
            xml.leaf("formaPago", payment_code(invoice));
            xml.amount("total", invoice.total);
        });
    });
}

fn credited(xml: &mut Xml, invoice: &Invoice, of: &str, of_day: jiff::civil::Date, reason: &str) {
    place(xml, invoice);
    xml.leaf("tipoIdentificacionComprador", invoice.buyer.authority_code());
    xml.leaf("razonSocialComprador", &invoice.buyer.legal_name);
    xml.leaf("identificacionComprador", &invoice.buyer.number);
    accounts(xml, invoice);
    xml.leaf("codDocModificado", "01");
    xml.leaf("numDocModificado", of);
    xml.leaf("fechaEmisionDocSustento", &day(of_day));
    xml.amount("totalSinImpuestos", invoice.net);
    xml.amount("valorModificacion", invoice.total);
    xml.leaf("moneda", "DOLAR");
    total_taxes(xml, invoice);
    xml.leaf("motivo", reason);
}

fn lines(xml: &mut Xml, invoice: &Invoice) {
    let code = if invoice.is_credit() { "codigoInterno" } else { "codigoPrincipal" };
    for line in &invoice.lines {
        xml.inside("detalle", |xml| {
            xml.leaf(code, &line.code.chars().take(25).collect::<String>());
            xml.leaf("descripcion", &line.text);
            xml.leaf("cantidad", &format!("{}.00", line.quantity));
            xml.amount("precioUnitario", line.unit);
            xml.amount("descuento", Money::zero(line.unit.currency));
            xml.amount("precioTotalSinImpuesto", line.net);
            xml.inside("impuestos", |xml| {
                xml.inside("impuesto", |xml| {
                    xml.leaf("codigo", "2");
                    xml.leaf("codigoPorcentaje", tax_code(invoice));
                    xml.leaf("tarifa", &percent(invoice));
                    xml.amount("baseImponible", line.net);
                    xml.amount("valor", invoice.tax);
                });
            });
        });
    }
}
