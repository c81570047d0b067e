//! An invoice as a page to print: A4, the fonts that every reader has.
//!
//! For Ecuador it is the printed form of the electronic document (RIDE), with its access key and authorisation; elsewhere
//! it is the document itself. Letters outside Western Europe's come out as `?`, as in no other place of the product: the
//! fonts that need no embedding have no others.

use colibri_domain::billing::Money;
use colibri_domain::billing::invoice::{Authorization, DocumentKind, Invoice, Language};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 48.0;
const RIGHT: f32 = WIDTH - 48.0;
const PLAIN: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

/// Widths of Helvetica's letters from space to tilde in thousandths of the size (Adobe's metrics of the standard fonts).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Words of the page.
struct Words {
    invoice: &'static str,
    credit_note: &'static str,
    number: &'static str,
    date: &'static str,
    access_key: &'static str,
    authorized: &'static str,
    pending: &'static str,
    test: &'static str,
    buyer: &'static str,
    description: &'static str,
    quantity: &'static str,
    unit: &'static str,
    amount: &'static str,
    subtotal: &'static str,
    total: &'static str,
    payment: &'static str,
    transfer: &'static str,
    card: &'static str,
    amends: &'static str,
    reason: &'static str,
}

const ES: Words = Words {
    invoice: "Factura",
    credit_note: "Nota de crédito",
    number: "N.º",
    date: "Fecha de emisión",
    access_key: "Clave de acceso",
    authorized: "Autorizada",
    pending: "Autorización en trámite",
    test: "Ambiente de pruebas: sin validez tributaria",
    buyer: "Cliente",
    description: "Descripción",
    quantity: "Cantidad",
    unit: "Precio",
    amount: "Importe",
    subtotal: "Subtotal sin impuestos",
    total: "Total",
    payment: "Forma de pago",
    transfer: "Transferencia",
    card: "Tarjeta",
    amends: "Modifica la factura",
    reason: "Motivo",
};

const EN: Words = Words {
    invoice: "Invoice",
    credit_note: "Credit note",
    number: "No.",
    date: "Date of issue",
    access_key: "Access key",
    authorized: "Authorized",
    pending: "Authorization pending",
    test: "Test environment: not valid for tax purposes",
    buyer: "Customer",
    description: "Description",
    quantity: "Quantity",
    unit: "Price",
    amount: "Amount",
    subtotal: "Subtotal without tax",
    total: "Total",
    payment: "Payment",
    transfer: "Bank transfer",
    card: "Card",
    amends: "Amends invoice",
    reason: "Reason",
};

/// One byte per letter, as the fonts have them.
fn encoded(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        '€' => 0x80,
        '…' => 0x85,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        _ => b'?',
    };
    text.chars().filter(|c| !c.is_control()).map(byte).collect()
}

/// Width of a text in points. Letters with accents are as wide as a middling one.
fn width(text: &str, size: f32) -> f32 {
    let of =
        |byte: u8| byte.checked_sub(32).and_then(|place| WIDTHS.get(usize::from(place))).map_or(556, |w| *w);
    let thousandths: u32 = encoded(text).into_iter().map(|byte| u32::from(of(byte))).sum();
    #[allow(clippy::cast_precision_loss, reason = "a page is some hundred points wide")]
    let width = thousandths as f32 * size / 1_000.0;
    width
}

/// Lines no wider than a column; a word that is wider alone is cut.
fn wrapped(text: &str, size: f32, column: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        loop {
            let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            let last = lines.len() - 1;
            if width(&longer, size) <= column {
                lines[last] = longer;
                break;
            }
            if line.is_empty() {
                let fits = word.char_indices().map(|(at, c)| at + c.len_utf8());
                let fits = fits.take_while(|end| width(&word[..*end], size) <= column).last();
                let cut = fits.unwrap_or(word.chars().next().map_or(0, char::len_utf8));
                word[..cut].clone_into(&mut lines[last]);
                word = word[cut..].to_owned();
                if word.is_empty() {
                    break;
                }
            } else {
                lines[last] = line;
            }
            lines.push(String::new());
        }
    }
    lines
}

struct Page {
    content: Content,
    y: f32,
}

impl Page {
    fn text(&mut self, x: f32, y: f32, font: Name<'_>, size: f32, text: &str) {
        self.content.begin_text();
        self.content.set_font(font, size);
        self.content.next_line(x, y);
        self.content.show(Str(&encoded(text)));
        self.content.end_text();
    }

