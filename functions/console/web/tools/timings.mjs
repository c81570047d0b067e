/**
 * Times the built console in a browser, with answers that are made inside the page: first load, the inbox, long lists
 * and long conversations. A long one is held against a short one in the same run, because machines differ.
 *
 * node tools/timings.mjs <folder for results>; needs `npm run build` and a Chromium (CHROMIUM, else /usr/bin/chromium).
 */
import { createReadStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { createGzip } from "node:zlib";
import { chromium } from "playwright-core";
import { build } from "vite";

const folder = process.argv[2] ?? "timings";
const root = new URL("..", import.meta.url).pathname;
const dist = join(root, "dist");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
/** A frame at 60 in a second, and what timers add to it. */
const FRAME = 16.7;
const LOADS = 5;

function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const file = extname(path) && existsSync(join(dist, path)) ? join(dist, path) : join(dist, "index.html");
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-encoding": "gzip" });
    createReadStream(file).pipe(createGzip()).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve([server, `http://127.0.0.1:${server.address().port}`])));
}

/** The answers, as one script that runs before the page's own. */
async function answers() {
  const made = await build({
    root, configFile: false, logLevel: "error",
    build: { write: false, minify: false, lib: { entry: join(root, "src/testing/fake-api.ts"), formats: ["iife"], name: "answers" } },
  });
  return [made].flat()[0].output[0].code;
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const share = (all, part) => [...all].sort((a, b) => a - b)[Math.floor((all.length - 1) * part)];

const [server, origin] = await serve();
const script = await answers();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

async function opened(mode, path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "es-EC" });
  await context.addInitScript(script);
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  await page.goto(`${origin}${path}?fake=${mode}`);
  return { context, page };
}

/** From the navigation to the first conversation in the list, in milliseconds; and to the first paint. */
async function firstLoad() {
  const { context, page } = await opened("", "/");
  const usable = await page.evaluate(() => new Promise((done) => {
    const look = () => (document.querySelector(".list-scroll [role=option]") ? done(performance.now()) : requestAnimationFrame(look));
    look();
  }));
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  await context.close();
  return { usable, paint };
}

/** Times between frames while something scrolls by a wheel's turn in each of them. */
async function frames(page, selector, step) {
  await page.waitForSelector(selector);
  return page.evaluate(async ([selector, step]) => {
    const scroller = document.querySelector(selector);
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    for (let turn = 0; turn < 300; turn += 1) {
      scroller.scrollTop += step;
      const now = await new Promise(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times;
  }, [selector, step]);
}

/** Goes to the end of what can be loaded, page by page. */
async function toTheEnd(page, selector, up) {
  await page.waitForSelector(selector);
  return page.evaluate(async ([selector, up]) => {
    const scroller = document.querySelector(selector);
    let still = 0;
    for (let turn = 0; turn < 3000 && still < 12; turn += 1) {
      const before = scroller.scrollHeight;
      scroller.scrollTop = up ? 0 : scroller.scrollHeight;
      await new Promise((done) => setTimeout(done, 60));
      still = scroller.scrollHeight === before ? still + 1 : 0;
    }
    return document.querySelectorAll(`${selector} *`).length;
  }, [selector, up]);
}

/** How long the page takes to answer each key in the composer. */
async function typing(page) {
  await page.evaluate(() => {
    window.keys = [];
    new PerformanceObserver((list) => window.keys.push(...list.getEntries().filter((one) => one.name === "keydown").map((one) => one.duration))).observe({ type: "event", durationThreshold: 16 });
  });
  await page.click(".composer textarea, textarea");
  const text = "Buenas tardes, con mucho gusto le ayudo con su pedido.";
  await page.keyboard.type(text, { delay: 25 });
  const slow = await page.evaluate(() => window.keys);
  // What is answered within a frame is not reported: it counts as one.
  return [...slow, ...Array.from({ length: Math.max(0, text.length - slow.length) }, () => FRAME)];
}

async function conversation(mode) {
  const { context, page } = await opened(mode, "/w/ws_1/inbox/all/1");
  await page.waitForSelector(".cv-message");
  const nodes = await toTheEnd(page, ".cv-scroll", true);
  const times = await frames(page, ".cv-scroll", 60);
  const keys = await typing(page);
  await context.close();
  return { nodes, times, keys };
}

async function list(mode) {
  const { context, page } = await opened(mode, "/");
  await page.waitForSelector(".list-scroll [role=option]");
  const nodes = await toTheEnd(page, ".list-scroll", false);
  const times = await frames(page, ".list-scroll", -60);
  await context.close();
  return { nodes, times };
}

const rows = [];
const row = (name, what, figure, unit, budget, why) => rows.push({ name, what, figure, unit, budget, met: figure <= budget, why });
const ms = (value) => `${value.toFixed(1)} ms`;

const loads = [];
for (let turn = 0; turn < LOADS; turn += 1) loads.push(await firstLoad());
const usable = median(loads.map((one) => one.usable));
row("console.usable", "console, from the address to the first conversation in the inbox", usable, "ms", 1000, `median of ${LOADS}; first paint after ${ms(median(loads.map((one) => one.paint)))}; every answer takes 40 ms`);

for (const [name, what, measure] of [
  ["console.list", "5,000 conversations in the list, scrolled", list],
  ["console.timeline", "a conversation of 10,000 messages, all loaded, scrolled", conversation],
]) {
  const short = await measure("");
  const long = await measure("many");
  const figure = share(long.times, 0.95) / share(short.times, 0.95);
  row(name, what, figure, "times the frame of a short one, 95 of 100", 1.25, `${ms(median(long.times))} a frame in the middle, ${ms(share(long.times, 0.95))} for 95 of 100, against ${ms(median(short.times))} and ${ms(share(short.times, 0.95))}; ${long.nodes} elements against ${short.nodes}`);
  if (long.keys) {
    const slow = share(long.keys, 0.95) / share(short.keys, 0.95);
    row("console.typing", "typing beside 10,000 messages", slow, "times the answer to a key beside a short one, 95 of 100", 1.25, `${ms(share(long.keys, 0.95))} against ${ms(share(short.keys, 0.95))}`);
  }
}
await browser.close();
server.close();

mkdirSync(folder, { recursive: true });
const rounded = (value) => String(Number(value.toFixed(2)));
const verdict = (one) => (one.met ? "met" : `missed by ${Math.round((one.figure / one.budget - 1) * 100)} %`);
writeFileSync(join(folder, "console.json"), `${JSON.stringify({ rows }, null, 2)}\n`);
const lines = rows.map((one) => `| ${one.what} | ${rounded(one.figure)} ${one.unit} | ${one.budget} | ${verdict(one)} | ${one.why} |\n`);
writeFileSync(join(folder, "console.md"), lines.join(""));
process.stdout.write(lines.join(""));
