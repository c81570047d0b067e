// What a new user does in the first minute, in a real browser against the running installation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CONSOLE, Console, Phone, launch, newCustomer, shot } from "./pages.js";

let browser;
let context;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

async function fresh(options = {}) {
  context = await browser.newContext({ locale: "es-EC", viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

test("a customer writes, an agent answers, and the next message finds the same assignee", async () => {
  const console = new Console(await fresh());
  await console.signIn();
  await shot(console.page, "inbox");

  const customer = await newCustomer();
  const phone = await Phone.open(context, customer);
  const question = `Buenas tardes, ¿tienen el sofá en gris? ${customer}`;
  await phone.write(question);

  await console.open(question);
  await console.answer("Sí, en dos tonos. ¿Le envío fotos?");
  await phone.shows("Sí, en dos tonos. ¿Le envío fotos?");
  await console.tick("Leído");
  await shot(console.page, "answered");
  await shot(phone.page, "phone");

  await console.close();
  await phone.write("¿Y cuánto sería el envío?");
  await console.messages.getByText("¿Y cuánto sería el envío?").first().waitFor();
  await console.page.getByRole("button", { name: "Cerrar", exact: true }).waitFor();
  await console.page.getByText("Alba Quishpe").first().waitFor();
  await shot(console.page, "reopened");
  await context.close();
});

test("the demo page shows the console and the phone side by side, signed in", async () => {
  const page = await fresh();
  await page.goto(`${CONSOLE}/demo`);
  const inbox = page.frameLocator("#console").getByLabel("Conversaciones", { exact: true }).first();
  await inbox.waitFor();
  await page.frameLocator("#phone").locator("#text").waitFor();
  await shot(page, "demo");
  await context.close();
});

test("the console fits a phone's width", async () => {
  const page = await fresh({ viewport: { width: 360, height: 740 } });
  await new Console(page).signIn();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  await shot(page, "inbox-360");
  await context.close();
});