    fn right(&mut self, x: f32, y: f32, font: Name<'_>, size: f32, text: &str) {
        self.text(x - width(text, size), y, font, size, text);
    }

    /// Wrapped lines from the present height on; moves down.
    fn block(&mut self, x: f32, column: f32, font: Name<'_>, size: f32, text: &str) {
        for line in wrapped(text, size, column) {
            self.text(x, self.y, font, size, &line);
            self.y -= size * 1.35;
        }
    }

    fn rule(&mut self) {
        self.content.set_line_width(0.6);
        self.content.move_to(LEFT, self.y);
        self.content.line_to(RIGHT, self.y);
        self.content.stroke();
        self.y -= 16.0;
    }
}

/// Digits as people of the document's language read them: `1.234,50` or `1,234.50`.
fn amount(money: Money, language: Language) -> String {
    let (point, group) = if language == Language::Es { (',', '.') } else { ('.', ',') };
    let plain = money.decimal();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(group);
        }
        grouped.push(digit);
    }
    if part.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{point}{part}") }
}

/// The document as PDF.
pub fn page(invoice: &Invoice) -> Vec<u8> {
    let words = if invoice.language == Language::Es { &ES } else { &EN };
    let mut page = Page { content: Content::new(), y: HEIGHT - 64.0 };
    head(&mut page, invoice, words);
    buyer(&mut page, invoice, words);
    lines(&mut page, invoice, words);
    totals(&mut page, invoice, words);
    file(page, invoice, words)
}

fn title(invoice: &Invoice, words: &Words) -> String {
    let kind = if invoice.is_credit() { words.credit_note } else { words.invoice };
    format!("{kind} {} {}", words.number, invoice.number)
}

fn head(page: &mut Page, invoice: &Invoice, words: &Words) {
    let issuer = &invoice.issuer;
    let (top, half) = (page.y, 250.0);
    let name = if issuer.trade_name.is_empty() { &issuer.legal_name } else { &issuer.trade_name };
    page.block(LEFT, half, BOLD, 15.0, name);
    if !issuer.trade_name.is_empty() {
        page.block(LEFT, half, PLAIN, 9.0, &issuer.legal_name);
    }
    let label = if issuer.is_ecuador() { "RUC " } else { "" };
    page.block(LEFT, half, PLAIN, 9.0, &format!("{label}{}", issuer.tax_number));
    page.block(LEFT, half, PLAIN, 9.0, &issuer.address);
    let bottom = std::mem::replace(&mut page.y, top);
    let x = LEFT + half + 24.0;
    let column = RIGHT - x;
    page.block(x, column, BOLD, 12.0, &title(invoice, words));
    let day = invoice.issued_on;
    let day = format!("{}: {:02}/{:02}/{:04}", words.date, day.day(), day.month(), day.year());
    page.block(x, column, PLAIN, 9.0, &day);
    if let DocumentKind::CreditNote { of, reason, .. } = &invoice.kind {
        page.block(x, column, PLAIN, 9.0, &format!("{} {of}", words.amends));
        page.block(x, column, PLAIN, 9.0, &format!("{}: {reason}", words.reason));
    }
    if let Some(key) = &invoice.access_key {
        let state = match &invoice.authorization {
            Authorization::Authorized { .. } => words.authorized,
            _ => words.pending,
        };
        page.block(x, column, PLAIN, 9.0, state);
        page.block(x, column, PLAIN, 9.0, words.access_key);
        page.block(x, column, PLAIN, 8.0, key);
        if !issuer.production {
            page.block(x, column, BOLD, 9.0, words.test);
        }
    }
    page.y = page.y.min(bottom) - 12.0;
    page.rule();
}

fn buyer(page: &mut Page, invoice: &Invoice, words: &Words) {
    let buyer = &invoice.buyer;
    let column = RIGHT - LEFT;
    page.block(LEFT, column, BOLD, 9.0, words.buyer);
    page.block(LEFT, column, PLAIN, 10.0, &buyer.legal_name);
    page.block(LEFT, column, PLAIN, 9.0, &buyer.number);
    page.block(LEFT, column, PLAIN, 9.0, &buyer.address);
    page.block(LEFT, column, PLAIN, 9.0, &buyer.email);
    page.y -= 10.0;
    page.rule();
}

