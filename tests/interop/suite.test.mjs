// Documents of Wellspring checked by another implementation of `eddsa-jcs-2022`, and
// documents of that one checked by Wellspring.
//
// WELLSPRING  the program
// DOCUMENTS   a folder of documents that it signed (see documents.mjs)

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {wellspring} from './program.mjs';
import {holds, newKey, sign} from './suite.mjs';

const CONTEXT = 'https://w3id.org/security/data-integrity/v2';
const VECTOR = new URL('../../../shared/vectors/eddsa-jcs-2022/signedJCS.json', import.meta.url);
const {DOCUMENTS} = process.env;
if (!DOCUMENTS) throw new Error('DOCUMENTS is not set: the folder that documents.mjs filled');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'wellspring-interop-'));
test.after(() => fs.rmSync(scratch, {recursive: true}));

test('the W3C test vector holds here and there', skipUnless(VECTOR), async () => {
  const vector = JSON.parse(fs.readFileSync(VECTOR, 'utf8'));
  assert.ok(await holds(vector));
  assert.deepEqual(inspect(vector).signers, [vector.proof.verificationMethod.split('#')[0]]);
  vector.name = 'Altered Credential';
  assert.ok(!await holds(vector));
  assert.equal(inspect(vector).holds, false);
});

const files = fs.readdirSync(DOCUMENTS).filter((name) => name.endsWith('.json')).sort();

test('there are documents of every kind', () => {
  const types = new Set(files.map((name) => load(name).type));
  for (const kind of ['profile', 'endorsement-list', 'observation-report']) {
    assert.ok(types.has(`wellspring.${kind}.v1`), `no ${kind} among ${[...types]}`);
  }
});

for (const name of files) {
  test(`${name} holds there, altered it does not`, async () => {
    const document = load(name);
    assert.ok(await holds(document));
    for (const state of document.key_history) assert.ok(await holds(state));
    assert.ok(!await holds({...document, sequence: document.sequence + 1}));
    assert.ok(!await holds({...document, one_more: true}));
  });
}

for (const signers of [1, 3]) {
  test(`a document with ${signers} proofs made there holds here`, async () => {
    const keys = await Promise.all(Array.from({length: signers}, newKey));
    const signed = await sign({'@context': [CONTEXT], name: 'Grüße, 世界 🌍', numbers: [1e21, 0.1, -0]}, keys);
    const {holds: verdict, signers: found} = inspect(signed);
    assert.ok(verdict);
    assert.deepEqual([...found].sort(), keys.map(({controller}) => controller).sort());
  });
}

test('a document made there and altered is refused here', async () => {
  const key = await newKey();
  const signed = await sign({'@context': [CONTEXT], amount: 1}, [key]);
  const {holds: verdict, signers, problems} = inspect({...signed, amount: 2});
  assert.ok(!verdict);
  assert.deepEqual(signers, []);
  assert.deepEqual(problems.map(({code}) => code), ['proof.invalid-signature']);
});

test('of two proofs, one altered, only the other one’s signer counts here', async () => {
  const [kept, altered] = [await newKey(), await newKey()];
  const signed = await sign({'@context': [CONTEXT], amount: 1}, [kept, altered]);
  signed.proof[1].created = '2001-01-01T00:00:00Z';
  const {holds: verdict, signers} = inspect(signed);
  assert.ok(!verdict);
  assert.deepEqual(signers, [kept.controller]);
});

function inspect(document) {
  const file = path.join(scratch, 'document.json');
  fs.writeFileSync(file, JSON.stringify(document));
  const {status, stdout, stderr} = wellspring(['inspect', 'proof', '--json', file]);
  assert.ok(status === 0 || status === 1, `exit code ${status}: ${stderr}`);
  const verdict = JSON.parse(stdout);
  assert.equal(verdict.holds, status === 0, 'exit code and answer agree');
  return verdict;
}

function load(name) {
  return JSON.parse(fs.readFileSync(path.join(DOCUMENTS, name), 'utf8'));
}

function skipUnless(file) {
  return fs.existsSync(file) ? {} : {skip: `${path.basename(VECTOR.pathname)} is not here`};
}
