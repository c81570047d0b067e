/** One message. */
import type { Item, Model } from "../model";
import type { FileView } from "../protocol";
import type { Words } from "../words";
import { h, icon } from "./dom";
import { face } from "./faces";
import { link, linked, safeUrl } from "./link";

export interface Place {
  /** First and last of a run of the same author. */
  start: boolean;
  end: boolean;
}

const PICTURE = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
/** Local files of the visitor, and what the server signed. */
const shownUrl = (url: string) => (url.startsWith("blob:") ? url : safeUrl(url));

function picture(item: Item, file: FileView, model: Model, { t }: Words): HTMLElement {
  const href = shownUrl(file.url) as string;
  const size = file.width && file.height ? { width: file.width, height: file.height } : {};
  const image = h("img", { src: href, alt: t("image", { name: file.name }), ...size, onerror: () => item.id && model.refresh(item.id) });
  return h("a", { class: "picture", href, target: "_blank", rel: "noopener noreferrer", title: t("opens_tab") }, image);
}

function attached(file: FileView, { t, size }: Words): HTMLElement {
  const href = shownUrl(file.url);
  const name = href ? h("a", { href, target: "_blank", rel: "noopener noreferrer", download: file.name, "aria-label": t("download", { name: file.name }) }, file.name) : h("b", {}, file.name);
  return h("div", { class: "attached" }, icon("file"), h("span", {}, name, h("small", {}, size(file.size))));
}

function content(item: Item, model: Model, words: Words): HTMLElement {
  const { t } = words;
  const { file, text, card } = item;
  const href = card && safeUrl(card.url);
  return h("div", { class: "bubble" },
    file && (PICTURE.test(file.type) && file.inline !== false && shownUrl(file.url) ? picture(item, file, model, words) : attached(file, words)),
    file && item.progress !== undefined && h("progress", { max: 1, value: item.progress, "aria-label": t("uploading", { name: file.name }) }),
    text ? h("p", { class: "text" }, ...linked(text, t("opens_tab"))) : undefined,
    card && href && h("div", { class: "acts" }, link(href, card.title, t("opens_tab"))),
    !file && !text && !href && h("p", { class: "text gone" }, t("unsupported")),
  );
}

function meta(item: Item, place: Place, model: Model, { t, clock, full }: Words): HTMLElement | undefined {
  const { state, key } = item;
  const button = (text: string, act: () => void) => h("button", { type: "button", onclick: act }, text);
  if (state === "failed") {
    const why = item.reason ? t("failed_detail", { reason: t(item.reason) }) : t("failed");
    return h("p", { class: "meta" }, icon("alert", 14), h("span", {}, why), ...(item.id ? [] : [button(t("retry"), () => model.retry(key)), button(t("discard"), () => model.discard(key))]));
  }
  if (state === "sending") {
    const uploading = item.progress !== undefined;
    return h("p", { class: "meta" }, icon("clock", 14), h("span", {}, t("sending")), uploading && button(t("remove_file"), () => model.discard(key)));
  }
  if (!place.end || item.from === "system") return undefined;
  const time = h("time", { datetime: new Date(item.at).toISOString(), title: full(item.at) }, clock(item.at));
  if (!state) return h("p", { class: "meta" }, time);
  return h("p", { class: "meta" }, time, icon(state === "read" ? "ticks" : "tick", 14), h("span", {}, t(state)));
}

export function bubble(item: Item, place: Place, model: Model, words: Words): HTMLElement {
  const { t } = words;
  const own = item.from === "visitor";
  const name = own ? t("you") : (item.author ?? t(item.from === "bot" ? "bot" : "team"));
  const marks = { "data-from": item.from, "data-state": item.state, "data-end": place.end };
  if (item.from === "system") return h("li", { class: "msg", ...marks }, content(item, model, words));
  return h("li", { class: "msg", ...marks },
    place.start ? h("p", { class: own ? "who hush" : "who" }, name) : h("span", { class: "hush" }, `${name}:`),
    !own && place.end && face(name, undefined),
    content(item, model, words),
    meta(item, place, model, words),
  );
}
