import { launch, Console, CONSOLE } from "./pages.js";
const b = await launch();
const out = process.argv[2] ?? "/tmp/look";
import { mkdirSync } from "node:fs"; mkdirSync(out, { recursive: true });
async function go(name, { w = 1440, h = 900, dark = false, lang = "es" }, steps) {
  const ctx = await b.newContext({ locale: lang === "es" ? "es-EC" : "en-US", viewport: { width: w, height: h }, colorScheme: dark ? "dark" : "light" });
  ctx.setDefaultTimeout(15000);
  const c = new Console(await ctx.newPage());
  const errors = [];
  c.page.on("console", m => m.type() === "error" && errors.push(m.text()));
  try {
    await c.page.goto(CONSOLE);
    await c.page.locator("input[type=email], input[name=email]").first().fill("alba@ceibo.example");
    await c.page.locator("input[type=password]").first().fill((await import("./pages.js")).demo.password);
    await c.page.locator("button[type=submit]").first().click();
    await c.page.waitForURL(/\/w\//);
    await c.page.waitForTimeout(1500);
    const base = c.page.url().match(/^.*\/w\/[^/]+/)[0];
    await steps(c, base, async (n) => { await c.page.waitForTimeout(900); await c.page.screenshot({ path: `${out}/${name}-${n}.png` }); });
  } catch (e) { console.log(name, String(e).split("\n")[0]); await c.page.screenshot({ path: `${out}/${name}-fail.png` }); }
  if (errors.length) console.log(name, errors.slice(0, 3));
  await ctx.close();
}
const pages = (process.argv[3] ?? "settings/channels,settings/profile").split(",");
const modes = { w: {}, d: { w: 1280, h: 720, dark: true, lang: "en" }, p: { w: 360, h: 740 } };
for (const [mode, o] of Object.entries(modes)) {
  if (process.argv[4] && !process.argv[4].includes(mode)) continue;
  await go(mode, o, async (c, base, shot) => {
    for (const p of pages) { await c.page.goto(`${base}/${p}`); await c.page.waitForTimeout(1500); await shot(p.replaceAll("/", "_")); }
  });
}
await b.close();
