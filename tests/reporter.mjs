// The report of the tests that are not Rust: each failure in full, one line in the end.
// TESTS names what was tested.

import path from 'node:path';

export default async function* report(events) {
  const count = {passed: 0, failed: 0, skipped: 0};
  for await (const {type, data} of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    // The test runner reports a file as a test of its own; only one that did not get as
    // far as its tests counts.
    const isFile = data.name !== undefined && path.resolve(data.name) === data.file;
    if (type === 'test:pass' && !isFile) {
      if (data.skip !== undefined) {
        count.skipped += 1;
        yield `skipped: ${data.name}${typeof data.skip === 'string' ? ` (${data.skip})` : ''}\n`;
      } else {
        count.passed += 1;
      }
    }
    if (type === 'test:fail') {
      const error = data.details.error.cause ?? data.details.error;
      if (isFile && data.details.error.failureType === 'subtestsFailed') continue;
      if (isFile && count.failed > 0) continue;
      count.failed += 1;
      yield `FAILED: ${data.name}\n${indent(error.problems ?? error.stack ?? String(error))}\n`;
    }
  }
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  yield `${process.env.TESTS ?? 'tests'}: ${count.passed} passed, ${count.failed} failed${skipped}\n`;
}

function indent(text) {
  return String(text).replace(/^/gm, '    ');
}
