/** What the API says of WhatsApp, for tests and for looking at the console without a server. */
import type { Capabilities } from "../thread/model";

const MB = 1024 * 1024;

export const WHATSAPP: Capabilities = {
  text_limit: 4096, caption_limit: 1024,
  media: [
    { media: "image", mime_types: ["image/jpeg", "image/png"], max_bytes: 5 * MB },
    { media: "video", mime_types: ["video/mp4", "video/3gpp"], max_bytes: 16 * MB },
    { media: "audio", mime_types: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg; codecs=opus"], max_bytes: 16 * MB },
    { media: "file", mime_types: [], max_bytes: 100 * MB },
    { media: "sticker", mime_types: ["image/webp"], max_bytes: 500 * 1024 },
  ],
  buttons: 3, list_rows: 10,
  choice_limits: { body: 1024, header: 60, footer: 60, button_title: 20, list_label: 20, row_title: 24, row_description: 72 },
  location: true, contacts: true, reactions: true, replies: true, templates: true, window_millis: 24 * 60 * 60_000, starts_first: true,
  statuses: ["sent", "delivered", "read", "failed"],
};
