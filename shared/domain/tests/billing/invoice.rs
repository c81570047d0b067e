//! Ecuador's electronic documents, as text and as structure.

use colibri_domain::billing::charge::{ChargeStatus, Payment};
use colibri_domain::billing::invoice::{DocumentKind, Invoice, Issue, Issuer, Language, factura};
use colibri_domain::billing::{BillingIdentity, Charge, ChargeKind, IdentityKind, Money};
use colibri_domain::{Millis, OrganizationId};
use jiff::civil::date;
use proptest::prelude::*;

use super::catalogue;

fn issuer() -> Issuer {
    Issuer {
        country: "EC".to_owned(),
        zone: "America/Guayaquil".to_owned(),
        tax_number: "1790011674001".to_owned(),
        legal_name: "Colibrí Software S.A.".to_owned(),
        trade_name: "Colibrí".to_owned(),
        address: "Av. Amazonas N24-03, Quito".to_owned(),
        establishment_address: "Av. Amazonas N24-03, Quito".to_owned(),
        establishment: "001".to_owned(),
        point: "001".to_owned(),
        keeps_accounts: true,
        special_taxpayer: None,
        production: false,
    }
}

fn buyer(legal_name: &str) -> BillingIdentity {
    BillingIdentity {
        kind: IdentityKind::Ruc,
        number: "0990004196001".to_owned(),
        legal_name: legal_name.to_owned(),
        address: "Malecón 100 y Loja, Guayaquil".to_owned(),
        email: "pagos@ceibo.example".to_owned(),
        country: "EC".to_owned(),
        government: false,
    }
}

fn charge() -> Charge {
    let what = ChargeKind::Cycle {
        cycle: 1,
        plan: "crm-1000".to_owned(),
        from: date(2026, 12, 15),
        until: date(2027, 1, 15),
    };
    let day = date(2026, 12, 15);
    let mut charge =
        Charge::new("cycle-1".to_owned(), what, Money::usd(4_900), &catalogue(), "EC", day, Millis(0))
            .unwrap();
    charge.status = ChargeStatus::Paid;
    charge.payment = Some(Payment {
        provider: "stripe".to_owned(),
        reference: "pi_1".to_owned(),
        at: Millis(0),
        last4: Some("4242".to_owned()),
    });
    charge
}

fn document(kind: DocumentKind, amount: i64, legal_name: &str) -> Invoice {
    let organization: OrganizationId = "org_ceibo".parse().unwrap();
    let issue = Issue {
        kind,
        organization: &organization,
        charge: &charge(),
        amount,
        issuer: &issuer(),
        buyer: &buyer(legal_name),
        language: Language::Es,
        // 16 December in Greenwich, still the 15th in Quito.
        now: Millis(1_797_392_400_000),
    };
    Invoice::issue(&issue, 42)
}

fn credit(amount: i64) -> Invoice {
    let (of, of_day) = ("001-001-000000041".to_owned(), date(2026, 12, 15));
    document(DocumentKind::CreditNote { of, of_day, reason: "Devolución".to_owned() }, amount, "Ceibo")
}

/// Elements in their order, with their depth and text; panics where they are not well formed.
fn elements(xml: &str) -> Vec<(usize, String, String)> {
    let body = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let (mut open, mut found, mut rest) = (Vec::<String>::new(), Vec::new(), body);
    while let Some(tag) = rest.strip_prefix('<') {
        let (tag, after) = tag.split_once('>').expect("a closed tag");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            rest = after;
            continue;
        }
        let name = tag.split(' ').next().unwrap().to_owned();
        let end = after.find('<').expect("an end");
        let text = &after[..end];
        assert!(!text.contains('>'), "{text}");
        found.push((open.len(), name.clone(), text.to_owned()));
        open.push(name);
        rest = &after[end..];
    }
    assert!(open.is_empty() && rest.is_empty(), "{rest}");
    found
}

fn value<'a>(found: &'a [(usize, String, String)], name: &str) -> &'a str {
    &found.iter().find(|(_, n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).2
}

fn children(found: &[(usize, String, String)], parent: &str) -> Vec<String> {
    let at = found.iter().position(|(_, name, _)| name == parent).unwrap();
    let depth = found[at].0;
    let inside = found[at + 1..].iter().take_while(|(d, _, _)| *d > depth);
    inside.filter(|(d, _, _)| *d == depth + 1).map(|(_, name, _)| name.clone()).collect()
}

