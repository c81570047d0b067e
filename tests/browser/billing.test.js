// A business signs up and pays, its first card is declined; then it upgrades, orders contacts to be deleted and leaves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CONSOLE, EMULATOR, launch, shot } from "./pages.js";

const DECLINED = "4000 0000 0000 0002";
const GOOD = "4242 4242 4242 4242";
/** A payment is confirmed by the provider's delivery and worked on by functions that start one another. */
const SOON = 90_000;

let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

async function messages(address) {
  const box = await (await fetch(`${EMULATOR}/_ministack/ses/messages`)).json();
  return Object.values(box.messages).flat().map((mail) => JSON.stringify(mail)).filter((mail) => mail.includes(address));
}

/** Waits until something is there. */
async function until(what, found, attempts = 120) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const value = await found();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`not there in time: ${what}`);
}

/** Types a card on the provider's page. */
async function card(page, number) {
  await page.getByLabel("Número de la tarjeta").fill(number);
  await page.getByLabel("Mes").fill("12");
  await page.getByLabel("Año").fill("2035");
  await page.getByRole("button", { name: "Pagar" }).click();
}

const part = (page, name) => page.getByRole("region", { name, exact: true });
const next = (page) => part(page, "Siguiente paso");

/** Back from the provider: the page asks until the payment is in. */
async function paid(page) {
  await page.waitForURL(/\/settings\/billing/);
  await page.getByText("Pago recibido", { exact: true }).first().waitFor({ timeout: SOON });
}

