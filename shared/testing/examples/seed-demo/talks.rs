//! Conversations that show one thing each.

use std::error::Error;

use colibri_domain::FileId;
use colibri_domain::content::{
    Attachment, AttachmentState, Content, FileRef, Location, Media, Shared, SharedWhat,
};
use colibri_domain::message::{QuotedMessage, Reaction, ReactionFrom, Referral};
use colibri_store::{File, FileState};
use serde_json::json;

use crate::workspace::user;
use crate::writer::{Fate, Writer};

type Failed = Box<dyn Error>;

/// How many contacts these are.
pub const COUNT: u32 = 13;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A file of the demo.
pub struct Asset {
    pub name: &'static str,
    pub mime_type: &'static str,
    pub bytes: &'static [u8],
    pub size: Option<(u32, u32)>,
    pub duration_ms: Option<u32>,
}

pub const ASSETS: [Asset; 3] = [
    Asset {
        name: "sala.png",
        mime_type: "image/png",
        bytes: include_bytes!("../../../../infra/dev/simulator/assets/living-room.png"),
        size: Some((800, 600)),
        duration_ms: None,
    },
    Asset {
        name: "comprobante.png",
        mime_type: "image/png",
        bytes: include_bytes!("../../../../infra/dev/simulator/assets/receipt.png"),
        size: Some((540, 760)),
        duration_ms: None,
    },
    Asset {
        name: "nota.ogg",
        mime_type: "audio/ogg",
        bytes: include_bytes!("../../../../infra/dev/simulator/assets/voice.ogg"),
        size: None,
        duration_ms: Some(16_200),
    },
];

pub fn file_id(name: &str) -> FileId {
    FileId::from_unique(&format!("demo-{}", name.replace('.', "-")))
}

fn text(text: &str) -> Content {
    Content::Text { text: text.to_owned() }
}

async fn attachment(
    writer: &Writer,
    name: &str,
    media: Media,
    caption: Option<&str>,
) -> Result<Content, Failed> {
    let asset = ASSETS.iter().find(|a| a.name == name).ok_or("no such asset")?;
    let file = File {
        id: file_id(name),
        name: name.to_owned(),
        mime_type: asset.mime_type.to_owned(),
        size: asset.bytes.len() as u64,
        state: FileState::Ready,
        uploaded_by: None,
        created_at: writer.now,
        inline: true,
        width: asset.size.map(|s| s.0),
        height: asset.size.map(|s| s.1),
        duration_ms: asset.duration_ms,
        waveform: (media == Media::Audio)
            .then(|| (0..48u8).map(|n| 20 + (n.wrapping_mul(37) % 70)).collect()),
    };
    writer.store.put_file(&file).await?;
    let reference: Option<FileRef> = file.reference();
    Ok(Content::Attachment(Attachment {
        media,
        voice: media == Media::Audio,
        file: reference,
        caption: caption.map(str::to_owned),
        file_name: None,
        state: AttachmentState::Ready,
    }))
}

/// Writes them.
pub async fn ten(writer: &Writer) -> Result<(), Failed> {
    rosa(writer).await?;
    ivan(writer).await?;
    mercedes(writer).await?;
    windows(writer).await?;
    sends(writer).await?;
    mateo(writer).await?;
    nelly(writer).await?;
    page_and_instagram(writer).await
}

/// On the page one who can be answered and one whom only a person may answer; on Instagram one who shares a post.
async fn page_and_instagram(writer: &Writer) -> Result<(), Failed> {
    let now = writer.now;
    let valeria = writer.on_page(24_420_000_000_000_001, "Valeria Ponce", now.plus(-75 * MINUTE)).await?;
    let ad = Referral {
        source_type: Some("ads".into()),
        source_id: Some("120210000000077".into()),
        headline: Some("Salas a medida".into()),
        ..Referral::default()
    };
    let price = text("Buenas, ¿qué precio tiene la sala en L del anuncio?");
    writer.says(&valeria, now.plus(-75 * MINUTE), price, |m| m.referral = Some(ad)).await?;
    let answer = text("Buenas tardes, Valeria. La sala en L está en $740 con entrega en Quito.");
    writer.answers(&valeria, now.plus(-70 * MINUTE), "carla", answer, Fate::Read).await?;
    writer.says(&valeria, now.plus(-62 * MINUTE), text("¿Y en tela antimanchas?"), |_| {}).await?;

    let andres = writer.on_page(24_420_000_000_000_002, "Andrés Villacís", now.plus(-2 * DAY)).await?;
    writer.says(&andres, now.plus(-2 * DAY), text("¿Reparan sillas de comedor?"), |_| {}).await?;

    let camila = writer.on_instagram(17_440_000_000_000_001, "Camila Rivas", now.plus(-55 * MINUTE)).await?;
    let post = Content::Shared(Shared {
        what: SharedWhat::Post,
        url: Some("https://www.instagram.com/p/ceibo-escritorio/".into()),
        title: Some("Escritorio de nogal".into()),
        text: None,
    });
    writer.says(&camila, now.plus(-55 * MINUTE), post, |_| {}).await?;
    writer.says(&camila, now.plus(-54 * MINUTE), text("¿Este todavía lo tienen?"), |_| {}).await?;
    let answer = text("Sí, Camila, queda uno en la tienda de la Amazonas.");
    writer.answers(&camila, now.plus(-50 * MINUTE), "bruno", answer, Fate::Read).await?;
    Ok(())
}

