// What every page must keep. Each rule returns the problems it found, in plain words.

import fs from 'node:fs';

const axe = fs.readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** One title, one h1, a language, labels, pictures that load and texts in their place. */
export function structure(page) {
  return page.evaluate(async () => {
    const problems = [];
    if (document.title.trim() === '') problems.push('the title is empty');
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(document.documentElement.lang)) {
      problems.push(`html lang is "${document.documentElement.lang}"`);
    }
    const headings = [...document.querySelectorAll('h1')];
    if (headings.length !== 1) problems.push(`${headings.length} h1, not one`);
    if (headings.some((heading) => heading.innerText.trim() === '')) problems.push('empty h1');
    for (const image of document.querySelectorAll('img:not([alt])')) {
      problems.push(`image without alt: ${image.outerHTML.slice(0, 120)}`);
    }
    for (const image of document.images) {
      // What is further down waits to be scrolled to.
      image.loading = 'eager';
      await image.decode().catch(() => problems.push(`picture does not load: ${image.src}`));
    }
    const controls = 'input:not([type=hidden], [type=submit], [type=button]), select, textarea';
    for (const control of document.querySelectorAll(controls)) {
      const named = control.labels?.length > 0
        || control.getAttribute('aria-label')
        || control.getAttribute('aria-labelledby');
      if (!named) problems.push(`form control without label: ${control.outerHTML.slice(0, 120)}`);
    }
    return problems;
  });
}

/** WCAG 2.2 AA as far as a program can tell, colour contrast included. */
export async function accessibility(page) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await window.axe.run(document, {runOnly: tags, resultTypes: ['violations']});
    return result.violations.map(({id, impact, help, nodes}) => ({
      id, impact, help, where: nodes.slice(0, 3).map((node) => `${node.target}: ${node.html}`),
    }));
  });
  return violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, help, where}) => `${id}: ${help}: ${where.join(' | ').slice(0, 400)}`);
}

/** Nothing sticks out to the right; 320 is the width of WCAG 1.4.10 (reflow). */
export async function noSidewaysScroll(page) {
  const problems = [];
  const {width, height} = page.viewportSize();
  for (const narrow of [width, 320]) {
    await page.setViewportSize({width: narrow, height});
    const widest = await page.evaluate((limit) => {
      const root = document.documentElement;
      if (root.scrollWidth <= limit) return undefined;
      const culprit = [...document.body.querySelectorAll('*')]
        .findLast((element) => element.getBoundingClientRect().right > limit + 1);
      return `${root.scrollWidth}: ${(culprit ?? root).outerHTML.slice(0, 120)}`;
    }, narrow);
    if (widest !== undefined) problems.push(`wider than ${narrow} pixels, ${widest}`);
  }
  await page.setViewportSize({width, height});
  return problems;
}

/** Dark is dark and light is light. */
export function scheme(page, colorScheme) {
  return page.evaluate((expected) => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const brightness = (color) => {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const transparent = 'rgba(0, 0, 0, 0)';
    const background = [document.body, document.documentElement]
      .map((element) => getComputedStyle(element).backgroundColor)
      .find((color) => color !== transparent) ?? 'white';
    const text = getComputedStyle(document.body).color;
    const found = brightness(background) < brightness(text) ? 'dark' : 'light';
    return found === expected ? [] : [`asked for ${expected}, got ${text} on ${background}`];
  }, colorScheme);
}

// Keys pressed on one page; a list of some hundred rows needs no more to show its order.
const MOST_STOPS = 60;

/** The Tab key reaches links and controls in the order of the page, and shows where it is. */
export async function keyboard(page) {
  const expected = await page.evaluate(markStops, MOST_STOPS);
  const problems = [];
  const reached = [];
  // Besides the marked ones there may be regions that scroll, which take the focus too.
  for (let press = 0; press < expected * 2 && reached.length < expected; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(describeFocus);
    if (stop === undefined) break;
    if (stop.number !== undefined && !reached.includes(stop.number)) reached.push(stop.number);
    if (!stop.visible) problems.push(`focus is not visible on ${stop.html}`);
  }
  if (reached.length < expected) {
    problems.push(`Tab reached ${reached.length} of ${expected} links and controls`);
  }
  if (reached.some((number, index) => index > 0 && number < reached[index - 1])) {
    problems.push(`Tab goes back and forth: ${reached.join(' ')}`);
  }
  return problems;
}

// Runs in the browser: numbers what Tab should reach, in the order of the page.
function markStops(most) {
  const groups = new Set();
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((element) => !element.disabled && element.type !== 'hidden' && element.tabIndex >= 0)
    .filter((element) => element.checkVisibility({visibilityProperty: true}))
    .filter((element) => {
      if (element.type !== 'radio') return true;
      // Tab stops once in a group of radio buttons: at the chosen one, else at the first.
      const group = `input[type=radio][name="${CSS.escape(element.name)}"]`;
      const chosen = (element.form ?? document).querySelector(`${group}:checked`);
      if (chosen !== null) return chosen === element;
      return !groups.has(element.name) && groups.add(element.name);
    })
    .slice(0, most);
  stops.forEach((element, number) => { element.dataset.stop = number; });
  return stops.length;
}

// Runs in the browser.
function describeFocus() {
  const element = document.activeElement;
  if (element === null || element === document.body) return undefined;
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const box = element.getBoundingClientRect();
  const onScreen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth;
  return {
    number: element.dataset.stop === undefined ? undefined : Number(element.dataset.stop),
    visible: onScreen && (outlined || style.boxShadow !== 'none'),
    html: element.outerHTML.slice(0, 120),
  };
}
