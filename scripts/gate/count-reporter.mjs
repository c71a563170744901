// A reporter of node:test that says nothing but the final counts, as one line of JSON.
export default async function* counts(source) {
  for await (const { type, data } of source)
    if (type === 'test:summary' && data.file === undefined)
      yield `${JSON.stringify(data.counts)}\n`;
}