fn golden(name: &str, text: &str) {
    let path = format!("{}/tests/billing/{name}", env!("CARGO_MANIFEST_DIR"));
    let pretty = text.replace("><", ">\n<") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, pretty).unwrap();
    } else {
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), pretty, "run this test with UPDATE=1");
    }
}

#[test]
fn an_invoice_is_the_authority_s_factura() {
    let invoice = document(DocumentKind::Invoice, 5_635, "Comercial Ceibo & Hijos <S.A.>");
    let xml = factura::xml(&invoice);
    golden("factura.xml", &xml);
    let found = elements(&xml);
    assert_eq!(children(&found, "factura"), ["infoTributaria", "infoFactura", "detalles", "infoAdicional"]);
    assert_eq!(
        children(&found, "infoTributaria"),
        [
            "ambiente",
            "tipoEmision",
            "razonSocial",
            "nombreComercial",
            "ruc",
            "claveAcceso",
            "codDoc",
            "estab",
            "ptoEmi",
            "secuencial",
            "dirMatriz"
        ]
    );
    assert_eq!(
        children(&found, "infoFactura"),
        [
            "fechaEmision",
            "dirEstablecimiento",
            "obligadoContabilidad",
            "tipoIdentificacionComprador",
            "razonSocialComprador",
            "identificacionComprador",
            "direccionComprador",
            "totalSinImpuestos",
            "totalDescuento",
            "totalConImpuestos",
            "propina",
            "importeTotal",
            "moneda",
            "pagos"
        ]
    );
    let key = value(&found, "claveAcceso");
    assert_eq!((key.len(), &key[..10]), (49, "1512202601"), "dated in the issuer's zone");
    assert_eq!(value(&found, "fechaEmision"), "15/12/2026");
    assert_eq!(value(&found, "secuencial"), "000000042");
    assert_eq!(value(&found, "importeTotal"), "56.35");
    assert_eq!(value(&found, "codigoPorcentaje"), "4");
    assert_eq!(value(&found, "razonSocialComprador"), "Comercial Ceibo &amp; Hijos &lt;S.A.&gt;");
    assert_eq!(invoice.number, "001-001-000000042");
}

#[test]
fn money_that_goes_back_has_a_credit_note() {
    let all = credit(5_635);
    assert_eq!((all.net, all.tax, all.total), (Money::usd(4_900), Money::usd(735), Money::usd(5_635)));
    let xml = factura::xml(&all);
    golden("nota-credito.xml", &xml);
    let found = elements(&xml);
    assert_eq!(&value(&found, "claveAcceso")[8..10], "04");
    assert_eq!(value(&found, "numDocModificado"), "001-001-000000041");
    assert_eq!(value(&found, "valorModificacion"), "56.35");
    let part = credit(1_000);
    assert_eq!((part.net.minor, part.tax.minor), (870, 130));
}

#[test]
fn an_issuer_elsewhere_needs_no_authority() {
    let organization: OrganizationId = "org_ceibo".parse().unwrap();
    let mut issuer = issuer();
    "CO".clone_into(&mut issuer.country);
    let issue = Issue {
        kind: DocumentKind::Invoice,
        organization: &organization,
        charge: &charge(),
        amount: 5_635,
        issuer: &issuer,
        buyer: &buyer("Ceibo"),
        language: Language::En,
        now: Millis(1_797_392_400_000),
    };
    let invoice = Invoice::issue(&issue, 7);
    assert_eq!((invoice.number.as_str(), invoice.access_key), ("001-001-000000007", None));
    assert!(issuer.faults().is_empty());
    issuer.point = "1".to_owned();
    issuer.zone = "Nowhere".to_owned();
    assert_eq!(issuer.faults(), [("/point", "not_three_digits"), ("/zone", "unknown_zone")]);
}

proptest! {
    /// Whatever people are called, the document stays well formed and inside the authority's lengths; parts of a total
    /// add up to it.
    #[test]
    fn any_name_and_any_part(name in "\\PC{1,400}|[<>&\"'\\x00-\\x20]{1,40}", amount in 1i64..5_635) {
        let found = elements(&factura::xml(&document(DocumentKind::Invoice, 5_635, &name)));
        let shown = value(&found, "razonSocialComprador");
        let read = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
        prop_assert!(read.chars().count() <= 300 && !read.contains(['\n', '\0']));
        let part = credit(amount);
        prop_assert_eq!(part.net.minor + part.tax.minor, amount);
        prop_assert!(part.lines.iter().all(|line| line.unit.minor * i64::from(line.quantity) == line.net.minor));
    }
}
