//! Media of our own that a played customer can send.

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
