// `eddsa-jcs-2022` as Digital Bazaar implements it, and nothing of ours: what a third
// party would use to check a document.

import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createSignCryptosuite, createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import jsigs from 'jsonld-signatures';

const purpose = new jsigs.purposes.AssertionProofPurpose();

/** Whether the document has proofs and all of them hold; the library asks for one only. */
export async function holds(document) {
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const {results = []} = await jsigs.verify(document, {suite, purpose, documentLoader});
  return results.length > 0
    && results.length === [document.proof].flat().length
    && results.every(({verified}) => verified);
}

/** Signs the document with each key in turn; more than one make a proof set. */
export async function sign(document, keys) {
  for (const key of keys) {
    const suite = new DataIntegrityProof({
      signer: key.signer(), cryptosuite: createSignCryptosuite(),
    });
    document = await jsigs.sign(document, {suite, purpose, documentLoader});
  }
  return document;
}

/** A new key whose id is its `did:key`. */
export async function newKey() {
  const key = await Ed25519Multikey.generate();
  const {publicKeyMultibase} = await key.export({publicKey: true});
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  return key;
}

/** Knows `did:key:K` and `did:key:K#K`, which say all there is to say; fetches nothing. */
async function documentLoader(url) {
  const [, controller, key, fragment] = /^(did:key:(z6Mk\w+))(?:#(\w+))?$/.exec(url) ?? [];
  if (controller === undefined || (fragment !== undefined && fragment !== key)) {
    throw new Error(`nothing is loaded from ${url}`);
  }
  const method = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${controller}#${key}`,
    type: 'Multikey',
    controller,
    publicKeyMultibase: key,
  };
  const did = {
    '@context': 'https://www.w3.org/ns/did/v1', id: controller, assertionMethod: [method],
  };
  return {documentUrl: url, contextUrl: null, document: fragment === undefined ? did : method};
}
