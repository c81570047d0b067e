// One screenshot per row of the coverage table, over the console's production build and the API's own answers
// (target/coverage/gallery.json, made by `cargo nextest run -p colibri-tests coverage`); then the table itself.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { after, before, test } from "node:test";
import { launch, SHOTS as ALL_SHOTS } from "./launch.js";

const ROOT = new URL("../../", import.meta.url);
const COVERAGE = new URL("target/coverage/", ROOT);
const DIST = new URL("functions/console/web/dist/", ROOT);
const ASSETS = new URL("infra/dev/simulator/assets/", ROOT);
const SHOTS = new URL("coverage/", ALL_SHOTS);
const ORIGIN = "http://console.test";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json" };
/** What stands in for the bytes of a file, by the beginning of its type. */
const SAMPLES = [["image/webp", "sticker.webp"], ["image/", "living-room.png"], ["video/", "room.mp4"], ["audio/", "voice.ogg"], ["", "measures.pdf"]];

/** Channels that the simulator does not play yet: their rows say so, and whoever teaches it strikes them off here. */
const UNPLAYED = new Set([]);

const gallery = JSON.parse(readFileSync(new URL("gallery.json", COVERAGE), "utf8"));
const nameOf = (row) => `${row.channel}-${row.list}-${row.word}`.replace(/[^\w-]+/g, "_");
let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

/** The API's answer to a request of the console. */
function answer(url) {
  const path = url.pathname.replace(`/console/${gallery.workspace}/`, "");
  const [area, id, verb] = path.split("/");
  const known = gallery.contacts[id];
  if (url.pathname.startsWith("/session/")) return { access_token: "of-the-gallery", expires_in: 900, user: gallery.me.user };
  if (url.pathname === "/me") return gallery.me;
  if (area === "workspace") return gallery.bundle;
  if (area === "contacts" && id === undefined) return { items: Object.values(gallery.contacts).map((one) => one.contact.head) };
  if (area === "contacts" && id === "counts") return gallery.counts;
  if (area === "contacts" && verb === "activity") return known?.activity;
  if (area === "contacts") return known?.contact;
  if (area === "messages") return known?.timeline;
  if (area === "files") return { url: `${ORIGIN}/files/${id}` };
  if (area === "sockets") return { ticket: "t", url: "wss://socket.test" };
  return { items: [], unread: 0 };
}

async function fulfil(route) {
  const request = route.request();
  const url = new URL(request.url());
  if (url.pathname.startsWith("/files/")) {
    const type = gallery.files[url.pathname.slice("/files/".length)] ?? "";
    const [, sample] = SAMPLES.find(([beginning]) => type.startsWith(beginning));
    return route.fulfill({ path: new URL(sample, ASSETS).pathname, contentType: type.split(";")[0] });
  }
  if (/^\/(session|me|console)(\/|$)/.test(url.pathname)) {
    const found = answer(url);
    return route.fulfill({ status: found === undefined ? 404 : 200, json: found ?? { code: "not_found", status: 404 } });
  }
  const file = new URL(`.${url.pathname}`, DIST);
  const path = extname(url.pathname) && existsSync(file) ? file : new URL("index.html", DIST);
  return route.fulfill({ path: path.pathname, contentType: TYPES[extname(path.pathname)] ?? "application/octet-stream" });
}

/** Goes to another conversation without loading the page again, and waits until it is drawn. */
async function show(page, row) {
  const name = gallery.contacts[row.contact].contact.head.name;
  await page.evaluate((path) => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
  }, `/w/${gallery.workspace}/inbox/all/${row.contact}`);
  await page.getByRole("heading", { name }).first().waitFor();
  await page.getByLabel("Mensajes", { exact: true }).last().locator(".cv-bubble").first().waitFor();
  await page.evaluate(() => Promise.all([...document.images].filter((one) => !one.complete).map((one) => new Promise((done) => { one.onload = one.onerror = done; }))));
}

test("every word of a provider has a case, a simulator's part and a screenshot", async () => {
  mkdirSync(SHOTS, { recursive: true });
  const context = await browser.newContext({ locale: "es-EC", viewport: { width: 1100, height: 640 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const broken = [];
  page.on("pageerror", (error) => broken.push(String(error)));
  await page.clock.setFixedTime(gallery.now);
  await page.route("**/*", fulfil);
  await page.routeWebSocket(/.*/, () => undefined);
  await page.goto(`${ORIGIN}/w/${gallery.workspace}/inbox/all`);

  const played = Object.assign({}, ...readdirSync(COVERAGE).filter((file) => /^simulator-.*\.json$/.test(file)).map((file) => {
    const channel = file.slice("simulator-".length, -".json".length);
    const parts = JSON.parse(readFileSync(new URL(file, COVERAGE), "utf8"));
    return Object.fromEntries(Object.entries(parts).map(([word, part]) => [`${channel} ${word}`, part]));
  }));
  const part = (row) => Object.entries(played).find(([key]) => {
    const [channel, word] = [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1)];
    return row.channel.startsWith(channel) && word === `${row.list}:${row.word}`;
  })?.[1];

  const lines = [];
  for (const row of gallery.rows) {
    await show(page, row);
    const shot = `${nameOf(row)}.png`;
    await page.screenshot({ path: new URL(shot, SHOTS).pathname });
    lines.push([row.channel, row.list, row.word, row.case, part(row) ?? (UNPLAYED.has(row.channel) ? "not played yet" : ""), `tests/browser/screenshots/coverage/${shot}`]);
  }
  await context.close();

  const cell = (text) => String(text).replaceAll("|", "\\|");
  const head = ["channel", "list", "word", "golden case", "simulator", "screenshot"];
  const table = [head, head.map(() => "---"), ...lines].map((line) => `| ${line.map(cell).join(" | ")} |`);
  writeFileSync(new URL("../coverage.md", COVERAGE), `${table.join("\n")}\n`);
  const taught = gallery.rows.filter((row) => UNPLAYED.has(row.channel) && part(row)).map((row) => row.channel);
  assert.deepEqual(taught, [], "is played, and called unplayed");
  const empty = lines.filter((line) => line.some((one) => one === ""));
  assert.deepEqual(empty, [], "a cell of target/coverage.md is empty");
  assert.deepEqual(broken, [], "the console broke");
});
