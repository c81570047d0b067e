// A team grows: somebody is invited, joins by the mailed link and answers a customer; then loses the access again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Console, Phone, launch, mailed, newCustomer, shot, signUp } from "./pages.js";

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

test("an owner invites an agent, who joins, answers a customer, and is removed", async () => {
  const [office, home, street] = [await fresh(), await fresh(), await fresh()];
  const owner = new Console(await office.newPage());
  await owner.signIn();
  const workspace = owner.page.url().match(/^.*\/w\/[^/]+/)[0];
  const address = `nina.${Date.now()}@ceibo.example`;

  await owner.page.goto(`${workspace}/settings/users`);
  await owner.page.getByRole("button", { name: "Invitar a sus colaboradores" }).click();
  await owner.page.getByRole("textbox", { name: "Correo" }).fill(address);
  await owner.page.getByRole("button", { name: "Enviar invitación" }).click();
  await owner.page.getByText(address, { exact: true }).waitFor();
  await shot(owner.page, "users");

  const page = await home.newPage();
  const link = await mailed(address, "join");
  await page.goto(link);
  await page.getByText("Alba Quishpe lo invita como Agente.").waitFor();
  await shot(page, "join");
  await page.getByLabel("Nombre").fill("Nina");
  await page.getByLabel("Apellido").fill("Tipán");
  await page.getByLabel("Contraseña").fill("Colibri-2026-nina");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Crear cuenta y entrar" }).click();
  const agent = new Console(page);
  await agent.list.waitFor();

  const phone = await Phone.open(street, await newCustomer());
  const question = `¿Abren el sábado? ${Date.now() % 1_000_000}`;
  await phone.write(question);
  await agent.open(question);
  await agent.answer("Sí, de nueve a una.");
  await phone.shows("Sí, de nueve a una.");

  // The link is used up.
  const again = await home.newPage();
  await again.goto(link);
  await again.getByText("Esta invitación ya no vale").waitFor();

  await owner.page.reload();
  await owner.page.getByRole("button", { name: "Cambiar a Nina Tipán" }).first().click();
  await owner.page.getByRole("button", { name: "Quitar del espacio de trabajo" }).click();
  await owner.page.getByRole("button", { name: "Quitar", exact: true }).click();
  await owner.page.getByText("Usuario quitado").waitFor();
  // A warm function may trust what it knows for half a minute.
  const refused = page.getByRole("button", { name: /Volver|Cerrar sesión/ });
  for (let attempt = 0; attempt < 30 && !(await refused.isVisible()); attempt += 1) {
    await page.waitForTimeout(2_000);
    await page.reload();
    await refused.or(agent.list).first().waitFor();
  }
  assert.ok(await refused.isVisible(), "whoever was removed is let in no more");
  await Promise.all([office.close(), home.close(), street.close()]);
});

test("a business signs up by itself and stands in its own empty inbox", async () => {
  const context = await fresh();
  const page = await context.newPage();
  await signUp(page, { first: "Eva", last: "Loor", business: "Panadería Ambato" }, () => shot(page, "sign-up"));
  await page.getByRole("button", { name: "Conectar un canal" }).waitFor();
  await context.close();
});
