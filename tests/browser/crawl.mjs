// Finds the pages by following links from the start page, so that no address stands here.

// The most addresses that are visited, and the most queries of one path: a chain of links
// ("another draw") must not keep the tests busy forever.
const MOST_ADDRESSES = 400;
const MOST_QUERIES = 4;

/**
 * Visits `start` and everything of the same origin that pages link to or load.
 * `parser` is a blank browser page that reads the HTML.
 *
 * Returns, in the order found, `{url, from, status, type, text, ids, links}`: `url` is where
 * redirects ended (what chance shows can only be looked at twice there), `text` is the body, `ids` are the targets for fragments and `links` the absolute addresses, in HTML only.
 */
export async function crawl(start, parser) {
  const origin = new URL(start).origin;
  const found = new Map([[start, undefined]]);
  const visited = [];
  for (const [url, from] of found) {
    const answer = await visit(url, parser);
    visited.push({from, ...answer});
    for (const link of answer.links) {
      const target = new URL(link);
      target.hash = '';
      if (target.origin !== origin || found.has(target.href)) continue;
      const queries = [...found.keys()].filter((known) => samePath(known, target)).length;
      if (queries < MOST_QUERIES && found.size < MOST_ADDRESSES) found.set(target.href, url);
    }
  }
  return [...new Map(visited.map((page) => [page.url, page])).values()];
}

/** The pages worth a look in the browser: of a folder with many the fullest, the emptiest, the first. */
export function sample(pages) {
  const folders = new Map();
  for (const page of pages) {
    const {pathname, search} = new URL(page.url);
    const folder = search === '' ? pathname.replace(/[^/]*$/, '') : `${pathname}?`;
    folders.set(folder, [...(folders.get(folder) ?? []), page]);
  }
  return [...folders.values()].flatMap((siblings) => {
    if (siblings.length <= 4) return siblings;
    const bySize = siblings.toSorted((a, b) => a.text.length - b.text.length);
    return [...new Set([siblings[0], bySize.at(-1), bySize[0]])];
  });
}

async function visit(url, parser) {
  const response = await fetch(url);
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  const text = await response.text();
  const {ids, links} = type === 'text/html'
    ? await parser.evaluate(read, {text, url: response.url})
    : {ids: [], links: []};
  return {url: response.url, status: response.status, type, text, ids, links};
}

function samePath(known, target) {
  const url = new URL(known);
  return url.pathname === target.pathname && url.search !== '';
}

// Runs in the browser.
function read({text, url}) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  const links = [...page.querySelectorAll('[href], [src]')]
    .map((element) => element.getAttribute('href') ?? element.getAttribute('src'))
    .map((link) => (URL.canParse(link, url) ? new URL(link, url) : undefined))
    .filter((link) => link !== undefined && /^https?:$/.test(link.protocol))
    .map((link) => link.href);
  const ids = [...page.querySelectorAll('[id]')].map((element) => element.id);
  return {ids, links: [...new Set(links)]};
}