/// Came to the bot through a link in the shop window, and shows no number.
async fn mateo(writer: &Writer) -> Result<(), Failed> {
    let now = writer.now;
    let mateo = writer.stranger(5_930_000_002, "Mateo Cueva", now.plus(-100 * MINUTE)).await?;
    let from_window = Referral {
        source_type: Some("start_link".into()),
        source_id: Some("vitrina-amazonas".into()),
        ..Referral::default()
    };
    writer.says(&mateo, now.plus(-100 * MINUTE), text("/start"), |m| m.referral = Some(from_window)).await?;
    writer
        .says(
            &mateo,
            now.plus(-99 * MINUTE),
            text("Vi el escritorio de la vitrina, ¿lo hacen en 1,40?"),
            |_| {},
        )
        .await?;
    let answer = text("Sí, en 1,20, 1,40 y 1,60. El de 1,40 está en $289.");
    writer.answers(&mateo, now.plus(-95 * MINUTE), "carla", answer, Fate::Sent).await?;
    Ok(())
}

/// One window that closes soon, and one that is closed.
async fn windows(writer: &Writer) -> Result<(), Failed> {
    let now = writer.now;

    let martin = writer.contact(4, "Martín Ayala", now.plus(-9 * DAY)).await?;
    writer
        .says(
            &martin,
            now.plus(-24 * HOUR + 41 * MINUTE),
            text("¿Me pueden guardar el comedor de seis puestos hasta mañana?"),
            |_| {},
        )
        .await?;
    writer.assigns(&martin, now.plus(-23 * HOUR), "carla").await?;
    writer
        .describes(
            &martin,
            now.plus(-22 * HOUR),
            &["caliente"],
            &[("ciudad", json!("Quito")), ("presupuesto", json!(1250))],
        )
        .await?;

    let lucia = writer.contact(5, "Lucía Benalcázar", now.plus(-20 * DAY)).await?;
    writer
        .says(&lucia, now.plus(-3 * DAY), text("Quedo pendiente de cuándo llega mi velador"), |_| {})
        .await?;
    writer
        .answers(
            &lucia,
            now.plus(-3 * DAY + 7 * MINUTE),
            "elena",
            text("Le aviso en cuanto salga de la fábrica."),
            Fate::Read,
        )
        .await?;
    writer
        .describes(
            &lucia,
            now.plus(-2 * DAY),
            &["entrega", "dormitorio"],
            &[("ciudad", json!("Ambato")), ("fecha_de_entrega", json!("2026-12-04"))],
        )
        .await?;
    Ok(())
}

/// What can become of an answer.
async fn sends(writer: &Writer) -> Result<(), Failed> {
    let now = writer.now;
    let pablo = writer.contact(6, "Pablo Ríos", now.plus(-4 * DAY)).await?;
    writer
        .says(&pablo, now.plus(-5 * HOUR), text("Buenos días, ¿a qué hora abren el sábado?"), |_| {})
        .await?;
    writer
        .answers(
            &pablo,
            now.plus(-5 * HOUR + 12 * MINUTE),
            "carla",
            text("El sábado atendemos de 9h00 a 14h00 en el local de la Amazonas."),
            Fate::Failed,
        )
        .await?;

    let sofia = writer.contact(7, "Sofía Andrade", now.plus(-15 * DAY)).await?;
    writer.says(&sofia, now.plus(-26 * HOUR), text("Me encantó la cama, ¿viene en nogal?"), |_| {}).await?;
    writer
        .answers(
            &sofia,
            now.plus(-25 * HOUR),
            "diego",
            text("Sí, en nogal y en blanco. ¿De qué medida la necesita?"),
            Fate::Read,
        )
        .await?;
    let sofia = writer.also_on_telegram(&sofia, 5_930_000_001, now.plus(-3 * HOUR)).await?;
    writer.says(&sofia, now.plus(-3 * HOUR), text("De dos plazas y media, por favor"), |_| {}).await?;

    let jorge = writer.contact(9, "Jorge Tenesaca", now.plus(-2 * DAY)).await?;
    writer.says(&jorge, now.plus(-50 * MINUTE), text("¿El precio incluye la instalación?"), |_| {}).await?;
    writer
        .answers(
            &jorge,
            now.plus(-44 * MINUTE),
            "bruno",
            text("Sí, la instalación va incluida en Quito y los valles."),
            Fate::Unconfirmed,
        )
        .await?;

    Ok(())
}

