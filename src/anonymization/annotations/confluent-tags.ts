import { noMark, readTags, type Dialect } from './mark.ts';

const attribute = 'confluent:tags';

/**
 * Inline tags of Confluent's data contracts: `"confluent:tags": ["PII"]` on the field object. Peers ignore it on type objects and
 * on containers; here it counts wherever it stands.
 */
export const confluentTags: Dialect = {
  name: 'confluent:tags',
  read(place, report) {
    const tags: string[] = [];
    for (const attributes of place.attributes) {
      if (!Object.hasOwn(attributes, attribute)) continue;
      const read = readTags(attributes[attribute]);
      if (read === undefined)
        report({
          code: 'MARK_INVALID',
          path: place.path,
          message: 'write `confluent:tags` as an array of tag names',
        });
      else tags.push(...read);
    }
    return { here: { ...noMark, tags: [...new Set(tags)] }, keys: noMark, values: noMark };
  },
};
