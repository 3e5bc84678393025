// Looks at an HTML report as a person would: opens a step, in a wide and a narrow window, in light and
// in dark. Prints what it saw as JSON; tests/it/report_page.rs decides what that has to be.
//
//     node report.js REPORT.html FOLDER_FOR_PICTURES CHROMIUM

import puppeteer from 'puppeteer-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [report, pictures, executablePath] = process.argv.slice(2);
const userDataDir = mkdtempSync(join(tmpdir(), 'devtool-chromium-'));
const browser = await puppeteer.launch({
  executablePath,
  userDataDir,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});

const seen = { console: [], requests: [], views: [] };
try {
  const page = await browser.newPage();
  page.on('console', (message) => seen.console.push(message.text()));
  page.on('pageerror', (error) => seen.console.push(String(error)));
  page.on('dialog', async (dialog) => {
    seen.console.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('request', (request) => seen.requests.push(request.url().split(':')[0]));
  for (const [name, width, scheme] of [
    ['wide-light', 1280, 'light'], ['wide-dark', 1280, 'dark'],
    ['narrow-light', 390, 'light'], ['narrow-dark', 390, 'dark'],
  ]) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(pathToFileURL(report).href, { waitUntil: 'load' });
    const closed = await page.$('details[open] details.step.pass:not([open])');
    await closed.$eval('summary', (summary) => summary.click());
    await page.waitForFunction((details) => details.open, {}, closed);
    const view = await page.evaluate((details) => {
      const box = (element) => element.getBoundingClientRect();
      const isVisible = (element) => element !== null && box(element).height > 0;
      const style = getComputedStyle(document.body);
      return {
        title: document.title,
        steps: document.querySelectorAll('details.step').length,
        index: [...document.querySelectorAll('.contents a')].map((link) => link.innerText),
        copies: document.querySelectorAll('button.copy').length,
        bars: [...document.querySelectorAll('svg.bars rect')].filter((rect) => box(rect).width > 0).length,
        signature: details.querySelector('.signature')?.innerText ?? '',
        body: isVisible(details.querySelector('.body')),
        answer: details.innerText.toUpperCase().includes('RESPONSE 200'),
        hints: [...document.querySelectorAll('details[open] .hint')].filter(isVisible).length,
        curl: [...document.querySelectorAll('.curl pre')].filter(isVisible).map((pre) => pre.innerText)[0] ?? '',
        overflow: document.documentElement.scrollWidth - window.innerWidth,
        colours: [style.backgroundColor, style.color],
      };
    }, closed);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    seen.views.push({ name, ...view });
  }
} finally {
  await browser.close();
  rmSync(userDataDir, { recursive: true, force: true });
}
console.log(JSON.stringify(seen));
