// Looks at reports in headless Chromium: requests, accessibility, width, time to open, pictures.
//
//   node look.mjs OUT REPORT.html...
//
// Writes pictures and a PDF of each into OUT. Ends with 1 when a report asks for anything, when
// axe-core finds something serious or critical, when a phone has to scroll the page sideways, when a
// word is broken in pieces or text is cut off, when a small table or the status of a target has to be
// scrolled to, or when a table cannot be reached with the keyboard. Packages are those of the folder it is started in.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "from-here.js"));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const [out, ...reports] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
  ],
});
let wrong = 0;
const fail = (what) => { wrong += 1; console.log(`  WRONG: ${what}`); };

const screens = {
  desktop: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
};

// Runs in the page: words broken in pieces, and text that is cut off where nothing scrolls.
const misfits = () => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.checkVisibility() || parent.closest(".unseen, .skip, style, svg, code")) continue;
    // a word of eighteen letters and less fits into a line of every column
    for (const { 0: word, index } of node.data.matchAll(/[\p{L}\p{N}]{2,18}/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (tops.size > 1) found.push(`breaks the word ${word}`);
    }
    const box = (() => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getBoundingClientRect();
    })();
    if (!node.data.trim() || !box.width) continue;
    // what holds it must show it: to the right edge of the page, or of a region that scrolls
    const region = parent.closest(".scroll, nav ul");
    if (!region && box.right > document.documentElement.clientWidth + 1) {
      found.push(`cuts off ${node.data.trim().slice(0, 30)}`);
    }
    for (let box_ = parent; box_ && box_ !== region; box_ = box_.parentElement) {
      const { overflowX } = getComputedStyle(box_);
      if (overflowX !== "visible" && box.right > box_.getBoundingClientRect().right + 1) {
        found.push(`clips ${node.data.trim().slice(0, 30)}`);
      }
    }
  }
  // what stands in a table of a few columns must be seen without scrolling on a phone, too
  for (const region of document.querySelectorAll(".scroll")) {
    const few = region.querySelectorAll("table:not(.heat) thead th").length;
    if (region.checkVisibility() && few > 0 && few <= 5 && region.scrollWidth > region.clientWidth + 1) {
      found.push(`has to scroll the small table ${region.querySelector("table caption").id}`);
    }
  }
  for (const status of document.querySelectorAll(".status")) {
    const shown = status.closest(".scroll").getBoundingClientRect();
    if (status.getBoundingClientRect().right > shown.right + 1) found.push("hides a status");
  }
  return [...new Set(found)];
};

for (const report of reports) {
  const name = basename(report, ".html");
  const url = pathToFileURL(resolve(report)).href;
  console.log(name);
  for (const [screen, { viewport, colorScheme }] of Object.entries(screens)) {
    const page = await browser.newPage();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => fail(`${screen} console: ${message.text()}`));
    await page.goto(url, { waitUntil: "load" });
    const took = await page.evaluate(() => {
      const [timing] = performance.getEntriesByType("navigation");
      const paints = performance.getEntriesByType("paint").map((paint) => paint.startTime);
      return Math.max(timing.loadEventEnd, timing.domComplete, ...paints);
    });
    for (const one of asked.filter((one) => one !== url)) fail(`${screen} asks for ${one}`);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (wide > 0) fail(`${screen} scrolls sideways by ${wide} pixels`);
    for (const what of await page.evaluate(misfits)) fail(`${screen} ${what}`);
    await page.evaluate(axe);
    const choices = await page.locator(".choice input").all();
    let checked = 0;
    const look = async () => {
      const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
      checked += passes.length;
      for (const { id, impact, help, nodes } of violations) {
        const what = `${impact} ${id}: ${help} (${nodes.length}x, first ${nodes[0].html.slice(0, 160)})`;
        if (["serious", "critical"].includes(impact)) fail(`${screen} ${what}`);
        else console.log(`  ${screen} note: ${what}`);
      }
    };
    await look();
    if (choices.length > 1) {
      await choices[0].focus();
      await page.keyboard.press("ArrowRight");
      const shown = await page.locator(".panel").evaluateAll(
        (panels) => panels.map((panel) => panel.checkVisibility()),
      );
      if (shown.filter(Boolean).length !== 1 || !shown[1]) fail(`${screen} arrow key shows ${shown}`);
      await look();
      await choices[0].check();
    }
    const unreachable = await page.locator(".scroll:not([tabindex='0'])").count();
    if (unreachable) fail(`${screen} has ${unreachable} tables the keyboard cannot scroll`);
    await page.screenshot({ path: join(out, `${name}-${screen}.png`), fullPage: true });
    await page.screenshot({
      path: join(out, `${name}-${screen}-top.png`),
      fullPage: true,
      clip: { x: 0, y: 0, width: viewport.width, height: 1500 },
    });
    console.log(`  ${screen}: opened in ${took.toFixed(0)} ms, ${checked} checks of axe-core passed`);
    if (screen === "desktop") {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      await look();
      await page.pdf({ path: join(out, `${name}.pdf`), preferCSSPageSize: true });
    }
    await page.close();
  }
}
await browser.close();
rmSync(profile, { recursive: true, force: true });
process.exit(wrong ? 1 : 0);
