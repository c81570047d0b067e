/**
 * Measures a conversation of 10,000 messages in a browser: rows drawn, frame times while scrolling, jumps when an
 * older page comes before, time to answer a key. Prints; decides nothing.
 *
 * Start the page first: npx vite -c tools/conversation/vite.config.ts
 */
import { chromium } from "playwright-core";

const ADDRESS = process.env.CONVERSATION_URL ?? "http://localhost:4690/";
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
page.on("pageerror", (error) => console.error(String(error)));
await page.goto(`${ADDRESS}?count=10000`);
await page.waitForSelector(".cv-message");

const climb = await page.evaluate(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const scroller = document.querySelector(".cv-scroll");
  const labelled = (label) => [...document.querySelectorAll(".cv-row article")].find((one) => one.getAttribute("aria-label") === label);
  let pages = 0;
  let worst = 0;
  for (let step = 0; step < 400 && !document.querySelector(".cv-top")?.textContent; step += 1) {
    scroller.scrollTop -= 900;
    await frame();
    await frame();
    const top = scroller.getBoundingClientRect().top;
    const row = [...document.querySelectorAll(".cv-row article")].find((one) => one.getBoundingClientRect().top > top + 100);
    const label = row?.getAttribute("aria-label");
    const before = row?.getBoundingClientRect().top;
    const height = scroller.scrollHeight;
    for (const until = performance.now() + 130; performance.now() < until; ) {
      await frame();
      const now = label && labelled(label)?.getBoundingClientRect().top;
      if (now !== undefined && now !== null && before !== undefined) worst = Math.max(worst, Math.abs(now - before));
    }
    if (scroller.scrollHeight > height + 1000) pages += 1;
  }
  return { pagesPutBefore: pages, worstJumpPx: Math.round(worst) };
});
console.log("going up", climb);

const scrolling = await page.evaluate(async () => {
  const scroller = document.querySelector(".cv-scroll");
  const times = [];
  let last = performance.now();
  for (let step = 0; step < 240; step += 1) {
    scroller.scrollTop += 60;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  const at = (share) => Number(times[Math.floor(times.length * share)].toFixed(1));
  return { rows: document.querySelectorAll(".cv-row").length, nodes: document.querySelectorAll(".cv-thread *").length, p50: at(0.5), p95: at(0.95) };
});
console.log("scrolling", scrolling);

await page.evaluate(() => {
  window.slow = [];
  new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "event", durationThreshold: 16 });
});
await page.click("textarea");
await page.keyboard.type("Buenas tardes, con mucho gusto le ayudo con su pedido.", { delay: 15 });
console.log("typing", { slowestKeyMs: Math.max(0, ...(await page.evaluate(() => window.slow))) });
await browser.close();
