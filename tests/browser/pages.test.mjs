// Visits the pages of a running node in a real browser, as different visitors would.
//
// ORIGIN       where the node answers, e.g. http://127.0.0.1:8420
// CHROMIUM     the browser (default /usr/bin/chromium)
// SCREENSHOTS  a folder for one picture per page and look (default: none are made)

import fs from 'node:fs';
import path from 'node:path';
import test, {after} from 'node:test';
import {HtmlValidate} from 'html-validate';
import {chromium} from 'playwright-core';
import {crawl, sample} from './crawl.mjs';
import * as rules from './rules.mjs';

const {ORIGIN, SCREENSHOTS} = process.env;
if (!ORIGIN) throw new Error('ORIGIN is not set: the address of the node to visit');
const origin = new URL(ORIGIN).origin;

const PHONE = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};
const DESKTOP = {viewport: {width: 1280, height: 800}};
// The layout is the same in light and dark, so what depends on it alone is held once.
const LOOKS = [
  {name: 'phone-light', options: {...PHONE, colorScheme: 'light'}, layout: rules.noSidewaysScroll},
  {name: 'phone-dark', options: {...PHONE, colorScheme: 'dark'}},
  {name: 'desktop-light', options: {...DESKTOP, colorScheme: 'light'}, layout: rules.keyboard},
  {name: 'desktop-dark', options: {...DESKTOP, colorScheme: 'dark'}},
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    // Chromium's sandbox refuses to run as root, as CI does; the pages are our own.
    ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
    '--disable-background-networking', '--disable-component-update',
    // Whatever gets past the rules below finds nobody.
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
  ],
});
after(() => browser.close());

const visited = await crawl(`${origin}/`, await browser.newPage());
const pages = visited.filter(({type, status}) => type === 'text/html' && status === 200);
const looked = sample(pages);
console.log(`${visited.length} addresses, ${pages.length} pages, ${looked.length} of them looked at`);

test('there is more than one page', () => {
  hold(pages.length > 1 ? [] : [`only ${visited.map(({url}) => url)}`]);
});

test('every link leads somewhere', () => {
  hold(visited
    .filter(({status}) => status !== 200)
    .map(({url, from, status}) => `${url} answers ${status} (linked from ${from})`));
});

test('every fragment has its target', () => {
  const targets = new Map(pages.map(({url, ids}) => [url, new Set(ids)]));
  hold(pages.flatMap(({url, links}) => links
    .map((link) => new URL(link))
    .filter(({hash}) => hash.length > 1)
    .map((link) => ({link: link.href, id: decodeURIComponent(link.hash.slice(1)), page: bare(link)}))
    .filter(({id, page}) => targets.has(page) && !targets.get(page).has(id))
    .map(({link}) => `${url}: nothing is at ${link}`)));
});

test('an address that does not exist says so on a page', async () => {
  const answer = await fetch(`${origin}/no/such/page`);
  const type = answer.headers.get('content-type') ?? '';
  const problems = answer.status === 404 ? [] : [`status ${answer.status}, not 404`];
  if (!type.startsWith('text/html')) problems.push(`content-type ${type}`);
  hold([...problems, ...await validity(await answer.text())]);
});

for (const {url, text} of pages) {
  test(`valid HTML: ${short(url)}`, async () => hold(await validity(text)));
}

for (const look of LOOKS) {
  for (const {url} of looked) {
    test(`${look.name}: ${short(url)}`, () => visit(look.options, url, async (page) => {
      const problems = [
        ...await rules.structure(page),
        ...await rules.scheme(page, look.options.colorScheme),
        ...await rules.accessibility(page),
        ...await look.layout?.(page) ?? [],
      ];
      if (SCREENSHOTS) await screenshot(page, url, look.name);
      return problems;
    }));
  }
}

for (const {url} of looked) {
  test(`without JavaScript: ${short(url)}`, async () => {
    let withScript;
    await visit(DESKTOP, url, async (page) => { withScript = await readable(page); });
    await visit({...DESKTOP, javaScriptEnabled: false}, url, async (page) => {
      const without = await readable(page);
      const problems = [];
      if (without.letters < withScript.letters * 0.9) {
        problems.push(`${without.letters} letters of text; with JavaScript ${withScript.letters}`);
      }
      if (without.links < withScript.links) {
        problems.push(`${without.links} links; with JavaScript ${withScript.links}`);
      }
      return [...problems, ...await submitForms(page, url)];
    });
  });
}

/** Opens `url` as a new visitor and holds `check`, and what no page may do, to no problems. */
async function visit(options, url, check) {
  // With less motion, nothing is still scrolling when it is looked at.
  const context = await browser.newContext({locale: 'en-GB', reducedMotion: 'reduce', ...options});
  const problems = [];
  await context.route('**/*', (route) => {
    const asked = route.request().url();
    if (new URL(asked).origin === origin) return route.continue();
    problems.push(`asks another host: ${asked}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.url()} answers ${response.status()}`);
  });
  try {
    await page.goto(url);
    problems.push(...(await check(page)) ?? []);
    const cookies = await context.cookies();
    if (cookies.length > 0) problems.push(`sets cookies: ${cookies.map(({name}) => name)}`);
  } finally {
    await context.close();
  }
  hold(problems);
}

/** Every search or filter works with nothing but HTML. */
async function submitForms(page, url) {
  const problems = [];
  const forms = page.locator('form:not([method=post i])');
  const count = await forms.count();
  for (let number = 0; number < count; number += 1) {
    await page.goto(url);
    const form = forms.nth(number);
    for (const field of await form.locator('input[required]').all()) await field.fill('example.org');
    const submit = form.locator('button:not([type=button]), input[type=submit]').first();
    if (await submit.count() === 0) {
      problems.push(`form ${number + 1} has no button to submit it`);
      continue;
    }
    const [answer] = await Promise.all([page.waitForNavigation(), submit.click()]);
    if (answer?.status() !== 200) problems.push(`form ${number + 1} answers ${answer?.status()}`);
  }
  return problems;
}

function readable(page) {
  return page.evaluate(() => ({
    letters: document.body.innerText.length,
    links: document.querySelectorAll('a[href]').length,
  }));
}

async function validity(html) {
  const validator = new HtmlValidate({extends: ['html-validate:standard', 'html-validate:a11y']});
  const report = await validator.validateString(html);
  return report.results.flatMap(({messages}) => messages
    .map(({line, column, message, ruleId}) => `line ${line}, column ${column}: ${message} (${ruleId})`));
}

async function screenshot(page, url, look) {
  const name = short(url).replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^_|_$/g, '') || 'start';
  fs.mkdirSync(SCREENSHOTS, {recursive: true});
  await page.screenshot({path: path.join(SCREENSHOTS, `${name}-${look}.png`), fullPage: true});
}

/** Fails with all the problems at once, without the stack of this file. */
function hold(problems) {
  if (problems.length === 0) return;
  const text = [...new Set(problems)].slice(0, 20).join('\n');
  throw Object.assign(new Error(text), {problems: text});
}

function bare(url) {
  const page = new URL(url);
  page.hash = '';
  return page.href;
}

function short(url) {
  return url.slice(origin.length);
}
