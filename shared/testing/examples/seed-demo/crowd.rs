//! Everybody else: 478 contacts and a month of ordinary conversations, the same from the same seed.

use std::error::Error;

use colibri_domain::Millis;
use colibri_domain::content::Content;
use serde_json::json;

use crate::writer::{Fate, Writer};

/// With the others 478 contacts.
const CONTACTS: u32 = 465;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// Quito is five hours behind.
const ZONE: i64 = -5 * HOUR;

const FIRST: [&str; 24] = [
    "María",
    "José",
    "Luis",
    "Ana",
    "Carlos",
    "Rosa",
    "Jorge",
    "Carmen",
    "Juan",
    "Daniela",
    "Andrés",
    "Gabriela",
    "Diana",
    "Fernando",
    "Paola",
    "Miguel",
    "Verónica",
    "Santiago",
    "Elsa",
    "Ricardo",
    "Maribel",
    "Wilson",
    "Tania",
    "Byron",
];
const LAST: [&str; 24] = [
    "Guamán",
    "Quispe",
    "Zambrano",
    "Cedeño",
    "Vera",
    "Morocho",
    "Chicaiza",
    "Toapanta",
    "Macías",
    "Andrade",
    "Salazar",
    "Yánez",
    "Pilco",
    "Cabrera",
    "Loor",
    "Tipán",
    "Villacís",
    "Moreira",
    "Sarango",
    "Naranjo",
    "Alarcón",
    "Paguay",
    "Espinoza",
    "Íñiguez",
];
const ASKED: [&str; 16] = [
    "Buenos días, ¿tienen mesas de centro?",
    "¿Cuánto cuesta el sofá de tres puestos?",
    "¿Hacen muebles a medida?",
    "Quisiera la cotización del comedor, por favor",
    "¿Tienen local en Cuenca?",
    "¿Aceptan tarjeta?",
    "¿Cuánto demora la entrega a Guayaquil?",
    "Necesito factura a nombre de mi empresa",
    "¿El colchón viene con garantía?",
    "¿Me pueden enviar fotos del velador?",
    "Quiero cambiar el color de mi pedido",
    "¿Hay descuento por pago de contado?",
    "¿Atienden el domingo?",
    "Mi silla llegó con una pata floja",
    "¿La madera es laurel o MDF?",
    "¿Puedo pasar a ver el ropero esta tarde?",
];
const ANSWERED: [&str; 12] = [
    "Buenos días. Sí, con gusto le ayudo.",
    "Le comparto el precio: 489,00 más IVA.",
    "Claro, ¿me indica las medidas?",
    "La entrega demora entre 3 y 5 días.",
    "Aceptamos tarjeta, transferencia y efectivo.",
    "Todos nuestros muebles tienen un año de garantía.",
    "Le envío la cotización en un momento.",
    "Atendemos de lunes a sábado.",
    "Lamento lo ocurrido, lo solucionamos hoy mismo.",
    "Sí, emitimos factura electrónica.",
    "Es madera de laurel curada.",
    "Le esperamos, estamos en la Amazonas y Colón.",
];
const THANKED: [&str; 8] = [
    "Muchas gracias",
    "Perfecto, gracias",
    "Listo, quedo pendiente",
    "Ok 👍",
    "Súper, ya le confirmo",
    "Gracias, muy amable",
    "Lo pienso y le aviso",
    "Excelente servicio",
];
const AGENTS: [&str; 5] = ["carla", "carla", "diego", "elena", "bruno"];
const CATEGORIES: [&str; 6] =
    ["Venta cerrada", "Venta perdida", "Pago", "Entrega", "Garantía", "Consulta general"];
const CITIES: [&str; 6] = ["Quito", "Cuenca", "Guayaquil", "Loja", "Riobamba", "Ambato"];
const TAGS: [&str; 6] = ["sala", "dormitorio", "entrega", "mayorista", "recompra", "caliente"];

/// A small generator: the same numbers from the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]
    }

    fn span(&mut self, below: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(below.max(1)).unwrap_or(1))).unwrap_or(0)
    }
}

/// An instant `days` ago at an hour when people write: peaks before noon and in the evening, quiet Sundays.
fn moment(dice: &mut Dice, now: Millis, days: i64) -> Millis {
    let mut days = days;
    let midnight = |days: i64| ((now.0 + ZONE).div_euclid(DAY) - days) * DAY - ZONE;
    // The epoch was a Thursday.
    let sunday = |days: i64| ((now.0 + ZONE).div_euclid(DAY) - days + 4).rem_euclid(7) == 0;
    if sunday(days) && dice.below(5) > 0 {
        days += 1;
    }
    let hour = match dice.below(10) {
        0..=3 => 10 + dice.span(2),
        4..=7 => 17 + dice.span(3),
        _ => 8 + dice.span(12),
    };
    let at = Millis(midnight(days) + hour * HOUR + dice.span(HOUR));
    // Nothing happens in the future, nor within the last hours, which belong to the others.
    Millis(at.0.min(now.0 - 6 * HOUR - dice.span(12 * HOUR)))
}

/// Writes them; returns how many.
pub async fn fill(writer: &Writer) -> Result<u32, Box<dyn Error>> {
    let mut dice = Dice(0x00C0_11B2_1CE1_B0E5);
    for n in 0..CONTACTS {
        let name = format!("{} {}", dice.one(&FIRST), dice.one(&LAST));
        let first_day = 1 + dice.span(29);
        let started = moment(&mut dice, writer.now, first_day);
        let number = if n + 11 < 500 { n + 11 } else { 600 + n };
        let head = writer.contact(number, &name, started).await?;
        let talks = 1 + dice.below(4);
        let mut at = started;
        for _ in 0..talks {
            let agent = dice.one(&AGENTS);
            let last = talk(writer, &mut dice, &head, at, agent).await?;
            let next = last.plus(DAY + dice.span(6 * DAY));
            if next.0 > writer.now.0 - 6 * HOUR {
                break;
            }
            at = next;
        }
        if dice.below(3) == 0 {
            let city = json!(dice.one(&CITIES));
            let budget = json!(100 * (2 + dice.below(18)));
            writer
                .describes(&head, at, &[dice.one(&TAGS)], &[("ciudad", city), ("presupuesto", budget)])
                .await?;
        }
    }
    Ok(CONTACTS)
}

/// One conversation; returns when it ended.
async fn talk(
    writer: &Writer,
    dice: &mut Dice,
    head: &colibri_domain::contact::Head,
    start: Millis,
    agent: &str,
) -> Result<Millis, Box<dyn Error>> {
    let text = |text: &str| Content::Text { text: text.to_owned() };
    let recent = writer.now.since(start) < 2 * DAY;
    let mut at = start;
    let turns = 1 + dice.below(3);
    for _ in 0..turns {
        writer.says(head, at, text(dice.one(&ASKED)), |_| {}).await?;
        if recent && dice.below(4) == 0 {
            return Ok(at);
        }
        at = at.plus(60_000 + dice.span(15 * 60_000));
        let fate = if dice.below(6) == 0 { Fate::Delivered } else { Fate::Read };
        writer.answers(head, at, agent, text(dice.one(&ANSWERED)), fate).await?;
        at = at.plus(30_000 + dice.span(20 * 60_000));
    }
    writer.says(head, at, text(dice.one(&THANKED)), |_| {}).await?;
    if !recent || dice.below(3) == 0 {
        at = at.plus(5 * 60_000);
        writer.closes(head, at, agent, dice.one(&CATEGORIES)).await?;
    } else if dice.below(2) == 0 {
        writer.reads(head, at.plus(60_000)).await?;
    }
    Ok(at)
}
