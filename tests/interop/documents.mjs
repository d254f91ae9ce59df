// Gathers documents that Wellspring signed: new ones by an operator and a curator, the
// snapshot in feeds/, and what a running node serves.
//
// WELLSPRING  the program
// ORIGIN      where a node with the example world answers
// DOCUMENTS   the folder to fill

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {wellspring} from './program.mjs';

const {DOCUMENTS, ORIGIN} = process.env;
if (!DOCUMENTS || !ORIGIN) throw new Error('DOCUMENTS or ORIGIN is not set');
const feeds = path.resolve(import.meta.dirname, '../../feeds');
fs.mkdirSync(DOCUMENTS, {recursive: true});

const signed = signNew();
const snapshot = fs.readdirSync(feeds, {recursive: true})
  .filter((name) => name.endsWith('.json'))
  .map((name) => fs.readFileSync(path.join(feeds, name)))
  .filter((bytes) => 'proof' in JSON.parse(bytes));
const served = await fetchAll();
for (const [origin, documents] of Object.entries({signed, snapshot, served})) {
  assert.ok(documents.length > 0, `no ${origin} documents`);
  documents.forEach((bytes, number) => {
    fs.writeFileSync(path.join(DOCUMENTS, `${origin}-${number}.json`), bytes);
  });
}
console.log(`${signed.length} newly signed, ${snapshot.length} of feeds/, ${served.length} served`);

/** What an operator and a curator sign in a first session. */
function signNew() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wellspring-interop-'));
  const run = (...args) => {
    const {status, stderr} = wellspring(args, {cwd: folder});
    assert.equal(status, 0, `wellspring ${args.join(' ')}: ${stderr}`);
  };
  try {
    run('operator', 'init', 'interop.example', '--no-passphrase');
    run('operator', 'sign');
    run('curator', 'init', '--name', 'Interop', '--no-passphrase');
    run('curator', 'endorse', 'interop.example', '--profile', 'profile.json', '--reason', 'Answers within a day.');
    run('curator', 'sign');
    return ['profile.json', 'endorsements.json'].map((name) => fs.readFileSync(path.join(folder, name)));
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

/** The exact bytes of every document that the node's answers name by its hash. */
async function fetchAll() {
  const list = await (await fetch(`${ORIGIN}/api/v1/servers`)).json();
  const names = [...JSON.stringify(list).matchAll(/"server_name":"([^"]+)"/g)].map(([, name]) => name);
  const pages = await Promise.all([...new Set(names)].map(async (name) => (
    (await fetch(`${ORIGIN}/api/v1/servers/${name}`)).text())));
  const hashes = new Set([JSON.stringify(list), ...pages]
    .flatMap((text) => text.match(/\b[0-9a-f]{64}\b/g) ?? []));
  const answers = await Promise.all([...hashes].map((hash) => fetch(`${ORIGIN}/api/v1/documents/${hash}`)));
  return Promise.all(answers
    .filter(({status}) => status === 200)
    .map(async (answer) => Buffer.from(await answer.arrayBuffer())));
}