fn lines(page: &mut Page, invoice: &Invoice, words: &Words) {
    let (unit, quantity) = (RIGHT - 90.0, RIGHT - 170.0);
    page.text(LEFT, page.y, BOLD, 9.0, words.description);
    page.right(quantity, page.y, BOLD, 9.0, words.quantity);
    page.right(unit, page.y, BOLD, 9.0, words.unit);
    page.right(RIGHT, page.y, BOLD, 9.0, words.amount);
    page.y -= 18.0;
    for line in &invoice.lines {
        let y = page.y;
        page.right(quantity, y, PLAIN, 10.0, &line.quantity.to_string());
        page.right(unit, y, PLAIN, 10.0, &amount(line.unit, invoice.language));
        page.right(RIGHT, y, PLAIN, 10.0, &amount(line.net, invoice.language));
        page.block(LEFT, quantity - LEFT - 60.0, PLAIN, 10.0, &line.text);
        page.y -= 6.0;
    }
    page.rule();
}

fn totals(page: &mut Page, invoice: &Invoice, words: &Words) {
    let percent = invoice.tax_basis_points;
    let percent = format!("{}.{:02}", percent / 100, percent % 100);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let tax = format!("{} {percent} %", invoice.tax_name);
    let total = format!("{} {}", words.total, invoice.total.currency.code());
    for (font, label, money) in [
        (PLAIN, words.subtotal, invoice.net),
        (PLAIN, tax.as_str(), invoice.tax),
        (BOLD, total.as_str(), invoice.total),
    ] {
        page.right(RIGHT - 90.0, page.y, font, 10.0, label);
        page.right(RIGHT, page.y, font, 10.0, &amount(money, invoice.language));
        page.y -= 16.0;
    }
    if let Some(payment) = invoice.payment.as_ref().filter(|_| !invoice.is_credit()) {
        let how = match (&payment.last4, payment.provider.as_str()) {
            (_, "transfer") => format!("{} {}", words.transfer, payment.reference),
            (Some(last4), _) => format!("{} •••• {last4}", words.card).replace('•', "*"),
            (None, _) => words.card.to_owned(),
        };
        page.y -= 8.0;
        page.block(LEFT, RIGHT - LEFT, PLAIN, 9.0, &format!("{}: {how}", words.payment));
    }
}

fn file(page: Page, invoice: &Invoice, words: &Words) -> Vec<u8> {
    let [catalogue, pages, sheet, content, plain, bold, info] = [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
    let mut pdf = Pdf::new();
    let language = if invoice.language == Language::Es { "es" } else { "en" };
    pdf.catalog(catalogue).pages(pages).lang(TextStr(language));
    pdf.pages(pages).kids([sheet]).count(1);
    let mut a4 = pdf.page(sheet);
    a4.parent(pages).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content);
    a4.resources().fonts().pair(PLAIN, plain).pair(BOLD, bold);
    a4.finish();
    for (id, font) in [(plain, &b"Helvetica"[..]), (bold, b"Helvetica-Bold")] {
        pdf.type1_font(id).base_font(Name(font)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.stream(content, &page.content.finish());
    pdf.document_info(info).title(TextStr(&title(invoice, words)));
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_in_the_document_s_language() {
        assert_eq!(amount(Money::usd(123_456_789), Language::Es), "1.234.567,89");
        assert_eq!(amount(Money::usd(-5), Language::En), "-0.05");
        let pesos = Money::new(1_990, colibri_domain::billing::Currency::Clp);
        assert_eq!(amount(pesos, Language::Es), "1.990");
    }

    #[test]
    fn lines_are_never_wider_than_their_column() {
        let text = "Una descripción larga con Supercalifragilisticoespialidosoooooooooooooooooooo dentro";
        let lines = wrapped(text, 10.0, 90.0);
        assert!(lines.len() > 4 && lines.iter().all(|line| width(line, 10.0) <= 90.0), "{lines:?}");
        let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(text), "no letter is lost");
        assert_eq!(wrapped("", 10.0, 90.0), [""]);
        assert_eq!(wrapped("ancho", 10.0, 0.1).len(), 5, "ends however narrow");
    }

    #[test]
    fn letters_of_other_scripts_do_not_break_the_page() {
        assert_eq!(encoded("Ñandú €"), [0xd1, b'a', b'n', b'd', 0xfa, b' ', 0x80]);
        assert_eq!(encoded("日本\n"), b"??");
    }
}
