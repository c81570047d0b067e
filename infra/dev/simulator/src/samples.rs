//! Media that a played customer can send: our own samples, or bytes from the phone page.

use base64::Engine;
use bytes::Bytes;

use crate::phone::act::MediaKind;
use crate::provider::Refusal;

/// One medium.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Name in the control API.
    pub name: &'static str,
    /// Media type.
    pub mime_type: &'static str,
    /// Name of the file.
    pub file_name: &'static str,
    /// Contents.
    pub bytes: &'static [u8],
}

const SAMPLES: [Sample; 6] = [
    Sample {
        name: "receipt",
        mime_type: "image/png",
        file_name: "comprobante.png",
        bytes: include_bytes!("../assets/receipt.png"),
    },
    Sample {
        name: "living_room",
        mime_type: "image/png",
        file_name: "sala.png",
        bytes: include_bytes!("../assets/living-room.png"),
    },
    Sample {
        name: "voice",
        mime_type: "audio/ogg; codecs=opus",
        file_name: "nota-de-voz.ogg",
        bytes: include_bytes!("../assets/voice.ogg"),
    },
    Sample {
        name: "document",
        mime_type: "application/pdf",
        file_name: "medidas-sala.pdf",
        bytes: include_bytes!("../assets/measures.pdf"),
    },
    Sample {
        name: "sticker",
        mime_type: "image/webp",
        file_name: "colibri.webp",
        bytes: include_bytes!("../assets/sticker.webp"),
    },
    Sample {
        name: "video",
        mime_type: "video/mp4",
        file_name: "sala.mp4",
        bytes: include_bytes!("../assets/room.mp4"),
    },
];

/// The sample with this name.
pub fn find(name: &str) -> Option<Sample> {
    SAMPLES.into_iter().find(|sample| sample.name == name)
}

/// A file that somebody sent.
#[derive(Debug, Clone)]
pub struct Held {
    /// Type.
    pub mime_type: String,
    /// Name.
    pub name: Option<String>,
    /// Content.
    pub bytes: Bytes,
}

impl Held {
    /// What an act brings: a sample by name, or bytes in Base64 with their type.
    pub fn brought(
        sample: Option<&str>,
        base64: Option<&str>,
        mime_type: Option<String>,
        name: Option<String>,
    ) -> Result<Self, Refusal> {
        match (sample, base64) {
            (Some(name), _) => {
                let sample = find(name).ok_or_else(|| Refusal::new(format!("no sample {name}")))?;
                Ok(Self {
                    mime_type: sample.mime_type.to_owned(),
                    name: Some(sample.file_name.to_owned()),
                    bytes: Bytes::from_static(sample.bytes),
                })
            }
            (None, Some(text)) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                let bytes = bytes.map_err(|_| Refusal::new("base64 cannot be read"))?;
                let mime_type = mime_type.ok_or_else(|| Refusal::new("mime_type is needed"))?;
                Ok(Self { mime_type, name, bytes: bytes.into() })
            }
            (None, None) => Err(Refusal::new("a sample or base64 is needed")),
        }
    }

    /// How the phone page shows it, served by a provider under an id.
    pub fn shown(
        &self,
        media: MediaKind,
        provider: &str,
        id: &str,
        caption: Option<&str>,
    ) -> serde_json::Value {
        serde_json::json!({
            "kind": "media", "media": media.word(), "src": format!("/phone/media/{provider}/{id}"),
            "caption": caption, "file_name": self.name, "mime_type": self.mime_type,
        })
    }
}
