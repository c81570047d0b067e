/** Photographs the scenes of the fake server: `npm run shots [folder]`. Needs Chromium. */
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const folder = process.argv[2] ?? "../../../tests/output/widget";
mkdirSync(folder, { recursive: true });
const server = await createServer({ mode: "fake", logLevel: "error", server: { port: 5391, strictPort: true } });
await server.listen();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

const DESKTOP = { width: 1100, height: 760 };
const PHONE = { width: 360, height: 740 };
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC", "base64");

async function shot(name, scene, act, { viewport = DESKTOP, dark = false } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: dark ? "dark" : "light", hasTouch: viewport === PHONE, isMobile: viewport === PHONE, deviceScaleFactor: 1 });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(name, error.message));
  await page.goto(`http://localhost:5391/?${scene}`);
  if (scene !== "blocked") await page.locator("colibri-chat .launcher").waitFor();
  await act?.(page);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}

const open = (page) => page.locator("colibri-chat .launcher").click();
const write = async (page, text) => {
  await page.locator("colibri-chat textarea").fill(text);
  await page.locator("colibri-chat .go").click();
};
const answered = (page, count = 1) => page.locator("colibri-chat .msg[data-from='agent']").nth(count - 1).waitFor();
const talk = async (page) => {
  await open(page);
  await write(page, "Buenos días, ¿tienen la silla Quito en madera clara? La vi en https://example.com/sillas");
  await write(page, "¿Hacen envíos a Cuenca?");
  await answered(page, 2);
  await page.locator("colibri-chat input[type=file]").setInputFiles({ name: "sala.png", mimeType: "image/png", buffer: PIXEL });
  await answered(page, 3);
  await write(page, "¿Y el precio?");
  await page.locator("colibri-chat .replies button").first().waitFor();
  await page.waitForTimeout(300);
};
const typing = async (page) => {
  await open(page);
  await write(page, "Hola");
  await page.locator("colibri-chat .dots").waitFor();
};

await shot("closed", "plain");
await shot("welcome", "plain", open);
await shot("talk", "plain", talk);
await shot("talk-dark", "plain", talk, { dark: true });
await shot("talk-360", "plain", talk, { viewport: PHONE });
await shot("typing-dark", "plain", typing, { dark: true });
await shot("left", "left", async (page) => { await open(page); await write(page, "Hola?"); await answered(page); });
await shot("english", "english", async (page) => { await open(page); await write(page, "Hello"); await page.waitForTimeout(200); });
await shot("badge", "plain", async (page) => { await open(page); await write(page, "Hola"); await page.waitForTimeout(200); await open(page); await page.locator("colibri-chat .badge:not([hidden])").waitFor(); });
const wrong = async (page) => { await open(page); await page.locator("colibri-chat #field-email").fill("ana@"); await page.locator("colibri-chat .form .primary").click(); };
await shot("prechat", "prechat", wrong);
await shot("prechat-360-dark", "prechat", wrong, { viewport: PHONE, dark: true });
await shot("away", "away", async (page) => { await open(page); await write(page, "sin respuesta"); await page.waitForTimeout(300); });
await shot("errors", "broken", async (page) => {
  await open(page);
  await write(page, "sin respuesta");
  await page.waitForTimeout(400);
  await write(page, "sin respuesta, otra vez");
  await page.locator("colibri-chat input[type=file]").setInputFiles({ name: "plano.zip", mimeType: "application/zip", buffer: PIXEL });
  await page.waitForTimeout(2500);
});
await shot("emojis-360", "plain", async (page) => { await open(page); await page.locator("colibri-chat .tool[aria-expanded]").click(); await page.locator("colibri-chat textarea").fill("a".repeat(4000)); }, { viewport: PHONE });

await browser.close();
await server.close();
