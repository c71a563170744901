/** From documents to single objects: lists are taken apart, however deep, and what is no object is said. */
import type { Complaints } from './complaints.ts';
import type { ManifestDocument } from './documents.ts';
import { Field } from './field.ts';
import { groupOf } from './kinds/known-kinds.ts';

/** One object with what decides who reads it. */
export interface UnpackedObject {
  readonly root: Field;
  readonly kind: string;
  /** The group of its API version; undefined where it has none. */
  readonly group: string | undefined;
}

/** Takes documents apart until it has seen so many objects. */
export class Unpacker {
  readonly #complaints: Complaints;
  #room: number;

  constructor(complaints: Complaints, mostObjects: number) {
    this.#complaints = complaints;
    this.#room = mostObjects;
  }

  /** The objects of a document: of an array each item, of a list each of its items. */
  *objects(document: ManifestDocument): Generator<UnpackedObject> {
    const root = new Field(document, this.#complaints, document.value, []);
    const items = Array.isArray(document.value) ? root.items() : [root];
    for (const item of items) yield* this.#unpack(item, '', '');
  }

  /** One object or list; items of a typed list may leave out their kind and version. */
  *#unpack(root: Field, listKind: string, listVersion: string): Generator<UnpackedObject> {
    const kind = root.at('kind').text() ?? listKind;
    const apiVersion = root.at('apiVersion').text() ?? listVersion;
    if (kind === '' || root.keys().length === 0) {
      // With a version it is meant for the API server, which refuses the whole file.
      if (apiVersion !== '') root.complain('error', 'NOT_AN_OBJECT', 'add the field "kind"');
      else
        root.complain(
          'warning',
          'NOT_AN_OBJECT',
          'move this elsewhere: it is no Kubernetes object',
        );
      return;
    }
    if (kind.endsWith('List') && (root.at('items').exists || kind === 'List')) {
      const itemKind = kind.slice(0, -'List'.length);
      for (const item of root.at('items').items()) yield* this.#unpack(item, itemKind, apiVersion);
      return;
    }
    this.#room -= 1;
    if (this.#room < 0) {
      if (this.#room === -1)
        root.complain('error', 'TOO_LARGE', 'read fewer objects: the rest was left out');
      return;
    }
    yield { root, kind, group: apiVersion === '' ? undefined : groupOf(apiVersion) };
  }
}