/** Signs a business up; answers its workspace's address. */
async function signedUp(page, address) {
  await page.goto(`${CONSOLE}/sign-in`);
  await page.getByRole("link", { name: "Crear una cuenta" }).click();
  await page.getByLabel("Correo").fill(address);
  await page.getByRole("button", { name: "Enviar enlace" }).click();
  await page.getByText("Revisar su correo").waitFor();
  const link = await until("the link of the sign-up", async () => {
    const mails = await messages(address);
    return mails.flatMap((mail) => mail.match(/\/sign-up#[\w-]+/g) ?? []).at(-1);
  });
  await page.goto(`${CONSOLE}${link}`);
  await page.reload();
  await page.getByLabel("Nombre", { exact: true }).fill("Rosa");
  await page.getByLabel("Apellido").fill("Quimí");
  await page.getByLabel("Nombre de la empresa").fill("Ferretería Quimí");
  await page.getByLabel("Contraseña").fill("Colibri-2026-rosa");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Crear cuenta" }).click();
  await page.waitForURL(/\/w\/[^/]+\/inbox/);
  return page.url().match(/^.*\/w\/[^/]+/)[0];
}

test("from sign-up to paid, with a declined card first; then an upgrade, a deletion order and the cancellation", { timeout: 600_000 }, async () => {
  const context = await browser.newContext({ locale: "es-EC", viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const address = `rosa.${Date.now()}@quimi.example`;
  const workspace = await signedUp(page, address);

  // The bar names the one next step; no channel is live yet.
  await page.getByText("Siguiente paso de su suscripción: Diga a nombre de quién van las facturas.").waitFor();
  await page.goto(`${workspace}/settings/channels`);
  await page.getByText("Los canales se conectan después del primer pago.").first().waitFor();
  await shot(page, "billing-before-payment");

  await page.goto(`${workspace}/settings/billing`);
  await next(page).getByRole("button", { name: "Ingresar los datos" }).click();
  const identity = page.getByRole("dialog", { name: "Datos de facturación" });
  await identity.getByLabel("Tipo de identificación").selectOption({ label: "Cédula" });
  await identity.getByLabel("Número").fill("1710034066");
  await identity.getByLabel("Razón social").fill("Rosa Quimí");
  await identity.getByLabel("Dirección").fill("Av. Malecón 100, Guayaquil");
  await identity.getByLabel("Correo").fill(address);
  await identity.getByRole("button", { name: "Guardar" }).click();
  await identity.getByText("El número no es válido: revise los dígitos.").waitFor();
  await identity.getByLabel("Número").fill("1710034065");
  await identity.getByRole("button", { name: "Guardar" }).click();
  await identity.waitFor({ state: "hidden" });

  // The smallest CRM plan.
  await next(page).getByRole("button", { name: "Elegir un plan" }).click();
  const plans = page.getByRole("dialog");
  await plans.getByRole("button", { name: /^Elegir Plan CRM de/ }).first().click();
  await shot(page, "billing-plan");
  await plans.getByRole("button", { name: "Continuar al pago" }).click();

  // Declined: the same page says why and takes another card.
  await card(page, DECLINED);
  await page.getByText("El banco rechazó la tarjeta. Pruebe con otra.").waitFor();
  assert.equal((await messages(address)).some((mail) => mail.includes("Factura 0")), false, "nothing is invoiced");
  await card(page, GOOD);
  await paid(page);
  // A setup fee, where the catalogue has one, comes before the first cycle.
  if (await next(page).getByRole("button", { name: "Pagar" }).isVisible()) {
    await next(page).getByRole("button", { name: "Pagar" }).click();
    await card(page, GOOD);
    await paid(page);
  }
  await part(page, "Plan").getByText("Activa", { exact: true }).waitFor({ timeout: SOON });
  await page.getByText("Su cuenta está activa").waitFor();
  await shot(page, "billing-welcome");
  await until("the invoice by mail", async () => (await messages(address)).some((mail) => mail.includes("Factura 0")));
  await page.reload();
  await page.getByText(/^Factura \d{3}-\d{3}-\d{9}$/).first().waitFor({ timeout: SOON });

  // An upgrade: the difference is paid with a card of one's choice, the plan changes with the payment.
  const before = await part(page, "Plan").getByRole("heading").first().textContent();
  await part(page, "Plan").getByRole("button", { name: "Cambiar de plan" }).click();
  await page.getByRole("dialog").getByRole("row").filter({ hasText: "Subir de plan" }).first().getByRole("button").click();
  await page.getByRole("dialog").getByRole("button", { name: "Continuar al pago" }).click();
  await card(page, GOOD);
  await paid(page);
  await until("the dearer plan", async () => {
    await page.reload();
    await part(page, "Plan").waitFor();
    return (await part(page, "Plan").getByRole("heading").first().textContent()) !== before;
  }, 30);
  await shot(page, "billing-upgraded");

  // Contacts are ordered to be deleted: a typed word, and it can be taken back.
  await page.getByRole("button", { name: "Pedir una orden de eliminación" }).click();
  const order = page.getByRole("dialog", { name: "Pedir una orden de eliminación" });
  await order.getByRole("button", { name: "Continuar" }).click();
  await order.getByText(/No se puede deshacer/).waitFor();
  const confirm = order.getByRole("button", { name: "Confirmar la orden" });
  assert.equal(await confirm.isDisabled(), true);
  await order.getByLabel("Escriba ELIMINAR para confirmar").fill("ELIMINAR");
  await confirm.click();
  await order.waitFor({ state: "hidden" });
  await part(page, "Órdenes de eliminación").getByText(/Programada: empieza el/).waitFor();
  await shot(page, "billing-deletion");
  await part(page, "Órdenes de eliminación").getByRole("button", { name: /^Anular la orden/ }).click();
  await part(page, "Órdenes de eliminación").getByText("Anulada", { exact: true }).waitFor();

  // The cancellation: before the click the screen says until when it counts, the last day, and what is still debited.
  await part(page, "Plan").getByRole("button", { name: "Dar de baja la suscripción" }).click();
  const leaving = page.getByRole("dialog", { name: "Dar de baja la suscripción" });
  await leaving.getByText(/El servicio funciona hasta el/).waitFor();
  await leaving.getByText("No habrá más débitos.").waitFor();
  await shot(page, "billing-cancel");
  await leaving.getByLabel("Escriba BAJA para confirmar").fill("BAJA");
  await leaving.getByRole("button", { name: "Dar de baja la suscripción" }).click();
  await leaving.waitFor({ state: "hidden" });
  await part(page, "Plan").getByText("Baja pedida", { exact: true }).waitFor();
  await until("the mail about the cancellation", async () => (await messages(address)).some((mail) => mail.includes("Recibimos su baja")));
  await part(page, "Plan").getByRole("button", { name: "Anular la baja" }).click();
  await part(page, "Plan").getByText("Activa", { exact: true }).waitFor();
  await context.close();
});