async fn rosa(writer: &Writer) -> Result<(), Failed> {
    let at = writer.now.plus(-2 * MINUTE);
    let rosa = writer.contact(1, "Rosa Chango", at).await?;
    writer.says(&rosa, at, text("Buenas tardes, ¿tienen el sofá esquinero en gris?"), |_| {}).await?;
    let room = attachment(writer, "sala.png", Media::Image, Some("Esta es mi sala")).await?;
    writer.says(&rosa, at.plus(20_000), room, |_| {}).await?;
    Ok(())
}

async fn ivan(writer: &Writer) -> Result<(), Failed> {
    let at = writer.now.plus(-38 * MINUTE);
    let ivan = writer.contact(2, "Iván Loor", at.plus(-6 * DAY)).await?;
    writer.says(&ivan, at.plus(-HOUR), text("Ya hice la transferencia del anticipo"), |_| {}).await?;
    writer
        .answers(
            &ivan,
            at.plus(-50 * MINUTE),
            "carla",
            text("Gracias, Iván. ¿Me comparte el comprobante?"),
            Fate::Read,
        )
        .await?;
    let receipt = attachment(writer, "comprobante.png", Media::Image, None).await?;
    writer.says(&ivan, at, receipt, |_| {}).await?;
    writer
        .describes(
            &ivan,
            at.plus(MINUTE),
            &["pago", "sala"],
            &[
                ("ciudad", json!("Quito")),
                ("presupuesto", json!(980)),
                ("como_nos_conocio", json!("Instagram")),
            ],
        )
        .await?;
    writer
        .comments(
            &ivan,
            at.plus(3 * MINUTE),
            "carla",
            format!("{{{{@user.{}}}}} ¿ya cayó la transferencia?", user("bruno")),
        )
        .await
}

async fn mercedes(writer: &Writer) -> Result<(), Failed> {
    let at = writer.now.plus(-2 * HOUR);
    let mercedes = writer.contact(3, "Mercedes Paredes", at.plus(-30 * DAY)).await?;
    writer.says(&mercedes, at.plus(-DAY), text("¿Hacen entregas en Loja?"), |_| {}).await?;
    let offer = writer
        .answers(
            &mercedes,
            at.plus(-DAY + 5 * MINUTE),
            "elena",
            text("Sí, enviamos a todo el país. ¿Me indica la dirección?"),
            Fate::Read,
        )
        .await?;
    let voice = attachment(writer, "nota.ogg", Media::Audio, None).await?;
    writer.says(&mercedes, at, voice, |_| {}).await?;
    let quoted = QuotedMessage {
        id: Some(offer.id),
        channel_message_id: offer.channel_message_id.clone().unwrap_or_default(),
        preview: Some(offer.content.preview()),
    };
    let pin = Content::Location(Location {
        latitude: -3.99313,
        longitude: -79.20422,
        name: Some("Parque Jipiro".into()),
        address: Some("Loja, Ecuador".into()),
    });
    writer.says(&mercedes, at.plus(MINUTE), pin, |m| m.reply_to = Some(quoted)).await?;
    writer.describes(&mercedes, at.plus(2 * MINUTE), &["recompra"], &[("ciudad", json!("Loja"))]).await
}

async fn nelly(writer: &Writer) -> Result<(), Failed> {
    let at = writer.now.plus(-28 * HOUR);
    let nelly = writer.contact(10, "Nelly Farinango", at.plus(-12 * DAY)).await?;
    writer.says(&nelly, at.plus(-2 * HOUR), text("Ya me llegó el armario, quedó precioso"), |_| {}).await?;
    let thanks = writer
        .answers(
            &nelly,
            at.plus(-HOUR),
            "elena",
            text("Qué alegría, Nelly. Gracias por confiar en nosotros."),
            Fate::Read,
        )
        .await?;
    let heart = Reaction { from: ReactionFrom::Contact, emoji: "❤️".into(), at: at.plus(-50 * MINUTE) };
    writer.store.set_reaction(nelly.id, thanks.id, ReactionFrom::Contact, Some(heart)).await?;
    writer.closes(&nelly, at, "elena", "Venta cerrada").await
}
