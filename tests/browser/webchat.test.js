// A visitor of a customer's site and an agent, each in their own browser, against the running installation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Console, Shop, launch, shot } from "./pages.js";

let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

async function fresh() {
  const context = await browser.newContext({ locale: "es-EC", viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(30_000);
  return context;
}

test("a visitor introduces himself, asks, is answered, and finds the conversation again after a reload", async () => {
  const [site, office] = [await fresh(), await fresh()];
  const console = new Console(await office.newPage());
  await console.signIn();

  const visitor = `Lucía ${Date.now() % 100_000}`;
  const shop = await Shop.open(site);
  await shop.introduce(visitor, `${Date.now()}@ejemplo.example`);
  const question = `¿Tienen el sofá en azul? ${Date.now() % 100_000}`;
  await shop.write(question);

  await console.open(question);
  await console.page.getByText(visitor).first().waitFor();
  await console.answer("Sí, en dos tonos de azul.");
  await shop.shows("Sí, en dos tonos de azul.");
  await console.tick("Leído");
  await shot(shop.page, "shop");

  await shop.page.reload();
  await shop.page.getByRole("button", { name: /chat/i }).first().waitFor();
  if (!(await shop.page.locator("textarea").isVisible())) {
    await shop.page.getByRole("button", { name: "Abrir el chat" }).click();
  }
  await shop.shows(question);
  await shop.shows("Sí, en dos tonos de azul.");
  await Promise.all([site.close(), office.close()]);
});

test("looking at the site and opening the chat makes no contact", async () => {
  const [site, office] = [await fresh(), await fresh()];
  const console = new Console(await office.newPage());
  await console.signIn();
  const before = await console.count("Todas");
  const shop = await Shop.open(site);
  await shop.page.locator("input[name=name]").waitFor();
  await console.page.reload();
  await console.list.waitFor();
  assert.equal(await console.count("Todas"), before);
  await Promise.all([site.close(), office.close()]);
});
