// A manager keeps the contacts in order: a file comes in and is taken back, a segment is saved and counted, many are
// changed at once, two of the same person become one and two again, and everything leaves as a file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, shot, signUp } from "./pages.js";

/** Jobs of the local cloud run in turn, and a busy machine is slow. */
const JOB = 120_000;

let browser;
let context;
let page;
let workspace;
/** Names and numbers of this run alone. */
const run = String(Date.now() % 10_000_000).padStart(7, "0");

before(async () => {
  browser = await launch();
  context = await browser.newContext({ locale: "es-EC", viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  // In a workspace of its own: the demo keeps its places.
  await signUp(page, { first: "Zulma", last: "Paz", business: `Orden ${run}` });
  workspace = page.url().match(/^.*\/w\/[^/]+/)[0];
});
after(async () => {
  await browser?.close();
});

/** What a click downloads, as text. */
async function downloaded(click) {
  const [file] = await Promise.all([page.waitForEvent("download", { timeout: JOB }), click()]);
  return readFileSync(await file.path(), "utf8");
}

/** The table with one search. */
async function searched(words) {
  await page.goto(`${workspace}/contacts/all`);
  await page.getByRole("searchbox").fill(words);
  return page.getByRole("table");
}

async function imported(name, text) {
  await page.goto(`${workspace}/settings/imports`);
  await page.getByRole("button", { name: "Importar contactos" }).click();
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Seguir" }).click();
  await page.getByRole("button", { name: /^Importar \d+ filas$/ }).click();
  const row = page.getByRole("listitem").filter({ hasText: name });
  await row.getByText("Terminada").waitFor({ timeout: JOB });
  return row;
}

test("a file comes in row by row, tells what became of each, and is taken back", async () => {
  const rows = ["Nombre,Apellido,Teléfono,Correo"];
  for (let n = 0; n < 3; n += 1) rows.push(`Zoila${run},Prueba${n},+5939${run}${n},zoila.${run}.${n}@correo.example`);
  rows.push(`Sin${run},Teléfono,no-es-un-número,`);
  const name = `clientes-${run}.csv`;
  const row = await imported(name, `${rows.join("\r\n")}\r\n`);
  await shot(page, "import");
  const result = await downloaded(() => row.getByRole("button", { name: `Descargar el resultado de ${name}` }).click());
  const lines = result.trim().split(/\r?\n/);
  assert.equal(lines.length, 5, result);
  assert.equal(lines.filter((line) => line.includes(",added,")).length, 3, result);

  const table = await searched(`Zoila${run}`);
  await table.getByText(`Zoila${run} Prueba0`).waitFor({ timeout: JOB });
  assert.equal(await table.getByRole("checkbox", { name: /^Elegir a Zoila/ }).count(), 3);

  await page.goto(`${workspace}/settings/imports`);
  await page.getByRole("button", { name: `Deshacer la importación de ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deshacer", exact: true }).click();
  await page.getByRole("listitem").filter({ hasText: name }).getByText("Deshecha").waitFor({ timeout: JOB });
  await searched(`Zoila${run}`);
  await page.getByText("Ningún contacto coincide.").waitFor({ timeout: JOB });
});

test("a segment is put together, counted while it is, saved, and its people are changed at once", async () => {
  const name = `lote-${run}.csv`;
  const rows = ["Nombre,Apellido,Teléfono,País"];
  for (let n = 3; n < 6; n += 1) rows.push(`Segundo${run},Lote${n},+5939${run}${n},BO`);
  await imported(name, `${rows.join("\n")}\n`);

  await page.goto(`${workspace}/contacts/all`);
  await page.getByRole("button", { name: "Filtro" }).click();
  await page.getByRole("button", { name: "Añadir condición" }).click();
  await page.getByRole("option", { name: "Nombre", exact: true }).click();
  await page.getByRole("combobox", { name: "Nombre: comparación" }).selectOption("contains");
  await page.getByRole("textbox", { name: "Nombre: valor" }).fill(`segundo${run}`);
  await page.getByText("3 contactos", { exact: true }).waitFor({ timeout: JOB });
  await shot(page, "segment");
  await page.getByRole("button", { name: "Guardar como segmento nuevo" }).click();
  await page.getByRole("dialog").getByLabel("Nombre").fill(`Lote ${run}`);
  await page.getByRole("dialog").getByRole("button", { name: "Guardar", exact: true }).click();
  await page.getByRole("button", { name: `Lote ${run}` }).waitFor();

  await page.getByRole("checkbox", { name: "Elegir los contactos de la lista" }).check();
  await page.getByText("3 elegidos").waitFor();
  await page.getByRole("button", { name: "Añadir etiqueta" }).click();
  await page.getByRole("option").first().click();
  await page.getByText("3 contactos cambiados").waitFor();
});

test("two contacts of one person become one, and two again", async () => {
  const mail = `doble.${run}@correo.example`;
  const add = async (first, phone) => {
    await page.goto(`${workspace}/contacts/all`);
    await page.getByRole("button", { name: "Agregar contacto" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Nombre", { exact: true }).fill(first);
    await dialog.getByLabel("Apellido").fill(`Doble${run}`);
    await dialog.getByLabel("Teléfono").fill(phone);
    await dialog.getByLabel("Correo").fill(mail);
    await dialog.getByRole("button", { name: "Agregar", exact: true }).click();
    await page.getByRole("dialog").getByRole("heading", { name: "Sugerencias de fusión" }).waitFor();
  };
  await add("Marta", `+5939${run}7`);
  await add("Martha", `+5939${run}8`);
  const panel = page.getByRole("dialog");
  await panel.getByRole("button", { name: `Revisar la fusión con Marta Doble${run}` }).or(panel.getByRole("button", { name: /Marta Doble/ })).first().click({ timeout: JOB });
  const merge = page.getByRole("dialog", { name: "Fusionar contactos" });
  await shot(page, "merge");
  await merge.getByRole("button", { name: "Fusionar", exact: true }).click();
  await page.getByText("Contactos fusionados").waitFor();
  await page.getByRole("button", { name: /^Separar el contacto/ }).click();
  await page.getByRole("dialog", { name: "Separar contactos" }).getByRole("button", { name: "Separar", exact: true }).click();
  await page.getByText("Contactos separados").waitFor();
  const table = await searched(`Doble${run}`);
  await table.getByText(`Marta Doble${run}`).waitFor({ timeout: JOB });
  await table.getByText(`Martha Doble${run}`).waitFor();
});

test("what was chosen leaves as a file that a spreadsheet opens", async () => {
  const table = await searched(`Segundo${run}`);
  await table.getByText(`Segundo${run} Lote3`).waitFor({ timeout: JOB });
  await table.getByText(/Doble/).first().waitFor({ state: "hidden" });
  await page.getByRole("checkbox", { name: "Elegir los contactos de la lista" }).check();
  await page.getByText("3 elegidos").waitFor();
  await page.getByRole("button", { name: "Exportar" }).click();
  await page.getByText("Exportación iniciada").waitFor();
  await page.goto(`${workspace}/settings/exports`);
  const row = page.getByRole("listitem").filter({ hasText: "Lista: 3 filas" }).first();
  await row.waitFor({ timeout: JOB });
  await shot(page, "export");
  const text = await downloaded(() => row.getByRole("button", { name: "Descargar" }).click());
  assert.ok(text.startsWith("\uFEFF"), "with the mark by which spreadsheets know the encoding");
  assert.equal(text.trim().split(/\r\n/).length, 4, text);
  assert.match(text, new RegExp(`Segundo${run}`));
});
