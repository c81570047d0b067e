// The console and the customer's phone, as people find their way in them: by what is written on the screen.

import { readFileSync } from "node:fs";
import { SHOTS } from "./launch.js";

export { launch } from "./launch.js";

export const CONSOLE = process.env.COLIBRI_CONSOLE_URL ?? "http://127.0.0.1:4600";
export const PHONE = process.env.COLIBRI_SIMULATOR_URL ?? "http://127.0.0.1:4601";
export const EMULATOR = process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:4566";
const demoFile = process.env.COLIBRI_DEMO ?? new URL("../../.dev/demo.json", import.meta.url);
const shopFile = process.env.COLIBRI_SHOP ?? new URL("../../.dev/run/shop", import.meta.url);

export const demo = JSON.parse(readFileSync(demoFile, "utf8"));

export async function shot(page, name) {
  await page.screenshot({ path: new URL(`${name}.png`, SHOTS).pathname });
}

/** The last link of a kind that was mailed to an address. */
export async function mailed(address, page) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const box = await (await fetch(`${EMULATOR}/_ministack/ses/messages`)).json();
    const texts = Object.values(box.messages).flat().map((mail) => JSON.stringify(mail)).filter((mail) => mail.includes(address));
    const links = texts.flatMap((mail) => mail.match(new RegExp(`/${page}#[\\w-]+`, "g")) ?? []);
    if (links.length > 0) return `${CONSOLE}${links.at(-1)}`;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`no mail to ${address}`);
}

/** A business signs up by itself, in the page's context, and stands in its own inbox. */
export async function signUp(page, { first, last, business }, filled = async () => {}) {
  const address = `${first.toLowerCase()}.${Date.now()}@negocio.example`;
  await page.goto(`${CONSOLE}/sign-in`);
  await page.getByRole("link", { name: "Crear una cuenta" }).click();
  await page.getByLabel("Correo").fill(address);
  await page.getByRole("button", { name: "Enviar enlace" }).click();
  await page.getByText("Revisar su correo").waitFor();
  await page.goto(await mailed(address, "sign-up"));
  await page.reload();
  await page.getByLabel("Nombre", { exact: true }).fill(first);
  await page.getByLabel("Apellido").fill(last);
  await page.getByLabel("Nombre de la empresa").fill(business);
  await page.getByLabel("Contraseña").fill(`Colibri-2026-${first.toLowerCase()}`);
  await page.getByRole("checkbox").check();
  await filled();
  await page.getByRole("button", { name: "Crear cuenta" }).click();
  await page.waitForURL(/\/w\/[^/]+\/inbox/);
}

/** Somebody who has never written; answers the number. */
export async function newCustomer() {
  const number = `5939${String(Date.now() % 100_000_000).padStart(8, "0")}`;
  const answer = await fetch(`${PHONE}/control/whatsapp/customers`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ wa_id: number, name: `Cliente ${number.slice(-4)}` }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return number;
}

export class Phone {
  static async open(context, customer) {
    const page = await context.newPage();
    await page.setViewportSize({ width: 400, height: 800 });
    await page.goto(`${PHONE}/phone?customer=${customer}&lang=es`);
    return new Phone(page);
  }

  constructor(page) {
    this.page = page;
  }

  async write(text) {
    await this.page.locator("#text").fill(text);
    await this.page.locator("#send").click();
    await this.page.getByText(text).first().waitFor();
  }

  shows(text) {
    return this.page.getByText(text).first().waitFor();
  }
}

/** A shop's page with the chat widget, as a visitor finds it. */
export class Shop {
  static async open(context) {
    const page = await context.newPage();
    await page.goto(readFileSync(shopFile, "utf8").trim());
    await page.getByRole("button", { name: "Abrir el chat" }).click();
    return new Shop(page);
  }

  constructor(page) {
    this.page = page;
  }

  async introduce(name, email) {
    await this.page.locator("input[name=name]").fill(name);
    await this.page.locator("input[name=email]").fill(email);
    await this.page.locator("form").first().getByRole("button").last().click();
    await this.page.locator("textarea").waitFor();
  }

  async write(text) {
    await this.page.locator("textarea").fill(text);
    await this.page.keyboard.press("Enter");
    await this.shows(text);
  }

  shows(text) {
    return this.page.getByText(text).first().waitFor();
  }
}

export class Console {
  constructor(page) {
    this.page = page;
  }

  async signIn() {
    const { page } = this;
    await page.goto(CONSOLE);
    await page.getByLabel("Correo").fill("alba@ceibo.example");
    await page.getByLabel("Contraseña", { exact: true }).fill(demo.password);
    await page.getByRole("button", { name: "Entrar" }).click();
    await this.list.waitFor();
  }

  get list() {
    return this.page.getByLabel("Conversaciones", { exact: true }).first();
  }

  get messages() {
    return this.page.getByLabel("Mensajes", { exact: true }).last();
  }

  /** Opens the conversation whose preview holds a text, once it is there. */
  async open(preview) {
    await this.list.getByText(preview).first().click();
    await this.messages.getByText(preview).first().waitFor();
  }

  async answer(text) {
    const composer = this.page.locator("section.cv-composer");
    await composer.getByRole("textbox").first().fill(text);
    await composer.locator(".cv-send").click();
    await this.messages.getByText(text).first().waitFor();
  }

  /** How many conversations an inbox says it holds. */
  async count(inbox) {
    const row = this.page.getByRole("navigation", { name: "Bandejas" }).getByRole("button", { name: inbox });
    await row.getByText(/\d/).waitFor();
    return (await row.textContent()).replace(/\D/g, "");
  }

  tick(state) {
    return this.messages.getByRole("img", { name: state }).last().waitFor();
  }

  /** Where notes are optional, closing asks nothing. */
  async close() {
    await this.page.getByRole("button", { name: "Cerrar", exact: true }).click();
    await this.page.getByRole("button", { name: "Abrir", exact: true }).waitFor();
  }
}
